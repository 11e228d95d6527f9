"""Sizes of files, between numbers of bytes and words for people. A kB is 1000 bytes, a MB a million."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from tracer.errors import OutputError

_UNITS: Final = MappingProxyType({"": 1, "b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "kib": 1024, "mib": 1024**2})
_SIZE: Final = re.compile(r"\s*([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*([A-Za-z]*)\s*", re.ASCII)


def in_bytes(size: int | str) -> int:
    """A size in words as a number of bytes.

    >>> [in_bytes(size) for size in ("5MB", "1.5 MB", "800 kB", "2MiB", "4096", 4096)]
    [5000000, 1500000, 800000, 2097152, 4096, 4096]

    Raises:
        OutputError: it is no size.
    """
    match = _SIZE.fullmatch(str(size)) if isinstance(size, (int, str)) and not isinstance(size, bool) else None
    if match is None or match[2].lower() not in _UNITS:
        raise OutputError(f"a size is a number of bytes, or one such as 5MB or 800kB, not {size!r}")
    return round(float(match[1]) * _UNITS[match[2].lower()])


def in_words(size: int) -> str:
    """A number of bytes for people.

    >>> [in_words(size) for size in (1, 999, 57_400, 2_150_000)]
    ['1 byte', '999 bytes', '57 kB', '2.1 MB']
    """
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
