"""What rules need to be computed with PyTorch's tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from tracer.sources.pytorch.forward import Call
from tracer.sources.pytorch.library import dense, torch
from tracer.sources.rules import Use


class TorchArrays:
    """PyTorch's functions by the names that rules use, for what one call did.

    Args:
        call: the call.
        axes: the axes over which it reduces.
    """

    def __init__(self, call: Call, axes: tuple[int, ...] = ()) -> None:
        self._call = call
        self._axes = axes

    def functions(self, use: Use) -> Mapping[str, Callable[..., Any]]:
        """The functions that rules call."""
        return {
            "broadcast": self._broadcast,
            "clip": torch.clip,
            "concat": lambda *pieces, axis: torch.cat(pieces, axis),
            "cumsum": lambda array, axis: torch.cumsum(array, axis),
            "exp": torch.exp,
            "flip": lambda array, axis: torch.flip(array, axis if isinstance(axis, tuple) else (axis,)),
            "log": torch.log,
            "mean": lambda array, axis=None: array.mean(axis, keepdim=True),
            "normalized": self._normalized,
            "one_hot": lambda labels: _one_hot(labels, use.operands[0]),
            "outer": torch.outer,
            "permute": torch.permute,
            "reshape": torch.reshape,
            "scatter": self._scatter,
            "sigmoid": torch.sigmoid,
            "sign": torch.sign,
            "softmax": lambda array: torch.softmax(array, -1),
            "sqrt": math.sqrt,
            "stack": lambda *pieces, axis: torch.stack(pieces, axis),
            "sum": lambda array, axis: array.sum(axis, keepdim=True),
            "where": torch.where,
        }

    def agree(self, one: Any, other: Any) -> bool:
        """Whether two tensors differ by no more than rounding."""
        return agree(one, other)

    def _broadcast(self, array: Any, shape: tuple[int, ...]) -> Any:
        if array.dim() < len(shape):
            for axis in sorted(self._axes):
                array = array.unsqueeze(axis)
        return array.expand(shape)

    def _scatter(self, array: Any, shape: tuple[int, ...]) -> Any:
        """Each entry put back where the call reads it from, which it tells by reading places instead of numbers."""
        places = torch.arange(math.prod(shape), device=array.device).reshape(shape)
        read = self._call.again(places)
        whole = torch.zeros(places.numel(), dtype=array.dtype, device=array.device)
        return whole.index_add(0, read.flatten(), array.flatten()).reshape(shape)

    def _normalized(self, array: Any) -> Any:
        """What a layer multiplies with its weights, from the mean and one over the spread that it gives besides."""
        _, mean, over_spread = self._call.results
        groups = array.flatten().reshape(mean.numel(), -1) if mean.dim() == 2 and array.dim() > 2 else None
        if groups is not None and groups.shape[0] * groups.shape[1] == array.numel():
            return ((groups - mean.reshape(-1, 1)) * over_spread.reshape(-1, 1)).reshape(array.shape)
        if mean.dim() == 1:  # one for each channel
            mean, over_spread = (one.reshape(-1, *[1] * (array.dim() - 2)) for one in (mean, over_spread))
        return (array - mean) * over_spread


def _one_hot(labels: Any, scores: Any) -> Any:
    """1 at the label of each row of scores, and 0 elsewhere; classes lie along axis 1, or 0 where there is one row."""
    axis = 1 if scores.dim() > 1 else 0
    classes = torch.arange(scores.shape[axis], device=labels.device)
    return (labels.unsqueeze(axis) == classes.reshape(-1, *[1] * (scores.dim() - axis - 1))).to(scores.dtype)


def agree(one: Any, other: Any) -> bool:
    """Whether two tensors differ by no more than rounding in their own precision."""
    if one.shape != other.shape:
        return False
    one, other = dense(one), dense(other)
    types = [tensor.dtype for tensor in (one, other) if tensor.is_floating_point()]
    rough = 64 * max((float(torch.finfo(kind).eps) for kind in types), default=0.0)
    one, other = one.to(torch.float64), other.to(torch.float64)
    finite = other[torch.isfinite(other)].abs()
    scale = float(finite.max()) if finite.numel() else 0.0
    return bool(torch.allclose(one, other, rtol=rough, atol=rough * scale, equal_nan=True))
