"""Numbers that come in arrays, and the rules by which gradients pass through ops on them.

A scalar is a plain float everywhere. A `Tensor` is frozen, knows nothing of the library it came from, and keeps the
entries of a small array; of a large one it keeps a summary, because nobody reads thousands of numbers. Entries are kept
as floats, in which every float of at most 64 bits, and every integer up to 2**53, is itself.

    >>> w = Tensor.of((2, 2), "float32", [1.0, -2.0, 0.5, 4.0])
    >>> w.rows()
    [[1.0, -2.0], [0.5, 4.0]]
    >>> w * 2.0
    Tensor((2, 2), 'float32', [[2.0, -4.0], [1.0, 8.0]])

A local derivative is a number for each entry where an op works entry by entry. Elsewhere it is a linear map, and the
contribution is no product but follows a `Rule`, such as `xᵀ @ dL/dy`.
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import copysign, fsum, hypot, inf, isfinite, nan, prod
from typing import Any, Final, NamedTuple

from tracer.errors import SourceError

MOST_ENTRIES: Final = 1024
"""Tensors with more entries than this are kept as a summary."""


class Summary(NamedTuple):
    """What there is to say about many numbers: the smallest, the largest, their mean, and their norm √Σx²."""

    min: float
    max: float
    mean: float
    norm: float

    @classmethod
    def of(cls, entries: Iterable[float]) -> Summary:
        """The summary of some numbers; where there are none, or one is NaN, so are the results."""
        numbers = list(entries)
        if not numbers or any(number != number for number in numbers):
            return cls(nan, nan, nan, nan if numbers else 0.0)
        mean = fsum(numbers) / len(numbers) if all(map(isfinite, numbers)) else sum(numbers) / len(numbers)
        return cls(min(numbers), max(numbers), mean, hypot(*numbers))

    @property
    def finite(self) -> bool:
        """Whether none of the numbers was inf or NaN."""
        return isfinite(self.min) and isfinite(self.max)


@dataclass(frozen=True, slots=True, repr=False)
class Tensor:
    """An array of numbers as it was at one moment.

    Attributes:
        shape: its size along each axis; never (), because scalars are floats.
        dtype: what its library calls the type of its entries: "float32".
        entries: the numbers, row by row; None where there are more than `MOST_ENTRIES`.
        summary: what to say about all of them.
    """

    shape: tuple[int, ...]
    dtype: str
    entries: tuple[float, ...] | None
    summary: Summary

    @classmethod
    def of(cls, shape: Iterable[int], dtype: str, entries: Iterable[float]) -> Tensor:
        """A tensor with these entries, row by row.

        Raises:
            SourceError: there are more or fewer entries than the shape has places.
        """
        size, numbers = tuple(shape), tuple(map(float, entries))
        if len(numbers) != prod(size):
            raise SourceError(f"a tensor of the shape {size} has {prod(size)} entries, but was given {len(numbers)}")
        return cls(size, dtype, numbers if len(numbers) <= MOST_ENTRIES else None, Summary.of(numbers))

    @classmethod
    def filled(cls, shape: Iterable[int], dtype: str, number: float) -> Tensor:
        """A tensor whose entries are all the same number."""
        size = tuple(shape)
        count = prod(size)
        if count <= MOST_ENTRIES:
            return cls.of(size, dtype, [number] * count)
        return cls(size, dtype, None, Summary(number, number, number, abs(number) * count**0.5))

    @property
    def size(self) -> int:
        """How many entries it has."""
        return prod(self.shape)

    @property
    def finite(self) -> bool:
        """Whether every entry is finite."""
        return self.summary.finite if self.size else True

    def rows(self) -> list[Any]:
        """The entries as lists in lists, one level an axis.

        Raises:
            SourceError: it is kept as a summary only.
        """
        return _nested(self._kept(), self.shape)

    def __add__(self, other: Tensor) -> Tensor:
        """The sum of two tensors of one shape, rounded as their dtype rounds."""
        return self._entrywise(operator.add, other) if isinstance(other, Tensor) else NotImplemented

    def __mul__(self, other: Tensor | float) -> Tensor:
        """The product entry by entry, or with one number, rounded as the dtype rounds."""
        return self._entrywise(operator.mul, other) if isinstance(other, (Tensor, float, int)) else NotImplemented

    __rmul__ = __mul__

    def _entrywise(self, compute: Callable[[float, float], float], other: Tensor | float) -> Tensor:
        if not isinstance(other, Tensor):
            other = Tensor.filled(self.shape, self.dtype, other)
        if other.shape != self.shape:
            raise SourceError(f"tensors of the shapes {self.shape} and {other.shape} do not fit entry by entry")
        pairs = zip(self._kept(), other._kept(), strict=True)
        return Tensor.of(self.shape, self.dtype, [nearest(compute(one, two), self.dtype) for one, two in pairs])

    def _kept(self) -> tuple[float, ...]:
        if self.entries is None:
            raise SourceError(f"of a tensor of the shape {self.shape} only a summary is kept, not its entries")
        return self.entries

    def __repr__(self) -> str:
        held = str(self.summary) if self.entries is None else str(self.rows())
        return f"Tensor({self.shape}, {self.dtype!r}, {held})"


@dataclass(frozen=True, slots=True)
class Rule:
    """How an op hands its gradient on where that is no product entry by entry.

    Attributes:
        text: the rule in the field's notation, for nodes instead of names: `{3}ᵀ @ {d7}` is the transpose of node 3
            times the gradient of node 7, and `{7/3}` is the derivative of node 7 with respect to node 3.
        why: words that complete "the gradient is ..."; "" where there is no more to say.
    """

    text: str
    why: str = ""


Number = float | Tensor
"""What a node or a gradient is."""

Local = float | Tensor | Rule
"""A local derivative: a number, a number for each entry, or a rule."""


def shape_of(number: Number) -> tuple[int, ...]:
    """The shape of a tensor, () of a scalar."""
    return number.shape if isinstance(number, Tensor) else ()


def scalar(number: Local) -> float:
    """A number that has to be a scalar.

    Raises:
        SourceError: it is a tensor or a rule.
    """
    if isinstance(number, (Tensor, Rule)):
        what = f"a tensor of the shape {number.shape}" if isinstance(number, Tensor) else "a rule for tensors"
        raise SourceError(f"only single numbers can be computed with here, not {what}")
    return number


def plus(one: Number, other: Number) -> Number:
    """The sum of two numbers of one shape.

    Raises:
        SourceError: their shapes differ.
    """
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one + other
    return scalar(one) + scalar(other)


def zero_like(number: Number) -> Number:
    """0 in the shape of a number."""
    return Tensor.filled(number.shape, number.dtype, 0.0) if isinstance(number, Tensor) else 0.0


def is_finite(number: Local) -> bool:
    """Whether no number in it is inf or NaN; a rule has none."""
    if isinstance(number, Rule):
        return True
    return number.finite if isinstance(number, Tensor) else isfinite(number)


def nearest(number: float, dtype: str) -> float:
    """A number as a dtype holds it; dtypes that are not narrow floats, or are unknown, hold it as it is.

    >>> nearest(0.1, "float32"), nearest(1e39, "float32"), nearest(0.1, "float64")
    (0.10000000149011612, inf, 0.1)
    """
    if dtype == "bfloat16":
        return _bfloat16(number)
    code = {"float32": "f", "float16": "e"}.get(dtype)
    if code is None:
        return number
    try:
        (held,) = struct.unpack(code, struct.pack(code, number))
    except OverflowError:
        return copysign(inf, number)
    return float(held)


def decimal(number: float, dtype: str) -> float:
    """The number with the fewest digits that a dtype holds as `number`, for showing it.

    >>> decimal(0.10000000149011612, "float32")
    0.1
    """
    if nearest(number, dtype) != number:  # it is NaN, or not a number of that dtype
        return number
    candidates = (float(f"{number:.{digits}g}") for digits in range(1, 17))
    return next((short for short in candidates if nearest(short, dtype) == number), number)


def _bfloat16(number: float) -> float:
    """The nearest float with the exponent of a float32 and 8 bits of precision; ties go to the even one."""
    held = nearest(number, "float32")
    if not isfinite(held):
        return held
    (bits,) = struct.unpack("I", struct.pack("f", held))
    bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000
    (rounded,) = struct.unpack("f", struct.pack("I", bits))
    return float(rounded)


def _nested(entries: tuple[float, ...], shape: tuple[int, ...]) -> list[Any]:
    if len(shape) == 1:
        return list(entries)
    stride = prod(shape[1:])
    return [_nested(entries[place * stride : (place + 1) * stride], shape[1:]) for place in range(shape[0])]
