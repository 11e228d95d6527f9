"""Scalar engines as people write them, for the tests of what can be traced: the lecture's, and variations of it.

All of them compute `+ - * / **`, exp, tanh and relu, and differ in how they keep what they were computed from.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


class Operators:
    """What all engines share: everything that follows from `+`, `*` and `**`."""

    def __neg__(self) -> Any:
        return self * -1

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __truediv__(self, other: Any) -> Any:
        return self * other**-1

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def __rsub__(self, other: Any) -> Any:
        return other + (-self)


class Lecture(Operators):
    """As in the lecture: operands in a set, and a closure that hands the gradient on."""

    def __init__(self, data: Any, _children: Any = (), _op: str = "", label: str = "") -> None:
        self.data = data
        self.grad = 0.0
        self._backward: Callable[[], None] = lambda: None
        self._prev = set(_children)
        self._op = _op
        self.label = label

    def __add__(self, other: Any) -> Any:
        other = other if isinstance(other, type(self)) else type(self)(other)
        out = type(self)(self.data + other.data, (self, other), "+")

        def _backward() -> None:
            self.grad += 1.0 * out.grad
            other.grad += 1.0 * out.grad

        out._backward = _backward
        return out

    def __mul__(self, other: Any) -> Any:
        other = other if isinstance(other, type(self)) else type(self)(other)
        out = type(self)(self.data * other.data, (self, other), "*")

        def _backward() -> None:
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __pow__(self, other: float) -> Any:
        out = type(self)(self.data**other, (self,), f"**{other}")

        def _backward() -> None:
            self.grad += other * (self.data ** (other - 1)) * out.grad

        out._backward = _backward
        return out

    def exp(self) -> Any:
        out = type(self)(math.exp(self.data), (self,), "exp")

        def _backward() -> None:
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    def tanh(self) -> Any:
        x = self.data
        t = (math.exp(2 * x) - 1) / (math.exp(2 * x) + 1)
        out = type(self)(t, (self,), "tanh")

        def _backward() -> None:
            self.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    def relu(self) -> Any:
        out = type(self)(0.0 if self.data < 0 else self.data, (self,), "ReLU")

        def _backward() -> None:
            self.grad += (out.data > 0) * out.grad

        out._backward = _backward
        return out

    def backward(self) -> None:
        topo: list[Any] = []
        visited: set[Any] = set()

        def build_topo(v: Any) -> None:
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build_topo(child)
                topo.append(v)

        build_topo(self)
        self.grad = 1.0
        for node in reversed(topo):
            node._backward()


class Buggy(Lecture):
    """The classic mistake: `=` where `+=` is needed, in the product."""

    def __mul__(self, other: Any) -> Any:
        other = other if isinstance(other, type(self)) else type(self)(other)
        out = type(self)(self.data * other.data, (self, other), "*")

        def _backward() -> None:
            self.grad = other.data * out.grad
            other.grad = self.data * out.grad

        out._backward = _backward
        return out


class Nested(Lecture):
    """A subclass that holds gradients in a property of its own, counts them, and computes with numpy where it can."""

    def __init__(self, data: Any, _children: Any = (), _op: str = "", label: str = "") -> None:
        self._grad = 0.0
        self.assigned = 0
        super().__init__(data, _children, _op, label)

    @property
    def grad(self) -> float:
        return self._grad

    @grad.setter
    def grad(self, number: float) -> None:
        self._grad = number
        self.assigned += 1


class Tuples(Operators):
    """Operands and local derivatives in tuples, slots, no name for the op, and a loop instead of closures."""

    __slots__ = ("_children", "_local_grads", "data", "grad")

    def __init__(self, data: float, children: Any = (), local_grads: Any = ()) -> None:
        self.data = data
        self.grad = 0
        self._children = children
        self._local_grads = local_grads

    def __add__(self, other: Any) -> Any:
        other = other if isinstance(other, Tuples) else Tuples(other)
        return Tuples(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other: Any) -> Any:
        other = other if isinstance(other, Tuples) else Tuples(other)
        return Tuples(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other: float) -> Any:
        return Tuples(self.data**other, (self,), (other * self.data ** (other - 1),))

    def exp(self) -> Any:
        return Tuples(math.exp(self.data), (self,), (math.exp(self.data),))

    def tanh(self) -> Any:
        t = math.tanh(self.data)
        return Tuples(t, (self,), (1 - t * t,))

    def relu(self) -> Any:
        return Tuples(max(0, self.data), (self,), (float(self.data > 0),))

    def backward(self) -> None:
        topo: list[Any] = []
        visited: set[Any] = set()

        def build_topo(v: Any) -> None:
            if v not in visited:
                visited.add(v)
                for child in v._children:
                    build_topo(child)
                topo.append(v)

        build_topo(self)
        self.grad = 1
        for v in reversed(topo):
            for child, local_grad in zip(v._children, v._local_grads, strict=True):
                child.grad += local_grad * v.grad


class Dispatching(Operators):
    """Operands in a list, gradients that are None until they are assigned, and one method that knows every op."""

    def __init__(self, data: float, parents: Any = (), op: str | None = None, extra: float = 0.0) -> None:
        self.data = data
        self.grad: float | None = None
        self.parents = list(parents)
        self.op = op
        self.extra = extra

    def __add__(self, other: Any) -> Any:
        other = other if isinstance(other, Dispatching) else Dispatching(other)
        return Dispatching(self.data + other.data, (self, other), "add")

    def __mul__(self, other: Any) -> Any:
        other = other if isinstance(other, Dispatching) else Dispatching(other)
        return Dispatching(self.data * other.data, (self, other), "mul")

    def __pow__(self, other: float) -> Any:
        return Dispatching(self.data**other, (self,), f"^{other}", other)

    def exp(self) -> Any:
        return Dispatching(math.exp(self.data), (self,), "exp")

    def tanh(self) -> Any:
        return Dispatching(math.tanh(self.data), (self,), "tanh")

    def relu(self) -> Any:
        return Dispatching(self.data if self.data > 0 else 0.0, (self,), "relu")

    def receive(self, amount: float) -> None:
        self.grad = amount if self.grad is None else self.grad + amount

    def step(self) -> None:
        gradient = self.grad
        if self.op == "add":
            for parent in self.parents:
                parent.receive(gradient)
        elif self.op == "mul":
            left, right = self.parents
            left.receive(gradient * right.data)
            right.receive(gradient * left.data)
        elif self.op == "exp":
            self.parents[0].receive(gradient * self.data)
        elif self.op == "tanh":
            self.parents[0].receive(gradient * (1 - self.data**2))
        elif self.op == "relu":
            self.parents[0].receive(gradient if self.data > 0 else 0.0 * gradient)
        elif self.op is not None:
            self.parents[0].receive(gradient * self.extra * self.parents[0].data ** (self.extra - 1))

    def backward(self) -> None:
        order: list[Any] = []
        pending: list[tuple[Any, bool]] = [(self, False)]
        seen: set[int] = set()
        while pending:
            value, done = pending.pop()
            if done:
                order.append(value)
            elif id(value) not in seen:
                seen.add(id(value))
                pending.append((value, True))
                pending += [(parent, False) for parent in value.parents]
        self.grad = 1.0
        for value in reversed(order):
            value.step()
