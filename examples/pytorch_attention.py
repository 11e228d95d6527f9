"""PyTorch: attention, as in the paper: softmax(q @ k.T / sqrt(d)) @ v, for two queries and three keys."""

from pathlib import Path

import torch

from tracer import trace

q = torch.tensor([[1.0, 0.0], [0.5, -1.0]], requires_grad=True)
k = torch.tensor([[1.0, 0.5], [0.0, 1.0], [-1.0, 0.5]], requires_grad=True)
v = torch.tensor([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]], requires_grad=True)


def loss(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """The size of what attention reads."""
    scores = q @ k.T / 2**0.5
    weights = torch.softmax(scores, dim=1)
    out = weights @ v
    return out.square().sum()


if __name__ == "__main__":
    t = trace(loss, q, k, v)
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "pytorch_attention.gif")
