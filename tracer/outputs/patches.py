"""What changes from one image of an animation to the next, in the colours of a palette."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.outputs.areas import Area, around
from tracer.outputs.bands import Band, bands, pixels
from tracer.outputs.palette import UNCHANGED, Indices, Palette
from tracer.outputs.raster import Image

Mask = NDArray[np.bool_]
Places = NDArray[np.intp]

# So many pixels are compared at once; more would take more memory and no less time.
_AT_ONCE: Final = 1 << 20


class Patch(NamedTuple):
    """What changes from one image to the next: where, and the new colours there, `UNCHANGED` where nothing does.

    Attributes:
        area: where.
        bands: the colours.
    """

    area: Area
    bands: tuple[Band, ...]

    @property
    def indices(self) -> Indices:
        """The colours pixel by pixel."""
        return pixels(self.bands, self.area.width)


class _Change(NamedTuple):
    area: Area
    differs: Mask


def patches(images: Iterable[Image], palette: Palette) -> Iterator[Patch]:
    """What changes from each image of an animation to the next; the first patch is all of the first image."""
    shown: Indices | None = None
    for image in images:
        if shown is None:
            shown = _indices(image, palette)
            yield Patch(Area(0, 0, shown.shape[1], shown.shape[0]), (shown.copy(),))
        else:
            yield patch_for(image, shown, palette)


def _indices(image: Image, palette: Palette) -> Indices:
    height, width = image.pixels.shape[:2]
    indices = np.empty((height, width), np.uint8)
    for strip in Area(0, 0, width, height).strips(_AT_ONCE):
        indices[strip.top : strip.bottom] = palette.indices(image.pixels[strip.top : strip.bottom])
    return indices


def patch_for(image: Image, shown: Indices, palette: Palette) -> Patch:
    """What has to be painted over `shown` to show the image; `shown` is brought up to date."""
    changes = list(_changes(image, shown, palette))
    if not changes:
        # An image has at least one pixel. This one is transparent.
        return Patch(Area(0, 0, 1, 1), (np.full((1, 1), UNCHANGED, np.uint8),))
    area = around(change.area for change in changes)
    rows, differs = _together(changes, area)
    return Patch(area, _painted(shown[area.top : area.bottom, area.left : area.right], rows, differs))


def _changes(image: Image, shown: Indices, palette: Palette) -> Iterator[_Change]:
    for area in (strip for changed in image.changed for strip in changed.strips(_AT_ONCE)):
        rows, columns = slice(area.top, area.bottom), slice(area.left, area.right)
        before, after = shown[rows, columns], palette.indices(image.pixels[rows, columns])
        differs = before != after
        if differs.any():
            before[...] = after
            yield _trimmed(_Change(area, differs))


def _trimmed(change: _Change) -> _Change:
    """The same without rows and columns at its edges where nothing differs."""
    area, differs = change
    rows, columns = (np.flatnonzero(differs.any(axis=axis)) for axis in (1, 0))
    left, top = area.left + int(columns[0]), area.top + int(rows[0])
    tight = Area(left, top, area.left + int(columns[-1]) + 1, area.top + int(rows[-1]) + 1)
    return _Change(tight, differs[tight.within(area)])


def _together(changes: Sequence[_Change], area: Area) -> tuple[Places, Mask]:
    """The rows of an area in which something differs, and what differs in each: in a large picture these are few."""
    where = [change.area.within(area) for change in changes]
    found = np.zeros(area.height, bool)
    for (rows, _), change in zip(where, changes, strict=True):
        found[rows] |= change.differs.any(axis=1)
    place = np.cumsum(found) - 1
    differs = np.zeros((int(place[-1]) + 1, area.width), bool)
    for (rows, columns), change in zip(where, changes, strict=True):
        own = found[rows]
        differs[place[rows][own], columns] |= change.differs[own]
    return np.flatnonzero(found), differs


def _painted(colours: Indices, rows: Places, changes: Mask) -> tuple[Band, ...]:
    """The colours of what differs, and of gaps of one colour in between, which makes smaller files.

    Transparent, such a gap would be one more colour for the runs that the compression has met before; painted, it goes
    on with the run before it, from the end of a row through empty ones to what differs next.

    Args:
        colours: of all pixels.
        rows: those in which something differs, the first and the last one among them.
        changes: what differs in these rows.
    """
    width, near = colours.shape[1], colours[rows]
    starts, ends = _gaps(changes)
    first, last = starts // width, (ends - 1) // width
    left_out = (rows[last] - rows[first]) - (last - first)
    wanted = _of_one_colour(near, starts, ends)
    between = [UNCHANGED] * (len(rows) - 1)
    for gap in np.flatnonzero(wanted & (left_out > 0)):
        skipped, colour = slice(rows[first[gap]] + 1, rows[last[gap]]), near.flat[starts[gap]]
        wanted[gap] = (colours[skipped] == colour).all()
        if wanted[gap]:
            between[first[gap]] = int(colour)
    painted = changes | _inside(starts[wanted], ends[wanted], near.shape)
    return bands(rows, np.where(painted, near, np.uint8(UNCHANGED)), between)


def _gaps(changes: Mask) -> tuple[Places, Places]:
    """Where stretches of pixels that do not change begin and end, counted row by row."""
    flat = changes.ravel()
    edges = [np.flatnonzero(flat[1:] != flat[:-1]) + 1]
    if not flat[0]:
        edges.insert(0, np.zeros(1, np.intp))
    if not flat[-1]:
        edges.append(np.full(1, flat.size))
    both = np.concatenate(edges)
    return both[::2], both[1::2]


def _of_one_colour(colours: Indices, starts: Places, ends: Places) -> Mask:
    """For each stretch of pixels whether it is of one colour: whether no pixel's colour differs from the one before."""
    flat = colours.ravel()
    turns = np.flatnonzero(flat[1:] != flat[:-1])
    same: Mask = np.searchsorted(turns, starts) == np.searchsorted(turns, ends - 1)
    return same


def _inside(starts: Places, ends: Places, shape: tuple[int, ...]) -> Mask:
    """Which pixels are in some stretches that do not overlap."""
    steps = np.zeros(prod(shape) + 1, np.int8)
    steps[starts] = 1
    steps[ends] = -1
    # A byte is enough for what is never more than 1, and counted four times as fast as in NumPy's own choice.
    return np.cumsum(steps[:-1], dtype=np.int8).view(bool).reshape(shape)
