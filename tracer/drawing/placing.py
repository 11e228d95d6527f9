"""From the boxes that Graphviz placed to circles, edges and chips.

Points are (along, across): along the flow of values, and at a right angle to it. Only `layout.py` turns that into x and
y, so nothing here knows whether the picture runs to the right or down.
"""

from __future__ import annotations

from math import hypot, sqrt
from typing import Final

from tracer.drawing.curves import Line, after, final_slope, passes, slope, through
from tracer.drawing.layout_reading import Drawn
from tracer.drawing.places import EdgeKey, Size
from tracer.drawing.plan import Plan, card_name, op_name
from tracer.drawing.shapes import Point
from tracer.drawing.ways import Ways

# The slope with which a line may cross into the gap: with a steeper one it would swing out.
_STEEPEST: Final = 3.0
# How much of half a chip may lie on one side of its edge.
_UNDER: Final = 0.7


class Placing:
    """Where the things of a graph stand, once Graphviz has placed the boxes of its plan."""

    def __init__(self, plan: Plan, drawn: Drawn) -> None:
        self._plan = plan
        self._graph = plan.graph
        self._ways_there = Ways(plan, drawn)
        self.cards = {node.id: drawn.middles[card_name(node.id)] for node in plan.graph.nodes}
        self.ops: dict[int, Point] = {}
        for op in plan.radii:
            along, across = drawn.middles[op_name(op)]
            self.ops[op] = along + plan.op_room(op).middle, across
        self._ways = {
            (op, slot): self._ways_there.to_op(op, slot)
            for op in self.ops
            for slot in range(len(plan.graph[op].inputs))
        }
        self._rows = {op: self._rows_of(op) for op in self.ops}

    def edge(self, key: EdgeKey) -> Line:
        """The line of an edge: a start, then three points for each cubic Bézier."""
        way, op, slot = key
        return self._edge_in(op, slot) if way == "in" else self._edge_out(op)

    def branch(self, key: EdgeKey) -> Line:
        """What is left of an edge where it leaves the way of another; () if it has a way of its own."""
        way, op, slot = key
        place = self._ways_there.leaves_rail(op, slot) if way == "in" else None
        return () if place is None else after(self.edge(key), place)

    def chip(self, key: EdgeKey) -> Point:
        """The centre of the chip on an edge."""
        way, op, slot = key
        if way == "in":
            return self._entry(op, slot)
        along, across = self.ops[op]
        return along + self._plan.rooms.chip_after(self._plan.reach(op)[0]), across

    def _edge_in(self, op: int, slot: int) -> Line:
        """From the end of a card, by way of its chip, to the op's circle, pointing at its centre."""
        entry, centre, way = self._entry(op, slot), self._front(op), self._ways[op, slot]
        gap, heading = way[-1], max(-_STEEPEST, min(final_slope(way), _STEEPEST))
        chip = self._plan.chips.get(("in", op, slot))
        aside = _share(gap[1] - centre[1], entry[1] - centre[1])
        nearest = _nearer(aside, entry[1] - centre[1], chip)
        # As far in as the edge can be while it still passes under part of its chip.
        for share in (nearest, (nearest + 1) / 2, 1.0):
            target = entry[0], centre[1] + (entry[1] - centre[1]) * share
            arrival = self._met(target, op)
            reach = (arrival[0] - gap[0]) / 2
            leaving = gap[0] + reach, gap[1] + reach * heading
            # Towards a point beyond the chip: so it turns to the op early, and passes under the chip.
            arriving = _beyond(arrival, target, _pull(aside))
            if chip is None or passes((gap, leaving, arriving, arrival), entry, chip):
                return (*way, leaving, arriving, arrival)
        arrival = self._met(entry, op)
        return way + through(gap, entry, arrival, first=heading, last=slope(entry, centre))[1:]

    def _edge_out(self, op: int) -> Line:
        """From the op's circle, through the middle of its chip, to the start of the op's card."""
        along, across = self.ops[op]
        start = along + self._plan.reach(op)[0], across
        return self._ways_there.to_card(op, start, (along + self._plan.op_room(op).after, across))

    def _met(self, start: Point, op: int) -> Point:
        """Where the straight way from `start` to the front of an op meets its outline."""
        _, across = self._plan.pills.get(op, (0.0, 0.0))
        return _towards(start, self._front(op), self._plan.radii[op], across)

    def _front(self, op: int) -> Point:
        """What edges into an op point at: the middle of a circle, or of the end of a pill that lies along the flow."""
        along, across = self.ops[op]
        return along - self._plan.pills.get(op, (0.0, 0.0))[0], across

    def _entry(self, op: int, slot: int) -> Point:
        """Where the edge from an operand enters the op's box: the middle of its chip."""
        along, across = self.ops[op]
        rows, spine = self._rows[op], self._plan.spines.get(op)
        room = self._plan.op_room(op, None if spine is None else rows.index(spine))
        return along - room.before, across + room.across(rows.index(slot))

    def _rows_of(self, op: int) -> list[int]:
        """The operands of an op in the order in which they enter it: as they arrive, so that edges do not cross there.

        Graphviz was asked for the order of operands; this differs from it only where Graphviz could not keep it.
        """
        return sorted(range(len(self._graph[op].inputs)), key=lambda slot: self._ways[op, slot][-1][1])


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
    if not offset or aside >= 1:
        return 1.0
    least = 0.0 if chip is None else max(1 - _UNDER * chip[1] / 2 / abs(offset), 0.0)
    return max(aside, least)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _beyond(start: Point, end: Point, share: float) -> Point:
    """The point on the straight way from `start` to `end` at that share of it; above 1 it lies beyond the end."""
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _towards(start: Point, centre: Point, radius: float, longer: float) -> Point:
    """Where the straight way from `start` to the centre of a circle, or of a pill, meets its outline.

    Args:
        start: a point outside.
        centre: of the circle.
        radius: of the circle, or of the round ends of the pill.
        longer: how much longer the pill is to either side, across the flow; 0 for a circle.
    """
    distance = hypot(start[0] - centre[0], start[1] - centre[1])
    ahead, aside = abs(start[0] - centre[0]) / distance, (start[1] - centre[1]) / distance
    if longer and abs(aside) * radius <= longer * ahead:  # it meets a straight side
        away = radius / ahead
    else:  # or a round end, whose middle it passes at the distance `longer * ahead`
        away = longer * abs(aside) + sqrt(max(radius**2 - (longer * ahead) ** 2, 0.0))
    return centre[0] + (start[0] - centre[0]) / distance * away, centre[1] + aside * away
