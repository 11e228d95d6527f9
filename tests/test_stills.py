"""Stills: the finished graph as a PNG with words in it, and folders of numbered pictures that leave all else alone."""

from __future__ import annotations

import os
import stat
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.handmade import HOSTILE
from tracer import OutputError, Trace, Value, parse, recording, trace
from tracer.drawing.moments import finished
from tracer.drawing.scene import Painter, scenes
from tracer.drawing.shapes import Text
from tracer.outputs import pngs
from tracer.outputs.options import Options
from tracer.outputs.raster import rasterise
from tracer.outputs.registry import PAGES
from tracer.outputs.saving import rendered, save
from tracer.outputs.staging import stage_of
from tracer.outputs.transcript import description, title


def lecture() -> Trace:
    return trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))


def pixels(content: bytes) -> NDArray[np.uint8]:
    with Image.open(BytesIO(content)) as image:
        assert image.format == "PNG"
        return np.asarray(image)


def drawn(a_trace: Trace, **options: object) -> list[NDArray[np.uint8]]:
    """The images of a trace as the rasteriser has them, at scale 1."""
    stage = stage_of(a_trace, Options.of(options))
    return [rasterise(scene, stage.theme, 1.0) for scene in scenes(stage)]


# One PNG


def test_a_png_is_the_finished_graph() -> None:
    stage = stage_of(lecture(), Options())
    image = Painter(stage).image(finished(stage.trace))
    assert (pixels(rendered(lecture(), ".png", Options(scale=1.0))) == rasterise(image, stage.theme, 1.0)).all()
    assert image.description == "L = −8.0. backward pass done: every gradient of L is known."
    texts = {text.text: text.fill for part in image.parts for text in part.shapes if isinstance(text, Text)}
    assert {"6.0000", "−4.0000", "−2.0000", "4.0000", "1.0000"} <= set(texts)
    assert "accent" not in texts.values()
    assert not any(part.key.startswith("chip") for part in image.parts)


def test_not_all_is_known_where_something_is_wrong_or_missing() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    L = a * b
    L.label = "L"
    with recording(L) as recorded:
        L.grad = 1.0
        a.grad = 5.0
    stage = stage_of(recorded, Options())
    assert Painter(stage).image(finished(stage.trace)).description == "L = −6.0. backward pass done."


def test_frames_say_which_image_that_is() -> None:
    content = rendered(lecture(), ".png", Options(scale=1.0, frames="2-4", theme="dark"))
    assert (pixels(content) == drawn(lecture(), theme="dark")[4]).all()


@pytest.mark.parametrize(("options", "width"), [({"width": 500}, 500), ({"preset": "readme", "scale": 8.0}, 1600)])
def test_a_png_is_as_wide_as_was_asked_for(options: dict[str, object], width: int) -> None:
    assert pixels(rendered(lecture(), ".png", Options.of(options))).shape[1] == width


def test_a_png_has_the_transcript_in_it() -> None:
    with Image.open(BytesIO(rendered(lecture(), ".png", Options(notation="∂")))) as image:
        assert image.text["Title"] == title(lecture(), "∂")  # type: ignore[attr-defined]
        assert image.text["Description"] == description(lecture(), "∂")  # type: ignore[attr-defined]
        assert "∂L/∂a" in image.text["Description"]  # type: ignore[attr-defined]


def test_progress_is_told_once() -> None:
    told: list[tuple[int, int]] = []
    rendered(lecture(), ".png", Options(), lambda done, total: told.append((done, total)))
    assert told == [(1, 1)]


# Folders


def test_a_new_folder_has_a_png_for_each_image(tmp_path: Path) -> None:
    save(lecture(), f"{tmp_path}/frames/", scale=1.0)
    assert sorted(os.listdir(tmp_path)) == ["frames"]
    names = [f"{number:02}.png" for number in range(8)]
    assert sorted(os.listdir(tmp_path / "frames")) == names
    for name, image in zip(names, drawn(lecture()), strict=True):
        assert (pixels((tmp_path / "frames" / name).read_bytes()) == image).all()


def test_a_folder_of_svgs_has_the_same_images(tmp_path: Path) -> None:
    save(lecture(), tmp_path, format="svg")
    for number, scene in enumerate(scenes(stage_of(lecture(), Options()))):
        root = ElementTree.parse(tmp_path / f"{number:02}.svg").getroot()  # noqa: S314  # our own
        words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}desc")]
        assert words == [scene.description]


def test_pictures_in_a_folder_say_what_they_show(tmp_path: Path) -> None:
    save(lecture(), tmp_path, frames="5")
    with Image.open(tmp_path / "00.png") as image:
        assert image.text["Description"].startswith("dL/de = dL/dd · dd/de")  # type: ignore[attr-defined]


def test_what_else_is_in_a_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "9.svg").write_text("mine")
    (tmp_path / "03.png").write_text("an old one")
    save(lecture(), tmp_path)
    assert (tmp_path / "notes.txt").read_text() == (tmp_path / "9.svg").read_text() == "mine"
    assert (tmp_path / "03.png").read_bytes().startswith(b"\x89PNG")
    assert len(os.listdir(tmp_path)) == 10


def test_old_images_are_not_mixed_with_new_ones(tmp_path: Path) -> None:
    save(lecture(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(OutputError, match=r"03\.png and 4 more would be mixed up with these 3 images; remove"):
        save(lecture(), tmp_path, frames="0-2", theme="dark")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_folder_that_cannot_be_finished_is_as_it_was(
    there: bool, failure: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "frames"
    if there:
        place.mkdir()
        (place / "00.png").write_text("old")
    whole, done = pngs.png, []

    def failing(*arguments: object) -> bytes:
        done.append(1)
        if len(done) == 4:
            raise failure
        return whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(pngs, "png", failing)
    with pytest.raises(OutputError if isinstance(failure, OSError) else KeyboardInterrupt):
        save(lecture(), f"{place}/")
    assert os.listdir(tmp_path) == (["frames"] if there else [])
    assert not there or [path.read_text() for path in place.iterdir()] == ["old"]


def test_a_new_folder_has_the_usual_permissions(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        save(lecture(), f"{tmp_path}/frames/", frames="0")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "frames").stat().st_mode) == 0o750
    assert stat.S_IMODE((tmp_path / "frames" / "00.png").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("path", "options", "words"),
    [
        ("no/frames/", {}, "there is no directory"),
        ("frames/", {"format": "gif"}, r"a folder has \.png or \.svg files in it, not \.gif"),
        ("file/frames/", {}, "directory"),
        ("nul\0/", {}, "cannot write"),
        ("L.gif/", {}, "that is a directory; name a file in it"),
        ("there.gif", {}, "that is a directory; name a file in it"),
    ],
)
def test_what_cannot_work_is_refused(path: str, options: dict[str, object], words: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "there.gif").mkdir()
    with pytest.raises(OutputError, match=words):
        save(lecture(), os.path.join(tmp_path, path), **options)
    assert sorted(os.listdir(tmp_path)) == ["file", "there.gif"]


def test_each_picture_has_to_be_small_enough(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"the \.png file would have .* and max_bytes allows 2 kB"):
        save(lecture(), f"{tmp_path}/frames/", max_bytes="2kB")
    assert os.listdir(tmp_path) == []


def test_both_themes_make_two_folders(tmp_path: Path) -> None:
    save(lecture(), f"{tmp_path}/frames/", theme="both", frames="0", scale=1.0)
    for theme in ("light", "dark"):
        content = (tmp_path / f"frames-{theme}" / "00.png").read_bytes()
        assert (pixels(content) == drawn(lecture(), theme=theme)[0]).all()


@pytest.mark.parametrize("suffix", PAGES)
def test_hostile_labels_are_words_and_nothing_else(suffix: str, tmp_path: Path) -> None:
    for number, label in enumerate(HOSTILE):
        save(trace(Value(2.0, label=label) * 3.0), tmp_path, format=suffix, frames="1", scale=0.5)
        content = (tmp_path / f"00{suffix}").read_bytes()
        if suffix == ".png":
            assert pixels(content).ndim == 3
        else:
            names = {element.tag.split("}")[1] for element in ElementTree.fromstring(content).iter()}  # noqa: S314
            assert names <= {"svg", "title", "desc", "g", "rect", "circle", "path", "text"}, number
