"""PyTorch: an LSTM cell, written out. All four gates come from one sum, which is cut in four.

So the gradients of the pieces are put together again on the way back.
"""

from pathlib import Path

import torch

from tracer import trace

torch.manual_seed(0)
x = torch.tensor([[1.0, -0.5]])
h = torch.zeros(1, 1)
c = torch.tensor([[0.5]])
wx = torch.randn(2, 4, requires_grad=True)
wh = torch.randn(1, 4, requires_grad=True)


def loss(x: torch.Tensor, h: torch.Tensor, c: torch.Tensor, wx: torch.Tensor, wh: torch.Tensor) -> torch.Tensor:
    """The output of the cell after one step."""
    gates = x @ wx + h @ wh
    a, f, g, o = gates.chunk(4, dim=1)
    kept = torch.sigmoid(f) * c
    written = torch.sigmoid(a) * torch.tanh(g)
    state = kept + written
    output = torch.sigmoid(o) * torch.tanh(state)
    return output.sum()


if __name__ == "__main__":
    t = trace(loss, x, h, c, wx, wh)
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "pytorch_lstm.gif")
