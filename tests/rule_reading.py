"""Reads the rules of frames as NumPy would: an answer to "is this formula true?" that knows none of our code.

    check_products(trace); check_values(trace); said(trace, "mse_loss")

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
from tracer.wording import BRIEF, Wording


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
        elif not _is_written(local):
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


def said(trace: Trace, op: str) -> list[str]:
    """For each operand of an op that is given a gradient the rule, or the reason where no rule is written out.

    All of them are checked.
    """
    check_products(trace)
    words = Wording(trace, BRIEF)
    frames = [frame for frame in trace.frames if frame.op is not None and trace.graph[frame.op].op == op]
    return [words.product(one).symbols if _is_written(one.local) else words.because(one) for one in frames]


def _is_written(local: Any) -> bool:
    return isinstance(local, Rule) and not re.search(r"\{\d+/\d+\}", local.text)


def readings(rule: Rule, frame: Frame, trace: Trace) -> Iterator[Any]:
    """What a rule may mean; `broadcast` does not say which axes are new, so there may be several answers."""
    source = rule.text.translate(str.maketrans("⊙×−", "**-")).replace("ᵀ", ".swapaxes(-1, -2)")
    source = re.sub(r"\{(d?)(\d+)\}", r"node\1[\2]", source)
    gradients = {node: array(gradient) for node, gradient in trace.gradients.items()}
    values = {node.id: array(node.value) for node in trace.graph.nodes}
    shape = array(frame.contribution).shape
    upstream = array(frame.upstream).ndim
    for axes in combinations(range(len(shape)), max(len(shape) - upstream, 0)):
        names = {"node": values, "noded": gradients, **_functions(axes, frame, trace)}
        try:
            yield eval(source, {"__builtins__": {}}, names)  # noqa: S307
        except ValueError:  # with these axes the shapes do not fit
            continue


def _functions(axes: tuple[int, ...], frame: Frame, trace: Trace) -> dict[str, Any]:
    contribution = array(frame.contribution)
    return {
        "broadcast": lambda x, shape: np.broadcast_to(np.expand_dims(x, axes if x.ndim < len(shape) else ()), shape),
        "clip": np.clip,
        "concat": lambda *pieces, axis: np.concatenate(pieces, axis),
        "cumsum": np.cumsum,
        "exp": np.exp,
        "flip": np.flip,
        "log": np.log,
        "mean": lambda x, axis=None: x.mean(axis, keepdims=True),
        "normalized": lambda x: _normalized(x, array(trace.graph[frame.op or 0].value), contribution),
        "one_hot": lambda labels: np.eye(contribution.shape[-1])[labels.astype(int)],
        "outer": np.outer,
        "permute": np.transpose,
        "reshape": np.reshape,
        # Which entries were read is not said: at least nothing may get lost or be made up.
        "scatter": lambda x, shape: contribution if np.isclose(x.sum(), contribution.sum(), atol=1e-4) else x,
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "sign": np.sign,
        "softmax": lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True),
        "sqrt": np.sqrt,
        "stack": lambda *pieces, axis: np.stack(pieces, axis),
        "sum": lambda x, axis: x.sum(axis, keepdims=True),
        "where": np.where,
    }


def _normalized(x: Any, y: Any, weights: Any) -> Any:
    """Less the mean and over the spread: along the last axis, or over all but the channels, as fits the result."""
    if y.shape[-1:] == weights.shape:
        axes: tuple[int, ...] = (-1,)
    else:
        axes = (0, *range(2, x.ndim))
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-5)


def _same(answer: Any, right: Any, tolerance: float, scale: float) -> bool:
    """Whether an answer is right; a sum may have kept its axes."""
    if answer.size != right.size:
        return False
    return np.allclose(answer.reshape(right.shape), right, rtol=tolerance, atol=tolerance * scale, equal_nan=True)
