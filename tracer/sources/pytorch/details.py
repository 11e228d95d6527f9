"""What PyTorch's ops were given besides tensors, as the rules of the tensor op table need it: axes, parts, counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tracer.sources.pytorch.forward import Call, Read


@dataclass(frozen=True, slots=True)
class Described:
    """A call in the tracer's words.

    Attributes:
        op: name of the op.
        operands: the arguments that are operands: tensors, and numbers that stand in their place.
        attributes: text for rules, such as `axis`.
        parts: for each operand the part of the result where it went, as text.
        axes: the axes over which it reduces.
    """

    op: str
    operands: tuple[Read | float, ...]
    attributes: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    axes: tuple[int, ...] = ()


def detailed(op: str, call: Call, operands: tuple[Read, ...]) -> Described:
    """A call of an op of the tensor op table, with what its rules need to know."""
    finish = _DETAILS.get(op)
    return finish(op, call, operands) if finish else Described(op, operands)


def turned(call: Call, operands: tuple[Read, ...]) -> Described:
    """Axes in another order: a transposition where only the last two change places."""
    rank = _rank(operands)
    order = list(range(rank))
    if "dims" in call.args:
        order = [_axis(axis, rank) for axis in call.args["dims"]]
    elif rank > 1:
        one, other = _axis(call.args.get("dim0", 0), rank), _axis(call.args.get("dim1", 1), rank)
        order[one], order[other] = other, one
    if rank > 1 and order == [*range(rank - 2), rank - 1, rank - 2]:
        return Described("transpose", operands)
    return Described("permute", operands, {"axis": str(tuple(order.index(axis) for axis in range(rank)))})


def _rank(operands: tuple[Read, ...]) -> int:
    return int(operands[0].tensor.dim())


def _axis(given: Any, rank: int) -> int:
    return int(given) % rank if rank else 0


def _axes(given: Any, rank: int) -> tuple[int, ...]:
    """The axes that are meant by a number, several, or nothing at all, which means every one."""
    if given is None or given == []:
        return tuple(range(rank))
    return tuple(_axis(axis, rank) for axis in (given if isinstance(given, (list, tuple)) else [given]))


def _named(axes: tuple[int, ...]) -> str:
    return f"axis={axes[0] if len(axes) == 1 else axes}"


def _reduced(op: str, call: Call, operands: tuple[Read, ...]) -> Described:
    """One that makes one number of `n`; `m` is that number less the correction of a variance."""
    axes = _axes(call.args.get("dim"), _rank(operands))
    count = operands[0].tensor.numel() // max(call.results[0].numel(), 1)
    given = call.args.get("correction")
    less = f"{count - (1 if given is None else given):g}"
    return Described(op, operands, {"n": str(count), "m": less, "axis": _named(axes)}, axes=axes)


def _along(op: str, call: Call, operands: tuple[Read, ...]) -> Described:
    axes = _axes(call.args.get("dim", call.args.get("dims", 0)), _rank(operands))
    return Described(op, operands, {"axis": _named(axes)})


def _joined(op: str, call: Call, operands: tuple[Read, ...]) -> Described:
    """Which part of the result each operand became: `:, 2:4`."""
    stacked = op == "stack"
    axis = _axis(call.args.get("dim", 0), _rank(operands) + stacked)
    parts, start = [], 0
    for place, read in enumerate(operands):
        end = start + (0 if stacked else int(read.tensor.shape[axis]))
        parts.append(":, " * axis + (str(place) if stacked else f"{start}:{end}"))
        start = end
    return Described(op, operands, parts=tuple(parts))


def _padded(op: str, call: Call, operands: tuple[Read, ...]) -> Described:
    """Which part of the result is not padding. PyTorch counts pairs of margins from the last axis on."""
    shape, margins = tuple(operands[0].tensor.shape), list(call.args["pad"])
    before = [0] * (len(shape) - len(margins) // 2) + margins[::2][::-1]
    part = ", ".join(f"{start}:{start + size}" for start, size in zip(before, shape, strict=True))
    return Described(op, operands, parts=(part,))


def _compared(op: str, call: Call, operands: tuple[Read, ...]) -> Described:
    """A loss: over how many entries its mean was taken, and where it changes its ways."""
    attributes = {name: f"{call.args[name]:g}" for name in ("beta", "delta") if name in call.args}
    if call.args.get("reduction", _MEAN) == _MEAN:
        attributes["n"] = str(operands[0].tensor.numel())
    return Described(op, operands, attributes)


def _labelled(op: str, call: Call, operands: tuple[Read, ...]) -> Described:
    """A loss of labels, which says itself how many counted."""
    mean = call.args.get("reduction", _MEAN) == _MEAN
    return Described(op, operands, {"n": f"{float(call.results[1]):g}"} if mean else {})


def _by_channel(op: str, call: Call, operands: tuple[Read, ...]) -> Described:
    """A layer whose weights are one for each channel: all axes but that of the channels."""
    return Described(op, operands, {"axis": _named((0, *range(2, _rank(operands))))})


def _attending(op: str, call: Call, operands: tuple[Read, ...]) -> Described:
    scale = call.args.get("scale")
    width = int(operands[0].tensor.shape[-1])
    return Described(op, operands, {"root": f"sqrt({width})" if scale is None else f"{1 / scale!r}"})


_MEAN: Final = 1
"""PyTorch's number for taking the mean of what a loss gives for each entry."""

_REDUCING: Final = ("sum", "mean", "var", "std", "norm", "prod", "logsumexp", "max", "amax", "min", "amin")
_LOSSES: Final = ("mse_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy")
_DETAILS: Final[Mapping[str, Callable[[str, Call, tuple[Read, ...]], Described]]] = {
    **dict.fromkeys(_REDUCING, _reduced),
    **dict.fromkeys(("softmax", "log_softmax", "split", "unstack", "cumsum", "flip"), _along),
    **dict.fromkeys(("concat", "stack"), _joined),
    **dict.fromkeys((*_LOSSES, "binary_cross_entropy_with_logits"), _compared),
    **dict.fromkeys(("batch_norm", "group_norm", "convolution"), _by_channel),
    "nll_loss": _labelled,
    "pad": _padded,
    "attention": _attending,
}
