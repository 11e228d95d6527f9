"""Notebooks: what a Trace and a Value show there, executed, converted to HTML and driven in a browser."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, expect

from tests.browsing import chromium
from tracer import Value, parse, trace
from tracer.outputs.notebook import trace_bundle, value_bundle

pytestmark = pytest.mark.filterwarnings("default")  # those of Jupyter are its own affair

FIRST = """from tracer import parse, trace
t = trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))
t"""
SECOND = 'trace(parse("p = a*b; s = a + b; L = p*s", a=3, b=4))'
THIRD = 'parse("a*b", a=2, b=3)'
TENSORS = """import torch
from tracer import trace
x, w = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.5], [-1.0]], requires_grad=True)
trace(lambda x, w: (x @ w).tanh().sum(), x, w)"""


@pytest.fixture(scope="module")
def notebook() -> Any:
    """A notebook with two players and a Value, executed."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in (FIRST, SECOND, THIRD)])
    return NotebookClient(notebook, timeout=120, kernel_name="python3").execute()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def test_a_bundle_has_something_for_every_place() -> None:
    data, metadata = trace_bundle(trace(parse("a*b", a=2, b=3)))
    assert list(data) == ["text/html", "image/png", "text/plain"]
    assert data["text/plain"] == "<Trace of L: 3 frames in 2 steps>"
    assert iio.imread(BytesIO(b64decode(data["image/png"]))).shape[1] == 1050
    assert metadata == {"image/png": {"width": 700}}
    assert data["text/html"].index("<img") < data["text/html"].index("<iframe")


def test_labels_are_data_in_bundles_too() -> None:
    out = Value(2.0, label='"><script>alert(1)</script>') * 3.0
    out.label = '"><script>alert(2)</script>'
    html = trace_bundle(trace(out))[0]["text/html"]
    assert "<script" not in html, "the page is inside an attribute"
    assert re.fullmatch(r'<div [^<>]*><img [^<>]*><iframe srcdoc="[^"]*"[^<>]*></iframe>\n</div>', html)


def test_a_value_shows_its_graph_and_keeps_its_gradients() -> None:
    out = parse("a*b", a=2, b=3)
    out.grad = 7.0
    data, _ = value_bundle(out)
    assert "<svg" in data["image/svg+xml"]
    assert "grad 7.0000" in data["image/svg+xml"]
    assert (data["text/plain"], out.grad) == ("Value(data=6.0)", 7.0)


def test_the_variables_of_the_notebook_name_what_a_value_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    x = Value(2.0)
    monkeypatch.setattr("__main__.width_of_it", x, raising=False)
    assert "width_of_it" in value_bundle(x * x)[0]["image/svg+xml"]


def test_what_is_too_large_to_draw_is_named() -> None:
    value = Value(1.0)
    for _ in range(500):
        value = value + 1.0
    assert list(trace_bundle(trace(value))[0]) == ["text/plain"]


@pytest.mark.browser
def test_outputs_of_cells(notebook: Any) -> None:
    first, second, third = (cell.outputs[0].data for cell in notebook.cells)
    assert {"text/html", "image/png", "text/plain"} == set(first) == set(second)
    assert {"image/svg+xml", "text/plain"} == set(third)


@pytest.mark.browser
def test_two_players_in_a_converted_notebook(notebook: Any, browser: Browser, tmp_path: Path) -> None:
    body, _ = HTMLExporter(template_name="basic").from_notebook_node(notebook)
    file = tmp_path / "notebook.html"
    file.write_text(f'<!doctype html><meta charset="utf-8"><title>notebook</title>{body}', "utf-8")
    context = browser.new_context(viewport={"width": 900, "height": 900})
    page = context.new_page()
    page.goto(file.as_uri())
    first, second = page.frame_locator("iframe >> nth=0"), page.frame_locator("iframe >> nth=1")
    first.locator(".forward").click()
    first.locator(".forward").click()
    second.locator(".forward").click()
    expect(first.locator(".scrubber")).to_have_attribute("aria-valuenow", "2")
    expect(second.locator(".scrubber")).to_have_attribute("aria-valuenow", "1")
    first.get_by_role("spinbutton", name="a", exact=True).fill("4")
    expect(first.locator(".wide .data").first).to_have_text("4.0000")
    expect(second.locator(".wide .data").first).to_have_text("3.0000")
    assert page.locator(".tracer-still").count() == 0, "the still goes when the player runs"
    context.close()


@pytest.mark.browser
def test_the_still_where_frames_are_taken_out(notebook: Any, browser: Browser, tmp_path: Path) -> None:
    html = notebook.cells[0].outputs[0].data["text/html"]
    file = tmp_path / "untrusted.html"
    file.write_text(re.sub(r"<iframe.*</iframe>", "", html, flags=re.DOTALL), "utf-8")
    context = browser.new_context()
    page = context.new_page()
    page.goto(file.as_uri())
    still = page.locator("img")
    assert still.evaluate("image => image.complete && image.naturalWidth") == 1050
    assert still.get_attribute("alt") == "<Trace of L: 7 frames in 4 steps>"
    context.close()


@pytest.mark.browser
def test_a_player_with_tensors_in_a_converted_notebook(browser: Browser, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(TENSORS)])
    executed = NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    body, _ = HTMLExporter(template_name="basic").from_notebook_node(executed)
    file = tmp_path / "tensors.html"
    file.write_text(f'<!doctype html><meta charset="utf-8"><title>notebook</title>{body}', "utf-8")
    context = browser.new_context(viewport={"width": 900, "height": 900})
    page = context.new_page()
    page.goto(file.as_uri())
    player = page.frame_locator("iframe")
    for _ in range(4):
        player.locator(".forward").click()
    expect(player.locator(".caption .formula")).to_contain_text("dL/dw = xᵀ @ dL/d(x @ w) = (2, 1) @ (1, 1) =")
    texts = player.locator(".wide .card", has=page.locator("text=2×1")).locator(".grad").all_text_contents()
    assert texts == ["0.1807", "0.3614"]
    context.close()
