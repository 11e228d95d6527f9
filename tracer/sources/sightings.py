"""Names for things of other libraries: values, tensors and tracers, from the variables that hold them.

`held` asks variables for what they hold now. `Sightings` looks on while code runs, after every line, so that a variable
of a function that has returned, or has been bound anew, still gives its name. Both never guess: a name is given only if
the variable, element or attribute has really held the thing. The outermost function's name wins, and of its names the
first; a parameter does not name what it is handed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Final
from weakref import ref

from tracer.sources.contents import holds_nothing, is_name, is_users, look_into, spelled
from tracer.sources.variables import Variables, is_self, is_variable, locals_of
from tracer.sources.watching import current_watch

MOST_LOOKED_AT: Final = 10_000
"""How many items a search looks at."""

MOST_AT_ONCE: Final = 256
"""How many items inside variables are looked at after a line."""

MOST_EVENTS: Final = 2_000_000
"""After so many lines nothing more is looked at."""

DEEPEST: Final = 8
"""How far inside a variable is looked: `net.layers[0].neurons[1].w[2]` is at 6."""

NEAR: Final = 2
"""How far inside a variable is looked after a line."""

Wanted = Callable[[object], bool]
"""Whether a thing is one that is to have a name."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A thing that a path was seen to hold, so deep in calls of functions."""

    thing: object
    path: str
    depth: int


def held(around: Sequence[Variables], wanted: Wanted) -> list[Sighting]:
    """The wanted things that variables hold, each with the best path to it.

    Args:
        around: the variables to ask; the first win over the later ones.
        wanted: which things are looked for.
    """
    found: dict[int, Sighting] = {}
    for by_self in (False, True):  # what is reached through `self` says least
        for distance, variables in enumerate(around):
            nearer = around[:distance]
            chosen = [
                (name, thing)
                for name, thing in list(variables.items())
                if is_variable(name) and is_self(name) == by_self and not any(name in other for other in nearer)
            ]
            for path, thing in _walk(chosen, wanted, DEEPEST, MOST_LOOKED_AT):
                found.setdefault(id(thing), Sighting(thing, path, distance))
    return list(found.values())


def _walk(start: list[tuple[str, object]], wanted: Wanted, deepest: int, most: int) -> Iterator[tuple[str, object]]:
    """The wanted things in `start` and inside them, breadth first."""
    # By id, and each kept, so that its id stays its own.
    seen: dict[int, object] = {}
    level = start
    for _ in range(deepest + 1):
        deeper: list[tuple[str, object]] = []
        for path, thing in level:
            if holds_nothing(thing) or id(thing) in seen:
                continue
            seen[id(thing)] = thing
            if wanted(thing):
                yield path, thing
                continue
            items, named = look_into(thing)
            for key, item in items:
                most -= 1
                if most < 0:
                    return
                if not holds_nothing(item) and (inner := spelled(path, key, named)):
                    deeper.append((inner, item))
        level = deeper


@dataclass(frozen=True, slots=True)
class _Found:
    """What is remembered of a Sighting: how to come by the thing, which may be None by now."""

    refer: Callable[[], object]
    path: str
    depth: int


@dataclass
class Sightings:
    """What was seen while code ran.

    Attributes:
        wanted: which things are looked for.
        passed_over: which running code is not looked at, besides that of Python and installed packages.
        around: the variables with which the outermost function ended, locals first.
        keeping: whether what was seen is kept alive. Otherwise only what lives anyway has a name in the end, and things
            that cannot be referred to weakly have none.
        making: whether a running `__init__` makes a wanted thing; given that, variables are looked at only after such a
            one has run.
    """

    wanted: Wanted
    passed_over: Callable[[FrameType], bool] = lambda frame: False
    around: list[Variables] = field(default_factory=list)
    keeping: bool = True
    making: Callable[[FrameType], bool] | None = None
    _found: dict[int, _Found] = field(default_factory=dict)
    _depth: int = 0
    _events: int = 0
    _made: int = 0

    @property
    def all(self) -> list[Sighting]:
        """The things that were seen, each with its best path."""
        found = ((one.refer(), one.path, one.depth) for one in list(self._found.values()))
        return [Sighting(thing, path, depth) for thing, path, depth in found if thing is not None]

    @contextmanager
    def looking_on(self) -> Iterator[None]:
        """Look on while the code inside the `with` block runs; not where a debugger or coverage tool does already."""
        before = sys.gettrace()
        if before is not None and current_watch() is None:
            yield
            return
        sys.settrace(self.called)
        try:
            yield
        finally:
            if getattr(sys.gettrace(), "__self__", None) is self:
                sys.settrace(before)

    def called(self, frame: FrameType, event: str, arg: object) -> Any:
        """Python calls this when code begins to run; the answer is what it is to call for every line of it."""
        if self.making is not None and frame.f_code.co_name == "__init__" and self.making(frame):
            self._made += 1
        if not is_users(frame) or self.passed_over(frame):
            return None
        self._depth += 1
        depth = self._depth
        before: Variables = dict(locals_of(frame))
        made = self._made

        def happened(frame: FrameType, event: str, arg: object) -> Any:
            nonlocal before, made
            self._events += 1
            if self.making is None or made != self._made:
                before, made = self._look(frame, before, depth), self._made
            if event == "return":
                self._depth = depth - 1
                if depth == 1:
                    self.around = [dict(locals_of(frame)), frame.f_globals]
            return happened if self._events < MOST_EVENTS else None

        return happened

    def _look(self, frame: FrameType, before: Variables, depth: int) -> Variables:
        """Take note of what variables hold that they did not hold before."""
        now = dict(locals_of(frame))
        fresh = [
            (name, thing)
            for name, thing in now.items()
            if is_variable(name) and not holds_nothing(thing) and before.get(name, _NOTHING) is not thing
        ]
        holders = [(name, thing) for name, thing in now.items() if is_name(name) and isinstance(thing, (list, dict))]
        for path, thing in _walk([*fresh, *holders], self.wanted, NEAR, MOST_AT_ONCE):
            known = self._found.get(id(thing))
            if known is None or depth < known.depth:
                self._note(thing, path, depth)
        return now

    def _note(self, thing: object, path: str, depth: int) -> None:
        place, found = id(thing), self._found
        if self.keeping:
            found[place] = _Found(lambda: thing, path, depth)
        elif getattr(type(thing), "__weakrefoffset__", 0):
            found[place] = _Found(ref(thing, lambda gone: found.pop(place, None)), path, depth)


_NOTHING: Final = object()
