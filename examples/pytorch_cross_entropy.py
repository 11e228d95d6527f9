"""PyTorch: softmax and cross-entropy. The gradient of the logits is what everybody learns: softmax minus one-hot.

It comes about in two steps, because cross_entropy is a log-softmax and the negative log-likelihood of the labels.
"""

from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from tracer import trace

logits = torch.tensor([[2.0, 1.0, -1.0], [0.5, 0.5, 1.5]], requires_grad=True)
labels = torch.tensor([0, 1])


def loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """How surprised the logits are by the labels."""
    return cross_entropy(logits, labels)


if __name__ == "__main__":
    t = trace(loss, logits, labels)
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "pytorch_cross_entropy.gif")
