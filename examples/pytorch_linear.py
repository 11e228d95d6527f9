"""PyTorch: a linear layer, relu and a mean squared error, for a batch of two.

The layer's parameters go by their own names. The gradient of the weights follows from a rule, x.T @ dL/dy, and the
shapes show that it fits.
"""

from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import mse_loss

from tracer import trace

net = nn.Linear(3, 2)
with torch.no_grad():
    net.weight.copy_(torch.tensor([[0.5, -1.0, 0.25], [1.0, 0.5, -0.5]]))
    net.bias.copy_(torch.tensor([0.1, -0.2]))
x = torch.tensor([[1.0, 2.0, -1.0], [0.5, -1.0, 3.0]])
y = torch.tensor([[0.0, 1.0], [1.0, 0.0]])


def loss(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The mean squared error of the layer."""
    before = net(x)
    hidden = torch.relu(before)
    return mse_loss(hidden, y)


if __name__ == "__main__":
    t = trace(loss, x, y, model=net)
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "pytorch_linear.gif")
