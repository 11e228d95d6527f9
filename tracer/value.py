"""Value: a labelled scalar that remembers how it was made.

    >>> a = Value(2.0, label="a"); b = Value(-3.0, label="b")
    >>> L = a * b
    >>> L.backward()
    >>> a.grad, b.grad
    (-3.0, 2.0)

The operators and methods that compute (`+`, `exp`, ...) come from the op table by way of `engine.py`; this module holds
what is not arithmetic. A Value knows its inputs by `_a` and `_b`, its op by `_code`, and when it was made by `_born`, a
number that only grows: creation order is a topological order, so nothing here ever recurses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from itertools import count
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Final, SupportsFloat

from tracer.engine import BY_CODE, CODES, CONSTANT, LEAF, compile_backward, compile_forward
from tracer.errors import CycleError, DomainError, SourceError, StaleValueError
from tracer.ops import OPS, Op
from tracer.scalars import as_float, is_number

tick: Final = count().__next__  # the next number in the order of creation
_walks: Final = count(1).__next__
_BORN: Final = attrgetter("_born")
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]*)?(e[-+]?[0-9]+)?")


class Value:
    """One real number of a computation, with its label, its gradient and the values it was computed from.

    Args:
        data: the number: int, float, bool, Fraction, Decimal or a numpy scalar; it becomes a float.
        _children: the values it is computed from, in order, for graphs that are put together by hand.
        _op: symbol or name of the op that computes it from them, such as "*" or "tanh".
        label: the name it is shown by.

    Raises:
        NotANumberError: `data` is not one real number.
        SourceError: `_op` is unknown or does not fit `_children`.
    """

    __slots__ = ("_a", "_b", "_born", "_code", "_data", "_grad", "_walk", "label")

    # When a Value's data was last assigned: graphs made before then may no longer hold what they were computed from.
    _assigned: ClassVar[int] = -1
    # What hears of each gradient that is assigned by hand, while a recording is on.
    _listener: ClassVar[Callable[[Value, float | None, float], None] | None] = None

    _a: Value | None
    _b: Value | None
    _born: int
    _code: int
    _data: float
    _grad: float | None
    _walk: int  # the last walk over a graph that came by here
    label: str

    def __init__(self, data: Number, _children: Iterable[Value] = (), _op: str = "", label: str = "") -> None:
        self._data = as_float(data)
        self._grad = None
        self._code = LEAF
        self._a = self._b = None
        self._walk = 0
        self.label = label
        if _children or _op:
            _adopt(self, _children, _op)
        self._born = tick()
        if self._code != LEAF:
            Value._assigned = self._born  # the data was given, not computed, so `trace` has to look

    @property
    def data(self) -> float:
        """The number. Assigning to it does not compute anything again: do that before tracing."""
        return self._data

    @data.setter
    def data(self, number: Number) -> None:
        self._data = as_float(number)
        Value._assigned = tick()

    @property
    def grad(self) -> float:
        """The gradient: d(output)/d(this value), 0.0 until it is assigned by `backward()` or by hand."""
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, number: Number) -> None:
        before, self._grad = self._grad, as_float(number)
        if Value._listener is not None:
            Value._listener(self, before, self._grad)

    @property
    def _inputs(self) -> tuple[Value, ...]:
        """The operands in order, with duplicates."""
        return tuple(value for value in (self._a, self._b) if value is not None)

    @property
    def _prev(self) -> set[Value]:
        """The operands as a set, as in micrograd: no order, no duplicates."""
        return set(self._inputs)

    @property
    def _op(self) -> str:
        """The symbol of the op that made this value, "" for a leaf."""
        return BY_CODE[self._code].symbol if self._code > 0 else ""

    def __repr__(self) -> str:
        return f"Value(data={self._data})"

    def __float__(self) -> float:
        """Refused, because nobody could trace what is computed with a plain number, as by `math.exp`."""
        raise TypeError(
            "a Value is no plain number; use its own methods, x.exp() rather than math.exp(x), or its .data"
        )

    def __index__(self) -> int:
        """Refused: a Value is no count or place."""
        raise TypeError("a Value is no whole number; a parameter that is annotated as int (n: int) gets a plain one")

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """The graph and a line of text, for notebooks."""
        from tracer.outputs.notebook import value_bundle

        return value_bundle(self)

    def backward(self) -> None:
        """Set `.grad` of this value and of everything it was computed from; earlier gradients are forgotten.

        Raises:
            CycleError: a value depends on itself.
        """
        ops, _ = ancestors(self)
        push_gradients(self, ops)

    def _backward(self) -> None:
        """One step of backpropagation, as in micrograd: add this value's share to each input's gradient."""
        if self._code > 0:
            numbers = [source._data for source in self._inputs]
            for source, local in zip(
                self._inputs, BY_CODE[self._code].local_derivatives(numbers, self._data), strict=True
            ):
                if source._code != CONSTANT:
                    source.grad += self.grad * local

    def __radd__(self, other: Number) -> Value:
        return _reflected(Value.__add__, self, other)

    def __rsub__(self, other: Number) -> Value:
        return _reflected(Value.__sub__, self, other)

    def __rmul__(self, other: Number) -> Value:
        return _reflected(Value.__mul__, self, other)

    def __rtruediv__(self, other: Number) -> Value:
        return _reflected(Value.__truediv__, self, other)

    def __rpow__(self, other: Number) -> Value:
        return _reflected(Value.__pow__, self, other)

    def __pos__(self) -> Value:
        return self

    if TYPE_CHECKING:  # compiled from the op table, below

        def __add__(self, other: Operand) -> Value: ...
        def __sub__(self, other: Operand) -> Value: ...
        def __mul__(self, other: Operand) -> Value: ...
        def __truediv__(self, other: Operand) -> Value: ...
        def __pow__(self, other: Operand) -> Value: ...
        def __neg__(self) -> Value: ...
        def __abs__(self) -> Value: ...
        def exp(self) -> Value: ...
        def log(self) -> Value: ...
        def sqrt(self) -> Value: ...
        def sin(self) -> Value: ...
        def cos(self) -> Value: ...
        def tanh(self) -> Value: ...
        def sigmoid(self) -> Value: ...
        def relu(self) -> Value: ...
        def abs(self) -> Value: ...
        def maximum(self, other: Operand) -> Value: ...
        def minimum(self, other: Operand) -> Value: ...


Number = SupportsFloat | Fraction | Decimal
Operand = Value | Number

# Python's operators, by the name of the op that answers them.
_OPERATORS: Final = {
    "add": "__add__",
    "sub": "__sub__",
    "mul": "__mul__",
    "div": "__truediv__",
    "pow": "__pow__",
    "neg": "__neg__",
    "abs": "__abs__",
}

_new: Final = object.__new__


def method_name(op: Op) -> str:
    """The name of the method of Value that computes `op`: "__mul__", "exp"."""
    return _OPERATORS.get(op.name, op.name)


def constant(number: Number) -> Value:
    """A literal of a computation, such as the 2 in `a * 2`: it takes part, but is given no gradient of its own."""
    value = Value(number)
    value._code = CONSTANT
    return value


def operand(given: object) -> Any:
    """What an operator was given, as a Value; NotImplemented when it is neither a Value nor a number."""
    if isinstance(given, Value):
        return given
    return constant(given) if is_number(given) else NotImplemented  # type: ignore[arg-type]


def _reflected(method: Callable[[Value, Value], Value], self: Value, other: object) -> Value:
    left = operand(other)
    result: Value = left if left is NotImplemented else method(left, self)
    return result


def ancestors(output: Value) -> tuple[list[Value], list[Value]]:
    """The output and all it was computed from: op nodes, latest first, and leaves. Clears gradients on the way.

    Raises:
        CycleError: a value depends on itself, or on one that was made after it.
    """
    walk = _walks()
    output._walk = walk
    if output._code <= 0:
        return [], [output]
    ops = [output]
    leaves: list[Value] = []
    add_op, add_leaf = ops.append, leaves.append
    for value in ops:  # grows as it goes
        born = value._born
        # The same lines for each operand, of which the first is always there: a loop would take twice as long.
        source: Any = value._a
        if source._walk != walk:
            source._walk = walk
            source._grad = None
            (add_op if source._code > 0 else add_leaf)(source)
        if source._born >= born:
            raise CycleError(_cycle(value, source))
        source = value._b
        if source is None:
            continue
        if source._walk != walk:
            source._walk = walk
            source._grad = None
            (add_op if source._code > 0 else add_leaf)(source)
        if source._born >= born:
            raise CycleError(_cycle(value, source))
    ops.sort(key=_BORN, reverse=True)
    return ops, leaves


def lineage(output: Value) -> list[Value]:
    """The output and all it was computed from, in order of creation. Gradients stay as they are.

    Raises:
        CycleError: a value depends on itself, or on one that was made after it.
    """
    found = {output}
    values = [output]
    for value in values:  # grows as it goes
        for source in value._inputs:
            if source._born >= value._born:
                raise CycleError(_cycle(value, source))
            if source not in found:
                found.add(source)
                values.append(source)
    return sorted(values, key=_BORN)


def push_gradients(output: Value, ops: list[Value]) -> None:
    """The backward pass over op nodes, latest first, as `ancestors` gives them."""
    output._grad = 1.0
    _backward(ops)


def refuse_stale(ops: list[Value]) -> None:
    """Check that each op node, latest first, still holds what its inputs give.

    Raises:
        StaleValueError: some data was assigned after it had been used.
    """
    if not ops or ops[-1]._born > Value._assigned:
        return  # all of them were computed after the last assignment
    for value in reversed(ops):
        op = BY_CODE[value._code]
        now = op.forward(*(source._data for source in value._inputs))
        if now != value._data and not (now != now and value._data != value._data):
            name = value.label or "a value"
            inputs = " and ".join(source.label or repr(source._data) for source in value._inputs)
            raise StaleValueError(
                f"{name} holds {value._data!r}, but {op.symbol} of {inputs} now gives {now!r}: "
                f"data was changed after {name} had been computed; compute it again, then trace"
            )


def refuse_unless_operands_were(op: Op, operands: tuple[Value, ...]) -> None:
    """A result came out infinite or NaN, which is right only when an operand was.

    Raises:
        DomainError: every operand was finite.
    """
    numbers = tuple(value._data for value in operands)
    if any(number - number for number in numbers):
        return
    raise domain_error(op, numbers, tuple(value.label for value in operands))


def domain_error(op: Op, numbers: tuple[float, ...], labels: tuple[str, ...]) -> DomainError:
    """The one error for an op without a finite result: it names the op, the operands and their labels."""
    given = ", ".join(
        f"{label} = {number!r}" if label else repr(number) for number, label in zip(numbers, labels, strict=True)
    )
    # Without a 0 to divide by or take the logarithm of, an infinite result is an overflow.
    overflow = abs(op.forward(*numbers)) == inf and 0 not in numbers
    reason = "the result is too large for a float" if overflow or not op.domain else op.domain
    return DomainError(f"{op.written} has no finite result for {given}: {reason}", op.name, numbers, labels)


def _adopt(value: Value, children: Iterable[Value], symbol: str) -> None:
    """Make `value` the result of an op on `children`, as micrograd's constructor allows."""
    given = [child if isinstance(child, Value) else constant(child) for child in children]
    inputs = given if isinstance(children, (list, tuple)) else sorted(given, key=_BORN)
    name = symbol.lower()
    exponent = _NUMBER.fullmatch(name.removeprefix("**"))
    if name.startswith("**") and exponent:  # micrograd writes the exponent into the symbol: "**2"
        name, inputs = "**", [*inputs, constant(float(exponent[0]))]
    fitting = [op for op in OPS.values() if name in (op.symbol, op.name) and op.arity == len(inputs)]
    if not fitting:
        known = " ".join(dict.fromkeys(op.symbol for op in OPS.values()))
        raise SourceError(
            f"no op is called {symbol!r} and takes {len(inputs)} values, so it has no derivative; the ops are {known}"
        )
    value._code = CODES[fitting[0].name]
    value._a, value._b = inputs[0], inputs[1] if len(inputs) == 2 else None


def _cycle(value: Value, source: Value) -> str:
    name, cause = value.label or repr(value), source.label or repr(source)
    return f"{name} depends on {cause}, which was made after it: the graph was edited by hand and may run in a circle"


_backward: Final = compile_backward()
_HELPERS: Final = {
    "__name__": __name__,  # tells whose these functions are
    "Value": Value,
    "new": _new,
    "operand": operand,
    "refuse_unless_operands_were": refuse_unless_operands_were,
    "tick": tick,
}

for _entry in OPS.values():
    setattr(Value, method_name(_entry), compile_forward(_entry, _HELPERS))
Value.abs = Value.__abs__  # type: ignore[method-assign, assignment]
