"""Groups: which Values belong to them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tracer import SourceError, Trace, Value, group, trace
from tracer import grouping as grouping_module
from tracer.grouping import Span, current_path, scopes, spans_since
from tracer.sources.watching import watching


def scope_of(found: Trace) -> dict[str, str]:
    """The scope of each node, by its name."""
    return {found.names[node.id]: node.scope for node in found.graph.nodes if node.kind != "constant"}


# What belongs to which group.


def test_values_belong_to_the_group_in_which_they_are_made() -> None:
    a = Value(2.0)
    with group("outer"):
        b = a * a
        with group("inner"):
            c = b + 1.0
            w = Value(3.0)
        d = c * w
    L = d.tanh()
    assert scope_of(trace(L)) == {
        "a": "", "b": "outer", "c": "outer/inner", "w": "outer/inner", "d": "outer", "L": ""
    }  # fmt: skip


def test_leaves_belong_to_the_group_in_which_they_were_made_long_ago() -> None:
    with group("inputs"):
        a = Value(2.0)
    b = Value(3.0)
    with group("other"):
        pass
    L = a * b
    assert scope_of(trace(L)) == {"a": "inputs", "b": "", "L": ""}


def test_a_group_can_be_opened_again() -> None:
    a = Value(2.0)
    for _ in range(2):
        with group("one"):
            a = a * a
    again = group("kept")
    with again:
        b = a + 1.0
        with again:
            c = b * a
        with group("inside"), again:
            d = c * a
    assert set(scope_of(trace(a)).values()) == {"", "one"}
    assert [node.scope for node in trace(d).graph.nodes if node.kind == "op"] == ["one", "one", *["kept"] * 3]


def test_a_path_names_a_group_inside_a_group() -> None:
    with group("encoder"), group("layer1/neuron2"):
        assert current_path() == "encoder/layer1/neuron2"
    assert current_path() == ""


@pytest.mark.parametrize("name", ["", " ", "a//b", "/a", None, 3])
def test_a_group_needs_a_name(name: Any) -> None:
    with pytest.raises(SourceError, match="a group needs a name, such as group"):
        group(name)


def test_a_group_that_fails_is_closed() -> None:
    with pytest.raises(KeyError), group("broken"):
        raise KeyError
    assert current_path() == ""
    a = Value(2.0)
    assert scope_of(trace(a * a)) == {"a": "", "L": ""}


def test_tracing_inside_an_open_group() -> None:
    with group("open"):
        a = Value(2.0)
        assert scope_of(trace(a * a)) == {"a": "open", "L": "open"}


def test_what_a_generator_leaves_open_does_not_close_another_group() -> None:
    def values() -> Iterator[Value]:
        with group("generator"):
            yield Value(1.0)
            yield Value(2.0)

    running = values()
    a = next(running)
    with group("other"):
        b = next(running)
        assert list(running) == []
        c = b * a
        assert current_path() == "generator/other"  # opened while that was open
    assert current_path() == ""
    assert scope_of(trace(c))["c"] == "generator/other"


def test_each_thread_has_its_own_groups() -> None:
    ready, done = threading.Event(), threading.Event()

    def work() -> None:
        with group("elsewhere"):
            ready.set()
            done.wait(10)

    with group("before"):
        pass
    thread = threading.Thread(target=work)
    thread.start()
    ready.wait(10)
    a = Value(2.0)
    b = a * a
    assert current_path() == ""
    done.set()
    thread.join()
    assert scope_of(trace(b)) == {"a": "", "b": ""}


def test_groups_cost_nothing_while_none_is_open_and_leave_little_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping_module, "MOST_SPANS", 50)
    for _ in range(500):
        with group("many"):
            pass
    assert len(grouping_module._here.closed) < 2 * 50
    assert "_scope" not in Value.__slots__
    before = len(grouping_module._here.closed)
    Value(2.0) * Value(3.0)
    assert len(grouping_module._here.closed) == before


def test_old_groups_are_not_asked() -> None:
    with group("old"):
        Value(1.0)
    a = Value(2.0)
    L = a * a
    assert spans_since(L._born) == []


def test_as_it_stands_a_stored_trace_keeps_its_groups() -> None:
    with group("stored"):
        a = Value(2.0, label="a")
        L = a * a
    again = Trace.from_json(trace(L).to_json())
    assert [node.scope for node in again.graph.nodes] == ["stored", "stored"]


# Calls of functions.


def test_calls_of_functions_form_groups_that_are_told_apart() -> None:
    def neuron(w: Value, x: Value) -> Value:
        s = w * x
        return s.tanh()

    def layer(x: Value) -> Value:
        return neuron(Value(0.5), x) * neuron(Value(0.25), x)

    def single(x: Value) -> Value:
        return x * 2.0

    def f(x: Value) -> Value:
        y = layer(single(x))
        return layer(y) + 1.0

    found = [node.scope for node in trace(f, 2.0).graph.nodes if node.kind == "op"]
    one = ["layer/neuron"] * 2 + ["layer/neuron₂"] * 2 + ["layer"]
    assert found == ["", *one, *(scope.replace("layer", "layer₂", 1) for scope in one), ""]


def test_calls_that_are_no_plain_functions_form_no_groups() -> None:
    class Net:
        def __init__(self, x: Value) -> None:
            self.y = x * x
            self.z = self.y * x

        def __call__(self) -> Value:
            w = self.z * self.y
            return w + 1.0

        def method(self) -> Value:
            w = self.z * self.y
            return w + 2.0

    def numbers(x: Value) -> Iterator[Value]:
        yield x * x
        yield x + x

    def f(x: Value) -> Value:
        net = Net(x)
        p = sum(numbers(x), x)
        q = sum([(lambda v: v * v + v)(x) for _ in range(2)], x)
        return net() * net.method() * p * q

    scopes_found = {node.scope for node in trace(f, 2.0).graph.nodes}
    assert scopes_found == {"", "Net", "method"}


def test_calls_inside_a_group_belong_to_it() -> None:
    def head(x: Value) -> Value:
        y = x * x
        return y + x

    def f(x: Value) -> Value:
        with group("net"):
            z = head(x)
        return z * z

    assert [node.scope for node in trace(f, 2.0).graph.nodes] == ["", "net/head", "net/head", ""]


def test_a_group_inside_a_call_keeps_its_own_path() -> None:
    kept = group("layer1")

    def f(x: Value) -> Value:
        def inner() -> Value:
            y = x * x
            with kept:
                z = y * x
            return z + y

        return inner() * x

    assert [node.scope for node in trace(f, 2.0).graph.nodes] == ["", "inner", "layer1", "inner", ""]


def test_scopes_nest_by_time() -> None:
    spans = [Span(0, 100, "a"), Span(10, 20, "a/b"), Span(30, 60, "f", call=True), Span(31, 40, "g", call=True)]
    spans += [Span(50, 59, "g", call=True), Span(70, 71, "h", call=True)]
    births = [5, 15, 25, 32, 33, 45, 51, 52, 65, 70, 99, 101]
    found = dict(zip(births, scopes(births, births, spans), strict=True))
    assert found == {
        5: "a", 15: "a/b", 25: "a", 32: "a/f/g", 33: "a/f/g", 45: "a/f", 51: "a/f/g₂", 52: "a/f/g₂",
        65: "a", 70: "a", 99: "a", 101: "",
    }  # fmt: skip


def test_functions_in_a_script_form_groups_too() -> None:
    space: dict[str, Any] = {"Value": Value}
    with watching() as watch:
        exec("def f(x):\n    y = x*x\n    return y + x\nL = f(Value(2.0))", space)  # noqa: S102 (the test's own)
    from tracer.sources import trace_value

    assert [node.scope for node in trace_value(space["L"], watch.naming([space])).graph.nodes] == ["", "f", "f"]
