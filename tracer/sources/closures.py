"""What a function is given and what it uses from outside, without calling it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final, cast

from tracer.sources.naming import Variables

# What knows in which module it was defined, other than classes, which are asked for that of their things.
_DESCRIBED: Final = (type, FunctionType, BuiltinFunctionType, MethodType)


def closure_of(function: Any) -> dict[str, object]:
    """The variables that a function has from the one that it was defined in."""
    cells = getattr(function, "__closure__", None) or ()
    held = {}
    for name, cell in zip(function.__code__.co_freevars if cells else (), cells, strict=True):
        try:
            held[name] = cell.cell_contents
        except ValueError:  # it is still empty
            continue
    return held


def variables_of(
    function: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]
) -> list[Variables]:
    """A function's arguments, as the variables that they will be, and those from outside that it uses."""
    found: list[Variables] = []
    try:
        found.append(inspect.signature(function).bind(*args, **kwargs).arguments)
    except (TypeError, ValueError):  # it does not tell its parameters, or these do not fit: calling it will say so
        found.append(kwargs)
    plain = function.__func__ if isinstance(function, MethodType) else function
    if isinstance(plain, FunctionType):
        used = plain.__code__.co_names
        found.append(closure_of(plain))
        found.append({name: plain.__globals__[name] for name in used if name in plain.__globals__})
    return found


def holds(kinds: tuple[type, ...], things: Iterable[object], depth: int = 3) -> bool:
    """Whether one of some things is of these kinds, or holds one that is, a few levels down."""
    for thing in things:
        if _is_of(kinds, thing):
            return True
        inner: Iterable[object] = ()
        if _is_of((Mapping,), thing):
            inner = cast(Mapping[object, object], thing).values()
        elif _is_of((list, tuple), thing):
            inner = cast(Iterable[object], thing)
        if depth and holds(kinds, inner, depth - 1):
            return True
    return False


def uses(packages: Sequence[str], kinds: tuple[type, ...], function: Any) -> bool:
    """Whether a function uses something from one of these packages, or a thing of these kinds, from outside."""
    things: list[object] = [getattr(function, "__self__", None)]
    for variables in variables_of(function, (), {})[1:]:
        things += variables.values()
    return any(_is_of(kinds, thing) or _belongs_to(packages, thing) for thing in things)


def takes(function: Callable[..., object], name: str) -> bool:
    """Whether a function has a parameter of a name."""
    try:
        return name in inspect.signature(function).parameters
    except (TypeError, ValueError):  # it does not tell
        return False


def _is_of(kinds: tuple[type, ...], thing: object) -> bool:
    """Whether a thing is of one of these kinds. The thing itself is not asked, as isinstance() may do."""
    return issubclass(type(thing), kinds)


def _belongs_to(packages: Sequence[str], thing: object) -> bool:
    """Whether a thing is a module of one of these packages, or was made there, or is of a class from there.

    No code of the user's runs to find out: what a thing says of itself is read where it is kept.
    """
    if _is_of((ModuleType,), thing):
        module = cast(ModuleType, thing).__name__
    else:
        described = thing if _is_of(_DESCRIBED, thing) else type(thing)
        module = getattr(described, "__module__", "")
    return isinstance(module, str) and module.partition(".")[0] in packages
