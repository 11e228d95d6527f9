"""What another library did, written down as it happens: nodes, then gradient assignments, then a Trace.

The tracer's own Values need nothing of the kind: their frames follow from the graph. Here a backward pass is watched
from outside, and what counts is what really happened.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from math import nan

from tracer.graph import Graph, Kind, Node
from tracer.naming import display_names
from tracer.tensors import Local, Number, shape_of, zero_like
from tracer.tracing import Frame, Trace, Verdict


@dataclass(frozen=True, slots=True)
class Assigned:
    """One gradient assignment, as a Frame has it but for its place.

    `op` and `slot` are None where no op hands the gradient on: it is the seed, or `note` says what set it. `before` is
    None for the first contribution.
    """

    target: int
    op: int | None
    slot: int | None
    upstream: Number
    local: Local
    contribution: Number
    before: Number | None
    after: Number
    verdict: Verdict = ""
    note: str = ""

    @classmethod
    def outright(cls, target: int, value: Number, verdict: Verdict = "", note: str = "") -> Assigned:
        """A gradient that is set to a value by no op."""
        return cls(target, None, None, value, 1.0, value, None, value, verdict, note)


class Logbook:
    """Nodes and gradient assignments, in the order in which they are told."""

    def __init__(self) -> None:
        self._nodes: list[_Draft] = []
        self._assigned: list[tuple[int, Assigned]] = []
        self._remarks: list[str] = []
        self._run: Hashable = None

    def leaf(self, kind: Kind, value: Number, label: str = "", scope: str = "", dtype: str = "") -> int:
        """Write down a node that no op made.

        Args:
            kind: "input", "parameter", or "constant" for what gets no gradient.
            value: the number.
            label: its name, "" if it has none.
            scope: path of the module it belongs to.
            dtype: type of its numbers, "" for Python's floats.

        Returns:
            The node's id.
        """
        return self._add(_Draft(kind, "", label, value, (), [], scope, dtype))

    def op(
        self, op: str, value: Number, inputs: tuple[int, ...], label: str = "", scope: str = "", dtype: str = ""
    ) -> int:
        """Write down a node that an op made from earlier nodes, in operand order; its id comes back."""
        return self._add(_Draft("op", op, label, value, inputs, [nan] * len(inputs), scope, dtype))

    def local(self, node: int, slot: int, local: Local) -> None:
        """Write down the local derivative of an op node for one of its inputs; those that are unknown stay NaN."""
        self._nodes[node].local[slot] = local

    def dtype(self, node: int, dtype: str) -> None:
        """Write down the type of a node's numbers."""
        self._nodes[node].dtype = dtype

    def value(self, node: int) -> Number:
        """The value of a node."""
        return self._nodes[node].value

    def names(self, output: int) -> tuple[str, ...]:
        """For each node that was written down so far the name it is shown by."""
        return display_names(self._graph(output))

    def assign(self, run: Hashable, given: Assigned) -> None:
        """Write down one gradient assignment.

        Args:
            run: tells apart the runs of ops: while it stays the same, so does the step.
            given: what is assigned.
        """
        last = self._assigned[-1][0] if self._assigned else -1
        step = last if self._assigned and run == self._run else last + 1
        self._run = run
        self._assigned.append((step, given))

    def remark(self, text: str) -> None:
        """Write down something about the whole; the same twice counts once."""
        if text not in self._remarks:
            self._remarks.append(text)

    def trace(self, output: int, source: str) -> Trace:
        """The trace of what was written down.

        Args:
            output: the node where the backward pass started.
            source: what was traced, for titles.
        """
        return Recorded(self._graph(output), self._assigned, source, tuple(self._remarks))

    def _graph(self, output: int) -> Graph:
        return Graph(tuple(_node(place, draft) for place, draft in enumerate(self._nodes)), output)

    def _add(self, draft: _Draft) -> int:
        self._nodes.append(draft)
        return len(self._nodes) - 1


class Recorded(Trace):
    """The trace of a backward pass that another library ran."""

    def __init__(
        self, graph: Graph, assigned: list[tuple[int, Assigned]], source: str, remarks: tuple[str, ...]
    ) -> None:
        super().__init__(lambda: graph, lambda trace: (_frame(trace, *given) for given in enumerate(assigned)), source)
        self._remarks = remarks

    @property
    def remarks(self) -> tuple[str, ...]:
        """What there is to say about the whole, such as what could not be seen."""
        return self._remarks


@dataclass(slots=True)
class _Draft:
    """A node whose local derivatives are still to be found out."""

    kind: Kind
    op: str
    label: str
    value: Number
    inputs: tuple[int, ...]
    local: list[Local]
    scope: str
    dtype: str


def _node(place: int, draft: _Draft) -> Node:
    return Node(
        id=place,
        kind=draft.kind,
        op=draft.op,
        label=draft.label,
        value=draft.value,
        inputs=draft.inputs,
        local=tuple(draft.local),
        shape=shape_of(draft.value),
        scope=draft.scope,
        dtype=draft.dtype,
    )


def _frame(trace: Trace, index: int, placed: tuple[int, Assigned]) -> Frame:
    step, given = placed
    return Frame(
        index=index,
        step=step,
        target=given.target,
        label=trace.names[given.target],
        op=given.op,
        slot=given.slot,
        upstream=given.upstream,
        local=given.local,
        contribution=given.contribution,
        before=zero_like(given.after) if given.before is None else given.before,
        after=given.after,
        accumulates=given.before is not None,
        verdict=given.verdict,
        note=given.note,
    )
