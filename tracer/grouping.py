"""Named groups: the Values that are made inside `with group("name"):` belong together.

    >>> from tracer.value import Value
    >>> with group("layer1"):
    ...     with group("neuron2"):
    ...         current_path()
    'layer1/neuron2'

Nothing is written on the Values, so that computing costs nothing extra, whether groups are open or not. Every Value has
its number in the order of creation; a group remembers between which numbers it was open, as a `Span`. Which group a
Value belongs to is looked up when it is traced.

Each thread has its own groups, and `trace` asks for those of the thread it runs in.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import inf
from types import TracebackType
from typing import Final, NamedTuple

from tracer.errors import SourceError
from tracer.value import tick

MOST_SPANS: Final = 1 << 15
"""The latest spans that a thread remembers, at least this many of them."""

_SUBSCRIPTS: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Span(NamedTuple):
    """From when to when a group was open.

    Attributes:
        start: number of creation, before that of the first Value inside.
        end: number of creation, after that of the last Value inside; infinite while the group is open.
        name: the group's path, or for a function's call only the function's name.
        call: whether it is a function's call. Calls are told apart, groups are not: a group may be opened many times.
    """

    start: int
    end: float
    name: str
    call: bool = False


class Group:
    """A named group, open inside `with`. A group that is kept and opened again stays the same group, wherever that is.

    Attributes:
        name: what it was called.
        path: where it belongs, "layer1/neuron2"; "" before it is opened for the first time.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = ""

    def __enter__(self) -> Group:
        if not self.path:
            outer = current_path()
            self.path = f"{outer}/{self.name}" if outer else self.name
        _here.open.append((self, tick()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Generators can close groups in another order than that in which they were opened.
        place = max(place for place, (group, _) in enumerate(_here.open) if group is self)
        _, start = _here.open.pop(place)
        _here.closed.append(Span(start, tick(), self.path))
        if len(_here.closed) >= 2 * MOST_SPANS:
            del _here.closed[:MOST_SPANS]


def group(name: str) -> Group:
    """A named group: the Values that are made inside `with tracer.group("name"):` belong to it, and can be folded.

    Groups nest. Opening a group of the same name again, in the same place, adds to it.

    Args:
        name: what it is called; "layer1/neuron2" names a group inside a group.

    Raises:
        SourceError: it has no name, or a part of the path has none.
    """
    if not isinstance(name, str) or not all(part.strip() for part in name.split("/")):
        raise SourceError(f"a group needs a name, such as group('layer1'), but was given {name!r}")
    return Group(name)


def current_path() -> str:
    """The path of the innermost group that is open in this thread; "" if none is."""
    return _here.open[-1][0].path if _here.open else ""


def are_there_spans() -> bool:
    """Whether a group has been opened in this thread at all."""
    return bool(_here.closed or _here.open)


def spans_since(number: int) -> list[Span]:
    """The spans of this thread's groups that were still open at a number of creation, or opened later."""
    latest = _here.closed[bisect_right(_here.closed, float(number), key=lambda span: span.end) :]
    return latest + [Span(start, inf, opened.path) for opened, start in _here.open]


def scopes(births: Sequence[int], computed: Sequence[int], spans: Iterable[Span]) -> Iterator[str]:
    """For each number of creation the path of the group it falls into; "" if there is none.

    A group's path is its own. Calls of functions add their names to it: "layer1/neuron", then "layer1/neuron₂"; a call
    that computed less than two Values is no group.

    Args:
        births: numbers of creation, ascending.
        computed: those of them that belong to results of ops.
        spans: which groups were open from when to when.
    """

    def counts(span: Span) -> bool:
        if span.call:
            return bisect_left(computed, span.end) - bisect_right(computed, span.start) > 1
        return span.start < births[-1]

    return _paths(births, sorted(filter(counts, spans), key=lambda span: (span.start, -span.end)))


def _paths(births: Iterable[int], spans: Sequence[Span]) -> Iterator[str]:
    """The path for each birth: that of the innermost span around it."""
    waiting = list(reversed(spans))
    around: list[tuple[float, str]] = []  # the end and the path of the spans around, from the outside in
    calls: Counter[str] = Counter()
    for born in births:
        while waiting and waiting[-1].start < born:
            span = waiting.pop()
            _leave(around, span.start)
            around.append((span.end, _path(span, around[-1][1] if around else "", calls)))
        _leave(around, born)
        yield around[-1][1] if around else ""


def _leave(around: list[tuple[float, str]], born: int) -> None:
    while around and around[-1][0] <= born:
        around.pop()


def _path(span: Span, outer: str, calls: Counter[str]) -> str:
    if not span.call:
        return span.name
    path = f"{outer}/{span.name}" if outer else span.name
    calls[path] += 1
    return path if calls[path] == 1 else path + str(calls[path]).translate(_SUBSCRIPTS)


class _Here(threading.local):
    """The groups of one thread: those that are open, with their start, and the spans of those that were."""

    def __init__(self) -> None:
        self.open: list[tuple[Group, int]] = []
        self.closed: list[Span] = []


_here: Final = _Here()
