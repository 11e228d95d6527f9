"""Following the user's code as it runs, to see which variables its Values go through.

Once a function has returned, its variables are gone, and once `s = s + w*x` has run again, so is the earlier `s`. Where
the tracer runs the code itself, it looks at the variables after every line: Python calls it for that, as it calls a
debugger. So this works wherever there is Python code, with source or without, and never guesses: a name is given only
if the variable, element or attribute has really held the Value.

What counts is *fresh* Values: those made since the variables of the function last changed. In `for p in parameters:`
the variable p holds Values too, but it does not name them. Nor does the parameter of a function that is handed one.

Where several functions hold the same fresh Value, the outermost one names it: after `y = f(x)` it is y, whatever f
called it. What only exists inside f keeps the name that it has there. Between two statements on the same line nobody
looks: of `s = a*b; s = s + c` only the last s gets its name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR, CO_OPTIMIZED
from types import CodeType, FrameType
from typing import Any, Final

from tracer.grouping import MOST_SPANS, Span
from tracer.sources.contents import Items, holds_nothing, is_users, look_into, spelled
from tracer.sources.naming import Naming
from tracer.sources.searching import INSIDE, THROUGH_SELF, VARIABLE, Place
from tracer.sources.variables import Variables, is_self, is_variable, locals_of
from tracer.value import Value, tick

MOST_EVENTS: Final = 2_000_000
"""After so many lines, calls and returns nothing more is watched: each takes about a microsecond."""

MOST_NAMES: Final = 1 << 18
"""So many names are remembered; then the older half of them is forgotten."""

MOST_IDLE_CALLS: Final = 1000
"""A function that has returned so many times in a row without a Value being made is left alone."""

NEAR: Final = 2
"""How far inside a variable a fresh Value is looked for."""

MOST_AT_ONCE: Final = 256
"""How many items inside one variable are looked at after a line."""

TraceFunction = Callable[[FrameType, str, object], Any]
"""What Python calls while it runs code: see `sys.settrace`."""

_INTERRUPTED: Final = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR
_NEW: Final = object()


class Watch:
    """What was seen while the user's code ran. Values are known by their number of creation: none is kept alive.

    Attributes:
        around: the variables with which the outermost function ended, locals first; [] while it runs.
        calls: from when to when functions ran.
    """

    def __init__(self, others: TraceFunction | None = None) -> None:
        self._others = others
        self.around: list[Variables] = []
        self.calls: list[Span] = []
        # By number of creation: how good the name is, how deep in calls it was found, and the path; small is good.
        self._places: dict[int, tuple[int, int, str]] = {}
        self._idle: dict[int, int] = {}  # by id of a function's code: how often it has returned without any Value
        self._depth = 0
        self._events = 0
        self._asked = tick()
        self._made = 0  # the last Value that is known of was made before this number of creation

    def naming(self, around: Sequence[Variables]) -> Naming:
        """Names from what was seen, and from variables, nearest first."""
        return Naming(around, self.place, self.calls)

    def place(self, value: Value) -> Place | None:
        """The best path that was seen to hold a Value; None if there was none."""
        known = self._places.get(value._born)
        if known is None:
            return None
        rank, depth, path = known
        # What the outermost function held first is as good as a variable: so `u, v = h` does not rename h[0].
        return Place(path, VARIABLE if depth == 1 and rank == INSIDE else rank)

    def called(self, frame: FrameType, event: str, arg: object) -> Any:
        """Python calls this when code begins to run; the answer is what it is to call for every line of it."""
        own = self._called(frame)
        others = None if self._others is None else self._others(frame, event, arg)
        return own if others is None else others if own is None else _both(own, others)

    def _called(self, frame: FrameType) -> TraceFunction | None:
        code = frame.f_code
        if not is_users(frame):
            return None
        if self._idle.get(id(code), 0) > MOST_IDLE_CALLS:
            return None
        self._depth += 1
        return _Activation(self, frame).happened

    def now(self) -> int:
        """The present number of creation; takes note if a Value has been made since this was last asked for."""
        self._events += 1
        if self._events > MOST_EVENTS:
            sys.settrace(None)
        number = tick()
        if number != self._asked + 1:
            self._made = number
        self._asked = number
        return number

    def offer(self, value: Any, path: str, rank: int, depth: int) -> None:
        """Take note that `path` holds a Value, so deep in calls; the best path is kept, of equals the first.

        A path that cannot be spelled is "".
        """
        known = self._places.get(value._born)
        if path and (known is None or (rank, depth) < known[:2]):
            self._places[value._born] = (rank, depth, path)
            if len(self._places) > MOST_NAMES:
                for born in list(self._places)[: MOST_NAMES // 2]:
                    del self._places[born]

    def returned(self, frame: FrameType, depth: int, start: int, now: int) -> None:
        """Take note that code has run from one number of creation to another."""
        self._depth = depth - 1
        code = frame.f_code
        idle = self._made <= start
        self._idle[id(code)] = self._idle.get(id(code), 0) + 1 if idle else 0
        if depth == 1:
            variables = locals_of(frame)
            self.around = [dict(variables)] + [frame.f_globals] * (variables is not frame.f_globals)
        elif not idle and (name := _call_name(code)):
            self.calls.append(Span(start, now, name, call=True))
            if len(self.calls) >= 2 * MOST_SPANS:
                del self.calls[:MOST_SPANS]


class _Activation:
    """Code while it runs: one call of a function, or the body of a module, a class or a comprehension."""

    __slots__ = ("before", "depth", "ends", "since", "start", "watch")

    def __init__(self, watch: Watch, frame: FrameType) -> None:
        self.watch = watch
        self.depth = watch._depth
        self.start = self.since = watch.now()
        self.before: Variables = dict(locals_of(frame))
        self.ends: dict[int, list[object]] = {}

    def happened(self, frame: FrameType, event: str, arg: object) -> Any:
        """A line is about to run, or the code has come to its end."""
        watch = self.watch
        now = watch.now()
        if watch._made > self.since:
            self._look(dict(locals_of(frame)), now)
        if event == "return":
            watch.returned(frame, self.depth, self.start, now)
        return self.happened

    def _look(self, variables: Variables, now: int) -> None:
        """Name the fresh Values that variables hold. If a variable has changed, none of them is fresh any more."""
        changed = False
        holders = []
        for name, thing in variables.items():
            new = self.before.get(name, _NEW) is not thing
            changed = changed or new
            if holds_nothing(thing) or not is_variable(name):
                continue
            if not issubclass(type(thing), Value):
                holders.append((name, thing))
            elif new and self._is_fresh(thing):
                self.watch.offer(thing, name, VARIABLE, self.depth)
        for name, thing in holders:
            self._look_into(name, thing)
        if changed:
            self.before, self.since = variables, now

    def _look_into(self, name: str, thing: object) -> None:
        """Name the fresh Values inside one variable: not far inside, because this happens after every line."""
        rank = THROUGH_SELF if is_self(name) else INSIDE
        left = MOST_AT_ONCE
        level = [(name, thing)]
        for _ in range(NEAR):
            deeper = []
            for path, holder in level:
                items, named = self._items(holder)
                for key, item in items:
                    left -= 1
                    if left < 0:
                        return
                    if holds_nothing(item):
                        continue
                    if not issubclass(type(item), Value):
                        deeper.append((spelled(path, key, named), item))
                    elif self._is_fresh(item):
                        self.watch.offer(item, spelled(path, key, named), rank, self.depth)
            level = [(path, holder) for path, holder in deeper if path]

    def _items(self, holder: Any) -> tuple[Items, bool]:
        """What a holder holds. Of a list only the end counts, and only if it is not as it was after an earlier line."""
        if type(holder) is not list:
            return look_into(holder)
        end = holder[-MOST_AT_ONCE:]
        if self.ends.get(id(holder)) == end:
            return (), False
        # Of other things == could run the user's code.
        if all(holds_nothing(item) or issubclass(type(item), Value) for item in end):
            self.ends[id(holder)] = end
        return enumerate(end, len(holder) - len(end)), False

    def _is_fresh(self, value: Any) -> bool:
        return bool(value._born > self.since)


@contextmanager
def watching(others: TraceFunction | None = None) -> Iterator[Watch]:
    """Watch the user's code that runs inside the `with` block, in this thread.

    A debugger or a coverage tool that is on is left alone; then nothing is seen.

    Args:
        others: what is to look on beside the watch, called by Python as `sys.settrace` says.
    """
    watch = Watch(others)
    before = sys.gettrace()
    if before is not None and current_watch() is None:
        yield watch
        return
    sys.settrace(watch.called)
    try:
        yield watch
    finally:
        if current_watch() is watch or sys.gettrace() is None:  # a debugger that was started in between goes on
            sys.settrace(before)


def current_watch() -> Watch | None:
    """The watch that is on in this thread; None if there is none."""
    owner = getattr(sys.gettrace(), "__self__", None)
    return owner if isinstance(owner, Watch) else None


def _both(one: TraceFunction | None, other: TraceFunction | None) -> TraceFunction:
    """Two that are called for every line of some code, as one; each until it answers None."""

    def happened(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal one, other
        if one is not None:
            one = one(frame, event, arg)
        if other is not None:
            other = other(frame, event, arg)
        return happened if one is not None or other is not None else None

    return happened


def _call_name(code: CodeType) -> str:
    """The name of the group that a call forms: of its function, or of its class if that is what was called.

    "" for what is no function, for constructors and the like, and for what is interrupted, as generators are.
    """
    if not code.co_flags & CO_OPTIMIZED or code.co_flags & _INTERRUPTED or code.co_name.startswith("<"):
        return ""
    if code.co_name == "__call__":
        return code.co_qualname.split(".")[-2] if "." in code.co_qualname else ""
    return "" if code.co_name.startswith("__") else code.co_name
