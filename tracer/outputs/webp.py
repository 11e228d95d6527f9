"""Scenes as an animated WebP: every colour as it was drawn, and smaller than a GIF.

imageio encodes each image without loss: only what has changed is in it, and what has not changed inside of that
rectangle is transparent. The images are then strung together. (Given all of them at once, the encoder drops images that
look like the one before.)
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any, BinaryIO, Final, NamedTuple

import imageio.v3 as iio
import numpy as np

from tracer.drawing.fonts import shown as printable
from tracer.drawing.shapes import Scene
from tracer.drawing.theme import Theme
from tracer.errors import OutputError
from tracer.outputs.areas import Area, around
from tracer.outputs.cores import in_threads
from tracer.outputs.progress import Progress, counted
from tracer.outputs.raster import Image, images
from tracer.outputs.sheets import Pixels

LARGEST: Final = 16_383
"""A WebP has 14 bits for a width or a height."""

# How hard the encoder tries, out of 100 and out of 6: more takes many times as long and gains a hundredth.
_EFFORT: Final[dict[str, Any]] = {"quality": 75, "method": 4}
_ANIMATION, _XMP, _ALPHA = 0x02, 0x04, 0x10


class _Fresh(NamedTuple):
    """What is new in an image: where, and the pixels there, transparent where nothing is new."""

    area: Area
    pixels: Pixels


class _Encoded(NamedTuple):
    """An image: its place, and the chunk with its pixels."""

    area: Area
    pixels: bytes


def write_webp(
    file: BinaryIO,
    scenes: Iterable[Scene],
    theme: Theme,
    durations_ms: Sequence[int],
    scale: float,
    *,
    loop: int = 0,
    title: str = "",
    description: str = "",
    progress: Progress | None = None,
) -> None:
    """Write Scenes as an animated WebP of exactly as many images.

    Args:
        file: an open binary file.
        scenes: the images, all of one size; they are taken one at a time.
        theme: the colours of their roles.
        durations_ms: for each image how long it stays, in ms.
        scale: device pixels to a px.
        loop: how often the animation plays; 0 is for ever.
        title: what the picture is called.
        description: what it shows, in words.
        progress: is called after each image with how many are done and how many there are.

    Raises:
        OutputError: the images are too large.
    """
    chunks: list[bytes] = []
    width, height = 1, 1
    encoded = in_threads(_encoded, _all_fresh(images(scenes, theme, scale)))
    for image, duration in counted(zip(encoded, durations_ms, strict=True), len(durations_ms), progress):
        if not chunks:  # the first image is the whole picture
            width, height = image.area.width, image.area.height
        chunks.append(_frame(image, duration))
    whole = [
        _chunk(b"VP8X", struct.pack("<I", _ANIMATION | _XMP | _ALPHA) + _bytes3(width - 1) + _bytes3(height - 1)),
        _chunk(b"ANIM", struct.pack("<IH", 0, loop)),
        *chunks,
        _chunk(b"XMP ", _about(title, description)),
    ]
    file.write(_chunk(b"RIFF", b"WEBP" + b"".join(whole)))


def _all_fresh(all_images: Iterable[Image]) -> Iterator[_Fresh]:
    shown: Pixels | None = None
    for image in all_images:
        shown = _nothing_yet(image) if shown is None else shown
        yield _fresh(image, shown)


def _nothing_yet(first: Image) -> Pixels:
    """What is shown before the first image: nothing, which no image looks like."""
    height, width = first.pixels.shape[:2]
    if max(width, height) > LARGEST:
        raise OutputError(
            f"a WebP is at most {LARGEST} pixels wide and high, not {width} × {height}; use a smaller scale"
        )
    return np.zeros_like(first.pixels)


def _fresh(image: Image, shown: Pixels) -> _Fresh:
    """What is new in the image; `shown` is brought up to date."""
    areas = [area for area in (_different(area, image, shown) for area in image.changed) if area]
    if not areas:
        # An image has at least one pixel. This one is transparent.
        return _Fresh(Area(0, 0, 1, 1), np.zeros((1, 1, 4), np.uint8))
    whole = around(areas)
    whole = whole._replace(left=whole.left & ~1, top=whole.top & ~1)  # places are even numbers
    pixels = np.zeros((whole.height, whole.width, 4), np.uint8)
    for area in areas:
        rows, columns = slice(area.top, area.bottom), slice(area.left, area.right)
        # All of an area, and not only the pixels that differ: whole shapes are smaller than specks of them.
        pixels[area.within(whole)] = shown[rows, columns] = image.pixels[rows, columns]
    return _Fresh(whole, pixels)


def _different(area: Area, image: Image, shown: Pixels) -> Area:
    """The smallest area that has all pixels of this one that differ from what is shown; false if none does."""
    rows, columns = slice(area.top, area.bottom), slice(area.left, area.right)
    differs = (image.pixels[rows, columns] != shown[rows, columns]).any(axis=2)
    down, across = (np.flatnonzero(differs.any(axis=axis)) for axis in (1, 0))
    if not down.size:
        return Area(0, 0, 0, 0)
    return Area(int(across[0]), int(down[0]), int(across[-1]) + 1, int(down[-1]) + 1).moved(area.left, area.top)


def _encoded(fresh: _Fresh) -> _Encoded:
    still: bytes = iio.imwrite(
        "<bytes>", fresh.pixels, plugin="pillow", extension=".webp", format="WEBP", lossless=True, **_EFFORT
    )
    return _Encoded(fresh.area, _bitstream(still))


def _frame(image: _Encoded, duration_ms: int) -> bytes:
    """One image of an animation; it is painted over what was there before, which stays."""
    area = image.area
    numbers = (area.left // 2, area.top // 2, area.width - 1, area.height - 1, duration_ms)
    return _chunk(b"ANMF", b"".join(map(_bytes3, numbers)) + b"\0" + image.pixels)


def _bitstream(still: bytes) -> bytes:
    """The chunk of a WebP that has its pixels in it."""
    at = 12  # behind RIFF, its length, and WEBP
    while still[at : at + 4] != b"VP8L":
        at += 8 + _even(struct.unpack_from("<I", still, at + 4)[0])
    return still[at : at + 8 + _even(struct.unpack_from("<I", still, at + 4)[0])]


def _about(title: str, description: str) -> bytes:
    """The words that belong to the picture as XMP, a kind of XML."""
    words = "".join(
        f'<dc:{name}><rdf:Alt><rdf:li xml:lang="x-default">{escape(_text(text))}</rdf:li></rdf:Alt></dc:{name}>'
        for name, text in (("title", title), ("description", description))
    )
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">{words}</rdf:Description>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


def _text(words: str) -> str:
    """Lines of text without what XML cannot hold."""
    return "\n".join(map(printable, words.split("\n")))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _bytes3(value: int) -> bytes:
    return value.to_bytes(3, "little")


def _even(length: int) -> int:
    return length + length % 2
