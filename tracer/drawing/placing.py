"""From the boxes that Graphviz placed to circles, edges and chips.

Points are (along, across): along the flow of values, and at a right angle to it. Only `layout.py` turns that into x and
y, so nothing here knows whether the picture runs to the right or down.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot
from types import MappingProxyType
from typing import Final

from tracer.drawing.curves import Line, final_slope, passes, slope, through, until
from tracer.drawing.layout_dot import card_name, edge_name, op_name
from tracer.drawing.layout_reading import Drawn
from tracer.drawing.places import EdgeKey, Size
from tracer.drawing.rooms import OpRoom, Rooms
from tracer.drawing.shapes import Point
from tracer.graph import Graph

# Boxes whose middles are closer than this stand in the same column, in px.
_SAME_COLUMN: Final = 1.0
# The slope with which a line may cross into the gap: with a steeper one it would swing out.
_STEEPEST: Final = 3.0
# How much of half a chip may lie on one side of its edge.
_UNDER: Final = 0.7


class Placing:
    """Where the things of a graph stand.

    Args:
        graph: what is drawn.
        sizes: for each node the size of its card, along and across the flow.
        chips: for each edge that gets one, the size of its chip, likewise.
        radii: for each op node the radius of its circle.
        rooms: the room that chips need.
        drawn: what Graphviz placed.
        spines: for each op node that stands in line with one of its operands, the slot of that operand.
    """

    def __init__(
        self,
        graph: Graph,
        sizes: Mapping[int, Size],
        chips: Mapping[EdgeKey, Size],
        radii: Mapping[int, float],
        rooms: Rooms,
        drawn: Drawn,
        spines: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        self._graph = graph
        self._lengths = {node: along for node, (along, _) in sizes.items()}
        self._chips = chips
        self._radii = radii
        self._rooms = rooms
        self._spines = spines
        self._lines = drawn.lines
        self._columns = _columns({name: along for name, (along, _) in drawn.middles.items()})
        self.cards = {node.id: drawn.middles[card_name(node.id)] for node in graph.nodes}
        self.ops: dict[int, Point] = {}
        self._column_ends: dict[int, float] = {}
        for node in graph.nodes:
            if node.kind == "op":
                along, across = drawn.middles[op_name(node.id)]
                self.ops[node.id] = along + self._room(node.id).middle, across
            column, end = self._columns[card_name(node.id)], self._end(node.id)
            self._column_ends[column] = max(end, self._column_ends.get(column, end))
        self._ways = {
            (op, slot): self._way_to_gap(op, slot) for op in self.ops for slot in range(len(graph[op].inputs))
        }
        self._rows = {op: self._rows_of(op) for op in self.ops}

    def edge(self, key: EdgeKey) -> Line:
        """The line of an edge: a start, then three points for each cubic Bézier."""
        way, op, slot = key
        return self._edge_in(op, slot) if way == "in" else self._edge_out(op)

    def chip(self, key: EdgeKey) -> Point:
        """The centre of the chip on an edge."""
        way, op, slot = key
        if way == "in":
            return self._entry(op, slot)
        along, across = self.ops[op]
        return along + self._rooms.chip_after(self._radii[op]), across

    def _edge_in(self, op: int, slot: int) -> Line:
        """From the end of a card, by way of its chip, to the op's circle, pointing at its centre."""
        entry, centre, way = self._entry(op, slot), self.ops[op], self._ways[op, slot]
        gap, heading = way[-1], max(-_STEEPEST, min(final_slope(way), _STEEPEST))
        chip = self._chips.get(("in", op, slot))
        aside = _share(gap[1] - centre[1], entry[1] - centre[1])
        # An edge that comes from between the op and the chip's middle stays there, and passes under part of the chip.
        target = entry[0], centre[1] + (entry[1] - centre[1]) * _nearer(aside, entry[1] - centre[1], chip)
        arrival = _towards(target, centre, self._radii[op])
        reach = (arrival[0] - gap[0]) / 2
        leaving = gap[0] + reach, gap[1] + reach * heading
        # Towards a point beyond the chip: so it turns to the op early, and passes under the chip.
        arriving = _beyond(arrival, target, _pull(aside))
        if chip is None or passes((gap, leaving, arriving, arrival), entry, chip):
            return (*way, leaving, arriving, arrival)
        arrival = _towards(entry, centre, self._radii[op])
        return way + through(gap, entry, arrival, first=heading, last=slope(entry, centre))[1:]

    def _way_to_gap(self, op: int, slot: int) -> Line:
        """From the end of an operand's card to where the gap before the op's column begins."""
        card = self._graph[op].inputs[slot]
        start = self._end(card), self.cards[card][1]
        column = self._columns[card_name(card)]
        line = self._lines.get(edge_name(("in", op, slot)), ())
        if line and self._columns[op_name(op)] > column + 1:
            return until((start, *line[1:]), self.ops[op][0] - self._room(op).before - self._rooms.between_columns)
        end = self._column_ends[column]
        return through(start, (end, start[1])) if end > start[0] else (start,)

    def _edge_out(self, op: int) -> Line:
        """From the op's circle, through the middle of its chip, to the start of the op's card."""
        along, across = self.ops[op]
        start, leaving = (along + self._radii[op], across), (along + self._room(op).after, across)
        end = (self.cards[op][0] - self._lengths[op] / 2, self.cards[op][1])
        line = self._lines.get(edge_name(("out", op, 0)), ())
        if line and self._columns[card_name(op)] > self._columns[op_name(op)] + 1:
            return (*through(start, leaving), *line[1:-1], end)
        return through(start, leaving, end)

    def _entry(self, op: int, slot: int) -> Point:
        """Where the edge from an operand enters the op's box: the middle of its chip."""
        along, across = self.ops[op]
        rows, spine = self._rows[op], self._spines.get(op)
        room = self._room(op, None if spine is None else rows.index(spine))
        return along - room.before, across + room.across(rows.index(slot))

    def _rows_of(self, op: int) -> list[int]:
        """The operands of an op in the order in which they enter it: as they arrive, so that edges do not cross there.

        Graphviz was asked for the order of operands; this differs from it only where Graphviz could not keep it.
        """
        return sorted(range(len(self._graph[op].inputs)), key=lambda slot: self._ways[op, slot][-1][1])

    def _room(self, op: int, spine: int | None = None) -> OpRoom:
        """The box of an op; which of its entries is in the middle matters only to where edges enter it."""
        if spine is None and op in self._spines:
            spine = 0
        return self._rooms.op(len(self._graph[op].inputs), self._radii[op], spine)

    def _end(self, card: int) -> float:
        return self.cards[card][0] + self._lengths[card] / 2


def _columns(middles: Mapping[str, float]) -> dict[str, int]:
    """For each box the number of its column. Boxes of one column have their middles in one line."""
    columns: dict[str, int] = {}
    column, latest = 0, -float("inf")
    for name, middle in sorted(middles.items(), key=lambda item: item[1]):
        column += middle - latest > _SAME_COLUMN
        latest = middle
        columns[name] = column
    return columns


def _pull(aside: float) -> float:
    """How far towards its chip, and beyond, an edge is drawn before it turns to the op.

    Args:
        aside: where the edge comes from. 1 is as far from the middle of the op as its chip, 0 is straight ahead, -1 as
            far on the other side.
    """
    return 1.25 - 0.5 * max(-1.0, min(aside, 0.0))


def _nearer(aside: float, offset: float, chip: Size | None) -> float:
    """How far from the middle of the op an edge passes its chip, as a share of how far away the chip's middle is.

    Args:
        aside: where the edge comes from, likewise.
        offset: how far away the chip's middle is, in px.
        chip: the size of the chip, if there is one.
    """
    if not offset or not 0 <= aside < 1:
        return 1.0
    least = 0.0 if chip is None else max(1 - _UNDER * chip[1] / 2 / abs(offset), 0.0)
    return max(aside, least)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _beyond(start: Point, end: Point, share: float) -> Point:
    """The point on the straight way from `start` to `end` at that share of it; above 1 it lies beyond the end."""
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _towards(start: Point, centre: Point, radius: float) -> Point:
    """Where the straight way from `start` to the centre of a circle meets the circle."""
    away = radius / hypot(start[0] - centre[0], start[1] - centre[1])
    return centre[0] + (start[0] - centre[0]) * away, centre[1] + (start[1] - centre[1]) * away
