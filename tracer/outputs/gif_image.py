"""One image of a GIF. imageio encodes it; here it gets its place and loses what only the first image brings."""

from __future__ import annotations

import struct
import threading
import warnings
from io import BytesIO
from typing import IO, Any, Final, NamedTuple, cast

import imageio.v3 as iio
import numpy as np

from tracer.outputs.areas import Area
from tracer.outputs.palette import UNCHANGED, Indices

# Left, top, right, bottom, duration.
_HEADER: Final = struct.Struct("<5I")


class Task(NamedTuple):
    """An image to encode.

    Attributes:
        area: its place.
        indices: its pixels as entries of the palette.
        duration_ms: how long it stays, in ms.
    """

    area: Area
    indices: Indices
    duration_ms: int

    def write(self, file: IO[bytes]) -> None:
        """Send it to another process; nothing but numbers."""
        area = self.area
        file.write(_HEADER.pack(area.left, area.top, area.right, area.bottom, self.duration_ms))
        file.write(np.ascontiguousarray(self.indices).data)
        file.flush()

    @classmethod
    def read(cls, file: IO[bytes]) -> Task | None:
        """What another process has sent; None if there is no more."""
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return None
        *edges, duration_ms = _HEADER.unpack(header)
        area = Area(*edges)
        pixels = file.read(area.width * area.height)
        return cls(area, np.frombuffer(pixels, np.uint8).reshape(area.height, area.width), duration_ms)


def first_image(task: Task, palette: bytes, loop: int) -> bytes:
    """A GIF up to the end of its first image: the size of the screen, the palette, the number of repetitions."""
    return _placed(_coloured(_encoded(task, loop=loop), palette), task.area)[:-1]


def next_image(task: Task) -> bytes:
    """What comes after other images."""
    gif = _encoded(task)
    return _placed(gif, task.area)[_header_length(gif) : -1]


# Python's filter of warnings is one for all threads.
_OPENING: Final = threading.Lock()


class _Writer(threading.local):
    """imageio's writer, one a thread. Opening one anew looks for packages that are not there, which takes longer."""

    def __init__(self) -> None:
        with _OPENING, warnings.catch_warnings():
            # Told a file's suffix, imageio loads all of Pillow's formats to look it up; told none, it warns.
            warnings.simplefilter("ignore", UserWarning)
            self._writer = iio.imopen("<bytes>", "w", plugin="pillow")

    def gif(self, indices: Indices, **options: Any) -> bytes:
        """One image as a GIF."""
        self._writer.write(indices, format="GIF", mode="P", **options)
        written = cast(BytesIO, self._writer.request.get_file())
        gif = written.getvalue()
        written.seek(0)  # or what is written next would be added
        written.truncate()
        return gif


_WRITER: Final = _Writer()


def _encoded(task: Task, **first: Any) -> bytes:
    """A GIF of its own, in no particular colours: Pillow takes longer to look at a palette than to encode an image."""
    return _WRITER.gif(
        task.indices,
        transparency=UNCHANGED,
        disposal=1,  # the image stays, and the next one is painted over it
        duration=round(task.duration_ms / 10) * 10,
        interlace=False,
        optimize=False,
        **first,
    )


def _header_length(gif: bytes) -> int:
    """How long the part of a GIF is that all images share: the screen's size and the palette."""
    return 13 + 3 * (2 << (gif[10] & 7))


def _coloured(gif: bytes, palette: bytes) -> bytes:
    """The GIF with its screen in these colours; its images take theirs from there."""
    bits = max((len(palette) // 3 - 1).bit_length(), 1)
    flags = gif[10] & ~7 | (bits - 1)
    return gif[:10] + bytes([flags]) + gif[11:13] + palette.ljust(3 << bits, b"\0") + gif[_header_length(gif) :]


def _placed(gif: bytes, area: Area) -> bytes:
    """The GIF with its image at that place of the screen, instead of in the corner."""
    at = _header_length(gif)
    while gif[at] == ord("!"):  # extensions: a kind, then blocks, each with its length before it, up to an empty one
        at += 2
        while gif[at]:
            at += gif[at] + 1
        at += 1
    return gif[: at + 1] + struct.pack("<HH", area.left, area.top) + gif[at + 5 :]
