"""DOT → positions: where the cards, circles, edges and chips of a graph stand.

Graphviz places boxes and leads long edges around them (`layout_dot.py`). What it does not know of is done here and in
`placing.py`: circles and chips inside the boxes, edges that pass their chips, short edges that are a single bend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import ceil
from types import MappingProxyType
from typing import Final, TypeVar, cast, get_args

from tracer.drawing.columns import columns, late_columns
from tracer.drawing.graphviz_engine import TIMEOUT_S, run_graphviz
from tracer.drawing.layout_dot import layout_dot
from tracer.drawing.layout_reading import read_json
from tracer.drawing.places import Box, Direction, Disc, EdgeKey, Layout, Size
from tracer.drawing.placing import Placing
from tracer.drawing.plan import Plan
from tracer.drawing.rails import branching, rails, span
from tracer.drawing.rooms import Rooms
from tracer.drawing.shapes import Point
from tracer.drawing.spines import spines
from tracer.errors import LayoutError
from tracer.graph import Graph

__all__ = ["Box", "Direction", "Disc", "EdgeKey", "Layout", "Size", "lay_out"]

K = TypeVar("K")
V = TypeVar("V")

# In graphs of more values things stand closer together.
_MANY: Final = 24
# Around everything, in px: room for outlines.
_MARGIN: Final = 2.0


def lay_out(
    graph: Graph,
    sizes: Mapping[int, Size],
    chips: Mapping[EdgeKey, Size],
    radii: Mapping[int, float],
    direction: str = "LR",
    *,
    longer: Mapping[int, float] = MappingProxyType({}),
    system: bool = False,
    timeout_s: float = TIMEOUT_S,
) -> Layout:
    """Find a place for every card, op, edge and chip of a graph. The same arguments always give the same places.

    Args:
        graph: what to draw.
        sizes: for each node the width and height of its card in px.
        chips: for each edge that is to get a chip, the chip's width and height in px.
        radii: for each op node the radius of its circle in px.
        direction: "LR", values flow to the right, or "TB", down.
        longer: for op nodes that are drawn as pills how much longer than a circle they are to either side, in px.
        system: use the Graphviz that is installed on this machine.
        timeout_s: seconds after which a layout that has not ended is given up.

    Raises:
        LayoutError: there is no such direction, the graph is too large, or Graphviz failed.
    """
    turn = _straight if _known(direction) == "LR" else _swapped
    rooms = Rooms.for_chips(chips, _known(direction), dense=len(graph) > _MANY)
    # Where no value has many consumers there is no need to ask.
    stand = columns(graph, system=system, timeout_s=timeout_s) if branching(graph) else late_columns(graph)
    along = rails(graph, stand)
    reach = span(graph, stand, along)
    pills = {op: turn((length, 0.0)) for op, length in longer.items()}
    turned = _turned(sizes, turn), _turned(chips, turn)
    plan = Plan(graph, *turned, radii, pills, rooms, spines(graph), along, stand, reach)
    drawn = read_json(run_graphviz(layout_dot(plan), "json", timeout_s=timeout_s, system=system), rooms.direction)
    placing = Placing(plan, drawn)
    cards = {node: _around(turn(middle), sizes[node]) for node, middle in placing.cards.items()}
    ops = {op: Disc(*turn(centre), radii[op], longer.get(op, 0.0)) for op, centre in placing.ops.items()}
    edges = {key: tuple(map(turn, placing.edge(key))) for key in _edges(graph)}
    branches = {key: tuple(map(turn, line)) for key in _edges(graph) if (line := placing.branch(key))}
    centres = {key: turn(placing.chip(key)) for key in chips}
    boxes = [
        *cards.values(),
        *(disc.box for disc in ops.values()),
        *(_around(centres[key], chips[key]) for key in chips),
    ]
    return _on_canvas(Layout(0, 0, cards, ops, edges, centres, branches), boxes)


def _known(direction: str) -> Direction:
    for known in get_args(Direction):
        if direction == known:
            return cast(Direction, known)
    raise LayoutError(f"there is no direction {direction!r}; there are LR, to the right, and TB, down")


def _edges(graph: Graph) -> Iterator[EdgeKey]:
    for node in graph.nodes:
        if node.kind == "op":
            yield from (("in", node.id, slot) for slot in range(len(node.inputs)))
            yield "out", node.id, 0


def _turned(sizes: Mapping[K, Size], turn: Callable[[Point], Point]) -> dict[K, Size]:
    return {key: turn(size) for key, size in sizes.items()}


def _straight(point: Point) -> Point:
    return point


def _swapped(point: Point) -> Point:
    return point[1], point[0]


def _around(middle: Point, size: Size) -> Box:
    return Box(middle[0] - size[0] / 2, middle[1] - size[1] / 2, *size)


def _on_canvas(layout: Layout, boxes: list[Box]) -> Layout:
    """The layout, moved so that it starts in the top left corner, on a canvas that holds `boxes` and all edges."""
    points = [point for line in layout.edges.values() for point in line]
    left = min([box.x for box in boxes] + [x for x, _ in points]) - _MARGIN
    top = min([box.y for box in boxes] + [y for _, y in points]) - _MARGIN
    right = max([box.x + box.width for box in boxes] + [x for x, _ in points]) + _MARGIN
    bottom = max([box.y + box.height for box in boxes] + [y for _, y in points]) + _MARGIN

    def moved(x: float, y: float) -> Point:
        return round(x - left, 2), round(y - top, 2)

    return Layout(
        width=ceil(right - left),
        height=ceil(bottom - top),
        cards=_frozen({node: Box(*moved(x, y), *size) for node, (x, y, *size) in layout.cards.items()}),
        ops=_frozen({op: Disc(*moved(x, y), *size) for op, (x, y, *size) in layout.ops.items()}),
        edges=_frozen({key: tuple(moved(*point) for point in line) for key, line in layout.edges.items()}),
        chips=_frozen({key: moved(*centre) for key, centre in layout.chips.items()}),
        branches=_frozen({key: tuple(moved(*point) for point in line) for key, line in layout.branches.items()}),
    )


def _frozen(places: dict[K, V]) -> Mapping[K, V]:
    return MappingProxyType(places)
