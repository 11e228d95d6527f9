"""Elementary functions that answer as IEEE 754 says, where Python's raise or turn complex.

`math.log(0)` raises, `1 / 0` raises, `(-8.0) ** 0.5` is complex. Here they are -inf, inf and nan, so that infinities
and NaN flow through a computation unharmed. Whether such a result is an error is decided in one place (`value.py`): it
is one when every operand was finite.
"""

from __future__ import annotations

import math
from math import inf, nan, tanh

__all__ = ["cos", "cosh", "div", "exp", "inf", "log", "nan", "pow", "sin", "sqrt", "tanh"]


def div(a: float, b: float) -> float:
    """a / b; 1/0 is inf, -1/0 is -inf, 0/0 is nan."""
    try:
        return a / b
    except ZeroDivisionError:
        return nan if a == 0 or a != a else math.copysign(inf, a) * math.copysign(1, b)


def pow(a: float, b: float) -> float:
    """a to the power of b as C's pow; 0**-1 is inf, (-8)**0.5 is nan, overflow is inf with the right sign."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -inf if a < 0 and b % 2 == 1 else inf
    except ValueError:
        if a != 0:
            return nan
        return math.copysign(inf, a) if b % 2 == 1 else inf


def exp(a: float) -> float:
    """e to the power of a; overflow is inf."""
    try:
        return math.exp(a)
    except OverflowError:
        return inf


def cosh(a: float) -> float:
    """Hyperbolic cosine; overflow is inf."""
    try:
        return math.cosh(a)
    except OverflowError:
        return inf


def log(a: float) -> float:
    """Natural logarithm; log(0) is -inf, the log of a negative number is nan."""
    try:
        return math.log(a)
    except ValueError:
        return -inf if a == 0 else nan


def sqrt(a: float) -> float:
    """Square root; nan for a negative number."""
    try:
        return math.sqrt(a)
    except ValueError:
        return nan


def sin(a: float) -> float:
    """Sine in radians; nan at inf."""
    try:
        return math.sin(a)
    except ValueError:
        return nan


def cos(a: float) -> float:
    """Cosine in radians; nan at inf."""
    try:
        return math.cos(a)
    except ValueError:
        return nan
