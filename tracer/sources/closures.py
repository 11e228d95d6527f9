"""What a function is given and what it uses from outside, without calling it."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any, Final

from tracer.errors import SourceError
from tracer.sources.contents import is_installed, is_library
from tracer.sources.variables import Variables
from tracer.telling import shown

MOST_FUNCTIONS: Final = 200
"""So many of the functions that a function calls are looked into."""


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
    """A function's arguments, as the variables that they will be, and those from outside that it uses.

    The nearest come first: its own, then those of the user's functions that it may call. A method's `self` is an
    argument too, and so is what `functools.partial` holds.
    """
    plain, given, named = _unwrapped(function)
    found: list[Variables] = []
    try:
        # Of what is no Python function, only itself can say what its parameters are.
        asked = function if plain is None else plain
        all_args = args if plain is None else (*given, *args)
        found.append(inspect.signature(asked).bind_partial(*all_args, **{**named, **kwargs}).arguments)
    except (TypeError, ValueError):  # it does not tell its parameters, or these do not fit: calling it will say so
        found.append(kwargs)
    for _, used, _ in functions_behind(function):
        if used is not None:
            found += [closure_of(used), globals_of(used)]
    return found


def refuse_call(function: Any, args: Sequence[object], kwargs: Mapping[str, object]) -> None:
    """Make sure that a function can be called with some arguments, as far as it tells its parameters.

    Raises:
        SourceError: it cannot.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # it does not tell
        return
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise SourceError(f"{function_name(function)} cannot be called like this: {error}") from None


def refuse_async(function: object, result: object) -> None:
    """Make sure that what a function has returned is no promise to compute something later.

    Raises:
        SourceError: the function is one of `async def`, or returns what such a one does.
    """
    if inspect.iscoroutine(result):
        result.close()  # or Python warns that nobody has awaited it
    elif not inspect.isasyncgen(result):
        return
    raise SourceError(
        f"{function_name(function)} is async and has computed nothing yet; write it with def instead of async def"
    )


def function_name(function: object) -> str:
    """What a function, or anything else that can be called, is called in messages: `loss()`."""
    name = str(getattr(function, "__qualname__", type(function).__name__))
    return shown(name.rpartition("<locals>.")[2]) + "()"


def takes(function: Callable[..., object], name: str) -> bool:
    """Whether a function has a parameter of a name."""
    try:
        return name in inspect.signature(function).parameters
    except (TypeError, ValueError):  # it does not tell
        return False


def functions_behind(function: Any) -> Iterator[tuple[Any, FunctionType | None, list[object]]]:
    """A function, and those of the user's that it may call.

    Each comes with the Python function inside, None if there is none, and what it is bound to.
    """
    waiting, seen = deque([function]), {id(function)}
    for _ in range(MOST_FUNCTIONS):
        if not waiting:
            return
        called = waiting.popleft()
        plain, given, named = _unwrapped(called)
        held = [*given, *named.values()]
        yield called, plain, held
        used = [] if plain is None else [*closure_of(plain).values(), *globals_of(plain).values()]
        fresh = [made for thing in (*held, *used) for made in _functions_of(thing) if id(made) not in seen]
        seen.update(map(id, fresh))
        waiting += fresh


def _unwrapped(function: Any) -> tuple[FunctionType | None, list[object], dict[str, object]]:
    """The Python function inside methods, partials, decorators and objects that can be called.

    With it come the arguments that these give it; None if there is no such function. Nothing of the user's runs.
    """
    given: list[object] = []
    named: dict[str, object] = {}
    for _ in range(MOST_FUNCTIONS):
        wrapped = inspect.getattr_static(function, "__wrapped__", None)
        if issubclass(type(function), partial):
            given, named = [*function.args, *given], {**function.keywords, **named}
            function = function.func
        elif type(function) is MethodType:
            given = [function.__self__, *given]
            function = function.__func__
        elif wrapped is not None:
            function = wrapped
        elif type(function) is FunctionType:
            return function, given, named
        else:
            called = inspect.getattr_static(type(function), "__call__", None)
            if not isinstance(called, FunctionType):
                break
            given = [function, *given]
            function = called
    return None, given, named


def codes_of(code: CodeType) -> Iterator[CodeType]:
    """The code of a function, and of the functions, classes and comprehensions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes_of(constant)


def globals_of(function: FunctionType) -> dict[str, object]:
    """The global variables that a function, or one inside it, may use."""
    used = dict.fromkeys(name for code in codes_of(function.__code__) for name in code.co_names)
    return {name: function.__globals__[name] for name in used if name in function.__globals__}


def _functions_of(thing: object) -> Iterator[object]:
    """What the user has written that may run if a function uses a thing: itself, or the methods of its class."""
    if issubclass(type(thing), (partial, MethodType)):
        yield thing
        return
    if type(thing) is FunctionType:
        if _is_users(thing):
            yield thing
        return
    kind: Any = thing if issubclass(type(thing), type) else type(thing)
    yield from (
        method
        for method in type.__dict__["__dict__"].__get__(kind).values()
        if isinstance(method, FunctionType) and _is_users(method)
    )


def _is_users(function: FunctionType) -> bool:
    """Whether a function is the user's own."""
    module, file = function.__module__, function.__globals__.get("__file__")
    return not is_library(module) and not is_installed(function.__code__, module, file)
