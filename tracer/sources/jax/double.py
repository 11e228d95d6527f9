"""Runs a JAX program in double precision, whatever the precision it was read for.

It is gone through equation by equation. Functions that are called, also those with a derivative rule of their own, are
entered, and what says "float32" says "float64" instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tracer.sources.jax.library import core, jax, jnp
from tracer.sources.jax.program import CALLS

Many = Sequence[Any]

# The same for functions with a derivative rule of their own, which are entered here.
_CALLS: Final[Mapping[str, str]] = {
    **CALLS,
    **dict.fromkeys(("custom_jvp_call", "custom_vjp_call"), "call_jaxpr"),
    "custom_vjp_call_jaxpr": "fun_jaxpr",
}
# What would round to the digits of another precision, or looks at single bits.
_ROUNDS: Final = "reduce_precision"
_BITS: Final = "bitcast_convert_type"


def doubled(function: Callable[..., Many], values: Many) -> Callable[..., Many]:
    """A function of arrays in double precision, as JAX reads it for these arrays; to be called under `enable_x64`."""
    program = jax.make_jaxpr(function)(*values)
    return lambda *given: _run(program, given)


def double(array: Any) -> Any:
    """An array in double precision if it holds floats."""
    narrow = jnp.issubdtype(array.dtype, jnp.floating) and array.dtype != jnp.float64
    return array.astype(jnp.float64) if narrow else array


def _run(program: Any, given: Many) -> list[Any]:
    """Run a program; it may come with its constants, or have none."""
    jaxpr = getattr(program, "jaxpr", program)
    known = dict(zip(jaxpr.constvars, map(double, map(jnp.asarray, getattr(program, "consts", ()))), strict=True))
    known.update(zip(jaxpr.invars, map(double, given), strict=True))

    def read(atom: Any) -> Any:
        return double(jnp.asarray(atom.val)) if isinstance(atom, core.Literal) else known[atom]

    for equation in jaxpr.eqns:
        results = _results(equation, [read(atom) for atom in equation.invars])
        known.update(zip(equation.outvars, map(double, results), strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _results(equation: Any, operands: list[Any]) -> Many:
    name, params = equation.primitive.name, equation.params
    if name in _CALLS:
        return _run(params[_CALLS[name]], operands)
    if name == "cond":
        return _run(params["branches"][int(operands[0])], operands[1:])
    if name == "while":
        return _while(params, operands)
    if name == "scan":
        return _scan(params, operands)
    if name == _ROUNDS:
        return operands
    if name == _BITS:
        raise NotImplementedError(f"{name} depends on the precision")
    widened = {key: _widened(param) for key, param in params.items()}
    found = equation.primitive.bind(*operands, **widened)
    return found if equation.primitive.multiple_results else [found]


def _widened(param: Any) -> Any:
    """A parameter with double precision where it says what floats there are."""
    kind = getattr(param, "dtype", param) if isinstance(param, type) else param
    if isinstance(kind, jnp.dtype) and jnp.issubdtype(kind, jnp.floating):
        return jnp.dtype("float64")
    return param


def _while(params: Mapping[str, Any], operands: list[Any]) -> Many:
    conditions, bodies = params["cond_nconsts"], params["body_nconsts"]
    fixed, body, carry = (
        operands[:conditions],
        operands[conditions : conditions + bodies],
        operands[conditions + bodies :],
    )
    while bool(_run(params["cond_jaxpr"], [*fixed, *carry])[0]):
        carry = _run(params["body_jaxpr"], [*body, *carry])
    return carry


def _scan(params: Mapping[str, Any], operands: list[Any]) -> Many:
    fixed, carried = params["num_consts"], params["num_carry"]
    constants, carry, sequences = operands[:fixed], operands[fixed : fixed + carried], operands[fixed + carried :]
    turns = range(params["length"])
    outputs: dict[int, Many] = {}
    for turn in reversed(turns) if params["reverse"] else turns:
        results = _run(params["jaxpr"], [*constants, *carry, *(sequence[turn] for sequence in sequences)])
        carry, outputs[turn] = results[:carried], results[carried:]
    columns = zip(*(outputs[turn] for turn in turns), strict=True)
    return [*carry, *(jnp.stack(column) for column in columns)]
