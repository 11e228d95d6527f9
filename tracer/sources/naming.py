"""Names for Values, from the variables that hold them.

`trace(L)` asks the variables around it, at that moment: what they hold, and what that holds in turn. Nothing is written
on the Values; the names go to the nodes of the graph. A name is always a path that holds the Value: a wrong name would
be worse than none. Where several paths hold the same Value,

1. a label that the user gave wins over all of them;
2. a variable wins over what is inside something, and that over what is reached through `self`, which says nothing;
3. a short path wins over a long one, locals over globals, and what was defined first over what came later;
4. but a variable that a loop has left behind, `p` after `for p in net.parameters()`, does not win: see `_left_behind`.

Names that start with an underscore are nobody's, and neither are IPython's `In` and `Out`.

Tracing should not take longer for it. So at that moment only the nearest variables are noted down, with what they hold
directly. A function's globals, and what lies deeper, such as the weights of a network, are looked at when the graph is
made.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import CO_OPTIMIZED
from types import FrameType
from typing import Any, Final, NamedTuple

from tracer.engine import CONSTANT
from tracer.grouping import Span
from tracer.sources.contents import Items, Key, holds_nothing, is_library, is_name, look_into, spelled
from tracer.value import Value

MOST_LOOKED_AT: Final = 10_000
"""How many items a search looks at, so that it takes a few milliseconds at most."""

DEEPEST: Final = 8
"""How far inside a variable a Value is looked for: `net.layers[0].neurons[1].w[2]` is at 6."""

# How good a name is, the best first.
VARIABLE: Final = 0
INSIDE: Final = 1
THROUGH_SELF: Final = 2

Variables = Mapping[str, object]

_BREAKS: Final = sys.version_info[:2] == (3, 12)
_NOTHING: Final[tuple[Items, bool]] = ((), False)
_SELVES: Final = frozenset({"self", "cls"})
_HISTORY: Final = frozenset({"In", "Out"})
_INLINE: Final = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>"})


class Place(NamedTuple):
    """A path that holds a Value, and how good a name it is: `VARIABLE`, `INSIDE` or `THROUGH_SELF`."""

    path: str
    rank: int


@dataclass(slots=True)
class Noted:
    """A variable as it was at one moment.

    Attributes:
        name: its name.
        thing: what it held: a Value or something that may hold Values.
        holds: what that held directly, and whether by the names of attributes.
        age: sorts variables by when they were defined, the first one first.
        found: how many wanted Values were found in it.
        also: those among them that are the value of a variable that was defined later, with their path in this one.
    """

    name: str
    thing: object
    holds: tuple[Items, bool]
    age: tuple[int, int]
    found: int = 0
    also: list[tuple[Value, str]] = field(default_factory=list)


class Naming:
    """Where names for Values come from.

    Args:
        around: variables, the nearest first. The nearest are noted down as they are now, the others asked when names
            are needed.
        seen: what was seen to hold a Value while the tracer ran the code, if it did.
        calls: from when to when functions were seen to run.
    """

    __slots__ = ("_further", "_hidden", "_noted", "_seen", "calls")

    def __init__(
        self,
        around: Sequence[Variables] = (),
        seen: Callable[[Value], Place | None] | None = None,
        calls: Sequence[Span] = (),
    ) -> None:
        self._noted = note(around[0]) if around else []
        self._further = around[1:]
        self._hidden = tuple(around[0]) if self._further else ()
        self._seen = seen
        self.calls = calls

    def names(self, output: Value, values: Collection[Value]) -> dict[Value, str]:
        """Names for those of the Values that have no label; some remain without.

        Args:
            output: the Value that is traced.
            values: all Values that it was computed from, and itself; quick to search.
        """
        found = held_by([*self._noted, *self._note_further()], output, values)
        if self._seen is not None:
            for value in filter(_is_nameless, values):
                seen, place = self._seen(value), found.get(value)
                if seen is not None and (place is None or _is_better(seen, place, value is output)):
                    found[value] = seen
        return {value: place.path for value, place in found.items()}

    def _note_further(self) -> list[Noted]:
        noted: list[Noted] = []
        hidden = set(self._hidden)
        for distance, variables in enumerate(self._further, start=1):
            noted += [variable for variable in note(variables, distance) if variable.name not in hidden]
            hidden.update(variables)
        return noted


def _is_better(seen: Place, place: Place, is_output: bool) -> bool:
    """Whether what was seen to hold a Value first names it better than what holds it in the end."""
    if is_output and place.rank == VARIABLE:  # L, whatever it was called where it was computed
        return False
    return seen.rank <= place.rank


def is_variable(name: object) -> bool:
    """Whether a variable of that name may give names to Values."""
    return is_name(name) and name not in _HISTORY


def is_self(name: str) -> bool:
    """Whether a variable of that name is but another name for some object, or class, that a method belongs to."""
    return name in _SELVES


def locals_of(frame: FrameType) -> Variables:
    """The local variables of running code; those of a module are its globals.

    In Python 3.12 comprehensions in the body of a module or class break if their variables are asked for while the code
    is being watched, so there the module's globals are taken, and a class has none.
    """
    if _BREAKS and not frame.f_code.co_flags & CO_OPTIMIZED:
        return frame.f_globals if frame.f_code.co_name == "<module>" else {}
    return frame.f_locals


def variables_around(frame: FrameType) -> list[Variables]:
    """The variables that code running in `frame` can see, locals first; none if that code is no user's."""
    if is_library(frame.f_globals.get("__name__")):
        return []
    around: list[Variables] = []
    inner = frame
    while inner.f_code.co_name in _INLINE and inner.f_back is not None:  # up to Python 3.11 these have their own frames
        around.append(dict(inner.f_locals))
        inner = inner.f_back
    variables = locals_of(inner)
    if variables is not inner.f_globals:
        around.append(dict(variables))
    return [*around, inner.f_globals]


def note(variables: Variables, distance: int = 0) -> list[Noted]:
    """The variables that may hold Values, as they are now.

    Args:
        variables: the variables of one place.
        distance: how far away that is; what is further away was there before.
    """
    noted = []
    for position, (name, thing) in enumerate(list(variables.items())):
        if not holds_nothing(thing) and is_variable(name):
            holds = _NOTHING if issubclass(type(thing), Value) else look_into(thing)
            noted.append(Noted(name, thing, holds, (-distance, position)))
    return noted


UNNAMED: Final = Naming()
"""No names but labels."""


def held_by(noted: Sequence[Noted], output: Value, values: Collection[Value]) -> dict[Value, Place]:
    """For each of the Values without a label the best path that holds it, if there is one.

    Args:
        noted: the variables to ask; the first win over the later ones.
        output: the Value that is traced.
        values: the Values that are wanted.
    """
    search = _Search(values)
    search.run([variable for variable in noted if not is_self(variable.name)], INSIDE)
    search.run([variable for variable in noted if is_self(variable.name)], THROUGH_SELF)
    return search.found | _left_behind(noted, output)


def _is_nameless(value: Value) -> bool:
    return not value.label and value._code != CONSTANT


class _Holder:
    """Something that may hold Values. Its path is only spelled out if it does."""

    __slots__ = ("_key", "_named", "_outer", "_path", "variable")

    def __init__(self, variable: Noted, outer: _Holder | None = None, key: Key = "", named: bool = True) -> None:
        self.variable = variable
        self._outer = outer
        self._key = key
        self._named = named
        self._path: str | None = None if outer else variable.name

    def path(self) -> str:
        """How Python spells the way to it; "" if a key on the way cannot be spelled."""
        if self._path is None:
            self._path = self._outer.path_to(self._key, self._named) if self._outer else ""
        return self._path

    def path_to(self, key: Key, named: bool) -> str:
        """The same for what it holds under a key."""
        path = self.path()
        return path and spelled(path, key, named)


_Level = list[tuple[_Holder, tuple[Items, bool]]]


class _Search:
    """A breadth-first search for Values, from variables inwards."""

    def __init__(self, values: Collection[Value]) -> None:
        self.found: dict[Value, Place] = {}
        self._values = values
        self._finder: dict[Value, Noted] = {}
        self._seen: dict[int, object] = {}  # by id; each is kept, so that its id stays its own
        self._left = MOST_LOOKED_AT

    def run(self, noted: Iterable[Noted], inside: int) -> None:
        """Look into variables, level by level; `inside` says how good the paths are that lead into them."""
        level: _Level = []
        for variable in noted:
            if issubclass(type(variable.thing), Value):  # `isinstance` could run the user's code
                self._meet(variable.thing, variable.name, variable, VARIABLE)
            elif self._is_new(variable.thing):
                level.append((_Holder(variable), variable.holds))
        for _ in range(DEEPEST):
            deeper: _Level = []
            for holder, (items, named) in level:
                for key, item in items:
                    self._left -= 1
                    if holds_nothing(item):
                        continue
                    if issubclass(type(item), Value):
                        self._meet(item, holder.path_to(key, named), holder.variable, inside)
                    elif self._is_new(item):
                        deeper.append((_Holder(holder.variable, holder, key, named), look_into(item)))
                if self._left <= 0:
                    return
            level = deeper

    def _is_new(self, thing: object) -> bool:
        if id(thing) in self._seen:
            return False
        self._seen[id(thing)] = thing
        return True

    def _meet(self, value: Any, path: str, variable: Noted, rank: int) -> None:
        """Take note of a Value, if it is wanted and its path can be spelled."""
        if not path or value not in self._values or not _is_nameless(value):
            return
        variable.found += 1
        known = self.found.get(value)
        if known is None:
            self.found[value] = Place(path, rank)
            self._finder[value] = variable
        elif known.rank == VARIABLE and variable.age < self._finder[value].age:
            variable.also.append((value, path))


def _left_behind(noted: Iterable[Noted], output: Value) -> dict[Value, Place]:
    """Better names for the Values of variables that a loop has left behind.

    After `for p in net.parameters()`, `p` is still the last of them. Such a variable gives itself away: it is the only
    one that holds a Value which an older variable holds along with others. The output keeps the name of its variable.
    """
    better: dict[Value, Place] = {}
    for variable in noted:
        if variable.found > 1 and len(variable.also) == 1 and not is_self(variable.name):
            value, path = variable.also[0]
            if value is not output:
                better.setdefault(value, Place(path, INSIDE))
    return better
