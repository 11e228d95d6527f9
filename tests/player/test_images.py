"""The images of the player: the same as all other pictures, forward and back, with and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browsing import EVIL_LABELS
from tests.player.reading import EXAMPLES, SNAPSHOT, Opener, assert_is_image, caption, example, position, rgb, told
from tracer import Value, recording, trace
from tracer.drawing.scene import scenes
from tracer.drawing.stage import Stage
from tracer.drawing.theme import DARK, LIGHT
from tracer.nn import MLP
from tracer.outputs import html

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_image_is_the_scene_of_all_other_pictures(open_page: Opener, name: str) -> None:
    t = example(name)
    page = open_page(t, reduced_motion="reduce")
    for at, scene in enumerate(scenes(Stage(t))):
        assert_is_image(page, scene)
        assert position(page) == str(at)
        if at:
            assert caption(page) == told(t, at)
        current = page.locator("tr[aria-current] th").inner_text()
        assert current == str(at)
        page.keyboard.press("ArrowRight")


def test_dark_colours_are_those_of_the_dark_theme(open_page: Opener) -> None:
    t = example("lecture")
    page = open_page(t, "#6", color_scheme="dark", reduced_motion="reduce")
    assert_is_image(page, list(scenes(Stage(t)))[6], DARK)


@pytest.mark.parametrize("name", EXAMPLES)
def test_to_the_end_and_back_is_where_it_began(open_page: Opener, name: str) -> None:
    page = open_page(example(name))
    page.evaluate("document.fonts.ready")
    first = page.evaluate(SNAPSHOT)
    count = int(page.locator(".scrubber").get_attribute("aria-valuemax") or 0)
    for _ in range(count):
        page.keyboard.press("ArrowRight")
    last = page.evaluate(SNAPSHOT)
    assert last != first
    for _ in range(count):
        page.keyboard.press("ArrowLeft")
    assert page.evaluate(SNAPSHOT) == first
    page.keyboard.press("End")
    assert page.evaluate(SNAPSHOT) == last


WITHOUT_ROLES = """() => {
  const copy = document.querySelector(".wide").cloneNode(true);
  for (const card of copy.querySelectorAll(".card")) {
    for (const name of ["role", "tabindex", "aria-label"]) card.removeAttribute(name);
  }
  return copy.innerHTML.replace(/-?[0-9.]+/g, (number) => Math.round(number));
}"""


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_last_image_is_what_is_seen_without_javascript(open_page: Opener, name: str) -> None:
    with_it = open_page(example(name), "#99")
    static = open_page(html.page(example(name)).replace('<script type="module">', '<script type="text/plain">'))
    assert with_it.evaluate(WITHOUT_ROLES) == static.evaluate(WITHOUT_ROLES)


def test_without_javascript_there_is_the_whole_story_and_no_dead_button(open_page: Opener) -> None:
    page = open_page(example("lecture"), java_script_enabled=False, viewport={"width": 360, "height": 700})
    assert page.locator("button:visible, input:visible, select:visible, [role=slider]:visible").count() == 0
    assert page.locator(".graph").is_visible()
    assert page.locator("tbody tr").count() == 8
    expect(page.locator("tbody tr").last).to_be_visible()
    expect(page.locator("tbody tr").nth(6)).to_contain_text("dL/da = dL/de · de/da = −2.0 × −3.0 = 6.0")
    expect(page.locator("h1")).to_have_text("L = (a × b + c) × f")


def test_gradients_assigned_by_hand(open_page: Opener) -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    out = a * b
    out.label = "L"
    with recording(out) as t:
        out.grad = 1.0
        a.grad = 5.0
        b.grad = 2.0
    page = open_page(t, reduced_motion="reduce")
    assert page.locator(".inputs").inner_text() == (
        "The inputs cannot be changed here: the gradients were assigned by code that this page cannot run."
    )
    for at, scene in enumerate(scenes(Stage(t))):
        assert_is_image(page, scene)
        if at:
            assert caption(page) == told(t, at)
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert "should be" in caption(page)
    colour = page.locator(".caption .why").evaluate("element => getComputedStyle(element).color")
    assert colour == rgb(LIGHT.wrong)


@pytest.mark.parametrize("evil", EVIL_LABELS)
def test_labels_are_shown_as_they_are(open_page: Opener, evil: str) -> None:
    out = Value(2.0, label=evil) * Value(3.0, label="b")
    page = open_page(trace(out), "#2")
    shown = Stage(trace(out)).labels[0]
    assert page.locator(".wide .card .label").first.text_content() == shown
    page.locator(".wide .card").first.hover()
    page.locator("input[type=number]").first.fill("5")
    assert page.locator("script").count() == 2


def test_the_narrow_picture_is_the_scene_that_runs_down(open_page: Opener) -> None:
    t = example("lecture")
    page = open_page(t, "#6", viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    assert_is_image(page, list(scenes(Stage(t, direction="TB")))[6])


def test_a_graph_that_is_too_large_can_be_seen_as_a_whole(open_page: Opener) -> None:
    page = open_page(trace(MLP(3, [4, 4, 1], seed=1)([2.0, 3.0, -1.0])))
    page.get_by_role("button", name="Unfold all").click()
    page.locator(".fit").click()
    assert page.locator(".picture").evaluate("e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight")
    page.locator(".fit").click()
    assert page.locator(".picture").evaluate("e => e.scrollWidth > e.clientWidth")
    assert open_page(example("lecture")).locator(".fit").is_hidden()


def test_large_graphs_stay_quick(open_page: Opener) -> None:
    page = open_page(trace(MLP(3, [4, 4, 1], seed=1)([2.0, 3.0, -1.0])))
    page.get_by_role("button", name="Unfold all").click()
    took = page.evaluate(
        """() => {
          const start = performance.now();
          for (let step = 0; step < 50; step += 1) {
            document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
          }
          return (performance.now() - start) / 50;
        }"""
    )
    assert position(page) == "50"
    assert took < 50, f"a step takes {took} ms"
