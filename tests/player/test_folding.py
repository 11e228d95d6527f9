"""Folding and unfolding in the player: what is shown is what Python says of each view."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browsing import EVIL_LABELS
from tests.player.reading import Opener, assert_is_image, give, numbers_on_cards, position
from tests.test_gathering import large
from tracer import Trace, Value, group, trace
from tracer.drawing.scene import scenes
from tracer.drawing.stage import Stage
from tracer.drawing.theme import DARK
from tracer.nn import MLP
from tracer.outputs.html import fragment, page
from tracer.outputs.web import views

pytestmark = pytest.mark.browser


def network(*layers: int) -> Trace:
    L = MLP(2, layers, seed=1)([1.0, -2.0])
    L.label = "L"
    return trace(L)


def small() -> Trace:
    """Two groups, of which the graph is small enough to open unfolded."""
    x = Value(0.5, label="x")
    with group("first"):
        h = x * 2.0
        h.label = "h"
        p = h.tanh()
        p.label = "p"
    with group("second"):
        L = p * x
    L.label = "L"
    return trace(L)


def bar(opened: Page, name: str) -> None:
    opened.locator(".groups").get_by_role("button", name=name, exact=True).click()


def state(opened: Page) -> dict[str, str | None]:
    """The groups in the bar and whether they are unfolded."""
    found = opened.locator(".groups .group").all()
    return {button.get_attribute("data-opens") or "": button.get_attribute("aria-expanded") for button in found}


def assert_shows(opened: Page, expected: Trace) -> None:
    """Check that the page shows a trace: its title, its cards, and its table."""
    assert opened.locator(".wide .card").count() == len(expected.graph)
    shown = {name: numbers[0] for name, numbers in numbers_on_cards(opened).items() if numbers}
    for node in expected.graph.nodes:
        if node.shape == () and node.kind != "constant":
            figure = Stage(expected).figure(node.value)
            assert shown[str(node.id)] == figure
    assert opened.locator("tbody tr").count() == len(expected.frames) + 1
    assert opened.locator(".scrubber").get_attribute("aria-valuemax") == str(len(expected.frames))


def test_a_network_opens_folded_and_unfolds_by_click(open_page: Opener) -> None:
    t = network(2, 1)
    opened = open_page(t)
    assert_shows(opened, t.fold())
    assert state(opened) == {"layer1": "false", "layer2": "false"}
    opened.locator('.wide .card[aria-expanded][data-group="layer1"]').click()
    assert_shows(opened, t.fold(unfold="layer1"))
    assert state(opened) == {
        "layer1": "true", "layer2": "false", "layer1/neuron1": "false", "layer1/neuron2": "false"
    }  # fmt: skip
    bar(opened, "neuron2")
    assert_shows(opened, t.fold(unfold="layer1/neuron2"))
    bar(opened, "layer2")
    assert_shows(opened, t.fold(unfold="layer2"))
    bar(opened, "layer2")
    assert_shows(opened, t.fold())
    bar(opened, "Unfold all")
    assert_shows(opened, t)
    bar(opened, "Fold all")
    assert_shows(opened, t.fold())


def test_groups_unfold_with_the_keyboard(open_page: Opener) -> None:
    opened = open_page(network(2, 1))
    card = opened.locator('.wide .card[aria-expanded][data-group="layer2"]')
    assert (card.get_attribute("role"), card.get_attribute("aria-expanded")) == ("button", "false")
    assert (card.get_attribute("aria-label") or "").startswith("L: data ")
    card.focus()
    opened.keyboard.press("Enter")
    focused = opened.locator(".groups :focus")
    assert (focused.inner_text(), focused.get_attribute("aria-expanded")) == ("layer2", "true")
    opened.keyboard.press("Enter")
    assert opened.locator(".groups :focus").get_attribute("aria-expanded") == "false"
    opened.locator('.wide .card[aria-expanded][data-group="layer1"]').focus()
    opened.keyboard.press(" ")
    assert state(opened)["layer1"] == "true"
    assert opened.locator(".play.playing").count() == 0  # space has not started it as well


def test_every_frame_of_every_view_is_as_python_draws_it(open_page: Opener) -> None:
    t = small()
    opened = open_page(t, reduced_motion="reduce")
    for name, expected in (("Fold all", t.fold()), ("first", t.fold(unfold="first"))):
        bar(opened, name)
        opened.keyboard.press("Home")
        stage = Stage(expected)
        for scene in scenes(stage):
            found = without_sheets(opened)
            assert found  # there are cards of folded groups, whose sheets the Scene has as parts of their own
            assert_is_image(opened, scene)
            opened.keyboard.press("ArrowRight")


def test_a_folded_group_shows_all_its_results(open_page: Opener) -> None:
    t = network(2, 1)
    opened = open_page(t, reduced_motion="reduce")
    assert any(node.shape for node in t.fold().graph.nodes)
    for scene in scenes(Stage(t.fold())):
        without_sheets(opened)
        assert_is_image(opened, scene)
        opened.keyboard.press("ArrowRight")


def without_sheets(opened: Page) -> int:
    """Take the sheets and the signs of folded cards away, which are no part of the card in a Scene."""
    return int(
        opened.evaluate(
            """() => { const found = [...document.querySelectorAll(".sheets, .plus")];
                       for (const each of found) each.style.display = "none";
                       for (const each of document.querySelectorAll(".sheets")) each.remove();
                       return document.querySelectorAll("[data-group]").length; }"""
        )
    )


def test_the_place_is_kept_when_the_view_changes(open_page: Opener) -> None:
    t = network(2, 1)
    opened = open_page(t)
    folded = t.fold()
    layer1 = next(node.id for node in folded.graph.nodes if node.group == "layer1")
    [place] = [frame.index + 1 for frame in folded.frames if frame.target == layer1]
    for _ in range(place):
        opened.keyboard.press("ArrowRight")
    bar(opened, "Unfold all")
    # As far as the last contribution to what comes out of layer1.
    last = max(frame.index + 1 for frame in t.frames for origin in folded.origins[layer1] if frame.target == origin)
    assert position(opened) == str(last)
    bar(opened, "Fold all")
    assert position(opened) == str(place)
    opened.keyboard.press("End")
    bar(opened, "layer1")
    assert position(opened) == str(len(t.fold(unfold="layer1").frames))


def test_speed_and_predicting_go_on_in_another_view(open_page: Opener) -> None:
    opened = open_page(network(2, 1))
    opened.locator(".speed").select_option("2")
    opened.keyboard.press("ArrowRight")
    opened.locator(".predict").click()
    bar(opened, "layer1")
    assert opened.locator(".speed").input_value() == "2"
    assert opened.locator(".predict").get_attribute("aria-checked") == "true"
    assert position(opened) == "1"
    opened.keyboard.press("End")
    assert position(opened) == "1"  # what has to be predicted is still hidden


def test_folded_numbers_are_never_those_of_other_inputs(open_page: Opener) -> None:
    t = small()
    opened = open_page(t)
    give(opened, x=3.0)
    bar(opened, "Fold all")
    assert_shows(opened, t.fold())
    assert "what is folded is shown as it was traced" in opened.locator(".inputs").inner_text()
    bar(opened, "Unfold all")
    assert_shows(opened, t)
    give(opened, x=3.0)
    x = next(node.id for node in t.graph.nodes if node.label == "x")
    assert numbers_on_cards(opened)[str(x)][0] == "3.0000"


def test_a_folded_trace_opens_as_it_was_folded(open_page: Opener) -> None:
    t = network(2, 1)
    opened = open_page(t.fold("layer1/neuron2"))
    assert_shows(opened, t.fold("layer1/neuron2"))
    bar(opened, "Fold all")
    bar(opened, "As at first")
    assert_shows(opened, t.fold("layer1/neuron2"))


def test_two_players_in_one_post_fold_by_themselves(open_page: Opener) -> None:
    opened = open_page(f"<!doctype html><title>post</title>{fragment(network(2, 1))}{fragment(small())}")
    one, two = opened.locator("tracer-player").all()
    one.locator(".groups").get_by_role("button", name="layer1", exact=True).click()
    assert one.locator('.groups [aria-expanded="true"]').inner_text() == "layer1"
    assert two.locator(".wide .card").count() == len(small().graph)


def test_the_link_to_a_frame_comes_back_with_the_first_view(open_page: Opener) -> None:
    opened = open_page(network(2, 1))
    assert opened.locator(".copy").is_visible()
    bar(opened, "layer1")
    assert not opened.locator(".copy").is_visible()
    bar(opened, "Fold all")
    opened.keyboard.press("ArrowRight")
    opened.locator(".copy").click()
    assert opened.url.endswith("#1")


def test_folded_cards_work_on_a_phone_and_in_the_dark(open_page: Opener) -> None:
    t = network(2, 1)
    opened = open_page(t, viewport={"width": 390, "height": 800}, color_scheme="dark")
    opened.locator('.graph:visible .card[aria-expanded][data-group="layer1"]').click()
    assert state(opened)["layer1"] == "true"
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    colour = opened.evaluate("getComputedStyle(document.querySelector('.sheets rect')).fill")
    assert colour in {_rgb(DARK[role]) for role in ("card", "done", "active")}


def _rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"


@pytest.mark.parametrize("room", [4_000, 12_000])
def test_a_page_says_what_it_cannot_unfold(open_page: Opener, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    t = network(3, 1)
    monkeypatch.setattr(views, "_MOST_BYTES", room)
    opened = open_page(t)
    said = opened.locator(".groups .hint").inner_text()
    left_out = [path.replace("/", ".") for path, view in page_views(t) if not view]
    assert left_out
    for path in left_out:
        assert path in said
    everything = opened.locator(".groups").get_by_role("button", name="Unfold all").count() == 1
    assert everything == ("everything at once" not in said)
    offered = [path for path, view in page_views(t) if view]
    assert state(opened).keys() == {path for path in offered if "/" not in path}


def test_a_group_whose_gradients_cannot_be_added_up_stays_unfolded(open_page: Opener) -> None:
    t = large(2, between=True)
    opened = open_page(t)
    assert opened.locator(".wide .card").count() == len(t.graph)
    assert not opened.locator(".groups").is_visible()


def test_names_of_groups_are_only_ever_text(open_page: Opener) -> None:
    x = Value(0.5, label="x")
    names = [f"{label} {at}" for at, label in enumerate(EVIL_LABELS) if all(part.strip() for part in label.split("/"))]
    for name in names:
        with group(name):
            x = (x * 2.0).tanh() * 3.0
    opened = open_page(trace(x))
    count = opened.locator(".groups .group").count()
    assert count == len(names)
    for at in range(count):
        button = opened.locator(".groups .row").first.locator(".group").nth(at)
        label = button.get_attribute("data-opens")
        button.click()
        assert opened.locator(".groups :focus").get_attribute("data-opens") == label
    bar(opened, "Fold all")
    opened.locator(".wide .card[aria-expanded]").first.click()
    assert opened.locator('.groups [aria-expanded="true"]').count() >= 1


def page_views(t: Trace) -> list[list[str]]:
    import json
    import re

    [about] = re.findall(r'<script type="application/json" class="views">(.*?)</script>', page(t))
    found: list[list[str]] = json.loads(about)["groups"]
    return found


def test_a_trace_without_groups_has_no_bar(open_page: Opener) -> None:
    a = Value(2.0, label="a")
    opened = open_page(trace(a * a))
    assert not opened.locator(".groups").is_visible()
    assert "<template" not in page(trace(a * a)).split("shadowroot")[0]
