"""JAX's primitives in the words of the op tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tracer.ops import OPS
from tracer.sources.jax.program import Step
from tracer.tensorops import TENSOR_OPS


@dataclass(frozen=True, slots=True)
class Described:
    """A step in the tracer's words.

    Attributes:
        op: name of the op.
        literal: a number that stands in the place of a second operand, such as the exponent of `integer_pow`.
        attributes: text for rules, such as `axis`.
        parts: for each operand the part of the result where it went, as text.
        axes: the axes over which it reduces.
    """

    op: str
    literal: float | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    axes: tuple[int, ...] = ()


# Primitives of the op table; many go by the same name there.
_TABLE: Final[Mapping[str, str]] = {
    **{name: name for name in OPS},
    "add_any": "add",
    "logistic": "sigmoid",
    "max": "maximum",
    "min": "minimum",
}

_MIXING: Final[Mapping[str, str]] = {
    "concatenate": "concat",
    "convert_element_type": "copy",
    "copy": "copy",
    "copy_p": "copy",
    "dynamic_slice": "slice",
    "expand_dims": "reshape",
    "gather": "index",
    "index": "slice",
    "reduce_sum": "sum",
    "reshape": "reshape",
    "slice": "slice",
    "split": "split",
    "squeeze": "reshape",
    "stack": "stack",
}

# Primitives that work entry by entry and are in no table.
_ENTRYWISE: Final = frozenset(
    (
        *("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cosh", "sinh", "tan"),
        *("cbrt", "erf", "erf_inv", "erfc", "exp2", "expm1", "log1p", "digamma", "lgamma", "rsqrt"),
        *("ceil", "clamp", "floor", "nextafter", "reduce_precision", "rem", "round", "select_n", "sign"),
        *("integer_pow", "square", "eq", "ne", "lt", "le", "gt", "ge", "is_finite", "and", "or", "not"),
    )
)


def describe(step: Step) -> Described:
    """A step in the tracer's words."""
    name, params = step.primitive, step.params
    if name in _TABLE:
        return Described(_TABLE[name])
    if name == "integer_pow":
        return Described("pow", literal=float(params["y"]))
    if name == "square":
        return Described("pow", literal=2.0)
    if name == "dot_general":
        return Described(_product_name(step))
    if name == "transpose":
        return _transposed(step)
    if name == "broadcast_in_dim":
        return _broadcast(step)
    if name in ("concatenate", "stack"):
        return _joined(step)
    if name == "pad":
        return _padded(step)
    if name in _MIXING or name in TENSOR_OPS:
        return _plain(_MIXING.get(name, name), step)
    return Described(_own_name(step))


def _plain(op: str, step: Step) -> Described:
    """An op of the tensor op table, with the axes that the primitive was given."""
    params = step.params
    axes = tuple(int(axis) for axis in params.get("axes") or params.get("dimensions") or ())
    attributes = {"axis": f"axis={axes[0] if len(axes) == 1 else axes}"} if axes else {}
    if "axis" in params:
        attributes = {"axis": f"axis={params['axis']}"}
    return Described(op, attributes=attributes, axes=axes)


def is_entrywise(step: Step) -> bool:
    """Whether a step works entry by entry, or gives one number."""
    if len(step.results) != 1:
        return False
    if step.results[0].value.shape == ():
        return True
    if step.primitive in _TABLE or step.primitive in _ENTRYWISE:
        return True
    return step.primitive.startswith("custom_jvp") and _is_entrywise_program(step.params.get("call_jaxpr"))


def _is_entrywise_program(program: Any) -> bool:
    """Whether every equation of a program works entry by entry."""
    if program is None:
        return False
    for equation in getattr(program, "jaxpr", program).eqns:
        name = equation.primitive.name
        inner = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
        if not (name in _TABLE or name in _ENTRYWISE or (inner is not None and _is_entrywise_program(inner))):
            return False
    return True


def _own_name(step: Step) -> str:
    """JAX's own name; for functions with a derivative rule of their own, that function's."""
    name = _function_name(step.params.get("call_jaxpr")) or step.primitive
    if name in OPS and len(step.operands) == OPS[name].arity and is_entrywise(step):
        return name  # jax.nn.relu is a function with a rule of its own, and it is the relu of the table
    return f"{name}′" if name in OPS or name in TENSOR_OPS else name


def _function_name(program: Any) -> str:
    """The name of the function that a program was read from, "" where that has none of its own."""
    about = getattr(getattr(program, "jaxpr", None), "debug_info", None)
    name = str(getattr(about, "func_name", ""))
    return "" if name.startswith("<") else name


def _product_name(step: Step) -> str:
    """A contraction is a matrix product where the last axis meets the one before the last, the usual way round."""
    (one, other), (batch, batched) = step.params["dimension_numbers"]
    left, right = (operand.value.ndim for operand in step.operands)
    plain = tuple(one) == (left - 1,) and tuple(other) == (max(right - 2, 0),)
    leading = tuple(batch) == tuple(batched) == tuple(range(len(batch)))
    fits = (right <= 2 and not batch) or left == right == len(batch) + 2
    return "matmul" if plain and leading and fits else "dot_general"


def _transposed(step: Step) -> Described:
    order = tuple(int(axis) for axis in step.params["permutation"])
    rank = len(order)
    if rank > 1 and order == (*range(rank - 2), rank - 1, rank - 2):
        return Described("transpose")
    return Described("permute", attributes={"axis": str(tuple(order.index(axis) for axis in range(rank)))})


def _broadcast(step: Step) -> Described:
    """A broadcast that only adds axes of length 1 is a change of shape."""
    given, made = step.operands[0].value, step.results[0].value
    if given.size == made.size:
        return Described("reshape")
    kept = step.params["broadcast_dimensions"]
    new = tuple(axis for axis in range(made.ndim) if axis not in kept)
    return Described("broadcast", attributes={"axis": f"axis={new[0] if len(new) == 1 else new}"})


def _padded(step: Step) -> Described:
    """Which part of the result is not padding; none where there is some in between, or something was cut off."""
    margins = step.params["padding_config"]
    if any(low < 0 or high < 0 or between for low, high, between in margins):
        return Described("pad")
    sizes = zip(margins, step.operands[0].value.shape, strict=True)
    return Described("pad", parts=(", ".join(f"{low}:{low + size}" for (low, _, _), size in sizes),))


def _joined(step: Step) -> Described:
    """Which part of the result each operand became: `:, 2:4`."""
    stacked = step.primitive == "stack"
    axis = 0 if stacked else int(step.params["dimension"])
    parts, start = [], 0
    for place, operand in enumerate(step.operands):
        end = start + (0 if stacked else int(operand.value.shape[axis]))
        parts.append(":, " * axis + (str(place) if stacked else f"{start}:{end}"))
        start = end
    return Described(_MIXING[step.primitive], parts=tuple(parts))
