"""Glyphs that were read before, in a file in the user's cache directory.

Reading font files takes a tenth of a second, this file a thousandth. It is a convenience: where it cannot be written,
or is damaged, or belongs to other fonts, glyphs are read from the fonts again.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Final

from platformdirs import user_cache_path

from tracer.drawing.glyphs import INTER, JETBRAINS_MONO, Contour, Glyph

# Count up when what is in the file changes.
_FORMAT: Final = 1

# Outlines go into pictures, where nothing but outlines may come from this file.
_COMMANDS: Final = re.compile(r"[lqcz0-9 -]*")

Glyphs = dict[str, Glyph]


def cache_file() -> Path:
    """Where the glyphs are kept."""
    return user_cache_path("backprop-tracer", appauthor=False) / "glyphs.json"


def load() -> Glyphs:
    """The glyphs in the file; none if there is no file or it is of no use."""
    try:
        content = json.loads(cache_file().read_bytes())
        if content["fonts"] != _fonts():
            return {}
        return {name: _glyph(*fields) for name, fields in content["glyphs"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def save(glyphs: Glyphs) -> None:
    """Keep the glyphs, in one move, so that a process that reads at the same time sees the old file or the new one."""
    file = cache_file()
    if not file.is_absolute():  # nobody's home directory is known
        return
    passing = file.with_name(f".{file.name}.{token_hex(8)}")
    content = {"fonts": _fonts(), "glyphs": dict(sorted(glyphs.items()))}
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            passing.write_text(json.dumps(content, separators=(",", ":")), encoding="ascii")
            os.replace(passing, file)
        finally:
            passing.unlink(missing_ok=True)


def _fonts() -> list[object]:
    """What the glyphs were read from: another version of a font has another size or date."""
    stats = [(font.name, font.stat()) for font in (INTER, JETBRAINS_MONO)]
    return [_FORMAT, *([name, stat.st_size, stat.st_mtime_ns] for name, stat in stats)]


def _glyph(advance: int, left: int, bottom: int, right: int, top: int, contours: list[tuple[int, int, str]]) -> Glyph:
    if not all(_COMMANDS.fullmatch(commands) for _, _, commands in contours):
        raise ValueError("this is no outline")
    return Glyph(advance, left, bottom, right, top, tuple(Contour(*contour) for contour in contours))
