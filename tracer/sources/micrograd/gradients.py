"""A number that remembers which gradients it was computed from.

The backward pass of a scalar engine, however it is written, is made of additions and of products of one gradient with
plain numbers. So while somebody's own code computes with a `Gradient` instead of a float, it computes the same numbers,
and in the end the result still knows: this is dL/d(that value), times 2.5.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import add, mul, neg, sub, truediv
from typing import Any, NamedTuple

from tracer.scalars import is_number


class Share(NamedTuple):
    """One gradient's share in a number: whose it is (an id), what it was, and by which factor it counts."""

    owner: int
    upstream: float
    factor: float


class Gradient(float):
    """A gradient that was read from a value, or a number that was computed from such.

    Attributes:
        plain: the number as the code would have it if nobody watched, whatever its type.
        shares: the gradients it was computed from.
        parts: for a sum its two summands, as they were.
        read: for a gradient just as it was read, the id of its value; otherwise 0.
    """

    __slots__ = ("parts", "plain", "read", "shares")
    # numpy's scalars leave it to us to compute with them.
    __array_ufunc__ = None

    plain: Any
    shares: tuple[Share, ...]
    parts: tuple[Any, ...]
    read: int

    def __new__(cls, plain: Any, shares: tuple[Share, ...], parts: tuple[Any, ...] = (), read: int = 0) -> Gradient:
        """A float that equals `plain`, with the rest."""
        self = super().__new__(cls, plain)
        self.plain, self.shares, self.parts, self.read = plain, shares, parts, read
        return self

    @classmethod
    def of(cls, owner: int, plain: Any) -> Gradient:
        """The gradient of the value with the id `owner`."""
        return cls(plain, (Share(owner, float(plain), 1.0),), read=owner)

    def __add__(self, other: Any) -> Any:
        return _sum(add, self, other)

    def __radd__(self, other: Any) -> Any:
        return _sum(add, other, self)

    def __sub__(self, other: Any) -> Any:
        return _sum(sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return _sum(sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return _scaled(self, plain(other), mul(self.plain, plain(other)), mul, isinstance(other, Gradient))

    def __rmul__(self, other: Any) -> Any:
        return _scaled(self, plain(other), mul(plain(other), self.plain), mul, isinstance(other, Gradient))

    def __truediv__(self, other: Any) -> Any:
        result = truediv(self.plain, plain(other))
        return _scaled(self, plain(other), result, truediv, isinstance(other, Gradient))

    def __neg__(self) -> Any:
        return _scaled(self, -1.0, neg(self.plain), mul, False)

    def __pos__(self) -> Gradient:
        return self

    def __reduce__(self) -> Any:
        return type(self.plain), (self.plain,)  # a copy outlives the watch, so it is a plain number


def plain(number: Any) -> Any:
    """A number as the code would have it if nobody watched."""
    return number.plain if isinstance(number, Gradient) else number


def shares(number: Any) -> tuple[Share, ...]:
    """The gradients that a number was computed from; none for plain numbers."""
    return number.shares if isinstance(number, Gradient) else ()


def _sum(compute: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    result = compute(plain(left), plain(right))
    if not is_number(result):  # what it was added to is no real number: its own business
        return result
    if compute is sub:
        right = -right
    found: dict[int, Share] = {}
    for share in (*shares(left), *shares(right)):
        factor = share.factor + (found[share.owner].factor if share.owner in found else 0.0)
        found[share.owner] = share._replace(factor=factor)
    return Gradient(result, tuple(found.values()), (left, right))


def _scaled(given: Gradient, number: Any, result: Any, compute: Callable[[Any, Any], Any], both: bool) -> Any:
    """A gradient times or divided by a plain number; of a product of two gradients nothing is a share any more."""
    if both or not is_number(result):
        return result
    scaled = [share._replace(factor=float(compute(share.factor, number))) for share in given.shares]
    return Gradient(result, tuple(scaled))
