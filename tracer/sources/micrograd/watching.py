"""Watches every `.grad` that is read or assigned on some objects, while their own code runs.

For the time of the watch the objects' classes get a property `grad` that hands out `Gradient`s and notes assignments.
The objects themselves keep holding plain numbers, and afterwards the classes are as they were.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tracer.errors import SourceError
from tracer.scalars import is_number
from tracer.sources.micrograd.gradients import Gradient, Share, plain, shares

_REMEMBERED: Final = 8


@dataclass(frozen=True, slots=True)
class Event:
    """One `value.grad = ...` or `value.grad += ...`.

    Attributes:
        target: id of the value.
        before: its gradient until then.
        after: its gradient from then on.
        added: what was added to the gradient; None where it was assigned outright.
        shares: the gradients that went into what was added or assigned.
        recent: the gradients of other values that were read before, the latest first.
        dtype: the type of the gradient, if it is one of numpy's: "float32".
    """

    target: int
    before: float
    after: float
    added: float | None
    shares: tuple[Share, ...]
    recent: tuple[Share, ...]
    dtype: str


class Watch:
    """What was seen of the gradients of some objects."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        # The latest gradients that were read, each of another value.
        self._reads: deque[Share] = deque(maxlen=_REMEMBERED)

    def reads(self, value: object, held: Any) -> Any:
        """What a reader of `value.grad` gets instead of the number that it holds."""
        if not is_number(held):
            return held
        for read in self._reads:
            if read.owner == id(value):
                self._reads.remove(read)
                break
        self._reads.appendleft(Share(id(value), float(held), 1.0))
        return Gradient.of(id(value), held)

    def assigns(self, value: object, before: Any, after: Any) -> Any:
        """Take note of `value.grad = after` and return what the object is to hold."""
        held = plain(after)
        if is_number(held):
            start = float(before) if is_number(before) else 0.0
            added, taken = _added(id(value), after, start)
            recent = tuple(read for read in self._reads if read.owner != id(value))
            self.events.append(
                Event(id(value), start, float(held), added, taken, recent, str(getattr(held, "dtype", "")))
            )
        return held


def _added(target: int, after: Any, before: float) -> tuple[float | None, tuple[Share, ...]]:
    """What an assignment adds to the target's own gradient, None if it does not add, and the gradients in it."""
    parts = after.parts if isinstance(after, Gradient) else ()
    for own, other in zip(parts, reversed(parts), strict=True):
        if isinstance(own, Gradient) and own.read == target:
            return float(plain(other)), shares(other)
    taken = tuple(share for share in shares(after) if share.owner != target)
    if any(share.owner == target and share.factor == 1.0 for share in shares(after)):
        return float(plain(after)) - before, taken
    return None, taken


@contextmanager
def watching(values: Iterable[object]) -> Iterator[Watch]:
    """Watch the gradients of all objects of the classes of `values`.

    Raises:
        SourceError: such a class cannot be watched.
    """
    watch = Watch()
    classes = list(dict.fromkeys(map(type, values)))
    # All are looked up before one is changed, because one may inherit from another.
    stores = [_Store.of(kind) for kind in classes]
    changed: list[_Store] = []
    try:
        for store in stores:
            store.replace(watch)
            changed.append(store)
        yield watch
    finally:
        for store in changed:
            store.restore()


_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class _Store:
    """How the objects of a class hold their gradient."""

    kind: type
    own: Any  # what the class itself has under the name grad
    found: Any  # what it has, inherited or not

    @classmethod
    def of(cls, kind: type) -> _Store:
        return cls(kind, vars(kind).get("grad", _MISSING), inspect.getattr_static(kind, "grad", _MISSING))

    def get(self, value: object) -> Any:
        if hasattr(self.found, "__set__"):  # a slot or a property
            return self.found.__get__(value, self.kind)
        held = vars(value).get("grad", self.found)
        if held is _MISSING:
            raise AttributeError(f"{self.kind.__name__!r} object has no attribute 'grad'", name="grad", obj=value)
        return held

    def set(self, value: object, held: Any) -> None:
        if hasattr(self.found, "__set__"):
            self.found.__set__(value, held)
        else:
            vars(value)["grad"] = held

    def replace(self, watch: Watch) -> None:
        def read(value: object) -> Any:
            return watch.reads(value, self.get(value))

        def assign(value: object, given: Any) -> None:
            try:
                before = self.get(value)
            except AttributeError:  # the first assignment, in a constructor
                before = None
            self.set(value, watch.assigns(value, before, given))

        try:
            self.kind.grad = property(read, assign)  # type: ignore[attr-defined]
        except TypeError as error:
            raise SourceError(f"the gradients of a {self.kind.__name__} cannot be watched: {error}") from error

    def restore(self) -> None:
        if self.own is _MISSING:
            del self.kind.grad  # type: ignore[attr-defined]
        else:
            self.kind.grad = self.own  # type: ignore[attr-defined]
