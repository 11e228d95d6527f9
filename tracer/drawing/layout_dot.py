"""Graph → DOT for our own layout: every card and every op a box of a given size, so that Graphviz measures no text.

Graphviz decides which column and row they stand in, and how long edges get around what is in their way. Nothing in this
DOT comes from a user: names are node ids, and there are no labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from tracer.drawing.places import EdgeKey, Size
from tracer.drawing.rooms import Rooms
from tracer.errors import LayoutError
from tracer.graph import Graph, Node

# Between neighbours across the flow, in px.
SPACING: Final = 18.0
# Keeps an op next to its card.
_CLOSE: Final = 100
# How hard Graphviz tries, by how many columns the edges span in all: the time it takes grows faster than that.
_EFFORTS: Final = ((4_000, ""), (12_000, "nslimit=1"), (150_000, "nslimit=0.1 mclimit=0.1"))
# Up to that span all ops stand in line with their cards; in larger graphs that would take too much room.
_IN_LINE: Final = 2_000


def layout_dot(
    graph: Graph,
    sizes: Mapping[int, Size],
    radii: Mapping[int, float],
    rooms: Rooms,
    spines: Mapping[int, int] = MappingProxyType({}),
) -> str:
    """DOT source of the boxes and edges of a graph.

    Args:
        graph: what to draw.
        sizes: for each node the size of its card, in px.
        radii: for each op node the radius of its circle, in px.
        rooms: the room that chips need.
        spines: for each op node that stands in line with one of its operands, the slot of that operand.

    Raises:
        LayoutError: the graph is too large to be laid out.
    """
    return "\n".join(_lines(graph, sizes, radii, rooms, spines))


def card_name(node: int) -> str:
    """What a node's card is called in the DOT."""
    return f"v{node}"


def op_name(node: int) -> str:
    """What an op node's op is called in the DOT."""
    return f"o{node}"


def edge_name(key: EdgeKey) -> str:
    """The id of an edge in the DOT: "in_5_0"."""
    return "_".join(map(str, key))


def _lines(
    graph: Graph, sizes: Mapping[int, Size], radii: Mapping[int, float], rooms: Rooms, spines: Mapping[int, int]
) -> Iterator[str]:
    span = _span(graph)
    yield "digraph {"
    yield f"rankdir={rooms.direction} ranksep={_inches(rooms.between_columns)} nodesep={_inches(SPACING)}"
    yield _effort(graph, span)
    yield 'node [shape=box fixedsize=true margin=0 label="" fontsize=1]'
    yield "edge [dir=none]"
    for node in graph.nodes:
        yield f"{card_name(node.id)} [{_box(*sizes[node.id])}]"
        if node.kind == "op":
            yield from _op_lines(node, radii[node.id], rooms, spines.get(node.id), in_line=span <= _IN_LINE)
    yield "}"


def _op_lines(node: Node, radius: float, rooms: Rooms, spine: int | None, *, in_line: bool) -> Iterator[str]:
    """An op, the edges into it, and the edge to its card."""
    start, end = ("w", "e") if rooms.direction == "LR" else ("n", "s")
    op, card = op_name(node.id), card_name(node.id)
    yield f"{op} [{_op(node, radius, rooms, spine)}]"
    yield f"{op}:{end} -> {card}:{start} [id={edge_name(('out', node.id, 0))} weight={_CLOSE}]"
    if in_line:
        yield f"{op} [group={card}] {card} [group={card}]"
    for slot, source in enumerate(node.inputs):
        weight = f" weight={_CLOSE}" if slot == spine else ""
        yield f"{card_name(source)}:{end} -> {op}:{slot}:{start} [id={edge_name(('in', node.id, slot))}{weight}]"
    for source, times in Counter(node.inputs).items():
        if times > 1:  # pulls the op in line with the middle of its two edges
            yield f"{card_name(source)}:{end} -> {op}:{start} [style=invis]"


def _op(node: Node, radius: float, rooms: Rooms, spine: int | None) -> str:
    """A record: a box cut into rows, of which those with a name can be entered by edges."""
    room = rooms.op(len(node.inputs), radius, spine)
    names = {row: f"<{slot}>" for slot, row in enumerate(room.entries)}
    size = (room.before + room.after, room.rows * room.row)
    box = _box(*size) if rooms.direction == "LR" else _box(*size[::-1])
    return f'shape=record {box} label="{"|".join(names.get(row, "") for row in range(room.rows))}"'


def _box(width: float, height: float) -> str:
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


def _span(graph: Graph) -> int:
    """Over how many columns the edges reach in all, when each leaf stands right before its first consumer."""
    columns = [0] * len(graph)
    for node in graph.nodes:
        if node.inputs:
            columns[node.id] = 1 + max(columns[source] for source in node.inputs)
    for node in graph.nodes:
        if not node.inputs and graph.consumers[node.id]:
            columns[node.id] = min(columns[consumer] for consumer in graph.consumers[node.id]) - 1
    return sum(columns[node.id] - columns[source] for node in graph.nodes for source in node.inputs)
