"""What is said of JAX's primitives: a formula that holds, or words where there is no short one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.rule_reading import said

jax = pytest.importorskip("jax")
pytest.importorskip("jax.extend.core")

import jax.numpy as jnp  # noqa: E402

from tracer.sources.jax import trace  # noqa: E402

X = jnp.array([[0.5, -1.0, 2.5], [1.5, 0.25, -0.75]])
V = jnp.array([0.5, -1.5, 2.0])


def square(x: Any) -> Any:
    return (x * x).sum()


CASES: dict[str, tuple[Callable[..., Any], str, Any, list[str]]] = {
    "largest": (lambda x: x.max(), "reduce_max", X, ["(x == L)"]),
    "largest of rows": (
        lambda x: square(x.max(1)), "reduce_max", X,
        ["broadcast(dL/d(reduce_max(x)), (2, 3)) * (x == broadcast(reduce_max(x), (2, 3)))"],
    ),
    "product": (lambda x: x.prod(), "reduce_prod", X, ["L / x"]),
    "cumulative": (
        lambda x: square(jnp.cumsum(x, 1)), "cumsum", X,
        ["flip(cumsum(flip(dL/d(cumsum(x)), axis=1), axis=1), axis=1)"],
    ),
    "reversed": (lambda x: square(x[::-1]), "rev", X, ["flip(dL/d(rev(x)), axis=0)"]),
    "padding": (lambda x: square(jnp.pad(x, ((0, 1), (2, 0)))), "pad", X, ["dL/d(pad(x, 0))[0:2, 2:5]"]),
    "new axis": (
        lambda x: square(jnp.broadcast_to(x[:, :, None], (2, 3, 2)) * 2), "broadcast", X,
        ["sum(dL/d(broadcast(reshape(x))), axis=2)"],
    ),
    "dot": (lambda x: x @ V * 2, "matmul", V + 1, ["dL/d(x @ V) * V"]),
    "contraction": (
        lambda x: square(jnp.einsum("ij,kj->ik", x, x * 2)), "dot_general", X,
        ["dL/d(dot_general(x, x*2)) @ (x*2)", "(dL/d(dot_general(x, x*2))).T @ x"],
    ),
    "choice": (
        lambda x: square(jnp.where(x > 0, x, 0.0)), "select_n", X,
        ["the gradient passes where this one was chosen, and is blocked elsewhere"],
    ),
    "sorted": (
        lambda x: square(jnp.sort(x) * V), "sort", X,
        ["each entry's gradient goes back to where the entry came from, 0 to those that were left out"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_said_of(name: str) -> None:
    function, op, x, expected = CASES[name]
    assert said(trace(lambda x: function(x), (x,), {}), op) == expected
