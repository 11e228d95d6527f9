"""Names for things of other libraries, from the variables that hold them."""

from __future__ import annotations

import sys
from functools import partial, wraps
from types import SimpleNamespace
from typing import Any

import pytest

from tracer.errors import SourceError
from tracer.sources.closures import closure_of, refuse_call, takes, variables_of
from tracer.sources.reaching import holds, mentions, uses
from tracer.sources.sightings import Sightings, held


class Thing:
    """Something that is to have a name."""


def is_thing(found: object) -> bool:
    return isinstance(found, Thing)


def names(around: list[dict[str, Any]]) -> dict[int, str]:
    return {id(one.thing): one.path for one in held(around, is_thing)}


def seen(function: Any, *args: Any) -> tuple[Any, dict[int, str]]:
    """What a function returns, and the names of the things that its variables were seen to hold."""
    sightings = Sightings(is_thing)
    with sightings.looking_on():
        result = function(*args)
    return result, {id(one.thing): one.path for one in sightings.all}


# Asked


def test_what_variables_hold() -> None:
    a, b, c, d = Thing(), Thing(), Thing(), Thing()
    found = names([{"a": a, "items": [1, b], "table": {"key": c}, "box": SimpleNamespace(inner=[d])}])
    assert found == {id(a): "a", id(b): "items[1]", id(c): "table['key']", id(d): "box.inner[0]"}


def test_the_best_path_wins() -> None:
    thing = Thing()
    assert names([{"items": [thing], "thing": thing}]) == {id(thing): "thing"}
    assert names([{"self": SimpleNamespace(x=thing), "items": [thing]}]) == {id(thing): "items[0]"}
    assert names([{"near": thing}, {"far": thing}]) == {id(thing): "near"}
    assert names([{"x": 1}, {"x": thing, "y": thing}]) == {id(thing): "y"}  # x means something else here


def test_private_names_are_nobodys() -> None:
    assert names([{"_hidden": Thing(), "__dunder__": Thing()}]) == {}


def test_circles_are_no_trap() -> None:
    items: list[Any] = []
    items.append(items)
    assert names([{"items": items}]) == {}


# Seen


def test_variables_of_a_function_that_has_returned() -> None:
    def function() -> list[Thing]:
        one = Thing()
        made = [one]
        made.append(Thing())
        return made

    (one, two), found = seen(function)
    assert (found[id(one)], found[id(two)]) == ("one", "made[1]")


def test_the_outermost_function_names_it() -> None:
    def inner() -> Thing:
        local = Thing()
        return local  # noqa: RET504

    def outer() -> Thing:
        y = inner()
        return y  # noqa: RET504

    thing, found = seen(outer)
    assert found[id(thing)] == "y"


def test_a_parameter_does_not_name_what_it_is_handed() -> None:
    def square(v: Thing) -> Thing:
        return v

    def outer() -> Thing:
        return square(Thing())

    thing, found = seen(outer)
    assert id(thing) not in found


def test_a_variable_that_is_bound_anew_names_both() -> None:
    def function() -> list[Thing]:
        kept = []
        for _ in range(2):
            h = Thing()
            kept.append(h)
        return kept

    things, found = seen(function)
    assert [found[id(thing)] for thing in things] == ["h", "h"]


def test_an_error_ends_it() -> None:
    def fails() -> None:
        raise KeyError("theirs")

    with pytest.raises(KeyError, match="theirs"):
        seen(fails)
    assert sys.gettrace() is None


def test_a_debugger_is_left_alone() -> None:
    def tracer(frame: object, event: str, arg: object) -> None:
        return None

    def function() -> Thing:
        thing = Thing()
        return thing  # noqa: RET504

    sys.settrace(tracer)
    try:
        _, found = seen(function)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(None)
    assert found == {}


# What a function is given and uses


def test_closures() -> None:
    outside = Thing()

    def function(x: int, /, y: int = 2) -> object:
        return outside, x, y, sys

    assert closure_of(function) == {"outside": outside}
    assert closure_of(len) == {}
    arguments, inner, used = variables_of(function, (1,), {"y": 3})
    assert dict(arguments) == {"x": 1, "y": 3}
    assert inner == {"outside": outside}
    assert used["sys"] is sys
    assert takes(function, "y")
    assert not takes(function, "z")
    assert uses("nothing", (Thing,), function)
    assert uses("sys", (), function)
    assert not uses("nothing", (), function)


def test_what_arguments_hold() -> None:
    assert holds((Thing,), [1, {"a": [Thing()]}])
    assert not holds((Thing,), [1, "x", {"a": [2]}])
    assert not holds((Thing,), [[[[[[Thing()]]]]]])  # too far down
    holder = SimpleNamespace(inner=Thing())
    assert holds((Thing,), [holder])


def outer(thing: object) -> object:
    return inner(thing)


def inner(thing: object) -> object:
    import fractions

    return fractions.Fraction(1), Thing(), thing


def test_what_a_function_uses_through_others() -> None:
    class Called:
        def __call__(self) -> object:
            return outer(self)

        def method(self) -> object:
            return outer(self)

    for function in (outer, partial(outer, 1), wraps(outer)(lambda: None), Called(), Called().method):
        assert uses("fractions", (), function)
        assert mentions("fractions", function)
        assert not mentions("decimal", function)
        assert any(variables.get("Thing") is Thing for variables in variables_of(function, (), {}))
    assert dict(variables_of(partial(outer, 1), (), {})[0]) == {"thing": 1}
    assert uses("nothing", (Thing,), partial(len, [Thing()]))


def test_no_code_of_the_users_runs_to_see_what_a_function_uses() -> None:
    class Touchy:
        def __getattribute__(self, name: str) -> object:
            raise AssertionError(name)

    touchy = Touchy()
    assert not uses("nothing", (Thing,), lambda: touchy)
    assert not holds((Thing,), [touchy])


def test_a_call_that_does_not_fit() -> None:
    refuse_call(outer, (1,), {})
    refuse_call(print, (1,), {"sep": ""})
    with pytest.raises(SourceError, match=r"outer\(\) cannot be called like this: too many positional arguments"):
        refuse_call(outer, (1, 2), {})
