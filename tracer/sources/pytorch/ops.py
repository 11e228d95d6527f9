"""PyTorch's ops in the words of the op tables: which op a call is, from which operands, with which axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tracer.ops import OPS
from tracer.sources.pytorch.forward import Call, Read
from tracer.tensorops import TENSOR_OPS


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


def _several(names: str, *given: Any) -> dict[str, Any]:
    """An entry for each of several names."""
    return dict.fromkeys(names.split(), given[0] if len(given) == 1 else given)


# Ops of the op table: PyTorch's name, ours, and the arguments that are the operands, in our order.
_ENTRYWISE: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    **_several("add.Tensor add.Scalar", "add", ("self", "other")),
    **_several("sub.Tensor sub.Scalar", "sub", ("self", "other")),
    **_several("rsub.Tensor rsub.Scalar", "sub", ("other", "self")),
    **_several("mul.Tensor mul.Scalar", "mul", ("self", "other")),
    **_several("div.Tensor div.Scalar", "div", ("self", "other")),
    **_several("pow.Tensor_Scalar pow.Tensor_Tensor pow.Scalar", "pow", ("self", "exponent")),
    **{name: (name, ("self", "other")) for name in ("maximum", "minimum")},
    **{op.name: (op.name, ("self",)) for op in OPS.values() if op.arity == 1},
}

# Ops of the tensor op table.
_MIXING: Final[Mapping[str, str]] = {
    **_several("mm bmm matmul mv dot vdot", "matmul"),
    **_several("addmm baddbmm addmv addbmm", "addmm"),
    **_several("t transpose.int mT", "transpose"),
    **_several("view _unsafe_view reshape _reshape_alias flatten", "reshape"),
    **_several("unsqueeze squeeze squeeze.dim squeeze.dims", "reshape"),
    **_several("clone alias contiguous _to_copy lift_fresh copy", "copy"),
    **_several("sum sum.dim_IntList", "sum"),
    **_several("mean mean.dim", "mean"),
    **_several("_softmax _safe_softmax", "softmax"),
    **_several("split.Tensor unsafe_split.Tensor split_with_sizes unsafe_split_with_sizes", "split"),
    **_several("slice.Tensor select.int narrow diagonal", "slice"),
    **_several("index.Tensor gather embedding index_select masked_select take", "index"),
    "_log_softmax": "log_softmax",
    "cat": "concat",
    "expand": "broadcast",
    "permute": "permute",
    "stack": "stack",
    "unbind.int": "unstack",
}


def describe(call: Call) -> Described:
    """A call in the tracer's words."""
    if call.name in _ENTRYWISE and call.args.get("alpha", 1) == 1:
        op, names = _ENTRYWISE[call.name]
        return Described(op, tuple(_operand(call.args[name]) for name in names))
    operands = tuple(call.reads)
    op = _MIXING.get(call.name, "")
    if op in ("transpose", "permute"):
        return _turned(call, operands)
    if not op or any(call.args.get(factor, 1) != 1 for factor in ("alpha", "beta")):
        return Described(_own_name(call), operands)
    finish = _DETAILS.get(op)
    return finish(op, call, operands) if finish else Described(op, operands)


def _operand(given: Any) -> Read | float:
    return given if isinstance(given, Read) else float(given)


def _own_name(call: Call) -> str:
    """PyTorch's own name, without what says how it is implemented, and never one that a table uses for another op."""
    name, _, overload = call.name.partition(".")
    short = name.strip("_").removeprefix("native_").removesuffix("_forward")
    if call.args.get("alpha", 1) != 1 or call.args.get("beta", 1) != 1:
        short += "_scaled"
    if short in OPS or short in TENSOR_OPS:
        short = f"{short}_{overload.lower() or 'op'}"
    return short


def _rank(operands: tuple[Read, ...]) -> int:
    return int(operands[0].tensor.dim())


def _axis(given: Any, rank: int) -> int:
    return int(given) % rank if rank else 0


def _turned(call: Call, operands: tuple[Read, ...]) -> Described:
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


def _reduced(op: str, call: Call, operands: tuple[Read, ...]) -> Described:
    rank = _rank(operands)
    given = call.args.get("dim")
    axes = tuple(_axis(axis, rank) for axis in given) if given else tuple(range(rank))
    read, result = operands[0].tensor, call.results[0]
    return Described(op, operands, {"n": str(read.numel() // max(result.numel(), 1))}, axes=axes)


def _along(op: str, call: Call, operands: tuple[Read, ...]) -> Described:
    axis = _axis(call.args.get("dim", 0), _rank(operands))
    return Described(op, operands, {"axis": f"axis={axis}"})


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


_DETAILS: Final[Mapping[str, Callable[[str, Call, tuple[Read, ...]], Described]]] = {
    "sum": _reduced,
    "mean": _reduced,
    **dict.fromkeys(("softmax", "log_softmax", "split", "unstack"), _along),
    "concat": _joined,
    "stack": _joined,
}
