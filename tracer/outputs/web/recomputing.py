"""Whether a page can compute a trace itself, as it has to when a reader changes an input.

The page has the op table in JavaScript, for single numbers with the precision of Python's. What another library
computed, or a person assigned by hand, it shows as it was and never computes again: a number that only resembles
theirs would be made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isclose, nan
from typing import Final

from tracer.graph import Node
from tracer.rerunning import entry
from tracer.telling import shown
from tracer.tensors import Tensor, scalar
from tracer.tracing import Frame, Trace

# How far a number of another library may be from the op table's, which is a matter of rounding and no other op.
_RELATIVE: Final = 1e-9
_ABSOLUTE: Final = 1e-300
# Types of numbers that are as precise as the page's own.
_PRECISE: Final = ("", "float64")


def obstacle(trace: Trace) -> str:
    """Why a page cannot compute with other inputs, as a clause behind "because"; "" if it can."""
    if any(isinstance(node.value, Tensor) for node in trace.graph.nodes):
        return "this page can compute with single numbers, but not with tensors"
    if any(frame.verdict for frame in trace.frames):
        return "the gradients were assigned by code that this page cannot run"
    if coarse := [node.dtype for node in trace.graph.nodes if node.dtype not in _PRECISE]:
        return f"this page does not round as {shown(coarse[0])} does"
    ops = [node for node in trace.graph.nodes if node.kind == "op"]
    if unknown := [node.op for node in ops if entry(node) is None]:
        return f"this page does not know how to compute {shown(unknown[0])}"
    if other := [node.op for node in ops if not _by_the_table(trace, node)]:
        return f"this page would compute {shown(other[0])} otherwise"
    return "" if all(map(_same, trace.frames, _replayed(trace))) else "its gradients were computed in another way"


def has_plain_numbers(trace: Trace) -> bool:
    """Whether all numbers of a trace are single ones, as precise as the page's own: no tensors, no narrow floats."""
    return not any(isinstance(node.value, Tensor) or node.dtype not in _PRECISE for node in trace.graph.nodes)


def _by_the_table(trace: Trace, node: Node) -> bool:
    """Whether the op table gives the value and the local derivatives that an op node has."""
    op = entry(node)
    if op is None:
        return False
    operands = [scalar(trace.graph[source].value) for source in node.inputs]
    held = [scalar(number) for number in (node.value, *node.local)]
    expected = [op.forward(*operands), *op.local_derivatives(operands, scalar(node.value))]
    return all(map(_alike, held, expected))


def _alike(one: float, other: float) -> bool:
    return isclose(one, other, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE) or (one != one and other != other)


def _replayed(trace: Trace) -> Iterator[Frame]:
    """The frames as the page would compute them: upstream × local, and contributions add up."""
    gradients: dict[int, float] = {}
    for frame in trace.frames:
        upstream = local = 1.0
        if frame.op is not None and frame.slot is not None:
            upstream, local = gradients.get(frame.op, nan), scalar(trace.graph[frame.op].local[frame.slot])
        before, contribution = gradients.get(frame.target), upstream * local
        after = contribution if before is None else before + contribution
        gradients[frame.target] = after
        yield replace(
            frame,
            upstream=upstream,
            local=local,
            contribution=contribution,
            before=0.0 if before is None else before,
            after=after,
            accumulates=before is not None,
            note="",
        )


def _same(frame: Frame, other: Frame) -> bool:
    """Whether two frames have the same numbers: as text, in which NaN is itself and the two zeros differ."""
    return repr(frame) == repr(other)
