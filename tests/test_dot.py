"""draw_dot: the lecture's picture of what is there, whatever the labels contain."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import graphviz
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.strategies import outputs
from tracer import draw_dot, trace
from tracer.errors import CycleError, LayoutError, SourceError, StaleValueError
from tracer.formatting import visible
from tracer.graph import Graph, Node
from tracer.sources.values import as_it_stands
from tracer.tracing import Trace
from tracer.value import Value

SVG = "{http://www.w3.org/2000/svg}"


def lecture() -> Value:
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10, label="c")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    f = Value(-2.0, label="f")
    L = d * f
    L.label = "L"
    return L


def records(dot: graphviz.Digraph) -> list[str]:
    """The labels of the records as they are written in the DOT."""
    return re.findall(r'label="(\{.*\})" shape=record', dot.source)


def shown(dot: graphviz.Digraph) -> list[list[str]]:
    """The lines of text of each node, as they stand in the picture."""
    picture = ET.fromstring(dot.pipe("svg"))  # noqa: S314 (ours)
    nodes = [group for group in picture.iter(f"{SVG}g") if group.get("class") == "node"]
    return [
        [(line.text or "").replace("\N{NO-BREAK SPACE}", " ") for line in node.iter(f"{SVG}text")] for node in nodes
    ]


# The lecture's picture


def test_values_are_records_and_ops_small_nodes_from_left_to_right() -> None:
    dot = draw_dot(lecture())
    assert isinstance(dot, graphviz.Digraph)
    assert dot.format == "svg"
    assert dot.graph_attr == {"rankdir": "LR"}
    assert records(dot) == [
        "{ a | data 2.0000 | grad 0.0000 }",
        "{ b | data -3.0000 | grad 0.0000 }",
        "{ c | data 10.0000 | grad 0.0000 }",
        "{ e | data -6.0000 | grad 0.0000 }",
        "{ d | data 4.0000 | grad 0.0000 }",
        "{ f | data -2.0000 | grad 0.0000 }",
        "{ L | data -8.0000 | grad 0.0000 }",
    ]
    assert [text for (text, *more) in shown(dot) if not more] == ["*", "+", "*"]


def test_every_input_leads_to_its_op_and_every_op_to_its_value() -> None:
    edges = re.findall(r"(\w+) -> (\w+)", draw_dot(lecture()).source)
    assert edges == [
        ("op3", "value3"), ("value0", "op3"), ("value1", "op3"),
        ("op4", "value4"), ("value3", "op4"), ("value2", "op4"),
        ("op6", "value6"), ("value4", "op6"), ("value5", "op6"),
    ]  # fmt: skip


def test_a_value_used_twice_has_two_edges() -> None:
    a = Value(3.0, label="a")
    assert draw_dot(a + a).source.count("value0 -> op1") == 2


@pytest.mark.parametrize("direction", ["TB", "RL", "BT"])
def test_it_runs_where_it_is_told_to(direction: str) -> None:
    assert draw_dot(lecture(), rankdir=direction).graph_attr == {"rankdir": direction}


def test_another_format_can_be_asked_for() -> None:
    assert draw_dot(lecture(), format="png").format == "png"


def test_what_has_no_label_is_named_by_what_made_it() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    assert records(draw_dot((a * b + 1).tanh())) == [
        "{ a | data 2.0000 | grad 0.0000 }",
        "{ b | data -3.0000 | grad 0.0000 }",
        "{ a*b | data -6.0000 | grad 0.0000 }",
        "{ 1 | data 1.0000 | grad 0.0000 }",
        "{ a*b + 1 | data -5.0000 | grad 0.0000 }",
        "{ L | data -0.9999 | grad 0.0000 }",
    ]


def test_a_tiny_number_is_not_shown_as_zero() -> None:
    assert "data 1.000e-9 " in draw_dot(Value(1e-9, label="a")).source


def test_it_is_the_same_in_every_process() -> None:
    script = "from tests.test_dot import lecture; from tracer import draw_dot; print(draw_dot(lecture()).source)"
    told = set()
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
        told.add(done.stdout.rstrip("\n"))
    assert told == {draw_dot(lecture()).source.rstrip("\n")}


# Gradients are shown and left alone


def gradients(output: Value) -> tuple[float, ...]:
    return as_it_stands(output)[1]


def test_drawing_does_not_run_the_backward_pass() -> None:
    L = lecture()
    draw_dot(L)
    assert set(gradients(L)) == {0.0}


def test_drawing_keeps_gradients() -> None:
    L = lecture()
    L.backward()
    before = gradients(L)
    assert "{ a | data 2.0000 | grad 6.0000 }" in records(draw_dot(L))
    assert gradients(L) == before == (6.0, -4.0, -2.0, -2.0, -2.0, 4.0, 1.0)


def test_gradients_set_by_hand_are_shown() -> None:
    a = Value(2.0, label="a")
    L = a * a
    a.grad = 42
    assert records(draw_dot(L))[0] == "{ a | data 2.0000 | grad 42.0000 }"


def test_of_a_trace_the_final_gradients_are_shown() -> None:
    a = Value(3.0, label="a")
    traced = trace(a + a)
    a.grad = 0.0
    assert records(draw_dot(traced)) == ["{ a | data 3.0000 | grad 2.0000 }", "{ L | data 6.0000 | grad 1.0000 }"]


@given(outputs())
def test_a_value_and_its_trace_show_the_same_figures_after_the_backward_pass(output: Value) -> None:
    traced = trace(output)
    for node, of_value, of_trace in zip(traced.graph.nodes, shown_records(output), shown_records(traced), strict=True):
        if node.kind != "constant":  # backward() gives literals a gradient as well, a trace does not
            assert of_value == of_trace


def shown_records(source: Value | Trace) -> list[str]:
    """What the records of a picture show after their labels."""
    return [re.sub(r".* \| data", "data", record) for record in records(draw_dot(source))]


def test_of_a_graph_no_gradients_are_shown() -> None:
    graph = Graph((Node(0, "input", "", "a", 1.0), Node(1, "op", "a <b> & \\N", "y", 2.0, (0,), (1.0,))), 1)
    dot = draw_dot(graph)
    assert records(dot) == ["{ a | data 1.0000 | grad 0.0000 }", "{ y | data 2.0000 | grad 0.0000 }"]
    assert ["a <b> & \\N"] in shown(dot)


# Labels

ODD = [
    "a|b", "{x}", "x}", "<b>bold</b>", "<p>", "<<x>>", "a\\nb", "\\N", "\\G\\L", "x\\", "\\\\", "\\|", "\\ ", '"',
    '\\"', "q\"q'", "  two  spaces ", "&amp; &lt; &#65;", "日本 é ∂ 😀", "[1]", "%s", "]; evil [label=x", "a:b",
    "node", "-1.5", "a\nb", "\t", "a\x00b", "\x1b[31m", "\ud800", "\u202e", "x" * 500,
]  # fmt: skip


@pytest.mark.parametrize("label", ODD)
def test_odd_labels_are_shown_as_they_are(label: str) -> None:
    assert shown(draw_dot(Value(1.5, label=label))) == [[visible(label), "data 1.5000", "grad 0.0000"]]


def test_a_label_of_which_nothing_can_be_seen_is_none() -> None:
    assert shown(draw_dot(Value(1.5, label=" \u3000"))) == [["L", "data 1.5000", "grad 0.0000"]]


@given(st.text(st.characters(exclude_categories=["Cn", "Zs"]), min_size=1, max_size=12), st.integers(0, 3))
@example("\\", 1)
def test_any_label_is_shown_as_it_is(label: str, spaces: int) -> None:
    label = " " * spaces + label + " " * spaces + label
    assert shown(draw_dot(Value(1.5, label=label))) == [[visible(label), "data 1.5000", "grad 0.0000"]]


# Showing it without an installed Graphviz


def test_a_notebook_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    bundle = draw_dot(lecture())._repr_mimebundle_()
    assert "data &#45;8.0000" in bundle["image/svg+xml"]


def test_it_can_be_written_to_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    written = draw_dot(lecture()).render("picture", directory=tmp_path, cleanup=True)
    assert Path(written) == tmp_path / "picture.svg"
    assert "data &#45;8.0000" in Path(written).read_text()
    assert os.listdir(tmp_path) == ["picture.svg"]
    draw_dot(lecture()).render(tmp_path / "other", format="dot")
    assert sorted(os.listdir(tmp_path)) == ["other", "other.dot", "picture.svg"]


def test_what_only_an_installed_graphviz_can_draw_needs_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(graphviz.ExecutableNotFound):
        draw_dot(lecture(), format="png").pipe()
    with pytest.raises(graphviz.ExecutableNotFound):
        draw_dot(lecture()).render(tmp_path / "x", format="png")
    with pytest.raises(graphviz.ExecutableNotFound):
        draw_dot(lecture()).pipe(renderer="cairo", formatter="cairo")


# Refusing


@pytest.mark.parametrize("wrong", [None, 3.0, "a*b", [Value(1)]])
def test_what_is_no_computation_is_refused(wrong: object) -> None:
    with pytest.raises(SourceError, match=f"a Value, a Trace or a Graph, but was given {type(wrong).__name__}"):
        draw_dot(wrong)  # type: ignore[arg-type]


def test_an_unknown_direction_is_refused_with_the_choices() -> None:
    with pytest.raises(LayoutError, match="'lr'; there are LR, TB, RL, BT"):
        draw_dot(lecture(), rankdir="lr")


def test_a_stale_value_is_refused() -> None:
    a = Value(2.0, label="a")
    L = a * a
    a.data = 5
    with pytest.raises(StaleValueError, match="compute it again"):
        draw_dot(L)


def test_a_circle_is_refused() -> None:
    a = Value(2.0, label="a")
    b = a * a
    c = b * b
    b._a = c
    with pytest.raises(CycleError):
        draw_dot(c)


def test_a_very_deep_computation_is_drawn() -> None:
    value = Value(0.5)
    for _ in range(20_000):
        value = -value
    assert len(records(draw_dot(value))) == 20_001


def test_values_without_a_label_are_named_by_the_callers_variables() -> None:
    w, kept = Value(2.0), {"b": Value(3.0, label="β"), "c": Value(1.0)}
    e = w * kept["b"]
    text = draw_dot(e + kept["c"]).source
    for name in ("{ w |", "{ β |", "{ e |", "{ kept['c'] |"):
        assert name in text
    assert not w.label
