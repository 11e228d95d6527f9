"""Positions: nothing overlaps, edges touch what they join, operands keep their order, and it is always the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import outputs
from tracer.drawing.layout import Box, Disc, EdgeKey, Layout, Size, lay_out
from tracer.drawing.shapes import Point
from tracer.errors import LayoutError
from tracer.graph import Graph, Node
from tracer.sources.values import as_it_stands
from tracer.value import Value

CARD, LITERAL, CHIP, RADIUS = (92.0, 59.0), (28.0, 28.0), (44.0, 19.0), 13.5


@dataclass(frozen=True)
class Task:
    """The arguments of a layout."""

    graph: Graph
    sizes: Mapping[int, Size]
    chips: Mapping[EdgeKey, Size]
    radii: Mapping[int, float]
    direction: str = "LR"
    longer: Mapping[int, float] = field(default_factory=dict)

    def laid_out(self) -> Layout:
        return lay_out(self.graph, self.sizes, self.chips, self.radii, self.direction, longer=self.longer)


def edges(graph: Graph) -> list[EdgeKey]:
    ops = [node for node in graph.nodes if node.kind == "op"]
    into: list[EdgeKey] = [("in", node.id, slot) for node in ops for slot in range(len(node.inputs))]
    return into + [("out", node.id, 0) for node in ops]


def usual(output: Value | Graph, direction: str = "LR") -> Task:
    """A layout with the sizes that pictures have."""
    graph = output if isinstance(output, Graph) else as_it_stands(output)[0]
    sizes = {node.id: LITERAL if node.kind == "constant" else CARD for node in graph.nodes}
    radii = {node.id: RADIUS for node in graph.nodes if node.kind == "op"}
    return Task(graph, sizes, dict.fromkeys(edges(graph), CHIP), radii, direction)


def lecture() -> dict[str, Value]:
    values = {name: Value(data, label=name) for name, data in (("a", 2), ("b", -3), ("c", 10))}
    values["e"] = values["a"] * values["b"]
    values["d"] = values["e"] + values["c"]
    values["f"] = Value(-2, label="f")
    values["L"] = values["d"] * values["f"]
    for name, value in values.items():
        value.label = name
    return values


def by_label(task: Task, layout: Layout) -> dict[str, Box]:
    return {node.label: layout.cards[node.id] for node in task.graph.nodes}


# What has to hold for every layout


def gap(one: Box, other: Box) -> float:
    """The distance between two boxes along the axis on which they are further apart; negative if they overlap."""
    across = max(one.x, other.x) - min(one.x + one.width, other.x + other.width)
    down = max(one.y, other.y) - min(one.y + one.height, other.y + other.height)
    return max(across, down)


def around(centre: Point, size: Size) -> Box:
    return Box(centre[0] - size[0] / 2, centre[1] - size[1] / 2, *size)


def boxes(task: Task, layout: Layout) -> dict[tuple[object, ...], Box]:
    """Everything that takes room."""
    found: dict[tuple[object, ...], Box] = {("card", node): card for node, card in layout.cards.items()}
    for op, disc in layout.ops.items():
        found["op", op] = disc.box
    for key, centre in layout.chips.items():
        found["chip", *key] = around(centre, task.chips[key])
    return found


def samples(line: tuple[Point, ...], each: int = 40) -> Iterator[Point]:
    """Points on a line of cubic Béziers."""
    for start in range(0, len(line) - 1, 3):
        for step in range(each + 1):
            part: tuple[Point, ...] = line[start : start + 4]
            while len(part) > 1:
                part = tuple(
                    (a[0] + (b[0] - a[0]) * step / each, a[1] + (b[1] - a[1]) * step / each) for a, b in pairwise(part)
                )
            yield part[0]


def from_outline(point: Point, shape: Box | Disc) -> float:
    """How far a point is from the outline of a card or circle."""
    if isinstance(shape, Disc):
        aside = max(abs(point[0] - shape.x) - shape.longer, 0.0)
        return abs(hypot(aside, point[1] - shape.y) - shape.radius)
    return abs(gap(around(point, (0, 0)), shape))


def ends(task: Task, layout: Layout, key: EdgeKey) -> tuple[Box | Disc, Box | Disc]:
    way, op, slot = key
    if way == "out":
        return layout.ops[op], layout.cards[op]
    return layout.cards[task.graph[op].inputs[slot]], layout.ops[op]


def check(task: Task, layout: Layout) -> None:
    room = boxes(task, layout)
    for (one, box), (other, another) in combinations(room.items(), 2):
        assert gap(box, another) > -0.05, f"{one} and {other} overlap"
    for name, box in room.items():
        assert min(box.x, box.y) >= 0, f"{name} is outside"
        assert box.x + box.width <= layout.width, f"{name} is outside"
        assert box.y + box.height <= layout.height, f"{name} is outside"
    assert set(layout.edges) == set(edges(task.graph))
    for key, line in layout.edges.items():
        assert len(line) % 3 == 1
        assert len(line) >= 4
        start, end = ends(task, layout, key)
        assert from_outline(line[0], start) < 0.5, f"{key} does not start on its outline"
        assert from_outline(line[-1], end) < 0.5, f"{key} does not end on its outline"
        for x, y in line:
            assert 0 <= x <= layout.width, f"{key} is outside"
            assert 0 <= y <= layout.height, f"{key} is outside"
        if key in layout.chips:
            chip = room["chip", *key]
            assert min(gap(around(point, (0, 0)), chip) for point in samples(line)) < 1, f"{key} misses its chip"


def crossed(task: Task, layout: Layout) -> list[tuple[EdgeKey, tuple[object, ...]]]:
    """Edges that run through cards or circles of others."""
    solid = {name: box for name, box in boxes(task, layout).items() if name[0] != "chip"}
    found: list[tuple[EdgeKey, tuple[object, ...]]] = []
    for key, line in layout.edges.items():
        way, op, slot = key
        own = {("op", op), ("card", op if way == "out" else task.graph[op].inputs[slot])}
        for name, box in solid.items():
            if name not in own and any(gap(around(point, (0, 0)), box) < -2 for point in samples(line)):
                found.append((key, name))
    return found


directions = st.sampled_from(["LR", "TB"])


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    """Layouts of random computations, with cards and chips of all sizes."""
    graph = as_it_stands(draw(outputs(max_ops=12)))[0]
    card = st.tuples(st.floats(28, 220), st.floats(28, 60))
    chip = st.tuples(st.floats(20, 80), st.just(19.0))
    chips = {key: draw(chip) for key in edges(graph) if draw(st.booleans())}
    radii = {node.id: draw(st.floats(10, 28)) for node in graph.nodes if node.kind == "op"}
    longer = {op: draw(st.floats(1, 40)) for op in radii if draw(st.booleans())}
    return Task(graph, {node.id: draw(card) for node in graph.nodes}, chips, radii, draw(directions), longer)


@st.composite
def strange_graphs(draw: st.DrawFn) -> Graph:
    """Graphs such as other libraries give: ops with none or many inputs, nodes that nobody reads, several sinks."""
    nodes = [Node(0, "input", "", "", 0.0)]
    for place in range(1, draw(st.integers(2, 12))):
        inputs = tuple(draw(st.lists(st.integers(0, place - 1), max_size=6)))
        kind = draw(st.sampled_from(["op", "input"]))
        if kind == "op":
            nodes.append(Node(place, "op", "stack", "", 0.0, inputs, (1.0,) * len(inputs)))
        else:
            nodes.append(Node(place, "input", "", "", 0.0))
    return Graph(tuple(nodes), len(nodes) - 1)


@given(tasks())
@settings(max_examples=120)
def test_whatever_the_sizes_nothing_overlaps_and_edges_join(task: Task) -> None:
    check(task, task.laid_out())


@given(strange_graphs(), directions)
def test_whatever_the_graph_nothing_overlaps_and_edges_join(graph: Graph, direction: str) -> None:
    task = usual(graph, direction)
    check(task, task.laid_out())


@given(outputs(), directions)
def test_edges_run_around_cards_and_circles(output: Value, direction: str) -> None:
    task = usual(output, direction)
    assert crossed(task, task.laid_out()) == []


@given(tasks())
@settings(max_examples=20)
def test_the_same_arguments_give_the_same_places(task: Task) -> None:
    assert task.laid_out() == task.laid_out()


@given(outputs(), directions)
def test_values_flow_one_way(output: Value, direction: str) -> None:
    task = usual(output, direction)
    layout = task.laid_out()
    axis = 0 if direction == "LR" else 1
    for op, disc in layout.ops.items():
        assert disc[axis] < layout.cards[op][axis]
        for source in task.graph[op].inputs:
            assert layout.cards[source][axis] < disc[axis]


# The lecture's picture


def test_the_lecture_s_cards_stand_as_they_are_read() -> None:
    task = usual(lecture()["L"])
    layout = task.laid_out()
    cards = by_label(task, layout)
    for upper, lower in ("ab", "ec", "df"):
        assert cards[upper].x == cards[lower].x
        assert cards[upper].y < cards[lower].y
    assert [cards[name].x for name in "aedL"] == sorted(cards[name].x for name in "aedL")
    for op, disc in layout.ops.items():
        card = layout.cards[op]
        assert disc.y == pytest.approx(card.y + card.height / 2, abs=0.6)
        assert disc.x < card.x
    assert layout.width <= 4 * CARD[0] + 3 * 120
    check(task, layout)


def test_down_the_page_it_is_narrow() -> None:
    task = usual(lecture()["L"], "TB")
    layout = task.laid_out()
    cards = by_label(task, layout)
    assert layout.width < 350
    assert cards["a"].x < cards["b"].x
    assert cards["a"].y < cards["e"].y < cards["d"].y < cards["L"].y


def test_an_edge_points_at_the_centre_of_its_op() -> None:
    task = usual(lecture()["L"])
    layout = task.laid_out()
    for (way, op, _), line in layout.edges.items():
        if way == "in":
            disc, (before, end) = layout.ops[op], line[-2:]
            towards = (end[0] - before[0]) * (disc.y - end[1]) - (end[1] - before[1]) * (disc.x - end[0])
            assert abs(towards) < 1


def test_edges_are_smooth() -> None:
    task = usual(lecture()["L"])
    for line in task.laid_out().edges.values():
        for joint in range(3, len(line) - 1, 3):
            (ax, ay), (bx, by), (cx, cy) = line[joint - 1 : joint + 2]
            turned = (bx - ax) * (cy - by) - (by - ay) * (cx - bx)
            assert abs(turned) < 0.02 * hypot(bx - ax, by - ay) * hypot(cx - bx, cy - by) + 0.01


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_value_used_twice_by_an_op_has_two_edges_and_two_chips(direction: str) -> None:
    a = Value(3, label="a")
    task = usual(a * a, direction)
    layout = task.laid_out()
    assert layout.edges["in", 1, 0] != layout.edges["in", 1, 1]
    assert layout.chips["in", 1, 0] != layout.chips["in", 1, 1]
    check(task, layout)


def test_operands_enter_in_the_order_in_which_they_arrive() -> None:
    a, b = Value(3, label="a"), Value(4, label="b")
    task = usual((a * b) * (b - a))
    layout = task.laid_out()
    for op in layout.ops:
        first, second = (layout.cards[source].y for source in task.graph[op].inputs)
        assert (layout.chips["in", op, 0][1] < layout.chips["in", op, 1][1]) == (first < second)
    check(task, layout)


# Extremes


def test_a_single_value_is_a_card() -> None:
    layout = usual(Value(1, label="a")).laid_out()
    assert (layout.ops, layout.edges, layout.chips) == ({}, {}, {})
    assert layout.width == pytest.approx(CARD[0], abs=8)


def test_edges_without_chips_still_bend_gently() -> None:
    task = Task(graph := usual(lecture()["L"]).graph, dict.fromkeys(range(len(graph)), CARD), {}, {2: 9, 4: 9, 6: 9})
    ops = [node.id for node in graph.nodes if node.kind == "op"]
    task = Task(graph, task.sizes, {}, dict.fromkeys(ops, RADIUS))
    layout = task.laid_out()
    check(task, layout)
    assert layout.chips == {}


def test_a_chain_of_two_thousand_is_laid_out() -> None:
    value = Value(0.5)
    for _ in range(2000):
        value = value.tanh()
    task = usual(value)
    layout = task.laid_out()
    assert len(layout.cards) == 2001
    # Far out on such a canvas positions are still exact.
    card, disc, line = layout.cards[2000], layout.ops[2000], layout.edges["out", 2000, 0]
    assert line[0] == pytest.approx((disc.x + disc.radius, disc.y), abs=0.1)
    assert line[-1] == pytest.approx((card.x, card.y + card.height / 2), abs=0.1)


@pytest.mark.slow
def test_a_chain_of_ten_thousand_is_laid_out() -> None:
    value = Value(0.5)
    for _ in range(10_000):
        value = value.tanh()
    assert len(usual(value).laid_out().cards) == 10_001


def test_a_graph_that_is_too_large_is_refused_at_once() -> None:
    there = [Value(0.5)]
    for _ in range(500):
        there.append(there[-1].tanh())
    back = there.pop()
    while there:
        back = back * there.pop()
    task = usual(back)
    with pytest.raises(LayoutError, match=r"too large to draw: 1001 values .* draw a smaller part"):
        task.laid_out()


def test_a_layout_that_takes_too_long_is_given_up() -> None:
    a = Value(2, label="a")
    task = usual(sum((a * number for number in range(300)), Value(0)))
    with pytest.raises(LayoutError, match="smaller part"):
        lay_out(task.graph, task.sizes, task.chips, task.radii, timeout_s=0.01)


def test_an_unknown_direction_is_refused_with_the_choices() -> None:
    with pytest.raises(LayoutError, match="'up'; there are LR, to the right, and TB, down"):
        usual(Value(1), "up").laid_out()


def test_the_system_s_graphviz_is_used_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    task = usual(lecture()["L"])
    task.laid_out()
    with pytest.raises(LayoutError, match="install Graphviz"):
        lay_out(task.graph, task.sizes, task.chips, task.radii, system=True)


def test_a_layout_cannot_be_changed() -> None:
    layout = usual(lecture()["L"]).laid_out()
    with pytest.raises(TypeError):
        layout.cards[0] = Box(0, 0, 1, 1)  # type: ignore[index]


def test_labels_have_no_influence() -> None:
    plain, odd = lecture(), lecture()
    for value in odd.values():
        value.label = '"]; evil [label=<b>'
    assert usual(plain["L"]).laid_out() == usual(odd["L"]).laid_out()


SCRIPT = """
from tests.test_layout import lecture, usual
print(usual(lecture()["L"]).laid_out())
"""


def test_it_is_the_same_in_every_process_and_needs_no_path() -> None:
    told = set()
    for seed in ("1", "2"):
        env = {**os.environ, "PATH": "", "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=True)
        told.add(done.stdout)
    assert told == {f"{usual(lecture()['L']).laid_out()}\n"}
