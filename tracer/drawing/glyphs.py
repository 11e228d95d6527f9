"""A glyph: how one character looks, in font units, and what it looks like when no font has it.

All glyphs share one scale, `UNITS` to the em, with y up as in font files. They consist of integers and text, so that
they can be kept in a file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import fontpkg_inter  # type: ignore[import-untyped]
import fontpkg_jetbrains_mono  # type: ignore[import-untyped]

INTER: Final = Path(fontpkg_inter.ROOT) / "files" / "Inter[opsz,wght].ttf"
"""The font of all pictures: one file for all weights and sizes."""

JETBRAINS_MONO: Final = Path(fontpkg_jetbrains_mono.ROOT) / "files" / "JetBrainsMono[wght].ttf"
"""The font for characters that Inter lacks."""

UNITS: Final = 2048
"""Font units to the em: a glyph of advance 2048 is 12 px wide at a size of 12 px."""


class Contour(NamedTuple):
    """A closed line: where it starts, and from there on SVG path commands that are all relative."""

    x: int
    y: int
    commands: str


class Glyph(NamedTuple):
    """One character in one weight.

    Attributes:
        advance: from its origin to the next glyph's; 0 for marks that stand on the character before them.
        left: where its ink begins, like the other three from its origin.
        bottom: lowest ink.
        right: where its ink ends.
        top: highest ink.
        contours: its outline, filled by the non-zero rule.
    """

    advance: int
    left: int
    bottom: int
    right: int
    top: int
    contours: tuple[Contour, ...]

    def path(self, x: int) -> str:
        """Its outline as SVG path data, with its origin at (x, 0), in font units."""
        return "".join(f"M{x + contour.x} {contour.y}{contour.commands}" for contour in self.contours)
