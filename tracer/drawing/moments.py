"""Which images a trace is shown in: one a frame, or one a step, with or without the forward pass.

An image shows a `Moment`: how far the forward pass has come, how many frames have been shown, and which of them are the
current ones.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, get_args

from tracer.errors import OutputError
from tracer.tracing import Frame, Trace

By = Literal["assignment", "step"]


class Moment(NamedTuple):
    """What one image shows.

    Attributes:
        computed: nodes up to this id have been computed; later op nodes have no number yet.
        shown: how many frames have been shown, the current ones included.
        current: the frames whose assignment this image shows; none before the first and when all is done.
        op: the op node that is being computed, in the forward pass.
    """

    computed: int
    shown: int = 0
    current: tuple[Frame, ...] = ()
    op: int | None = None


def moments(trace: Trace, by: By = "assignment", *, forward: bool = False, frames: str = "") -> tuple[Moment, ...]:
    """The moments of a trace, in order: the start, with every gradient 0, then one a frame or one a step.

    Args:
        trace: what to show.
        by: "assignment", an image a frame, or "step", an image for all frames of a step.
        forward: before the start, an image for each op node as it is computed.
        frames: which images to keep, by number, such as "0,3-5"; 0 is the start. Left out, all of them.

    Raises:
        OutputError: `by` or `frames` is not understood, or there is no such image.
    """
    last = len(trace.graph) - 1
    if by not in get_args(By):
        raise OutputError(f"by is one of {', '.join(get_args(By))}, not {by!r}")
    groups = [(frame,) for frame in trace.frames] if by == "assignment" else list(trace.steps)
    kept = [Moment(last), *(Moment(last, group[-1].index + 1, group) for group in groups)]
    if frames:
        kept = [kept[number] for number in chosen(frames, len(kept))]
    ops = [node.id for node in trace.graph.nodes if node.kind == "op"] if forward else []
    return (*(Moment(op, op=op) for op in ops), *kept)


def finished(trace: Trace) -> Moment:
    """The moment when all is done and nothing is going on any more."""
    return Moment(len(trace.graph) - 1, len(trace.frames))


def chosen(text: str, count: int) -> list[int]:
    """The numbers that a list such as "0,3-5" or "4-" names, each once and in order.

    Raises:
        OutputError: it is no such list, or names a number that is not below `count`.
    """
    numbers: set[int] = set()
    for piece in text.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,9})\s*(-\s*([0-9]{1,9})?\s*)?", piece)
        if match is None:
            raise OutputError(f"frames is a list such as 0,3-5 or 4-, not {text!r}")
        first = int(match[1])
        final = first if match[2] is None else int(match[3]) if match[3] else count - 1
        if not first <= final < count:
            raise OutputError(f"there are images 0 to {count - 1}, so frames cannot be {piece.strip()!r}")
        numbers.update(range(first, final + 1))
    return sorted(numbers)
