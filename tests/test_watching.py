"""Following code as it runs: when that begins and ends, and what it may cost."""

# ruff: noqa: S102 (the code that is run here is the tests' own)

from __future__ import annotations

import gc
import sys
import threading
from typing import Any

import pytest

from tests.naming_cases import labels, op_labels
from tracer import Trace, Value, trace
from tracer.sources import watching as watching_module
from tracer.sources.watching import current_watch, watching


def test_watching_ends_and_gives_way_to_a_debugger() -> None:
    events: list[str] = []

    def debugger(frame: object, event: str, arg: object) -> Any:
        events.append(event)
        return debugger

    def f(x: Value) -> Value:
        y = x * x
        return y + 1.0

    before = sys.gettrace()
    sys.settrace(debugger)
    try:
        found = trace(f, 2.0)
        assert sys.gettrace() is debugger
    finally:
        sys.settrace(before)
    assert "line" in events
    assert op_labels(found) == ["", ""]
    assert op_labels(trace(f, 2.0)) == ["y", ""]


def test_a_debugger_that_is_started_meanwhile_goes_on() -> None:
    def debugger(frame: object, event: str, arg: object) -> Any:
        return debugger

    def f(x: Value) -> Value:
        sys.settrace(debugger)
        return x * x

    try:
        trace(f, 2.0)
        assert sys.gettrace() is debugger
    finally:
        sys.settrace(None)


def test_a_function_can_be_traced_while_another_is_watched() -> None:
    def inner(x: Value) -> Value:
        y = x * x
        return y + 1.0

    inside: list[Trace] = []

    def outer(a: Value) -> Value:
        s = a * 2.0
        inside.append(trace(inner, 3.0))
        inside.append(trace(s))
        s = s + 1.0
        return s * s

    assert op_labels(trace(outer, 2.0)) == ["s", "s", ""]
    assert op_labels(inside[0]) == ["y", ""]
    assert labels(inside[1]) == ["a", "s"]


def test_a_script_that_traces_by_itself_has_names_for_what_is_gone() -> None:
    space: dict[str, Any] = {"Value": Value, "trace": trace}
    with watching():
        exec("a = Value(2.0)\ns = a*a\ns = s*a\nL = s + a\nt = trace(L)", space)
    assert labels(space["t"]) == ["a", "s", "s", "L"]


def test_other_threads_are_not_watched() -> None:
    results: list[Value] = []

    def work() -> None:
        y = Value(2.0) * Value(3.0)
        assert current_watch() is None
        results.append(y + 1.0)

    def f(x: Value) -> Value:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        z = x * results[0]
        return z + 1.0

    assert labels(trace(f, 2.0))[-2:] == ["z", ""]


def test_watching_gives_up_after_many_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching_module, "MOST_EVENTS", 20)

    def f(x: Value) -> Value:
        y = x * x
        for _ in range(100):
            pass
        z = y + 1.0
        return z * z

    assert op_labels(trace(f, 2.0)) == ["y", "", ""]
    assert sys.gettrace() is None


def test_functions_that_make_nothing_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching_module, "MOST_IDLE_CALLS", 10)

    def idle() -> None:
        pass

    def f(x: Value) -> Value:
        for _ in range(1000):
            idle()
        y = x * x
        return y + 1.0

    with watching() as watch:
        f(Value(2.0))
    assert watch._events < 2100  # two lines a round, and not three more for the call


def test_only_so_many_names_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching_module, "MOST_NAMES", 10)

    def f(x: Value) -> Value:
        for _ in range(30):
            x = x * 1.0
        return x

    with watching() as watch:
        f(Value(2.0))
    assert len(watch._places) <= 10


def test_watching_keeps_no_value_alive() -> None:
    def f(x: Value) -> float:
        y = x * x
        z = y * y
        return z.data

    gc.collect()
    with watching() as watch:
        f(Value(2.0))
        f(Value(3.0))
    before = sum(type(thing) is Value for thing in gc.get_objects())
    watch.around.clear()
    gc.collect()
    assert sum(type(thing) is Value for thing in gc.get_objects()) <= before
    assert not any(isinstance(thing, Value) for thing in gc.get_referents(watch._places))
