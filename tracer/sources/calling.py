"""A function as a source: its arguments become Values, it is called and watched, and it returns the output.

    trace(loss, a=2.0, b=-3.0, x=[1.0, 2.0])

Numbers become Values that are labelled by the parameter they are for: a, b, x[0], x[1]. So do the numbers in lists,
tuples and dictionaries, and the defaults of parameters that are not given. Left as they are: Values, which the caller
may want back with their gradients; booleans, which are switches; numbers for a parameter that is annotated as `int`,
such as a count; and everything else.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from inspect import BoundArguments, Parameter, Signature
from typing import Any, Final

from tracer.errors import SourceError
from tracer.scalars import is_number
from tracer.sources.closures import function_name
from tracer.sources.contents import spelled
from tracer.sources.naming import Naming
from tracer.sources.variables import Variables
from tracer.sources.watching import watching
from tracer.value import Value

_COUNTS: Final = (int, bool, "int", "bool")


def call(
    function: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object], around: list[Variables]
) -> tuple[object, Naming]:
    """Call a function with Values for numbers, and watch it.

    Args:
        function: what to call.
        args: its arguments by position, numbers among them.
        kwargs: its arguments by name.
        around: the variables of who asked for it.

    Returns:
        What it returned, and names for the Values it made.

    Raises:
        SourceError: it cannot be called with these arguments.
    """
    given = _arguments(function, args, kwargs)
    with watching() as watch:
        result = function(*given.args, **given.kwargs)
    ended = watch.around or [getattr(function, "__globals__", {})]
    return result, watch.naming([_by_name(given), *ended, *around])


def as_values(given: Any, label: str) -> Any:
    """What was given, with labelled Values for the numbers in it.

    >>> [value.label for value in as_values([1.0, 2.0], "x")]
    ['x[0]', 'x[1]']
    """
    if is_number(given) and not isinstance(given, bool):
        return Value(given, label=label)
    if type(given) is dict:
        return {key: as_values(item, spelled(label, key, named=False)) for key, item in given.items()}
    if type(given) in (list, tuple):
        return type(given)(as_values(item, f"{label}[{place}]") for place, item in enumerate(given))
    if isinstance(given, tuple) and hasattr(given, "_fields"):
        items = zip(given._fields, given, strict=True)
        return type(given)(*(as_values(item, f"{label}.{name}") for name, item in items))
    return given


def _arguments(
    function: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object]
) -> BoundArguments:
    """The arguments as Values, for the parameters that they are for."""
    try:
        bound = _signature(function, args, kwargs).bind(*args, **kwargs)
    except TypeError as error:
        raise SourceError(f"{function_name(function)} cannot be called like this: {error}") from None
    bound.apply_defaults()
    for name, parameter in bound.signature.parameters.items():
        if parameter.annotation in _COUNTS:
            continue
        if parameter.kind is Parameter.VAR_KEYWORD:
            bound.arguments[name] = {key: as_values(item, key) for key, item in bound.arguments[name].items()}
        else:
            bound.arguments[name] = as_values(bound.arguments[name], name)
    return bound


def _signature(function: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object]) -> Signature:
    try:
        if sys.version_info >= (3, 14):  # where annotations may name what does not exist
            return inspect.signature(function, annotation_format=inspect.Format.STRING)
        return inspect.signature(function)
    except ValueError:  # some functions that are not written in Python do not tell
        by_place = [Parameter(f"x{place + 1}", Parameter.POSITIONAL_ONLY) for place in range(len(args))]
        return Signature([*by_place, *(Parameter(name, Parameter.KEYWORD_ONLY) for name in kwargs)])


def _by_name(given: BoundArguments) -> Variables:
    """The arguments as if they were variables; those of `**kwargs` as the variables that they look like."""
    names = dict(given.arguments)
    for name, parameter in given.signature.parameters.items():
        if parameter.kind is Parameter.VAR_KEYWORD:
            names |= names.pop(name)
    return names
