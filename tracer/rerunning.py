"""Computing a part of a graph again, with the value of one node replaced.

Only what depends on that node is computed, and a change that dies on the way (in a relu that blocks it, say) goes no
further. The result comes with its noise: how far rounding may have moved it. Every op rounds its result, and that error
reaches the output as any other change does, multiplied by d(output)/d(op node). Those factors are taken from the op
table, not from the gradients that may be in doubt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple, Protocol

from tracer.differences import Sample
from tracer.graph import Graph, Node
from tracer.ops import OPS, Case, Op
from tracer.tensors import scalar

# Two ulps of a result: library functions do not always give the nearest float. Close to 0 floats are evenly spaced.
RELATIVE: Final = 2.0**-51
_ABSOLUTE: Final = 5e-324

TIMES: Final = 4
"""How often a computation of another library is shaken: run again with its numbers moved in their last digit."""
TRUST: Final = 6.0
"""A number may be off by this many times as much as it was seen to move."""


def noise(right: float, others: Iterable[float]) -> float:
    """How far rounding may have moved a number.

    Args:
        right: the number.
        others: what it became when the computation was shaken; NaNs do not count.
    """
    apart = max((abs(other - right) for other in others if other == other), default=0.0)
    return TRUST * apart + RELATIVE * abs(right)


class Experiment(Protocol):
    """A computation of another library that can run again with one of its numbers, or tensors, moved.

    A direction is the place of the entry that is moved, counted row by row, or None for all entries at once: each is
    then moved up or down, as chance decides.
    """

    def obstacle(self, node: int) -> str:
        """Why a node cannot be moved, "" if it can."""

    def value(self, node: int, entry: int) -> float:
        """An entry of a node's value."""

    def claimed(self, node: int, entry: int | None) -> Sample:
        """The slope along a direction by the node's gradient, and how far rounding may have moved that."""

    def scale(self, node: int) -> float:
        """The largest entry of the node's gradient, without its sign."""

    def precision(self, node: int) -> float:
        """How far 1 is from the next number of the node's dtype."""

    def output(self, node: int, entry: int | None, step: float) -> Sample:
        """The output where a node is moved by `step` along a direction, and how far rounding may have moved that."""


class Rerun:
    """A graph that can be computed again.

    Attributes:
        graph: the graph, with the local derivatives that the op table gives.
        gradients: by those local derivatives, d(output)/d(node); only through ops that the table has.
        magnitudes: the same without signs, as if nothing cancelled; rounding errors are in proportion to it.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = Graph(tuple(_by_the_table(graph, node) for node in graph.nodes), graph.output)
        self.gradients: defaultdict[int, float] = defaultdict(float)
        self.magnitudes: defaultdict[int, float] = defaultdict(float)
        self.gradients[graph.output] = self.magnitudes[graph.output] = 1.0
        for node in reversed(self.graph.nodes[: graph.output + 1]):
            for source, local in zip(node.inputs, node.local, strict=True) if entry(node) else ():
                self.gradients[source] += self.gradients[node.id] * scalar(local)
                self.magnitudes[source] += self.magnitudes[node.id] * abs(scalar(local))

    def branch(self, start: int) -> Branch:
        """The output as a function of node `start`."""
        found = {start}
        pending = [start]
        while pending:
            fresh = self.graph.reached.intersection(self.graph.consumers[pending.pop()]) - found
            found |= fresh
            pending += fresh
        return Branch(self, start, [self.graph[node] for node in sorted(found - {start})])


class _Step(NamedTuple):
    """An op node of a branch, with what computing it again takes."""

    node: Node
    op: Op
    sensitivity: float


class Branch:
    """The output of a graph as a function of one node, all else unchanged.

    Attributes:
        x: the node's value.
        gradient: by the op table, d(output)/d(node).
        magnitude: the same without signs.
        unknown: names of the ops on the way that are not in the op table; where there are any, it cannot be called.
    """

    def __init__(self, rerun: Rerun, start: int, nodes: list[Node]) -> None:
        self._graph = rerun.graph
        self._start = start
        self.x = scalar(rerun.graph[start].value)
        self.gradient = rerun.gradients[start]
        self.magnitude = rerun.magnitudes[start]
        entries = [(node, entry(node)) for node in nodes]
        self.unknown = tuple(dict.fromkeys(node.op for node, op in entries if op is None))
        self._steps = [_Step(node, op, abs(rerun.gradients[node.id])) for node, op in entries if op is not None]

    def __len__(self) -> int:
        """How many ops lie between the node and the output."""
        return len(self._steps)

    def __call__(self, x: float) -> Sample:
        """The output where the node is `x`, and how far rounding may have moved it."""
        changed, noise = self._run(x)
        output = self._graph[self._graph.output]
        return Sample(changed.get(output.id, scalar(output.value)), noise)

    def derivative(self, x: float) -> float:
        """The slope that the op table gives where the node is `x`, carried from op to op towards the output."""
        changed, _ = self._run(x)
        slopes = {self._start: 1.0}
        for node, op, _ in self._steps:
            local = op.local_derivatives(self._operands(node, changed), self._value(node, changed))
            pairs = zip(node.inputs, local, strict=True)
            slopes[node.id] = sum(slopes[source] * factor for source, factor in pairs if source in slopes)
        return slopes.get(self._graph.output, 0.0)

    def kink(self, h: float) -> str:
        """Symbol of an op on the way that goes by another rule `h` to the left or right; "" if there is none."""
        here = self._rules(self.x)
        for beside in (self._rules(self.x - h), self._rules(self.x + h)):
            for place, rule in here.items():
                if rule is not beside[place]:
                    return OPS[self._graph[place[0]].op].symbol
        return ""

    def _run(self, x: float) -> tuple[dict[int, float], float]:
        """The values that differ where the node is `x`, by id, and the noise of the output."""
        changed = {self._start: x}
        noise = abs(self.gradient) * _rounding(x)
        for node, op, sensitivity in self._steps:
            moved = [source in changed for source in node.inputs]
            if not any(moved):
                continue
            value = op.forward(*self._operands(node, changed))
            if value == node.value and not any(local for local, has in zip(node.local, moved, strict=True) if has):
                continue  # flat here; with a local derivative other than 0, rounding may have swallowed the change
            changed[node.id] = value
            noise += sensitivity * _rounding(value)
        return changed, noise

    def _rules(self, x: float) -> dict[tuple[int, int], Case | None]:
        """Where the node is `x`, the case of each local derivative on the way, by op node and slot."""
        changed, _ = self._run(x)
        on_the_way = {self._start, *(step.node.id for step in self._steps)}
        rules: dict[tuple[int, int], Case | None] = {}
        for node, op, _ in self._steps:
            operands, value = self._operands(node, changed), self._value(node, changed)
            for slot, source in enumerate(node.inputs):
                if source in on_the_way:
                    rules[node.id, slot] = op.case(slot, operands[0], operands[-1], value)
        return rules

    def _operands(self, node: Node, changed: dict[int, float]) -> list[float]:
        return [self._value(self._graph[source], changed) for source in node.inputs]

    def _value(self, node: Node, changed: dict[int, float]) -> float:
        return changed[node.id] if node.id in changed else scalar(node.value)


def entry(node: Node) -> Op | None:
    """The entry of the op table for an op node; None if it has none, or is not about single numbers."""
    op = OPS.get(node.op)
    return op if op is not None and op.arity == len(node.inputs) and node.shape == () else None


def _by_the_table(graph: Graph, node: Node) -> Node:
    """The node with the local derivatives that the op table gives; unchanged where it has none."""
    op = entry(node)
    if op is None:
        return node
    operands = [scalar(graph[source].value) for source in node.inputs]
    return replace(node, local=op.local_derivatives(operands, scalar(node.value)))


def _rounding(value: float) -> float:
    """How far off a result may be because it was rounded."""
    return RELATIVE * abs(value) + _ABSOLUTE
