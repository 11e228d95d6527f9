"""PyTorch's ops in the words of the op tables: which op a call is, and of which operands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tracer.ops import OPS
from tracer.sources.pytorch.details import Described, detailed, turned
from tracer.sources.pytorch.forward import Call, Read
from tracer.tensorops import TENSOR_OPS


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
    **_several("slice.Tensor select.int narrow diagonal diagonal_copy", "slice"),
    **_several("index.Tensor gather index_select masked_select take", "index"),
    **_several("linalg_vector_norm norm norm.Scalar norm.ScalarOpt_dim", "norm"),
    **_several("nll_loss_forward nll_loss2d_forward", "nll_loss"),
    **{f"max_pool{n}d_with_indices": f"max_pool{n}d" for n in (2, 3)},
    "_prelu_kernel": "prelu",
    "constant_pad_nd": "pad",
    **{
        f"_scaled_dot_product_{kind}": "attention"
        for kind in (
            *("attention_math", "cudnn_attention", "efficient_attention", "flash_attention"),
            *("flash_attention_for_cpu", "fused_attention_overrideable"),
        )
    },
    "_log_softmax": "log_softmax",
    "cat": "concat",
    "expand": "broadcast",
    "permute": "permute",
    "stack": "stack",
    "unbind.int": "unstack",
}

# Names of the table that mean these ops, and not what PyTorch has under the same name.
_OURS: Final = frozenset(_MIXING.values()) - {name for name in _MIXING.values() if name in _MIXING}


def describe(call: Call) -> Described:
    """A call in the tracer's words."""
    if call.name in _ENTRYWISE and call.args.get("alpha", 1) == 1:
        op, names = _ENTRYWISE[call.name]
        return Described(op, tuple(_operand(call.args[name]) for name in names))
    operands = tuple(call.reads)
    op = "" if _is_scaled(call) else _MIXING.get(call.name, "") or _table_name(call)
    if op in ("transpose", "permute"):
        return turned(call, operands)
    if not op:
        return Described(_own_name(call), operands)
    return detailed(op, call, operands)


def _operand(given: Any) -> Read | float:
    return given if isinstance(given, Read) else float(given)


def _is_scaled(call: Call) -> bool:
    """Whether a sum, plain or of a matrix product, was given factors for what it adds."""
    sums = call.name in _ENTRYWISE or _MIXING.get(call.name) == "addmm"
    return sums and any(call.args.get(factor, 1) != 1 for factor in ("alpha", "beta"))


def _short_name(call: Call) -> str:
    """PyTorch's own name, without what says how it is implemented."""
    return call.name.partition(".")[0].strip("_").removeprefix("native_").removesuffix("_forward")


def _table_name(call: Call) -> str:
    """The name of an op that the tensor op table knows by PyTorch's own name; "" if it does not."""
    short = _short_name(call)
    return short if short in TENSOR_OPS and short not in _OURS else ""


def _own_name(call: Call) -> str:
    """PyTorch's own name, and never one that a table uses for another op."""
    short, overload = _short_name(call), call.name.partition(".")[2]
    if _is_scaled(call):
        short += "_scaled"
    if short in OPS or short in TENSOR_OPS:
        short = f"{short}_{overload.lower() or 'op'}"
    return short
