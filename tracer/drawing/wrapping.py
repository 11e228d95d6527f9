"""A long, narrow picture, set in columns like a newspaper: where one ends, its lines go on at the top of the next.

It is cut only where few lines cross, right below a row of cards or circles. From there each line has a lane of its own:
down, through the gutter between the columns, and up to the top of the next. No two lanes cross: the line that turns off
first at the bottom turns in last at the top.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import ceil
from typing import Final, NamedTuple

from tracer.drawing.curves import Line, after, rounded, swapped, until
from tracer.drawing.places import Box, Disc, EdgeKey, Layout, Size
from tracer.drawing.shapes import Point

# A picture is wrapped if it is higher than this, in px, and into columns that are about as high, if there is room.
HIGH: Final = 2200.0
_COLUMN: Final = 1400.0
_MOST_COLUMNS: Final = 6
# How many lines may go on from one column to the next.
_MOST_LANES: Final = 6
# Between lanes, and between a lane and what stands beside it, in px.
_LANE: Final = 8.0
_CLEAR: Final = 14.0
# Around everything, in px: room for outlines.
_EDGE: Final = 2.0
# How far from its best place a cut may be, as a share of the height of a column.
_SHIFT: Final = 0.25
# How far below a card or a circle it is cut, in px: all lines that leave it have begun there, but not yet turned.
_BELOW: Final = 1.0
# Of so many places the one is cut at which the fewest lines cross.
_CHOICE: Final = 6
# Lines that are closer to each other than this, in px, share a lane.
_SAME: Final = 0.5


def wrapped(layout: Layout, chips: Mapping[EdgeKey, Size], widest: float) -> Layout:
    """A layout in which values flow down, in as many columns as its height calls for and `widest` px have room for.

    It stays as it is if it is not high, or cannot be cut so that it fits.

    Args:
        layout: as Graphviz made it.
        chips: the width and height of each of its chips, in px.
        widest: how wide it may become, in px.
    """
    if layout.height <= HIGH:
        return layout
    for count in range(min(ceil(layout.height / _COLUMN), _MOST_COLUMNS), 1, -1):
        cuts = _cuts(layout, count)
        if cuts:
            pages = Wrapping(layout, chips, cuts)
            if pages.width <= widest:
                return pages.layout()
    return layout


class _Column(NamedTuple):
    """A part of the picture, and where it goes.

    Attributes:
        top: where it begins in the picture that is wrapped, in px.
        bottom: where it ends there.
        left: the furthest to the left that anything in it reaches.
        right: the furthest to the right.
        x: how far it moves to the right.
        y: how far it moves down.
    """

    top: float
    bottom: float
    left: float
    right: float
    x: float = 0.0
    y: float = 0.0

    def moved(self, point: Point) -> Point:
        return point[0] + self.x, point[1] + self.y


class Wrapping:
    """A layout, cut into columns.

    Args:
        layout: what to cut.
        chips: the sizes of its chips.
        cuts: where, from the top down.
    """

    def __init__(self, layout: Layout, chips: Mapping[EdgeKey, Size], cuts: list[float]) -> None:
        self._whole = layout
        self._cuts = cuts
        self._crossings = [_crossings(layout, cut) for cut in cuts]
        bounds = [0.0, *cuts, float(layout.height)]
        self._columns: list[_Column] = []
        self._parts = {key: _parts(line, cuts) for key, line in layout.edges.items()}
        reach = _reach(layout, chips)
        for top, bottom in pairwise(bounds):
            inside = [span for y, *span in reach if top <= y < bottom]
            inside += [
                [x, x] for parts in self._parts.values() for part in parts for x, y in part if top <= y <= bottom
            ]
            left, right = min(low for low, _ in inside), max(high for _, high in inside)
            self._columns.append(_Column(top, bottom, left, right))
        self._place()

    def _place(self) -> None:
        """Find out where the columns go, with room for the lanes above, between and below them."""
        x = 0.0
        for number, column in enumerate(self._columns):
            above = self._lanes(number) if number else 0.0
            self._columns[number] = column._replace(x=x - column.left, y=above - column.top)
            x += column.right - column.left + (self._lanes(number + 1) + _CLEAR)
        last = self._columns[-1]
        self.width = ceil(last.right + last.x)
        bottoms = (column.bottom + column.y + self._lanes(number + 1) for number, column in enumerate(self._columns))
        self.height = ceil(max(bottoms))

    def _lanes(self, number: int) -> float:
        """Room for the lines that come into the column with that number from the one before."""
        if number > len(self._crossings):
            return 0.0
        return _CLEAR + _EDGE + (len(self._crossings[number - 1]) - 1) * _LANE

    def layout(self) -> Layout:
        """The columns side by side."""
        whole = self._whole
        return Layout(
            self.width,
            self.height,
            {node: Box(*self._moved((x, y)), *size) for node, (x, y, *size) in whole.cards.items()},
            {op: Disc(*self._moved((x, y)), *size) for op, (x, y, *size) in whole.ops.items()},
            {key: self._line(line, self._parts[key]) for key, line in whole.edges.items()},
            {key: self._moved(centre) for key, centre in whole.chips.items()},
            {key: self._line(line, _parts(line, self._cuts)) for key, line in whole.branches.items()},
        )

    def _moved(self, point: Point) -> Point:
        return self._columns[self._number(point[1])].moved(point)

    def _number(self, y: float) -> int:
        """The column in which a place comes to stand."""
        return next(number for number, column in enumerate(self._columns) if y < column.bottom or self._last(number))

    def _last(self, number: int) -> bool:
        return number == len(self._columns) - 1

    def _line(self, line: Line, parts: list[Line]) -> Line:
        """A line, with its parts in their columns and the ways between them."""
        first = self._first(line)
        way: Line = tuple(map(self._columns[first].moved, parts[0]))
        for number, part in enumerate(parts[1:], first + 1):
            moved = tuple(map(self._columns[number].moved, part))
            way += rounded(self._lane(number, parts[number - first - 1][-1][0], way[-1], moved[0]), _LANE)[1:]
            way += moved[1:]
        return way

    def _first(self, line: Line) -> int:
        return sum(column.bottom < line[0][1] for column in self._columns[:-1])

    def _lane(self, number: int, x: float, start: Point, end: Point) -> Iterator[Point]:
        """The corners of the way into the column with that number from the one before."""
        crossings, before, column = self._crossings[number - 1], self._columns[number - 1], self._columns[number]
        place = min(range(len(crossings)), key=lambda place: abs(crossings[place] - x))
        turn = (len(crossings) - 1 - place) * _LANE
        gutter = before.right + before.x + _CLEAR + turn
        bottom = before.bottom + before.y + _CLEAR + turn
        top = column.top + column.y - _CLEAR - (len(crossings) - 1) * _LANE + turn
        yield from (start, (start[0], bottom), (gutter, bottom), (gutter, top), (end[0], top), end)


def _cuts(layout: Layout, count: int) -> list[float]:
    """Where to cut a layout into so many columns of about the same height, from the top down; [] if that cannot be."""
    each = layout.height / count
    places = _gaps(layout)
    cuts: list[float] = []
    for number in range(1, count):
        best = number * each
        near = sorted((abs(place - best), place) for place in places if abs(place - best) < _SHIFT * each)
        lanes = [(len(_crossings(layout, place)), away, place) for away, place in near[:_CHOICE]]
        fit = [choice for choice in lanes if 0 < choice[0] <= _MOST_LANES]
        if not fit:
            return []
        cuts.append(min(fit)[2])
    return cuts


def _gaps(layout: Layout) -> list[float]:
    """Where a row of cards ends, and nothing but lines crosses."""
    spans = [(box.y, box.y + box.height) for box in layout.cards.values()]
    spans += [(disc.y - disc.radius, disc.y + disc.radius) for disc in layout.ops.values()]
    gaps: list[float] = []
    end = -1.0
    for low, high in sorted(spans):
        if end >= 0 and low >= end + 2 * _BELOW:
            gaps.append(end + _BELOW)
        end = max(end, high)
    return gaps


def _crossings(layout: Layout, place: float) -> tuple[float, ...]:
    """Where lines cross a cut, from left to right; lines that run on top of each other count once."""
    found: list[float] = []
    crossing = (line for line in layout.edges.values() if line[0][1] <= place < line[-1][1])
    for x in sorted(until(swapped(line), place)[-1][1] for line in crossing):
        if not found or x - found[-1] > _SAME:
            found.append(x)
    return tuple(found)


def _parts(line: Line, cuts: list[float]) -> list[Line]:
    """A line that runs down, in parts, cut at all places that lie on its way."""
    parts: list[Line] = []
    rest = swapped(line)
    for cut in cuts:
        if rest[0][0] <= cut < rest[-1][0]:
            parts.append(swapped(until(rest, cut)))
            rest = after(rest, cut)
    return [*parts, swapped(rest)]


def _reach(layout: Layout, chips: Mapping[EdgeKey, Size]) -> list[tuple[float, float, float]]:
    """For everything but lines its middle down the page, and how far it reaches to the left and to the right."""
    found = [(box.y + box.height / 2, box.x, box.x + box.width) for box in layout.cards.values()]
    found += [(disc.y, disc.box.x, disc.box.x + disc.box.width) for disc in layout.ops.values()]
    for key, (x, y) in layout.chips.items():
        half = chips[key][0] / 2
        found.append((y, x - half, x + half))
    return found
