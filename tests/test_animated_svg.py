"""The animated SVG: at each time exactly one image is seen, and nothing is in the file that does not belong there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray
from PIL import Image
from resvg_py import svg_to_bytes

from tests.handmade import HOSTILE, labelled, lecture
from tests.test_raster import animations
from tracer import OutputError, Trace, Value, parse, trace
from tracer.drawing.fonts import shown
from tracer.drawing.glyphs import INTER
from tracer.drawing.moments import moments
from tracer.drawing.scene import scenes
from tracer.drawing.shapes import Circle, Part, Rect, Scene
from tracer.drawing.stage import Stage
from tracer.drawing.theme import DARK, LIGHT, THEMES
from tracer.outputs.animated_svg import animated_svg, write
from tracer.outputs.options import Options
from tracer.outputs.showings import Showing, showings
from tracer.outputs.svg import svg
from tracer.outputs.transcript import description

SVG = "{http://www.w3.org/2000/svg}"
PLACES = ("x", "y", "cx", "cy")


class Rules(NamedTuple):
    """A style sheet, read."""

    looks: dict[str, dict[str, str]]
    opacities: dict[str, str]
    hidden: set[str]
    starts: list[float]
    rest: str


def the_lecture() -> Trace:
    return trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))


def drawn(t: Trace, theme: str = "light", **options: object) -> str:
    file = BytesIO()
    write(t, file, Options.of({"theme": theme, **options}), None)
    return file.getvalue().decode()


def parsed(document: str) -> Element:
    return ElementTree.fromstring(document)  # noqa: S314  # our own


def name_of(document: str) -> str:
    name = parsed(document).get("id")
    assert name
    return name


def rules(document: str) -> Rules:
    """What the style sheet says, in the words of this module: rules of another form are left in `rest`."""
    sheet, name = parsed(document).findtext(f"{SVG}style") or "", name_of(document)
    looks: dict[str, dict[str, str]] = {}
    opacities: dict[str, str] = {}
    hidden: set[str] = set()
    starts: list[float] = []

    def opacity(rule: re.Match[str]) -> str:
        if rule[2] == "0":
            hidden.update(rule[1].replace(f"#{name} .", "").split(","))
        else:
            opacities[rule[1].replace(f"#{name} .", "")] = rule[2]
        return ""

    def look(rule: re.Match[str]) -> str:
        looks[rule[1]] = dict(one.split(":") for one in rule[2].split(";"))
        return ""

    rest = re.sub(r"^([^\n{]*)\{opacity:(.*)\}$", opacity, sheet, flags=re.MULTILINE)
    rest = re.sub(rf"^#{name} \.(\w+)\{{(.*)\}}$", look, rest, flags=re.MULTILINE)
    for share, image in re.findall(r"([\d.]+)%\{--t:(\d+)\}", rest):
        assert int(image) == len(starts)
        starts.append(float(share) / 100)
    return Rules(looks, opacities, hidden, starts, rest)


def seen(document: str, image: int | None) -> list[dict[str, str]]:
    """The attributes of all shapes that are seen in an image, or by those who do not know the clock."""
    root, sheet = parsed(document), rules(document)
    forms = {form.get("id"): form for form in root.find(f"{SVG}defs") or ()}
    found = []
    for element in root.findall("*[@class]"):
        classes = (element.get("class") or "").split()
        if all(is_seen(name, sheet, image) for name in classes):
            found.append(attributes(element, forms, [sheet.looks[name] for name in classes if name in sheet.looks]))
    return found


def is_seen(name: str, sheet: Rules, image: int | None) -> bool:
    if image is None:
        return name not in sheet.hidden
    value = sheet.opacities.get(name, "1").replace("var(--t)", str(image)).removeprefix("calc")
    assert re.fullmatch(r"(min|max|[-(), \d])+", value)
    number = eval(value, {"min": min, "max": max})  # noqa: S307  # it has just been looked at
    return bool(min(max(number, 0), 1) == 1)


def attributes(element: Element, forms: dict[str | None, Element], looks: Sequence[dict[str, str]]) -> dict[str, str]:
    """An element as it would be without classes and forms."""
    found = {name: value for name, value in element.attrib.items() if name != "class"}
    form = element
    if element.tag == f"{SVG}use":
        form = forms[found.pop("href").removeprefix("#")]
        moved = {"cx": "x", "cy": "y"} if form.tag == f"{SVG}circle" else {}
        place = {name: found[moved.get(name, name)] for name in (moved or ("x", "y"))}
        found = {name: value for name, value in form.attrib.items() if name != "id"} | place
    for look in looks:
        found |= {name: value.removesuffix("px") for name, value in look.items()}
    return found | {"tag": form.tag.removeprefix(SVG), "text": form.text or ""}


def still(scene: Scene) -> list[dict[str, str]]:
    """The attributes of all shapes in the plain SVG of an image."""
    shapes = parsed(svg(scene, LIGHT)).findall(f"{SVG}g/*")
    return [shape.attrib | {"tag": shape.tag.removeprefix(SVG), "text": shape.text or ""} for shape in shapes]


def assert_same(found: list[dict[str, str]], wanted: list[dict[str, str]]) -> None:
    assert [shape["tag"] for shape in found] == [shape["tag"] for shape in wanted]
    for one, other in zip(found, wanted, strict=True):
        if "d" in one:
            assert path(one) == pytest.approx(path(other), abs=0.011)
        ignored = {"d", "x", "y", *({"cx", "cy"} if one["tag"] == "path" else ())}
        assert {k: v for k, v in one.items() if k not in ignored} == {
            k: v for k, v in other.items() if k not in ignored
        }
        if one["tag"] != "path":
            assert [one.get(place) for place in PLACES] == [other.get(place) for place in PLACES]


def path(shape: dict[str, str]) -> list[float]:
    """The points of a path, where it stands."""
    numbers = [float(number) for number in re.findall(r"[-\d.]+", shape["d"])]
    left, top = float(shape.get("x", 0)), float(shape.get("y", 0))
    return [number + (top if place % 2 else left) for place, number in enumerate(numbers)]


def animated(images: Sequence[Scene]) -> str:
    return animated_svg(images, LIGHT, [500] * len(images))


@pytest.mark.parametrize("theme", THEMES)
def test_each_image_is_what_its_plain_svg_shows(theme: str) -> None:
    t = the_lecture()
    shown = moments(t, forward=True)
    for images in (list(scenes(Stage(t, shown, theme=THEMES[theme]))), lecture()):
        document = animated(images)
        for number, image in enumerate(images):
            assert_same(seen(document, number), still(image))


@given(animations())
@settings(max_examples=40)
def test_any_images_are_shown_one_after_the_other(images: list[Scene]) -> None:
    document = animated(images)
    for number, image in enumerate(images):
        assert_same(seen(document, number), still(image))


def test_who_does_not_animate_sees_the_last_image() -> None:
    for images in (lecture(), lecture()[:1]):
        document = animated(images)
        assert_same(seen(document, None), still(images[-1]))
        assert_same(seen(document, len(images) - 1), still(images[-1]))


def test_a_program_without_the_clock_draws_the_last_image() -> None:
    images = lecture()
    found, wanted = (pixels(document) for document in (animated(images), svg(images[-1], LIGHT)))
    other = pixels(svg(images[-2], LIGHT))
    assert np.abs(found - wanted).mean() < 0.05 < np.abs(other - wanted).mean()


def pixels(document: str) -> NDArray[np.int16]:
    png = svg_to_bytes(svg_string=document, skip_system_fonts=True, font_files=[str(INTER)])
    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(np.int16)


def test_shapes_that_change_places_are_painted_in_the_order_of_each_image() -> None:
    one, other = (Part(role, (Rect(0, 0, 9, 9, 0, role, role, 1),)) for role in ("ink", "wrong"))
    document = animated([Scene(9, 9, (one, other)), Scene(9, 9, (other, one))])
    colours = [[shape["fill"] for shape in seen(document, image)] for image in (0, 1)]
    assert colours == [[LIGHT.ink, LIGHT.wrong], [LIGHT.wrong, LIGHT.ink]]


def test_equal_shapes_of_a_part_are_as_many_as_they_were() -> None:
    dot = Circle(5, 5, 2, "ink", "ink", 1)
    images = [Scene(9, 9, (Part("dots", (dot,) * count),)) for count in (2, 1, 3)]
    assert [len(seen(animated(images), image)) for image in range(3)] == [2, 1, 3]


def test_shapes_are_in_the_file_once() -> None:
    images = list(scenes(Stage(the_lecture())))
    found = showings(images)
    assert len({(showing.shape, showing.images) for showing in found}) == len(found)
    assert len(found) < sum(len(part.shapes) for image in images for part in image.parts) / 3


def test_runs_have_no_gaps() -> None:
    dot = Circle(5, 5, 2, "ink", "ink", 1)
    assert Showing(dot, (0, 1, 2, 5, 7, 8)).runs == (range(3), range(5, 6), range(7, 9))


@pytest.mark.parametrize("durations", [[1200] * 7 + [4000], [20, 655_350, 33], [1000] * 138 + [4000]])
def test_images_change_when_the_gif_changes(durations: list[int]) -> None:
    image = Scene(9, 9, ())
    document = animated_svg([image] * len(durations), LIGHT, durations)
    sheet, whole = rules(document), sum(durations)
    assert f" {whole / 1000:g}s step-end infinite" in sheet.rest
    starts = [0, *accumulate(durations[:-1])]
    assert [start * whole for start in sheet.starts] == pytest.approx(starts, abs=1)


def test_it_plays_as_often_as_it_should_and_ends_on_the_last_image() -> None:
    name, sheet = name_of(document := drawn(the_lecture(), loop=3)), rules(document)
    # Where nothing moves the clock stands at 8, the finished graph.
    assert f"#{name}{{--t:8;animation:{name} 12.4s step-end 3 forwards}}" in sheet.rest
    assert f"to{{--t:7}}}}\n@media(prefers-reduced-motion:reduce){{#{name}{{animation:none}}}}" in sheet.rest
    assert "infinite" in rules(drawn(the_lecture())).rest


def test_a_picture_of_chosen_images_stands_still_at_the_last_of_them() -> None:
    name, sheet = name_of(document := drawn(the_lecture(), frames="0-4")), rules(document)
    assert f"#{name}{{--t:4;animation" in sheet.rest


@pytest.mark.parametrize(("images", "durations"), [(0, []), (2, [500]), (1, [500, 500])])
def test_each_image_needs_a_duration(images: int, durations: list[int]) -> None:
    with pytest.raises(OutputError, match=f"{images} images and {len(durations)} durations"):
        animated_svg([Scene(9, 9, ())] * images, LIGHT, durations)


def test_a_single_image_stands_still() -> None:
    sheet = rules(drawn(the_lecture(), frames="7"))
    assert not sheet.rest.strip()
    assert not sheet.opacities


@pytest.mark.parametrize(
    ("theme", "most"), [("light", 20_000), ("dark", 20_000), ("contrast", 20_000), ("classic", 24_000)]
)
def test_the_lecture_is_small(theme: str, most: int) -> None:
    assert len(drawn(the_lecture(), theme).encode()) < most


@pytest.mark.parametrize("theme", THEMES)
def test_there_is_nothing_but_shapes_text_and_rules(theme: str) -> None:
    document = drawn(the_lecture(), theme)
    tags = {element.tag.removeprefix(SVG) for element in parsed(document).iter()}
    assert tags <= {"svg", "title", "desc", "style", "defs", "rect", "circle", "path", "text", "use"}
    assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg)|url\(|@import|data:|\bon\w+=|javascript", document)


def test_names_are_the_documents_own() -> None:
    documents = [drawn(the_lecture(), "light"), drawn(the_lecture(), "dark"), drawn(trace(parse("a*b", a=1, b=2)))]
    assert len({name_of(document) for document in documents}) == 3
    for document in documents:
        name, root = name_of(document), parsed(document)
        ids = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        assert all(one and one.startswith(name) for one in ids)
        used = {element.get("href", "")[1:] for element in root.iter(f"{SVG}use")}
        assert used == {form.get("id") for form in root.find(f"{SVG}defs") or ()}
        assert all(selector.startswith(f"#{name}") for selector in selectors(document))
        assert re.findall(r"@keyframes (\w+)", document) == [name]


def selectors(document: str) -> Iterator[str]:
    sheet = parsed(document).findtext(f"{SVG}style") or ""
    plain = re.sub(r"@keyframes.*|@supports\S*\{|@media\([^)]*\)\{", "", sheet)
    for heads in re.findall(r"([^{}\n]+)\{", plain):
        yield from heads.split(",")


def test_the_same_trace_gives_the_same_bytes() -> None:
    assert drawn(the_lecture()) == drawn(the_lecture())


def test_title_and_description_carry_the_transcript() -> None:
    t, root = the_lecture(), parsed(document := drawn(the_lecture(), notation="∂"))
    name = name_of(document)
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", f"{name}-t {name}-d")
    title, desc = root[0], root[1]
    assert (title.tag, title.get("id"), title.text) == (
        f"{SVG}title", f"{name}-t", "Backpropagation through L = (a × b + c) × f",
    )  # fmt: skip
    assert (desc.tag, desc.get("id")) == (f"{SVG}desc", f"{name}-d")
    assert desc.text == description(t, "∂").rstrip("\n")


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_labels_change_text_only(words: str) -> None:
    documents = [hostile(label) for label in (words, "harmless")]
    found, wanted = ([element.tag for element in parsed(document).iter()] for document in documents)
    if words.strip():  # one that is not seen is no label
        assert sorted(set(found)) == sorted(set(wanted))
        assert found.count(f"{SVG}style") == found.count(f"{SVG}title") == found.count(f"{SVG}desc") == 1
        assert any(shown(words) in (text.text or "") for text in parsed(documents[0]).iter(f"{SVG}text"))


def hostile(label: str) -> str:
    a, b = Value(2.0, label=label), Value(3.0, label="b")
    return drawn(trace(a * b))


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_titles_and_descriptions_are_text(words: str) -> None:
    document = animated_svg([labelled(words)], DARK, [500], title=words, description=f"{words}\n{words}")
    title, desc = list(parsed(document))[:2]
    assert (title.text or "") == "\n".join(map(shown, words.splitlines()))
    assert (desc.text or "") == "\n".join(map(shown, f"{words}\n{words}".splitlines()))


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write(the_lecture(), BytesIO(), Options(), lambda done, total: told.append((done, total)))
    assert told == [(done, 8) for done in range(1, 9)]
