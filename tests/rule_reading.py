"""Reads the rules of frames as NumPy would: an answer to "is this formula true?" that knows none of our code.

    check_products(trace); check_values(trace)

A rule's `{3}` is the value of node 3, `{d7}` the gradient of node 7, and its functions are NumPy's. What comes out has
to be the frame's contribution, but for rounding; so has upstream × local where there is a number for each entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from tracer.ops import OPS
from tracer.tensors import Number, Rule, Tensor
from tracer.tracing import Frame, Trace


def array(number: Number) -> Any:
    """A number of either kind as an array of doubles."""
    if isinstance(number, Tensor):
        return np.array(number.entries, dtype="float64").reshape(number.shape)
    return np.array(number)


def check_products(trace: Trace, tolerance: float = 1e-4) -> int:
    """Compute every frame's product or rule; returns how many frames had one that says how."""
    told = 0
    for frame in trace.frames[1:]:
        if frame.op is None:
            continue
        local: Any = frame.local
        if not isinstance(local, Rule):
            answers: Iterator[Any] = iter([array(frame.upstream) * array(local)])
        elif "Jacobian" in local.why or "/" in re.sub(r"\} / \{|\) / \d+", "", local.text):
            continue  # it speaks of a matrix that nobody writes out
        else:
            answers = readings(local, frame, trace)
        told += 1
        right = array(frame.contribution)
        # What cancels in a sum leaves rounding behind that is in proportion to what was summed.
        scale = max(float(np.abs(one[np.isfinite(one)]).max(initial=1e-30)) for one in (right, array(frame.upstream)))
        if not any(_same(answer, right, tolerance, scale) for answer in answers):
            raise AssertionError(f"{frame.label}: {local} is not {right}")
    return told


def check_values(trace: Trace, rel: float = 1e-4) -> None:
    """The value of each op of the op table has to be what the table computes."""
    for node in trace.graph.nodes:
        if node.op in OPS:
            operands = np.broadcast_arrays(array(node.value), *(array(trace.graph[one].value) for one in node.inputs))
            right, *columns = (operand.ravel().tolist() for operand in operands)
            computed = [OPS[node.op].forward(*entry) for entry in zip(*columns, strict=True)]
            assert computed == pytest.approx(right, rel=rel, abs=1e-5, nan_ok=True)


def readings(rule: Rule, frame: Frame, trace: Trace) -> Iterator[Any]:
    """What a rule may mean; `broadcast` does not say which axes are new, so there may be several answers."""
    source = rule.text.replace("⊙", "*").replace("−", "-").replace("ᵀ", ".swapaxes(-1, -2)")
    source = re.sub(r"\{(d?)(\d+)\}", r"node\1[\2]", source)
    gradients = {node: array(gradient) for node, gradient in trace.gradients.items()}
    values = {node.id: array(node.value) for node in trace.graph.nodes}
    shape = array(frame.contribution).shape
    upstream = array(frame.upstream).ndim
    for axes in combinations(range(len(shape)), max(len(shape) - upstream, 0)):
        names = {"node": values, "noded": gradients, **_functions(axes, frame)}
        try:
            yield eval(source, {"__builtins__": {}}, names)  # noqa: S307
        except ValueError:  # with these axes the shapes do not fit
            continue


def _functions(axes: tuple[int, ...], frame: Frame) -> dict[str, Any]:
    contribution = array(frame.contribution)
    return {
        "broadcast": lambda x, shape: np.broadcast_to(np.expand_dims(x, axes if x.ndim < len(shape) else ()), shape),
        "concat": lambda *pieces, axis: np.concatenate(pieces, axis),
        "exp": np.exp,
        "outer": np.outer,
        "permute": np.transpose,
        "reshape": np.reshape,
        # Which entries were read is not said: at least nothing may get lost or be made up.
        "scatter": lambda x, shape: contribution if np.isclose(x.sum(), contribution.sum(), atol=1e-4) else x,
        "stack": lambda *pieces, axis: np.stack(pieces, axis),
        "sum": lambda x, axis: x.sum(axis, keepdims=True),
    }


def _same(answer: Any, right: Any, tolerance: float, scale: float) -> bool:
    """Whether an answer is right; a sum may have kept its axes."""
    if answer.size != right.size:
        return False
    return np.allclose(answer.reshape(right.shape), right, rtol=tolerance, atol=tolerance * scale, equal_nan=True)
