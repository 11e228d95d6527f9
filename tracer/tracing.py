"""A Trace: the frames of a backward pass, ready to be told, drawn, checked or stored.

A Frame is one gradient assignment. A Trace costs next to nothing until its frames are asked for: they are a pure
function of the graph, so they are replayed on demand instead of being recorded during the pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from math import isfinite
from typing import Literal

from tracer.backward import assignments
from tracer.graph import Graph
from tracer.naming import display_names

Verdict = Literal["", "right", "wrong", "early"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One gradient assignment.

    Attributes:
        index: its place in the trace, from 0.
        step: the step it belongs to, from 0; one op node's backward is one step.
        target: id of the node whose gradient is assigned.
        label: the name that node is shown by.
        op: id of the op node that hands the gradient on; None for the seed, dL/dL = 1.
        slot: which operand of that op the target is, from 0; None for the seed.
        upstream: the gradient arriving at the op node.
        local: the local derivative, d(op node)/d(target).
        contribution: upstream × local, what this frame adds.
        before: the target's gradient before this frame, 0.0 if it had none.
        after: the target's gradient after this frame; before + contribution.
        accumulates: True for `+=`, False for `=`.
        verdict: for gradients assigned by hand whether they are right; "" for the tracer's own.
        note: for gradients assigned by hand, what to say about them.
    """

    index: int
    step: int
    target: int
    label: str
    op: int | None
    slot: int | None
    upstream: float
    local: float
    contribution: float
    before: float
    after: float
    accumulates: bool
    verdict: Verdict = ""
    note: str = ""

    @property
    def grad(self) -> float:
        """The target's gradient after this frame."""
        return self.after

    @property
    def assign(self) -> Literal["=", "+="]:
        """How the gradient is assigned."""
        return "+=" if self.accumulates else "="

    @property
    def finite(self) -> bool:
        """Whether every number of the frame is finite; frames with inf or NaN are marked wherever they are shown."""
        return all(map(isfinite, (self.upstream, self.local, self.contribution, self.before, self.after)))


class Trace:
    """A graph and the frames of its backward pass.

    Args:
        graph: gives the graph when it is first needed.
        frames: gives the frames when they are first needed; left out, they are the chain rule's.
        source: what was traced, for titles; "" if it has no text of its own.
    """

    def __init__(
        self,
        graph: Callable[[], Graph],
        frames: Callable[[Trace], Iterable[Frame]] | None = None,
        source: str = "",
    ) -> None:
        self._make_graph = graph
        self._make_frames = frames or chain_rule_frames
        self.source = source

    @cached_property
    def graph(self) -> Graph:
        """The computation."""
        return self._make_graph()

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """One frame for each gradient assignment, in order."""
        return tuple(self._make_frames(self))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """For each node the name it is shown by; no two are the same."""
        return display_names(self.graph)

    @cached_property
    def steps(self) -> tuple[tuple[Frame, ...], ...]:
        """The frames grouped by step."""
        return tuple(tuple(frames) for _, frames in groupby(self.frames, key=lambda frame: frame.step))

    @cached_property
    def gradients(self) -> dict[int, float]:
        """The gradient of each node after the last frame, by id; nodes that were given none are left out."""
        return {frame.target: frame.after for frame in self.frames}

    def __repr__(self) -> str:
        return f"<Trace of {self.names[self.graph.output]}: {len(self.frames)} frames in {len(self.steps)} steps>"


def chain_rule_frames(trace: Trace) -> Iterable[Frame]:
    """The frames of the backward pass by the chain rule, in the order of `backward.assignments`."""
    for index, given in enumerate(assignments(trace.graph)):
        yield Frame(
            index=index,
            step=given.step,
            target=given.target,
            label=trace.names[given.target],
            op=given.op,
            slot=given.slot,
            upstream=given.upstream,
            local=given.local,
            contribution=given.contribution,
            before=0.0 if given.before is None else given.before,
            after=given.after,
            accumulates=given.before is not None,
        )
