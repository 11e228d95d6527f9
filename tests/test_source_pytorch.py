"""PyTorch: what is shown is what autograd did, bit for bit."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracer.errors import MissingDependencyError, SourceError
from tracer.tensors import Rule, Tensor, nearest
from tracer.tracing import Trace

numpy = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812
from torch.utils.checkpoint import checkpoint  # noqa: E402

from tests.rule_reading import array, check_products, check_values  # noqa: E402
from tracer.sources.pytorch import trace, traces  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def leaf(*shape: int, dtype: Any = None) -> Any:
    return torch.randn(shape, dtype=dtype).requires_grad_()


def plain_gradients(function: Callable[..., Any], args: Sequence[Any], leaves: Sequence[Any]) -> list[Any]:
    """The gradients without a tracer; what was there is put back."""
    kept = [tensor.grad for tensor in leaves]
    for tensor in leaves:
        tensor.grad = None
    torch.manual_seed(0)
    function(*args).backward()
    found = [tensor.grad for tensor in leaves]
    for tensor, gradient in zip(leaves, kept, strict=True):
        tensor.grad = gradient
    return found


def check(function: Callable[..., Any], *args: Any, model: Any = None) -> Trace:
    """Trace a function and make sure of everything that holds for every trace."""
    leaves = [arg for arg in args if isinstance(arg, torch.Tensor) and arg.requires_grad]
    leaves += list(model.parameters()) if model is not None else []
    right = plain_gradients(function, args, leaves)
    torch.manual_seed(0)
    found = trace(function, args, {"model": model})
    assert all(tensor.grad is None for tensor in leaves)
    check_sums(found)
    check_values(found, rel=2e-2)
    check_leaves(found, leaves, right)
    return found


def check_sums(found: Trace) -> None:
    """Each frame starts where the one before it ended, and adds up as the dtype rounds."""
    sums: dict[int, Any] = {}
    for frame in found.frames:
        if frame.accumulates:
            assert frame.before == sums[frame.target]
        start: Any = frame.before
        if isinstance(start, Tensor):
            if start.entries is not None:
                assert array(start + frame.contribution).tolist() == array(frame.after).tolist()
        else:
            total = start + frame.contribution
            assert frame.after in {nearest(total, dtype) for dtype in ("float64", "float32", "bfloat16")}
        sums[frame.target] = frame.after
    assert sorted({frame.step for frame in found.frames}) == list(range(len(found.steps)))


def check_leaves(found: Trace, leaves: Sequence[Any], right: Sequence[Any]) -> None:
    """The gradients that the frames end with are those of the leaves."""
    gradients = [array(found.gradients[node.id]) for node in found.graph.nodes if node.id in found.gradients]
    for gradient in right:
        if gradient is not None:
            exact = gradient.double().numpy()
            assert any(one.shape == exact.shape and (one == exact).all() for one in gradients)


def same(gradient: Any, right: Any) -> bool:
    """Whether a gradient in a trace is a tensor's, bit for bit."""
    exact = right.detach().double().numpy()
    return bool(array(gradient).shape == exact.shape and (array(gradient) == exact).all())


def gradient_of(found: Trace, name: str) -> Any:
    """The gradient of the node that is shown by a name."""
    return found.gradients[found.names.index(name)]


def rules(found: Trace, op: str) -> list[str]:
    """The rules by which an op handed gradients on, with names in them."""
    texts = []
    for frame in found.frames:
        local: Any = frame.local
        if frame.op is not None and found.graph[frame.op].op == op and isinstance(local, Rule):
            texts.append(local.text)
    return texts


# Random programs


class Random:
    """A random program over matrices, and functions that it may use."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any], count: int) -> None:
        self.choices = [
            (draw(st.sampled_from(sorted(OPERATIONS))), draw(st.integers(0, 40)), draw(st.integers(0, 40)))
            for _ in range(count)
        ]

    def __call__(self, *args: Any) -> Any:
        values = list(args)
        for name, one, other in self.choices:
            made = OPERATIONS[name](values[one % len(values)], values[other % len(values)])
            values.append(made if made.isfinite().all() and made.abs().max() < 1e3 else torch.tanh(values[-1]))
        return (values[-1] * values[len(values) // 2]).sum() + values[0].mean()


def _in_place(a: Any, b: Any) -> Any:
    made = a.clone()
    made.mul_(b)
    made[0].add_(1)
    made[:, 1] = b[:, 0]
    return made


OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - 2 * b,
    "mul": lambda a, b: a * b,
    "same": lambda a, b: a * a + a,
    "div": lambda a, b: a / (b * b + 1),
    "pow": lambda a, b: a**2,
    "tanh": lambda a, b: torch.tanh(a),
    "relu": lambda a, b: torch.relu(a),
    "sigmoid": lambda a, b: torch.sigmoid(a),
    "exp": lambda a, b: torch.exp(-(a.abs())),
    "maximum": torch.maximum,
    "matmul": lambda a, b: a @ b.T @ a,
    "softmax": lambda a, b: torch.softmax(a, 1) * torch.log_softmax(b, 0),
    "stretch row": lambda a, b: a * b[0] + b.mean(0),
    "stretch column": lambda a, b: a - b.sum(1, keepdim=True),
    "stretch all": lambda a, b: a * b.sum() / 10,
    "where": lambda a, b: torch.where(a > 0, a, b),
    "concat": lambda a, b: torch.cat([a, b], 1)[:, 1:4],
    "stack": lambda a, b: torch.stack([a, b], 1).sum(1),
    "chunk": lambda a, b: torch.cat(a.chunk(3, 1)[::-1], 1) + b,
    "reshape": lambda a, b: a.reshape(3, 2).T + b.t().reshape(2, 3),
    "index": lambda a, b: a[torch.tensor([1, 0])] + b[torch.tensor([0, 0])],
    "gelu": lambda a, b: F.gelu(a),
    "in place": _in_place,
}


@settings(max_examples=200)
@given(st.data(), st.integers(1, 8))
def test_random_programs(data: st.DataObject, count: int) -> None:
    torch.manual_seed(count)
    found = check(Random(data.draw, count), leaf(2, 3), leaf(2, 3))
    check_products(found)


# Cases


class Exp(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        (y,) = ctx.saved_tensors
        return gradient * y


class Both(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        ctx.save_for_backward(x, w)
        return x * w, x + w

    @staticmethod
    def backward(ctx: Any, one: Any, other: Any) -> Any:
        x, w = ctx.saved_tensors
        return one * w + other, one * x + other


def in_place(x: Any) -> Any:
    y = x.clone()
    y.mul_(2)
    y.add_(x)
    y[0].mul_(3)
    y[:, 1] = x[:, 0]
    return (y * y).sum()


def changed_views(x: Any) -> Any:
    y = x * 1.5
    turned = y.t()
    turned.mul_(2)
    row = turned[0]
    row.add_(1)
    return (turned * y.t()).sum() + row.sum()


def several_results(x: Any) -> Any:
    a, b, c = x.chunk(3, 1)
    sorted_, _ = torch.sort(x, 1)
    largest, _ = x.max(1)
    return (a * b + c).sum() + (sorted_ * torch.arange(3.0)).sum() + largest.prod()


def custom_functions(x: Any, w: Any) -> Any:
    a, b = Both.apply(x, w)
    return (Exp.apply(a) * b).sum() + Both.apply(x, w)[0].sum()


def checkpointed(x: Any, w: Any) -> Any:
    return checkpoint(lambda x: ((x @ w.T).tanh() @ w * x).sum(), x, use_reentrant=False)


def hooked(x: Any) -> Any:
    h = x * 2
    h.register_hook(lambda gradient: gradient * 0.5)
    return (h * h).sum()


def stretched(x: Any, b: Any) -> Any:
    mixed = (x + b) * b / (b * b + 1)
    return mixed.sum() + (x - b).pow(2).mean() + torch.where(x > 0, b, x).sum() + torch.maximum(x, b).sum()


def assorted(x: Any) -> Any:
    smooth = F.gelu(x).sum() + F.softplus(x).sum() + x.clamp(-0.5, 0.5).sum() + torch.logsumexp(x, 1).sum()
    return smooth + x.cumsum(0).prod() + x.norm() + torch.einsum("ij,kj->ik", x, x).sum() + x.std() + (2 - x).sum()


def scaled(x: Any, w: Any) -> Any:
    return torch.add(x, w, alpha=2).sum() + torch.addmm(w, x @ x.T, x, beta=0.5, alpha=3).pow(2).sum() + 2 ** x.sum()


def vectors(x: Any, v: Any) -> Any:
    return (x @ v).pow(2).sum() + (x[:, 0] @ x).exp().sum() + v.dot(v) + torch.bmm(x[None], x.T[None]).sum()


def turned(x: Any) -> Any:
    y = x.reshape(1, 2, 3).permute(2, 0, 1)
    return (y.squeeze(1).unsqueeze(0).expand(4, 3, 2) * 2).transpose(0, 2).sum((0, 1)).pow(3).sum()


def picked(x: Any) -> Any:
    chosen = (x[torch.tensor([0, 0, 1])] * x[0]).sum() + x.gather(1, torch.tensor([[0, 2], [1, 1]])).sum()
    return chosen + x[1, 2] ** 3 + x[:, ::2].sum() + x[x > 0].sum()


def many_consumers(x: Any) -> Any:
    total = torch.zeros(())
    for factor in range(20):
        total = total + (x * float(factor)).tanh().sum()
    return total


def converted(x: Any) -> Any:
    return (x.double() * x.double()).float().sum().half().float() + x.to(torch.bfloat16).sum().float()


def detached(x: Any) -> Any:
    with torch.no_grad():
        middle = x.mean()
    return ((x - middle) * x.detach()).sum()


CASES: dict[str, tuple[Callable[..., Any], list[tuple[int, ...]]]] = {
    "in place": (in_place, [(2, 3)]),
    "changed views": (changed_views, [(2, 3)]),
    "several results": (several_results, [(2, 3)]),
    "custom functions": (custom_functions, [(2, 3), (2, 3)]),
    "checkpoint": (checkpointed, [(2, 3), (2, 3)]),
    "hook": (hooked, [(2, 3)]),
    "stretched rows": (stretched, [(2, 3), (3,)]),
    "stretched columns": (stretched, [(2, 3), (2, 1)]),
    "stretched scalar": (stretched, [(2, 3), ()]),
    "assorted": (assorted, [(2, 3)]),
    "scaled": (scaled, [(2, 3), (2, 3)]),
    "vectors": (vectors, [(2, 3), (3,)]),
    "turned": (turned, [(2, 3)]),
    "picked": (picked, [(2, 3)]),
    "many consumers": (many_consumers, [(2, 3)]),
    "converted": (converted, [(2, 3)]),
    "detached": (detached, [(2, 3)]),
    "one entry": (lambda x: (x * 2).sum().reshape(1), [(2, 3)]),
    "dropout": (lambda x: (F.dropout(x, 0.5) * x).sum(), [(2, 3)]),
    "batches": (lambda x: (x.reshape(2, 1, 3) @ x.reshape(1, 3, 2) @ x).pow(2).sum(), [(2, 3)]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_case(name: str) -> None:
    function, shapes = CASES[name]
    check_products(check(function, *(leaf(*shape) for shape in shapes)))


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_other_precisions(dtype: str) -> None:
    kind = getattr(torch, dtype)
    found = check(stretched, leaf(2, 3, dtype=kind), leaf(3, dtype=kind))
    assert {node.value.dtype for node in found.graph.nodes if isinstance(node.value, Tensor)} - {"bool"} == {dtype}


MODULES: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "mlp": (lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), (2, 3)),
    "convolution": (
        lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2)),
        (2, 1, 6, 6),
    ),
    "layer norm": (lambda: nn.LayerNorm(3), (2, 3)),
    "gru": (lambda: First(nn.GRU(3, 2)), (2, 1, 3)),
    "lstm": (lambda: First(nn.LSTM(3, 2)), (2, 1, 3)),
    "transformer": (lambda: nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True), (1, 3, 4)),
}


class First(nn.Module):  # type: ignore[misc]
    """The first result of a module."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Any) -> Any:
        return self.inner(x)[0]


@pytest.mark.parametrize("name", MODULES)
def test_a_module(name: str) -> None:
    make, shape = MODULES[name]
    model = make()
    found = check(lambda x: model(x).pow(2).sum(), leaf(*shape), model=model)
    known = dict(model.named_parameters()).keys()
    assert {node.label for node in found.graph.nodes if node.kind == "parameter"} <= known
    check_products(found)


# The networks of the examples


def test_a_linear_layer_with_a_batch_of_two() -> None:
    net = nn.Linear(3, 2)
    x, y = torch.randn(2, 3), torch.randn(2, 2)

    def loss(x: Any, y: Any) -> Any:
        hidden = net(x).relu()
        return F.mse_loss(hidden, y)

    found = check(loss, x, y, model=net)
    assert [frame.label for frame in found.frames] == [
        "L", "hidden", "bias + x @ weight.T", "bias", "weight.T", "weight",
    ]  # fmt: skip
    names = {node.label: node for node in found.graph.nodes if node.label}
    assert names.keys() == {"weight", "bias", "x", "y", "hidden"}
    assert [names[name].kind for name in ("weight", "bias", "x", "y", "hidden")] == [
        "parameter", "parameter", "constant", "constant", "op",
    ]  # fmt: skip
    assert names["weight"].shape == (2, 3)
    product = found.graph[names["hidden"].inputs[0]]
    assert rules(found, "addmm") == [f"sum({{d{product.id}}}, axis=0)", f"{{{names['x'].id}}}ᵀ @ {{d{product.id}}}"]
    assert check_products(found) == 5


def test_softmax_cross_entropy() -> None:
    found = check(lambda logits: F.cross_entropy(logits, torch.tensor([2, 0])), leaf(2, 3))
    assert [node.op for node in found.graph.nodes if node.op] == ["log_softmax", "nll_loss"]
    (rule,) = rules(found, "log_softmax")
    assert rule == "{d1} − exp({1}) ⊙ sum({d1}, axis=1)"
    gradient = array(found.gradients[0])
    exact = torch.softmax(torch.tensor(array(found.graph[0].value)), 1).numpy()
    exact[0, 2] -= 1
    exact[1, 0] -= 1
    assert gradient == pytest.approx(exact / 2, rel=1e-5)


def test_an_lstm_cell() -> None:
    cell = nn.LSTMCell(3, 2)

    def loss(x: Any, h: Any, c: Any) -> Any:
        h, c = cell(x, (h, c))
        h, c = cell(x, (h, c))
        return (h * c).sum()

    found = check(loss, torch.randn(1, 3), leaf(1, 2), leaf(1, 2), model=cell)
    accumulated = {frame.label for frame in found.frames if frame.accumulates}
    assert {"weight_ih", "weight_hh", "bias_ih", "bias_hh"} <= accumulated
    assert {"tanh", "sigmoid", "split", "addmm"} <= {node.op for node in found.graph.nodes}
    assert check_products(found) > 40


def test_attention() -> None:
    def loss(q: Any, k: Any, v: Any) -> Any:
        scores = q @ k.T / 2.0
        weights = torch.softmax(scores, dim=-1)
        out = weights @ v
        return (out**2).sum()

    found = check(loss, leaf(3, 4), leaf(3, 4), leaf(3, 5))
    labels = {node.label: node.id for node in found.graph.nodes if node.label}
    assert labels.keys() == {"q", "k", "v", "scores", "weights", "out"}
    out, weights, v = (labels[name] for name in ("out", "weights", "v"))
    assert f"{{d{out}}} @ {{{v}}}ᵀ" in rules(found, "matmul")
    assert f"{{{weights}}}ᵀ @ {{d{out}}}" in rules(found, "matmul")
    y, g = f"{{{weights}}}", f"{{d{weights}}}"
    assert rules(found, "softmax") == [f"{y} ⊙ ({g} − sum({g} ⊙ {y}, axis=1))"]
    assert check_products(found) == len(found.frames) - 1


# Names and places


class Net(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(2, 2)
        self.rest = nn.Sequential(nn.Tanh(), nn.Linear(2, 1))

    def forward(self, x: Any) -> Any:
        hidden = self.first(x)
        return self.rest(hidden)


def test_parameters_are_called_by_the_models_own_names() -> None:
    net = Net()
    found = trace(lambda x: net(x).sum(), [torch.randn(2, 2)], {"model": net})
    parameters = {node.label: node.scope for node in found.graph.nodes if node.kind == "parameter"}
    assert parameters == {
        "first.weight": "first", "first.bias": "first", "rest.1.weight": "rest/1", "rest.1.bias": "rest/1",
    }  # fmt: skip


def test_without_a_model_by_the_variable_that_holds_it() -> None:
    net = Net()
    found = trace(lambda x: net(x).sum(), [torch.randn(2, 2)])
    parameters = {node.label: node.scope for node in found.graph.nodes if node.kind == "parameter"}
    assert parameters["net.rest.1.bias"] == "net/rest/1"


def test_a_module_is_a_function_too() -> None:
    class Loss(Net):
        def forward(self, x: Any) -> Any:
            return super().forward(x).sum()

    found = trace(Loss(), [torch.randn(2, 2)])
    assert {node.label for node in found.graph.nodes if node.kind == "parameter"} >= {"first.weight"}


def test_ops_stand_in_the_module_that_ran_them() -> None:
    net = Net()
    found = trace(lambda x: net(x).sum(), [torch.randn(2, 2)], {"model": net})
    places = {(node.op, node.scope) for node in found.graph.nodes if node.op}
    assert places == {
        ("transpose", "first"), ("addmm", "first"), ("tanh", "rest/0"), ("transpose", "rest/1"), ("addmm", "rest/1"),
        ("sum", ""),
    }  # fmt: skip


def test_a_function_may_take_a_model_itself() -> None:
    net = nn.Linear(2, 1)

    def loss(x: Any, model: Any) -> Any:
        return model(x).sum()

    found = trace(loss, [torch.randn(2, 2)], {"model": net})
    assert {"weight", "bias", "x"} <= {node.label for node in found.graph.nodes}


def test_arguments_and_what_they_hold() -> None:
    weights = {"w": leaf(2), "b": [leaf(2), leaf(2)]}
    found = trace(lambda p, x: (p["w"] * x + p["b"][0] * p["b"][1]).sum(), [weights, torch.ones(2)])
    assert {node.label for node in found.graph.nodes if not node.op} == {"p['w']", "p['b'][0]", "p['b'][1]", "x"}


def test_variables_of_the_function_name_what_it_makes() -> None:
    def helper(v: Any) -> Any:
        inner = v * 2
        return inner + 1

    def loss(x: Any) -> Any:
        h = x
        for _ in range(2):
            h = torch.tanh(h)
        parts = [h * 3, h * 4]
        y = helper(parts[0])
        return (y * parts[1]).sum()

    found = trace(loss, [leaf(2)])
    assert [node.label for node in found.graph.nodes if node.kind == "op"] == [
        "h", "h", "parts[0]", "parts[1]", "inner", "y", "", "",
    ]  # fmt: skip


def test_what_the_function_makes_itself_has_a_name() -> None:
    def loss(x: Any) -> Any:
        w = torch.ones(2, requires_grad=True)
        mask = x > 0
        return (x * w * mask).sum()

    labels = [node.label for node in trace(loss, [torch.ones(2)]).graph.nodes if not node.op]
    assert labels == ["x", "w", "mask"]


def test_what_a_method_or_partial_holds_has_a_name() -> None:
    class Model:
        def __init__(self) -> None:
            self.w = leaf(2)

        def loss(self, scale: Any, x: Any) -> Any:
            return (self.w * x * scale).sum()

    found = trace(partial(Model().loss, torch.ones(2)), [torch.ones(2)])
    assert [node.label for node in found.graph.nodes if not node.op] == ["self.w", "x", "scale"]


def test_a_compiled_module_has_the_names_of_the_one_it_was_made_from() -> None:
    net = nn.Linear(2, 1)
    found = trace(torch.compile(net, backend="eager"), [torch.ones(1, 2)])
    assert {node.label for node in found.graph.nodes if node.kind == "parameter"} == {"weight", "bias"}


def test_a_name_is_told_apart_where_it_is_bound_anew() -> None:
    def loss(x: Any) -> Any:
        h = x * 2
        h = h * 3
        return h.sum()

    found = trace(loss, [leaf(2)])
    assert {"h", "h₂"} <= set(found.names)


def test_ops_have_readable_names() -> None:
    found = trace(lambda x: F.layer_norm(x, (3,)).sum(), [leaf(2, 3)])
    assert [node.op for node in found.graph.nodes if node.op] == ["layer_norm", "sum"]


def test_numbers_of_the_program_are_literals() -> None:
    found = trace(lambda x: (3 - x * 2.0).sum(), [leaf(2)])
    assert [(node.kind, node.op, node.value) for node in found.graph.nodes if isinstance(node.value, float)][:2] == [
        ("constant", "", 2.0), ("constant", "", 3.0),
    ]  # fmt: skip
    assert [node.op for node in found.graph.nodes if node.op] == ["mul", "sub", "sum"]


def test_an_op_with_a_twist_is_not_called_like_the_one_of_the_table() -> None:
    found = check(scaled, leaf(2, 3), leaf(2, 3))
    assert {"add_scaled", "addmm_scaled"} <= {node.op for node in found.graph.nodes}


def test_values_are_those_at_the_time() -> None:
    def loss(x: Any) -> Any:
        y = x * 2
        before = y.exp()
        y.add_(100)
        return before.sum() + y.sum()

    found = trace(loss, [torch.ones(1).requires_grad_()])
    values = [(node.op, array(node.value).item()) for node in found.graph.nodes if node.op]
    assert values[:3] == [("mul", 2.0), ("exp", pytest.approx(7.389056)), ("add", 102.0)]


def test_constants_that_are_changed_are_told_apart() -> None:
    def loss(x: Any) -> Any:
        scale = torch.ones(2)
        first = x + scale
        scale.mul_(3)
        return (first * 2 + x + scale).sum()

    found = check(loss, leaf(2))
    constants = [array(node.value).tolist() for node in found.graph.nodes if node.kind == "constant"]
    assert constants == [[1.0, 1.0], 2.0, [3.0, 3.0]]


def test_what_had_been_computed_before_is_an_input() -> None:
    x = leaf(2)
    h = x * 3
    found = trace(lambda h: (h * h).sum(), [h])
    assert (found.graph[0].kind, found.graph[0].label) == ("input", "h")
    assert found.remarks == ("h had been computed before; that is not traced",)
    assert same(found.gradients[0], 2 * h.detach())


def test_what_comes_through_it_is_told() -> None:
    x = leaf(2)
    h = x * 3
    found = trace(lambda x, h: (h * x).sum(), [x, h])
    assert same(gradient_of(found, "x"), 6 * x.detach())
    assert found.frames[-1].note == "it also got some through what had been computed before"


# What is the user's


def test_gradients_are_what_they_were() -> None:
    x, fresh = leaf(2), leaf(2)
    x.grad = held = torch.ones(2)
    for _ in range(2):
        trace(lambda x, y: (x * x * y).sum(), [x, fresh])
    assert x.grad is held
    assert torch.equal(held, torch.ones(2))
    assert fresh.grad is None


def test_random_numbers_are_drawn_as_if_nothing_had_been() -> None:
    x = leaf(50)
    torch.manual_seed(3)
    right = torch.rand(3)
    torch.manual_seed(3)
    trace(lambda x: F.dropout(x, 0.5).sum(), [x])
    assert torch.equal(torch.rand(3), right)


@pytest.mark.parametrize("fails", [False, True])
def test_random_numbers_of_python_and_numpy_are_too(fails: bool) -> None:
    def loss(x: Any) -> Any:
        drawn.append((random.random(), float(numpy.random.random())))
        if fails:
            raise KeyError("theirs")
        return (x * drawn[-1][0] * drawn[-1][1]).sum()

    drawn: list[tuple[float, float]] = []
    before = random.getstate(), numpy.random.get_state()[1].tolist()
    for _ in range(2):
        with pytest.raises(KeyError, match="theirs") if fails else nullcontext():
            trace(loss, [leaf(2)])
    assert drawn[0] == drawn[1]
    assert (random.getstate(), numpy.random.get_state()[1].tolist()) == before


def test_numpy_is_not_needed() -> None:
    program = (
        "import sys; sys.modules['numpy'] = None\n"
        "import torch, tracer\n"
        "print(tracer.trace(lambda x: (x * x).sum(), torch.ones(2, requires_grad=True)).gradients[0].entries)\n"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout == "(2.0, 2.0)\n", done.stderr


@pytest.mark.parametrize("fails", [False, True])
def test_running_statistics_and_modes_are_what_they_were(fails: bool) -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    before = {name: buffer.clone() for name, buffer in net.named_buffers()}

    def loss(x: Any) -> Any:
        result = net(x).square().sum()
        net.eval()
        if fails:
            raise KeyError("theirs")
        return result

    with pytest.raises(KeyError, match="theirs") if fails else nullcontext():
        trace(loss, [torch.randn(4, 2)])
    assert all(torch.equal(buffer, before[name]) for name, buffer in net.named_buffers())
    assert all(module.training for module in net.modules())


def test_gradients_of_what_does_not_take_part_are_left() -> None:
    x, other = leaf(2), leaf(2)
    other.grad = torch.ones(2)
    trace(lambda x, other: (x * other.detach()).sum(), [x, other])
    assert torch.equal(other.grad, torch.ones(2))


def test_gradients_are_what_they_were_if_the_pass_fails() -> None:
    class Broken(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            raise RuntimeError("not today")

    x = leaf(2)
    x.grad = torch.ones(2)
    with pytest.raises(SourceError, match="PyTorch's backward pass failed: not today"):
        trace(lambda x: (Broken.apply(x) * x).sum(), [x])
    assert torch.equal(x.grad, torch.ones(2))


def test_a_function_that_runs_backward_itself_is_told_not_to() -> None:
    def train(x: Any) -> Any:
        loss = (x**2).sum()
        loss.backward()
        return loss

    with pytest.raises(SourceError, match="take it out of the function, which has to return the loss"):
        trace(train, [leaf(2)])


def test_a_hook_that_changes_a_gradient_is_told() -> None:
    found = trace(hooked, [leaf(2)])
    (frame,) = (frame for frame in found.frames if frame.note)
    assert (frame.label, frame.note, frame.op) == ("h", "a hook changed it on its way", None)


def test_gradients_that_arise_out_of_sight_are_told() -> None:
    w = leaf(3, 3)
    w.grad = torch.ones(3, 3)

    def loss(x: Any) -> Any:
        return checkpoint(lambda x: (x @ w).tanh(), x, use_reentrant=True).sum()

    x = leaf(3, 3)
    right = plain_gradients(loss, [x], [x, w])
    found = trace(loss, [x])
    assert found.remarks == ("w got its gradient inside an op, where nobody can look",)
    assert same(gradient_of(found, "x"), right[0])
    assert torch.equal(w.grad, torch.ones(3, 3))


def test_gradients_that_arise_partly_out_of_sight_are_told() -> None:
    w = leaf(3, 3)

    def loss(x: Any) -> Any:
        return checkpoint(lambda x: (x @ w).tanh(), x, use_reentrant=True).sum() + w.sum()

    x = leaf(3, 3)
    (right,) = plain_gradients(loss, [x], [w])
    found = trace(loss, [x])
    assert same(gradient_of(found, "w"), right)
    assert found.frames[-1].note == "it also got some inside an op, where nobody can look"


def test_a_hook_that_changes_a_gradient_in_the_end_is_told() -> None:
    def tenfold(x: Any) -> None:
        x.grad *= 10

    x = leaf(2)
    x.register_post_accumulate_grad_hook(tenfold)
    found = trace(lambda x: (x * x).sum(), [x])
    assert same(found.gradients[0], 20 * x.detach())
    assert found.frames[-1].note == "a hook changed it in the end"


def test_sparse_gradients() -> None:
    net = nn.Embedding(5, 2, sparse=True)
    (right,) = plain_gradients(lambda: net(torch.tensor([1, 1, 3])).square().sum(), [], [net.weight])
    found = trace(lambda: net(torch.tensor([1, 1, 3])).square().sum())
    assert same(gradient_of(found, "net.weight"), right.to_dense())


def test_nothing_is_left_behind() -> None:
    module = torch.nn.modules.module
    x = leaf(2)

    def fails(x: Any) -> Any:
        raise KeyError("theirs")

    for function in (lambda x: (x * x).sum(), fails):
        with pytest.raises(KeyError, match="theirs") if function is fails else nullcontext():
            trace(function, [x])
        assert not module._global_forward_hooks
        assert not module._global_forward_pre_hooks
        assert torch.utils._python_dispatch._get_current_dispatch_mode() is None
        assert sys.gettrace() is None
    assert x._backward_hooks is None


# Refused


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x, r"returned a tensor of the shape \(3,\)"),
        (lambda x: 3.0, "returned a float"),
        (lambda x: x.detach().sum(), "nothing that requires a gradient"),
        (lambda x: torch.fft.fft(x).abs().sum(), "complex numbers"),
        (lambda x: x.sum().backward() or x.new_zeros(()), "nothing that requires a gradient"),
    ],
)
def test_a_function_that_cannot_be_traced(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        trace(function, [leaf(3)])


def test_a_function_that_computes_later(recwarn: pytest.WarningsRecorder) -> None:
    async def loss(x: Any) -> Any:
        return x.sum()

    with pytest.raises(SourceError, match=r"^loss\(\) is async and has computed nothing yet; "):
        trace(loss, [leaf(3)])
    assert not recwarn.list


def test_an_input_as_it_is() -> None:
    with pytest.raises(SourceError, match="one of its inputs"):
        trace(lambda x: x, [leaf()])


def test_a_tensor_is_no_function() -> None:
    with pytest.raises(SourceError, match=r"trace\(fn, x, y\)"):
        trace(leaf(2).sum())


def test_calls_that_do_not_fit() -> None:
    with pytest.raises(SourceError, match=r"loss\(\) cannot be called like this: missing a required argument: 'x'"):
        trace(Holder(nn.Linear(1, 1)).loss)
    with pytest.raises(SourceError, match="model= takes a module, whose parameters have names, not a int"):
        trace(lambda x: x.sum(), [leaf(2)], {"model": 3})
    with pytest.raises(SourceError, match="on the device meta"):
        trace(lambda x: x.sum(), [torch.ones(2, device="meta", requires_grad=True)])


def test_a_change_in_place_that_breaks_the_backward_pass() -> None:
    def loss(x: Any) -> Any:
        y = x.tanh()
        z = y * 1.0
        y.add_(1)
        return z.sum()

    with pytest.raises(SourceError, match="modified by an inplace operation"):
        trace(loss, [leaf(2)])


def test_an_old_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "1.13.1")
    with pytest.raises(SourceError, match=r"PyTorch 1\.13\.1 is too old to be traced; 2\.13 or later is needed"):
        trace(lambda x: x.sum(), [leaf(2)])


def test_a_newer_version_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "3.1.0a0+git12")
    x = leaf(2)
    assert same(trace(lambda x: (x * x).sum(), [x]).gradients[0], 2 * x.detach())


def test_a_newer_version_that_lacks_something_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "3.1.0")
    monkeypatch.delattr(torch.autograd, "_get_sequence_nr")
    with pytest.raises(SourceError, match=r"3\.1\.0 cannot be traced: .*_get_sequence_nr.* right: 2\.13 to 2\.\d+$"):
        trace(lambda x: x.sum(), [leaf(2)])


def test_a_newer_version_whose_gradients_are_not_seen_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "3.1.0")
    monkeypatch.setattr("tracer.sources.pytorch.backward._noting", lambda node, runs: lambda *given: None)
    with pytest.raises(SourceError, match="the gradient of x is not the sum of what was seen to be handed to it"):
        trace(lambda x: (x * x).sum(), [leaf(2)])


def test_mistakes_of_the_user_are_theirs_in_a_newer_version_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "3.1.0")
    with pytest.raises(AttributeError, match="no_such"):
        trace(lambda x: x.no_such.sum(), [leaf(2)])


# Which sources are PyTorch's


def helper(x: Any) -> Any:
    return torch.as_tensor(x) * 2


def through_a_helper(x: Any) -> Any:
    return helper(x)


class Holder:
    def __init__(self, net: Any) -> None:
        self.net = net

    def loss(self, x: Any) -> Any:
        return self.net.weight * x


def test_what_is_a_source() -> None:
    net = nn.Linear(1, 1)
    assert traces(net)
    assert traces(leaf(1))
    assert traces(len, [leaf(1)])
    assert traces(len, [], {"x": {"deep": [leaf(1)]}})
    assert traces(lambda: net(torch.ones(1, 1)))
    assert traces(lambda x: F.relu(x))
    assert traces(through_a_helper, [2.0])
    assert traces(partial(through_a_helper, 2.0))
    assert traces(Holder(net).loss, [2.0])
    assert traces(lambda: Holder(net))
    assert traces(torch.compile(lambda x: x * 2, backend="eager"), [2.0])
    assert not traces(len, [1.0])
    assert not traces(lambda x: x + 1.0, [2.0])
    assert not traces(3.0)


def test_pytorch_is_imported_only_when_it_is_used() -> None:
    script = (
        "import sys; from tracer.sources import pytorch; pytorch.traces(len, [1.0]);"
        "assert 'torch' not in sys.modules; sys.modules['torch'] = None;"
        "from tracer.errors import MissingDependencyError\n"
        "try: pytorch.trace(len)\n"
        "except MissingDependencyError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert 'pip install "backprop-tracer[torch]"' in done.stdout
    assert issubclass(MissingDependencyError, ImportError)


def test_large_tensors_are_summaries() -> None:
    found = trace(lambda x: (x @ x.T).tanh().sum(), [leaf(40, 40)])
    assert all(node.value.entries is None for node in found.graph.nodes if isinstance(node.value, Tensor))
    frame = found.frames[-1]
    assert isinstance(frame.after, Tensor)
    assert frame.after.summary.norm > 0
