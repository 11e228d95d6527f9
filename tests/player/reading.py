"""What the tests of the player read off its page, and what Python says should be there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tracer import parse, trace
from tracer.drawing.scene import scenes
from tracer.drawing.shapes import Circle, Curve, Rect, Scene, Text
from tracer.drawing.stage import Stage
from tracer.drawing.theme import LIGHT
from tracer.formatting import card
from tracer.tracing import Trace
from tracer.wording import PICTURE, Wording

Opener = Callable[..., Page]

FIELDS = ("data", "grad")


EXAMPLES = {
    "lecture": ("e = a*b; d = e + c; L = d*f", {"a": 2, "b": -3, "c": 10, "f": -2}),
    "neuron": ("o = tanh(w1*x1 + w2*x2 + b)", {"x1": 2, "x2": 0, "w1": -3, "w2": 1, "b": 6.8813735870195432}),
    "accumulation": ("p = a*b; s = a + b; L = p*s", {"a": 3, "b": 4}),
    "cases": ("m = max(x, y); L = relu(m - 2) + x**2", {"x": 3, "y": 1}),
}


def example(name: str, **numbers: float) -> Trace:
    text, given = EXAMPLES[name]
    return trace(parse(text, **{**given, **numbers}))


READ = """() => {
  const root = document.querySelector(".tracer");
  const svg = [...root.querySelectorAll(".graph")].find((each) => each.getBoundingClientRect().width);
  const look = (element) => {
    const { fill, stroke, strokeWidth, fontWeight } = getComputedStyle(element);
    return { fill, stroke, weight: parseFloat(strokeWidth), bold: Number(fontWeight) > 500, text: element.textContent };
  };
  const by = (selector, key, inner) => Object.fromEntries(
    [...svg.querySelectorAll(selector)].map((element) => [
      element.dataset[key], [...element.querySelectorAll(inner)].map(look)]));
  const place = (element) => {
    const { e, f } = element.transform.baseVal.getItem(0).matrix;
    return [e, f];
  };
  const chips = [...svg.querySelectorAll(".chip")].map((chip) =>
    [chip.textContent, ...place(chip), chip.querySelector("rect").width.baseVal.value]);
  const places = Object.fromEntries([...svg.querySelectorAll(".card")].map((card) => [card.dataset.node, place(card)]));
  return {
    cards: by(".card", "node", "rect, text"),
    ops: by(".op", "node", "circle, rect, text"),
    lit: [...svg.querySelectorAll(".lit path")].map((path) => path.dataset.edge),
    plain: [...svg.querySelectorAll(".edges path")].map((path) => path.dataset.edge),
    chips,
    places,
  };
}"""


SNAPSHOT = """() => [".picture", ".caption", ".products", ".controls"].map((part) =>
  document.querySelector(part).outerHTML).join("")"""


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"


def assert_is_image(page: Page, scene: Scene, theme: Any = LIGHT) -> None:
    """Check that the player's picture is a Scene: its colours, weights, numbers, lit edges and chips."""
    found = page.evaluate(READ)
    for kind in ("card", "op"):
        for part in scene.parts:
            if not part.key.startswith(f"{kind}:"):
                continue
            # The names of the fields are drawn once for all cards of numbers.
            looks = [look for look in found[f"{kind}s"][part.key.partition(":")[2]] if look["text"] not in FIELDS]
            shapes = [shape for shape in part.shapes if not (isinstance(shape, Text) and shape.text in FIELDS)]
            assert len(looks) == len(shapes), part.key
            for look, shape in zip(looks, shapes, strict=True):
                assert look["fill"] == rgb(theme[shape.fill]), part.key
                if isinstance(shape, Text):
                    assert (look["text"], look["bold"]) == (shape.text, shape.bold), part.key
                if isinstance(shape, (Rect, Circle)):
                    assert look["stroke"] == rgb(theme[shape.stroke]), part.key
                    assert look["weight"] == pytest.approx(shape.stroke_width), part.key
    edges = [part for part in scene.parts if part.key.startswith("edge:")]
    lit = {part.key for part in edges for shape in part.shapes if isinstance(shape, Curve) and shape.stroke == "accent"}
    assert {f"edge:{key}" for key in found["lit"]} == lit
    assert {f"edge:{key}" for key in found["plain"]} == {part.key for part in edges}
    # A Scene with wider words has its graph elsewhere, but everything in it at the same distances.
    frames = {part.key: part.shapes[0] for part in scene.parts if part.key.startswith(("card:", "chip:"))}
    boxes = {key: shape for key, shape in frames.items() if isinstance(shape, Rect)}
    left, top = (boxes["card:0"].x - found["places"]["0"][0], boxes["card:0"].y - found["places"]["0"][1])
    for key, (x, y) in found["places"].items():
        assert (x + left, y + top) == pytest.approx((boxes[f"card:{key}"].x, boxes[f"card:{key}"].y), abs=0.2)
    texts = {part.key: part.shapes[1] for part in scene.parts if part.key.startswith("chip:")}
    chips = [
        (text.text, boxes[key].x + boxes[key].width / 2, boxes[key].y + boxes[key].height / 2, boxes[key].width)
        for key, text in texts.items()
        if isinstance(text, Text)
    ]
    assert len(chips) == len(found["chips"])
    for (words, *numbers), (text, x, y, width) in zip(sorted(chips), sorted(found["chips"]), strict=True):
        assert text == words
        assert (x + left, y + top, width) == pytest.approx(tuple(numbers), abs=0.3)


def caption(page: Page) -> str:
    return " ".join(page.locator(".caption").inner_text().split())


def told(t: Trace, at: int) -> str:
    """What the caption says of an image."""
    words = Wording(t, PICTURE)
    frame = t.frames[at - 1]
    text = f"{words.product(frame).text} {words.caption(frame)}"
    return " ".join(text.replace(PICTURE.divider, " · ").split())


def assert_shown(open_page: Opener, t: Trace) -> Page:
    """Check every image and caption; the page, at the last image."""
    page = open_page(t, reduced_motion="reduce")
    for at, scene in enumerate(scenes(Stage(t))):
        assert_is_image(page, scene)
        if at:
            assert caption(page) == told(t, at)
        page.keyboard.press("ArrowRight")
    return page


def position(page: Page) -> str:
    return page.locator(".scrubber").get_attribute("aria-valuenow") or ""


def numbers_on_cards(page: Page) -> dict[str, list[str]]:
    found: dict[str, list[str]] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".wide .card")].map((card) =>
             [card.dataset.node, [...card.querySelectorAll(".data, .grad")].map((each) => each.textContent)]))"""
    )
    return found


def expected_cards(t: Trace) -> dict[str, list[str]]:
    """What Python puts on the cards."""
    found = {}
    for each in t.graph.nodes:
        figures = [card(number).replace("-", "−") for number in (each.value, t.gradients.get(each.id, 0.0))]
        found[str(each.id)] = [] if each.kind == "constant" else figures
    return found


def give(page: Page, **numbers: float) -> None:
    """Type numbers into the fields of the inputs."""
    for name, number in numbers.items():
        page.get_by_role("spinbutton", name=name, exact=True).fill(repr(float(number)))


def places(page: Page, selector: str) -> list[dict[str, float]]:
    found = [element.bounding_box() for element in page.locator(selector).all() if element.is_visible()]
    return [dict(box) for box in found if box]
