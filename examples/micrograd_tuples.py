"""An engine that keeps a tuple of inputs and a tuple of local derivatives, with no closures: traced as it is.

Its values have no labels, so the variables name them. What is shown is what its own backward() does.
"""

from __future__ import annotations

import math
from pathlib import Path

from tracer import trace


class Scalar:
    """A number that remembers which ones it came from, and how fast it changes with each of them."""

    __slots__ = ("_children", "_local_grads", "data", "grad")

    def __init__(self, data: float, children: tuple[Scalar, ...] = (), local_grads: tuple[float, ...] = ()) -> None:
        self.data = data
        self.grad = 0.0
        self._children = children
        self._local_grads = local_grads

    def __add__(self, other: Scalar) -> Scalar:
        return Scalar(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Scalar) -> Scalar:
        return Scalar(self.data * other.data, (self, other), (other.data, self.data))

    def tanh(self) -> Scalar:
        """The hyperbolic tangent."""
        t = math.tanh(self.data)
        return Scalar(t, (self,), (1 - t**2,))

    def backward(self) -> None:
        """Set the gradients of everything that this was computed from."""
        order: list[Scalar] = []
        seen: set[Scalar] = set()

        def visit(value: Scalar) -> None:
            if value not in seen:
                seen.add(value)
                for child in value._children:
                    visit(child)
                order.append(value)

        visit(self)
        self.grad = 1.0
        for value in reversed(order):
            for child, local in zip(value._children, value._local_grads, strict=True):
                child.grad += local * value.grad


w = Scalar(-1.5)
x = Scalar(0.5)
b = Scalar(1.0)

n = w * x + b
y = n.tanh()
L = y * y

if __name__ == "__main__":
    t = trace(L)
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "micrograd_tuples.gif")
