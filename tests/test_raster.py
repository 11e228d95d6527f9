"""Scenes as pixels: each image of an animation is exactly what it would be if it were drawn alone."""

from __future__ import annotations

import os
import subprocess
import sys
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from resvg_py import svg_to_bytes

from tests.handmade import HOSTILE, card, labelled, lecture, text
from tracer.drawing.shapes import Circle, Curve, Part, Rect, Scene, Shape
from tracer.drawing.theme import DARK, LIGHT, Theme
from tracer.errors import OutputError
from tracer.outputs import sheets, spritecache
from tracer.outputs.areas import Area, merged
from tracer.outputs.raster import MOST_PIXELS, images, rasterise
from tracer.outputs.svg import svg

ROLES = st.sampled_from(sorted(LIGHT.colours()))
PLACES = st.floats(-30, 130)
LENGTHS = st.floats(0, 60)
WEIGHTS = st.sampled_from([0.0, 1.3, 2.6])


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    match draw(st.sampled_from(["rect", "circle", "curve", "text"])):
        case "rect":
            x, y, width, height = draw(PLACES), draw(PLACES), draw(LENGTHS), draw(LENGTHS)
            return Rect(x, y, width, height, draw(st.floats(0, 9)), draw(ROLES), draw(ROLES), draw(WEIGHTS))
        case "circle":
            return Circle(draw(PLACES), draw(PLACES), draw(LENGTHS), draw(ROLES), draw(ROLES), draw(WEIGHTS))
        case "curve":
            points = draw(st.lists(st.tuples(PLACES, PLACES), min_size=4, max_size=4))
            return Curve(tuple(points), draw(ROLES), draw(st.sampled_from([1.3, 2.6])))
    words = draw(st.sampled_from(["−3.0000", "dL/da", "ŷ漢", " ", ""]))
    return text(draw(PLACES), draw(PLACES), words, draw(st.floats(4, 30)), draw(ROLES), draw(st.booleans()))


@st.composite
def animations(draw: st.DrawFn) -> list[Scene]:
    """Scenes over the same few keys, so that parts come, go, change and change places."""
    looks = st.lists(shapes(), max_size=3).map(tuple)
    choices = {key: draw(st.lists(looks, min_size=1, max_size=2)) for key in "abcd"}
    scenes = []
    for _ in range(draw(st.integers(1, 4))):
        keys = draw(st.lists(st.sampled_from("abcd"), unique=True))
        scenes.append(Scene(100, 90, tuple(Part(key, draw(st.sampled_from(choices[key]))) for key in keys)))
    return scenes


@given(animations(), st.sampled_from([1.0, 1.5, 2.0]))
@settings(max_examples=40)
def test_each_image_is_what_it_would_be_alone(scenes: list[Scene], scale: float) -> None:
    for scene, image in zip(scenes, images(scenes, LIGHT, scale), strict=True):
        assert (image.pixels[..., :3] == rasterise(scene, LIGHT, scale)).all()
        assert (image.pixels[..., 3] == 255).all()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_each_image_of_the_lecture_is_what_it_would_be_alone(theme: Theme) -> None:
    for scene, image in zip(lecture(), images(lecture(), theme), strict=True):
        assert (image.pixels[..., :3] == rasterise(scene, theme)).all()


def test_images_differ_only_where_they_say_so() -> None:
    copies = [(image.pixels.copy(), image.changed) for image in images(lecture(), LIGHT)]
    assert copies[0][1] == (Area(0, 0, 1640, 768),)
    for (before, _), (after, changed) in pairwise(copies):
        differs = (before != after).any(axis=2)
        assert differs.any()
        for area in changed:
            differs[area.top : area.bottom, area.left : area.right] = False
        assert not differs.any()


def test_an_image_like_the_one_before_has_no_changes() -> None:
    scene = lecture()[3]
    _, second = images([scene, scene._replace(title="other words")], LIGHT)
    assert second.changed == ()


@pytest.mark.parametrize(("scale", "size"), [(1.0, (384, 820)), (2.0, (768, 1640)), (1.5, (576, 1230))])
def test_an_image_looks_like_its_svg(scale: float, size: tuple[int, int]) -> None:
    scene = lecture()[6]
    pixels = rasterise(scene, LIGHT, scale)
    assert pixels.shape == (*size, 3)
    height, width = size
    document = svg(scene, LIGHT, "outlines")
    png = svg_to_bytes(svg_string=document, width=width, height=height, skip_system_fonts=True)
    whole = np.asarray(Image.open(BytesIO(png)).convert("RGB"))
    differences = np.abs(pixels.astype(int) - whole).max(axis=2)
    # Glyphs stand up to an eighth of a pixel elsewhere, which is a shade of grey at their edges.
    assert differences.max() < 80
    assert (differences > 8).mean() < 0.02


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_colours_are_those_of_the_theme(theme: Theme) -> None:
    scene = Scene(160, 100, (card("a", 20, 20, "a", "1.0000", "2.0000", "active"),))
    pixels = rasterise(scene, theme, 2.0)
    assert "#{:02x}{:02x}{:02x}".format(*pixels[4, 4]) == theme.background
    assert "#{:02x}{:02x}{:02x}".format(*pixels[2 * 30, 2 * 40]) == theme.active
    assert "#{:02x}{:02x}{:02x}".format(*pixels[2 * 50, 2 * 20]) == theme.accent


def test_what_did_not_change_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn_now: list[str] = []

    def counted(**options: object) -> bytes:
        drawn_now.append(str(options["svg_string"]))
        return svg_to_bytes(**options)  # type: ignore[arg-type]

    monkeypatch.setattr(sheets, "svg_to_bytes", counted)
    # What other tests have drawn, in this process or an earlier one, is not known here.
    monkeypatch.setattr(spritecache, "kept", lambda _: None)
    monkeypatch.setattr(sheets, "_KEPT", spritecache.SpriteCache())
    sheets._small.cache_clear()
    many = tuple(card(f"{n}", 130 * (n % 9), 80 * (n // 9), f"x{n}", "1.0000", "2.0000") for n in range(90))
    changed = many[40]._replace(shapes=(*many[40].shapes, Circle(600, 360, 3.3, "wrong", "wrong", 1)))
    again = images([Scene(1200, 800, parts) for parts in (many, (*many[:40], changed, *many[41:]), many)], LIGHT)
    next(again)
    drawn = len(drawn_now)
    next(again)
    assert len(drawn_now) == drawn + 1
    next(again)
    assert len(drawn_now) == drawn + 1


def test_parts_that_only_change_places_cover_each_other_anew() -> None:
    one, other = (Part(role, (Rect(10, 10, 20, 20, 0, role, role, 1),)) for role in ("ink", "wrong"))
    scenes = [Scene(40, 40, (one, other)), Scene(40, 40, (other, one))]
    tops = [image.pixels[40, 40, :3].tobytes().hex() for image in images(scenes, LIGHT)]
    assert [f"#{top}" for top in tops] == [LIGHT.wrong, LIGHT.ink]


@pytest.mark.parametrize("words", [*HOSTILE, "m" * 10_000])
def test_hostile_labels_are_drawn(words: str) -> None:
    pixels = rasterise(labelled(words), LIGHT, 2.0)
    assert (pixels != 255).any() == bool(words.strip())


def test_scenes_of_two_sizes_are_no_animation() -> None:
    with pytest.raises(OutputError, match=r"one size, not \(820, 384\) and \(100, 90\)"):
        list(images([lecture()[0], Scene(100, 90, ())], LIGHT))


def test_what_is_too_large_is_refused_with_a_scale_that_fits() -> None:
    scene = Scene(20_000, 8_000, ())
    with pytest.raises(OutputError, match=r"40000 × 16000 pixels large, .* use a scale of 0\.7 or less"):
        rasterise(scene, LIGHT, 2.0)
    assert MOST_PIXELS >= 0.7 * 20_000 * 0.7 * 8_000


def test_keys_are_different() -> None:
    part = Part("a", ())
    with pytest.raises(ValueError, match="same key"):
        rasterise(Scene(10, 10, (part, part)), LIGHT)


NO_FONTS = """
from tests.handmade import labelled, lecture
from tracer.drawing.theme import LIGHT
from tracer.outputs.raster import rasterise
print((rasterise(labelled("gradient"), LIGHT, 2.0) < 100).all(axis=2).sum(), rasterise(lecture()[6], LIGHT).sum())
"""


def test_a_machine_without_fonts_draws_the_same(tmp_path: Path) -> None:
    nothing = {
        "PATH": "",
        "HOME": str(tmp_path),
        "FONTCONFIG_FILE": os.devnull,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    found = subprocess.run([sys.executable, "-c", NO_FONTS], capture_output=True, text=True, check=True, env=nothing)
    ink, sum_of_pixels = map(int, found.stdout.split())
    assert ink > 500
    assert sum_of_pixels == rasterise(lecture()[6], LIGHT).sum()


AREAS = st.builds(
    lambda left, top, width, height: Area(left, top, left + width, top + height),
    st.integers(0, 30), st.integers(0, 30), st.integers(1, 9), st.integers(1, 9),
)  # fmt: skip


def covered(areas: list[Area] | tuple[Area, ...]) -> NDArray[np.int64]:
    count = np.zeros((40, 40), np.int64)
    for area in areas:
        count[area.within(Area(0, 0, 40, 40))] += 1
    return count


@given(st.lists(AREAS, max_size=12))
def test_merged_areas_cover_everything_once(areas: list[Area]) -> None:
    count = covered(merged(areas))
    assert count.max() <= 1
    assert (count >= (covered(areas) > 0)).all()


@given(AREAS, st.integers(1, 100))
def test_strips_are_the_whole_area(area: Area, pixels: int) -> None:
    strips = list(area.strips(pixels))
    assert (covered(strips) == covered([area])).all()
    assert all(strip.width * strip.height <= max(pixels, area.width) for strip in strips)


@given(AREAS, AREAS)
def test_areas_overlap_where_they_have_pixels_in_common(one: Area, other: Area) -> None:
    common = (covered([one]) & covered([other])).sum()
    assert one.overlaps(other) == bool(one & other) == bool(common)
    assert (covered([one | other]) >= covered([one])).all()


def test_a_text_on_two_colours_is_mixed_with_each() -> None:
    def drawn(left: str, right: str) -> NDArray[np.uint8]:
        grounds = Rect(0, 0, 100, 60, 0, left, left, 0), Rect(100, 0, 100, 60, 0, right, right, 0)
        return rasterise(Scene(200, 60, (Part("a", (*grounds, text(10, 40, "m" * 9, 24, "ink"))),)), LIGHT, 1.0)

    both = drawn("accent", "done")
    assert (both[:, :100] == drawn("accent", "accent")[:, :100]).all()
    assert (both[:, 100:] == drawn("done", "done")[:, 100:]).all()
    # An ink that is all there is of a pixel stays as it is, and so does what is below none.
    assert {LIGHT.ink, LIGHT.accent, LIGHT.done} <= {f"#{pixel.tobytes().hex()}" for pixel in both.reshape(-1, 3)}


def test_where_glyphs_overlap_there_is_no_less_ink() -> None:
    words = "x\u0336" * 5  # struck through
    pixels = rasterise(Scene(200, 60, (Part("a", (text(10, 40, words, 30, "ink"),)),)), LIGHT, 1.0)
    inked = (pixels == np.array(list(bytes.fromhex(LIGHT.ink[1:])))).all(axis=2)
    assert inked[:, 15:40].all(axis=1).any()


def test_a_shape_may_touch_a_single_pixel() -> None:
    """Be it all there is of the image, or the corner of a larger one."""
    shape = (Circle(-0.5, -0.5, 1.1, "wrong", "wrong", 0.0),)
    scenes = [Scene(side, side, (Part("a", shape),)) for side in (1, 20)]
    alone, corner = (rasterise(scene, LIGHT, 1.0)[0, 0].tolist() for scene in scenes)
    assert alone == corner
    assert alone not in (list(bytes.fromhex(LIGHT.wrong[1:])), [255, 255, 255])


@pytest.mark.parametrize("scale", [0.25, 0.5, 0.7, 1.0, 2.0])
@pytest.mark.parametrize("end", [(60.0, 20.0), (20.0, 60.0)])
def test_straight_thin_lines_are_there_at_every_scale(scale: float, end: tuple[float, float]) -> None:
    start = (20.0, 20.0)
    line = Curve((start, start, end, end), "ink", 1.3)
    pixels = rasterise(Scene(80, 80, (Part("line", (line,)),)), LIGHT, scale)
    assert (pixels != 255).any()
