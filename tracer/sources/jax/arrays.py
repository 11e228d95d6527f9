"""What rules need to be computed with JAX's arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from tracer.sources.jax.library import is_inexact, jax, jnp
from tracer.sources.rules import Use


class JaxArrays:
    """JAX's functions by the names that rules use, for what one op did.

    Args:
        axes: the axes over which it reduces.
        read: what it gives for another first operand, the rest as they were.
    """

    def __init__(self, axes: tuple[int, ...], read: Callable[[Any], Any]) -> None:
        self._axes = axes
        self._read = read

    def functions(self, use: Use) -> Mapping[str, Callable[..., Any]]:
        """The functions that rules call."""
        return {
            "broadcast": self._broadcast,
            "clip": jnp.clip,
            "concat": lambda *pieces, axis: jnp.concatenate(pieces, axis),
            "cumsum": jnp.cumsum,
            "exp": jnp.exp,
            "flip": jnp.flip,
            "log": jnp.log,
            "mean": lambda array, axis=None: array.mean(axis, keepdims=True),
            "outer": jnp.outer,
            "permute": jnp.transpose,
            "reshape": jnp.reshape,
            "scatter": self._scatter,
            "sigmoid": jax.nn.sigmoid,
            "sign": jnp.sign,
            "softmax": jax.nn.softmax,
            "sqrt": math.sqrt,
            "stack": lambda *pieces, axis: jnp.stack(pieces, axis),
            "sum": lambda array, axis: array.sum(axis, keepdims=True),
            "where": jnp.where,
        }

    def agree(self, one: Any, other: Any) -> bool:
        """Whether two arrays differ by no more than rounding."""
        return agree(one, other)

    def _broadcast(self, array: Any, shape: tuple[int, ...]) -> Any:
        missing = self._axes if array.ndim < len(shape) else ()
        return jnp.broadcast_to(jnp.expand_dims(array, missing), shape)

    def _scatter(self, array: Any, shape: tuple[int, ...]) -> Any:
        """Each entry put back where the op reads it from, which it tells by reading places instead of numbers."""
        count = int(jnp.prod(jnp.array(shape)))
        places = self._read(jnp.arange(count, dtype=array.dtype).reshape(shape)).astype(int)
        return jnp.zeros(count, array.dtype).at[places.ravel()].add(array.ravel()).reshape(shape)


def agree(one: Any, other: Any, digits: float = 1.0) -> bool:
    """Whether two arrays differ by no more than rounding in their own precision, or in that share of its digits."""
    if one.shape != other.shape:
        return False
    rough = 64 * max(
        (float(jnp.finfo(array.dtype).eps) ** digits for array in (one, other) if is_inexact(array)), default=0.0
    )
    exact, right = (jax.device_get(array).astype("float64") for array in (one, other))
    finite = abs(right)[abs(right) < float("inf")]
    scale = float(finite.max()) if finite.size else 0.0
    off = abs(exact - right) > rough * (scale + abs(right))
    same = (exact == right) | ((exact != exact) & (right != right))
    return not bool((off & ~same).any())
