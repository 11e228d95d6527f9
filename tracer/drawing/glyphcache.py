"""Glyphs that were read before, in a file in the user's cache directory.

Reading font files takes a tenth of a second, this file a thousandth. It is a convenience: where it cannot be written,
or is damaged, or belongs to other fonts, glyphs are read from the fonts again.
"""

from __future__ import annotations

import json
import re
from typing import Final

from tracer.drawing.glyphs import INTER, JETBRAINS_MONO, Contour, Glyph
from tracer.drawing.keeping import keep, kept

_FILE: Final = "glyphs.json"
# Count up when what is in the file changes.
_FORMAT: Final = 1

# Outlines go into pictures, where nothing but outlines may come from this file.
_COMMANDS: Final = re.compile(r"[lqcz0-9 -]*")

Glyphs = dict[str, Glyph]


def load() -> Glyphs:
    """The glyphs in the file; none if there is no file or it is of no use."""
    try:
        content = json.loads(kept(_FILE) or b"{}")
        if content["fonts"] != _fonts():
            return {}
        return {name: _glyph(*fields) for name, fields in content["glyphs"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def save(glyphs: Glyphs) -> None:
    """Keep the glyphs."""
    content = {"fonts": _fonts(), "glyphs": dict(sorted(glyphs.items()))}
    keep(_FILE, json.dumps(content, separators=(",", ":")).encode("ascii"))


def _fonts() -> list[object]:
    """What the glyphs were read from: another version of a font has another size or date."""
    stats = [(font.name, font.stat()) for font in (INTER, JETBRAINS_MONO)]
    return [_FORMAT, *([name, stat.st_size, stat.st_mtime_ns] for name, stat in stats)]


def _glyph(advance: int, left: int, bottom: int, right: int, top: int, contours: list[tuple[int, int, str]]) -> Glyph:
    if not all(_COMMANDS.fullmatch(commands) for _, _, commands in contours):
        raise ValueError("this is no outline")
    return Glyph(advance, left, bottom, right, top, tuple(Contour(*contour) for contour in contours))
