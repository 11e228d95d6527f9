"""Which Python objects count as one real number, and as which float."""

from __future__ import annotations

import sys
from decimal import Decimal
from math import isinf
from numbers import Real

from tracer.errors import DomainError, NotANumberError


def is_number(given: object) -> bool:
    """Whether `as_float` would take it: int, bool, float, Fraction, Decimal and numpy's scalars, never arrays."""
    return isinstance(given, (Real, Decimal)) or _is_numpy_scalar(given)


def as_float(given: object) -> float:
    """The float that stands for a real number of whatever type.

    Raises:
        NotANumberError: it is something else: complex, a string, an array, None.
        DomainError: it is an integer or fraction that no float can hold.
    """
    if type(given) is float:
        return given
    if _is_numpy_scalar(given):
        given = given.item()  # type: ignore[attr-defined]  # numpy is not imported here, so its type is not known
    if not isinstance(given, (Real, Decimal)):
        raise NotANumberError(f"a Value holds one real number, but was given {_described(given)}")
    try:
        number = float(given)
    except OverflowError:
        raise _too_large() from None
    except ValueError:  # Decimal("sNaN")
        raise NotANumberError(f"a Value holds one real number, but was given {_described(given)}") from None
    if isinf(number) and given != number:  # Decimal("1e400")
        raise _too_large()
    return number


def _too_large() -> DomainError:
    return DomainError("a number is too large for a float; the largest is 1.8e308", "", (), ())


def _is_numpy_scalar(given: object) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(given, numpy.generic)


def _described(given: object) -> str:
    if given is None:
        return "None"
    text = repr(given)
    text = text if len(text) <= 40 else text[:39] + "…"
    return f"the {type(given).__name__} {' '.join(text.split())}"
