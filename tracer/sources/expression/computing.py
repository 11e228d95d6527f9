"""Follows the statements of an expression and makes its Values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tracer.errors import DomainError
from tracer.sources.expression.inputs import as_numbers
from tracer.sources.expression.instructions import Apply, Instruction, Put, Read
from tracer.sources.expression.names import check_inputs, inputs_of
from tracer.sources.expression.statements import Statement, statements
from tracer.value import Number, Value, constant, method_name


def parse(source: str, /, **inputs: Number) -> Value:
    """Compute an expression, and return its output as a Value that knows how it was made.

    >>> L = parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2)
    >>> L, L.label
    (Value(data=-8.0), 'L')

    Args:
        source: the expression, at most 10,000 characters.
        inputs: a finite number for each name that the expression uses but does not compute.

    Raises:
        ExpressionError: the expression or its inputs cannot be accepted; `line` and `column` say where.
        DomainError: an op has no finite result for its operands; the message says where.
    """
    read = tuple(map(_folded, statements(source)))
    numbers = as_numbers(inputs)
    check_inputs(inputs_of(read), read, numbers)
    values: dict[str, Value] = {}
    for statement in read:
        output = _result(statement, values, numbers)
        if statement.name:
            output.label = output.label or statement.name
            values[statement.name] = output
    return output


def title(source: str) -> str:
    """An expression on one line, as a title: `e = a*b; L = e + c`.

    Raises:
        ExpressionError: it is not an expression.
    """
    return "; ".join(statement.text for statement in statements(source))


def _folded(statement: Statement) -> Statement:
    """The same statement, with ops on nothing but numbers worked out."""
    steps: list[Instruction] = []
    for step in statement.instructions:
        if isinstance(step, Apply):
            numbers = [constant(last.number) for last in steps[-step.op.arity :] if isinstance(last, Put)]
            if len(numbers) == step.op.arity:
                steps[-step.op.arity :] = [Put(_applied(step, numbers).data, step.place)]
                continue
        steps.append(step)
    return Statement(statement.name, statement.place, tuple(steps), statement.text)


def _result(statement: Statement, values: dict[str, Value], numbers: Mapping[str, float]) -> Value:
    """Follow a statement's instructions; inputs that are met for the first time are added to `values`."""
    stack: list[Value] = []
    for step in statement.instructions:
        match step:
            case Put(number=number):
                # A number that is the whole statement has a name, or is the output: no constant in a formula.
                alone = len(statement.instructions) == 1
                stack.append(Value(number) if alone else constant(number))
            case Read(name=name):
                if name not in values:
                    values[name] = Value(numbers[name], label=name)
                stack.append(values[name])
            case Apply(op=op):
                operands = stack[-op.arity :]
                stack[-op.arity :] = [_applied(step, operands)]
    return stack.pop()


def _applied(step: Apply, operands: list[Value]) -> Value:
    """The op's result.

    Raises:
        DomainError: there is no finite one; the message says where in the expression.
    """
    compute: Callable[..., Value] = getattr(Value, method_name(step.op))
    try:
        return compute(*operands)
    except DomainError as error:
        raise DomainError(f"{step.place}: {error}", error.op, error.operands, error.labels) from error
