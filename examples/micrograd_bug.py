"""The classic bug, seen: an engine that writes `=` where it has to write `+=`.

a is used twice. Its second contribution should be added to the first, but it overwrites it, and the log and the picture
show where that happens and what would have been right.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tracer import trace


class Buggy:
    """A number that remembers how it was made, as in the lecture, and forgets to add up its gradient."""

    def __init__(self, data: float, children: tuple[Buggy, ...] = (), op: str = "") -> None:
        self.data = data
        self.grad = 0.0
        self._prev = set(children)
        self._op = op
        self._backward: Callable[[], None] = lambda: None

    def __add__(self, other: Buggy) -> Buggy:
        out = Buggy(self.data + other.data, (self, other), "+")

        def _backward() -> None:
            self.grad = out.grad
            other.grad = out.grad

        out._backward = _backward
        return out

    def __mul__(self, other: Buggy) -> Buggy:
        out = Buggy(self.data * other.data, (self, other), "*")

        def _backward() -> None:
            self.grad = other.data * out.grad
            other.grad = self.data * out.grad

        out._backward = _backward
        return out

    def backward(self) -> None:
        """Set the gradients of everything that this was computed from."""
        order: list[Buggy] = []
        seen: set[Buggy] = set()

        def visit(value: Buggy) -> None:
            if value not in seen:
                seen.add(value)
                for child in value._prev:
                    visit(child)
                order.append(value)

        visit(self)
        self.grad = 1.0
        for value in reversed(order):
            value._backward()


a = Buggy(3.0)
b = Buggy(-2.0)

p = a * b
L = p + a

if __name__ == "__main__":
    t = trace(L)
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "micrograd_bug.gif")
