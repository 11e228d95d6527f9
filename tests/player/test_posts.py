"""The player in a post: as a fragment, twice on a page, and in a frame."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.player.reading import Opener, example
from tracer.outputs import html

pytestmark = pytest.mark.browser


def _post(*fragments: str) -> str:
    body = "".join(f"<article>{fragment}</article>" for fragment in fragments)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>post</title>'
        "<style>button { display: none !important } p { font-size: 60px } * { letter-spacing: 9px }</style>"
        f"<main><h1>Post</h1>{body}<button id=other style='display:block!important'>x</button></main></html>"
    )


def test_fragments_stand_twice_on_a_page(open_page: Opener) -> None:
    first, second = html.fragment(example("lecture")), html.fragment(example("neuron"))
    page = open_page(_post(first, second, first.replace("<tracer-player>", '<tracer-player frame="4">')))
    players = page.locator("tracer-player")
    assert players.count() == 3
    at = [players.nth(number).locator(".scrubber") for number in range(3)]
    assert [bar.get_attribute("aria-valuenow") for bar in at] == ["0", "0", "4"]
    players.nth(1).locator(".forward").click()
    page.keyboard.press("ArrowRight")
    assert [bar.get_attribute("aria-valuenow") for bar in at] == ["0", "2", "4"]
    players.nth(1).get_by_role("spinbutton", name="b", exact=True).fill("5.5")
    assert players.nth(1).locator(".wide .data").last.text_content() == "−0.4621"
    page.locator("#other").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("p")
    assert [bar.get_attribute("aria-valuenow") for bar in at] == ["0", "2", "4"], "keys elsewhere are not for players"
    assert players.nth(0).locator(".play").is_visible(), "the page's styles stay outside"
    assert players.nth(0).locator(".why").first.evaluate("p => parseFloat(getComputedStyle(p).fontSize)") < 30
    players.nth(0).get_by_role("spinbutton", name="a", exact=True).fill("9")
    assert players.nth(2).get_by_role("spinbutton", name="a", exact=True).input_value() == "2"
    players.nth(2).locator("tbody a").nth(7).click()
    assert at[2].get_attribute("aria-valuenow") == "7"
    assert page.url.endswith(".html")
    assert players.nth(0).locator(".copy").is_hidden()


def test_a_fragment_that_a_script_puts_into_the_page(open_page: Opener) -> None:
    page = open_page(_post(html.fragment(example("lecture"))))
    page.evaluate(
        """markup => {
          const place = document.createElement("div");
          place.innerHTML = markup;
          document.body.append(place);
        }""",
        html.fragment(example("accumulation")),
    )
    last = page.locator("tracer-player").last
    last.locator(".forward").click()
    assert last.locator(".scrubber").get_attribute("aria-valuenow") == "1"


def test_a_fragment_has_the_pages_font(open_page: Opener) -> None:
    page = open_page(_post(html.fragment(example("lecture"))))
    page.evaluate("document.fonts.ready")
    family = page.locator(".tracer").evaluate("element => getComputedStyle(element).fontFamily.split(',')[0]")
    loaded = page.evaluate("[...document.fonts].filter((each) => each.status === 'loaded').map((each) => each.family)")
    assert family in loaded


def test_frames_in_a_post(open_page: Opener, tmp_path: Path) -> None:
    (tmp_path / "L.html").write_text(html.page(example("lecture")), "utf-8")
    page = open_page(_post(html.iframe(example("accumulation")), html.iframe(example("lecture"), source="L.html#3")))
    whole, linked = page.frame_locator("iframe >> nth=0"), page.frame_locator("iframe >> nth=1")
    whole.locator(".forward").click()
    assert whole.locator(".scrubber").get_attribute("aria-valuenow") == "1"
    page.locator("iframe").nth(1).scroll_into_view_if_needed()
    assert linked.locator(".scrubber").get_attribute("aria-valuenow") == "3"
    assert whole.locator(".copy").is_hidden()
    inner = whole.locator("main").evaluate("element => element.offsetHeight")
    outer = page.locator("iframe").nth(0).evaluate("element => element.offsetHeight")
    assert outer == inner
    assert page.locator("article").first.inner_text() is not None
