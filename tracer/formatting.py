"""Numbers as text: in full, in short for formulas, and with four decimals for cards. Never a wrong-looking zero."""

from __future__ import annotations

import re
import unicodedata
from math import isfinite


def full(value: float) -> str:
    """Every digit that is needed to get the same float back.

    >>> full(0.1 + 0.2)
    '0.30000000000000004'
    """
    return repr(float(value))


def short(value: float) -> str:
    """Up to four decimals, or four digits where a plain decimal would hide the number.

    >>> [short(x) for x in (-2.0, 0.70710678, 1e-12, 123456789.0, -0.0)]
    ['-2.0', '0.7071', '1e-12', '1.235e8', '-0.0']
    """
    if not isfinite(value):
        return repr(value)
    if value and not 0.001 <= abs(value) < 100_000:
        return _scientific(value, 3, trim=True)
    text = f"{value:.4f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def card(value: float) -> str:
    """Four decimals, as on the lecture's cards; scientific where they would show 0.0000 or the number is huge.

    >>> [card(x) for x in (6.0, -0.0, 0.00001, -3.2e9)]
    ['6.0000', '-0.0000', '1.000e-5', '-3.200e9']
    """
    if not isfinite(value):
        return repr(value)
    if value and not 0.0001 <= abs(value) < 1_000_000:
        return _scientific(value, 3, trim=False)
    return f"{value:.4f}"


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
