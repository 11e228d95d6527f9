"""Folding groups changes no gradient."""

from __future__ import annotations

from collections.abc import Iterable
from math import isclose, isfinite
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import Program, programs
from tracer import SourceError, Trace, Value, fold, group, recording, trace
from tracer.folding import Folded, groups_of
from tracer.graph import Graph
from tracer.naming import expression
from tracer.tensors import Tensor
from tracer.wording import Wording


def entries(number: Any) -> tuple[float, ...]:
    return number.entries if isinstance(number, Tensor) else (number,)


def assert_same_gradients(folded: Folded, tolerance: float = 1e-9) -> None:
    """Every number in a folded trace has the gradient, and the value, that it has in the whole one."""
    whole = folded.whole
    for node in folded.graph.nodes:
        origins = folded.origins[node.id]
        for value, origin in zip(entries(node.value), origins, strict=True):
            assert value == whole.graph[origin].value
        if node.id in folded._condensed.entries or node.id not in folded.gradients:
            continue
        for gradient, origin in zip(entries(folded.gradients[node.id]), origins, strict=True):
            right = whole.gradients.get(origin, 0.0)
            assert isclose(gradient, right, rel_tol=tolerance, abs_tol=tolerance)


def assert_products_hold(folded: Folded) -> None:
    """Where a frame shows numbers, its contribution is upstream × local; sums are sums."""
    for frame in folded.frames:
        if frame.op is not None and isinstance(frame.local, float):
            assert frame.contribution == frame.upstream * frame.local
        for before, contribution, after in zip(
            entries(frame.before), entries(frame.contribution), entries(frame.after), strict=True
        ):
            assert before + contribution == after


def two_outputs() -> Value:
    """A group of which two numbers are used: one by an op outside, both by another group."""
    x, y = Value(0.5, label="x"), Value(-1.5, label="y")
    with group("first"):
        w = Value(2.0, label="w")
        h = x * w
        p = h + y * 3.0
        q = h.tanh()
    with group("second"):
        r = p * q
        s = r + p
    L = s * q + x
    for value, label in ((p, "p"), (q, "q"), (s, "s"), (L, "L")):
        value.label = label
    return L


def test_a_group_of_one_number_becomes_one_node() -> None:
    x = Value(0.5, label="x")
    with group("neuron"):
        w, b = Value(2.0, label="w"), Value(0.25, label="b")
        n = (x * w + b).tanh()
    L = n * x
    L.label = "L"
    folded = fold(trace(L))
    assert folded.names == ("x", "n", "L")
    node = folded.graph[1]
    assert (node.kind, node.op, node.inputs, node.scope, node.shape) == ("op", "neuron", (0,), "", ())
    assert node.value == n.data
    assert isclose(node.local[0], 2.0 * (1 - n.data**2))
    assert_same_gradients(folded)
    assert_products_hold(folded)


def test_a_group_of_several_numbers_becomes_a_vector() -> None:
    folded = fold(trace(two_outputs()))
    assert folded.names == ("x", "y", "first", "s", "q", "s*q", "L")
    vector = folded.graph[2]
    assert vector.shape == (2,)
    assert [folded.whole.names[origin] for origin in folded.origins[2]] == ["p", "q"]
    assert (folded.graph[3].op, folded.graph[3].inputs) == ("second", (2,))
    assert (folded.graph[4].op, folded.graph[4].inputs) == ("index", (2,))
    assert_same_gradients(folded)
    assert_products_hold(folded)


def test_each_number_can_have_a_node_of_its_own() -> None:
    folded = fold(trace(two_outputs()), vectors=False)
    assert folded.names == ("x", "y", "p", "q", "s", "s*q", "L")
    assert [folded.graph[node].op for node in (2, 3, 4)] == ["first", "first", "second"]
    assert all(isinstance(frame.local, float) for frame in folded.frames)
    assert_same_gradients(folded)
    assert_products_hold(folded)


def test_groups_are_folded_one_by_one_and_again() -> None:
    whole = trace(two_outputs())
    assert groups_of(whole.graph) == ("first", "second")
    one = fold(whole, ["second"])
    assert {node.op for node in one.graph.nodes} == {"", "mul", "add", "tanh", "second"}
    both = fold(one, ["first"])
    assert both.whole is whole
    assert both.graph == fold(whole).graph
    for folded in (one, both):
        assert_same_gradients(folded)


def test_groups_in_groups_are_folded_with_them_or_by_themselves() -> None:
    x = Value(0.5, label="x")
    with group("layer"):
        for name in ("one", "two"):
            with group(name):
                y = x * Value(2.0)
                x = y.tanh() + y
    L = x * x
    whole = trace(L)
    assert groups_of(whole.graph) == ("layer", "layer/one", "layer/two")
    assert groups_of(whole.graph, 2) == ("layer/one", "layer/two")
    assert [node.op for node in fold(whole).graph.nodes] == ["", "layer", "mul"]
    assert [node.op for node in fold(whole, depth=2).graph.nodes] == ["", "layer.one", "layer.two", "mul"]
    assert [node.scope for node in fold(whole, depth=2).graph.nodes] == ["", "layer", "layer", ""]
    assert fold(whole, ["layer", "layer/one"]).graph == fold(whole).graph
    assert len(fold(whole, depth=3).graph) == len(whole.graph)


def test_what_a_group_makes_at_different_times_is_not_mixed() -> None:
    shared = group("shared")
    x = Value(0.5, label="x")
    with shared:
        a = x * x
    b = a + x
    with shared:
        c = b * b
        d = c * a
    L = c + d
    folded = fold(trace(L))
    assert [node.op for node in folded.graph.nodes] == ["", "shared", "add", "shared", "shared", "add"]
    assert_same_gradients(folded)


def test_a_layer_that_is_called_for_each_sample_is_a_card_for_each() -> None:
    from tracer.nn import MLP

    net = MLP(2, [3, 2], seed=1)
    samples = [net([2.0, 3.0]), net([3.0, -1.0])]
    loss = sum((one - other) ** 2 for one, other in samples)
    folded = fold(trace(loss))
    assert [node.shape for node in folded.graph.nodes if node.group] == [(3,), (2,), (3,), (2,)]
    assert "index" not in expression(folded.graph)  # an entry goes by its name: a call would not say which one
    assert_same_gradients(folded)


def test_what_is_made_of_one_input_or_without_shared_leaves_stays_together() -> None:
    x, y = Value(0.5, label="x"), Value(-0.5, label="y")
    with group("scale"):
        w = Value(2.0)
        scaled = [x * w, (x + y) * w]
    with group("squash"):
        squashed = [x.tanh(), y.tanh()]
    folded = fold(trace(sum((*scaled, *squashed), start=Value(0.0))))
    assert [node.shape for node in folded.graph.nodes if node.group] == [(2,), (2,)]


def test_leaves_that_others_read_too_stay_visible() -> None:
    x = Value(0.5, label="x")
    with group("neuron"):
        w = Value(2.0, label="w")
        y = x * w
    L = y + w * w
    folded = fold(trace(L))
    assert folded.names == ("x", "w", "y", "w*w", "L")
    assert_same_gradients(folded)


def test_a_group_that_reads_nothing_becomes_a_leaf() -> None:
    with group("made"):
        a = Value(2.0) * Value(3.0)
    x = Value(0.5, label="x")
    folded = fold(trace(a * x))
    assert [(node.kind, node.op) for node in folded.graph.nodes] == [("input", ""), ("input", ""), ("op", "mul")]
    assert_same_gradients(folded)
    Trace.from_json(folded.to_json())


def test_the_output_can_be_in_a_group() -> None:
    x = Value(0.5, label="x")
    with group("all"):
        y = x * x
        L = y * x
    folded = fold(trace(L))
    assert folded.names == ("x", "L")
    assert folded.gradients == {0: 0.75, 1: 1.0}


def test_the_derivative_of_an_output_in_a_group_is_not_told_by_itself() -> None:
    x = Value(2.0, label="x")
    with group("first"):
        h = [x * x, x * 3.0]
    with group("last"):
        L = h[0] * h[1]
    folded = fold(trace(L))
    words = Wording(folded)
    assert [words.product(frame).text for frame in folded.frames] == [
        "dL/dL = 1.0",
        "dL/dfirst = [6.0, 4.0]",
        "dL/dx = (dfirst/dx).T @ dL/dfirst = 36.0",
    ]
    assert [words.reason(frame) for frame in folded.frames[1:]] == [
        "L = last(first): the Jacobian, transposed, times the upstream gradient, and dL/dL is 1",
        "first = first(x): the Jacobian, transposed, times the upstream gradient",
    ]


def test_everything_that_is_done_with_a_trace_is_done_with_a_folded_one() -> None:
    folded = fold(trace(two_outputs()), vectors=False)
    words = Wording(folded)
    lines = [words.product(frame).text for frame in folded.frames]
    assert lines[0] == "dL/dL = 1.0"
    assert any(line.startswith("dL/dq += dL/ds * ds/dq = ") for line in lines)
    reasons = [words.reason(frame) for frame in folded.frames]
    assert any(reason.startswith("s = second(p, q), so ds/dp is ") for reason in reasons)
    assert "Trace of L" in repr(folded)
    again = Trace.from_json(folded.to_json())
    assert again.graph == folded.graph


@pytest.mark.parametrize("vectors", [True, False])
def test_folded_gradients_are_verified_on_the_whole_graph(vectors: bool) -> None:
    folded = fold(trace(two_outputs()), vectors=vectors)
    found = folded.check()
    assert {one.answer for one in found.nodes} == {"right"}
    numbers = {"first[0]", "first[1]"} if vectors else {"p", "q"}
    assert {one.name for one in found.nodes} == {"L", "x", "y", "s", "s*q"} | numbers
    # An entry that is read is verified where it is.
    assert [one.name for one in folded.check(["y", "q"]).nodes] == (
        ["y", "first[0]", "first[1]"] if vectors else ["y", "q"]
    )
    assert isclose(folded.nudge("x", 1e-6).slope, folded.gradients[0], rel_tol=1e-4)


def test_a_wrong_folded_gradient_is_caught() -> None:
    folded = fold(trace(two_outputs()), vectors=False)
    folded.gradients[0] += 0.5
    assert [one.name for one in folded.check().wrong] == ["x"]


def test_a_vector_cannot_be_nudged() -> None:
    with pytest.raises(SourceError, match="first is a vector; only a single number can be nudged"):
        fold(trace(two_outputs())).nudge("first")


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (["frist"], "the trace has no group 'frist'; did you mean first?"),
        (["xyz"], "the trace has no group 'xyz'; the groups are first and second"),
    ],
)
def test_unknown_groups_are_refused(groups: list[str], message: str) -> None:
    with pytest.raises(SourceError) as error:
        fold(trace(two_outputs()), groups)
    assert str(error.value) == message


def mlp(*layers: int) -> Trace:
    from tracer.nn import MLP

    L = MLP(3, layers, seed=1)([1.0, -2.0, 0.5])
    L.label = "L"
    return trace(L)


def shut(folded: Folded) -> list[str]:
    """The groups that are one node each, in order."""
    return [node.group for node in folded.graph.nodes if node.group]


@pytest.mark.parametrize("name", ["layer1/neuron2", "layer1.neuron2", "layer1/neuron2/", ".layer1.neuron2"])
def test_groups_are_named_with_slashes_or_dots(name: str) -> None:
    assert fold(mlp(2, 1), name).groups == ("layer1/neuron2",)


@pytest.mark.parametrize(
    ("groups", "unfold", "folded"),
    [
        (("all",), (), ["layer1", "layer2"]),
        ((1,), (), ["layer1", "layer2"]),
        (("2",), (), ["layer1/neuron1", "layer1/neuron2", "layer2/neuron1"]),
        (("layer1", 2), (), ["layer1", "layer2/neuron1"]),
        ((), "layer1", ["layer1/neuron1", "layer1/neuron2", "layer2"]),
        ((), "layer1.neuron2", ["layer1/neuron1", "layer2"]),
        (("layer1",), ["layer1/neuron2"], ["layer1/neuron1"]),
        (("layer1",), ["layer2"], ["layer1"]),
        ((), ["layer1", "layer2"], ["layer1/neuron1", "layer1/neuron2", "layer2/neuron1"]),
    ],
)
def test_groups_are_folded_and_unfolded_by_name_and_by_depth(
    groups: tuple[str | int, ...], unfold: str | list[str], folded: list[str]
) -> None:
    found = mlp(2, 1).fold(*groups, unfold=unfold)
    assert shut(found) == folded
    assert_same_gradients(found)


def test_the_second_call_of_a_function_is_named_with_a_plain_digit() -> None:
    def square(a: Value) -> Value:
        b = a * a
        return b * b

    def loss(a: Value) -> Value:
        return square(a) + square(a + 1.0)

    whole = trace(loss, a=2.0)
    assert set(groups_of(whole.graph)) >= {"square", "square₂"}
    assert shut(whole.fold("square2")) == ["square₂"]


def test_a_folded_trace_unfolds_what_is_asked_for() -> None:
    folded = mlp(2, 1).fold()
    assert shut(fold(folded, unfold="layer1")) == ["layer1/neuron1", "layer1/neuron2", "layer2"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("laier1", "the trace has no group 'laier1'; did you mean layer1?"),
        ("layer1.neuron3", "the trace has no group 'layer1.neuron3'; did you mean layer1/neuron2?"),
        (3, "the trace has no groups 3 deep; its groups are 1 to 2 deep"),
        ("0", "the trace has no groups 0 deep; its groups are 1 to 2 deep"),
    ],
)
def test_what_is_not_there_to_be_folded_is_named(wanted: str | int, message: str) -> None:
    with pytest.raises(SourceError) as error:
        mlp(2, 1).fold(wanted)
    assert str(error.value) == message
    if isinstance(wanted, str) and "layer" in wanted:
        with pytest.raises(SourceError, match="has no group"):
            mlp(2, 1).fold(unfold=wanted)


def test_a_trace_without_groups_says_how_to_make_one() -> None:
    a = Value(2.0, label="a")
    with pytest.raises(SourceError, match=r"no groups to fold; `with tracer\.group\('name'\):`"):
        trace(a * a).fold("all")


def test_a_long_call_names_a_few_of_its_operands() -> None:
    from tracer.wording import Wording

    folded = mlp(16, 1).fold(2)
    equation = Wording(folded).equation(folded.graph.output)
    assert equation == "L = layer2.neuron1(layer1.neuron1, layer1.neuron2, …, layer1.neuron16)"


def test_a_folded_trace_is_stored_with_its_groups() -> None:
    folded = mlp(2, 1).fold()
    again = Trace.from_json(folded.to_json())
    assert again.graph == folded.graph
    assert again.frames == folded.frames
    assert [node.group for node in again.graph.nodes] == ["", "", "", "layer1", "layer2"]


def test_folded_cards_lie_on_sheets_that_have_room() -> None:
    from tracer.drawing.measures import SHEET, SHEETS
    from tracer.drawing.moments import moments
    from tracer.drawing.scene import Painter
    from tracer.drawing.shapes import Rect
    from tracer.drawing.stage import Stage
    from tracer.drawing.theme import THEMES

    for style in ("light", "classic"):
        stage = Stage(mlp(2, 1).fold("layer1"), theme=THEMES[style])
        scene = Painter(stage).image(moments(stage.trace)[-1])
        cards = {part.key.partition(":")[2]: part for part in scene.parts if part.key.startswith("card:")}
        sheets = [part for part in scene.parts if part.key.startswith("sheets:")]
        [group] = [node.id for node in stage.trace.graph.nodes if node.group]
        assert [part.key for part in sheets] == [f"sheets:{group}"]
        front, lowest = cards[str(group)].shapes[0], sheets[0].shapes[0]
        assert isinstance(front, Rect)
        assert isinstance(lowest, Rect)
        assert lowest.x - front.x == pytest.approx(SHEETS * SHEET)
        assert lowest.y - front.y == pytest.approx(SHEETS * SHEET)
        assert lowest.x + lowest.width - front.x == pytest.approx(stage.layout.cards[group].width)
        keys = [part.key for part in scene.parts]
        assert keys.index(f"sheets:{group}") < keys.index(f"card:{group}")


def test_a_network_folded_by_layer_is_legible_in_a_blog_column() -> None:
    from tracer.drawing.measures import COLUMN, LEGIBLE, SMALL
    from tracer.drawing.stage import Stage
    from tracer.nn import MLP

    for network in (mlp(4, 4, 1), trace(MLP(2, [16, 16, 1], seed=1)([1.0, -2.0]))):
        stage = Stage(network.fold())
        assert SMALL * min(COLUMN / stage.width, 1.0) >= LEGIBLE
        assert not stage.advice
        wide = Stage(network, direction="LR")
        assert "--fold all" in wide.advice


@pytest.mark.parametrize("options", [{"fold": True}, {"fold": 1}, {"fold": ["layer1", "layer2"]}, {"unfold": "layer2"}])
def test_save_folds_first(tmp_path: Path, options: dict[str, Any]) -> None:
    network = mlp(2, 1)
    network.save(tmp_path / "L.json", **options)
    stored = Trace.from_json((tmp_path / "L.json").read_text())
    expected = ["layer1", "layer2"] if "fold" in options else ["layer1", "layer2/neuron1"]
    assert [node.group for node in stored.graph.nodes if node.group] == expected


def test_save_refuses_groups_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="did you mean layer1"):
        mlp(2, 1).save(tmp_path / "L.json", fold="laier1")
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_folded_is_refused() -> None:
    L = two_outputs()
    with recording(L) as by_hand:
        L.grad = 1.0
    with pytest.raises(SourceError, match="assigned by hand cannot be folded"):
        fold(by_hand)


@st.composite
def grouped(draw: st.DrawFn) -> tuple[Program, list[str]]:
    """A random program, and a group for each of its lines."""
    program = draw(programs())
    paths = st.sampled_from(["", "", "a", "a/b", "a/c", "d"])
    return program, draw(st.lists(paths, min_size=len(program.lines), max_size=len(program.lines)))


def with_scopes(graph: Graph, births: Iterable[int], path_of: dict[int, str]) -> Graph:
    from dataclasses import replace

    nodes = (replace(node, scope=path_of[born]) for node, born in zip(graph.nodes, births, strict=True))
    return Graph(tuple(nodes), graph.output)


@given(grouped(), st.booleans(), st.sampled_from([None, ["a"], ["d"], ["a/b"], ["a/c", "d"]]))
def test_folding_random_programs_changes_no_gradient(
    given_program: tuple[Program, list[str]], vectors: bool, chosen: list[str] | None
) -> None:
    program, paths = given_program
    values = program.build()
    found = trace(values[-1])
    reached: dict[int, str] = {}
    waiting, seen = [values[-1]], {values[-1]}
    by_value = dict(zip(values, paths, strict=True))
    while waiting:
        value = waiting.pop()
        reached[value._born] = by_value[value]
        fresh = set(value._inputs) - seen
        seen |= fresh
        waiting += fresh
    graph = with_scopes(found.graph, sorted(reached), reached)
    whole = Trace(lambda: graph)
    known = groups_of(graph)
    folded = fold(whole, None if chosen is None else [path for path in chosen if path in known], vectors=vectors)
    if not all(isfinite(gradient) for gradient in whole.gradients.values()):
        return
    size = max(map(abs, whole.gradients.values()))
    for node in folded.graph.nodes:
        if node.id in folded._condensed.entries or node.id not in folded.gradients:
            continue
        for gradient, origin in zip(entries(folded.gradients[node.id]), folded.origins[node.id], strict=True):
            right = whole.gradients.get(origin, 0.0)
            assert isclose(gradient, right, rel_tol=1e-9, abs_tol=1e-12 * (1 + size))
    # Whatever has a gradient and is shown keeps it.
    shown = {origin for origins in folded.origins for origin in origins}
    claimed = {origin for node in folded.gradients for origin in folded.origins[node]}
    assert {node for node in whole.gradients if node in shown} <= claimed
    assert_products_hold(folded)
