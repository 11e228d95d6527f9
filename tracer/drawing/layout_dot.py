"""Graph → DOT for our own layout: every card and every op a box of a given size, so that Graphviz measures no text.

Graphviz decides which column and row they stand in, and how long edges get around what is in their way. Nothing in this
DOT comes from a user: names are node ids, and there are no labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from tracer.drawing.places import Direction, Size
from tracer.drawing.plan import Plan, card_name, edge_name, leg_name, op_name, stop_name
from tracer.errors import LayoutError
from tracer.graph import Graph, Node

# Keeps an op next to its card.
_CLOSE: Final = 100
# Keeps rails straight, where nothing is in their way.
_STRAIGHT: Final = 12
# Rather narrow than with straight edges. The size is less than any that can be reached, but not so small that it would
# not count.
_COMPRESSED: Final = 'ratio=compress size="1.1,1.1"'
# How hard Graphviz tries, by how many columns the edges span in all: the time it takes grows faster than that.
_EFFORTS: Final = ((4_000, ""), (12_000, "nslimit=1"), (150_000, "nslimit=0.1 mclimit=0.1"))
# Up to that span Graphviz is asked for a narrow picture; in larger graphs that would take too much time.
_NARROW: Final = 1_600
# Up to that span all ops stand in line with their cards; in larger graphs that would take too much room.
_IN_LINE: Final = 2_000


def layout_dot(plan: Plan) -> str:
    """DOT source of the boxes and edges of a graph.

    Raises:
        LayoutError: the graph is too large to be laid out.
    """
    return "\n".join(_lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    rooms = plan.rooms
    yield "digraph {"
    yield f"rankdir={rooms.direction} ranksep={_inches(rooms.between_columns)} nodesep={_inches(rooms.spacing)}"
    yield _effort(plan.graph, plan.span)
    if rooms.dense and rooms.direction == "TB" and plan.span <= _NARROW:
        yield _COMPRESSED
    yield 'node [shape=box fixedsize=true margin=0 label="" fontsize=1]'
    yield "edge [dir=none]"
    for node in plan.graph.nodes:
        yield f"{card_name(node.id)} [{_box(plan.sizes[node.id], rooms.direction)}]"
        if node.kind == "op":
            yield from _op_lines(plan, node, in_line=plan.span <= _IN_LINE)
    for source, stops in plan.rails.stops.items():
        yield from _rail_lines(plan, source, len(stops))
    if plan.rails.stops:
        yield from _column_lines(plan)
    yield "}"


def _op_lines(plan: Plan, node: Node, *, in_line: bool) -> Iterator[str]:
    """An op, the edges into it, and the edge to its card."""
    start, end = _sides(plan.rooms.direction)
    op, card = op_name(node.id), card_name(node.id)
    yield f"{op} [{_op(plan, node)}]"
    yield f"{op}:{end} -> {card}:{start} [id={edge_name(('out', node.id, 0))} weight={_CLOSE}]"
    if in_line:
        yield f"{op} [group={card}] {card} [group={card}]"
    spine = plan.spines.get(node.id)
    starts = [_start(plan, node, slot) for slot in range(len(node.inputs))]
    for slot, source in enumerate(starts):
        weight = _CLOSE if slot == spine else 1
        yield f"{source}:{end} -> {op}:{slot}:{start} [id={edge_name(('in', node.id, slot))} weight={weight}]"
    for source, times in Counter(starts).items():
        if times > 1:  # pulls the op in line with the middle of its two edges
            yield f"{source}:{end} -> {op}:{start} [style=invis]"


def _rail_lines(plan: Plan, node: int, stops: int) -> Iterator[str]:
    """The stops of a rail, and the parts of it that lead from each to the next."""
    start, end = _sides(plan.rooms.direction)
    box = _box(plan.stop_size, plan.rooms.direction)
    latest = card_name(node)
    for stop in range(stops):
        name = stop_name(node, stop)
        yield f"{name} [{box}]"
        yield f"{latest}:{end} -> {name}:{start} [id={leg_name(node, stop)} weight={_STRAIGHT}]"
        latest = name


def _column_lines(plan: Plan) -> Iterator[str]:
    """Which boxes stand in one column. Left to itself, Graphviz would draw rails as short as they can be."""
    members: dict[tuple[int, str], list[str]] = {}
    for node in plan.graph.nodes:
        members.setdefault((plan.columns[node.id], "cards"), []).append(card_name(node.id))
        if node.kind == "op":
            members.setdefault((plan.columns[node.id], "ops"), []).append(op_name(node.id))
    for source, stops in plan.rails.stops.items():
        for stop, column in enumerate(stops):
            members[column, "cards"].append(stop_name(source, stop))
    for names in members.values():
        yield f"{{rank=same {' '.join(names)}}}"


def _start(plan: Plan, node: Node, slot: int) -> str:
    """The box from which the edge to an op comes: a card, or a stop on its rail."""
    source, stop = node.inputs[slot], plan.rails.taps.get((node.id, slot))
    return card_name(source) if stop is None else stop_name(source, stop)


def _op(plan: Plan, node: Node) -> str:
    """A record: a box cut into rows, of which those with a name can be entered by edges."""
    room = plan.op_room(node.id)
    names = {row: f"<{slot}>" for slot, row in enumerate(room.entries)}
    box = _box((room.before + room.after, room.rows * room.row), plan.rooms.direction)
    return f'shape=record {box} label="{"|".join(names.get(row, "") for row in range(room.rows))}"'


def _sides(direction: Direction) -> tuple[str, str]:
    """The sides by which edges enter and leave."""
    return ("w", "e") if direction == "LR" else ("n", "s")


def _box(size: Size, direction: Direction) -> str:
    width, height = size if direction == "LR" else size[::-1]
    return f"width={_inches(width)} height={_inches(height)}"


def _inches(length: float) -> str:
    """A length in px as DOT wants it; Graphviz counts 72 to the inch, and so its own unit is our px."""
    return f"{length / 72:.6f}"


def _effort(graph: Graph, span: int) -> str:
    for most, attributes in _EFFORTS:
        if span <= most:
            return attributes
    smaller = "fold its groups (--fold all), or draw" if any(node.scope for node in graph.nodes) else "draw"
    raise LayoutError(
        f"the graph is too large to draw: {len(graph)} values whose edges span {span} columns in all, where "
        f"{_EFFORTS[-1][0]} is the most; {smaller} a smaller part of it"
    )
