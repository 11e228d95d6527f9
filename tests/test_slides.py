"""Slides: a PDF with a page, and a PowerPoint file with a slide, for each image; text stays text."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.handmade import HOSTILE
from tracer import MissingDependencyError, Trace, Value, parse, trace
from tracer.drawing.scene import scenes
from tracer.drawing.shapes import Scene
from tracer.outputs.options import Options
from tracer.outputs.raster import rasterise
from tracer.outputs.saving import rendered
from tracer.outputs.staging import stage_of
from tracer.outputs.transcript import alt_text, title

pypdf = pytest.importorskip("pypdf")
pytest.importorskip("typst")
pptx = pytest.importorskip("pptx")

Pixels = NDArray[np.uint8]


def lecture() -> Trace:
    return trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))


def shown(a_trace: Trace, **options: object) -> list[Scene]:
    return list(scenes(stage_of(a_trace, Options.of(options))))


# PDF


def pdf(a_trace: Trace, **options: object) -> Any:
    return pypdf.PdfReader(BytesIO(rendered(a_trace, ".pdf", Options.of(options))))


def words(page: Any) -> str:
    return " ".join(page.extract_text().split())


@pytest.mark.parametrize(("options", "count"), [({}, 8), ({"by": "step"}, 5), ({"frames": "0,3-4"}, 3)])
def test_there_is_a_page_for_each_image(options: dict[str, object], count: int) -> None:
    assert len(pdf(lecture(), **options).pages) == count


def test_a_page_is_as_large_as_its_picture() -> None:
    scene = shown(lecture())[0]
    for page in pdf(lecture()).pages:
        assert page.mediabox.width == pytest.approx(scene.width * 0.75, abs=0.01)
        assert page.mediabox.height == pytest.approx(scene.height * 0.75, abs=0.01)


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_for_slides_it_is_16_to_9_around_the_picture(direction: str) -> None:
    scene = shown(lecture(), direction=direction)[0]
    for page in pdf(lecture(), preset="slides", direction=direction).pages:
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        assert width / height == pytest.approx(16 / 9, rel=0.001)
        assert width >= scene.width * 0.75 - 0.01
        assert height >= scene.height * 0.75 - 0.01


def test_text_can_be_searched() -> None:
    pages = pdf(lecture()).pages
    assert "dL/da = dL/de · de/da = −2.0 × −3.0 = 6.0" in words(pages[6])
    assert "so de/da is the other factor: b = −3.0" in words(pages[6])
    assert "L = (a × b + c) × f" in words(pages[0])


def test_it_says_what_it_shows() -> None:
    about = pdf(lecture(), notation="∂").metadata
    assert about.title == title(lecture(), "∂")
    assert about.subject == alt_text(lecture(), "∂")


def test_it_is_drawn_and_not_made_of_pixels() -> None:
    content = rendered(lecture(), ".pdf", Options())
    assert all(not page.images for page in pypdf.PdfReader(BytesIO(content)).pages)
    assert len(content) < 150_000


def test_the_same_trace_gives_the_same_bytes() -> None:
    assert rendered(lecture(), ".pdf", Options()) == rendered(lecture(), ".pdf", Options())


@pytest.mark.parametrize("theme", ["light", "dark", "classic"])
def test_pages_look_like_the_pictures(theme: str, tmp_path: Path) -> None:
    if shutil.which("pdftoppm") is None:
        pytest.skip("needs pdftoppm")
    place = tmp_path / "L.pdf"
    place.write_bytes(rendered(lecture(), ".pdf", Options(theme=theme)))
    subprocess.run(["pdftoppm", "-r", "96", "-png", str(place), str(tmp_path / "page")], check=True)
    stage = stage_of(lecture(), Options(theme=theme))
    for number, scene in enumerate(scenes(stage), 1):
        with Image.open(tmp_path / f"page-{number}.png") as image:
            page = np.asarray(image.convert("RGB")).astype(int)
        drawn = rasterise(scene, stage.theme, 1.0)
        difference = np.abs(page[: drawn.shape[0], : drawn.shape[1]] - drawn[: page.shape[0], : page.shape[1]])
        assert difference.mean() < 4
        assert (difference < 60).mean() > 0.96


def hostile() -> Trace:
    product, *others = (Value(1.5, label=label) for label in HOSTILE if label.strip())
    for other in others:
        product = product * other
    return trace(product)


def test_hostile_labels_are_words_and_nothing_else_in_a_pdf() -> None:
    pages = pdf(hostile(), frames="0,1").pages
    assert len(pages) == 2
    for said in ("<script>alert(1)</script>", "]]>", "</text></svg>", "&amp;&lt;&#65;", "|{}<>\\N", "two spaces"):
        assert said in words(pages[0])
    assert not any("/Annots" in page or "/AA" in page for page in pages)


@pytest.mark.parametrize(
    "label", ['"); #panic("', "#import", "$x$", "*bold*", "@label", "\\u{41}", "0.svg", "sys.inputs"]
)
def test_labels_are_no_typst_either(label: str) -> None:
    (page, *_) = pdf(trace(Value(2.0, label=label) * 3.0), frames="0").pages
    assert label in words(page)


@pytest.mark.parametrize("suffix", [".pdf", ".pptx"])
def test_progress_is_told_after_each_image(suffix: str) -> None:
    told: list[tuple[int, int]] = []
    rendered(lecture(), suffix, Options(scale=0.5), lambda done, total: told.append((done, total)))
    assert told == [(number, 8) for number in range(1, 9)]


@pytest.mark.parametrize(("suffix", "package"), [(".pdf", "typst"), (".pptx", "pptx")])
def test_without_the_package_the_way_to_install_it_is_said(
    suffix: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependencyError, match=re.escape('pip install "backprop-tracer[slides]"')):
        rendered(lecture(), suffix, Options())


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_the_pages_can_be_shown_one_after_the_other_in_a_document(tmp_path: Path) -> None:
    from tracer.outputs import slides

    (tmp_path / "L.pdf").write_bytes(rendered(lecture(), ".pdf", Options()))
    (line,) = (line.strip() for line in (slides.__doc__ or "").splitlines() if r"\foreach" in line)
    frame = line.split("%")[0].replace(r"\only<\n>", "")  # Beamer's own; the rest is plain LaTeX
    page = rf"\documentclass{{article}}\usepackage{{graphicx,pgffor}}\begin{{document}}{frame}\end{{document}}"
    (tmp_path / "doc.tex").write_text(page)
    subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "doc.tex"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    assert "dL/da = dL/de" in " ".join(words(page) for page in pypdf.PdfReader(tmp_path / "doc.pdf").pages)


# PowerPoint


def presentation(a_trace: Trace, **options: object) -> Any:
    return pptx.Presentation(BytesIO(rendered(a_trace, ".pptx", Options.of(options))))


def pictures(slides: Any) -> Iterator[Any]:
    for slide in slides.slides:
        (picture,) = slide.shapes
        yield picture


def test_slides_have_no_dates_so_that_the_same_trace_gives_the_same_bytes() -> None:
    content = rendered(lecture(), ".pptx", Options(frames="0"))
    assert content == rendered(lecture(), ".pptx", Options(frames="0"))
    with ZipFile(BytesIO(content)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_there_is_a_slide_for_each_image() -> None:
    slides = presentation(lecture(), scale=1.0)
    assert slides.slide_width / slides.slide_height == pytest.approx(16 / 9)
    stage = stage_of(lecture(), Options())
    for scene, picture in zip(scenes(stage), pictures(slides), strict=True):
        with Image.open(BytesIO(picture.image.blob)) as image:
            assert (np.asarray(image) == rasterise(scene, stage.theme, 1.0)).all()


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_picture_fills_its_slide_and_keeps_its_shape(direction: str) -> None:
    scene = shown(lecture(), direction=direction)[0]
    slides = presentation(lecture(), scale=0.5, direction=direction, frames="0")
    (picture,) = pictures(slides)
    assert picture.width / picture.height == pytest.approx(scene.width / scene.height, rel=0.001)
    assert picture.left + picture.width <= slides.slide_width
    assert picture.top + picture.height <= slides.slide_height
    assert picture.left * picture.top == 0


def test_slides_say_what_they_show_and_have_the_background_of_the_theme() -> None:
    slides = presentation(lecture(), scale=0.5, theme="dark")
    assert slides.core_properties.title == title(lecture())
    for scene, slide in zip(shown(lecture()), slides.slides, strict=True):
        assert slide.notes_slide.notes_text_frame.text == scene.description
        assert slide.shapes[0].element.nvPicPr.cNvPr.get("descr") == scene.description
        assert str(slide.background.fill.fore_color.rgb) == "0D1117"


def test_hostile_labels_are_words_and_nothing_else_in_slides() -> None:
    slides = presentation(hostile(), scale=0.25, frames="0-2")
    assert len(list(pictures(slides))) == 3
    first = trace(Value(2.0, label=HOSTILE[0]) * 3.0)
    (slide,) = presentation(first, scale=0.25, frames="2").slides
    assert HOSTILE[0] in slide.notes_slide.notes_text_frame.text
