"""Names from variables: which ones are found, which one is chosen, and that none is ever made up."""

# ruff: noqa: S102, S307 (the code that is run here is the tests' own)

from __future__ import annotations

import ast
import gc
import subprocess
import sys
import weakref
from textwrap import dedent, indent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.naming_cases import ASKED, WATCHED, labels, op_labels
from tracer import Trace, Value, trace
from tracer.sources import searching, trace_value
from tracer.sources.watching import watching


@pytest.mark.parametrize("code", WATCHED)
def test_a_function_that_is_called_names_what_it_makes(code: str) -> None:
    body, expected = WATCHED[code]
    space: dict[str, Any] = {}
    exec(f"def f(a, b, c):\n{indent(body, '    ')}\n    return L", space)
    assert op_labels(trace(space["f"], 2.0, -3.0, 10.0)) == expected


@pytest.mark.parametrize("code", WATCHED)
def test_a_module_that_is_run_names_what_it_makes(code: str) -> None:
    body, expected = WATCHED[code]
    space: dict[str, Any] = {"Value": Value}
    with watching() as watch:
        exec(f"a = Value(2.0)\nb = Value(-3.0)\nc = Value(10.0)\n{body}", space)
    found = trace_value(space["L"], watch.naming([space]))
    other = ["h[0]", "e", "L"] if code == "walrus in a comprehension" else []  # its e is global, and seen late or not
    assert op_labels(found) in (expected, other)
    assert {node.label for node in found.graph.nodes if node.kind == "input"} <= {"a", "b", "c"}


@pytest.mark.parametrize("code", ASKED)
def test_a_value_that_is_traced_asks_variables(code: str) -> None:
    body, expected = ASKED[code]
    space: dict[str, Any] = {"Value": Value, "trace": trace}
    exec(f"{body}\nt = trace(L)", space)
    assert labels(space["t"]) == expected
    exec(f"def f():\n{indent(body, '    ')}\n    return trace(L)", space)
    assert labels(space["f"]()) == expected


def test_names_do_not_touch_the_values() -> None:
    a = Value(2.0)
    L = a * a
    assert labels(trace(L)) == ["a", "L"]
    assert (a.label, L.label) == ("", "")


def test_names_are_those_of_the_moment() -> None:
    a, b = Value(2.0), Value(3.0)
    h = [Value(4.0)]
    L = a * b + h[0]
    found = trace(L)
    a, b, h[0] = b, a, a
    assert labels(found) == ["a", "b", "h[0]", "", "L"]
    assert labels(trace(L)) == ["b", "a", "", "", "L"]


def test_rebound_names_are_told_apart_in_order_of_creation() -> None:
    def f(a: Value) -> Value:
        s = a * 2.0
        s = s + 1.0
        s = s * s
        return s.tanh()

    assert trace(f, 0.5).names == ("a", "2", "s", "1", "s₂", "s₃", "L")


def test_frames_come_in_the_order_of_the_names_that_were_found() -> None:
    a, b, c, f = Value(2.0), Value(-3.0), Value(10.0), Value(-2.0)
    e = a * b
    d = e + c
    L = d * f
    assert [frame.label for frame in trace(L).frames] == ["L", "d", "f", "c", "e", "a", "b"]


def test_locals_come_before_globals_and_hide_them() -> None:
    space: dict[str, Any] = {"Value": Value, "trace": trace}
    exec(
        dedent("""
        x = Value(2.0)
        y = Value(3.0)
        def f():
            y = x
            return trace(y * z)
        z = x * 1.0
        def g(z):
            return trace(x * y)
        """),
        space,
    )
    assert labels(space["f"]()) == ["y", "z", ""]
    assert labels(space["g"](None)) == ["x", "y", ""]


def test_a_comprehension_can_ask() -> None:
    a = Value(2.0)
    (found,) = [trace(L) for L in [a * a]]
    assert labels(found) == ["a", "L"]


def test_enclosing_functions_are_asked() -> None:
    a = Value(2.0)

    def inner() -> Trace:
        return trace(a * a)

    assert labels(inner()) == ["a", ""]


def test_self_is_the_last_name_to_take() -> None:
    class Net:
        def __init__(self) -> None:
            self.w = Value(2.0)
            self.b = Value(3.0)

        def traced(self, x: Value) -> Trace:
            b = self.b
            return trace(self.w * x + b)

    assert labels(Net().traced(Value(1.0))) == ["self.w", "b", "x", "", ""]


class Hostile:
    """Counts every piece of the user's code that looking at it would run."""

    ran: list[str] = []  # noqa: RUF012

    def __init__(self, held: object) -> None:
        self.__dict__["held"] = held

    def __getattribute__(self, name: str) -> Any:
        Hostile.ran.append(name)
        raise AssertionError(name)

    def _forbidden(self, *args: object) -> Any:
        Hostile.ran.append("special method")
        raise AssertionError

    __eq__ = __hash__ = __iter__ = __len__ = __bool__ = __repr__ = __getitem__ = _forbidden  # type: ignore[assignment]
    keys = values = items = property(_forbidden)
    surprise = property(_forbidden)


class HostileList(list):  # type: ignore[type-arg]
    __iter__ = __len__ = __getitem__ = __eq__ = Hostile._forbidden  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


class HostileDict(dict):  # type: ignore[type-arg]
    __iter__ = __len__ = __getitem__ = items = keys = Hostile._forbidden  # type: ignore[assignment]


class UnhashableKind(type):
    __hash__ = None  # type: ignore[assignment]

    def __eq__(cls, other: object) -> bool:
        raise AssertionError


def test_no_code_of_the_users_runs_to_find_names() -> None:
    class Odd(metaclass=UnhashableKind):
        pass

    a, b, c, d = (Value(float(number)) for number in range(4))
    L = a * b * c * d
    hostile = Hostile.__new__(Hostile)
    object.__getattribute__(hostile, "__dict__")["held"] = a
    odd = Odd()
    odd.held = d  # type: ignore[attr-defined]
    del a
    plain_list, plain_dict = HostileList(), HostileDict()
    list.append(plain_list, b)
    dict.__setitem__(plain_dict, "x", c)
    del b, c, d
    assert labels(trace(L))[:4] == ["hostile.held", "plain_list[0]", "plain_dict['x']", "odd.held"]

    def watched(x: Value) -> Value:
        things: list[object] = [hostile, plain_list, plain_dict, odd]
        things.append(x * x)
        y = x + 1.0
        return y * things[-1]  # type: ignore[operator]

    assert op_labels(trace(watched, 2.0)) == ["things[4]", "y", ""]
    assert Hostile.ran == []


def test_a_search_looks_at_a_limited_number_of_things(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []
    look_into = searching.look_into
    monkeypatch.setattr(searching, "look_into", lambda thing: looked.append(thing) or look_into(thing))
    data = [[[float(number)] for number in range(100)] for _ in range(1000)]
    w = [Value(2.0), Value(3.0)]
    found = trace(w[0] * w[1])
    assert labels(found) == ["w[0]", "w[1]", ""]
    assert len(looked) <= searching.MOST_LOOKED_AT + len(data)


def test_deep_structures_are_found_and_bottomless_ones_do_no_harm() -> None:
    class Part:
        pass

    net = Part()
    net.layers = [Part()]  # type: ignore[attr-defined]
    net.layers[0].neurons = [Part()]  # type: ignore[attr-defined]
    net.layers[0].neurons[0].w = [Value(2.0)]  # type: ignore[attr-defined]
    chain: list[Any] = []
    for _ in range(50):
        chain = [chain]
    bottom = chain
    while bottom[0]:
        bottom = bottom[0]
    bottom[0].append(Value(3.0))
    found = trace(net.layers[0].neurons[0].w[0] * bottom[0][0])  # type: ignore[attr-defined]
    del bottom
    assert labels(found)[0] == "net.layers[0].neurons[0].w[0]"


def test_a_trace_keeps_the_users_things_no_longer_than_it_needs_them() -> None:
    class Data:
        pass

    def traced() -> tuple[Trace, weakref.ref[Data]]:
        data = Data()
        rows = [data]
        a = Value(2.0)
        assert rows[0] is data
        return trace(a * a), weakref.ref(data)

    found, data = traced()
    assert labels(found) == ["a", ""]
    gc.collect()
    assert data() is None


def test_code_without_source_has_names() -> None:
    code = "from tracer import Value, trace; a = Value(2.0); b = a*a; print(trace(b).names)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "('a', 'b')\n"


# No name is made up: every one is a path that held the Value.

PATHS = ["p", "q", "h[0]", "h[1]", "d['x']", "n.k", "n.m.k"]


@st.composite
def statements(draw: st.DrawFn) -> list[str]:
    """Lines of a program in which paths are bound and bound anew, in all kinds of ways."""
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        one, other, left, right = (draw(st.sampled_from(PATHS)) for _ in range(4))
        op = draw(st.sampled_from("+*-"))
        lines.append(
            draw(
                st.sampled_from(
                    [
                        f"{one} = {left} {op} {right}",
                        f"{one} = {other} = {left} {op} {right}",
                        f"{one}, {other} = {left} {op} {right}, {right} * {left}",
                        f"{one}, {other} = {other}, {one}",
                        f"{one} {op}= {left}",
                        f"{one} = {left}",
                        f"{one} = f({left}, {right})",
                        f"h[:] = [{left}, {right} {op} {left}]",
                        f"h = [w * {left} for w in ({left}, {right})]",
                        f"for p in ({left}, {right}): q = p {op} {left}",
                        f"{one} = (q := {left} {op} {right}) * q",
                        f"n.m, {one} = Part({left} * {right}), {left}",
                    ]
                )
            )
        )
    return lines


class Part:
    def __init__(self, k: Value) -> None:
        self.k = k


def helper(x: Value, y: Value) -> Value:
    t = x * y
    x = t + y
    return x  # noqa: RET504 (what is to be seen is that x was bound)


START = """
p, q = Value(0.5), Value(-0.25)
h = [Value(1.5), Value(0.125)]
d = {'x': Value(-1.0)}
n = Part(Value(2.0))
n.m = Part(Value(3.0))
"""


def paths_held(lines: list[str]) -> tuple[list[set[str]], Value]:
    """For each Value in the order of creation the paths that ever held it, by running line by line; and the last p."""
    held: dict[int, set[str]] = {}
    kept: list[Value] = []

    def look(space: dict[str, Any], paths: list[str]) -> None:
        for path in paths:
            value = eval(path, space)
            kept.append(value)
            held.setdefault(value._born, set()).add(path)

    def recorded(x: Value, y: Value) -> Value:
        t = x * y
        z = t + y
        look({"t": t, "x": z}, ["t", "x"])
        return z

    space: dict[str, Any] = {"Value": Value, "Part": Part, "f": recorded}
    exec(START, space)
    look(space, PATHS)
    for line in lines:
        for piece in pieces(line):
            exec(piece, space)
            look(space, PATHS)
    return [held.get(value._born, set()) for value in lineage(space["p"])], space["p"]


def pieces(line: str) -> list[str]:
    """A loop as the statements it stands for, because every round counts."""
    (statement,) = ast.parse(line).body
    if not isinstance(statement, ast.For):
        return [line]
    rounds = statement.iter.elts  # type: ignore[attr-defined]
    first, second = (ast.unparse(one) for one in rounds)
    body = ast.unparse(statement.body[0])
    return [f"first, second = {first}, {second}", "p = first", body, "p = second", body]


def lineage(output: Value) -> list[Value]:
    found, waiting = {output}, [output]
    while waiting:
        fresh = set(waiting.pop()._inputs) - found
        found |= fresh
        waiting += fresh
    return sorted(found, key=lambda value: value._born)


@given(statements())
def test_every_name_is_a_path_that_held_the_value(lines: list[str]) -> None:
    held, _ = paths_held(lines)
    body = indent("\n".join([START, *lines]), "    ")
    space: dict[str, Any] = {"Value": Value, "Part": Part, "f": helper}
    exec(f"def g():\n{body}\n    return p", space)
    found = trace(space["g"])
    assert len(found.graph) == len(held)
    for node, paths in zip(found.graph.nodes, held, strict=True):
        assert not node.label or node.label in paths
    # And what still holds it in the end, or was its only name, is not overlooked.
    for node, paths in zip(found.graph.nodes, held, strict=True):
        assert node.label or not paths & set(PATHS)


@given(statements())
def test_every_name_from_variables_is_a_path_that_holds_the_value(lines: list[str]) -> None:
    space: dict[str, Any] = {"Value": Value, "Part": Part, "f": helper, "trace": trace}
    exec("\n".join([START, *lines, "t = trace(p)"]), space)
    del space["__builtins__"]
    for node, value in zip(space["t"].graph.nodes, lineage(space["p"]), strict=True):
        holding = {path for path in PATHS if eval(path, space) is value}
        assert node.label in holding if holding else not node.label
