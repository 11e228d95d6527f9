"""How lines get from box to box: the ways that Graphviz found around what stands between, and bends where nothing does.

Graphviz's boxes stand in columns. From one column to the next a line is a single bend in the gap between them; only
where it goes further Graphviz's own line is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from tracer.drawing.curves import Line, simplified, through, until
from tracer.drawing.layout_reading import Drawn
from tracer.drawing.places import Size
from tracer.drawing.plan import Plan, card_name, edge_name, leg_name, op_name, stop_name
from tracer.drawing.shapes import Point

# Boxes whose middles are closer than this stand in the same column, in px.
_SAME_COLUMN: Final = 1.0
# Between a rail and what it runs past, in px.
_CLEAR: Final = 5.0


class _Stand(NamedTuple):
    """A box that lines start from or lead to: its middle, its size along and across the flow, and its column."""

    along: float
    across: float
    length: float
    width: float
    column: int

    @property
    def start(self) -> Point:
        return self.along - self.length / 2, self.across

    @property
    def end(self) -> Point:
        return self.along + self.length / 2, self.across


class Ways:
    """The lines between boxes.

    Args:
        plan: what was to be placed.
        drawn: where Graphviz placed it.
    """

    def __init__(self, plan: Plan, drawn: Drawn) -> None:
        self._plan = plan
        self._lines = drawn.lines
        sizes = _sizes(plan)
        columns = _columns({name: along for name, (along, _) in drawn.middles.items()})
        self._stands = {name: _Stand(*middle, *sizes[name], columns[name]) for name, middle in drawn.middles.items()}
        self._starts: dict[int, float] = {}
        self._ends: dict[int, float] = {}
        self._members: dict[int, list[_Stand]] = {}
        for stand in self._stands.values():
            self._members.setdefault(stand.column, []).append(stand)
            start, end = stand.start[0], stand.end[0]
            self._starts[stand.column] = min(start, self._starts.get(stand.column, start))
            self._ends[stand.column] = max(end, self._ends.get(stand.column, end))
        self._rails: dict[tuple[int, int], Line] = {}
        for node, stops in plan.rails.stops.items():
            self._lay_rail(node, len(stops))

    def to_op(self, op: int, slot: int) -> Line:
        """From the end of an operand's card to where the gap before the op's column begins."""
        source, stop = self._plan.graph[op].inputs[slot], self._plan.rails.taps.get((op, slot))
        stand = self._stands[card_name(source) if stop is None else stop_name(source, stop)]
        way = (stand.end,) if stop is None else self._rails[source, stop]
        line = self._lines.get(edge_name(("in", op, slot)), ())
        aim = self._stands[op_name(op)]
        if line and aim.column > stand.column + 1:
            return way + until((stand.end, *line[1:]), aim.start[0] - self._plan.rooms.between_columns)[1:]
        return way + self._level(stand)

    def leaves_rail(self, op: int, slot: int) -> float | None:
        """Where, along the flow, an edge leaves the way of another; None if it does not, or if it is the one."""
        stop = self._plan.rails.taps.get((op, slot))
        if stop is None or (op, slot) in self._plan.rails.last:
            return None
        return self._stands[stop_name(self._plan.graph[op].inputs[slot], stop)].end[0]

    def to_card(self, op: int, start: Point, leaving: Point) -> Line:
        """From the op's circle to the start of the op's card.

        Args:
            op: an op node.
            start: where the line leaves the circle.
            leaving: up to where it is straight: the end of its chip.
        """
        stand, aim = self._stands[op_name(op)], self._stands[card_name(op)]
        line = self._lines.get(edge_name(("out", op, 0)), ())
        if line and aim.column > stand.column + 1:
            return (*through(start, leaving), *line[1:-1], aim.start)
        return through(start, leaving, aim.start)

    def _lay_rail(self, node: int, stops: int) -> None:
        stand = self._stands[card_name(node)]
        way: Line = (stand.end,)
        for stop in range(stops):
            aim = self._stands[stop_name(node, stop)]
            way += self._leg(stand, aim, self._lines.get(leg_name(node, stop), ()))
            way += through(aim.start, aim.end)[1:]
            self._rails[node, stop] = way = simplified(way)
            stand = aim

    def _leg(self, stand: _Stand, aim: _Stand, line: Line) -> Line:
        """From the end of a box to the start of a stop, without the point where that starts.

        It turns right away, and then runs straight on, where nothing stands in its way; else it is Graphviz's own line.
        """
        if line and not self._free(stand.column, aim):
            return (*line[1:-1], aim.start)
        level = self._level(stand)
        turned = self._starts[stand.column + 1], aim.across
        way = level + through(level[-1] if level else stand.end, turned)[1:]
        return way + through(turned, aim.start)[1:] if turned[0] < aim.start[0] else way

    def _free(self, column: int, aim: _Stand) -> bool:
        """Whether nothing stands straight before a box, up to that column."""
        between = (stand for number in range(column + 1, aim.column) for stand in self._members[number])
        return all(abs(stand.across - aim.across) > stand.width / 2 + _CLEAR for stand in between)

    def _level(self, stand: _Stand) -> Line:
        """From the end of a box straight on to the end of its column, without the point where that starts."""
        end = self._ends[stand.column]
        return through(stand.end, (end, stand.across))[1:] if end > stand.end[0] else ()


def _sizes(plan: Plan) -> dict[str, Size]:
    """The size of each box, along and across the flow, by its name."""
    sizes = {card_name(node): size for node, size in plan.sizes.items()}
    for op in plan.radii:
        room = plan.op_room(op)
        sizes[op_name(op)] = room.before + room.after, room.rows * room.row
    stop_size = plan.stop_size  # looks at all cards
    for node, stops in plan.rails.stops.items():
        sizes.update((stop_name(node, stop), stop_size) for stop in range(len(stops)))
    return sizes


def _columns(middles: Mapping[str, float]) -> dict[str, int]:
    """For each box the number of its column. Boxes of one column have their middles in one line."""
    columns: dict[str, int] = {}
    column, latest = 0, -float("inf")
    for name, middle in sorted(middles.items(), key=lambda item: item[1]):
        column += middle - latest > _SAME_COLUMN
        latest = middle
        columns[name] = column
    return columns
