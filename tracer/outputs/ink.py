"""Ink: the pixels that shapes and texts cover, and what colours they get.

A pixel is one number of four bytes, its red, green, blue and alpha: that is quicker to move than four numbers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.outputs.areas import Area

# A whole image of such pixels, and some pixels one after the other.
Packed = NDArray[np.uint32]
Colours = NDArray[np.uint32]
Shares = NDArray[np.uint8]
Places = NDArray[np.unsignedinteger]

_ALL_SHARES: Final = np.arange(256, dtype=np.uint8)


class Ink(NamedTuple):
    """Pixels of a sheet that are covered.

    Attributes:
        rows: for each pixel its row.
        columns: and its column.
        shares: how much of it is covered, out of 255.
        colours: of each pixel, or a single one for all.
    """

    rows: Places
    columns: Places
    shares: Shares
    colours: Colours

    @classmethod
    def on(cls, covered: NDArray[np.bool_], shares: Shares, colours: Colours) -> Ink:
        """The pixels of a sheet that are covered.

        Args:
            covered: which are.
            shares: for each pixel of the sheet how much of it, out of 255.
            colours: for each pixel of the sheet, as rows; or an array of just one, which is for all.
        """
        rows, columns = np.nonzero(covered)
        # Thousands of texts are kept, so that places should take little room.
        small = np.min_scalar_type(max(covered.shape))
        # A sheet may be a single pixel, so what tells the two apart is that a sheet has rows.
        own = colours if colours.ndim == 1 else colours[rows, columns]
        return cls(rows.astype(small), columns.astype(small), shares[rows, columns], own)

    def clipped(self, area: Area) -> Ink:
        """The part of it that is in an area of the sheet."""
        rows, columns = self.rows, self.columns
        inside = (rows >= area.top) & (rows < area.bottom) & (columns >= area.left) & (columns < area.right)
        colours = self.colours if self.colours.size == 1 else self.colours[inside]
        return Ink(rows[inside], columns[inside], self.shares[inside], colours)

    def lay_over(self, canvas: Packed, left: int, top: int) -> None:
        """Put it on an image.

        Args:
            canvas: the image. It is opaque, and its rows follow each other in memory, so that it is written to.
            left: the column where the sheet has its corner; it may be outside, where no ink is.
            top: the row.
        """
        places = np.multiply(self.rows, canvas.shape[1], dtype=np.intp)
        places += self.columns
        places += top * canvas.shape[1] + left
        pixels = canvas.reshape(-1)
        pixels[places] = _blended(self.colours, pixels[places], self.shares)


def opaque_colour(colour: str) -> int:
    """A colour such as #1d4ed8 as a pixel."""
    return int(np.frombuffer(bytes.fromhex(colour.removeprefix("#")) + b"\xff", np.uint32)[0])


def _blended(over: Colours, under: Colours, shares: Shares) -> Colours:
    if over.size == 1 and under.size and (under == under[0]).all():  # as most texts are: of one colour, on one colour
        blends: Colours = _blends(int(over[0]), int(under[0]))[shares]
        return blends
    return _mixture(over, under, shares)


@lru_cache(maxsize=1024)
def _blends(over: int, under: int) -> Colours:
    """For each share what one colour over another one gives."""
    return _mixture(np.array([over], np.uint32), np.full(_ALL_SHARES.size, under, np.uint32), _ALL_SHARES)


def _mixture(over: Colours, under: Colours, shares: Shares) -> Colours:
    """Colours of which `shares` out of 255 are `over` and the rest `under`, to the nearest."""
    wide = shares.astype(np.uint16)[:, np.newaxis]
    mixture = _channels(under) * (255 - wide)
    mixture += _channels(over) * wide
    # Divided by 255. This is exact for all that can come up, and several times as fast as a division.
    mixture += 128
    mixture += mixture >> 8
    mixture >>= 8
    packed: Colours = mixture.astype(np.uint8).view(np.uint32)[:, 0]
    return packed


def _channels(colours: Colours) -> NDArray[np.uint8]:
    return np.ascontiguousarray(colours).view(np.uint8).reshape(-1, 4)
