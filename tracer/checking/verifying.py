"""Verifies the gradients of a trace, node by node."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from math import nan

from tracer.checking.finding import find, run_again
from tracer.checking.findings import Check, NodeCheck
from tracer.comparing import compare
from tracer.probing import Probe, probe
from tracer.rerunning import Experiment, Rerun
from tracer.tensors import Number, Tensor, zero_like
from tracer.tracing import Trace


def check(trace: Trace, nodes: str | int | Iterable[str | int] | None = None) -> Check:
    """Compare gradients of a trace, whatever made them, with numeric derivatives.

    Args:
        trace: what to check.
        nodes: names or ids of the nodes to check; left out, all of them but the literals, which have no gradient.

    Raises:
        SourceError: a node that was asked for does not exist or is a literal.
    """
    if nodes is None:
        literals = {node.id for node in trace.graph.nodes if node.kind == "constant"}
        chosen = [node for node in (*trace.gradients, *range(len(trace.graph))) if node not in literals]
    else:
        wanted = [nodes] if isinstance(nodes, (str, int)) else nodes
        chosen = [find(trace, node) for node in wanted]
    checker = _Checker(trace)
    return Check(tuple(map(checker.checked, dict.fromkeys(chosen))))


class _Checker:
    """Checks the nodes of a trace, by the op table or by running what was traced again."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    @cached_property
    def _rerun(self) -> Rerun:
        return Rerun(self._trace.graph)

    @cached_property
    def _experiment(self) -> Experiment | str | None:
        """What runs the computation again, or why it cannot run; None where the op table computes it."""
        return run_again(self._trace)

    @cached_property
    def _changed(self) -> dict[int, str]:
        """For nodes whose gradient has come through a hook of the user's, the name of what the hook is on."""
        graph, names = self._trace.graph, self._trace.names
        found = {frame.target: names[frame.target] for frame in self._trace.frames if frame.op is None and frame.note}
        for node in reversed(graph.nodes):
            if node.id in found:
                for source in node.inputs:
                    found.setdefault(source, found[node.id])
        return found

    def checked(self, node: int) -> NodeCheck:
        """What is found out about a node."""
        trace, experiment = self._trace, self._experiment
        name, value = trace.names[node], trace.graph[node].value
        claimed = trace.gradients.get(node, zero_like(value))
        size = value.size if isinstance(value, Tensor) else 1
        if isinstance(experiment, str):
            return NodeCheck(node, name, claimed, nan, nan, "inconclusive", experiment, None, 0, size)
        if experiment is None:
            found = compare(_number(claimed), self._rerun.branch(node))
            return self._told(node, claimed, Probe(found, None, 1, 1, along=False))
        return self._told(node, claimed, probe(experiment, node, trace.graph[node].shape, claimed))

    def _told(self, node: int, claimed: Number, made: Probe) -> NodeCheck:
        found = made.found
        answer, reason = found.answer, found.reason
        if answer == "wrong" and node not in self._trace.gradients:
            reason = "it was given no gradient"
        elif answer == "wrong" and node in self._changed:
            answer, reason = "inconclusive", f"a hook has changed the gradient of {self._changed[node]}"
        name = self._trace.names[node]
        numbers = found.numeric, found.error
        return NodeCheck(node, name, claimed, *numbers, answer, reason, made.place, made.tried, made.size, made.along)


def _number(claimed: Number) -> float:
    """A gradient in a graph without tensors, where it is a number, unless somebody has built it by hand."""
    return nan if isinstance(claimed, Tensor) else claimed
