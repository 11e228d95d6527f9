"""Scenes as a GIF: decoded, it is the images that went in, all of them, each for its time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise

import imageio.v3 as iio
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from tests.handmade import lecture
from tests.test_raster import animations
from tracer.drawing.shapes import Part, Rect, Scene
from tracer.drawing.theme import DARK, LIGHT, Theme
from tracer.errors import OutputError
from tracer.outputs import bands, lzw
from tracer.outputs.gif import write_gif
from tracer.outputs.palette import UNCHANGED, Palette
from tracer.outputs.raster import rasterise

Pixels = NDArray[np.int16]


def written(scenes: list[Scene], theme: Theme = LIGHT, scale: float = 1.0, **options: int) -> bytes:
    file = BytesIO()
    write_gif(file, scenes, theme, [500] * len(scenes), scale, **options)
    return file.getvalue()


def decoded(gif: bytes) -> list[Pixels]:
    with Image.open(BytesIO(gif)) as image:
        return [np.asarray(one.convert("RGB")).astype(np.int16) for one in ImageSequence.Iterator(image)]


def durations(gif: bytes) -> list[int]:
    with Image.open(BytesIO(gif)) as image:
        return [one.info["duration"] for one in ImageSequence.Iterator(image)]


def as_rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_images_are_those_of_the_rasteriser(theme: Theme, scale: float) -> None:
    images = decoded(written(lecture(), theme, scale))
    assert len(images) == 8
    for scene, image in zip(lecture(), images, strict=True):
        differences = np.abs(image - rasterise(scene, theme, scale))
        assert differences.max() < 64
        assert differences.mean() < 0.5


@pytest.mark.parametrize("least", [1, 3_000, 20_000])
def test_images_are_the_same_in_however_many_bands(least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = written(lecture())
    monkeypatch.setattr(bands, "LEAST", least)
    joined = written(lecture())
    assert joined != whole
    assert all((one == other).all() for one, other in zip(decoded(joined), decoded(whole), strict=True))


def test_an_encoder_with_ways_of_its_own_gets_whole_images(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = written(lecture())
    monkeypatch.setattr(bands, "LEAST", 1)

    def refuse(stream: bytes, size: int) -> lzw.Piece:
        raise ValueError

    monkeypatch.setattr(lzw, "read", refuse)
    assert written(lecture()) == whole


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_colours_of_the_theme_come_out_exactly(theme: Theme) -> None:
    for scene, image in zip(lecture(), decoded(written(lecture(), theme)), strict=True):
        pixels = rasterise(scene, theme, 1.0)
        for colour in theme.colours().values():
            own = (pixels == as_rgb(colour)).all(axis=2)
            assert (image[own] == as_rgb(colour)).all()
    assert {theme.background} == {
        "#{:02x}{:02x}{:02x}".format(*image[0, 0]) for image in decoded(written(lecture(), theme))
    }


def test_nothing_flickers() -> None:
    """Where two images of the rasteriser are equal, so are those of the GIF."""
    exact = [rasterise(scene, LIGHT, 1.0) for scene in lecture()]
    pairs = zip(pairwise(exact), pairwise(decoded(written(lecture()))), strict=True)
    for (before, after), (decoded_before, decoded_after) in pairs:
        same = (before == after).all(axis=2)
        assert (decoded_before[same] == decoded_after[same]).all()


@given(animations())
@settings(max_examples=25)
def test_any_images_come_out_as_the_palette_has_them(scenes: list[Scene]) -> None:
    palette = Palette(LIGHT, 128)
    images = decoded(written(scenes, colours=128))
    assert len(images) == len(scenes)
    for scene, image in zip(scenes, images, strict=True):
        pixels = rasterise(scene, LIGHT, 1.0)
        opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
        assert (image == palette.colours[palette.indices(opaque)]).all()


@pytest.mark.parametrize("count", [1, 2, 5])
def test_images_that_look_alike_are_kept_apart(count: int) -> None:
    gif = written([lecture()[3]] * count)
    images = decoded(gif)
    assert len(images) == count
    assert all((image == images[0]).all() for image in images)
    assert durations(gif) == [500] * count


def test_each_image_has_its_duration_in_hundredths_of_a_second() -> None:
    file = BytesIO()
    asked = [20, 1200, 1204, 1206, 30, 655_350, 40, 4000]
    write_gif(file, lecture(), LIGHT, asked, 1.0)
    assert durations(file.getvalue()) == [20, 1200, 1200, 1210, 30, 655_350, 40, 4000]


@pytest.mark.parametrize(("plays", "repeats"), [(0, 0), (1, None), (2, 1), (3, 2), (65_535, 65_534)])
def test_it_says_how_often_it_is_repeated_after_it_has_played(plays: int, repeats: int | None) -> None:
    with Image.open(BytesIO(written(lecture()[:2], loop=plays))) as image:
        assert image.info.get("loop") == repeats


def test_the_size_is_that_of_the_scenes_in_device_pixels() -> None:
    with Image.open(BytesIO(written(lecture()[:2], scale=1.5))) as image:
        assert image.size == (1230, 576)


@dataclass(frozen=True)
class Block:
    """What a GIF says about one of its images."""

    disposal: int
    transparent: int | None
    place: tuple[int, int, int, int]
    own_palette: bool


def blocks(gif: bytes) -> Iterator[Block]:
    """Walk through a GIF from its header to its very end."""
    assert gif[:6] == b"GIF89a"
    at = 13 + 3 * 2 ** ((gif[10] & 7) + 1)
    disposal, transparent = 0, None
    while gif[at : at + 1] != b";":
        if gif[at : at + 2] == b"!\xf9":
            disposal, transparent = gif[at + 3] >> 2 & 7, gif[at + 6] if gif[at + 3] & 1 else None
        if gif[at : at + 1] == b",":
            left, top, width, height = (int.from_bytes(gif[at + n : at + n + 2], "little") for n in (1, 3, 5, 7))
            yield Block(disposal, transparent, (left, top, width, height), bool(gif[at + 9] & 128))
            at += 11
        else:
            at += 2
        while gif[at]:
            at += gif[at] + 1
        at += 1
    assert at + 1 == len(gif)


def test_there_is_one_palette_and_only_what_changes_is_written() -> None:
    first, *rest = blocks(written(lecture()))
    assert first.place == (0, 0, 820, 384)
    for block in (first, *rest):
        assert (block.disposal, block.transparent, block.own_palette) == (1, UNCHANGED, False)
    assert all(width * height < 820 * 384 for *_, width, height in (block.place for block in rest))
    (_, still) = blocks(written([lecture()[3]] * 2))
    assert still.place == (0, 0, 1, 1)


def test_it_is_smaller_than_what_imageio_makes_of_whole_images() -> None:
    whole = iio.imwrite(
        "<bytes>", [rasterise(scene, LIGHT, 1.0) for scene in lecture()], extension=".gif", duration=500
    )
    assert len(written(lecture())) < 0.85 * len(whole)


def test_fewer_colours_make_it_smaller() -> None:
    assert len(written(lecture(), colours=32)) < len(written(lecture(), colours=128))


def test_the_same_scenes_give_the_same_bytes_in_any_process() -> None:
    code = (
        "import sys; from tests.handmade import lecture; from tests.test_gif import written; "
        "sys.stdout.buffer.write(written(lecture()))"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        again = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
        assert again.stdout == written(lecture())


def test_scenes_are_taken_one_at_a_time() -> None:
    log: list[str] = []

    def scenes() -> Iterator[Scene]:
        for number, scene in enumerate(lecture()[:3]):
            log.append(f"scene {number}")
            yield scene

    write_gif(BytesIO(), scenes(), LIGHT, [500] * 3, 1.0, progress=lambda done, total: log.append(f"{done} of {total}"))
    assert log == ["scene 0", "1 of 3", "scene 1", "2 of 3", "scene 2", "3 of 3"]


@pytest.mark.parametrize(
    ("count", "times", "message"),
    [
        (0, [], "at least one image"),
        (0, [500], "0 images and 1 durations"),
        (3, [500] * 2, "3 images and 2 durations"),
        (2, [500] * 3, "2 images and 3 durations"),
        (1, [19], "from 20 to 655350 ms, not 19"),
        (1, [655_351], "from 20 to 655350 ms, not 655351"),
    ],
)
def test_durations_have_to_fit(count: int, times: list[int], message: str) -> None:
    with pytest.raises(OutputError, match=message):
        write_gif(BytesIO(), lecture()[:count], LIGHT, times, 1.0)


@pytest.mark.parametrize(("count", "message"), [(3, "more than 2 images and 2 durations"), (1, "1 images and 2")])
def test_scenes_that_nobody_counted_are_counted(count: int, message: str) -> None:
    with pytest.raises(OutputError, match=message):
        write_gif(BytesIO(), iter(lecture()[:count]), LIGHT, [500] * 2, 1.0)


def test_a_gif_has_no_room_for_more_than_65535_pixels() -> None:
    wide = [Scene(40_000, 10, (Part("a", (Rect(1, 1, 5, 5, 0, "ink", "ink", 1),)),))]
    with pytest.raises(OutputError, match="at most 65535 pixels wide and high, not 80000 × 20; use a smaller scale"):
        written(wide, scale=2.0)
    assert decoded(written(wide))[0].shape == (10, 40_000, 3)
    with pytest.raises(OutputError, match="not 1 × 65536; use a smaller scale"):
        written([Scene(1, 65_536, ())])
    assert decoded(written([Scene(1, 65_535, ())]))[0].shape == (65_535, 1, 3)


@pytest.mark.parametrize("colours", [0, 9, 257])
def test_a_palette_holds_the_theme_and_fits_a_gif(colours: int) -> None:
    with pytest.raises(OutputError, match=f"from 10 to 256 colours with this theme, not {colours}"):
        Palette(LIGHT, colours)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("most", [12, 32, 128, 256])
def test_a_palette_begins_with_the_colours_of_the_theme(theme: Theme, most: int) -> None:
    own = dict.fromkeys(theme.colours().values())
    colours = [tuple(colour) for colour in Palette(theme, most).colours]
    assert colours[1 : 1 + len(own)] == [as_rgb(colour) for colour in own]
    assert len(set(colours[1:])) == len(colours) - 1 < most
