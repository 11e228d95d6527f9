"""Areas of an image: rectangles of whole pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Area(NamedTuple):
    """The pixels from column `left` up to `right` and from row `top` up to `bottom`, both ends excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """How many columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """How many rows."""
        return self.bottom - self.top

    def __bool__(self) -> bool:
        return self.left < self.right and self.top < self.bottom

    def __or__(self, other: Area) -> Area:
        """The smallest area that holds both."""
        return Area(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def __and__(self, other: Area) -> Area:
        """What both have in common; false where that is nothing."""
        return Area(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def overlaps(self, other: Area) -> bool:
        """Whether both have a pixel in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def moved(self, columns: int, rows: int) -> Area:
        """The area as far to the right and down."""
        return Area(self.left + columns, self.top + rows, self.right + columns, self.bottom + rows)

    def within(self, outer: Area) -> tuple[slice, slice]:
        """Rows and columns of this area in an array that holds `outer`."""
        return (
            slice(self.top - outer.top, self.bottom - outer.top),
            slice(self.left - outer.left, self.right - outer.left),
        )

    def strips(self, pixels: int) -> Iterator[Area]:
        """The same area cut into strips of whole rows, of about so many pixels each."""
        rows = max(pixels // max(self.width, 1), 1)
        for top in range(self.top, self.bottom, rows):
            yield Area(self.left, top, self.right, min(top + rows, self.bottom))


def around(areas: Iterable[Area]) -> Area:
    """The smallest area that holds all of these, of which there is at least one."""
    lefts, tops, rights, bottoms = zip(*areas, strict=True)
    return Area(min(lefts), min(tops), max(rights), max(bottoms))


def merged(areas: Iterable[Area]) -> tuple[Area, ...]:
    """Areas that do not overlap each other and cover all of these; they may cover some more."""
    apart: list[Area] = []
    for area in areas:
        grown = area
        # Having grown, it may overlap areas that it did not overlap before; hence again until there are none.
        while touching := [other for other in apart if other.overlaps(grown)]:
            apart = [other for other in apart if not other.overlaps(grown)]
            for other in touching:
                grown |= other
        apart.append(grown)
    return tuple(apart)
