"""Where the tests of the web player find Node.js and Chromium, and how they start them.

Playwright comes with a Node.js of its own; of browsers, the Chromium of the system is used. Tests skip where one is
missing, unless TRACER_ALL_TESTS is set, as it is where nothing may be left out.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, sync_playwright

ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
EVIL_LABELS: Final = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{records}}",
    "<!--",
    "]]>",
    "a\u2028b",
    "a\x00b\x1b[31m",
    "\ufffe",
    "汉字 🎉 é",
    "&lt;",
)
"""Labels that would do harm if they were taken for anything but text."""

PLAYER: Final = Path(__file__).parent.parent / "tracer" / "player"


def node() -> str:
    """The command that runs Node.js."""
    from playwright._impl._driver import compute_driver_executable

    bundled, _ = compute_driver_executable()
    return shutil.which("node") or (str(bundled) if Path(bundled).exists() else "") or _missing("Node.js")


def chromium_command() -> str:
    """The command that runs Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return path or _missing("Chromium")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_command(), args=list(ARGUMENTS))
        yield browser
        browser.close()


def _missing(program: str) -> str:
    if os.environ.get("TRACER_ALL_TESTS"):
        pytest.fail(f"{program} is not installed")
    pytest.skip(f"{program} is not installed")
