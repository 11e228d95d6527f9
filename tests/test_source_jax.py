"""JAX: the gradients are those of `jax.grad`, but for rounding."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracer.errors import SourceError
from tracer.tensors import Rule, Tensor
from tracer.tracing import Trace

jax = pytest.importorskip("jax")
pytest.importorskip("jax.extend.core")

import jax.numpy as jnp  # noqa: E402
from jax import lax  # noqa: E402

from tests.rule_reading import array, check_products, check_values  # noqa: E402
from tracer.sources.jax import trace, traces  # noqa: E402
from tracer.sources.jax.arguments import Arguments  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")


def numbers(*shape: int, seed: int = 0) -> Any:
    return jax.random.normal(jax.random.fold_in(jax.random.key(seed), len(shape) * 10 + sum(shape)), shape)


def check(function: Callable[..., Any], *args: Any, tolerance: float = 1e-5) -> Trace:
    """Trace a function and make sure of everything that holds for every trace."""
    right = jax.tree_util.tree_leaves(jax.grad(function, argnums=tuple(range(len(args))))(*args))
    found = trace(function, args)
    ends = {found.graph[frame.target].label: frame.after for frame in found.frames}
    for name, gradient in zip(Arguments(function, args, {}, None).names, right, strict=True):
        exact = jax.device_get(gradient).astype("float64")
        ours = array(ends[name]) if name in ends else 0 * exact
        assert ours.shape == exact.shape
        assert abs(ours - exact).max(initial=0) <= tolerance * (abs(exact).max(initial=0) + 1e-6)
    check_sums(found)
    check_values(found)
    return found


def check_sums(found: Trace) -> None:
    sums: dict[int, Any] = {}
    for frame in found.frames:
        if frame.accumulates:
            assert frame.before == sums[frame.target]
        total = array(frame.before) + array(frame.contribution)
        assert total.ravel().tolist() == pytest.approx(array(frame.after).ravel().tolist(), rel=1e-6, abs=1e-30)
        sums[frame.target] = frame.after


def rules(found: Trace, op: str) -> list[str]:
    texts = []
    for frame in found.frames:
        local: Any = frame.local
        if frame.op is not None and found.graph[frame.op].op == op and isinstance(local, Rule):
            texts.append(local.text)
    return texts


def labels(found: Trace) -> list[str]:
    return [node.label for node in found.graph.nodes if node.label]


# Random programs

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - 2 * b,
    "mul": lambda a, b: a * b,
    "same": lambda a, b: a * a + a,
    "div": lambda a, b: a / (b * b + 1),
    "pow": lambda a, b: a**2,
    "tanh": lambda a, b: jnp.tanh(a),
    "relu": lambda a, b: jax.nn.relu(a),
    "sigmoid": lambda a, b: jax.nn.sigmoid(a),
    "exp": lambda a, b: jnp.exp(-abs(a)),
    "maximum": jnp.maximum,
    "matmul": lambda a, b: a @ b.T @ a,
    "softmax": lambda a, b: jax.nn.softmax(a, 1) * jax.nn.log_softmax(b, 0),
    "stretch row": lambda a, b: a * b[0] + b.mean(0),
    "stretch column": lambda a, b: a - b.sum(1, keepdims=True),
    "stretch all": lambda a, b: a * b.sum() / 10,
    "where": lambda a, b: jnp.where(a > 0, a, b),
    "concat": lambda a, b: jnp.concatenate([a, b], 1)[:, 1:4],
    "stack": lambda a, b: jnp.stack([a, b], 1).sum(1),
    "reshape": lambda a, b: a.reshape(3, 2).T + b.T.reshape(2, 3),
    "index": lambda a, b: a[jnp.array([1, 0])] + b[jnp.array([0, 0])],
    "set": lambda a, b: a.at[0].set(b[1]),
    "jit": jax.jit(lambda a, b: jnp.sin(a) * b + a),
}


@pytest.mark.slow
@settings(max_examples=200)
@given(st.data(), st.integers(1, 7))
def test_random_programs(data: st.DataObject, count: int) -> None:
    choices = [
        (data.draw(st.sampled_from(sorted(OPERATIONS))), data.draw(st.integers(0, 40)), data.draw(st.integers(0, 40)))
        for _ in range(count)
    ]

    def program(x: Any, y: Any) -> Any:
        values = [x, y]
        for name, one, other in choices:
            values.append(jnp.tanh(OPERATIONS[name](values[one % len(values)], values[other % len(values)])))
        return (values[-1] * values[len(values) // 2]).sum() + values[0].mean()

    found = check(program, numbers(2, 3, seed=count), numbers(2, 3, seed=count + 1), tolerance=1e-4)
    check_products(found)


# Cases


@jax.custom_vjp
def clipped(x: Any) -> Any:
    return jnp.sin(x)


clipped.defvjp(lambda x: (jnp.sin(x), jnp.cos(x)), lambda slope, gradient: (jnp.clip(slope * gradient, -0.1, 0.1),))


@jax.custom_jvp
def product(x: Any) -> Any:
    return jnp.sin(x) * x


product.defjvp(lambda x, dx: (product(x[0]), (jnp.cos(x[0]) * x[0] + jnp.sin(x[0])) * dx[0]))


@jax.custom_vjp
def pair(x: Any, y: Any) -> Any:
    return x * y, x + y


pair.defvjp(lambda x, y: (pair(x, y), (x, y)), lambda kept, g: (g[0] * kept[1] + g[1], g[0] * kept[0] + g[1]))


def scanned(xs: Any, w: Any) -> Any:
    def turn(state: Any, x: Any) -> Any:
        state = jnp.tanh(state @ w + x)
        return state, state * 2

    state, seen = lax.scan(turn, jnp.zeros(3), xs)
    return seen.sum() + state.prod()


def assorted(x: Any, b: Any) -> Any:
    mixed = ((x + b) * b / (b * b + 1)).sum() + jnp.maximum(x, b).sum() + jax.nn.logsumexp(x) + jnp.linalg.norm(x)
    return mixed + jnp.einsum("ij,kj->ik", x, x).sum() + x.max() + jnp.cumsum(x).sum() + jnp.sort(x).sum()


def normalised(x: Any) -> Any:
    middle = x.mean(-1, keepdims=True)
    spread = x.var(-1, keepdims=True)
    return (((x - middle) / jnp.sqrt(spread + 1e-5)) ** 3).sum()


CASES: dict[str, tuple[Callable[..., Any], list[tuple[int, ...]]]] = {
    "custom vjp": (lambda x: (clipped(x) * x).sum(), [(2, 3)]),
    "custom jvp": (lambda x: (product(x) * x).sum(), [(2, 3)]),
    "custom with two results": (lambda x, y: (pair(x, y)[0] * pair(x, y)[1]).sum(), [(2, 3), (2, 3)]),
    "one of two results": (lambda x, y: pair(x, y)[1].sum(), [(2, 3), (2, 3)]),
    "jit": (jax.jit(lambda x: (jnp.exp(x) * x).sum()), [(2, 3)]),
    "jit in jit": (jax.jit(lambda x: (jax.jit(jnp.tanh)(x) * x).sum()), [(2, 3)]),
    "scan": (scanned, [(4, 3), (3, 3)]),
    "scan backwards": (lambda x: lax.scan(lambda c, a: (jnp.sin(c) * a, c), x[0], x, reverse=True)[1].sum(), [(4, 3)]),
    "cond": (lambda x: lax.cond(x.sum() > 0, lambda x: (x**2).sum(), lambda x: x.sum() * 3, x), [(2, 3)]),
    "loop": (lambda x: lax.fori_loop(0, 3, lambda _, c: jnp.sin(c) * x, x).sum(), [(2, 3)]),
    "checkpoint": (lambda x: jax.checkpoint(lambda x: (jnp.sin(x) * jnp.exp(x)).sum())(x), [(2, 3)]),
    "vmap": (lambda x, w: jax.vmap(lambda row: jnp.tanh(row @ w).sum())(x).sum(), [(2, 3), (3, 4)]),
    "vectors": (lambda x, v: (x @ v).sum() + (v @ x.T).prod() + v @ v, [(2, 3), (3,)]),
    "batches": (lambda x, y: (x @ y).sum(), [(2, 3, 4), (2, 4, 3)]),
    "assorted": (assorted, [(2, 3), (3,)]),
    "normalised": (normalised, [(2, 3)]),
    "pieces": (lambda x: jnp.split(x, 3, 1)[1].sum() + x[0, 1] * x[1, 2] + x.T.reshape(-1)[2:5].prod(), [(2, 3)]),
    "convolution": (lambda x, w: lax.conv(x, w, (1, 1), "SAME").sum(), [(1, 1, 4, 4), (2, 1, 3, 3)]),
    "stopped": (lambda x: (lax.stop_gradient(x) * x).sum(), [(2, 3)]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_case(name: str) -> None:
    function, shapes = CASES[name]
    check_products(check(function, *(numbers(*shape) for shape in shapes)))


def test_numbers_are_inputs_too() -> None:
    found = check(lambda a, b: jnp.exp(a * b) + a**b + a / b, 2.0, 3.0)
    assert [node.label for node in found.graph.nodes if node.kind == "input"] == ["a", "b"]
    assert all(isinstance(frame.local, float) for frame in found.frames)


# The networks of the examples


def mlp(params: Any, x: Any, y: Any) -> Any:
    h = x
    for layer in params["layers"]:
        before = h @ layer["w"] + layer["b"]
        h = jnp.tanh(before)
    error = h - y
    return jnp.mean(error**2)


def test_an_mlp_with_a_pytree() -> None:
    layers = [{"w": numbers(3, 4), "b": numbers(4)}, {"w": numbers(4, 1), "b": numbers(1)}]
    found = check(mlp, {"layers": layers}, numbers(2, 3), numbers(2, 1))
    assert set(labels(found)) == {
        "params['layers'][0]['w']", "params['layers'][0]['b']", "params['layers'][1]['w']", "params['layers'][1]['b']",
        "x", "y", "before", "h", "error",
    }  # fmt: skip
    assert {"before", "before₂", "h", "h₂"} <= set(found.names)
    assert all("@" in rule for rule in rules(found, "matmul"))
    assert check_products(found) == len(found.frames) - 1


def test_attention() -> None:
    def loss(q: Any, k: Any, v: Any) -> Any:
        scores = q @ k.T / 2.0
        weights = jax.nn.softmax(scores)
        out = weights @ v
        return (out**2).sum()

    found = check(loss, numbers(3, 4), numbers(5, 4), numbers(5, 2))
    place = {node.label: node.id for node in found.graph.nodes}
    assert f"{{d{place['out']}}} @ {{{place['v']}}}ᵀ" in rules(found, "matmul")
    assert check_products(found) == len(found.frames) - 1


# Names, places and kinds


def test_only_some_arguments_may_be_asked_for() -> None:
    params = {"layers": [{"w": numbers(3, 1), "b": numbers(1)}]}
    found = trace(mlp, [params, numbers(2, 3), numbers(2, 1)], {"argnums": 0})
    assert {node.label: node.kind for node in found.graph.nodes if node.label and not node.op} == {
        "params['layers'][0]['w']": "input", "params['layers'][0]['b']": "input", "x": "constant", "y": "constant",
    }  # fmt: skip


def test_arguments_by_name() -> None:
    found = trace(lambda x, scale: (x * scale).sum(), [numbers(2)], {"scale": numbers(2)})
    assert {node.label for node in found.graph.nodes if node.kind == "input"} == {"x", "scale"}


def test_what_is_no_array_is_handed_on_as_it_is() -> None:
    def loss(x: Any, times: int, mode: str, /, flag: bool = True) -> Any:
        for _ in range(times):
            x = jnp.sin(x) if mode == "sin" and flag else x * 2
        return x[:times].sum()

    x = numbers(3)
    found = trace(loss, [x, 2, "sin"], {"flag": np.bool_(True)})
    right = jax.grad(loss)(x, 2, "sin")
    assert abs(array(found.gradients[0]) - jax.device_get(right)).max() < 1e-6
    assert [node.op for node in found.graph.nodes if node.op] == ["sin", "sin", "slice", "sum"]


def test_static_arguments_of_jit() -> None:
    loss = jax.jit(lambda x, n: (x * jnp.ones(n)).sum(), static_argnums=1)
    assert trace(loss, [numbers(3), 3], {"argnums": 0}).graph[0].label == "x"


@pytest.mark.parametrize("argnums", [2, -3, (0, 2)])
def test_places_that_are_no_arguments(argnums: Any) -> None:
    with pytest.raises(SourceError, match=r"means no argument: the function is given 2 by position"):
        trace(lambda x, y: (x * y).sum(), [numbers(2), numbers(2)], {"argnums": argnums})


def test_what_was_computed_is_not_called_after_an_equal_array() -> None:
    x = numbers(2)
    found = trace(lambda x: (lax.stop_gradient(x) * x).sum(), [x], around=[{"other": x}])
    assert [(node.kind, node.label) for node in found.graph.nodes if not node.op] == [("constant", ""), ("input", "x")]


def test_what_partial_and_methods_hold_has_a_name() -> None:
    class Model:
        def __init__(self) -> None:
            self.w = numbers(2)

        def loss(self, scale: Any, x: Any) -> Any:
            return (self.w * (x * scale)).sum()

    found = trace(partial(Model().loss, numbers(2)), [numbers(2)])
    assert {node.label for node in found.graph.nodes if not node.op} == {"self.w", "scale", "x"}


def test_arrays_from_outside_are_constants() -> None:
    table = numbers(2)
    found = trace(lambda x: (x * table).sum(), [numbers(2)])
    assert {node.label: node.kind for node in found.graph.nodes if not node.op} == {"x": "input", "table": "constant"}


def test_functions_under_jit_are_places() -> None:
    @jax.jit
    def inner(x: Any) -> Any:
        return jnp.sin(x) * x

    found = trace(lambda x: inner(x).sum(), [numbers(2)])
    assert [(node.op, node.scope) for node in found.graph.nodes if node.op] == [
        ("sin", "inner"), ("mul", "inner"), ("sum", ""),
    ]  # fmt: skip


def test_functions_with_a_rule_of_their_own_are_one_op() -> None:
    found = trace(lambda x: (clipped(x) + jax.nn.relu(x)).sum(), [numbers(2)])
    assert [node.op for node in found.graph.nodes if node.op] == ["clipped", "relu", "add", "sum"]


def test_powers_have_their_exponent_as_a_literal() -> None:
    found = trace(lambda x: (x**3).sum() + jnp.square(x).sum(), [numbers(2)])
    assert [(node.kind, node.value) for node in found.graph.nodes if node.kind == "constant"] == [
        ("constant", 3.0), ("constant", 2.0),
    ]  # fmt: skip


def test_the_same_in_every_run() -> None:
    first, second = (trace(assorted, [numbers(2, 3), numbers(3)]) for _ in range(2))
    assert first.graph == second.graph
    assert first.frames == second.frames


def test_entries_are_exact() -> None:
    x = numbers(2, 2)
    node = trace(lambda x: x.sum(), [x]).graph.nodes[0]
    assert node.value == Tensor.of((2, 2), "float32", jax.device_get(x).ravel().tolist())


# What changes nothing


def test_what_changes_nothing_is_no_op_of_its_own() -> None:
    def loss(x: Any, w: Any) -> Any:
        scale = jnp.asarray(w, jnp.float32)
        h = x * scale + w
        again = jnp.array(h)
        third = again * jnp.asarray(3.0, jnp.float32)
        return (third * h).sum()

    x = numbers(3)
    assert {"convert_element_type", "copy"} <= {one.primitive.name for one in jax.make_jaxpr(loss)(x, 2.0).eqns}
    found = trace(loss, [x, 2.0])
    assert [node.op for node in found.graph.nodes if node.op] == ["mul", "add", "mul", "mul", "sum"]
    assert [node.label for node in found.graph.nodes if node.label] == ["x", "w", "h", "third"]
    check(loss, x, 2.0)
    checked = found.check()
    assert len(checked.right) == len(checked.nodes)


def test_a_constant_that_is_copied_keeps_its_name() -> None:
    table = jnp.arange(3.0)

    def loss(x: Any) -> Any:
        copied = jnp.array(table)
        return (x * copied + table).sum()

    found = trace(loss, [numbers(3)], around=[{"table": table}])
    assert [node.label for node in found.graph.nodes if node.kind == "constant"] == ["table"]


def test_other_dtypes_are_ops() -> None:
    found = trace(lambda x: jnp.tanh(x.astype(jnp.bfloat16)).astype(jnp.float32).sum(), [numbers(3)])
    assert [node.op for node in found.graph.nodes if node.op] == ["copy", "tanh", "copy", "sum"]


@pytest.mark.parametrize("kind", ["jvp", "vjp"])
def test_the_dtypes_that_jax_settled_stay(kind: str) -> None:
    def product(a: Any, b: Any) -> Any:
        return (a * b).sum().astype(jnp.float32)

    if kind == "vjp":
        ruled = jax.custom_vjp(product)
        ruled.defvjp(
            lambda a, b: (product(a, b), (a, b)),
            lambda kept, given: (given * kept[1].astype(jnp.float32).sum(), (given * kept[0] + 0 * kept[1])),
        )
    else:
        ruled = jax.custom_jvp(product)
        ruled.defjvp(lambda primals, moves: jax.jvp(product, primals, moves))

    def loss(w: Any, b: Any) -> Any:
        return ruled(jnp.asarray(w, jnp.float32), b)

    b = jnp.full(3, 1.1, jnp.bfloat16)
    found = trace(loss, [1.2345678, b])
    assert [node.kind for node in found.graph.nodes] == ["input", "input", "op"]
    # By itself 1.2345678 would give way to bfloat16, in which it would be 4.0625.
    assert found.graph[-1].value == pytest.approx(float(loss(1.2345678, b)), rel=1e-6)
    assert found.gradients[0] == pytest.approx(float(jax.grad(loss)(1.2345678, b)), rel=1e-6)


# Refused


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x, r"returned an array of the shape \(3,\)"),
        (lambda x: (x.sum(), x.sum()), "returned 2 arrays"),
        (lambda x: lax.stop_gradient(x).sum(), "depends on no argument"),
        (lambda x: jnp.ones(()), "depends on no argument"),
        (lambda x: x.sum() if x.sum() > 0 else -x.sum(), "JAX cannot read the function"),
        (
            lambda x: lax.while_loop(lambda c: c.sum() < 9, lambda c: c * 2, abs(x) + 1).sum(),
            "JAX cannot differentiate",
        ),
        (lambda x: jnp.abs(jnp.fft.fft(x)).sum(), "complex numbers"),
    ],
)
def test_a_function_that_cannot_be_traced(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        trace(function, [numbers(3)])


def test_errors_of_the_function_are_its_own() -> None:
    def fails(x: Any) -> Any:
        raise KeyError("theirs")

    with pytest.raises(KeyError, match="theirs"):
        trace(fails, [numbers(2)])
    assert sys.gettrace() is None


def test_an_old_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax, "__version__", "0.3.1")
    with pytest.raises(SourceError, match=r"JAX 0\.3\.1 is too old to be traced; 0\.10 or later is needed"):
        trace(lambda x: x.sum(), [numbers(2)])


def test_a_newer_version_is_tried_and_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax, "__version__", "1.0.0")
    check(assorted, numbers(2, 3), numbers(3))
    monkeypatch.setattr("tracer.sources.jax.telling.Telling.gradient", lambda telling, slot: slot.value)
    with pytest.raises(SourceError, match=r"JAX 1\.0\.0 cannot be traced: the gradients .* Known .* right: 0\.10$"):
        trace(assorted, [numbers(2, 3), numbers(3)])


def test_a_newer_version_that_lacks_something_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax, "__version__", "1.0.0")
    monkeypatch.delattr(jax.extend.core, "Jaxpr")
    with pytest.raises(SourceError, match=r"JAX 1\.0\.0 cannot be traced: .*Jaxpr"):
        trace(lambda x: x.sum(), [numbers(2)])


@pytest.mark.parametrize("function", [lambda x: (jnp, x)[1], lambda x: jnp.asarray(x, jnp.float32)])
def test_an_input_as_it_is(function: Callable[..., Any]) -> None:
    with pytest.raises(SourceError, match="one of its inputs as it is"):
        trace(function, [2.0])


def test_a_function_that_computes_later(recwarn: pytest.WarningsRecorder) -> None:
    async def loss(x: Any) -> Any:
        return x.sum()

    with pytest.raises(SourceError, match=r"^loss\(\) is async and has computed nothing yet; "):
        trace(loss, [jnp.ones(3)])
    assert not recwarn.list


def test_what_is_a_source() -> None:
    assert traces(len, [numbers(1)])
    assert traces(len, [], {"x": {"deep": [numbers(1)]}})
    assert traces(lambda x: jnp.sin(x), [1.0])
    assert traces(jax.jit(lambda x: x))
    assert not traces(len, [1.0])
    assert not traces(numbers(1))


def test_jax_is_imported_only_when_it_is_used() -> None:
    script = (
        "import sys; from tracer.sources import jax; jax.traces(len, [1.0]);"
        "assert 'jax' not in sys.modules; sys.modules['jax'] = None;"
        "from tracer.errors import MissingDependencyError\n"
        "try: jax.trace(len)\n"
        "except MissingDependencyError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert 'pip install "backprop-tracer[jax]"' in done.stdout


@pytest.mark.filterwarnings("error")
def test_nothing_is_used_that_jax_warns_of() -> None:
    def loss(x: Any) -> Any:
        return lax.scan(lambda carry, row: (carry + jax.nn.relu(row).sum(), carry), 0.0, jnp.sort(x))[0] ** 2

    assert trace(loss, (jnp.arange(6.0).reshape(2, 3),), {}).graph.nodes
