"""Everything that can be traced, each giving a Graph (or a Trace)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from tracer.errors import SourceError
from tracer.sources.calling import call, function_name
from tracer.sources.naming import Naming, variables_around
from tracer.sources.values import Snapshot
from tracer.sources.watching import current_watch
from tracer.tracing import Trace
from tracer.value import Value


def trace(source: Value | Callable[..., object], /, *args: object, **kwargs: object) -> Trace:
    """Run the backward pass from `source` and return its frames; every `.grad` is set.

    Values without a label are named by the variables of the caller that hold them: see `tracer.sources.naming`.

    Args:
        source: the Value to start from, usually a loss; or a function that returns it. A function is called, and what
            it computes on the way is named by its own variables: see `tracer.sources.watching`.
        args: arguments for the function. Numbers, also those in lists, tuples and dictionaries, become Values that are
            labelled by their parameter: see `tracer.sources.calling`.
        kwargs: the same by name.

    Raises:
        SourceError: it is nothing that can be traced, or the function does not take these arguments or return a Value.
        StaleValueError: data was changed after it had been used.
        CycleError: a value depends on itself.
    """
    around = variables_around(sys._getframe(1))
    if isinstance(source, Value):
        if args or kwargs:
            raise SourceError("a Value has its own numbers, so trace() takes no arguments for it")
        watch = current_watch()
        naming = Naming(around) if watch is None else watch.naming(around)
        return trace_value(source, naming)
    if not callable(source):
        raise SourceError(f"trace() takes a Value or a function that returns one, but was given {_described(source)}")
    result, naming = call(source, args, kwargs, around)
    if not isinstance(result, Value):
        raise SourceError(
            f"{function_name(source)} has to return the Value to start from, but returned {_described(result)}"
        )
    return trace_value(result, naming)


def trace_value(output: Value, naming: Naming) -> Trace:
    """The trace of a Value, with names for what has no label from wherever they come."""
    return Trace(Snapshot(output, naming=naming).graph)


def _described(thing: Any) -> str:
    return "None" if thing is None else f"a {type(thing).__name__}"
