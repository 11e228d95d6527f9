"""Compressed pixels put together from pieces are decoded to the pixels that went in."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.outputs import gif_image, lzw
from tracer.outputs.palette import Indices

SIZE = 8
# Where codes become wider, where the table is full, and beyond.
LENGTHS = [1, 2, 255, 256, 257, 767, 768, 769, 1791, 1792, 1793, 3837, 3838, 3839, 3840, 9000]


def encoded(pixels: Indices) -> bytes:
    """What imageio makes of some pixels, without all that is around it."""
    gif = gif_image._taken_apart(gif_image._WRITER.gif(np.atleast_2d(pixels), 100))
    assert gif.size == SIZE
    return gif.stream


def decoded(stream: bytes, size: int = SIZE) -> bytes:
    """The pixels, decoded as the specification says, in plain words."""
    clear, at = 1 << size, 0
    table: list[bytes] = []
    width, before, found = size + 1, b"", []
    while at + width <= 8 * len(stream):
        code = int.from_bytes(stream[at // 8 : at // 8 + 3], "little") >> at % 8 & (1 << width) - 1
        at += width
        if code == clear:
            table = [*(bytes([pixel]) for pixel in range(clear)), b"", b""]
            width, before = size + 1, b""
            continue
        if code == clear + 1:
            assert at + 8 > 8 * len(stream)
            assert int.from_bytes(stream, "little") >> at == 0
            return b"".join(found)
        if before and len(table) < 4096:
            table.append(before + (table[code] if code < len(table) else before)[:1])
        before = table[code]
        found.append(before)
        if len(table) == 1 << width and width < 12:
            width += 1
    pytest.fail("there is no end code")


def different_pixels(count: int) -> Indices:
    """Pixels of which no two pairs are the same, as far as that goes: a code for each."""
    pairs = [(one, other) for one in range(0, 256, 2) for other in range(1, 256, 2)]
    np.random.default_rng(1).shuffle(pairs)
    return np.array(pairs, np.uint8).ravel()[:count]


@given(st.integers(2, 8), st.data())
def test_a_run_is_so_many_pixels_of_one_colour(size: int, data: st.DataObject) -> None:
    colour, count = data.draw(st.integers(0, (1 << size) - 1)), data.draw(st.integers(1, 20_000))
    assert decoded(lzw.joined([lzw.run(colour, count, size)], size), size) == bytes([colour]) * count


@pytest.mark.parametrize("size", range(2, 9))
def test_a_run_fills_the_table_and_goes_on(size: int) -> None:
    longest = 4096 - (1 << size) - 1  # so many strings fit, and there is the single pixel
    full = longest * (longest + 1) // 2
    for count in (full - 1, full, full + 1, full + longest - 1, full + longest, full + 3 * longest + 5):
        stream = lzw.joined([lzw.run(1, count, size), lzw.run(2, 3, size)], size)
        assert decoded(stream, size) == bytes([1]) * count + bytes([2]) * 3


@pytest.mark.parametrize("count", LENGTHS)
def test_codes_that_become_wider_are_followed(count: int) -> None:
    """The next piece begins with the right width, however many codes came before it."""
    pixels = different_pixels(count)
    pieces = [lzw.read(encoded(pixels), SIZE), lzw.run(7, count, SIZE), lzw.read(encoded(pixels[::-1]), SIZE)]
    assert decoded(lzw.joined(pieces, SIZE)) == pixels.tobytes() + bytes([7]) * count + pixels[::-1].tobytes()


@given(st.lists(st.tuples(st.integers(1, 30_000), st.integers(1, 256), st.integers(0, 9)), min_size=1, max_size=4))
def test_what_was_encoded_is_put_together_with_runs(bands: list[tuple[int, int, int]]) -> None:
    pieces, wanted = [], []
    for count, colours, seed in bands:
        pixels = np.random.default_rng(seed).integers(0, colours, count, np.uint8)
        pieces += [lzw.read(encoded(pixels), SIZE), lzw.run(seed, count, SIZE)]
        wanted += [pixels.tobytes(), bytes([seed]) * count]
    assert decoded(lzw.joined(pieces, SIZE)) == b"".join(wanted)


def test_an_encoder_may_clear_its_table_whenever_it_likes() -> None:
    """Other versions of Pillow may do so early, or late."""
    early = lzw.joined([lzw.run(1, 30, SIZE), lzw.run(2, 40_000, SIZE), lzw.run(3, 1, SIZE)], SIZE)
    late = lzw.joined([lzw.run(4, 9_000_000, SIZE)], SIZE)
    again = decoded(lzw.joined([lzw.read(early, SIZE), lzw.read(late, SIZE), lzw.read(early, SIZE)], SIZE))
    assert again == decoded(early) + decoded(late) + decoded(early)


def test_a_long_stream_is_read_in_little_room() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 1000), np.uint8)
    stream = encoded(noise)
    tracemalloc.start()
    try:
        lzw.read(stream, SIZE)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 12 * len(stream)  # eight of them are the bits that are handed back


# An end code with another code before it than that which clears the table.
NOT_CLEARED = (5 | (1 << SIZE) + 1 << SIZE + 1).to_bytes(3, "little")
# A clear code with another code behind it than that which ends it all.
NOT_ENDED = (1 << SIZE | 1 << 2 * SIZE + 1).to_bytes(3, "little")


@pytest.mark.parametrize(
    "stream", [b"", b"\0\0\0", b"\1\1\1", b"\0\1\0", NOT_CLEARED, NOT_ENDED, encoded(different_pixels(300))[1:]]
)
def test_what_is_no_such_stream_is_refused(stream: bytes) -> None:
    with pytest.raises(ValueError, match="not the compressed pixels"):
        lzw.read(stream, SIZE)
