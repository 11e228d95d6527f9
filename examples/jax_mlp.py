"""JAX: a network with one hidden layer, its parameters in a pytree, and a mean squared error.

The frames follow JAX's own derivative rules, op by op; their sums are the gradients of jax.grad.
"""

from pathlib import Path
from typing import Any

import jax.numpy as jnp

from tracer import trace

params = {
    "hidden": {"w": jnp.array([[0.5, -1.0, 0.2], [1.0, 0.5, -0.5]]), "b": jnp.array([0.1, -0.2, 0.0])},
    "out": {"w": jnp.array([[1.0], [-0.5], [2.0]]), "b": jnp.array([0.3])},
}
x = jnp.array([[1.0, 2.0], [-1.0, 0.5]])
y = jnp.array([[1.0], [0.0]])


def loss(params: dict[str, Any], x: Any, y: Any) -> Any:
    """The mean squared error of the network."""
    h = jnp.tanh(x @ params["hidden"]["w"] + params["hidden"]["b"])
    prediction = h @ params["out"]["w"] + params["out"]["b"]
    return jnp.mean((prediction - y) ** 2)


if __name__ == "__main__":
    t = trace(loss, params, x, y, argnums=0)
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "jax_mlp.gif")
