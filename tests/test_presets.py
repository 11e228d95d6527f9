"""Presets: pictures fit the place they go to, or are refused with what to change."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tracer import OutputError, Trace, parse, trace
from tracer.outputs.options import Options
from tracer.outputs.presets import PRESETS, Preset, check_images, check_length, check_size, fitting_scale
from tracer.outputs.saving import rendered, save
from tracer.outputs.sizes import in_bytes


def lecture() -> Trace:
    return trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))


def size(preset: str, **options: object) -> tuple[int, int]:
    content = rendered(lecture(), ".png", Options.of({"preset": preset, **options}))
    with Image.open(BytesIO(content)) as image:
        return image.size


@pytest.mark.parametrize("preset", PRESETS)
def test_pictures_are_no_larger_than_their_place(preset: str) -> None:
    width, height = size(preset, scale=4.0)
    place = PRESETS[preset]
    assert not place.widest or width <= place.widest
    assert not place.highest or height <= place.highest
    # They have kept their shape, and are as large as they can be.
    plain = size("none", scale=4.0)
    assert width / height == pytest.approx(plain[0] / plain[1], rel=0.01)
    assert (width, height) == plain or width == place.widest or height == place.highest


@pytest.mark.parametrize(
    ("preset", "options", "width"),
    [
        ("readme", {"width": 700}, 700),
        ("readme", {"width": 3000}, 1600),
        ("slides", {}, 1920),
        ("slides", {"scale": 1.0}, 1920),
        ("slides", {"width": 700}, 700),
        ("x", {"scale": 1.0}, size("none", scale=1.0)[0]),
    ],
)
def test_a_preset_sets_the_most_and_slides_are_filled(preset: str, options: dict[str, object], width: int) -> None:
    assert size(preset, **options)[0] == width


def test_the_height_counts_too() -> None:
    slides, x = PRESETS["slides"], PRESETS["x"]
    assert fitting_scale(slides, 500, 2000, 2.0) == 1080 / 2000
    assert fitting_scale(x, 500, 2000, 2.0) == 1080 / 2000
    assert fitting_scale(x, 500, 2000, 0.3) == 0.3


def test_what_is_too_large_is_refused_with_what_to_change(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as refused:
        save(lecture(), tmp_path / "L.gif", max_bytes="10kB")
    assert "the .gif file would have" in str(refused.value)
    assert "max_bytes allows 10 kB: make it 9" in str(refused.value)
    assert "smaller with width or scale, or show fewer images with frames or by step" in str(refused.value)
    assert os.listdir(tmp_path) == []
    with pytest.raises(OutputError, match="make it much smaller with width or scale"):
        save(lecture(), tmp_path / "L.gif", max_bytes=900)


def test_a_file_may_be_exactly_as_large_as_allowed() -> None:
    content = rendered(lecture(), ".json", Options())
    assert rendered(lecture(), ".json", Options(max_bytes=len(content))) == content
    with pytest.raises(OutputError, match=r"the \.json file would have .* allows .*B$"):  # there is nothing to change
        rendered(lecture(), ".json", Options(max_bytes=len(content) - 1))


@pytest.mark.parametrize(
    ("preset", "suffix", "allowed"),
    [
        ("readme", ".gif", 5_000_000),
        ("readme", ".mp4", 10_000_000),
        ("x", ".gif", 15_000_000),
        ("x", ".png", 5_000_000),
        ("discord", ".webp", 10_000_000),
    ],
)
def test_each_place_has_its_limit(preset: str, suffix: str, allowed: int) -> None:
    check_size(PRESETS[preset], suffix, allowed)
    with pytest.raises(OutputError, match=f"and {PRESETS[preset].place} allows {allowed // 1_000_000}"):
        check_size(PRESETS[preset], suffix, allowed + 1)


def test_both_limits_hold() -> None:
    place = Preset(place="here", most_bytes={"": 2000})
    check_size(place, ".gif", 1500, 1500)
    with pytest.raises(OutputError, match="here allows 2 kB"):
        check_size(place, ".gif", 2500, 3000)
    with pytest.raises(OutputError, match="max_bytes allows 1 kB: make it 50 % smaller"):
        check_size(place, ".gif", 2000, 1000)


def test_too_many_images_are_refused_before_they_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    check_images(PRESETS["x"], 350)
    with pytest.raises(OutputError, match=r"there are 351 images, and X allows 350: show fewer"):
        check_images(PRESETS["x"], 351)
    few = Preset(place="here", most_images=5)
    monkeypatch.setattr("tracer.outputs.animating.PRESETS", {"none": few})
    for suffix in (".gif", ".apng", ".webp"):
        with pytest.raises(OutputError, match="there are 8 images, and here allows 5"):
            rendered(lecture(), suffix, Options())
        assert rendered(lecture(), suffix, Options(frames="0-4", scale=0.5))


def test_a_video_that_is_too_long_is_refused() -> None:
    check_length(PRESETS["x"], 140_000)
    check_length(PRESETS["none"], 10_000_000)
    with pytest.raises(OutputError, match=r"would last 200 s, and X allows 140 s: use a hold_ms that is 30 % shorter"):
        check_length(PRESETS["x"], 200_000)


@pytest.mark.parametrize("wrong", ["", "5 elephants", "-1", "MB", "1e9", "5MB5", "٣MB", 1.5, None, True, -5])
def test_what_is_no_size_is_refused(wrong: object) -> None:
    with pytest.raises(OutputError, match="a size is a number of bytes"):
        in_bytes(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"preset": "fax"}, "preset is one of none, readme, slides, x, discord, not 'fax'"),
        ({"max_bytes": "lots"}, "a size is a number of bytes, or one such as 5MB or 800kB, not 'lots'"),
        ({"tween": True, "hold_ms": 300}, "with tween each image stays for 334 ms or longer, not for 300 ms"),
        ({"tween": True, "last_hold_ms": 20}, "with tween each image stays for 334 ms or longer, not for 20 ms"),
    ],
)
def test_options_of_their_own_are_checked(given: dict[str, object], words: str) -> None:
    with pytest.raises(OutputError, match=words):
        Options.of(given)
