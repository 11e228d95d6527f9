"""Reads glyphs out of the font files that come as packages. Only imported for glyphs that nobody has read before.

Inter is the font of all pictures. Where it lacks a character JetBrains Mono is asked, and where that lacks it too the
glyph is a box with the character's number in it. Both files are variable fonts: one file, all weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from fontTools.misc.roundTools import otRound  # type: ignore[import-untyped]
from fontTools.pens.basePen import BasePen  # type: ignore[import-untyped]
from fontTools.pens.transformPen import TransformPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from tracer.drawing.glyphs import INTER, JETBRAINS_MONO, UNITS, Contour, Glyph
from tracer.errors import MissingDependencyError

# Inter has a design for each size: 14 is the one for text, which has to be legible at 11 px.
_TEXT_SIZE: Final = 14.0
_REGULAR: Final = 400.0
_BOLD: Final = 700.0


class Face:
    """One weight of one font file."""

    def __init__(self, path: Path, location: dict[str, float]) -> None:
        try:
            content = BytesIO(path.read_bytes())  # as a file it would stay open for as long as glyphs are drawn
        except OSError as problem:
            raise MissingDependencyError(f"the font {path.name} cannot be read: reinstall its package") from problem
        font = TTFont(content, lazy=True)
        self._names: dict[int, str] = font.getBestCmap()
        self.glyphs: Mapping[str, Any] = font.getGlyphSet(location=location)
        self._scale = UNITS / font["head"].unitsPerEm

    def glyph(self, character: str, *, tabular: bool = False) -> Glyph | None:
        """The glyph of a character, None if the font lacks it; tabular digits are all of one width."""
        name = self._names.get(ord(character))
        if name is None:
            return None
        if tabular and f"{name}.tf" in self.glyphs:
            name = f"{name}.tf"
        pen = OutlinePen(self.glyphs)
        self.draw(name, pen, self._scale, 0, 0)
        return pen.glyph(otRound(self.glyphs[name].width * self._scale))

    def draw(self, name: str, pen: OutlinePen, scale: float, x: float, y: float) -> None:
        """Draw a glyph of the font with its origin at (x, y)."""
        self.glyphs[name].draw(TransformPen(pen, (scale, 0, 0, scale, x, y)))

    def composed(self, parts: tuple[tuple[str, float, float], ...]) -> Glyph:
        """A glyph of others, one upon the other: characters, their sizes, and how high they stand."""
        pen = OutlinePen(self.glyphs)
        widths = [self.glyphs[self._names[ord(character)]].width * self._scale * size for character, size, _ in parts]
        for character, size, height in parts:
            self.draw_centred(character, pen, size, max(widths) / 2, height * UNITS)
        return pen.glyph(otRound(max(widths)))

    def draw_centred(self, character: str, pen: OutlinePen, scale: float, x: float, y: float) -> None:
        """Draw a character with the middle of its baseline at (x, y)."""
        name = self._names[ord(character)]
        scale *= self._scale
        self.draw(name, pen, scale, x - self.glyphs[name].width * scale / 2, y)


class OutlinePen(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Collects what is drawn with it as contours of integers; `glyphs` is where parts of glyphs are found.

    The names of its methods are those that fontTools calls.
    """

    def __init__(self, glyphs: Mapping[str, Any]) -> None:
        super().__init__(glyphs)
        self._contours: list[Contour] = []
        self._start = self._at = (0, 0)
        self._commands: list[str] = []
        self._points: list[tuple[int, int]] = []

    def glyph(self, advance: int) -> Glyph:
        """Everything that was drawn, as a glyph."""
        across, up = zip(*self._points, strict=True) if self._points else ((0,), (0,))
        return Glyph(advance, min(across), min(up), max(across), max(up), tuple(self._contours))

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._start = self._at = self._whole(point)

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._commands.append("l" + self._relative(point))

    def _qCurveToOne(self, control: tuple[float, float], point: tuple[float, float]) -> None:  # noqa: N802
        self._commands.append("q" + self._relative(control, point))

    def _curveToOne(  # noqa: N802
        self, first: tuple[float, float], second: tuple[float, float], point: tuple[float, float]
    ) -> None:
        self._commands.append("c" + self._relative(first, second, point))

    def _closePath(self) -> None:  # noqa: N802
        self._contours.append(Contour(*self._start, "".join(self._commands) + "z"))
        self._commands = []

    def _whole(self, point: tuple[float, float]) -> tuple[int, int]:
        # Rounding places and not distances keeps a contour closed.
        whole = (otRound(point[0]), otRound(point[1]))
        self._points.append(whole)
        return whole

    def _relative(self, *points: tuple[float, float]) -> str:
        x, y = self._at
        places = [self._whole(point) for point in points]
        self._at = places[-1]
        numbers = [number for place in places for number in (place[0] - x, place[1] - y)]
        return " ".join(map(str, numbers)).replace(" -", "-")


@cache
def face(path: Path, *, bold: bool) -> Face:
    """One of the fonts in one of the weights."""
    return Face(path, {"wght": _BOLD if bold else _REGULAR, "opsz": _TEXT_SIZE})


# Signs of matrix formulas that neither font has, put together from letters of Inter: each with its size and how far it
# stands above the baseline, in em.
_COMPOSED: Final[Mapping[str, tuple[tuple[str, float, float], ...]]] = {
    "ᵀ": (("T", 0.62, 0.31),),
    "⊙": (("○", 1.0, 0.0), ("·", 1.3, -0.08)),
}


def read(character: str, *, bold: bool, tabular: bool) -> Glyph | None:
    """The glyph of a character from the first font that has it; None if none has."""
    if character in _COMPOSED:
        return face(INTER, bold=bold).composed(_COMPOSED[character])
    for path in (INTER, JETBRAINS_MONO):
        glyph = face(path, bold=bold).glyph(character, tabular=tabular)
        if glyph is not None:
            return glyph
    return None


# The box for a character that no font has, in font units: as high as a line of text, as wide as the em.
_LEFT, _RIGHT, _BOTTOM, _TOP, _LINE = 110, UNITS - 110, -230, 1720, 90
_ROWS = (870, 0)


def box(character: str, *, bold: bool) -> Glyph:
    """A box with the character's number in hexadecimal in two rows: 6C49 for 汉."""
    inter = face(INTER, bold=bold)
    pen = OutlinePen(inter.glyphs)
    _rectangle(pen, _LEFT, _BOTTOM, _RIGHT, _TOP)
    # From right to left, so the other way round, which makes it a hole.
    _rectangle(pen, _RIGHT - _LINE, _BOTTOM + _LINE, _LEFT + _LINE, _TOP - _LINE)
    digits = f"{ord(character):04X}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    columns = len(digits) // 2
    scale = 0.92 / columns
    pitch = (_RIGHT - _LEFT) / (columns + 0.3)
    for place, digit in enumerate(digits):
        row, column = divmod(place, columns)
        inter.draw_centred(digit, pen, scale, UNITS / 2 + (column - (columns - 1) / 2) * pitch, _ROWS[row])
    return pen.glyph(UNITS)


def _rectangle(pen: OutlinePen, left: float, bottom: float, right: float, top: float) -> None:
    pen.moveTo((left, bottom))
    pen.lineTo((left, top))
    pen.lineTo((right, top))
    pen.lineTo((right, bottom))
    pen.closePath()
