"""Functions as sources: their arguments become Values, and what they return is traced."""

# ruff: noqa: S102 (the code that is run here is the tests' own)

from __future__ import annotations

import asyncio
import functools
import math
import operator
import sys
from collections import namedtuple
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.naming_cases import labels
from tracer import SourceError, StaleValueError, Value, trace


def names_of(function: Callable[..., object], *args: object, **kwargs: object) -> dict[str, float]:
    found = trace(function, *args, **kwargs)
    return {node.label: node.value for node in found.graph.nodes if node.kind == "input"}


Point = namedtuple("Point", "x y")


def test_numbers_become_values_that_are_labelled_by_their_parameter() -> None:
    def f(a: Any, *rest: Any, b: Any = 2, **more: Any) -> Any:
        return a[0] * a[1]["k"][0] + rest[0] * b + rest[1].x * more["c"]

    given = [1.0, {"k": (2,), "other": "text"}]
    expected = {"a[0]": 1.0, "a[1]['k'][0]": 2.0, "rest[0]": 3.0, "rest[1].x": 4.0, "b": 2.0, "c": 5.0}
    assert names_of(f, given, 3.0, Point(4.0, 0.0), c=5.0) == expected
    assert given == [1.0, {"k": (2,), "other": "text"}]
    assert names_of(f, given, 3.0, Point(4.0, 0.0), b=7.0, c=5.0)["b"] == 7.0


def test_switches_counts_and_the_rest_stay_as_they_are() -> None:
    def f(x: Any, n: int, m: int = 2, flag: bool = True, also=False, word: str = "x", nothing: None = None) -> Any:
        assert type(n) is int
        assert type(m) is int
        assert (flag, also, word, nothing) == (True, False, "x", None)
        return functools.reduce(operator.mul, [x] * (n + m))

    assert trace(f, 2.0, 1).graph[-1].value == 8.0


def test_values_that_are_given_stay_the_users() -> None:
    w, labelled = Value(3.0), Value(4.0, label="mine")

    def f(weight: Value, other: Value) -> Value:
        weight = weight * other
        return weight * 2.0

    found = trace(f, w, labelled)
    assert labels(found) == ["weight", "mine", "weight", ""]
    assert found.names == ("weight", "mine", "weight₂", "2", "L")
    assert (w.grad, w.label) == (8.0, "")


def test_what_a_function_uses_from_outside_has_names_too() -> None:
    bias = Value(1.0)
    space: dict[str, Any] = {"w": [Value(3.0)], "bias": bias}
    exec("def f(x):\n    return x*w[0] + bias", space)
    assert labels(trace(space["f"], 2.0))[:3] == ["bias", "w[0]", "x"]
    assert labels(trace(lambda x: x * bias, 2.0)) == ["bias", "x", ""]


def test_objects_and_methods_can_be_called() -> None:
    class Net:
        def __init__(self) -> None:
            self.w = Value(2.0)

        def __call__(self, x: Value) -> Value:
            h = self.w * x
            return h.tanh()

    net = Net()
    assert labels(trace(net, 0.5)) == ["net.w", "x", "h", ""]
    assert labels(trace(net.__call__, 0.5)) == ["net.w", "x", "h", ""]
    assert labels(trace(functools.partial(net, x=0.5)))[1:] == ["x", "h", ""]
    assert labels(trace(lambda m, x: m(x), net, 0.5))[0] == "m.w"


@pytest.mark.parametrize(
    ("function", "args", "message"),
    [
        (lambda x: x.data, (2.0,), "<lambda>() has to return the Value to start from, but returned a float"),
        (lambda x: None, (2.0,), "<lambda>() has to return the Value to start from, but returned None"),
        (lambda x: [x], (2.0,), "<lambda>() has to return the Value to start from, but returned a list"),
        (lambda x: x, (), "<lambda>() cannot be called like this: missing a required argument: 'x'"),
        (lambda x: x, (1.0, 2.0), "<lambda>() cannot be called like this: too many positional arguments"),
        (3.0, (), "trace() takes a Value or a function that returns one, but was given a float"),
        (None, (), "trace() takes a Value or a function that returns one, but was given None"),
        (Value(2.0), (3.0,), "a Value has its own numbers, so trace() takes no arguments for it"),
    ],
)
def test_what_cannot_be_traced_is_said_in_one_line(function: Any, args: tuple[object, ...], message: str) -> None:
    with pytest.raises(SourceError) as error:
        trace(function, *args)
    assert str(error.value) == message


async def later(a: Value) -> Value:
    return a * a


class Later:
    async def __call__(self, a: Value) -> Value:
        return a * a


async def several(a: Value) -> AsyncIterator[Value]:
    yield a * a


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (later, "later()"),
        (Later(), "Later()"),
        (several, "several()"),
        (functools.partial(later), "partial()"),
        (lambda a: later(a), "<lambda>()"),
    ],
)
def test_a_function_that_computes_later_is_refused_without_a_warning(
    function: Any, name: str, recwarn: pytest.WarningsRecorder
) -> None:
    with pytest.raises(SourceError) as error:
        trace(function, 2.0)
    assert str(error.value) == f"{name} is async and has computed nothing yet; write it with def instead of async def"
    del error
    assert not recwarn.list


def test_a_function_that_waits_for_others_is_traced() -> None:
    @functools.wraps(later)
    def now(a: Value) -> Value:
        return asyncio.run(later(a))

    assert trace(now, 3.0).graph[-1].value == 9.0


def test_an_error_in_the_function_is_its_own_and_ends_the_watching() -> None:
    def f(x: Value) -> Value:
        return math.exp(x)  # type: ignore[arg-type, return-value]

    with pytest.raises(TypeError, match="a Value is no plain number"):
        trace(f, 2.0)
    assert sys.gettrace() is None


def test_a_stale_value_is_refused_in_functions_too() -> None:
    def f(x: Value) -> Value:
        y = x * x
        x.data = 5.0
        return y

    with pytest.raises(StaleValueError, match=r"holds 4\.0"):
        trace(f, 2.0)
