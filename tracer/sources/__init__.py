"""Everything that can be traced, each giving a Graph (or a Trace)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

from tracer.errors import SourceError
from tracer.sources.calling import call
from tracer.sources.closures import function_name, refuse_async
from tracer.sources.naming import Naming
from tracer.sources.reaching import mentions
from tracer.sources.values import Snapshot
from tracer.sources.variables import Variables, variables_around
from tracer.sources.watching import current_watch
from tracer.tracing import Trace
from tracer.value import Value

# Libraries whose functions can be traced, and where that is done; that counts only once somebody imports them.
_FRAMEWORKS: Final = {"torch": "tracer.sources.pytorch", "jax": "tracer.sources.jax"}


def trace(source: object, /, *args: object, **kwargs: object) -> Trace:
    """Run the backward pass from `source` and return its frames; every `.grad` is set.

    Values without a label are named by the variables of the caller that hold them: see `tracer.sources.naming`.

    Args:
        source: the Value to start from, usually a loss, or one of somebody else's scalar engine, whose own `backward()`
            then runs: see `tracer.sources.micrograd`. Or a function that returns it: it is called, and what it
            computes on the way is named by its own variables: see `tracer.sources.watching`. Or a function of PyTorch's
            tensors or JAX's arrays that returns one number: see `tracer.sources.pytorch` and `tracer.sources.jax`.
        args: arguments for the function. Numbers, also those in lists, tuples and dictionaries, become Values that are
            labelled by their parameter: see `tracer.sources.calling`. PyTorch and JAX get them as they are.
        kwargs: the same by name. With PyTorch `model=net` says which module's parameters go by their own names, with
            JAX `argnums=0` which arguments are to have gradients.

    Raises:
        SourceError: it is nothing that can be traced, or the function does not take these arguments or return a Value.
        StaleValueError: data was changed after it had been used.
        CycleError: a value depends on itself.
    """
    return traced(source, args, kwargs, variables_around(sys._getframe(1)))


def traced(source: object, args: tuple[object, ...], kwargs: Mapping[str, object], around: list[Variables]) -> Trace:
    """What `trace` returns, for the variables `around` the place where somebody asks for it.

    Raises:
        SourceError, StaleValueError, CycleError: as for `trace`.
    """
    if isinstance(source, Value):
        if args or kwargs:
            raise SourceError("a Value has its own numbers, so trace() takes no arguments for it")
        watch = current_watch()
        naming = Naming(around) if watch is None else watch.naming(around)
        return trace_value(source, naming)
    if (adapter := _framework(source, args, kwargs)) is not None:
        return adapter(source, args, kwargs, around)
    if not callable(source):
        return _trace_object(source, args, kwargs, around)
    from tracer.sources import micrograd

    if micrograd.traces_function(source, args, kwargs):
        return micrograd.trace_function(source, args, kwargs, around)
    result, naming = call(source, args, kwargs, around)
    refuse_async(source, result)
    if not isinstance(result, Value):
        raise SourceError(
            f"{function_name(source)} has to return the Value to start from, but returned {_described(result)}"
            f"{_how_else(result)}"
        )
    return trace_value(result, naming)


def _framework(source: object, args: tuple[object, ...], kwargs: Mapping[str, object]) -> Callable[..., Trace] | None:
    """What traces functions of tensors, if `source` is one."""
    for library, module in _FRAMEWORKS.items():
        if library in sys.modules or (callable(source) and mentions(library, source)):
            adapter: Any = import_module(module)
            if adapter.traces(source, args, kwargs):
                trace_function: Callable[..., Trace] = adapter.trace
                return trace_function
    return None


def _trace_object(
    source: object, args: tuple[object, ...], kwargs: Mapping[str, object], around: list[Variables]
) -> Trace:
    """The trace of a value of somebody else's engine."""
    from tracer.sources import micrograd

    if not micrograd.traces(source):
        raise SourceError(f"trace() takes a Value or a function that returns one, but was given {_described(source)}")
    if args or kwargs:
        raise SourceError("a value has its own numbers, so trace() takes no arguments for it")
    return micrograd.trace(source, around)


def trace_value(output: Value, naming: Naming) -> Trace:
    """The trace of a Value, with names for what has no label from wherever they come."""
    return Trace(Snapshot(output, naming=naming).graph)


def _how_else(result: object) -> str:
    """What to do where a function turns out to be one of another library's only by what it returns."""
    library = type(result).__module__.partition(".")[0]
    if library not in ("torch", "jax", "jaxlib"):
        return ""
    return "; hand it an array or tensor, or one that it uses in a list, to have it traced as such"


def _described(thing: Any) -> str:
    return "None" if thing is None else f"a {type(thing).__name__}"
