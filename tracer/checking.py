"""Numerical verification: is each gradient of a trace the derivative that it claims to be?

For each node the output is computed again with that node's value moved a little up and down, and the differences give
the derivative without any chain rule (`differences.py`). The answer is "right", "wrong", or "inconclusive" with the
reason. There is no absolute tolerance: a gradient of 1e-12 has to be as right as one of 1e12, and where rounding hides
it, that is the answer.

Checking a node computes everything downstream of it some forty times, so checking all of a graph takes time in
proportion to nodes × downstream nodes: well under a second for a hundred nodes, long for many thousands. Name the nodes
that matter then.

What another library computed runs again there (`probing.py`), with one entry of a tensor moved at a time; of a large
tensor some entries, and all of them at once in a random direction.

`nudge` is the check of the lecture: move one value by 0.001 and see how far the output moves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from math import isfinite, nan
from typing import Final

from tracer.comparing import Answer, compare, unknown_ops
from tracer.errors import SourceError
from tracer.probing import Probe, probe
from tracer.rerunning import Experiment, Rerun
from tracer.tensors import Number, Tensor, zero_like
from tracer.tracing import Trace

_STORED: Final = "there is no function here to run again; check the trace in the program that makes it"
_ENTRY: Final = re.compile(r"(?P<name>.+)\[(?P<places>\d+(?:, ?\d+)*)\]", re.DOTALL)
_NARROW: Final = frozenset({"float32", "float16", "bfloat16"})
_NAMES_IN_ERRORS: Final = 12


@dataclass(frozen=True, slots=True)
class NodeCheck:
    """What the check found out about the gradient of one node.

    Attributes:
        node: id of the node.
        name: the name it is shown by.
        claimed: its gradient in the trace, 0.0 if it was given none.
        numeric: the derivative found by differences; of a tensor that of the entry that decided, which is the most
            uncertain one; NaN where there is none.
        error: how far off `numeric` may be; NaN where there is none.
        answer: "right", "wrong" or "inconclusive".
        reason: why, in words; "" where the gradient is right.
        place: indices of the entry that decided; None for a number.
        tried: how many entries were moved one by one; 1 for a number.
        size: how many entries there are.
        along: whether a step of all entries at once, in a random direction, agrees too; only tried for large tensors.
    """

    node: int
    name: str
    claimed: Number
    numeric: float
    error: float
    answer: Answer
    reason: str
    place: tuple[int, ...] | None = None
    tried: int = 1
    size: int = 1
    along: bool = False


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


def run_again(trace: Trace) -> Experiment | str | None:
    """What runs the computation of another library again, or why it cannot; None where the op table computes it."""
    if trace.experiment is not None:
        try:
            return trace.experiment()
        except SourceError as error:
            return str(error)
    narrow = any(isinstance(node.value, Tensor) or node.dtype in _NARROW for node in trace.graph.nodes)
    return _STORED if narrow else None


def _number(claimed: Number) -> float:
    """A gradient in a graph without tensors, where it is a number, unless somebody has built it by hand."""
    return nan if isinstance(claimed, Tensor) else claimed


def nudge(trace: Trace, node: str | int, h: float = 0.001) -> Nudge:
    """Move one value by `h`, compute the output again and see how far it has moved.

    Args:
        trace: the computation.
        node: name or id of the value, a leaf or an intermediate; of a tensor name an entry: "w[0, 2]".
        h: how far to move it.

    Raises:
        SourceError: there is no such value, it is a literal, it is a tensor and no entry was named, `h` is 0 or not
            finite, or an op cannot be computed again.
    """
    if not isfinite(h) or h == 0:
        raise SourceError(f"a value can be nudged by any finite number but 0, not by {h!r}")
    experiment = run_again(trace)
    if experiment is not None:
        return _nudged(trace, experiment, node, h)
    place = find(trace, node)
    branch = Rerun(trace.graph).branch(place)
    if branch.unknown:
        raise SourceError(f"{trace.names[place]} cannot be nudged: {unknown_ops(branch)}")
    return Nudge(trace.names[place], h, branch(branch.x).value, branch(branch.x + h).value)


def _nudged(trace: Trace, experiment: Experiment | str, wanted: str | int, h: float) -> Nudge:
    """Move a number, or an entry of a tensor, of what another library computed."""
    node, entry, name = _entry(trace, wanted)
    reason = experiment if isinstance(experiment, str) else experiment.obstacle(node)
    if reason or isinstance(experiment, str):
        raise SourceError(f"{name} cannot be nudged: {reason}")
    before, after = (experiment.output(node, entry, step).value for step in (0.0, h))
    return Nudge(name, h, before, after)


def _entry(trace: Trace, wanted: str | int) -> tuple[int, int, str]:
    """The node and the entry that are meant by a name, such as `w[0, 2]`, and how that is shown.

    Raises:
        SourceError: there is none, or it is not said which entry of a tensor.
    """
    written = _ENTRY.fullmatch(wanted) if isinstance(wanted, str) and wanted not in trace.names else None
    node = find(trace, written["name"] if written else wanted)
    name, shape = trace.names[node], trace.graph[node].shape
    indices = tuple(map(int, written["places"].split(","))) if written else ()
    if len(indices) != len(shape) or any(index >= length for index, length in zip(indices, shape, strict=True)):
        last = f"{name}[{', '.join(str(length - 1) for length in shape)}]"
        what = f"has the shape {shape}; name one entry of it, up to {last}" if shape else "is a single number"
        raise SourceError(f"{name} {what}")
    entry = 0
    for index, length in zip(indices, shape, strict=True):
        entry = entry * length + index
    return node, entry, f"{name}[{', '.join(map(str, indices))}]" if shape else name


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
