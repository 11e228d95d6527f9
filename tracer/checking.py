"""Numerical verification: is each gradient of a trace the derivative that it claims to be?

For each node the output is computed again with that node's value moved a little up and down, and the differences give
the derivative without any chain rule (`differences.py`). The answer is "right", "wrong", or "inconclusive" with the
reason. There is no absolute tolerance: a gradient of 1e-12 has to be as right as one of 1e12, and where rounding hides
it, that is the answer.

Checking a node computes everything downstream of it some forty times, so checking all of a graph takes time in
proportion to nodes × downstream nodes: well under a second for a hundred nodes, long for many thousands. Name the nodes
that matter then.

`nudge` is the check of the lecture: move one value by 0.001 and see how far the output moves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite, nan
from typing import Final

from tracer.comparing import Answer, compare, unknown_ops
from tracer.errors import SourceError
from tracer.rerunning import Rerun
from tracer.tensors import Number, Tensor, zero_like
from tracer.tracing import Trace

_TENSOR: Final = "a tensor cannot be computed again here"
_NAMES_IN_ERRORS: Final = 12


@dataclass(frozen=True, slots=True)
class NodeCheck:
    """What the check found out about the gradient of one node.

    Attributes:
        node: id of the node.
        name: the name it is shown by.
        claimed: its gradient in the trace, 0.0 if it was given none.
        numeric: the derivative found by differences; NaN where there is none.
        error: how far off `numeric` may be; NaN where there is none.
        answer: "right", "wrong" or "inconclusive".
        reason: why, in words; "" where the gradient is right.
    """

    node: int
    name: str
    claimed: Number
    numeric: float
    error: float
    answer: Answer
    reason: str


@dataclass(frozen=True, slots=True)
class Check:
    """What the check found out about a trace: a NodeCheck for each node, in the order of the gradients' assignment."""

    nodes: tuple[NodeCheck, ...]

    @property
    def ok(self) -> bool:
        """Whether no gradient is wrong; some may be inconclusive."""
        return not self.wrong

    @property
    def right(self) -> tuple[NodeCheck, ...]:
        """The nodes whose gradient is right."""
        return self._with("right")

    @property
    def wrong(self) -> tuple[NodeCheck, ...]:
        """The nodes whose gradient is wrong."""
        return self._with("wrong")

    @property
    def inconclusive(self) -> tuple[NodeCheck, ...]:
        """The nodes whose gradient cannot be judged; each says why."""
        return self._with("inconclusive")

    def _with(self, answer: Answer) -> tuple[NodeCheck, ...]:
        return tuple(found for found in self.nodes if found.answer == answer)

    def of(self, node: int | str) -> NodeCheck | None:
        """What was found out about a node, by its id or name; None if it was not checked."""
        return next((found for found in self.nodes if node in (found.node, found.name)), None)


@dataclass(frozen=True, slots=True)
class Nudge:
    """What happened to the output when one value was moved by `h`: the lecture's `(L2 - L1)/h`."""

    name: str
    h: float
    before: float
    after: float

    @property
    def slope(self) -> float:
        """The slope, exactly as Python computes it."""
        return (self.after - self.before) / self.h


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
    rerun = Rerun(trace.graph)
    return Check(tuple(_checked(trace, node, rerun) for node in dict.fromkeys(chosen)))


def _checked(trace: Trace, node: int, rerun: Rerun) -> NodeCheck:
    claimed = trace.gradients.get(node, zero_like(trace.graph[node].value))
    if isinstance(claimed, Tensor):
        return NodeCheck(node, trace.names[node], claimed, nan, nan, "inconclusive", _TENSOR)
    found = compare(claimed, rerun.branch(node))
    reason = found.reason
    if found.answer == "wrong" and node not in trace.gradients:
        reason = "it was given no gradient"
    return NodeCheck(node, trace.names[node], claimed, found.numeric, found.error, found.answer, reason)


def nudge(trace: Trace, node: str | int, h: float = 0.001) -> Nudge:
    """Move one value by `h`, compute the output again and see how far it has moved.

    Args:
        trace: the computation.
        node: name or id of the value, a leaf or an intermediate.
        h: how far to move it.

    Raises:
        SourceError: there is no such value, it is a literal, `h` is 0 or not finite, or an op cannot be computed again.
    """
    if not isfinite(h) or h == 0:
        raise SourceError(f"a value can be nudged by any finite number but 0, not by {h!r}")
    place = find(trace, node)
    branch = Rerun(trace.graph).branch(place)
    if branch.unknown:
        raise SourceError(f"{trace.names[place]} cannot be nudged: {unknown_ops(branch)}")
    return Nudge(trace.names[place], h, branch(branch.x).value, branch(branch.x + h).value)


def find(trace: Trace, wanted: str | int) -> int:
    """The id of the node that is shown by a name, or has an id.

    Raises:
        SourceError: there is none, or it is a literal, which has no gradient.
    """
    nodes = trace.graph.nodes
    if isinstance(wanted, int):
        found = [node for node in nodes if node.id == wanted]
    else:
        found = [node for node, name in zip(nodes, trace.names, strict=True) if name == wanted]
    if not found:
        raise SourceError(f"there is no value called {wanted!r}; {_choices(trace, str(wanted))}")
    for node in found:
        if node.kind != "constant":
            return node.id
    raise SourceError(f"{wanted!r} is a literal and has no gradient; {_choices(trace, '')}")


def _choices(trace: Trace, wanted: str) -> str:
    names = [name for name, node in zip(trace.names, trace.graph.nodes, strict=True) if node.kind != "constant"]
    close = get_close_matches(wanted, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    more = ", ..." if len(names) > _NAMES_IN_ERRORS else ""
    return f"there are {', '.join(names[:_NAMES_IN_ERRORS])}{more}"
