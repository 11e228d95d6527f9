"""Whose function it is: whether it uses a package, or things of some kind, without calling it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import FunctionType, ModuleType
from typing import Any, Final

from tracer.sources.closures import closure_of, codes_of, functions_behind, globals_of
from tracer.sources.contents import holds_nothing, look_into

MOST_LOOKED_AT: Final = 2000
"""How many things are looked at when a thing of some kind is looked for."""

_DEPTH: Final = 3


def reached(function: Any) -> Iterator[tuple[list[object], set[str]]]:
    """What a function uses from outside: itself, and other functions of the user's that it may call.

    For each of them, itself first, the things that it is bound to, closes over or finds in its module, and all names in
    its code, with that of the module that it stands in: the package's own for what that has wrapped.
    """
    for called, plain, given in functions_behind(function):
        names = {called.__globals__.get("__name__", "")} if type(called) is FunctionType else set()
        things = list(given)
        if plain is not None:
            things += [*closure_of(plain).values(), *globals_of(plain).values()]
            names |= {name for code in codes_of(plain.__code__) for name in code.co_names}
        yield things, names


def uses(package: str, kinds: tuple[type, ...], function: Any) -> bool:
    """Whether a function uses a package, or things of these kinds: itself, or through other functions of the user's."""
    return any(
        any(name.partition(".")[0] == package for name in names)
        or any(_belongs_to(package, thing) for thing in things)
        or holds(kinds, things)
        for things, names in reached(function)
    )


def mentions(package: str, function: Any) -> bool:
    """Whether a function names a package, as one that imports it inside does."""
    return any(name.partition(".")[0] == package for _, names in reached(function) for name in names)


def holds(kinds: tuple[type, ...], things: Iterable[object]) -> bool:
    """Whether one of some things is of these kinds, or holds one that is, a few levels down."""
    seen: dict[int, object] = {}  # by id; each is kept, so that its id stays its own
    level = list(things)
    for _ in range(_DEPTH + 1):
        deeper: list[object] = []
        for thing in level:
            if issubclass(type(thing), kinds):  # `isinstance` could run the user's code
                return True
            if not holds_nothing(thing) and id(thing) not in seen and len(seen) < MOST_LOOKED_AT:
                seen[id(thing)] = thing
                deeper += [item for _, item in look_into(thing)[0]]
        level = deeper
    return False


def _belongs_to(package: str, thing: object) -> bool:
    """Whether a thing is a module of a package, a function or class from there, or a class that inherits from one."""
    kind = type(thing)
    if kind is ModuleType:
        names: list[object] = [vars(thing).get("__name__")]
    elif type.__getattribute__(kind, "__module__") == "builtins" and not issubclass(kind, type):
        names = [getattr(thing, "__module__", "")]  # a function: no user's class could run its own code here
    else:
        bases: Any = type.__getattribute__(thing if issubclass(kind, type) else kind, "__mro__")
        names = [type.__getattribute__(base, "__module__") for base in bases]
    return any(isinstance(name, str) and name.partition(".")[0] == package for name in names)
