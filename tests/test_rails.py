"""Rails: a value that is used again and again has one line past all its consumers, and the layout stays quick."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_layout import Task, check, crossed, samples, usual
from tracer.drawing.columns import columns, late_columns
from tracer.drawing.layout import EdgeKey, Layout
from tracer.drawing.rails import branching, rails, span
from tracer.graph import Graph
from tracer.sources.values import as_it_stands
from tracer.value import Value


def recurrent(steps: int) -> Value:
    """A network with one neuron: `w` and `b` are used in every step."""
    w, h, b = Value(0.5, label="w"), Value(0.2, label="h"), Value(0.1, label="b")
    for _ in range(steps):
        h = (w * h + b).tanh()
    return h


def products(count: int) -> Value:
    """x*0 + x*1 + x*2 + ..."""
    x = Value(2.0, label="x")
    first, *rest = (x * Value(float(number), label=f"w{number}") for number in range(count))
    for product in rest:
        first = first + product
    return first


def graph_of(output: Value) -> Graph:
    return as_it_stands(output)[0]


def named(graph: Graph, label: str) -> int:
    return next(node.id for node in graph.nodes if node.label == label)


def test_a_value_that_is_used_in_every_step_has_a_rail_with_a_stop_a_step() -> None:
    graph = graph_of(recurrent(10))
    found = rails(graph, columns(graph))
    assert {node: len(stops) for node, stops in found.stops.items()} == {named(graph, "w"): 9, named(graph, "b"): 9}
    assert all(one < other for stops in found.stops.values() for one, other in itertools.pairwise(stops))
    assert len(found.taps) == 18
    assert {graph[op].inputs[slot] for op, slot in found.taps} == set(found.stops)


def test_values_with_two_consumers_or_with_all_in_one_column_have_none() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    twice = graph_of((a * b + a).tanh())
    assert not branching(twice)
    assert not rails(twice, late_columns(twice)).stops
    thrice = graph_of((a * b) * (a + b) + (a - b) * (b / a))
    assert branching(thrice)
    assert not rails(thrice, columns(thrice)).stops


def test_columns_are_those_of_graphviz_and_ours_where_there_is_no_choice() -> None:
    value = Value(0.5)
    for _ in range(9):
        value = value.tanh()
    graph = graph_of(value)
    assert columns(graph) == late_columns(graph) == list(range(10))


@pytest.mark.parametrize("make", [recurrent, products])
def test_what_graphviz_has_to_do_grows_no_faster_than_the_graph(make: object) -> None:
    for count in (10, 50, 200):
        graph = graph_of(make(count))  # type: ignore[operator]
        stand = columns(graph)
        assert span(graph, stand, rails(graph, stand)) <= 5 * len(graph)


def trunk(task: Task, layout: Layout, label: str) -> list[set[tuple[int, int]]]:
    """The points of the edges that leave a card, to the px."""
    source = named(task.graph, label)
    edges = (("in", op, slot) for op in layout.ops for slot, read in enumerate(task.graph[op].inputs) if read == source)
    return [{(round(x), round(y)) for x, y in samples(layout.edges[edge], 200)} for edge in edges]


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_edges_run_along_the_rail_and_not_side_by_side(direction: str) -> None:
    task = usual(recurrent(12), direction)
    layout = task.laid_out()
    check(task, layout)
    assert not crossed(task, layout)
    across = 0 if direction == "TB" else 1
    for label in "wb":
        _, *lines = trunk(task, layout, label)
        longest = {point[across] for point in max(lines, key=len)}
        # All the way along, a px or two beside the rail for the bends of each tap.
        assert all(len({point[across] for point in line} - longest) < 40 for line in lines)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("+*-"), st.integers(0, 2)), min_size=4, max_size=30),
    st.sampled_from(["LR", "TB"]),
)
def test_chains_with_shared_operands_are_well_laid_out(steps: list[tuple[str, int]], direction: str) -> None:
    shared = [Value(float(number + 2), label=f"s{number}") for number in range(3)]
    value = Value(0.5, label="x")
    for op, number in steps:
        other = shared[number]
        value = value + other if op == "+" else value * other if op == "*" else value - other
    task = usual(value, direction)
    layout = task.laid_out()
    check(task, layout)
    assert not crossed(task, layout)
    assert layout == task.laid_out()


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_of_lines_on_a_rail_one_runs_along_all_of_it_and_the_others_have_branches(direction: str) -> None:
    task = usual(recurrent(12), direction)
    layout = task.laid_out()
    found = rails(task.graph, columns(task.graph))
    assert set(layout.branches) == {("in", *tap) for tap in set(found.taps) - found.last}
    for key, branch in layout.branches.items():
        assert branch[-1] == layout.edges[key][-1]
        longest = next(edge for edge in layout.edges if edge[1:] in found.last and same_source(task.graph, edge, key))
        away = min(abs(x - branch[0][0]) + abs(y - branch[0][1]) for x, y in samples(layout.edges[longest], 2000))
        assert away < 3


def same_source(graph: Graph, one: EdgeKey, other: EdgeKey) -> bool:
    return graph[one[1]].inputs[one[2]] == graph[other[1]].inputs[other[2]]
