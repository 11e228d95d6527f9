"""Sprites: a shape, or a text, drawn once on a transparent sheet just large enough for it.

An image is its sprites laid over each other. That makes animations quick, since what was drawn before is not drawn
again, and exact: the same shape gives the same pixels in every image, however much or little of it is redrawn. (A
renderer that draws only a piece of a picture cuts curves at the edges of the piece, and rounds a little differently.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import ceil, floor
from typing import Final, NamedTuple

import numpy as np

from tracer.drawing.fonts import placed
from tracer.drawing.glyphs import UNITS, Glyph
from tracer.drawing.shapes import Circle, Curve, Part, Rect, Text
from tracer.drawing.theme import Theme
from tracer.outputs.areas import Area, around
from tracer.outputs.ink import Ink, Packed, Shares, opaque_colour
from tracer.outputs.sheets import Sheet, rendered, sheet
from tracer.outputs.svg import markup, number

# Glyphs begin at quarters of a pixel, as on most screens: nobody sees the difference, and far fewer are drawn.
_STEPS: Final = 4
# Coordinates are written to a hundredth of a px.
_ROUNDING: Final = 0.01
# resvg leaves out thin lines on sheets that are less than 3 px wide or high, so every sheet gets room to spare, in px.
_HAIR: Final = 1


class Sprite(NamedTuple):
    """Where it is in the image, and what is there."""

    area: Area
    sheet: Sheet

    def lay_over(self, canvas: Packed, area: Area) -> None:
        """Paint what there is in `area` onto the canvas, which is opaque."""
        self.sheet.lay_over(canvas, self.area, self.area & area)


class _Line(NamedTuple):
    """A text: where it is, and its ink, whose colour is still to be set."""

    area: Area
    ink: Ink


class _Drawn(NamedTuple):
    """A glyph: where it is, and how much of each pixel there it covers, out of 255."""

    area: Area
    coverage: Shares


def draw(part: Part, theme: Theme, scale: float, canvas: Area) -> tuple[Sprite, ...]:
    """A part as sprites, in painting order.

    Args:
        part: what to draw.
        theme: its colours.
        scale: device pixels to a px.
        canvas: the whole image; what is outside is left out.
    """
    sprites: list[Sprite] = []
    for shape in part.shapes:
        if isinstance(shape, Text):
            sprites += _text(shape, theme[shape.fill], scale, canvas)
        else:
            sprites += _shape(shape, theme, scale, canvas)
    return tuple(sprites)


def _shape(shape: Rect | Circle | Curve, theme: Theme, scale: float, canvas: Area) -> Iterator[Sprite]:
    left, top, right, bottom = _bounds(shape)
    area = Area(
        floor((left - _ROUNDING) * scale) - _HAIR,
        floor((top - _ROUNDING) * scale) - _HAIR,
        ceil((right + _ROUNDING) * scale) + _HAIR,
        ceil((bottom + _ROUNDING) * scale) + _HAIR,
    )
    area &= canvas
    if not area:
        return
    # Moved to the corner, shapes that are alike become equal: all cards of a size and state are one sheet.
    moved = markup(_moved(shape, -area.left / scale, -area.top / scale), theme, "outlines")
    yield Sprite(area, sheet(moved, area.width, area.height, scale))


def _text(shape: Text, colour: str, scale: float, canvas: Area) -> Iterator[Sprite]:
    left, top = floor(shape.left * scale), floor(shape.y * scale)
    line = _line(shape.text, shape.bold, shape.size * scale / UNITS, shape.left * scale - left, shape.y * scale - top)
    if line is not None:
        area = line.area.moved(left, top)
        if area.overlaps(canvas):
            ink = line.ink._replace(colours=np.array([opaque_colour(colour)], np.uint32))
            yield Sprite(area, Sheet(ink, None))


@lru_cache(maxsize=1024)
def _line(text: str, bold: bool, unit: float, x: float, y: float) -> _Line | None:
    """A text that begins at (x, y) in the pixel (0, 0); None if it has no ink."""
    row, down = divmod(round(y * _STEPS), _STEPS)
    glyphs: list[_Drawn] = []
    for distance, glyph in placed(text, bold):
        if glyph.contours:
            column, across = divmod(round((x + distance * unit) * _STEPS), _STEPS)
            drawn = _glyph(glyph, across, down, unit)
            glyphs.append(_Drawn(drawn.area.moved(column, row), drawn.coverage))
    if not glyphs:
        return None
    area = around(drawn.area for drawn in glyphs)
    coverage = _together(area, glyphs)
    return _Line(area, Ink.on(coverage != 0, coverage, np.zeros(1, np.uint32)))


def _together(area: Area, glyphs: Iterable[_Drawn]) -> Shares:
    """The glyphs of a line on one sheet. Where two touch, what both cover of a pixel adds up."""
    sums = np.zeros((area.height, area.width), np.uint16)
    for place, coverage in glyphs:
        sums[place.within(area)] += coverage
    return np.minimum(sums, 255).astype(np.uint8)


@lru_cache(maxsize=4096)
def _glyph(glyph: Glyph, across: int, down: int, unit: float) -> _Drawn:
    """A glyph with its origin in the pixel (0, 0), so many steps to the right and down in it."""
    x, y = across / _STEPS, down / _STEPS
    left, right = floor(x + glyph.left * unit), ceil(x + glyph.right * unit)
    top, bottom = floor(y - glyph.top * unit), ceil(y - glyph.bottom * unit)
    area = Area(left, top, max(right, left + 1), max(bottom, top + 1))
    place = f"translate({x - left} {y - top})scale({number(unit, 7)} -{number(unit, 7)})"
    path = f'<path transform="{place}" d="{glyph.path(0)}"/>'
    return _Drawn(area, np.ascontiguousarray(rendered(path, area.width, area.height, 1.0)[..., 3]))


def _moved(shape: Rect | Circle | Curve, x: float, y: float) -> Rect | Circle | Curve:
    if isinstance(shape, Curve):
        return shape._replace(points=tuple((across + x, down + y) for across, down in shape.points))
    return shape._replace(x=shape.x + x, y=shape.y + y)


def _bounds(shape: Rect | Circle | Curve) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what a shape can touch, its outline included, in px."""
    match shape:
        case Rect():
            left, top, right, bottom = shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
        case Circle():
            left, top = shape.x - shape.radius, shape.y - shape.radius
            right, bottom = shape.x + shape.radius, shape.y + shape.radius
        case Curve():
            # A Bézier curve stays inside the hull of its points.
            across, down = zip(*shape.points, strict=True)
            left, top, right, bottom = min(across), min(down), max(across), max(down)
    half = shape.stroke_width / 2
    return left - half, top - half, right + half, bottom + half
