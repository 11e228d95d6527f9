"""Every control and key of the player."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.player.reading import SNAPSHOT, Opener, example, position, rgb
from tracer import trace
from tracer.drawing.theme import DARK, LIGHT
from tracer.nn import MLP
from tracer.outputs import html

pytestmark = pytest.mark.browser


def test_buttons(open_page: Opener) -> None:
    page = open_page(example("lecture"))
    back, play, forward = (page.locator(f".{name}") for name in ("back", "play", "forward"))
    assert back.get_attribute("aria-disabled") == "true"
    forward.click()
    forward.click()
    assert position(page) == "2"
    assert back.get_attribute("aria-disabled") is None
    back.click()
    assert position(page) == "1"
    page.keyboard.press("End")
    assert forward.get_attribute("aria-disabled") == "true"
    forward.dispatch_event("click")
    assert position(page) == "7"
    expect(play).to_have_attribute("title", "Play (space)")


def test_playing_starts_paused_stops_at_the_end_and_starts_again(open_page: Opener) -> None:
    page = open_page("<title>wait</title>")
    page.clock.install()
    page.set_content(html.page(example("lecture")))
    page.clock.run_for(60_000)
    assert position(page) == "0"
    page.locator(".play").click()
    expect(page.locator(".play")).to_have_attribute("title", "Pause (space)")
    for at in range(1, 4):
        page.clock.run_for(1200)
        assert position(page) == str(at)
    page.locator(".play").click()
    page.clock.run_for(5000)
    assert position(page) == "3"
    page.locator(".speed").select_option("3")
    page.locator(".play").click()
    page.clock.run_for(400)
    assert position(page) == "4"
    page.keyboard.press("ArrowLeft")
    page.clock.run_for(5000)
    assert position(page) == "3", "stepping pauses"
    page.locator(".play").click()
    page.clock.run_for(1600)
    assert position(page) == "7"
    expect(page.locator(".play")).to_have_attribute("title", "Play (space)")
    page.locator(".play").click()
    page.clock.run_for(400)
    assert position(page) == "1"


def test_no_speed_changes_the_picture_more_than_three_times_a_second(open_page: Opener) -> None:
    page = open_page(example("lecture"))
    speeds = page.locator(".speed option").evaluate_all("options => options.map((each) => Number(each.value))")
    assert 1 in speeds
    assert all(1200 / speed >= 334 for speed in speeds)


def test_keys(open_page: Opener) -> None:
    page = open_page(example("lecture"))
    for key, expected in (("ArrowRight", "1"), ("End", "7"), ("ArrowLeft", "6"), ("Home", "0"), ("ArrowLeft", "0")):
        page.keyboard.press(key)
        assert position(page) == expected, key
    page.keyboard.press(" ")
    expect(page.locator(".play")).to_have_attribute("title", "Pause (space)")
    page.keyboard.press(" ")
    expect(page.locator(".play")).to_have_attribute("title", "Play (space)")
    page.keyboard.press("Control+ArrowRight")
    assert position(page) == "0"
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement === null")
    page.keyboard.press("p")
    assert page.locator(".predict").get_attribute("aria-checked") == "true"


def test_fields_keep_their_keys(open_page: Opener) -> None:
    page = open_page(example("lecture"))
    page.locator("input[type=number]").first.click()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("p")
    assert position(page) == "0"
    assert page.locator(".predict").get_attribute("aria-checked") == "false"
    page.locator("input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    assert position(page) == "0"
    page.locator(".forward").focus()
    page.keyboard.press(" ")
    assert position(page) == "1", "space presses the button that has the focus"


def test_the_bar(open_page: Opener) -> None:
    page = open_page(example("lecture"))
    bar = page.locator(".scrubber")
    assert [step.locator(".mark").count() for step in bar.locator(".step").all()] == [1, 1, 2, 2, 2]
    places = [mark.bounding_box() for mark in bar.locator(".mark").all()]
    middles = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in places if box]
    page.mouse.move(*middles[4])
    page.mouse.down()
    assert position(page) == "4"
    page.mouse.move(*middles[6])
    assert position(page) == "6"
    page.mouse.move(middles[7][0] + 500, middles[7][1] + 300)
    assert position(page) == "7"
    page.mouse.up()
    page.mouse.move(*middles[2])
    assert position(page) == "7"
    assert bar.get_attribute("aria-valuetext") == "7 of 7: dL/db = dL/de · de/db = −2.0 × 2.0 = −4.0"
    bar.focus()
    for key, expected in (("ArrowDown", "6"), ("ArrowUp", "7"), ("PageDown", "0"), ("PageUp", "7")):
        page.keyboard.press(key)
        assert position(page) == expected, key
    assert bar.locator(".mark.current").count() == 1
    assert bar.locator(".mark.past").count() == 7


def test_links_to_frames(open_page: Opener) -> None:
    page = open_page(example("lecture"), "#4", permissions=["clipboard-read", "clipboard-write"])
    assert position(page) == "4"
    page.evaluate("location.hash = '#6'")
    page.wait_for_function("document.querySelector('.scrubber').getAttribute('aria-valuenow') === '6'")
    page.evaluate("location.hash = '#<img>'")
    page.keyboard.press("ArrowLeft")
    assert position(page) == "5"
    page.locator(".copy").click()
    expect(page.locator(".notice")).to_have_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.endswith("page0.html#5")
    assert position(open_page(example("lecture"), "#400")) == "7"


def test_a_link_that_cannot_be_copied_is_in_the_address_bar(open_page: Opener) -> None:
    page = open_page(example("lecture"), "#3")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.keyboard.press("ArrowRight")
    page.locator(".copy").click()
    expect(page.locator(".notice")).to_have_text("The link is in the address bar")
    assert page.url.endswith("#4")


def test_the_rows_of_the_table_are_links(open_page: Opener) -> None:
    page = open_page(example("lecture"))
    page.locator("tbody a", has_text="6").click()
    assert position(page) == "6"
    assert page.url.endswith(".html"), "the page does not jump"


def test_the_table_follows_and_the_page_stays(open_page: Opener) -> None:
    page = open_page(trace(MLP(3, [4, 4, 1], seed=1)([2.0, 3.0, -1.0])), "#100")
    row, view = page.locator("tr[aria-current]").bounding_box(), page.locator(".scroll").bounding_box()
    assert row
    assert view
    assert view["y"] <= row["y"] <= view["y"] + view["height"]
    active, picture = page.locator(".card.active").bounding_box(), page.locator(".picture").bounding_box()
    assert active
    assert picture
    assert picture["x"] <= active["x"] <= picture["x"] + picture["width"]
    assert picture["y"] <= active["y"] <= picture["y"] + picture["height"]
    assert page.evaluate("[scrollX, scrollY]") == [0, 0]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_colours(open_page: Opener) -> None:
    page = open_page(example("lecture"), color_scheme="dark")
    background = "getComputedStyle(document.querySelector('.tracer')).backgroundColor"
    light, dark = rgb(LIGHT.background), rgb(DARK.background)
    seen = [page.evaluate(background)]
    for _ in range(3):
        page.locator(".theme").click()
        seen.append(page.evaluate(background))
    assert seen == [dark, light, dark, dark]
    expect(page.locator(".theme")).to_have_attribute("title", "Colours: as the system has them")
    page.emulate_media(color_scheme="light")
    assert page.evaluate(background) == light


def test_motion_only_for_those_who_like_it(open_page: Opener) -> None:
    duration = "getComputedStyle(document.querySelector('.card rect')).transitionDuration"
    assert open_page(example("lecture"), reduced_motion="reduce").evaluate(duration) == "0s"
    assert open_page(example("lecture"), reduced_motion="no-preference").evaluate(duration) != "0s"


def test_pointing_at_a_card_shows_the_way_of_its_gradient(open_page: Opener) -> None:
    page = open_page(example("accumulation"), "#4")
    before = page.evaluate(SNAPSHOT)
    page.locator(".wide .card", has_text=re.compile(r"^a")).hover()
    origins = page.locator(".origins")
    assert " ".join(origins.inner_text().split()) == (
        "The gradient of a has 2 contributions: dL/da = dL/ds · ds/da = 12.0 × 1.0 = 12.0 "
        "dL/da += dL/dp · dp/da = 7.0 × 4.0 = 28.0 12.0 + 28.0 = 40.0"
    )
    assert page.locator(".wide .edges .path").count() == 7
    assert page.locator(".wide .card.path").count() == 3
    assert page.locator(".origins .later").count() == 1
    page.mouse.move(0, 0)
    assert origins.is_hidden()
    assert page.evaluate(SNAPSHOT) == before


def test_cards_by_keyboard(open_page: Opener) -> None:
    page = open_page(example("lecture"), "#6")
    assert page.locator('.wide .card[tabindex="0"]').count() == 1
    page.locator('.wide .card[tabindex="0"]').focus()
    focused = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(focused) == "a: data 2.0, grad 6.0"
    expect(page.locator(".origins")).to_contain_text("The gradient of a has one contribution")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == "b: data −3.0, grad 0.0"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == "L: data −8.0, grad 1.0"
    page.keyboard.press("ArrowRight")
    assert position(page) == "7"
    page.keyboard.press("Escape")
    assert page.locator(".origins").is_hidden()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.graph')") is None
