"""Scenes as an animated PNG: sharp everywhere, in the colours of a palette, and smaller than a GIF.

An APNG is a PNG with more chunks: its images are compressed like that of a PNG, only what changes is in them, and what
does not change inside of that rectangle is transparent. A program that knows nothing of APNG shows the first image.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import BinaryIO, Final, NamedTuple

import numpy as np

from tracer.drawing.shapes import Scene
from tracer.drawing.theme import Theme
from tracer.outputs.areas import Area
from tracer.outputs.cores import in_threads
from tracer.outputs.palette import UNCHANGED, Palette, palette_of
from tracer.outputs.patches import Patch, patches
from tracer.outputs.progress import Progress, counted
from tracer.outputs.raster import images

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_COLOURS: Final = 256
# A duration is a fraction of two numbers of 16 bits.
_LONGEST_NUMERATOR: Final = 0xFFFF


class _Encoded(NamedTuple):
    """An image: its place, and its pixels, compressed."""

    area: Area
    pixels: bytes


def write_apng(
    file: BinaryIO,
    scenes: Iterable[Scene],
    theme: Theme,
    durations_ms: Sequence[int],
    scale: float,
    *,
    loop: int = 0,
    words: Iterable[tuple[str, str]] = (),
    progress: Progress | None = None,
) -> None:
    """Write Scenes as an animated PNG of exactly as many images.

    Args:
        file: an open binary file.
        scenes: the images, all of one size; they are taken one at a time.
        theme: the colours of their roles.
        durations_ms: for each image how long it stays, in ms.
        scale: device pixels to a px.
        loop: how often the animation plays; 0 is for ever.
        words: what the file says about itself: keywords, such as "Title", and texts.
        progress: is called after each image with how many are done and how many there are.

    Raises:
        OutputError: the images are too large.
    """
    palette = palette_of(theme, _COLOURS)
    number = 0  # of chunks that belong to the animation
    encoded = in_threads(_encoded, patches(images(scenes, theme, scale), palette))
    timed = zip(encoded, durations_ms, strict=True)
    for done, (image, duration) in enumerate(counted(timed, len(durations_ms), progress)):
        if not done:
            file.write(_header(image.area, palette, len(durations_ms), loop, words))
        file.write(_chunk(b"fcTL", _control(number, image.area, duration)))
        pixels = image.pixels
        file.write(_chunk(b"fdAT", struct.pack(">I", number + 1) + pixels) if done else _chunk(b"IDAT", pixels))
        number += 2 if done else 1
    file.write(_chunk(b"IEND", b""))


def _header(whole: Area, palette: Palette, count: int, loop: int, words: Iterable[tuple[str, str]]) -> bytes:
    # Eight bits a pixel, each an index into the palette; compressed and filtered in PNG's one way, not interlaced.
    chunks = [
        _chunk(b"IHDR", struct.pack(">IIBBBBB", whole.width, whole.height, 8, 3, 0, 0, 0)),
        _chunk(b"acTL", struct.pack(">II", count, loop)),
        _chunk(b"PLTE", palette.colours.tobytes()),
        _chunk(b"tRNS", b"\xff" * UNCHANGED + b"\0"),  # how opaque the first entries are; all others are
    ]
    for keyword, text in words:
        # International text: not compressed, no language, and the keyword is not translated.
        chunks.append(_chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()))
    return _SIGNATURE + b"".join(chunks)


def _control(number: int, area: Area, duration_ms: int) -> bytes:
    """Where an image stands and for how long; it is painted over what was there before, which stays."""
    delay = (duration_ms, 1000) if duration_ms <= _LONGEST_NUMERATOR else (round(duration_ms / 10), 100)
    return struct.pack(">IIIIIHHBB", number, area.width, area.height, area.left, area.top, *delay, 0, 1)


def _encoded(patch: Patch) -> _Encoded:
    """Rows of pixels, each behind a byte that says that it is not filtered, as a stream."""
    area = patch.area
    rows = np.zeros((area.height, area.width + 1), np.uint8)
    rows[:, 1:] = patch.indices
    return _Encoded(area, zlib.compress(rows.data, 9))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
