"""Files that save work, in the user's cache directory.

They are a convenience: where they cannot be written or read, the work is done again, and nothing is said.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path


def kept(name: str) -> bytes | None:
    """What was kept under that name; None if there is nothing."""
    try:
        return place(name).read_bytes()
    except OSError:
        return None


def keep(name: str, content: bytes) -> None:
    """Keep it, in one move, so that a process that reads at the same time sees the old file or the new one."""
    file = place(name)
    if not file.is_absolute():  # nobody's home directory is known
        return
    passing = file.with_name(f".{file.name}.{os.urandom(8).hex()}")
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            passing.write_bytes(content)
            os.replace(passing, file)
        finally:
            passing.unlink(missing_ok=True)


def place(name: str) -> Path:
    """The file of that name."""
    return user_cache_path("backprop-tracer", appauthor=False) / name
