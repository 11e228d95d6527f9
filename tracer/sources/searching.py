"""Looks for Values in variables and in what these hold, breadth first, and says by which path each is held best."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tracer.engine import CONSTANT
from tracer.sources.contents import Items, Key, holds_nothing, look_into, spelled
from tracer.sources.variables import Variables, is_self, is_variable
from tracer.value import Value

MOST_LOOKED_AT: Final = 10_000
"""How many items a search looks at, so that it takes a few milliseconds at most."""

DEEPEST: Final = 8
"""How far inside a variable a Value is looked for: `net.layers[0].neurons[1].w[2]` is at 6."""

# How good a name is, the best first.
VARIABLE: Final = 0
INSIDE: Final = 1
THROUGH_SELF: Final = 2

_NOTHING: Final[tuple[Items, bool]] = ((), False)


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


def is_nameless(value: Value) -> bool:
    """Whether a Value has no label and may have a name."""
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
        if not path or value not in self._values or not is_nameless(value):
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
