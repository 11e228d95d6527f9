"""Names of arrays: those of variables from outside, and those of variables of the function itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tracer.sources.jax.library import jax
from tracer.sources.sightings import Sightings, held
from tracer.sources.variables import Variables


def constant_names(around: Sequence[Variables]) -> dict[int, str]:
    """Names of the arrays that variables from outside hold, by id."""
    return {id(one.thing): one.path for one in held(around, is_array)}


def is_array(thing: object) -> bool:
    """Whether a thing is an array of JAX's."""
    return isinstance(thing, jax.Array) and not isinstance(thing, jax.core.Tracer)


def is_tracer(thing: object) -> bool:
    """Whether a thing stands for an array while JAX reads a function."""
    return isinstance(thing, jax.core.Tracer)


class Look:
    """The variables of a function while JAX reads it.

    Attributes:
        paths: names, in the order of the arrays that `reading` gives beside the function's result.
    """

    def __init__(self) -> None:
        self.paths: list[str] = []

    def reading(self, function: Callable[..., object]) -> Callable[..., object]:
        """The function, but what it returns comes with every array that a variable of it was seen to hold.

        So what JAX reads says by itself which of its own variables these are.
        """

        def read(*args: object, **kwargs: object) -> object:
            sightings = Sightings(is_tracer)
            with sightings.looking_on():
                result = function(*args, **kwargs)
            seen = [*sightings.all, *held(sightings.around, is_tracer)]
            level = _level(jax.tree_util.tree_leaves((args, kwargs)))
            outer = [one for one in seen if level is not None and _level([one.thing]) is level]
            mine = {id(one.thing): one for one in reversed(outer)}
            self.paths = [one.path for one in mine.values()]
            return result, [one.thing for one in mine.values()]

        return read


def _level(things: Sequence[object]) -> Any:
    """What tells apart the arrays of a function from those of functions under `jit` inside it."""
    return next((getattr(thing, "_trace", None) for thing in things if is_tracer(thing)), None)
