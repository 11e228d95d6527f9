"""PyTorch: two LSTM cells and a linear head, folded by module: each is a card with its inputs, output and gradient.

What a module hands back is what autograd handed back, added up; a cell hands on for its two results together.
"""

from pathlib import Path

import torch
from torch import nn

from tracer import trace

torch.manual_seed(0)


class Cell(nn.Module):
    """An LSTM cell whose gates come from one sum."""

    def __init__(self) -> None:
        super().__init__()
        self.gates = nn.Linear(3, 8)

    def forward(self, x: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The next output and the next state."""
        write, keep, candidate, show = self.gates(torch.cat([x, h], 1)).chunk(4, 1)
        state = torch.sigmoid(keep) * c + torch.sigmoid(write) * torch.tanh(candidate)
        return torch.sigmoid(show) * torch.tanh(state), state


class Network(nn.Module):
    """Two cells, one after the other, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = Cell(), Cell(), nn.Linear(2, 1)

    def forward(self, x: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        """What it makes of the same input, read twice."""
        h, c = self.first(x, h, c)
        h, c = self.second(x, h, c)
        return self.head(h)


net = Network()
x = torch.tensor([[0.5]])
h = torch.zeros(1, 2, requires_grad=True)
c = torch.ones(1, 2, requires_grad=True)


def loss(x: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    """How far the network is from 0."""
    return net(x, h, c).square().sum()


if __name__ == "__main__":
    t = trace(loss, x, h, c, model=net).fold()  # t.fold(unfold="first") shows what is in the first cell
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "pytorch_modules.gif")
