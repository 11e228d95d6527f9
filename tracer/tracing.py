"""A Trace: the frames of a backward pass, ready to be told, drawn, checked or stored.

A Frame is one gradient assignment. A Trace costs next to nothing until its frames are asked for: they are a pure
function of the graph, so they are replayed on demand instead of being recorded during the pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, Literal

from tracer.backward import assignments
from tracer.graph import Graph
from tracer.naming import display_names
from tracer.tensors import Local, Number, Tensor, is_finite

if TYPE_CHECKING:
    from rich.console import Console

    from tracer.checking import Check, Nudge
    from tracer.folding import Folded
    from tracer.rerunning import Experiment
    from tracer.wording import Style

# Up to this many nodes a log is verified without being asked: it takes about a second.
CHECKED_UNASKED: Final = 800

Verdict = Literal["", "right", "wrong", "early"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One gradient assignment.

    Attributes:
        index: its place in the trace, from 0.
        step: the step it belongs to, from 0; one op node's backward is one step.
        target: id of the node whose gradient is assigned.
        label: the name that node is shown by.
        op: id of the op node that hands the gradient on; None for the seed, dL/dL = 1, and where `note` says what else
            has set the gradient.
        slot: which operand of that op the target is, from 0; None for the seed.
        upstream: the gradient arriving at the op node.
        local: the local derivative, d(op node)/d(target): a number, a number for each entry, or a rule.
        contribution: upstream × local, entry by entry, or what the rule gives: what this frame adds.
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
    upstream: Number
    local: Local
    contribution: Number
    before: Number
    after: Number
    accumulates: bool
    verdict: Verdict = ""
    note: str = ""

    @property
    def grad(self) -> Number:
        """The target's gradient after this frame."""
        return self.after

    @property
    def assign(self) -> Literal["=", "+="]:
        """How the gradient is assigned."""
        return "+=" if self.accumulates else "="

    @property
    def finite(self) -> bool:
        """Whether every number of the frame is finite; frames with inf or NaN are marked wherever they are shown."""
        return all(map(is_finite, (self.upstream, self.local, self.contribution, self.before, self.after)))


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
        self.experiment: Callable[[], Experiment] | None = None
        """Runs the computation of another library again, for checking; None where the op table does that."""

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
    def gradients(self) -> dict[int, Number]:
        """The gradient of each node after the last frame, by id; nodes that were given none are left out."""
        return {frame.target: frame.after for frame in self.frames}

    @property
    def remarks(self) -> tuple[str, ...]:
        """What there is to say about the trace as a whole, line by line."""
        return ()

    # What one does with a trace. The modules that do it stand further down the pipeline, so they are imported only
    # here, when they are needed; nothing else in this module knows them.

    def note(self, frame: Frame, style: Style) -> str:
        """What there is to say about one of the frames, spelt in a style if that is known here, or as it was noted."""
        return frame.note

    def log(self, console: Console | None = None, *, check: bool | None = None, all_digits: bool | None = None) -> None:
        """Print each chain-rule product with its reason and its numerical check.

        Args:
            console: a rich console to print to; standard output if left out.
            check: verify every gradient numerically and say so; left out, unless the graph is so large that it would
                take more than a moment, or computes with tensors, for which what was traced has to run again.
            all_digits: print numbers in full or in short; left out, short on a terminal and full in a pipe.
        """
        from tracer.outputs.terminal import print_log

        if check is None:
            check = self._is_quickly_checked
        print_log(self, console, check=self.check() if check else None, all_digits=all_digits)

    def save(self, path: str | PathLike[str], **options: object) -> None:
        """Write the trace to a file; its suffix says which format: `.gif`, `.svg`, `.mp4`, `.pdf`, `.json`, ...

        Args:
            path: the file to write; an old one is replaced in one go, or left as it was if something goes wrong.
            options: what `tracer.outputs.options.Options` has, such as `theme="dark"` or `hold_ms=1500`; a theme is a
                name or a `tracer.Theme`. And `fold` and `unfold`, to fold groups first: see `fold`.

        Raises:
            OutputError: the suffix or an option is unknown, or the place cannot be written.
            SourceError: there is no group to fold of that name.
        """
        from tracer.outputs.saving import save

        save(self, path, **options)

    def fold(
        self, *groups: str | int, depth: int = 1, unfold: str | Iterable[str] = (), vectors: bool = True
    ) -> Folded:
        """The same trace with groups as one card each: `t.fold()`, `t.fold("layer1")`, `t.fold(unfold="layer2")`.

        Args:
            groups: paths of groups, or how deep they are; left out, all groups that are `depth` deep.
            depth: how deep the groups to fold are, if none are given: 1 for those in no other group.
            unfold: paths of groups that stay unfolded.
            vectors: whether several numbers that a group hands on become one vector.

        Raises:
            SourceError: there is no such group, or the trace cannot be folded: see `tracer.folding.fold`.
        """
        from tracer.folding import fold

        return fold(self, groups or None, depth=depth, unfold=unfold, vectors=vectors)

    def check(self, nodes: Iterable[int | str] | None = None) -> Check:
        """Verify gradients numerically: see `tracer.checking.check`.

        Args:
            nodes: ids or names of the nodes to verify; all of them if left out.
        """
        from tracer.checking import check

        return check(self, nodes)

    def nudge(self, node: int | str, h: float = 0.001) -> Nudge:
        """The lecture's own check, (L2 - L1)/h: see `tracer.checking.nudge`.

        Args:
            node: id or name of the value that is moved.
            h: how far it is moved.
        """
        from tracer.checking import nudge

        return nudge(self, node, h)

    def html(self) -> str:
        """The web player as a page of its own: see `tracer.outputs.html`."""
        from tracer.outputs.html import page

        return page(self)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """The player, a still and a line of text, for notebooks."""
        from tracer.outputs.notebook import trace_bundle

        return trace_bundle(self)

    def to_json(self) -> str:
        """The trace as JSON: see `tracer.storing`; `Trace.from_json` reads it back."""
        from tracer.storing import to_json

        return to_json(self)

    @staticmethod
    def from_json(text: str) -> Trace:
        """The trace that `to_json` wrote.

        Raises:
            SourceError: it is not such a text.
        """
        from tracer.storing import from_json

        return from_json(text)

    @property
    def _is_quickly_checked(self) -> bool:
        """Whether verifying all gradients takes no more than a moment, and can be done here."""
        nodes = self.graph.nodes
        return len(nodes) <= CHECKED_UNASKED and not any(isinstance(node.value, Tensor) for node in nodes)

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
