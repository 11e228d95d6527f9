"""PyTorch's gradients, verified by running the function again: never a false "wrong", never a false "right"."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from io import StringIO
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from tracer.checking import Check, NodeCheck
from tracer.errors import SourceError
from tracer.outputs.terminal_check import print_check
from tracer.tensors import Tensor
from tracer.tracing import Trace

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812
from torch.utils.checkpoint import checkpoint  # noqa: E402

from tests.test_source_pytorch import Random, leaf  # noqa: E402
from tracer.sources.pytorch import trace  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def of(checked: Check, name: str) -> NodeCheck:
    found = checked.of(name)
    assert found is not None, name
    return found


def tensor(*numbers: float, dtype: Any = None) -> Any:
    return torch.tensor(numbers, dtype=dtype, requires_grad=True)


class Exp(torch.autograd.Function):  # type: ignore[misc]
    factor = 1.0

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @classmethod
    def backward(cls, ctx: Any, g: Any) -> Any:
        (y,) = ctx.saved_tensors
        return g * y * cls.factor


def exp_with(factor: float) -> Any:
    class Custom(Exp):
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (y,) = ctx.saved_tensors
            return g * y * factor

    return Custom


class Sine(torch.autograd.Function):  # type: ignore[misc]
    """Leaves PyTorch on its way."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return torch.from_numpy(numpy.sin(x.detach().numpy())) + 0 * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * x.cos()


def in_place(x: Any) -> Any:
    y = x * 2
    y[0] = y[1] * 3
    y.add_(1)
    z = y.view(-1)
    z.mul_(2)
    y[:, 1:].tanh_()
    return (y * z.view(3, 2)).sum()


def views(x: Any) -> Any:
    a, b = x.chunk(2)
    return (a * b).sum() + x.t()[0].exp().sum() + x.t().reshape(-1)[::2].sin().sum()


def no_grad(x: Any) -> Any:
    with torch.no_grad():
        scale = x.std()
    return (exp_with(1.0).apply(x) / scale).sum()


FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[int, ...]]] = {
    "in place": (in_place, (3, 2)),
    "views": (views, (4, 3)),
    "a custom function": (lambda x: (exp_with(1.0).apply(x) * 2).sum(), (3,)),
    "detached": (lambda x: (x * x.detach() + x.data).sum(), (3,)),
    "without gradients": (no_grad, (4,)),
    "dropout": (lambda x: F.dropout(x, 0.5).pow(2).sum(), (10,)),
    "checkpointing": (lambda x: checkpoint(lambda y: (y * 2).tanh(), x, use_reentrant=False).sum(), (2, 3)),
    "a choice": (lambda x: (x.cumsum(0).sort().values * torch.arange(5.0)).sum() + x.max() + x.prod(), (5,)),
    "scattered": (
        lambda x: torch.zeros(5, dtype=x.dtype).index_put((torch.tensor([0, 2, 2]),), x, accumulate=True).norm(),
        (3,),
    ),
    "digits that cancel": (lambda x: ((x + 1e4) - 1e4).sum(), (3,)),
    "numbers": (lambda x: (x[0] * x[1]).sin() / x[2].exp(), (3,)),
}


class TestRight:
    @pytest.mark.parametrize("name", FUNCTIONS)
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_every_gradient_of(self, name: str, dtype: Any) -> None:
        function, shape = FUNCTIONS[name]
        checked = trace(function, [leaf(*shape, dtype=dtype)]).check()
        assert [(found.name, found.reason) for found in checked.nodes if found.answer != "right"] == []

    @pytest.mark.parametrize(
        ("module", "shape"),
        [
            (nn.Sequential(nn.Conv2d(1, 2, 3), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten()), (2, 1, 6, 6)),
            (nn.GRU(3, 4), (2, 4, 3)),
            (nn.LSTMCell(3, 4), (2, 3)),
            (nn.TransformerEncoderLayer(4, 2, 8, dropout=0.2, batch_first=True), (1, 3, 4)),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_modules(self, module: Any, shape: tuple[int, ...]) -> None:
        def loss(x: Any) -> Any:
            made = module(x)
            return (made[0] if isinstance(made, tuple) else made).pow(3).mean()

        checked = trace(loss, [leaf(*shape)], {"model": module}).check()
        assert not checked.wrong
        assert len(checked.right) > 0.9 * len(checked.nodes)

    @settings(deadline=None, max_examples=10)
    @given(st.data(), st.integers(1, 6))
    def test_no_gradient_of_a_random_program_is_called_wrong(self, data: st.DataObject, count: int) -> None:
        torch.manual_seed(count)
        checked = trace(Random(data.draw, count), [leaf(2, 3), leaf(2, 3)]).check()
        assert not checked.wrong
        assert checked.nodes

    def test_of_a_large_tensor_some_entries_and_all_at_once(self) -> None:
        x, w = torch.randn(4, 64), leaf(64, 64)
        found = of(trace(lambda x, w: (x @ w).tanh().sum(), [x, w]).check(["w"]), "w")
        assert (found.answer, found.tried, found.size, found.along) == ("right", 8, 4096, True)

    def test_the_words(self) -> None:
        x, w = torch.randn(4, 64), leaf(64, 64)
        traced = trace(lambda x, w, b: (x @ w + b).tanh().sum(), [x, w, tensor(0.5)])
        written = StringIO()
        print_check(traced.check(["w", "b", "L"]), traced, Console(file=written, width=300, color_system=None))
        assert "✓ numerically the same in 8 of 4096 entries and in a random direction ± " in written.getvalue()
        assert "✓ all 3 gradients agree with central differences" in written.getvalue()


class TestWrong:
    @pytest.mark.parametrize("factor", [1.001, -1.0, 0.0, 2.0, math.nan, math.inf])
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_a_wrong_backward_is_caught(self, factor: float, dtype: Any) -> None:
        checked = trace(lambda x: (exp_with(factor).apply(x) * 2).sum(), [leaf(3, dtype=dtype)]).check()
        assert [found.name for found in checked.wrong] == ["x"]
        assert len(checked.right) == len(checked.nodes) - 1
        assert not checked.ok

    @settings(deadline=None, max_examples=10)
    @given(st.data(), st.integers(1, 5), st.sampled_from([1.01, -1.0, 0.0]))
    def test_a_wrong_gradient_is_never_called_right(self, data: st.DataObject, count: int, factor: float) -> None:
        torch.manual_seed(count)
        program, x = Random(data.draw, count), leaf(2, 3)
        checked = trace(lambda x, y: program(exp_with(factor).apply(x), y), [x, leaf(2, 3)]).check(["x"])
        found = of(checked, "x")
        if x.grad is not None and found.tried == 6 and x.grad.abs().max() > 1e-4:
            assert found.answer != "right"

    def test_what_is_checked_is_the_gradient_that_the_trace_shows(self) -> None:
        traced = trace(lambda x: (x * x).sum(), [torch.tensor([1.0, 2.0, 3.0], requires_grad=True)])
        (x,) = (node for node in traced.gradients if traced.names[node] == "x")
        traced.gradients[x] = Tensor.of((3,), "float32", [2.0, 4.5, 6.0])
        found = of(traced.check(), "x")
        assert (found.answer, found.reason) == ("wrong", "at [1] the slope is 4.0, not 4.5")

    def test_one_wrong_entry_of_thousands_is_caught(self) -> None:
        class Copy(torch.autograd.Function):  # type: ignore[misc]
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                return x * 1

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                g = g.clone()
                g[17, 23] *= 1.5
                return g

        found = of(trace(lambda x: (Copy.apply(x) * 2).sum(), [leaf(64, 64)]).check(), "x")
        assert found.answer == "wrong"
        assert found.reason.startswith("in a random direction the slope is ")


class TestInconclusive:
    @pytest.mark.parametrize(
        "function",
        [
            lambda x: (x.relu() * 2).sum(),
            lambda x: (x * (x > 0)).sum(),
            lambda x: torch.where(x > 0, x, 0.1 * x).sum(),
            lambda x: x.abs().sum(),
            lambda x: x.clamp(0, 5).sum(),
            lambda x: torch.stack([x[0], -x[0]]).max(),
        ],
    )
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_a_kink_in_one_entry(self, function: Callable[..., Any], dtype: Any) -> None:
        found = of(trace(function, [tensor(0.0, 1.0, -1.0, dtype=dtype)]).check(), "x")
        assert found.answer == "inconclusive"
        assert found.reason.startswith("at [0] a kink nearby: the slope is ")

    def test_a_kink_where_rounding_has_put_it(self) -> None:
        """In single precision 0.1 + 0.2 - 0.3 is just 0, or not; either way nothing is wrong."""
        x = tensor(0.1, 0.3, 0.7)
        checked = trace(lambda x: ((x * 3 - x - x - x) + 0 * x).relu().sum(), [x]).check()
        assert not checked.wrong

    def test_what_rounding_hides(self) -> None:
        found = of(trace(lambda x: torch.sigmoid(x).sum(), [tensor(25.0)]).check(), "x")
        assert found.answer == "inconclusive"
        assert found.reason.startswith("at [0] rounding may have moved the gradient by ") or found.size == 1

    def test_a_custom_function_that_leaves_pytorch(self) -> None:
        found = of(trace(lambda x: (Sine.apply(x) * 2).sum(), [leaf(3)]).check(), "x")
        assert (found.answer, found.reason) == (
            "inconclusive",
            "not all that Sine computes is done by PyTorch, so it cannot run again",
        )

    def test_a_hook(self) -> None:
        def hooked(x: Any) -> Any:
            y = x * 2
            y.register_hook(lambda gradient: gradient * 0.5)
            return y.pow(2).sum()

        checked = trace(hooked, [leaf(3)]).check()
        assert {found.name: found.reason for found in checked.inconclusive} == dict.fromkeys(
            ("x", "y"), "a hook has changed the gradient of y"
        )
        assert not checked.wrong

    def test_a_function_that_is_not_the_same_twice(self) -> None:
        calls = [0.0]

        def counting(x: Any) -> Any:
            calls[0] += 1
            return (x * calls[0]).sum()

        checked = trace(counting, [leaf(3)]).check()
        assert {found.answer for found in checked.nodes} == {"inconclusive"}
        assert all(
            found.reason.startswith("run again, the function computes something else") for found in checked.nodes
        )

    def test_a_function_that_can_run_only_once(self) -> None:
        batches = iter([torch.randn(3)])
        checked = trace(lambda x: (x * next(batches)).sum(), [leaf(3)]).check()
        assert {found.reason for found in checked.nodes} == {"run again, the function fails: StopIteration:"}

    def test_an_input_that_has_changed_since(self) -> None:
        x = leaf(3)
        traced = trace(lambda x: (x * 2).sum(), [x])
        with torch.no_grad():
            x.add_(1)
        assert len(traced.check().inconclusive) == 3

    def test_a_trace_from_a_file(self) -> None:
        traced = trace(lambda x: (x * 2).sum(), [leaf(3)])
        found = Trace.from_json(traced.to_json()).check()
        assert {one.reason for one in found.nodes} == {
            "there is no function here to run again; check the trace in the program that makes it"
        }


class TestNothingChanges:
    def test_numbers_gradients_versions_modes_and_chance(self, capsys: pytest.CaptureFixture[str]) -> None:
        net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 1))
        x, seen = torch.randn(8, 3), torch.zeros(2)
        net.tag = "mine"

        def loss(x: Any) -> Any:
            print("forward")
            net.tag = "changed"
            seen[:1].add_(1)
            noise = random.random() + float(numpy.random.random())
            return (net(x) * noise + torch.rand(8, 1)).pow(2).mean()

        net(x).sum().backward()
        traced = trace(loss, [x], {"model": net})
        net.eval()
        net.tag = "mine"
        before = {name: value.clone() for name, value in (*net.state_dict().items(), ("x", x), ("seen", seen))}
        gradients = {name: (one.grad, one.grad.clone()) for name, one in net.named_parameters()}
        versions = [tensor._version for tensor in (*net.parameters(), *net.buffers(), seen)]
        chance = torch.get_rng_state(), random.getstate(), numpy.random.get_state()[1].tolist()
        capsys.readouterr()
        checked = traced.check()
        assert not checked.wrong
        assert len(checked.right) > 0.7 * len(checked.nodes)
        assert capsys.readouterr().out == ""
        for name, value in (*net.state_dict().items(), ("x", x), ("seen", seen)):
            assert torch.equal(value, before[name]), name
        for name, one in net.named_parameters():
            assert one.grad is gradients[name][0]
            assert torch.equal(one.grad, gradients[name][1])
        assert [tensor._version for tensor in (*net.parameters(), *net.buffers(), seen)] == versions
        assert torch.equal(torch.get_rng_state(), chance[0])
        assert random.getstate() == chance[1]
        assert numpy.random.get_state()[1].tolist() == chance[2]
        assert (net.training, net.tag) == (False, "mine")
        assert torch.is_grad_enabled()

    def test_also_if_the_function_fails(self) -> None:
        x, count = leaf(3), torch.zeros(1)

        def failing(x: Any) -> Any:
            count.add_(1)
            if count > 1:
                raise ValueError("no more")
            return (x * 2).sum()

        traced = trace(failing, [x])
        kept = x.grad
        assert of(traced.check(), "x").reason == "run again, the function fails: ValueError: no more"
        assert count == 1
        assert x.grad is kept


class TestNudge:
    def test_one_entry(self) -> None:
        x = tensor(1.0, 2.0, 3.0)
        made = trace(lambda x: (x**2).sum(), [x]).nudge("x[1]")
        assert (made.name, made.before) == ("x[1]", 14.0)
        assert made.slope == pytest.approx(4.001)

    def test_a_number_and_an_intermediate(self) -> None:
        traced = trace(lambda x: (x[0] * x[1]) ** 2, [tensor(2.0, 3.0)])
        assert traced.nudge("slice(x)*slice(x)₂", 0.5).after == 42.25

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("x", r"x has the shape \(2, 3\); name one entry of it, up to x\[1, 2\]"),
            ("x[0]", r"x has the shape \(2, 3\)"),
            ("x[0, 3]", r"x has the shape \(2, 3\)"),
            ("L[0]", "L is a single number"),
            ("w[0]", "there is no value called 'w'"),
        ],
    )
    def test_what_is_no_entry(self, name: str, said: str) -> None:
        with pytest.raises(SourceError, match=said):
            trace(lambda x: x.tanh().sum(), [leaf(2, 3)]).nudge(name)
