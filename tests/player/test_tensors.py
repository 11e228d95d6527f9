"""Traces with tensors, and those of other people's engines, in the player: everything as Python has it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browsing import EVIL_LABELS
from tests.player.reading import SNAPSHOT, Opener, assert_is_image, assert_shown, caption, position, told
from tracer import Value, trace
from tracer.drawing.scene import scenes
from tracer.drawing.stage import Stage
from tracer.drawing.theme import DARK
from tracer.sources.logbook import Assigned, Logbook
from tracer.tensors import Rule, Tensor
from tracer.tracing import Trace
from tracer.wording import PICTURE, Wording

# The warnings are JAX's own, about what it does itself.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

EXAMPLES = ("pytorch_linear", "pytorch_cross_entropy", "pytorch_lstm", "pytorch_attention", "jax_mlp")
LIBRARIES = {"pytorch": "torch", "jax": "jax"}


def example(name: str) -> Trace:
    """The trace of an example, as the example itself makes it."""
    pytest.importorskip(LIBRARIES[name.partition("_")[0]])
    module = import_module(name)
    if name == "pytorch_linear":
        return trace(module.loss, module.x, module.y, model=module.net)
    given = {key: getattr(module, key) for key in module.loss.__code__.co_varnames[: module.loss.__code__.co_argcount]}
    return trace(module.loss, *given.values(), **({"argnums": 0} if name == "jax_mlp" else {}))


@pytest.fixture(autouse=True)
def _examples() -> Iterator[None]:
    folder = str(Path(__file__).parents[2] / "examples")
    sys.path.insert(0, folder)
    yield
    sys.path.remove(folder)


def tensor(*rows: list[float], dtype: str = "float32") -> Tensor:
    return Tensor.of((len(rows), len(rows[0])), dtype, [number for row in rows for number in row])


def product(name: str = "W", *, large: int = 0) -> Trace:
    """y = x @ W, L = sum(y): one small product, or one with `large` columns, whose cards show summaries."""
    book = Logbook()
    columns = large or 2
    x = book.leaf("constant", tensor([1, 2], [0.5, -1]), "x", dtype="float32")
    w = book.leaf("parameter", Tensor.filled((2, columns), "float32", 0.5), name, dtype="float32")
    y = book.op("matmul", Tensor.of((2, columns), "float32", [1.5] * columns + [-0.25] * columns), (x, w), "y")
    output = book.op("sum", 1.25 * columns, (y,), "L", dtype="float32")
    ones = Tensor.filled((2, columns), "float32", 1.0)
    gradient = Tensor.of((2, columns), "float32", [1.5] * columns + [1.0] * columns)
    book.assign(None, Assigned.outright(output, 1.0))
    book.assign(output, Assigned(y, output, 0, 1.0, ones, ones, None, ones))
    rule = Rule(f"{{{x}}}ᵀ @ {{d{y}}}", "a matrix product hands on the other factor")
    book.assign(y, Assigned(w, y, 1, ones, rule, gradient, None, gradient))
    return book.trace(output, "product")


def chain(frames: int) -> Trace:
    """x + 1 + 1 ..., with so many frames, each of them a step."""
    value = Value(1.0, label="x")
    for _ in range(frames - 1):
        value = value + 1.0
    return trace(value)


def assert_tells(page_rows: list[str], t: Trace) -> None:
    """Check that the rows of the table are the words of the pictures."""
    words = Wording(t, PICTURE)
    assert page_rows[1:] == [" ".join(words.product(frame).text.split()) for frame in t.frames]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_image_is_the_scene_of_all_other_pictures(open_page: Opener, name: str) -> None:
    t = example(name)
    page = open_page(t, reduced_motion="reduce")
    snapshots = []
    for at, scene in enumerate(scenes(Stage(t))):
        assert position(page) == str(at)
        assert_is_image(page, scene)
        if at:
            assert caption(page) == told(t, at)
        snapshots.append(page.evaluate(SNAPSHOT))
        page.keyboard.press("ArrowRight")
    for snapshot in reversed(snapshots[:-1]):
        page.keyboard.press("ArrowLeft")
        assert page.evaluate(SNAPSHOT) == snapshot
    rows = page.locator("tbody tr p:first-child").all_inner_texts()
    assert_tells([" ".join(row.split()) for row in rows], t)


def test_in_the_dark_and_on_a_phone(open_page: Opener) -> None:
    t = product()
    dark = open_page(t, "#2", color_scheme="dark", reduced_motion="reduce")
    assert_is_image(dark, list(scenes(Stage(t)))[2], DARK)
    phone = open_page(t, "#3", viewport={"width": 390, "height": 844})
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    expect(phone.locator(".controls")).to_be_in_viewport()


def test_many_frames_fit_on_a_phone(open_page: Opener) -> None:
    """Up to 32 frames there is a dot for each, however narrow the screen is."""
    for width in (320, 390):
        page = open_page(chain(30), "#9", viewport={"width": width, "height": 844})
        assert page.locator(".mark").count() == 31
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_large_tensor_is_summed_up(open_page: Opener) -> None:
    t = product(large=40)
    page = assert_shown(open_page, t)
    card = page.locator('.wide .card[data-node="1"]')
    assert card.locator(".grad").all_text_contents() == ["min", "1.0", "max", "1.5", "mean", "1.25", "norm", "11.4018"]
    label = "W: data 2×40 from 0.5 to 0.5, mean 0.5, norm 4.4721, grad 2×40 from 1.0 to 1.5, mean 1.25, norm 11.4018"
    assert card.get_attribute("aria-label") == label


def test_inputs_that_cannot_be_changed_say_so(open_page: Opener) -> None:
    page = open_page(product())
    assert page.locator(".inputs").inner_text() == (
        "The inputs cannot be changed here: this page can compute with single numbers, but not with tensors."
    )
    assert page.locator("input:visible").count() == 0


def test_predicting_an_entry(open_page: Opener) -> None:
    page = open_page(product(), "#1")
    page.locator(".predict").click()
    verdict, prompt = page.locator(".verdict"), page.locator(".prompt")
    entries = page.locator('.wide .card[data-node="2"] .grad')
    assert entries.all_text_contents() == ["?"] * 4

    def guess(text: str) -> str:
        page.locator(".guess").fill(text)
        page.keyboard.press("Enter")
        return verdict.inner_text()

    assert prompt.inner_text() == "dL/dy[0, 1] = ?"
    assert guess("1") == "Right: dL/dy[0, 1] = 1.0."
    assert entries.all_text_contents() == ["1.0"] * 4
    assert prompt.inner_text() == "dL/dW[1, 0] = ?"
    assert guess("-1") == "Not quite: dL/dW[1, 0] = 1.0, not −1.0. The sign is the wrong way round."
    assert page.locator(".score").inner_text() == "1 of 2 right"


def test_predicting_a_shape(open_page: Opener) -> None:
    page = open_page(product(large=40), "#2")
    page.locator(".predict").click()
    assert page.locator(".prompt").inner_text() == "the shape of dL/dW = ?"
    values = page.locator('.wide .card[data-node="1"] .grad').all_text_contents()
    assert values == ["min", "?", "max", "?", "mean", "?", "norm", "?"]
    page.locator(".guess").fill("wide")
    page.keyboard.press("Enter")
    assert page.locator(".verdict").inner_text() == "Type a shape, such as 2×3."
    page.locator(".guess").fill("(40, 2)")
    page.keyboard.press("Enter")
    assert page.locator(".verdict").inner_text() == (
        "Not quite: dL/dW is 2×40, not 40×2. That is its transpose. A gradient has the shape of its value."
    )


@pytest.mark.parametrize("evil", EVIL_LABELS)
def test_labels_are_shown_as_they_are(open_page: Opener, evil: str) -> None:
    t = product(evil)
    page = open_page(t, "#3")
    assert page.locator(".wide .card .label").nth(1).text_content() == Stage(t).labels[1]
    page.locator(".wide .card").nth(1).hover()
    page.keyboard.press("p")
    assert page.locator("script").count() == 2


def test_the_page_is_whole_without_javascript(open_page: Opener) -> None:
    t = product()
    page = open_page(t, java_script_enabled=False)
    assert page.locator(".wide .card").nth(1).locator(".grad").all_text_contents() == ["1.5", "1.5", "1.0", "1.0"]
    told_last = "dL/dW = xᵀ @ dL/dy = (2, 2) @ (2, 2) = [[1.5, 1.5], [1.0, 1.0]]"
    expect(page.locator("tbody tr").last).to_contain_text(told_last)
