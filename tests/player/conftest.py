"""Opens pages in a real browser; whatever they ask for and every error they log fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browsing import chromium
from tests.player.reading import Opener
from tracer.outputs import html
from tracer.tracing import Trace


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Opens a trace, or any HTML, from disk; afterwards nothing may have been asked for and no error logged."""
    troubles: list[str] = []
    opened: list[Page] = []

    def open_(shown: Trace | str, address: str = "", **context: Any) -> Page:
        file = tmp_path / f"page{len(opened)}.html"
        file.write_text(shown if isinstance(shown, str) else html.page(shown), "utf-8")
        context.setdefault("viewport", {"width": 1280, "height": 900})
        page = browser.new_context(**context).new_page()
        page.set_default_timeout(5000)
        opened.append(page)
        page.on("request", lambda request: own(request.url) or troubles.append(f"request: {request.url}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("console", lambda message: message.type != "error" or troubles.append(f"console: {message.text}"))
        page.on("dialog", lambda dialog: troubles.append(f"dialog: {dialog.message}"))
        page.goto(f"{file.as_uri()}{address}")
        return page

    def own(url: str) -> bool:
        return url.startswith((tmp_path.as_uri(), "data:font/", "about:srcdoc"))

    yield open_
    for page in opened:
        page.context.close()
    assert troubles == []
