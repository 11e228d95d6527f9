"""Live inputs: whatever number the reader gives, the player shows what Python would."""

from __future__ import annotations

import random

import pytest
from playwright.sync_api import expect

from tests.player.reading import SNAPSHOT, Opener, caption, example, expected_cards, give, numbers_on_cards, told
from tracer import Value, parse, trace
from tracer.errors import DomainError
from tracer.ops import OPS, Op
from tracer.value import method_name
from tracer.wording import PICTURE, Wording

pytestmark = pytest.mark.browser


def test_live_inputs_change_everything_at_once(open_page: Opener) -> None:
    page = open_page(example("lecture"), "#7")
    give(page, a=4, f=0.5)
    changed = example("lecture", a=4, f=0.5)
    assert numbers_on_cards(page) == expected_cards(changed)
    for at in range(7, 0, -1):
        assert caption(page) == told(changed, at)
        page.keyboard.press("Escape")
        page.locator(".back").click()
    assert caption(page).startswith("L = −1.0")
    rows = page.locator("tbody tr p:first-child").all_inner_texts()
    words = Wording(changed, PICTURE)
    assert [" ".join(row.split()) for row in rows[1:]] == [
        " ".join(words.product(frame).text.split()) for frame in changed.frames
    ]


def test_sliders_and_reset(open_page: Opener) -> None:
    page = open_page(example("lecture"), "#7")
    before = page.evaluate(SNAPSHOT)
    slider = page.get_by_role("slider", name="a, slider")
    slider.fill("4.05")
    assert page.get_by_role("spinbutton", name="a", exact=True).input_value() == "4.05"
    assert numbers_on_cards(page)["0"][0] == "4.0500"
    slider.press("ArrowRight")
    assert numbers_on_cards(page)["0"][0] == "4.1000"
    page.get_by_role("button", name="Reset").click()
    assert page.evaluate(SNAPSHOT) == before
    assert slider.input_value() == "2"
    expect(page.get_by_role("button", name="Reset")).to_be_disabled()


def test_an_empty_field_changes_nothing(open_page: Opener) -> None:
    page = open_page(example("lecture"), "#7")
    field = page.get_by_role("spinbutton", name="a", exact=True)
    field.fill("")
    assert numbers_on_cards(page)["0"][0] == "2.0000"
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("5")
    assert (numbers_on_cards(page)["0"][0], field.get_attribute("aria-invalid")) == ("5.0000", None)


def _program(op: Op, numbers: tuple[float, ...]) -> Value:
    """3 * op(a, b) with labels, so that the upstream gradient is not 1."""
    operands = [Value(number, label=letter) for letter, number in zip("ab", numbers, strict=False)]
    made: Value = getattr(Value, method_name(op))(*operands)
    made.label = "y"
    out = made * 3.0
    out.label = "L"
    return out


# Kinks and edges of domains among them.


KINKS = (0.0, 1.0, -1.0, 2.0, 1000.0, -1000.0, 1e-5)


TYPE_ALL = """cases => cases.map((numbers) => {
  const root = document.querySelector(".tracer");
  root.querySelector(".head button").click();
  numbers.forEach((number, place) => {
    const field = root.querySelectorAll("input[type=number]")[place];
    field.value = number;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const cards = [...root.querySelectorAll(".wide .card")].map((card) =>
    [card.dataset.node, [...card.querySelectorAll(".data, .grad")].map((each) => each.textContent)]);
  const refused = root.querySelector(".refused");
  const said = root.querySelector(".caption").innerText;
  return [Object.fromEntries(cards), said, refused.hidden ? "" : refused.textContent];
})"""


@pytest.mark.parametrize("name", OPS)
def test_live_inputs_agree_with_python(open_page: Opener, name: str) -> None:
    op = OPS[name]
    draw = random.Random(name)
    page = open_page(trace(_program(op, (1.5, 2.5)[: op.arity])), "#99")
    cases = [tuple(draw.choice(KINKS) for _ in op.locals) for _ in range(20)]
    cases += [(number,) * op.arity for number in KINKS]
    cases += [tuple(round(draw.uniform(-3, 3), 4) for _ in op.locals) for _ in range(20)]
    for numbers, (cards, said, refused) in zip(cases, page.evaluate(TYPE_ALL, cases), strict=True):
        try:
            changed = trace(_program(op, numbers))
        except DomainError:
            changed = None
        if changed is None:
            assert refused.startswith(f"{op.written} has no finite result for a = "), f"{name}{numbers}"
            continue
        assert refused == "", f"{name}{numbers}: {refused}"
        assert cards == expected_cards(changed), f"{name}{numbers}"
        assert " ".join(said.split()) == told(changed, len(changed.frames)), f"{name}{numbers}"


def test_a_number_outside_a_domain_is_refused_in_words(open_page: Opener) -> None:
    page = open_page(trace(parse("log(x)*k", x=1, k=2)), "#99")
    give(page, x=-1)
    assert page.get_by_role("alert").inner_text() == (
        "log(a) has no finite result for x = −1.0: the input must be above 0. "
        "The graph shows the last numbers that work."
    )
    field = page.get_by_role("spinbutton", name="x", exact=True)
    assert field.get_attribute("aria-invalid") == "true"
    assert numbers_on_cards(page)["0"][0] == "1.0000"
    give(page, x=4)
    assert page.locator(".refused").is_hidden()
    assert field.get_attribute("aria-invalid") is None
    assert numbers_on_cards(page)["0"][0] == "4.0000"


def test_numbers_that_are_too_wide_stay_on_their_cards(open_page: Opener) -> None:
    page = open_page(example("lecture"), "#7")
    give(page, b=-12345.678, f=98765.4321)
    for each in page.locator(".wide .card").all():
        frame, number = each.locator("rect").bounding_box(), each.locator(".data").bounding_box()
        assert frame
        assert number
        assert frame["x"] < number["x"]
        assert number["x"] + number["width"] < frame["x"] + frame["width"]


def test_a_graph_of_one_value(open_page: Opener) -> None:
    page = open_page(trace(Value(3.0, label="x")))
    page.keyboard.press("ArrowRight")
    assert caption(page).startswith("dx/dx = 1.0")
    give(page, x=5)
    assert numbers_on_cards(page) == {"0": ["5.0000", "1.0000"]}
