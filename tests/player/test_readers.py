"""Readers with a phone, in a blog column, on a projector, with a screen reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from tests.player.reading import Opener, example, places
from tests.player.test_tensors import product

pytestmark = pytest.mark.browser

VIOLATIONS = (
    "axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations.map((each) => each.id))"
)


def test_on_a_phone(open_page: Opener) -> None:
    page = open_page(example("lecture"), "#4", viewport={"width": 360, "height": 740}, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    row = places(page, ".controls > button, .scrubber")
    assert len({round(box["y"] + box["height"] / 2) for box in row}) == 1
    assert all(box["height"] >= 44 for box in row)
    assert all(box["width"] >= 44 and box["height"] >= 44 for box in places(page, "button:not(.plain)"))
    assert row[0]["y"] + 44 <= 740, "the controls are on the first screen"
    assert page.locator(".tall").is_visible()
    assert page.locator(".wide").is_hidden()
    scale = page.locator(".tall").evaluate("svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width")
    assert 12 * scale >= 10
    assert page.locator(".speed").is_hidden()
    page.locator(".more").tap()
    assert page.locator(".speed").is_visible()
    page.locator(".predict").tap()
    page.keyboard.press("Escape")
    assert page.locator(".speed").is_hidden()
    page.locator(".tall .card").first.tap()
    assert page.locator(".origins").is_visible()


def test_in_a_blog_column_and_on_a_projector(open_page: Opener) -> None:
    column = open_page(example("lecture"), viewport={"width": 700, "height": 800})
    assert column.evaluate("document.documentElement.scrollWidth") == 700
    assert places(column, ".controls")[0]["height"] < 50, "one row"
    projector = open_page(example("lecture"), "#6", viewport={"width": 1920, "height": 1080})
    assert projector.evaluate("[innerWidth, innerHeight].join() === [document.documentElement.scrollWidth, "
                              "document.documentElement.scrollHeight].join()")  # fmt: skip
    size = "parseFloat(getComputedStyle(document.querySelector('.formula')).fontSize)"
    assert projector.evaluate(size) > 32 > 20 < column.evaluate(size)
    (show,), (aside,) = places(projector, ".show"), places(projector, ".aside")
    assert show["x"] + show["width"] <= aside["x"]


def test_nothing_moves_when_the_words_change(open_page: Opener) -> None:
    for width in (360, 700, 1280):
        page = open_page(example("cases"), viewport={"width": width, "height": 800})
        page.evaluate("document.fonts.ready")
        stood = set()
        for _ in range(9):
            stood.add(tuple(places(page, ".controls")[0].values()))
            page.keyboard.press("ArrowRight")
        assert len(stood) == 1, f"at {width} px the controls stand at {stood}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_accessibility_violation_with_tensors(open_page: Opener, scheme: str) -> None:
    for width, columns in ((390, 0), (1280, 40)):
        viewport = {"width": width, "height": 800}
        page = open_page(product(large=columns), "#2", color_scheme=scheme, viewport=viewport, bypass_csp=True)
        page.evaluate(Path(AXE_FILE_PATH).read_text("utf-8"))
        assert page.evaluate(VIOLATIONS) == []
        page.locator(".card:visible").nth(1).focus()
        assert page.evaluate(VIOLATIONS) == []
        page.keyboard.press("Escape")
        page.keyboard.press("p")
        assert page.evaluate(VIOLATIONS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_accessibility_violation(open_page: Opener, scheme: str, width: int) -> None:
    page = open_page(
        example("accumulation"), "#6", color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True
    )
    page.evaluate(Path(AXE_FILE_PATH).read_text("utf-8"))
    assert page.evaluate(VIOLATIONS) == []
    page.keyboard.press("p")
    page.locator(".reveal").click()
    page.locator(".card:visible").first.focus()
    assert page.evaluate(VIOLATIONS) == []
    page.locator("input[type=number]").first.fill("")
    assert page.evaluate(VIOLATIONS) == []


def test_what_a_screen_reader_is_told(open_page: Opener) -> None:
    page = open_page(example("lecture"), "#6")
    assert page.locator(".caption").get_attribute("aria-live") == "polite"
    for name in ("Step back (←)", "Play (space)", "Step forward (→)", "Full screen (F)", "Copy link to this frame"):
        assert page.get_by_role("button", name=name, exact=True).count() == 1, name
    assert page.get_by_role("combobox", name="Speed").count() == 1
    assert page.get_by_role("switch", name="Predict").count() == 1
    assert page.get_by_role("slider", name="Frame").get_attribute("aria-valuetext") == (
        "6 of 7: dL/da = dL/de · de/da = −2.0 × −3.0 = 6.0"
    )
    assert page.get_by_role("heading", level=1).inner_text() == "L = (a × b + c) × f"
    assert page.get_by_role("spinbutton").count() == 4
