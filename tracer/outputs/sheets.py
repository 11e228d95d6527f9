"""Sheets: SVG elements drawn once, just large enough for them and transparent where nothing is."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from resvg_py import svg_to_bytes

from tracer.outputs.areas import Area
from tracer.outputs.ink import Ink, Packed, opaque_colour
from tracer.outputs.spritecache import SpriteCache
from tracer.outputs.svg import NAMESPACE, number

Pixels = NDArray[np.uint8]

# Larger sheets than this many pixels do not occur twice, or hardly.
_LARGE: Final = 1 << 16
# Where one pixel in so many is opaque, all that are get copied at once. Fewer are laid over like the others.
_DENSE: Final = 8
_OPAQUE: Final = 255
# As one number, all bits of alpha and no others.
_BLACK: Final = np.uint32(opaque_colour("#000000"))
_KEPT: Final = SpriteCache()


class Solid(NamedTuple):
    """The opaque pixels of a sheet, which are copied.

    Attributes:
        pixels: all pixels of the sheet, each as one number.
        opaque: which of them are.
    """

    pixels: Packed
    opaque: NDArray[np.bool_]


class Sheet(NamedTuple):
    """What is drawn on a sheet.

    Attributes:
        ink: the pixels to be mixed with what is below them.
        solid: the opaque ones, if they are so many that copying them is quicker; then the ink is without them.
    """

    ink: Ink
    solid: Solid | None

    def lay_over(self, canvas: Packed, area: Area, common: Area) -> None:
        """Paint some of it onto the canvas, which is opaque.

        Args:
            canvas: the image.
            area: where the sheet lies on it; it may reach over the edges.
            common: the part of this area that is painted.
        """
        if self.solid is not None:
            below, part = canvas[common.top : common.bottom, common.left : common.right], common.within(area)
            np.copyto(below, self.solid.pixels[part], where=self.solid.opaque[part])
        ink = self.ink if common == area else self.ink.clipped(common.moved(-area.left, -area.top))
        ink.lay_over(canvas, area.left, area.top)


def sheet(content: str, width: int, height: int, scale: float) -> Sheet:
    """SVG elements as a sheet of that many pixels, where a px is `scale` of them; small ones are remembered."""
    return (_small if width * height <= _LARGE else _large)(content, width, height, scale)


@lru_cache(maxsize=512)
def _small(content: str, width: int, height: int, scale: float) -> Sheet:
    return _sheet(rendered(content, width, height, scale))


def _large(content: str, width: int, height: int, scale: float) -> Sheet:
    return _sheet(_rendered_now(content, width, height, scale))


def _sheet(pixels: Pixels) -> Sheet:
    colours, alpha = np.ascontiguousarray(pixels).view(np.uint32)[..., 0], pixels[..., 3]
    opaque, covered = alpha == _OPAQUE, alpha != 0
    dense = _DENSE * np.count_nonzero(opaque) >= opaque.size
    ink = Ink.on(covered & ~opaque if dense else covered, alpha, colours | _BLACK)
    return Sheet(ink, Solid(colours, opaque) if dense else None)


def rendered(content: str, width: int, height: int, scale: float) -> Pixels:
    """SVG elements as `height` rows of `width` pixels: red, green, blue, alpha. An earlier run may have drawn them."""
    pixels = _KEPT.get(content, width, height, scale)
    if pixels is None:
        pixels = _rendered_now(content, width, height, scale)
        _KEPT.keep(content, scale, pixels)
    return pixels


def _rendered_now(content: str, width: int, height: int, scale: float) -> Pixels:
    png = svg_to_bytes(
        svg_string=f'<svg xmlns="{NAMESPACE}" width="{width}" height="{height}"'
        f' viewBox="0 0 {number(width / scale, 6)} {number(height / scale, 6)}">{content}</svg>',
        skip_system_fonts=True,  # text comes as outlines: no fonts are needed, and looking for them takes time
    )
    with Image.open(BytesIO(png)) as image:
        return np.asarray(image.convert("RGBA"))
