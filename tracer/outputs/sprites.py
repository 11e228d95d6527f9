"""Sprites: a shape, or a text, drawn once on a transparent sheet just large enough for it.

An image is its sprites laid over each other. That makes animations quick, since what was drawn before is not drawn
again, and exact: the same shape gives the same pixels in every image, however much or little of it is redrawn. (A
renderer that draws only a piece of a picture cuts curves at the edges of the piece, and rounds a little differently.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from math import ceil, floor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from resvg_py import svg_to_bytes

from tracer.drawing.fonts import placed
from tracer.drawing.glyphs import UNITS, Glyph
from tracer.drawing.shapes import Circle, Curve, Part, Rect, Text
from tracer.drawing.theme import Theme
from tracer.outputs.areas import Area, around
from tracer.outputs.spritecache import SpriteCache
from tracer.outputs.svg import NAMESPACE, markup, number

Pixels = NDArray[np.uint8]
Coverage = NDArray[np.uint8]

# Glyphs begin at quarters of a pixel, as on most screens: nobody sees the difference, and far fewer are drawn.
_STEPS = 4
# Coordinates are written to a hundredth of a px.
_ROUNDING = 0.01
# resvg leaves out thin lines on sheets that are less than 3 px wide or high, so every sheet gets room to spare, in px.
_HAIR = 1
# Larger sheets than this many pixels do not occur twice, or hardly.
_LARGE = 1 << 16
_BLACK = (0, 0, 0)


class Sprite(NamedTuple):
    """Where it is in the image, and its pixels there: red, green, blue, alpha."""

    area: Area
    pixels: Pixels

    def lay_over(self, canvas: Pixels, area: Area) -> None:
        """Paint what there is in `area` onto the canvas, which is opaque."""
        common = self.area & area
        below = canvas[common.top : common.bottom, common.left : common.right]
        above = self.pixels[common.within(self.area)]
        alpha = above[..., 3]
        opaque = alpha == 255
        # A pixel is moved as one number of four bytes, which is quicker than as four bytes.
        np.copyto(below.view(np.uint32), above.view(np.uint32), where=opaque[..., np.newaxis])
        mixed = np.nonzero((alpha != 0) & ~opaque)
        over, under = above[..., :3], below[..., :3]
        under[mixed] = _mixture(over[mixed], under[mixed], alpha[mixed])


class Stencil(NamedTuple):
    """Something of one colour: where it is in the image, and how much of each pixel there it covers, out of 255."""

    area: Area
    coverage: Coverage
    colour: tuple[int, ...]

    def lay_over(self, canvas: Pixels, area: Area) -> None:
        """Paint what there is in `area` onto the canvas, which is opaque."""
        common = self.area & area
        # A pixel is moved as one number of four bytes, which is quicker than as four bytes.
        below = canvas[common.top : common.bottom, common.left : common.right].view(np.uint32)[..., 0]
        share = self.coverage[common.within(self.area)]
        covered = np.nonzero(share)
        under = below[covered].view(np.uint8).reshape(-1, 4)
        mixture = _mixture(np.array([*self.colour, 255], np.uint8), under, share[covered])
        below[covered] = mixture.astype(np.uint8).view(np.uint32)[:, 0]


def _mixture(over: Pixels, under: Pixels, share: Coverage) -> NDArray[np.uint16]:
    """Colours of which `share` out of 255 is `over` and the rest `under`, to the nearest."""
    shares = share.astype(np.uint16)[:, np.newaxis]
    mixture = under * (255 - shares)
    mixture += over * shares
    # Divided by 255. This is exact for all that can come up, and several times as fast as a division.
    mixture += 128
    mixture += mixture >> 8
    mixture >>= 8
    return mixture


def draw(part: Part, theme: Theme, scale: float, canvas: Area) -> tuple[Sprite | Stencil, ...]:
    """A part as sprites, in painting order.

    Args:
        part: what to draw.
        theme: its colours.
        scale: device pixels to a px.
        canvas: the whole image; what is outside is left out.
    """
    sprites: list[Sprite | Stencil] = []
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
    # Moved to the corner, shapes that are alike become equal: all cards of a size and state are one sprite.
    moved = markup(_moved(shape, -area.left / scale, -area.top / scale), theme, "outlines")
    render = _rendered_before if area.width * area.height <= _LARGE else _rendered_now
    yield Sprite(area, render(moved, area.width, area.height, scale))


def _text(shape: Text, colour: str, scale: float, canvas: Area) -> Iterator[Stencil]:
    left, top = floor(shape.left * scale), floor(shape.y * scale)
    line = _line(shape.text, shape.bold, shape.size * scale / UNITS, shape.left * scale - left, shape.y * scale - top)
    if line is not None:
        area = line.area.moved(left, top)
        if area.overlaps(canvas):
            yield Stencil(area, line.coverage, tuple(bytes.fromhex(colour.removeprefix("#"))))


@lru_cache(maxsize=1024)
def _line(text: str, bold: bool, unit: float, x: float, y: float) -> Stencil | None:
    """A text that begins at (x, y) in the pixel (0, 0), in black; None if it has no ink."""
    row, down = divmod(round(y * _STEPS), _STEPS)
    glyphs: list[tuple[Area, Coverage]] = []
    for distance, glyph in placed(text, bold):
        if glyph.contours:
            column, across = divmod(round((x + distance * unit) * _STEPS), _STEPS)
            drawn = _glyph(glyph, across, down, unit)
            glyphs.append((drawn.area.moved(column, row), drawn.coverage))
    if not glyphs:
        return None
    area = around(place for place, _ in glyphs)
    return Stencil(area, _together(area, glyphs), _BLACK)


def _together(area: Area, glyphs: Iterable[tuple[Area, Coverage]]) -> Coverage:
    """The glyphs of a line on one sheet. Where two touch, what both cover of a pixel adds up."""
    sums = np.zeros((area.height, area.width), np.uint16)
    for place, coverage in glyphs:
        sums[place.within(area)] += coverage
    return np.minimum(sums, 255).astype(np.uint8)


@lru_cache(maxsize=4096)
def _glyph(glyph: Glyph, across: int, down: int, unit: float) -> Stencil:
    """A glyph with its origin in the pixel (0, 0), so many steps to the right and down in it, in black."""
    x, y = across / _STEPS, down / _STEPS
    left, right = floor(x + glyph.left * unit), ceil(x + glyph.right * unit)
    top, bottom = floor(y - glyph.top * unit), ceil(y - glyph.bottom * unit)
    area = Area(left, top, max(right, left + 1), max(bottom, top + 1))
    place = f"translate({x - left} {y - top})scale({number(unit, 7)} -{number(unit, 7)})"
    path = f'<path transform="{place}" d="{glyph.path(0)}"/>'
    return Stencil(area, np.ascontiguousarray(_rendered(path, area.width, area.height, 1.0)[..., 3]), _BLACK)


def _rendered(content: str, width: int, height: int, scale: float) -> Pixels:
    """The same as `_rendered_now`, from an earlier run if it was there."""
    pixels = _KEPT.get(content, width, height, scale)
    if pixels is None:
        pixels = _rendered_now(content, width, height, scale)
        _KEPT.keep(content, scale, pixels)
    return pixels


_rendered_before = lru_cache(maxsize=512)(_rendered)
_KEPT = SpriteCache()


def _rendered_now(content: str, width: int, height: int, scale: float) -> Pixels:
    """SVG elements as `height` rows of `width` pixels, transparent where nothing is."""
    png = svg_to_bytes(
        svg_string=f'<svg xmlns="{NAMESPACE}" width="{width}" height="{height}"'
        f' viewBox="0 0 {number(width / scale, 6)} {number(height / scale, 6)}">{content}</svg>',
        skip_system_fonts=True,  # text comes as outlines: no fonts are needed, and looking for them takes time
    )
    with Image.open(BytesIO(png)) as image:
        return np.asarray(image.convert("RGBA"))


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
