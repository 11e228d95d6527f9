"""JAX itself, which versions of it can be traced, and its arrays as plain numbers."""

from __future__ import annotations

from typing import Any, Final

from tracer.errors import SourceError
from tracer.sources.frameworks import Framework, Versions
from tracer.tensors import MOST_ENTRIES, Number, Summary, Tensor

jax: Any = Framework("jax", "JAX", "jax")
jnp: Any = Framework("jax.numpy", "JAX", "jax")
core: Any = Framework("jax.extend.core", "JAX", "jax")
numpy: Any = Framework("numpy", "JAX", "jax")

VERSIONS: Final = Versions(jax, "JAX", oldest=(0, 10), newest=(0, 10))


def is_inexact(array: Any) -> bool:
    """Whether an array's entries are no whole numbers, so that it can have a gradient."""
    return bool(jnp.issubdtype(array.dtype, jnp.inexact))


def number_of(array: Any) -> Number:
    """An array without JAX: a float if it has no axes.

    Raises:
        SourceError: its entries are no real numbers.
    """
    if jnp.issubdtype(array.dtype, jnp.complexfloating):
        raise SourceError("complex numbers cannot be traced; split them into real and imaginary parts")
    if not (jnp.issubdtype(array.dtype, jnp.number) or array.dtype == bool):
        raise SourceError(f"an array of {array.dtype} cannot be traced; only numbers can")
    exact = jax.device_get(array).astype("float64")
    if not exact.shape:
        return float(exact)
    shape, dtype = tuple(array.shape), str(array.dtype)
    if exact.size <= MOST_ENTRIES:
        return Tensor.of(shape, dtype, exact.ravel().tolist())
    norm = float((exact * exact).sum()) ** 0.5
    return Tensor(shape, dtype, None, Summary(float(exact.min()), float(exact.max()), float(exact.mean()), norm))
