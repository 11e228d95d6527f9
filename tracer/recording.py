"""Manual backpropagation: gradients assigned by hand become frames, each compared with the chain rule's answer.

>>> from tracer.value import Value
>>> a = Value(2.0, label="a"); b = Value(-3.0, label="b")
>>> L = a * b; L.label = "L"
>>> with recording(L) as t:
...     L.grad = 1.0
...     a.grad = b.data * L.grad
...     b.grad = b.data * L.grad
>>> [(frame.label, frame.verdict) for frame in t.frames]
[('L', 'right'), ('a', 'right'), ('b', 'wrong')]
>>> t.frames[2].note
'should be dL/db = a = 2.0, not -3.0'
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tracer.engine import CONSTANT
from tracer.errors import RecordingError
from tracer.judging import Judge
from tracer.sources.naming import UNNAMED, Naming
from tracer.sources.values import Snapshot
from tracer.sources.variables import variables_around
from tracer.tracing import Frame, Trace
from tracer.value import Value
from tracer.wording import BRIEF, Style


class _Event(NamedTuple):
    """The gradient of node `target` was set; `before` is None where it had none yet."""

    target: int
    before: float | None
    after: float


class Recording(Trace):
    """The trace of a manual backward pass; it grows while the recording is on."""

    def __init__(self, output: Value, naming: Naming = UNNAMED) -> None:
        snapshot = Snapshot(output, backward=False, naming=naming)
        super().__init__(snapshot.graph, lambda _: self._judge())
        self._ids = {value: node for value, node in snapshot.ids().items() if value._code != CONSTANT}
        self._events: list[_Event] = []
        self._notes: dict[Style, list[str]] = {}

    def heard(self, value: Value, before: float | None, after: float) -> None:
        """Take note of one `value.grad = after`; values that the output does not depend on do not count."""
        if value not in self._ids:
            return
        self._events.append(_Event(self._ids[value], before, after))
        self._notes.clear()
        for cached in ("frames", "steps", "gradients"):
            self.__dict__.pop(cached, None)

    def note(self, frame: Frame, style: Style) -> str:
        """What there is to say about an assignment, spelt in a style."""
        if style not in self._notes:
            self._notes[style] = [judged.note for judged in self._judge(style)]
        return self._notes[style][frame.index]

    def _judge(self, style: Style = BRIEF) -> Iterator[Frame]:
        judge = Judge(self.graph, style)
        for event in self._events:
            yield judge.frame(event.target, event.before, event.after)

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the values whose gradient is still to be assigned, in the order of the chain rule."""
        assigned = {event.target for event in self._events}
        wanted = dict.fromkeys(frame.target for frame in Trace(lambda: self.graph).frames)
        return tuple(self.names[node] for node in wanted if node not in assigned)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What to say about the whole: which gradients are still missing."""
        return (f"not assigned: {', '.join(self.missing)}",) if self.missing else ()


@contextmanager
def recording(output: Value) -> Iterator[Recording]:
    """Record every `x.grad = ...` inside the `with` block as a frame, in the order in which it is written.

    All gradients that `output` depends on are forgotten first. Each frame says whether the assignment is right, wrong
    (and what it should be, and why), or early: made before its upstream gradient was known.

    Raises:
        RecordingError: another recording is on.
        StaleValueError: data was changed after it had been used.
    """
    if Value._listener is not None:
        raise RecordingError("a recording is on already; end it before you start another")
    # Two frames up, behind the context manager's own, is the code with the `with`: its variables name the values.
    recorded = Recording(output, Naming(variables_around(sys._getframe(2))))
    Value._listener = recorded.heard
    try:
        yield recorded
    finally:
        Value._listener = None
