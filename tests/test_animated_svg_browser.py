"""The animated SVG in a real browser, through an <img> as in a README: it plays, in time, and looks as it should."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Playwright, sync_playwright

from tests.browsing import ARGUMENTS, chromium_command
from tracer import Trace, parse, trace
from tracer.drawing.glyphs import INTER
from tracer.drawing.moments import finished, moments
from tracer.drawing.scene import Painter, scenes
from tracer.drawing.shapes import Scene
from tracer.drawing.stage import Stage
from tracer.drawing.theme import THEMES
from tracer.outputs.editions import snippet
from tracer.outputs.raster import rasterise
from tracer.outputs.saving import save
from tracer.outputs.svg import svg

pytestmark = pytest.mark.browser

Pixels = NDArray[np.int16]

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


class Browser:
    """A page of a Chromium whose only font is the pictures' own."""

    def __init__(self, chromium: Chromium, folder: Path) -> None:
        self.page = chromium.new_page(viewport={"width": 1000, "height": 860})
        self.folder = folder

    def open(self, content: str) -> Pixels:
        """What a page with that content looks like."""
        place = self.folder / "page.html"
        place.write_text(f"<!DOCTYPE html><meta charset=utf-8><style>body{{margin:0}}</style>{content}")
        self.page.goto(place.as_uri())
        return self.shot()

    def image(self, document: str) -> Pixels:
        """What an SVG looks like in an <img>."""
        (self.folder / "image.svg").write_text(document)
        return self.open('<img src="image.svg" style="display:block">')

    def shot(self) -> Pixels:
        """What is seen now."""
        with Image.open(BytesIO(self.page.screenshot())) as image:
            return np.asarray(image.convert("RGB")).astype(np.int16)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    browser = launched(playwright, tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture
def browser(chromium: Chromium, tmp_path: Path) -> Iterator[Browser]:
    opened = Browser(chromium, tmp_path)
    yield opened
    opened.page.close()


@pytest.fixture
def calm_browser(playwright: Playwright, tmp_path: Path) -> Iterator[Browser]:
    """A browser whose reader's system asks for less motion."""
    chromium = launched(playwright, tmp_path, "--force-prefers-reduced-motion")
    yield Browser(chromium, tmp_path)
    chromium.close()


def launched(playwright: Playwright, folder: Path, *flags: str) -> Chromium:
    fonts = folder / "fonts.conf"
    fonts.write_text(FONTS.format(fonts=INTER.parent, cache=folder / "fontconfig"))
    return playwright.chromium.launch(
        executable_path=chromium_command(),
        args=[*ARGUMENTS, "--font-render-hinting=none", *flags],
        env={**os.environ, "FONTCONFIG_FILE": str(fonts)},
    )


def lecture() -> Trace:
    return trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))


def reused() -> Trace:
    return trace(parse("p = a*b; s = a + b; L = p*s", a=3, b=4))


def drawn(t: Trace, folder: Path, **options: object) -> str:
    save(t, folder / "drawn.svg", **options)
    return (folder / "drawn.svg").read_text()


def held(document: str, time_ms: float) -> str:
    """The document as it is after so many ms."""
    name = re.search(r' id="(\w+)"', document)
    assert name
    rule = f"#{name[1]}{{animation-delay:-{time_ms}ms!important;animation-play-state:paused!important}}"
    return document.replace("</style>", f"{rule}</style>")


def on_paper(images: Sequence[Scene], theme: str) -> list[Pixels]:
    """The images as the rasteriser draws them, which is what a GIF shows."""
    return [rasterise(image, THEMES[theme], 1.0).astype(np.int16) for image in images]


def distances(pixels: Pixels, images: Sequence[Pixels]) -> list[float]:
    """How far apart a screenshot and each of the images are, where a fraction of a pixel makes no difference."""
    height, width, _ = images[0].shape
    found = blurred(pixels[:height, :width])
    return [float(np.abs(found - blurred(image)).mean()) for image in images]


def blurred(pixels: Pixels) -> NDArray[np.float64]:
    height, width = (length // 4 * 4 for length in pixels.shape[:2])
    smaller: NDArray[np.float64] = pixels[:height, :width].reshape(height // 4, 4, width // 4, 4, 3).mean(axis=(1, 3))
    return smaller


def shown(pixels: Pixels, images: Sequence[Pixels]) -> int:
    """Which of the images a screenshot shows; it has to be that image and no other."""
    found = distances(pixels, images)
    nearest = int(np.argmin(found))
    # Glyphs stand a fraction of a pixel from where the rasteriser puts them; another image is much further away.
    assert found[nearest] < 1.6
    assert 1.8 * found[nearest] < min(distance for place, distance in enumerate(found) if place != nearest)
    return nearest


def test_each_image_is_seen_from_its_beginning_to_its_end(browser: Browser, tmp_path: Path) -> None:
    images = on_paper(list(scenes(Stage(lecture()))), "light")
    document = drawn(lecture(), tmp_path, hold_ms=1000, last_hold_ms=3000)
    for number in range(len(images)):
        start, end = 1000 * number, 1000 * number + (3000 if number == len(images) - 1 else 1000)
        seen = [shown(browser.image(held(document, time_ms)), images) for time_ms in (start + 2, end - 2)]
        assert seen == [number, number]
    assert shown(browser.image(held(document, end + 2)), images) == 0  # and from the beginning again


@pytest.mark.parametrize("theme", THEMES)
def test_each_image_looks_as_in_a_gif(browser: Browser, tmp_path: Path, theme: str) -> None:
    images = on_paper(by_step(lecture(), theme), theme)
    document = drawn(lecture(), tmp_path, theme=theme, by="step", hold_ms=1000)
    times = range(500, 1000 * len(images), 1000)
    assert [shown(browser.image(held(document, time_ms)), images) for time_ms in times] == list(range(len(images)))


@pytest.mark.parametrize("t", [lecture(), reused()])
def test_each_image_is_exactly_its_own_plain_svg(browser: Browser, tmp_path: Path, t: Trace) -> None:
    document = drawn(t, tmp_path, theme="dark", hold_ms=1000, by="step")
    for number, scene in enumerate(by_step(t, "dark")):
        alone = browser.image(svg(scene, THEMES["dark"]))
        found = browser.image(held(document, 1000 * number + 500))
        # Not all pixels: a browser smooths the edges of letters in a layer that may fade a little differently.
        assert (np.abs(found - alone).max(axis=2) > 24).mean() < 5e-4


def by_step(t: Trace, theme: str) -> list[Scene]:
    return list(scenes(Stage(t, moments(t, "step"), theme=THEMES[theme])))


def test_it_plays_in_an_img(browser: Browser, tmp_path: Path) -> None:
    images = on_paper(list(scenes(Stage(lecture()))), "light")
    browser.image(drawn(lecture(), tmp_path, hold_ms=400, last_hold_ms=400))
    seen = []
    for _ in range(20):
        seen.append(shown(browser.shot(), images))
        time.sleep(0.05)
    changes = [image for place, image in enumerate(seen) if not place or image != seen[place - 1]]
    assert len(changes) >= 3
    steps = {(after - before) % len(images) for before, after in pairwise(changes)}
    assert steps <= {1, 2, 3}  # forward, even if a screenshot took long


def test_it_ends_on_the_last_image(browser: Browser, tmp_path: Path) -> None:
    images = on_paper(list(scenes(Stage(lecture()))), "light")
    browser.image(drawn(lecture(), tmp_path, hold_ms=20, last_hold_ms=20, loop=2))
    time.sleep(0.6)
    assert shown(browser.shot(), images) == len(images) - 1


def images_and_still() -> list[Scene]:
    """The images, and the finished graph behind them, in which nothing is going on any more."""
    stage = Stage(lecture())
    return [*scenes(stage), Painter(stage).image(finished(stage.trace))]


def test_who_wants_less_motion_sees_the_finished_graph(calm_browser: Browser, tmp_path: Path) -> None:
    images = on_paper(images_and_still(), "light")
    pixels = calm_browser.image(drawn(lecture(), tmp_path, hold_ms=600_000))
    assert shown(pixels, images) == len(images) - 1


def test_less_motion_is_heard_of_while_it_plays(browser: Browser, tmp_path: Path) -> None:
    images = on_paper(images_and_still(), "light")
    document = drawn(lecture(), tmp_path, hold_ms=600_000)
    assert shown(browser.open(document), images) == 0
    browser.page.emulate_media(reduced_motion="reduce")
    assert shown(browser.shot(), images) == len(images) - 1


@pytest.mark.parametrize("suffix", [".svg", ".gif"])
def test_a_page_shows_the_edition_that_suits_its_reader(browser: Browser, suffix: str) -> None:
    save(lecture(), browser.folder / f"L 1{suffix}", theme="both")
    page = snippet(f"L 1{suffix}", 'alt "text"')
    for scheme in ("light", "dark"):
        browser.page.emulate_media(color_scheme=scheme)
        corner = browser.open(page)[3, 3]
        assert "#{:02x}{:02x}{:02x}".format(*corner) == THEMES[scheme].background


def test_two_of_them_in_one_page_leave_each_other_alone(browser: Browser, tmp_path: Path) -> None:
    documents = [
        held(drawn(lecture(), tmp_path, theme="light", hold_ms=1000), 2500),
        held(drawn(reused(), tmp_path, theme="contrast", hold_ms=1000), 4500),
    ]
    page = browser.open("".join(f'<div style="height:420px">{document}</div>' for document in documents))
    for place, document in enumerate(documents):
        alone = browser.image(document)[:400, :900]
        beside = page[420 * place : 420 * place + 400, :900]
        assert (np.abs(beside - alone).max(axis=2) > 24).mean() < 1e-4


def test_a_pointer_on_it_pauses_it(browser: Browser, tmp_path: Path) -> None:
    browser.open(drawn(lecture(), tmp_path))
    state = 'getComputedStyle(document.querySelector("svg")).animationPlayState'
    assert browser.page.evaluate(state) == "running"
    browser.page.mouse.move(200, 150)
    assert browser.page.evaluate(state) == "paused"
