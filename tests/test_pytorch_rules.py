"""What is said of PyTorch's ops: a formula that holds, or words where there is no short one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.rule_reading import said

torch = pytest.importorskip("torch")

from torch.nn import functional as F  # noqa: E402, N812

from tracer.sources.pytorch import trace  # noqa: E402


def square(x: Any) -> Any:
    return (x * x).sum()


X = torch.tensor([[0.5, -1.0, 2.5], [1.5, 0.25, -0.75]])
T = torch.tensor([[0.0, 1.0, 1.0], [0.25, 0.5, 0.0]])
W = torch.tensor([0.5, -1.5, 2.0])
P = torch.sigmoid(X)
LABELS = torch.tensor([2, 0])
IMAGE = torch.linspace(-1, 1, 32).sin().reshape(1, 2, 4, 4)

CASES: dict[str, tuple[Callable[..., Any], str, list[Any], list[str]]] = {
    "mse": (lambda x, t: F.mse_loss(x, t), "mse_loss", [X, T], ["2 * (x - t) / 6"]),
    "mse, not the last": (
        lambda x, t: F.mse_loss(x, t) * 3, "mse_loss", [X, T], ["dL/d(mse_loss(x, t)) * 2 * (x - t) / 6"],
    ),
    "mse, summed": (lambda x, t: F.mse_loss(x, t, reduction="sum"), "mse_loss", [X, T], ["2 * (x - t)"]),
    "mse, each": (
        lambda x, t: F.mse_loss(x, t, reduction="none").sum(), "mse_loss", [X, T], ["each entry counts by its error"],
    ),
    "smooth l1": (lambda x, t: F.smooth_l1_loss(x, t), "smooth_l1_loss", [X, T], ["clip(x - t, -1, 1) / 6"]),
    "smooth l1, beta": (
        lambda x, t: F.smooth_l1_loss(x, t, beta=0.5), "smooth_l1_loss", [X, T], ["clip((x - t) / 0.5, -1, 1) / 6"],
    ),
    "huber": (lambda x, t: F.huber_loss(x, t, delta=0.5), "huber_loss", [X, T], ["clip(x - t, -0.5, 0.5) / 6"]),
    "nll": (lambda x, labels: F.nll_loss(x, labels), "nll_loss", [X, LABELS], ["-one_hot(labels) / 2"]),
    "nll, weighted": (
        lambda x, labels: F.nll_loss(x, labels, weight=torch.tensor([1.0, 2.0, 3.0])), "nll_loss", [X, LABELS],
        ["only the entries of the right labels counted, by their weights"],
    ),
    "cross-entropy": (
        lambda x, labels: F.cross_entropy(x, labels, ignore_index=2), "nll_loss", [X, LABELS],
        ["only the entries of the right labels counted, by their weights"],
    ),
    "bce": (
        lambda p, t: F.binary_cross_entropy(p, t), "binary_cross_entropy", [P, T], ["(p - t) / (p * (1 - p)) / 6"],
    ),
    "bce with logits": (
        lambda x, t: F.binary_cross_entropy_with_logits(x, t), "binary_cross_entropy_with_logits", [X, T],
        ["(sigmoid(x) - t) / 6"],
    ),
    "layer norm": (
        lambda x, w: square(F.layer_norm(x, (3,), w, w)), "layer_norm", [X, W],
        [
            "layer_norm hands its gradient on through mean and variance as well, so no entry's share stands alone",
            "sum(dL/d(layer_norm(x, w, w)) * normalized(x), axis=0)",
            "sum(dL/d(layer_norm(x, w, w)), axis=0)",
        ],
    ),
    "batch norm": (
        lambda x, w: square(F.batch_norm(x, None, None, w, w, training=True)), "batch_norm", [IMAGE, W[:2]],
        [
            "batch_norm hands its gradient on through mean and variance as well, so no entry's share stands alone",
            "sum(dL/d(batch_norm(x, w, w)) * normalized(x), axis=(0, 2, 3))",
            "sum(dL/d(batch_norm(x, w, w)), axis=(0, 2, 3))",
        ],
    ),
    "convolution": (
        lambda x, w, b: square(F.conv2d(x, w.reshape(1, 2, 2, 2), b)), "convolution",
        [IMAGE, torch.arange(8.0), W[:1]],
        [
            "an entry adds up upstream gradient times weight over all places of the window that covered it",
            "a weight adds up upstream gradient times input over all places of the window",
            "sum(dL/d(convolution(x, reshape(…), b)), axis=(0, 2, 3))",
        ],
    ),
    "embedding": (
        lambda x, ids: square(F.embedding(ids, x)), "embedding", [X, torch.tensor([1, 1, 0])],
        ["scatter(dL/d(embedding(x, ids)), (2, 3))"],
    ),
    "largest": (lambda x: x.max(), "max", [X], ["(x == L)"]),
    "largest of equals": (
        lambda x: x.max(), "max", [X * 0],
        ["the gradient goes to the largest entry; of several that are equal, to one of them or in equal parts"],
    ),
    "largest of rows": (
        lambda x: square(x.amax(1)), "amax", [X],
        ["broadcast(dL/d(amax(x)), (2, 3)) * (x == broadcast(amax(x), (2, 3)))"],
    ),
    "norm": (lambda x: x.norm(), "norm", [X], ["x / L"]),
    "norms of rows": (
        lambda x: square(x.norm(dim=1)), "norm", [X], ["broadcast(dL/d(norm(x)) / norm(x), (2, 3)) * x"],
    ),
    "norm, kept": (lambda x: square(x.norm(dim=1, keepdim=True)), "norm", [X], ["dL/d(norm(x)) * x / norm(x)"]),
    "taxicab": (lambda x: torch.linalg.vector_norm(x, 1), "norm", [X], ["sign(x)"]),
    "cumulative": (
        lambda x: square(x.cumsum(1)), "cumsum", [X], ["flip(cumsum(flip(dL/d(cumsum(x)), axis=1), axis=1), axis=1)"],
    ),
    "variance": (lambda x: x.var(), "var", [X], ["2 * (x - mean(x)) / 5"]),
    "variance of rows": (
        lambda x: square(x.var(1)), "var", [X], ["broadcast(dL/d(var(x)), (2, 3)) * 2 * (x - mean(x, axis=1)) / 2"],
    ),
    "spread": (lambda x: x.std(correction=0), "std", [X], ["(x - mean(x)) / (6 * L)"]),
    "product": (lambda x: x.prod(), "prod", [X], ["L / x"]),
    "product with 0": (lambda x: x.prod(), "prod", [X * (X > 0)], ["an entry counts by the product of all the others"]),
    "logsumexp": (
        lambda x: square(x.logsumexp(1)), "logsumexp", [X],
        ["broadcast(dL/d(logsumexp(x)), (2, 3)) * exp(x - broadcast(logsumexp(x), (2, 3)))"],
    ),
    "dot": (lambda w: w.dot(W) * 2, "matmul", [W + 1], ["dL/d(w @ W) * W"]),
    "padding": (lambda x: square(F.pad(x, (1, 2))), "pad", [X], ["dL/d(pad(x))[0:2, 1:4]"]),
    "flip": (lambda x: square(x.flip(0)), "flip", [X], ["flip(dL/d(flip(x)), axis=0)"]),
    "clamp": (
        lambda x: square(x.clamp(-0.5, 1)), "clamp", [X],
        ["the gradient passes where the input was within the limits, and is blocked where it was not"],
    ),
    "gelu": (
        lambda x: square(F.gelu(x)), "gelu", [X],
        ["its slope is close to 1 where the input is large, and fades to 0 where it is very negative"],
    ),
    "scaled elu": (
        lambda x: square(F.selu(x)), "elu", [X],
        ["its slope is the same wherever the input is positive; where it is not, it fades out as an exponential"],
    ),
    "pooling": (
        lambda x: square(F.max_pool2d(x, 2)), "max_pool2d", [IMAGE],
        ["in each window only the largest entry counted, so it gets the gradient"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_said_of(name: str) -> None:
    function, op, args, expected = CASES[name]
    leaves = [arg.clone().requires_grad_(arg is not T) if arg.is_floating_point() else arg for arg in args]
    assert said(trace(function, leaves, {}), op) == expected


def test_values_in_attention_are_weighted() -> None:
    q, k, v = (torch.randn(1, 1, 3, 4).requires_grad_() for _ in range(3))
    found = trace(lambda q, k, v: square(F.scaled_dot_product_attention(q, k, v)), (q, k, v), {})
    of_q, of_k, of_v = said(found, "attention")
    assert of_v == "softmax(q @ k.T / sqrt(4)).T @ dL/d(attention(q, k, v))"
    assert of_q == of_k
    assert "softmax" in of_q
