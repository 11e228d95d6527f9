"""One image of a GIF. imageio encodes it; here it gets its place and loses what only the first image brings."""

from __future__ import annotations

import struct
import threading
import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final, NamedTuple, cast

import imageio.v3 as iio

from tracer.outputs import lzw
from tracer.outputs.areas import Area
from tracer.outputs.bands import Plain, pixels
from tracer.outputs.gif_task import Task
from tracer.outputs.palette import UNCHANGED, Indices

_SCREEN: Final = 13
"""How many bytes there are before the palette: the version, the size, and what colours the palette has."""

_LONGEST_BLOCK: Final = 255


def first_image(task: Task, palette: bytes, loop: int) -> bytes:
    """A GIF up to the end of its first image: the size of the screen, the palette, and how often it plays.

    What a GIF counts is repetitions, after it has played once; one that says nothing of them plays once.
    """
    gif = _encoded(task, **({} if loop == 1 else {"loop": max(loop - 1, 0)}))
    bits = max((len(palette) // 3 - 1).bit_length(), 1)
    screen = struct.pack("<HHB", task.area.right, task.area.bottom, gif.screen[10] & ~7 | (bits - 1))
    return gif.screen[:6] + screen + gif.screen[11:] + palette.ljust(3 << bits, b"\0") + _image(gif, task.area)


def next_image(task: Task) -> bytes:
    """What comes after other images."""
    return _image(_encoded(task), task.area)


class _Gif(NamedTuple):
    """A GIF of one image, taken apart.

    Attributes:
        screen: what all images share, without the palette.
        extensions: what is said of the image, such as its duration.
        size: how many bits a pixel has.
        stream: its pixels, compressed.
    """

    screen: bytes
    extensions: bytes
    size: int
    stream: bytes


def _image(gif: _Gif, area: Area) -> bytes:
    """The image at that place of the screen, in the colours of the screen, its rows in order."""
    descriptor = struct.pack("<cHHHHB", b",", area.left, area.top, area.width, area.height, 0)
    return b"".join([gif.extensions, descriptor, bytes([gif.size]), *_blocks(gif.stream)])


def _encoded(task: Task, **first: Any) -> _Gif:
    """The image in no particular colours: Pillow takes longer to look at a palette than to encode an image.

    Each band is encoded by itself, and what is of one colour is not encoded at all.
    """
    if len(task.bands) > 1:
        try:
            return _joined(task, **first)
        except ValueError:
            pass  # imageio's pixels are compressed in a way that is not known here
    return _taken_apart(_WRITER.gif(pixels(task.bands, task.area.width), task.duration_ms, **first))


def _joined(task: Task, **first: Any) -> _Gif:
    """The image from bands; one of them at least has pixels of its own."""
    gifs = {
        place: _taken_apart(_WRITER.gif(band, task.duration_ms, **first))
        for place, band in enumerate(task.bands)
        if not isinstance(band, Plain)
    }
    one = next(iter(gifs.values()))
    pieces = [
        lzw.run(band.colour, band.rows * task.area.width, one.size)
        if isinstance(band, Plain)
        else lzw.read(gifs[place].stream, one.size)
        for place, band in enumerate(task.bands)
    ]
    return one._replace(stream=lzw.joined(pieces, one.size))


# Python's filter of warnings is one for all threads.
_OPENING: Final = threading.Lock()


class _Writer(threading.local):
    """imageio's writer, one a thread. Opening one anew looks for packages that are not there, which takes longer."""

    def __init__(self) -> None:
        with _OPENING, warnings.catch_warnings():
            # Told a file's suffix, imageio loads all of Pillow's formats to look it up; told none, it warns.
            warnings.simplefilter("ignore", UserWarning)
            self._writer = iio.imopen("<bytes>", "w", plugin="pillow")

    def gif(self, indices: Indices, duration_ms: int, **options: Any) -> bytes:
        """One image as a GIF."""
        self._writer.write(
            indices,
            format="GIF",
            mode="P",
            transparency=UNCHANGED,
            disposal=1,  # the image stays, and the next one is painted over it
            duration=round(duration_ms / 10) * 10,
            interlace=False,
            optimize=False,
            **options,
        )
        written = cast(BytesIO, self._writer.request.get_file())
        gif = written.getvalue()
        written.seek(0)  # or what is written next would be added
        written.truncate()
        return gif


_WRITER: Final = _Writer()


def _taken_apart(gif: bytes) -> _Gif:
    start = at = _SCREEN + 3 * (2 << (gif[10] & 7))
    while gif[at] == ord("!"):  # extensions: a kind, then blocks
        at = _end_of_blocks(gif, at + 2)
    size = at + 10  # the image's place comes before it
    return _Gif(gif[:_SCREEN], gif[start:at], gif[size], _unblocked(gif[size + 1 :]))


def _end_of_blocks(gif: bytes, at: int) -> int:
    """Where blocks end, of which each has its length before it; the last one is empty."""
    while gif[at]:
        at += gif[at] + 1
    return at + 1


def _unblocked(blocks: bytes) -> bytes:
    found, at = [], 0
    while length := blocks[at]:
        found.append(blocks[at + 1 : at + 1 + length])
        at += length + 1
    return b"".join(found)


def _blocks(stream: bytes) -> Iterator[bytes]:
    for start in range(0, len(stream), _LONGEST_BLOCK):
        block = stream[start : start + _LONGEST_BLOCK]
        yield bytes([len(block)])
        yield block
    yield b"\0"
