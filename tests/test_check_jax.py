"""JAX's gradients, verified by running the program again: never a false "wrong", never a false "right"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tracer.checking import Check, NodeCheck
from tracer.tracing import Trace

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402
from jax import lax  # noqa: E402

from tests.test_source_jax import numbers  # noqa: E402
from tracer.sources.jax import trace  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")


def of(checked: Check, name: str) -> NodeCheck:
    found = checked.of(name)
    assert found is not None, name
    return found


def exp_with(factor: float) -> Any:
    @jax.custom_vjp
    def custom(x: Any) -> Any:
        return jnp.exp(x)

    custom.defvjp(lambda x: (jnp.exp(x), jnp.exp(x)), lambda y, g: (g * y * factor,))
    return custom


def sine_with(factor: float) -> Any:
    @jax.custom_jvp
    def custom(x: Any) -> Any:
        return jnp.sin(x)

    custom.defjvp(lambda given, moved: (jnp.sin(given[0]), factor * jnp.cos(given[0]) * moved[0]))
    return custom


def mlp(params: Any, x: Any) -> Any:
    h = jax.nn.gelu(x @ params["w"] + params["b"])
    return -jax.nn.log_softmax(h @ params["v"])[jnp.arange(4), jnp.array([0, 1, 2, 0])].mean()


def scanned(w: Any, xs: Any) -> Any:
    last, _ = lax.scan(lambda c, x: (jnp.tanh(w @ c + x), c.sum()), jnp.zeros(3), xs)
    return (last**2).sum()


PARAMS = {"w": numbers(5, 16), "b": numbers(16), "v": numbers(16, 3)}
FUNCTIONS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "an MLP with a pytree": (mlp, [PARAMS, numbers(4, 5)]),
    "scan": (scanned, [numbers(3, 3), numbers(4, 3)]),
    "a choice": (
        lambda x: jax.jit(lambda x: lax.cond(x.sum() > 9, lambda y: y.sum(), lambda y: (y**3).sum(), x))(x),
        [numbers(3)],
    ),
    "a rule of its own": (lambda x: (exp_with(1.0)(x) + sine_with(1.0)(x)).sum(), [numbers(3)]),
    "stopped": (lambda x: (x * lax.stop_gradient(x)).sum(), [numbers(3)]),
    "reading and sorting": (
        lambda x: x[jnp.array([0, 0, 1])].prod() + (jnp.sort(x) * jnp.arange(3.0)).sum(),
        [numbers(3)],
    ),
    "half the digits": (lambda x: jnp.tanh(x.astype(jnp.bfloat16)).astype(jnp.float32).sum(), [numbers(3)]),
    "digits that cancel": (lambda x: ((x + 1e4) - 1e4).sum(), [numbers(3)]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_gradient_is_right(name: str) -> None:
    function, args = FUNCTIONS[name]
    checked = trace(function, args).check()
    assert [(found.name, found.reason) for found in checked.nodes if found.answer != "right"] == []


@pytest.mark.parametrize("factor", [1.001, -1.0, 0.0])
@pytest.mark.parametrize("custom", [exp_with, sine_with])
def test_a_wrong_rule_is_caught(custom: Callable[[float], Any], factor: float) -> None:
    checked = trace(lambda x: (custom(factor)(x) * 2).sum(), [numbers(3)]).check()
    assert [found.name for found in checked.wrong] == ["x"]
    assert len(checked.right) == len(checked.nodes) - 1


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (jax.nn.relu(x) * 2).sum(),
        lambda x: jnp.maximum(x, 0).sum(),
        lambda x: jnp.where(x > 0, x, 0.1 * x).sum(),
        lambda x: (x * (x > 0)).sum(),
        lambda x: jnp.abs(x).sum(),
        lambda x: jnp.stack([x[0], -x[0]]).max(),
    ],
)
def test_a_kink_in_one_entry_is_inconclusive(function: Callable[..., Any]) -> None:
    found = of(trace(function, [jnp.array([0.0, 1.0, -1.0])]).check(), "x")
    assert found.answer == "inconclusive"
    assert found.reason.startswith("at [0] a kink nearby: the slope is ")


def test_implicit_differentiation_is_inconclusive() -> None:
    checked = trace(lambda a, b: jnp.linalg.solve(a, b).sum(), [jnp.eye(2) + numbers(2, 2) / 4, numbers(2)]).check()
    assert not checked.wrong
    assert of(checked, "a").reason.startswith("equations are solved on the way")


def test_a_large_array_and_the_users_precision() -> None:
    w = numbers(64, 64) / 8
    found = of(trace(lambda w, x: jnp.tanh(x @ w).sum(), [w, numbers(4, 64)]).check(["w"]), "w")
    assert (found.answer, found.tried, found.size, found.along) == ("right", 8, 4096, True)
    assert not jax.config.jax_enable_x64
    assert jnp.ones(2).dtype == jnp.float32


def test_one_entry_is_nudged() -> None:
    made = trace(lambda x: (x**2).sum(), [jnp.array([1.0, 2.0])]).nudge("x[1]", 0.5)
    assert (made.name, made.before, made.after) == ("x[1]", 5.0, 7.25)


def test_a_trace_from_a_file() -> None:
    found = Trace.from_json(trace(lambda x: (x**2).sum(), [numbers(3)]).to_json()).check()
    assert {one.reason for one in found.nodes} == {
        "there is no function here to run again; check the trace in the program that makes it"
    }
