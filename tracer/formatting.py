"""Numbers as text: in full, in short for formulas, and with four decimals for cards. Never a wrong-looking zero."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from math import isfinite
from typing import Final

from tracer.tensors import Number, Summary, Tensor, decimal

# Types of integers, as NumPy, PyTorch and JAX call them.
_WHOLE: Final = re.compile(r"u?int\d+")

MOST_INLINE: Final = 6
"""A tensor with more entries than this is summed up where it stands in a line of text."""

MOST_ROWS: Final = 4
MOST_COLUMNS: Final = 5
"""A larger tensor is summed up on a card."""


def full(value: Number) -> str:
    """Every digit that is needed to get the same float back; of a tensor every entry that is kept.

    >>> full(0.1 + 0.2)
    '0.30000000000000004'
    """
    if isinstance(value, Tensor):
        return _inline(value, repr, value.size)
    return repr(float(value))


def whole(value: float, dtype: str) -> str | None:
    """A number of a dtype that has no fractions as that is written: 3, True; None for other dtypes.

    >>> whole(3.0, "int64"), whole(1.0, "bool"), whole(3.0, "float32")
    ('3', 'True', None)
    """
    if dtype == "bool":
        return str(bool(value))
    return str(int(value)) if _WHOLE.fullmatch(dtype) and isfinite(value) else None


def short(value: Number) -> str:
    """A number in up to four decimals; of a tensor the entries, or a summary of many.

    >>> from tracer.tensors import Tensor
    >>> short(Tensor.of((2, 2), "float32", [1, 0.5, -2, 1e-9]))
    '[[1.0, 0.5], [-2.0, 1e-9]]'
    >>> short(Tensor.of((3, 4), "float32", range(12)))
    '(3, 4) from 0.0 to 11.0, mean 5.5, norm 22.4944'
    """
    return _inline(value, _short, MOST_INLINE) if isinstance(value, Tensor) else _short(value)


def _short(value: float) -> str:
    """Up to four decimals, or four digits where a plain decimal would hide the number.

    >>> [_short(x) for x in (-2.0, 0.70710678, 1e-12, 123456789.0, -0.0)]
    ['-2.0', '0.7071', '1e-12', '1.235e8', '-0.0']
    """
    if not isfinite(value):
        return repr(value)
    if value and not 0.001 <= abs(value) < 100_000:
        return _scientific(value, 3, trim=True)
    text = f"{value:.4f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def card(value: Number) -> str:
    """A number in four decimals; a tensor on one line."""
    return short(value) if isinstance(value, Tensor) else _card(value)


def _card(value: float) -> str:
    """Four decimals, as on the lecture's cards; scientific where they would show 0.0000 or the number is huge.

    >>> [_card(x) for x in (6.0, -0.0, 0.00001, -3.2e9)]
    ['6.0000', '-0.0000', '1.000e-5', '-3.200e9']
    """
    if not isfinite(value):
        return repr(value)
    if value and not 0.0001 <= abs(value) < 1_000_000:
        return _scientific(value, 3, trim=False)
    return f"{value:.4f}"


def cells(value: Number) -> tuple[tuple[str, ...], ...]:
    """What stands on a card, in rows and columns: a number, a small matrix, or a summary.

    >>> from tracer.tensors import Tensor
    >>> cells(Tensor.of((2, 2), "float32", [1, 0.5, -2, 3]))
    (('1.0', '0.5'), ('-2.0', '3.0'))
    >>> cells(Tensor.of((3,), "int64", [0, 1, -2]))
    (('0', '1', '-2'),)
    >>> cells(Tensor.filled((64, 64), "float32", 0.5))
    (('min', '0.5', 'max', '0.5'), ('mean', '0.5', 'norm', '32.0'))
    """
    if not isinstance(value, Tensor):
        return ((_card(value),),)
    matrix = rows(value)
    if matrix is None:
        about = value.summary
        least, most = (whole(number, value.dtype) or _short(number) for number in (about.min, about.max))
        return (
            ("min", least, "max", most),
            ("mean", _short(about.mean), "norm", _short(about.norm)),
        )
    return tuple(tuple(_entry(entry, value.dtype, _short) for entry in row) for row in matrix)


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as people write it: `2×3`; "" for a scalar."""
    return "×".join(map(str, shape))


def rows(tensor: Tensor) -> list[tuple[float, ...]] | None:
    """A small tensor as a matrix, leading axes of length 1 left out; None where it is not small."""
    shape = tensor.shape
    while len(shape) > 2 and shape[0] == 1:
        shape = shape[1:]
    rows, columns = (1, *shape)[-2:]
    if tensor.entries is None or len(shape) > 2 or not 0 < rows <= MOST_ROWS or not 0 < columns <= MOST_COLUMNS:
        return None
    return [tensor.entries[row * columns : (row + 1) * columns] for row in range(rows)]


def _inline(tensor: Tensor, number: Callable[[float], str], most: int) -> str:
    if tensor.entries is None or tensor.size > most:
        return f"{tensor.shape} {_summed_up(tensor.summary, tensor.dtype, number)}"

    def written(item: list[object] | float) -> str:
        if isinstance(item, list):
            return f"[{', '.join(map(written, item))}]"  # type: ignore[arg-type]
        return _entry(item, tensor.dtype, number)

    return written(tensor.rows())


def _entry(value: float, dtype: str, number: Callable[[float], str]) -> str:
    """An entry of a tensor."""
    return whole(value, dtype) or number(decimal(value, dtype))


def _summed_up(about: Summary, dtype: str, number: Callable[[float], str]) -> str:
    low, high = (whole(value, dtype) or number(value) for value in (about.min, about.max))
    mean, norm = map(number, (about.mean, about.norm))
    return f"from {low} to {high}, mean {mean}, norm {norm}"


def _scientific(value: float, digits: int, *, trim: bool) -> str:
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    if trim:
        mantissa = re.sub(r"\.?0+$", "", mantissa)
    return f"{mantissa}e{int(exponent)}"


def visible(text: str) -> str:
    r"""Text from outside, safe to show on one line: what has no shape of its own becomes an escape.

    Control characters could move the cursor or change colours, and direction marks could reorder what is read.

    >>> visible("a\x1b[31m")
    'a\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    shapeless = unicodedata.category(character) in {"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"}
    return character.encode("unicode_escape").decode("ascii") if shapeless else character
