"""Animated PNG and WebP: decoded, they are the images that went in, all of them, each for its time."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray
from PIL import Image, features

from tests.handmade import HOSTILE
from tests.handmade import lecture as handmade
from tests.test_raster import animations
from tracer import OutputError, Trace, Value, parse, trace
from tracer.drawing.shapes import Part, Rect, Scene
from tracer.drawing.theme import DARK, LIGHT
from tracer.outputs.apng import write_apng
from tracer.outputs.options import Options
from tracer.outputs.palette import Palette
from tracer.outputs.raster import rasterise
from tracer.outputs.saving import rendered
from tracer.outputs.transcript import description, title
from tracer.outputs.webp import write_webp

Pixels = NDArray[np.uint8]

WRITERS = {".apng": write_apng, ".webp": write_webp}
pytestmark = pytest.mark.skipif(not features.check("webp"), reason="this Pillow has no WebP")


def lecture() -> Trace:
    return trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))


def written(suffix: str, scenes: list[Scene], times: list[int], loop: int = 0) -> bytes:
    file = BytesIO()
    WRITERS[suffix](file, scenes, LIGHT, times, 1.0, loop=loop)
    return file.getvalue()


def decoded(content: bytes) -> list[Pixels]:
    images = []
    with Image.open(BytesIO(content)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            images.append(np.asarray(image.convert("RGB")))
    return images


def durations(content: bytes) -> list[int]:
    """How long each image stays, in ms, as the file itself has it."""
    if content.startswith(b"\x89PNG"):
        delays = [struct.unpack(">HH", body[20:24]) for kind, body in png_chunks(content) if kind == b"fcTL"]
        return [round(1000 * above / below) for above, below in delays]
    return [int.from_bytes(body[12:15], "little") for kind, body in webp_chunks(content) if kind == b"ANMF"]


def png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        body = content[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", content, at + 8 + length)[0] == zlib.crc32(kind + body)
        yield kind, body
        at += 12 + length


def webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert content[:4] == b"RIFF"
    assert content[8:12] == b"WEBP"
    assert struct.unpack_from("<I", content, 4)[0] == len(content) - 8
    at = 12
    while at < len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        yield kind, content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of the animation, without those that only hold words."""
    every = png_chunks(content) if content.startswith(b"\x89PNG") else webp_chunks(content)
    return ((kind, body) for kind, body in every if kind not in (b"iTXt", b"XMP "))


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_trace_has_all_its_images_each_for_its_time(suffix: str, theme: str) -> None:
    content = rendered(lecture(), suffix, Options(theme=theme, scale=1.0, hold_ms=700, last_hold_ms=70_000))
    images = decoded(content)
    assert len(images) == 8
    assert {image.shape for image in images} == {images[0].shape}
    assert len({image.tobytes() for image in images}) == 8
    assert durations(content) == [700] * 7 + [70_000]


def test_webp_loses_nothing() -> None:
    for theme in (LIGHT, DARK):
        file = BytesIO()
        write_webp(file, handmade(), theme, [500] * 8, 1.0)
        for scene, image in zip(handmade(), decoded(file.getvalue()), strict=True):
            assert (image == rasterise(scene, theme, 1.0)).all()


def test_apng_has_the_colours_of_the_palette() -> None:
    palette = Palette(LIGHT, 256)
    for scene, image in zip(handmade(), decoded(written(".apng", handmade(), [500] * 8)), strict=True):
        pixels = rasterise(scene, LIGHT, 1.0)
        opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
        assert (image == palette.colours[palette.indices(opaque)]).all()


@pytest.mark.parametrize("suffix", WRITERS)
@given(scenes=animations())
@settings(max_examples=20)
def test_any_images_come_out_as_they_are(suffix: str, scenes: list[Scene]) -> None:
    images = decoded(written(suffix, scenes, [500] * len(scenes)))
    assert len(images) == len(scenes)
    for scene, image in zip(scenes, images, strict=True):
        assert np.abs(image.astype(int) - rasterise(scene, LIGHT, 1.0)).max() <= (96 if suffix == ".apng" else 0)


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_images_that_look_alike_are_kept_apart(suffix: str, count: int) -> None:
    content = written(suffix, [handmade()[3]] * count, [300 + number for number in range(count)])
    images = decoded(content)
    assert len(images) == count
    assert all((image == images[0]).all() for image in images)
    assert durations(content) == [300 + number for number in range(count)]


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("loop", [0, 3])
def test_it_says_how_often_it_plays(suffix: str, loop: int) -> None:
    with Image.open(BytesIO(written(suffix, handmade()[:2], [500] * 2, loop))) as image:
        assert image.info["loop"] == loop


def test_the_chunks_of_an_apng_are_numbered_through() -> None:
    numbers, kinds = [], []
    for kind, body in png_chunks(written(".apng", handmade(), [500] * 8)):
        kinds.append(kind)
        if kind in (b"fcTL", b"fdAT"):
            numbers.append(struct.unpack_from(">I", body)[0])
    assert numbers == list(range(15))
    assert kinds == [b"IHDR", b"acTL", b"PLTE", b"tRNS", b"fcTL", b"IDAT", *[b"fcTL", b"fdAT"] * 7, b"IEND"]


@pytest.mark.parametrize("suffix", WRITERS)
def test_only_what_changes_is_written(suffix: str) -> None:
    alone = sum(len(written(suffix, [scene], [500])) for scene in handmade())
    assert len(written(suffix, handmade(), [500] * 8)) < 0.75 * alone
    *_, (_, still) = ((kind, body) for kind, body in chunks(written(suffix, [handmade()[3]] * 2, [500] * 2)) if body)
    assert len(still) < 60  # there is always an image, however little it says


def test_both_are_smaller_than_a_gif() -> None:
    sizes = {suffix: len(rendered(lecture(), suffix, Options())) for suffix in (".gif", *WRITERS)}
    assert sizes[".apng"] < sizes[".gif"]
    assert sizes[".webp"] < sizes[".gif"]


def test_they_have_the_transcript_in_them() -> None:
    heading, words = title(lecture()), description(lecture())
    with Image.open(BytesIO(rendered(lecture(), ".apng", Options(scale=0.5)))) as image:
        assert (image.info["Title"], image.info["Description"]) == (heading, words)
    about = dict(webp_chunks(rendered(lecture(), ".webp", Options(scale=0.5))))[b"XMP "]
    root = ElementTree.fromstring(about)  # noqa: S314  # our own
    said = [element.text for element in root.iter() if (element.text or "").strip()]
    assert said == [heading, words]


@pytest.mark.parametrize("suffix", WRITERS)
def test_hostile_labels_are_words_and_nothing_else(suffix: str) -> None:
    a, *others = (Value(1.5, label=label) for label in HOSTILE if label.strip())
    for other in others:
        a = a * other
    content = rendered(trace(a), suffix, Options(scale=0.25, frames="0-2"))
    assert len(decoded(content)) == 3
    harmless = rendered(lecture(), suffix, Options(scale=0.25, frames="0-2"))
    assert [kind for kind, _ in chunks(content)] == [kind for kind, _ in chunks(harmless)]
    if suffix == ".webp":
        ElementTree.fromstring(dict(webp_chunks(content))[b"XMP "])  # noqa: S314  # our own


def test_a_webp_has_no_room_for_more_than_16383_pixels() -> None:
    wide = [Scene(20_000, 10, (Part("a", (Rect(1, 1, 5, 5, 0, "ink", "ink", 1),)),))]
    with pytest.raises(OutputError, match="at most 16383 pixels wide and high, not 20000 × 10; use a smaller scale"):
        written(".webp", wide, [500])


@pytest.mark.parametrize("suffix", WRITERS)
def test_progress_is_told_after_each_image(suffix: str) -> None:
    told: list[tuple[int, int]] = []
    rendered(lecture(), suffix, Options(scale=0.5), lambda done, total: told.append((done, total)))
    assert told == [(number, 8) for number in range(1, 9)]


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_same_trace_gives_the_same_bytes(suffix: str) -> None:
    assert rendered(lecture(), suffix, Options()) == rendered(lecture(), suffix, Options())
