"""Predict, then reveal: played right and wrong."""

from __future__ import annotations

import re

import pytest

from tests.player.reading import Opener, caption, example, position, told

pytestmark = pytest.mark.browser


def test_predicting(open_page: Opener) -> None:
    page = open_page(example("accumulation"))
    page.locator(".predict").click()
    question, verdict, score = (page.locator(f".{part}") for part in ("question", "verdict", "score"))
    assert question.is_visible()
    assert page.evaluate("document.activeElement.className") == "guess"
    assert page.locator(".prompt").inner_text() == "dL/dL = ?"
    assert page.locator("tr.unseen").count() == 7

    def guess(text: str) -> str:
        page.locator(".guess").fill(text)
        page.keyboard.press("Enter")
        return verdict.inner_text()

    assert guess("1") == "Right: dL/dL = 1.0."
    assert position(page) == "1"
    assert caption(page) == told(example("accumulation"), 1)
    assert guess("seven") == "Type a number, such as −2 or 0.5."
    assert page.locator(".guess").get_attribute("aria-invalid") == "true"
    assert guess("−7") == "Not quite: dL/dp = 7.0, not −7.0. The sign is the wrong way round."
    assert score.inner_text() == "1 of 2 right"
    page.locator(".reveal").click()
    assert verdict.inner_text() == "dL/ds = 12.0."
    assert score.inner_text() == "1 of 2 right, 1 shown"
    assert guess("12") == "Right: dL/da = 12.0."
    assert guess("12.05") == "Right: dL/db = 12.0."
    assert page.locator(".prompt").inner_text() == "dL/da = ? (12.0 so far)"
    assert guess("28") == (
        "Not quite: dL/da = 40.0, not 28.0. 28.0 is what this frame adds; the 12.0 from before is still there."
    )
    assert guess("33") == "Right: dL/db = 33.0."
    assert page.locator(".prompt").inner_text() == "that was the last one."
    assert score.inner_text() == "4 of 6 right, 1 shown"
    assert page.locator(".guess").is_hidden()
    page.locator(".predict").click()
    assert question.is_hidden()


def test_what_is_to_be_predicted_stays_hidden(open_page: Opener) -> None:
    page = open_page(example("lecture"), "#5")
    page.keyboard.press("p")
    page.keyboard.press("Tab")
    page.locator(".picture").focus()
    for key in ("ArrowRight", "End"):
        page.keyboard.press(key)
        assert position(page) == "5"
    page.locator(".scrubber .mark").last.click()
    assert position(page) == "5"
    page.locator("tbody a").last.click()
    assert position(page) == "5"
    assert not re.search(r"(?<![−0-9])6\.0", page.locator("main").inner_text())
    a = page.locator(".wide .card", has_text=re.compile("^a"))
    a.hover()
    assert "dL/da = ?" in page.locator(".origins").inner_text()
    assert a.get_attribute("aria-label") == "a: data 2.0, grad unknown"
    assert a.locator(".grad").text_content() == "?"
    page.mouse.move(0, 0)
    page.keyboard.press("ArrowLeft")
    assert position(page) == "4"
    assert page.locator(".guess").is_hidden()
    page.keyboard.press("ArrowRight")
    assert page.locator(".guess").is_visible()
    page.keyboard.press("p")
    page.keyboard.press("End")
    assert position(page) == "7"
