"""A Scene as SVG: well-formed whatever labels contain, and the same picture in both kinds of text."""

from __future__ import annotations

from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from resvg_py import svg_to_bytes

from tests.handmade import HOSTILE, labelled, lecture, text
from tracer.drawing.fonts import shown
from tracer.drawing.glyphs import INTER
from tracer.drawing.shapes import Circle, Curve, Part, Rect, Scene
from tracer.drawing.theme import DARK, LIGHT
from tracer.outputs.svg import TextMode, number, svg

SVG = "{http://www.w3.org/2000/svg}"
ANY_TEXT = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=30)


def parsed(scene: Scene, mode: TextMode = "real") -> ElementTree.Element:
    return ElementTree.fromstring(svg(scene, LIGHT, mode))  # noqa: S314  # our own


def drawn(document: str, **options: object) -> NDArray[np.int16]:
    png = svg_to_bytes(svg_string=document, skip_system_fonts=True, **options)  # type: ignore[arg-type]
    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(np.int16)


@pytest.mark.parametrize("mode", ["real", "outlines"])
def test_a_document_has_size_words_and_a_group_for_each_part(mode: TextMode) -> None:
    scene = lecture()[6]
    root = parsed(scene, mode)
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("820", "384", "0 0 820 384")
    assert root.findtext(f"{SVG}title") == scene.title
    assert root.findtext(f"{SVG}desc") == scene.description
    assert [group.get("data-key") for group in root.iter(f"{SVG}g")] == [part.key for part in scene.parts]


def test_shapes_become_elements_in_the_colours_of_the_theme() -> None:
    part = Part(
        "all",
        (
            Rect(1, 2, 30, 40, 5, "card", "outline", 1.25),
            Rect(1, 2, 30, 40, 0, "done", "outline", 0),
            Circle(10.126, 20, 7, "active", "accent", 2),
            Curve(((0, 0), (1, 0), (2, 3), (4, 5), (5, 5), (6, 6), (7.5, 7)), "wrong", 1.5),
        ),
    )
    rect, plain, circle, curve = list(parsed(Scene(50, 50, (part,))).find(f"{SVG}g") or ())
    assert rect.attrib == {
        "x": "1", "y": "2", "width": "30", "height": "40", "rx": "5",
        "fill": LIGHT.card, "stroke": LIGHT.outline, "stroke-width": "1.25",
    }  # fmt: skip
    assert "stroke" not in plain.attrib
    assert "rx" not in plain.attrib
    assert (circle.get("cx"), circle.get("r"), circle.get("fill")) == ("10.13", "7", LIGHT.active)
    assert (curve.get("d"), curve.get("fill")) == ("M0 0C1 0 2 3 4 5C5 5 6 6 7.5 7", "none")


def test_real_text_keeps_its_place_and_width_in_any_font() -> None:
    label = text(100, 30, "a  b ", 14, "ink", bold=True, anchor="end")
    (element,) = parsed(Scene(200, 50, (Part("label", (label,)),))).iter(f"{SVG}text")
    assert element.text == "a  b "
    assert element.get("{http://www.w3.org/XML/1998/namespace}space") == "preserve"
    assert element.get("textLength") == number(label.width)
    assert (element.get("x"), element.get("text-anchor"), element.get("font-weight")) == ("100", "end", "bold")


def test_outlined_text_needs_no_fonts() -> None:
    root = parsed(lecture()[6], "outlines")
    assert not list(root.iter(f"{SVG}text"))
    assert "font" not in svg(lecture()[6], LIGHT, "outlines")


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("mode", ["real", "outlines"])
def test_hostile_text_changes_text_only(words: str, mode: TextMode) -> None:
    harmless = [element.tag for element in parsed(labelled("harmless"), mode).iter()]
    root = parsed(labelled(words), mode)
    if words.strip():
        assert [element.tag for element in root.iter()] == harmless
    if mode == "real":
        assert "".join(element.text or "" for element in root.iter(f"{SVG}text")) == shown(words)
    assert [group.get("data-key") for group in root.iter(f"{SVG}g")] == [shown(words)]


@given(ANY_TEXT, st.sampled_from(["real", "outlines"]))
def test_any_text_gives_well_formed_xml_with_that_text(words: str, mode: TextMode) -> None:
    root = parsed(labelled(words), mode)
    assert (root.findtext(f"{SVG}title") or "") == shown(words)
    if mode == "real":
        assert (root.findtext(f"{SVG}g/{SVG}text") or "") == shown(words)


def test_a_long_label_is_no_problem() -> None:
    assert parsed(labelled("&" * 10_000)).findtext(f"{SVG}g/{SVG}text") == "&" * 10_000


def test_the_same_scene_gives_the_same_text() -> None:
    assert svg(lecture()[3], DARK) == svg(lecture()[3], DARK)


def test_both_kinds_of_text_look_the_same() -> None:
    scene = lecture()[6]
    outlined = blurred(drawn(svg(scene, LIGHT, "outlines")))
    real = blurred(drawn(svg(scene, LIGHT, "real"), font_files=[str(INTER)]))
    without_text = blurred(drawn(svg(scene, LIGHT, "real")))
    assert np.abs(outlined - real).mean() < 0.25 * np.abs(outlined - without_text).mean()


def blurred(pixels: NDArray[np.int16]) -> NDArray[np.float64]:
    """A quarter of the size, so that a fraction of a pixel more or less makes no difference."""
    height, width, channels = pixels.shape
    return pixels.reshape(height // 4, 4, width // 4, 4, channels).mean(axis=(1, 3))


def test_lengths_are_short() -> None:
    assert [number(x) for x in (0.0, -0.004, 1.005, 2.5, 10.0, 1 / 3)] == ["0", "0", "1", "2.5", "10", "0.33"]
