"""What tracing somebody else's code costs beside running it: `python benchmarks/sources.py`.

On both sides the forward and the backward pass are timed. Without the tracer these are the user's own: micrograd's
`loss.backward()`, PyTorch's, and `jax.grad`, which JAX runs op by op unless it is told to compile. With it they are
`trace(...)`, after which every frame is there. Both take turns, and what counts is the fastest of several rounds.
Libraries that are not installed are left out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from time import perf_counter
from typing import Any

from tracer.sources import jax as jax_source
from tracer.sources import micrograd as micrograd_source
from tracer.sources import pytorch as pytorch_source
from tracer.tracing import Trace

ROUNDS = 7


@dataclass(frozen=True)
class Case:
    """One computation to time.

    Attributes:
        name: what it is.
        plain: runs it and its backward pass without the tracer.
        traced: does the same with it.
    """

    name: str
    plain: Callable[[], object]
    traced: Callable[[], Trace]


def micrograd_cases() -> Iterator[Case]:
    """The loss of a network of the package micrograd."""
    from micrograd import nn

    for sizes in ([4, 4, 1], [16, 16, 1]):
        random.seed(1337)
        net = nn.MLP(3, sizes)

        def loss(net: Any = net) -> Any:
            return (net([2.0, 3.0, -1.0]) - 1.0) ** 2

        yield Case(
            f"micrograd: MLP(3, {sizes})",
            lambda loss=loss: loss().backward(),
            lambda loss=loss: micrograd_source.trace(loss()),
        )


def pytorch_cases() -> Iterator[Case]:
    """A small network, an LSTM cell and attention."""
    import torch
    from torch import nn
    from torch.nn import functional

    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    cell = nn.LSTMCell(3, 4)
    x, y = torch.randn(2, 3), torch.randn(2, 2)
    q, k, v = (torch.randn(4, 8, requires_grad=True) for _ in range(3))

    def mlp() -> Any:
        return functional.mse_loss(net(x), y)

    def lstm() -> Any:
        h, c = cell(x)
        return (h * c).sum()

    def attention() -> Any:
        return (torch.softmax(q @ k.T / 8**0.5, 1) @ v).square().sum()

    for name, loss in (("MLP, batch of 2", mlp), ("LSTM cell", lstm), ("attention, 4 tokens", attention)):
        yield Case(
            f"PyTorch: {name}",
            lambda loss=loss: loss().backward(),
            lambda loss=loss: pytorch_source.trace(loss),
        )


def jax_cases() -> Iterator[Case]:
    """A small network whose parameters are a pytree."""
    import jax
    from jax import numpy as jnp

    keys = jax.random.split(jax.random.key(0), 4)
    params = [
        {"w": jax.random.normal(keys[0], (3, 4)), "b": jnp.zeros(4)},
        {"w": jax.random.normal(keys[1], (4, 1)), "b": jnp.zeros(1)},
    ]
    x, y = jax.random.normal(keys[2], (2, 3)), jnp.ones((2, 1))

    def loss(params: Any, x: Any, y: Any) -> Any:
        for layer in params:
            x = jnp.tanh(x @ layer["w"] + layer["b"])
        return jnp.mean((x - y) ** 2)

    yield Case(
        "JAX: MLP with a pytree",
        lambda: jax.block_until_ready(jax.grad(loss)(params, x, y)),
        lambda: jax_source.trace(loss, (params, x, y), {"argnums": 0}),
    )


def fastest(case: Case) -> tuple[float, float]:
    """Seconds that a computation takes without the tracer and with it."""
    case.plain()  # once beforehand, for what is compiled or cached
    case.traced()
    plain, traced = [], []
    for _ in range(ROUNDS):
        for function, times in ((case.plain, plain), (lambda: case.traced().frames, traced)):
            start = perf_counter()
            function()
            times.append(perf_counter() - start)
    return min(plain), min(traced)


def main() -> None:
    """Print a line for each case."""
    print(f"{'':32}{'plain':>10}{'traced':>10}{'ratio':>8}{'a node':>10}")
    for library, cases in (("micrograd", micrograd_cases), ("torch", pytorch_cases), ("jax", jax_cases)):
        if find_spec(library) is None:
            print(f"{library} is not installed")
            continue
        for case in cases():
            plain, traced = fastest(case)
            nodes = len(case.traced().graph)
            figures = f"{plain * 1e3:7.2f} ms{traced * 1e3:7.2f} ms{traced / plain:7.1f}x{traced / nodes * 1e6:7.0f} µs"
            print(f"{case.name:32}{figures}")


if __name__ == "__main__":
    main()
