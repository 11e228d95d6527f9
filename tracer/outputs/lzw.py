"""The compressed pixels of a GIF, put together from pieces. What is of one colour need not be compressed to know it.

LZW, as in appendix F of the specification (CompuServe, "Graphics Interchange Format, version 89a", 1990): codes stand
for strings of pixels, the first ones for single pixels. Then come a code that clears the table of strings and one that
ends it all. Each code after the first adds a string to the table: that of the code before it and one more pixel. The
codes become wider with the table, up to 12 bits. So what follows a clear code does not depend on what was before it,
and streams can be put behind each other: only the width of the clear codes between them has to be right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, repeat
from math import isqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]

_WIDEST: Final = 12
_MOST: Final = 1 << _WIDEST
_POWERS: Final = 1 << np.arange(_WIDEST)


class Piece(NamedTuple):
    """Codes that follow a clear code.

    Attributes:
        bits: one a byte, each code's lowest first.
        width: how many bits the code after them has.
    """

    bits: Bits
    width: int


def joined(pieces: Sequence[Piece], size: int) -> bytes:
    """A stream of these pieces, each after a clear code, and an end code.

    Args:
        pieces: at least one.
        size: how many bits a pixel has.
    """
    clear, width = 1 << size, size + 1
    bits: list[Bits] = []
    for piece in pieces:
        bits += [_bits(clear, width), piece.bits]
        width = piece.width
    bits.append(_bits(clear + 1, width))
    return np.packbits(np.concatenate(bits), bitorder="little").tobytes()


def read(stream: bytes, size: int) -> Piece:
    """What is between the first clear code and the end code of a stream.

    Args:
        stream: as an encoder has written it.
        size: how many bits a pixel has.

    Raises:
        ValueError: it does not begin with a clear code, or does not end with an end code.
    """
    clear = 1 << size
    bits = np.unpackbits(np.frombuffer(stream, np.uint8), bitorder="little")
    # The last bit that is set is the highest one of the end code, which is one more than the clear code.
    end = int.from_bytes(stream, "little").bit_length() - 1 - size
    start = size + 1
    if end < start or _number(bits[:start]) != clear or _number(bits[end : end + size + 1]) != clear + 1:
        raise ValueError("these are not the compressed pixels of a GIF")
    at = start
    while True:
        for width, most in _steps(size):
            count = min(most, (end - at) // width)
            codes = bits[at : at + count * width].reshape(count, width) @ _POWERS[:width]
            cleared = (codes == clear).nonzero()[0]
            if cleared.size:
                at += (int(cleared[0]) + 1) * width
                break
            at += count * width
            if count < most:
                if at != end:
                    raise ValueError("these are not the compressed pixels of a GIF")
                return Piece(bits[start:end], width)


@lru_cache(maxsize=64)
def run(colour: int, pixels: int, size: int) -> Piece:
    """So many pixels of one colour, at least one: strings of 1, 2, 3, ... of them, which is all that the table holds.

    Args:
        colour: less than 2 to the power of `size`.
        pixels: how many.
        size: how many bits a pixel has.
    """
    next_free = (1 << size) + 2
    longest = _MOST - next_free + 1
    # 1 + 2 + ... + count is at most the number of pixels.
    count = min((isqrt(8 * pixels + 1) - 1) // 2, longest)
    more, rest = divmod(pixels - count * (count + 1) // 2, longest)
    lengths = [*range(1, count + 1), *([longest] * more), *([rest] if rest else [])]
    codes = np.array([colour if length == 1 else next_free + length - 2 for length in lengths])
    widths = np.fromiter(chain.from_iterable(repeat(*step) for step in _steps(size)), np.intp, len(codes))
    bits = _bits(codes[:, np.newaxis], _WIDEST)
    after = next_free + len(codes) - 1
    return Piece(bits[np.arange(_WIDEST) < widths[:, np.newaxis]], min(after.bit_length(), _WIDEST))


def _steps(size: int) -> Iterator[tuple[int, int]]:
    """The widths that codes have after a clear code, each with how many codes have it; the widest comes for ever."""
    # The first code adds nothing to the table, so there is one more of the first width than the table has room for.
    yield size + 1, (1 << size) - 1
    for width in range(size + 2, _WIDEST):
        yield width, 1 << width - 1
    # Of the widest there may be any number. Most encoders clear a full table, so no more are looked at in one go.
    yield from repeat((_WIDEST, 1 << _WIDEST - 1))


def _bits(code: int | NDArray[np.int_], width: int) -> Bits:
    return (code >> np.arange(width) & 1).astype(np.uint8)


def _number(bits: Bits) -> int:
    return int(bits @ _POWERS[: bits.size])
