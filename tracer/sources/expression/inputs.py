"""The numbers that an expression is given from outside: by name from Python, as `a=2` on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Final

from tracer.errors import DomainError, ExpressionError, NotANumberError
from tracer.scalars import as_float
from tracer.sources.expression.refusals import of_number
from tracer.sources.expression.tokens import NUMBER, normal
from tracer.telling import shown
from tracer.value import Number

_SIGNED: Final = re.compile(f"[-+]?{NUMBER.pattern}")


def read_inputs(words: Iterable[str]) -> dict[str, float]:
    """The inputs that are written as `name=number`, one a word.

    >>> read_inputs(["a=2", "b=-3"])
    {'a': 2.0, 'b': -3.0}

    Raises:
        ExpressionError: a word is not of that form, its number is not finite, or its name was given before.
    """
    inputs: dict[str, float] = {}
    for word in words:
        given, equals, digits = word.partition("=")
        name, digits = normal(given.strip()), digits.strip()
        if not (name and equals):
            raise ExpressionError(f"{shown(word) or 'an empty word'} is not an input; write name=number, such as a=2")
        if name in inputs:
            raise ExpressionError(f"{shown(name)} is given twice")
        inputs[name] = _decimal(name, digits)
    return inputs


def _decimal(name: str, digits: str) -> float:
    if _SIGNED.fullmatch(digits):
        problem = of_number(digits)
    elif re.fullmatch("[-+]?(inf|infinity|nan)", digits.lower()):
        problem = f"{digits} is not finite"
    else:
        problem = f"{shown(digits)} is not a decimal number" if digits else "there is no number behind the ="
    if problem:
        raise ExpressionError(f"the input {shown(name)} cannot be used: {problem}")
    return float(digits)


def as_numbers(inputs: Mapping[str, Number]) -> dict[str, float]:
    """Inputs as floats, by names that are spelt as those in expressions are.

    Raises:
        ExpressionError: one is not a finite real number, or two names are the same but for their spelling.
    """
    numbers: dict[str, float] = {}
    for given, number in inputs.items():
        name = normal(given)
        if name in numbers:
            raise ExpressionError(f"{shown(name)} is given twice")
        try:
            numbers[name] = as_float(number)
        except (DomainError, NotANumberError) as error:
            raise ExpressionError(f"the input {shown(name)} cannot be used: {error}") from error
        if not isfinite(numbers[name]):
            raise ExpressionError(f"the input {shown(name)} cannot be used: {numbers[name]} is not finite")
    return numbers
