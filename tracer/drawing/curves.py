"""Smooth lines, as cubic Béziers: a start, then three points for each piece (two controls and an end).

Points are (along, across): lines run in the direction of the first number and may turn in the second.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import hypot
from typing import Final

from tracer.drawing.shapes import Point

Line = tuple[Point, ...]

_QUARTER: Final = 0.5523
# What differs by less than this, in px, is level.
_FLAT: Final = 0.05


def through(*knots: Point, first: float = 0.0, last: float = 0.0) -> Line:
    """A line through `knots`, each of which is further along than the one before.

    In between it does not overshoot: where the knots rise it rises, where they turn it is level (Fritsch and Carlson,
    1980).

    Args:
        knots: at least two points.
        first: slope in the first of them.
        last: slope in the last of them.
    """
    slopes = [slope(start, end) for start, end in pairwise(knots)]
    tangents = [first, *(_between(before, after) for before, after in pairwise(slopes)), last]
    line = [knots[0]]
    for (start, end), (leaving, arriving) in zip(pairwise(knots), pairwise(tangents), strict=True):
        third = (end[0] - start[0]) / 3
        line.append((start[0] + third, start[1] + third * leaving))
        line.append((end[0] - third, end[1] - third * arriving))
        line.append(end)
    return tuple(line)


def until(line: Line, along: float) -> Line:
    """The part of a line that comes before `along`, where that is inside the line."""
    for place in range(len(line) - 4, -1, -3):
        if line[place][0] < along:
            return line[:place] + _cut(line[place : place + 4], along)
    return line[:1]


def after(line: Line, along: float) -> Line:
    """The part of a line that comes after `along`, where that is inside the line."""
    turned = tuple((-x, y) for x, y in reversed(line))
    return tuple((-x, y) for x, y in reversed(until(turned, -along)))


def simplified(line: Line) -> Line:
    """The same line in fewer pieces: those that run straight along, one behind the other, are one."""
    simple = [line[0]]
    for place in range(1, len(line), 3):
        piece = line[place : place + 3]
        if len(simple) > 3 and _level((*simple[-4:], *piece)):
            simple[-3:] = _straight(simple[-4], piece[-1])
        else:
            simple += piece
    return tuple(simple)


def _level(points: Line) -> bool:
    return max(across for _, across in points) - min(across for _, across in points) < _FLAT


def swapped(line: Line) -> Line:
    """The same line as (across, along), or back."""
    return tuple((y, x) for x, y in line)


def rounded(corners: Iterable[Point], radius: float) -> Line:
    """A line through corners that are joined by straight ways, each level or upright; it turns in arcs.

    Args:
        corners: the start, the corners, and the end.
        radius: of the arcs; smaller ones where two corners are closer than twice as far.
    """
    points = list(corners)
    line = [points[0]]
    for before, corner, following in zip(points, points[1:], points[2:], strict=False):
        turn = min(radius, _distance(before, corner) / 2, _distance(corner, following) / 2)
        leaving, arriving = _nearer(corner, before, turn), _nearer(corner, following, turn)
        line += _straight(line[-1], leaving)
        # This far towards the corner, a cubic Bézier is a quarter of a circle.
        line += [_nearer(leaving, corner, turn * _QUARTER), _nearer(arriving, corner, turn * _QUARTER), arriving]
    return (*line, *_straight(line[-1], points[-1]))


def _straight(start: Point, end: Point) -> Line:
    """A straight piece without its start."""
    third = (end[0] - start[0]) / 3, (end[1] - start[1]) / 3
    return (start[0] + third[0], start[1] + third[1]), (end[0] - third[0], end[1] - third[1]), end


def _distance(start: Point, end: Point) -> float:
    return hypot(end[0] - start[0], end[1] - start[1])


def _nearer(start: Point, end: Point, length: float) -> Point:
    """The point that lies so far from `start` on the way to `end`."""
    share = length / (_distance(start, end) or 1.0)
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def passes(piece: Line, centre: Point, size: Point) -> bool:
    """Whether one Bézier runs through a box of that size around `centre`."""
    points = (_first_part(piece, step / 16)[-1] for step in range(17))
    return any(abs(x - centre[0]) < size[0] / 2 and abs(y - centre[1]) < size[1] / 2 for x, y in points)


def final_slope(line: Line) -> float:
    """The slope with which a line ends; 0 where it has no length."""
    before = next((point for point in reversed(line) if point[0] < line[-1][0]), None)
    return 0.0 if before is None else slope(before, line[-1])


def slope(start: Point, end: Point) -> float:
    """How much a straight line turns aside for each px along."""
    return (end[1] - start[1]) / (end[0] - start[0])


def _between(before: float, after: float) -> float:
    """The slope in a knot: the harmonic mean of the slopes to either side, 0 where they point in different ways."""
    return 2 * before * after / (before + after) if before * after > 0 else 0.0


def _cut(piece: Line, along: float) -> Line:
    """The part of one Bézier that comes before `along`."""
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        if _first_part(piece, middle)[-1][0] < along:
            low = middle
        else:
            high = middle
    return _first_part(piece, high)


def _first_part(piece: Line, share: float) -> Line:
    """The part of one Bézier up to a share of its parameter (de Casteljau, 1959)."""
    part = [piece[0]]
    while len(piece) > 1:
        piece = tuple(
            (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
            for start, end in pairwise(piece)
        )
        part.append(piece[0])
    return tuple(part)
