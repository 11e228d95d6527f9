"""Rules of the tensor op table: they hold, and what does not hold is not shown. NumPy stands in for a library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from tracer.sources.rules import Use, entrywise_rule, find_rule, jacobian_rule, telling_rule
from tracer.tensorops import TENSOR_OPS
from tracer.tensors import Rule

RANDOM = np.random.default_rng(0)
A, B, C = RANDOM.normal(size=(2, 3)), RANDOM.normal(size=(3, 4)), RANDOM.normal(size=4)
G = RANDOM.normal(size=(2, 4))


class Numpy:
    """NumPy's functions by the names that rules use."""

    def __init__(self, axes: tuple[int, ...] = (), scattered: Any = None) -> None:
        self.axes = axes
        self.scattered = scattered

    def functions(self, use: Use) -> Mapping[str, Callable[..., Any]]:
        return {
            "broadcast": lambda x, shape: np.broadcast_to(np.expand_dims(x, self.axes), shape),
            "concat": lambda *pieces, axis: np.concatenate(pieces, axis),
            "clip": np.clip,
            "exp": np.exp,
            "outer": np.outer,
            "permute": np.transpose,
            "reshape": np.reshape,
            "scatter": lambda x, shape: self.scattered,
            "stack": lambda *pieces, axis: np.stack(pieces, axis),
            "sum": lambda x, axis: x.sum(axis, keepdims=True),
        }

    def agree(self, one: Any, other: Any) -> bool:
        return one.shape == other.shape and bool(np.allclose(one, other))


def array(x: Any) -> Any:
    """An array that knows `.mT`, as those of all libraries do by now."""
    return x.view(Turnable)


class Turnable(np.ndarray):  # type: ignore[type-arg]
    @property
    def mT(self) -> Any:  # noqa: N802
        return self.swapaxes(-1, -2)


def use(op: str, operands: list[Any], result: Any, upstream: Any = None, **attributes: str) -> Use:
    """An op that reads nodes 0, 1, ... and makes node 9."""
    given = np.ones_like(result) if upstream is None else upstream
    held = [None if x is None else array(x) for x in operands]
    return Use(op, tuple(range(len(operands))), (9,), held, [array(result)], [array(given)], attributes)


def softmax(x: Any) -> Any:
    return np.exp(x) / np.exp(x).sum(1, keepdims=True)


def slopes(function: Callable[[Any], Any], x: Any, upstream: Any) -> Any:
    """The gradient by differences."""
    found = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-6
        found[place] = ((function(x + step) - function(x - step)) * upstream).sum() / 2e-6
    return found


CASES: dict[str, tuple[Use, int, Any, Numpy, str]] = {
    "matmul, left": (use("matmul", [A, B], A @ B, G), 0, G @ B.T, Numpy(), "{d9} @ {1}ᵀ"),
    "matmul, right": (use("matmul", [A, B], A @ B, G), 1, A.T @ G, Numpy(), "{0}ᵀ @ {d9}"),
    "matrix @ vector": (use("matmul", [B, C], B @ C, A[0]), 0, np.outer(A[0], C), Numpy(), "outer({d9}, {1})"),
    "addmm, bias": (use("addmm", [C, A, B], C + A @ B, G), 0, G.sum(0), Numpy(), "sum({d9}, axis=0)"),
    "addmm, weight": (use("addmm", [C, A, B], C + A @ B, G), 2, A.T @ G, Numpy(), "{1}ᵀ @ {d9}"),
    "transpose": (use("transpose", [A], A.T, B[:, :2]), 0, B[:, :2].T, Numpy(), "{d9}ᵀ"),
    "permute": (use("permute", [A], A.T, B[:, :2], axis="(1, 0)"), 0, B[:, :2].T, Numpy(), "permute({d9}, (1, 0))"),
    "reshape": (use("reshape", [A], A.ravel(), A.ravel()), 0, A, Numpy(), "reshape({d9}, (2, 3))"),
    "broadcast": (use("broadcast", [C], np.tile(C, (2, 1)), G), 0, G.sum(0), Numpy(), "sum({d9}, axis=0)"),
    "sum": (use("sum", [A], A.sum(1), C[:2]), 0, np.tile(C[:2, None], 3), Numpy((1,)), "broadcast({d9}, (2, 3))"),
    "mean": (
        use("mean", [A], A.mean(1), C[:2], n="3"), 0, np.tile(C[:2, None], 3) / 3, Numpy((1,)),
        "broadcast({d9}, (2, 3)) / 3",
    ),
    "softmax": (
        use("softmax", [A], softmax(A), A, axis="axis=1"), 0, slopes(softmax, A, A), Numpy(),
        "{9} ⊙ ({d9} − sum({d9} ⊙ {9}, axis=1))",
    ),
    "log softmax": (
        use("log_softmax", [A], np.log(softmax(A)), A, axis="axis=1"), 0, slopes(lambda x: np.log(softmax(x)), A, A),
        Numpy(), "{d9} − exp({9}) ⊙ sum({d9}, axis=1)",
    ),
    "stretched product": (use("mul", [A, C[:3]], A * C[:3], A), 1, (A * A).sum(0), Numpy(), "sum({d9} ⊙ {0}, axis=0)"),
    "stretched quotient": (
        use("div", [A, C[:3]], A / C[:3], A), 1, (-A * (A / C[:3]) / C[:3]).sum(0), Numpy(),
        "sum(−{d9} ⊙ {9} / {1}, axis=0)",
    ),
    "kept axis": (use("add", [A, A[:, :1]], A + A[:, :1], A), 1, A.sum(1, keepdims=True), Numpy(), "sum({d9}, axis=1)"),
    "slice": (use("slice", [A], A[0], C[:3]), 0, A, Numpy(scattered=A), "scatter({d9}, (2, 3))"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_rule_that_holds_is_found(name: str) -> None:
    used, slot, contribution, arrays, text = CASES[name]
    found = find_rule(used, slot, array(contribution), arrays)
    assert found is not None
    assert found.text == text
    assert found.why


@pytest.mark.parametrize("name", CASES)
def test_a_rule_that_does_not_hold_is_not_shown(name: str) -> None:
    used, slot, contribution, arrays, _ = CASES[name]
    assert find_rule(used, slot, array(contribution * 1.01 + 0.01), arrays) is None


def test_pieces_are_parts_and_are_put_together_again() -> None:
    whole = np.concatenate([A, A], 1)
    joined = Use("concat", (0, 1), (9,), [array(A), array(A)], [array(whole)], [array(whole)], {}, (":, 0:3", ":, 3:6"))
    assert find_rule(joined, 1, array(whole[:, 3:]), Numpy()) == Rule(
        "{d9}[:, 3:6]", "each piece gets the part of the gradient where it went"
    )
    cut = Use("split", (0,), (8, 9), [array(whole)], [A, A], [array(A), array(A)], {"axis": "axis=1"})
    found = find_rule(cut, 0, array(whole), Numpy())
    assert found is not None
    assert found.text == "concat({d8}, {d9}, axis=1)"


def test_an_op_that_no_table_has_follows_no_rule() -> None:
    used = use("convolution", [A], A, A)
    assert find_rule(used, 0, array(A), Numpy()) is None
    assert jacobian_rule(used, 0).text == "({9/0})ᵀ · {d9}"


def test_of_several_results_only_those_with_a_gradient_count() -> None:
    used = Use("sort", (0,), (7, 8, 9), [A], [A, A, A], [A, None, A])
    assert jacobian_rule(used, 0).text == "({7/0})ᵀ · {d7} + ({9/0})ᵀ · {d9}"


def test_entry_by_entry_whatever_the_op() -> None:
    assert entrywise_rule(use("unheard_of", [A], A), 0, (2, 3), (2, 3)) == Rule("{d9} ⊙ {9/0}")
    assert entrywise_rule(use("softplus", [A], A), 0, (2, 3), (2, 3)).why == "its slope is the sigmoid of the input"
    assert entrywise_rule(use("where", [C[:3], A], A), 0, (3,), (2, 3)).text == "sum({d9} ⊙ {9/0}, axis=0)"


def test_what_is_not_known_makes_no_rule() -> None:
    assert find_rule(use("matmul", [A, None], A @ B, G), 0, array(G @ B.T), Numpy()) is None


def test_what_has_no_formula_has_words() -> None:
    told = jacobian_rule(use("batch_norm", [A], A), 0)
    assert told.text == "({9/0})ᵀ · {d9}"
    assert "mean and variance" in told.why


def test_a_single_number_is_no_factor_entry_by_entry() -> None:
    squared = use("mse_loss", [A, A * 0], (A * A).mean(), np.array(3.0), n="6")
    found = find_rule(squared, 0, array(A), Numpy())
    assert found is not None
    assert found.text == "{d9} × 2 × ({0} − {1}) / 6"
    assert telling_rule(squared, 0, array(A), Numpy()) == found


def test_spreading_a_gradient_says_no_more_than_numbers() -> None:
    assert telling_rule(use("sum", [C], C.sum(), np.array(2.0)), 0, array(C * 0 + 2), Numpy((0,))) is None


def test_a_sum_that_keeps_its_axes_fits_an_operand_without_them() -> None:
    bias = use("convolution", [A, A, C[:2]], np.ones((5, 2, 3)), np.ones((5, 2, 3)), axis="axis=(0, 2)")
    assert find_rule(bias, 2, array(np.full(2, 15.0)), Numpy()) == Rule(
        "sum({d9}, axis=(0, 2))", "a sum hands its gradient on unchanged"
    )


def test_every_op_of_the_table_says_something_of_each_operand() -> None:
    for op in TENSOR_OPS.values():
        assert op.rules
        for slot in range(len(op.rules)):
            assert all(rule.why for rule in op.rules_for(slot))
            assert any(rule.formula for rule in op.rules_for(slot)) or op.words(slot)
