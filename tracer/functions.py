"""The ops that are written as calls, as functions: `exp(x)`, `tanh(x)`, `maximum(x, y)`.

They take Values and plain numbers and give a Value. They come from the op table: an op that is added there is here too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from tracer.ops import OPS, Op
from tracer.scalars import as_float
from tracer.value import Operand, Value, constant, method_name


def _function(op: Op) -> Callable[..., Value]:
    method: Callable[..., Value] = getattr(Value, method_name(op))

    def function(*operands: Operand) -> Value:
        if len(operands) != op.arity:
            raise TypeError(f"{op.name}() takes {op.arity} values, but was given {len(operands)}")
        return method(*(given if isinstance(given, Value) else constant(as_float(given)) for given in operands))

    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = f"{op.written}, of Values or numbers, as a Value."
    return function


FUNCTIONS: Final[Mapping[str, Callable[..., Value]]] = MappingProxyType(
    {name: _function(op) for name, op in OPS.items() if "(" in op.written}
)

if TYPE_CHECKING:  # what the table gives at present, for editors and type checkers

    def exp(x: Operand) -> Value: ...
    def log(x: Operand) -> Value: ...
    def sqrt(x: Operand) -> Value: ...
    def sin(x: Operand) -> Value: ...
    def cos(x: Operand) -> Value: ...
    def tanh(x: Operand) -> Value: ...
    def sigmoid(x: Operand) -> Value: ...
    def relu(x: Operand) -> Value: ...
    def abs(x: Operand) -> Value: ...
    def maximum(x: Operand, y: Operand) -> Value: ...
    def minimum(x: Operand, y: Operand) -> Value: ...

else:
    globals().update(FUNCTIONS)
