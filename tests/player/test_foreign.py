"""Other people's scalar engines in the player: what they computed is shown as it was, and no number is made up."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.engines import Buggy, Lecture
from tests.player.reading import Opener, assert_shown, give, numbers_on_cards
from tracer import trace
from tracer.tracing import Trace

pytestmark = pytest.mark.browser


class Softsign(Lecture):
    """An engine with an op that the op table does not have."""

    def softsign(self) -> Any:
        out = type(self)(self.data / (1 + abs(self.data)), (self,), "softsign")

        def _backward() -> None:
            self.grad += (1 + abs(self.data)) ** -2 * out.grad

        out._backward = _backward
        return out


def twice(engine: Any) -> Trace:
    """L = a·b·a: a is used twice, which an engine with `=` for `+=` gets wrong."""
    a, b = engine(3.0, label="a"), engine(4.0, label="b")
    p = a * b
    p.label = "p"
    out = p * a
    out.label = "L"
    return trace(out)


def test_an_engine_that_is_right_can_be_given_other_inputs(open_page: Opener) -> None:
    page = assert_shown(open_page, twice(Lecture))
    give(page, a=2.0)
    assert numbers_on_cards(page)["0"] == ["2.0000", "16.0000"]


def test_a_backward_with_a_bug_is_shown_as_it_is(open_page: Opener) -> None:
    t = twice(Buggy)
    assert any(frame.verdict == "wrong" for frame in t.frames)
    page = assert_shown(open_page, t)
    expect(page.locator(".fixed")).to_contain_text("The inputs cannot be changed here")
    assert page.locator(".caption .wrong").count() or page.locator("tr.wrong").count()


def test_an_op_that_nobody_knows(open_page: Opener) -> None:
    x = Softsign(0.5, label="x")
    out = x.softsign() * 2.0
    out.label = "L"
    page = assert_shown(open_page, trace(out))
    expect(page.locator(".fixed")).to_have_text(
        "The inputs cannot be changed here: this page does not know how to compute softsign."
    )
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("p")
    page.locator(".guess").fill("2")
    page.keyboard.press("Enter")
    assert page.locator(".verdict").inner_text() == "Right: dL/d(softsign(x)) = 2.0."
