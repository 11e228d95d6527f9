"""Sprites: a shape, or one glyph of a text, drawn once on a transparent sheet just large enough for it.

An image is its sprites laid over each other. That makes animations quick, since what was drawn before is not drawn
again, and exact: the same shape gives the same pixels in every image, however much or little of it is redrawn. (A
renderer that draws only a piece of a picture cuts curves at the edges of the piece, and rounds a little differently.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from resvg_py import svg_to_bytes

from tracer.drawing.fonts import placed
from tracer.drawing.glyphs import UNITS, Glyph
from tracer.drawing.shapes import Circle, Curve, Part, Rect, Text
from tracer.drawing.theme import Theme
from tracer.outputs.areas import Area
from tracer.outputs.svg import NAMESPACE, markup, number

Pixels = NDArray[np.uint8]

# Glyphs begin at quarters of a pixel, as on most screens: nobody sees the difference, and far fewer are drawn.
_STEPS = 4
# Coordinates are written to a hundredth of a px.
_ROUNDING = 0.01
# resvg leaves out thin lines on sheets that are less than 3 px wide or high, so every sheet gets room to spare, in px.
_HAIR = 1
# Larger sheets than this many pixels do not occur twice, or hardly.
_LARGE = 1 << 16


@dataclass(frozen=True, slots=True)
class Sprite:
    """Where it is in the image, and its pixels there: red, green, blue, alpha."""

    area: Area
    pixels: Pixels


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


def lay_over(canvas: Pixels, sprite: Sprite, area: Area) -> None:
    """Paint what `sprite` has in `area` onto the canvas, which is opaque."""
    if not sprite.area.overlaps(area):
        return
    common = sprite.area & area
    below = canvas[common.top : common.bottom, common.left : common.right]
    above = sprite.pixels[common.within(sprite.area)]
    alpha = above[..., 3]
    opaque = alpha == 255
    # A pixel is moved as one number of four bytes, which is quicker than as four bytes.
    np.copyto(below.view(np.uint32), above.view(np.uint32), where=opaque[..., np.newaxis])
    mixed = np.nonzero((alpha != 0) & ~opaque)
    share = alpha[mixed].astype(np.uint16)[:, np.newaxis]
    over, under = above[..., :3], below[..., :3]
    under[mixed] = (over[mixed] * share + under[mixed] * (255 - share) + 127) // 255


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
    # Moved to the corner, shapes that are alike become equal: all cards of a size and state are one sprite.
    moved = markup(_moved(shape, -area.left / scale, -area.top / scale), theme, "outlines")
    render = _rendered_before if area.width * area.height <= _LARGE else _rendered
    yield Sprite(area, render(moved, area.width, area.height, scale))


def _text(shape: Text, colour: str, scale: float, canvas: Area) -> Iterator[Sprite]:
    unit = shape.size * scale / UNITS
    row, down = divmod(round(shape.y * scale * _STEPS), _STEPS)
    for distance, glyph in placed(shape.text, shape.bold):
        if glyph.contours:
            column, across = divmod(round((shape.left * scale + distance * unit) * _STEPS), _STEPS)
            sprite = _glyph(glyph, across, down, unit, colour)
            area = sprite.area.moved(column, row)
            if area.overlaps(canvas):
                yield Sprite(area, sprite.pixels)


@lru_cache(maxsize=4096)
def _glyph(glyph: Glyph, across: int, down: int, unit: float, colour: str) -> Sprite:
    """A glyph with its origin in the pixel (0, 0), so many steps to the right and down in it."""
    x, y = across / _STEPS, down / _STEPS
    left, right = floor(x + glyph.left * unit), ceil(x + glyph.right * unit)
    top, bottom = floor(y - glyph.top * unit), ceil(y - glyph.bottom * unit)
    area = Area(left, top, max(right, left + 1), max(bottom, top + 1))
    place = f"translate({x - left} {y - top})scale({number(unit, 7)} -{number(unit, 7)})"
    path = f'<path transform="{place}" d="{glyph.path(0)}" fill="{colour}"/>'
    return Sprite(area, _rendered(path, area.width, area.height, 1.0))


def _rendered(content: str, width: int, height: int, scale: float) -> Pixels:
    """SVG elements as `height` rows of `width` pixels, transparent where nothing is."""
    png = svg_to_bytes(
        svg_string=f'<svg xmlns="{NAMESPACE}" width="{width}" height="{height}"'
        f' viewBox="0 0 {number(width / scale, 6)} {number(height / scale, 6)}">{content}</svg>',
        skip_system_fonts=True,  # text comes as outlines: no fonts are needed, and looking for them takes time
    )
    with Image.open(BytesIO(png)) as image:
        return np.asarray(image.convert("RGBA"))


_rendered_before = lru_cache(maxsize=512)(_rendered)


def _moved(shape: Rect | Circle | Curve, x: float, y: float) -> Rect | Circle | Curve:
    if isinstance(shape, Curve):
        return replace(shape, points=tuple((across + x, down + y) for across, down in shape.points))
    return replace(shape, x=shape.x + x, y=shape.y + y)


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
