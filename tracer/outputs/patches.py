"""What changes from one image of an animation to the next, in the colours of a palette."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.outputs.areas import Area, around
from tracer.outputs.palette import UNCHANGED, Indices, Palette
from tracer.outputs.raster import Image

Mask = NDArray[np.bool_]

# So many pixels are compared at once; more would take more memory and no less time.
_BAND: Final = 1 << 20
_SHORT_GAP: Final = 128


class Patch(NamedTuple):
    """What changes from one image to the next: where, and the new colours there, `UNCHANGED` where nothing does."""

    area: Area
    indices: Indices


def patch_for(image: Image, shown: Indices, palette: Palette) -> Patch:
    """What has to be painted over `shown` to show the image; `shown` is brought up to date."""
    patches = list(_patches(image, shown, palette))
    if not patches:
        # An image has at least one pixel. This one is transparent.
        return Patch(Area(0, 0, 1, 1), np.full((1, 1), UNCHANGED, np.uint8))
    area = around(patch.area for patch in patches)
    indices = np.full((area.height, area.width), UNCHANGED, np.uint8)
    for patch in patches:
        indices[patch.area.within(area)] = patch.indices
    return Patch(area, indices)


def _patches(image: Image, shown: Indices, palette: Palette) -> Iterator[Patch]:
    for area in (band for changed in image.changed for band in changed.bands(_BAND)):
        rows, columns = slice(area.top, area.bottom), slice(area.left, area.right)
        before, after = shown[rows, columns], palette.indices(image.pixels[rows, columns])
        differs = before != after
        if differs.any():
            before[...] = after
            painted = differs | _filling(after, differs)
            yield _trimmed(Patch(area, np.where(painted, after, np.uint8(UNCHANGED))), differs)


def _filling(colours: Indices, differs: Mask) -> Mask:
    """Unchanged pixels that are painted all the same, because that makes longer runs of one colour and smaller files.

    These are short gaps of one colour between pixels that change. Transparent, such a gap would be one more colour for
    the runs that the compression has met before.
    """
    colour, changes = colours.ravel(), differs.ravel()
    if changes.all():
        return differs
    edges = np.diff(changes.astype(np.int8), prepend=1, append=1)
    starts, ends = np.flatnonzero(edges < 0), np.flatnonzero(edges > 0)
    # Counts how often the colour has changed up to each pixel, so that a run is of one colour where it stays the same.
    turns = np.concatenate([[0], np.cumsum(colour[1:] != colour[:-1])])
    filled = (ends - starts <= _SHORT_GAP) & (turns[starts] == turns[ends - 1])
    inside = np.zeros(colour.size + 1, np.int8)
    inside[starts[filled]] = 1
    inside[ends[filled]] = -1
    # A byte is enough for what is never more than 1, and counted four times as fast as in NumPy's own choice.
    return np.cumsum(inside[:-1], dtype=np.int8).view(bool).reshape(differs.shape)


def _trimmed(patch: Patch, differs: Mask) -> Patch:
    """The same without rows and columns at its edges where nothing differs."""
    area, indices = patch
    rows, columns = (np.flatnonzero(differs.any(axis=axis)) for axis in (1, 0))
    left, top = area.left + int(columns[0]), area.top + int(rows[0])
    tight = Area(left, top, area.left + int(columns[-1]) + 1, area.top + int(rows[-1]) + 1)
    return Patch(tight, indices[tight.within(area)])
