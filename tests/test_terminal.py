"""The log on all kinds of terminals and in pipes."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from tracer import Value, recording, trace
from tracer.outputs.console import open_console
from tracer.outputs.terminal import print_check, print_log, print_nudge
from tracer.tracing import Trace

LECTURE = [
    "dL/dL = 1.0",
    "dL/dd = f = -2.0",
    "dL/df = d = 4.0",
    "dL/dc = dL/dd * dd/dc = -2.0 * 1.0 = -2.0",
    "dL/de = dL/dd * dd/de = -2.0 * 1.0 = -2.0",
    "dL/da = dL/de * de/da = -2.0 * -3.0 = 6.0",
    "dL/db = dL/de * de/db = -2.0 * 2.0 = -4.0",
]


def lecture() -> Trace:
    a, b, c, f = (Value(x, label=name) for name, x in zip("abcf", (2.0, -3.0, 10.0, -2.0), strict=True))
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    L = d * f
    L.label = "L"
    return trace(L)


def used_twice() -> Trace:
    a, b = Value(3.0, label="a"), Value(4.0, label="b")
    p, s = a * b, a + b
    p.label, s.label = "p", "s"
    L = p * s
    L.label = "L"
    return trace(L)


def plain(t: Trace, encoding: str = "utf-8") -> str:
    """What a pipe gets."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    print_log(t, open_console(file), check=t.check())
    file.seek(0)
    return file.read()


def terminal(t: Trace, width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a terminal with colours gets, escapes included."""
    for name in ("NO_COLOR", "TERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    file = io.StringIO()
    print_log(t, open_console(file, width), check=t.check())
    return file.getvalue()


def without_escapes(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_the_product_lines_of_the_lecture_are_exactly_these() -> None:
    assert [line for line in plain(lecture()).splitlines() if line.startswith("d")] == LECTURE


def test_an_accumulation_shows_its_sum() -> None:
    assert "dL/da += dL/dp * dp/da = 7.0 * 4.0 = 28.0    12.0 + 28.0 = 40.0" in plain(used_twice()).splitlines()


def test_reasons_steps_and_checks_stand_with_the_products() -> None:
    lines = plain(lecture()).splitlines()
    place = lines.index(LECTURE[5])
    assert lines[place - 1] == "step 4 of 4 · e = a × b"
    assert lines[place + 1 : place + 3] == ["    de/da is the other factor: b = −3.0", "    ✓ numerically 6.0"]
    assert lines[-1] == "✓ all 7 gradients agree with central differences"


def test_a_pipe_gets_all_digits_and_no_escapes() -> None:
    x = Value(0.1, label="x")
    y = x + 0.2
    y.label = "y"
    text = plain(trace(y * y * 1.0))
    assert repr(2 * (0.1 + 0.2)) in text
    assert "\x1b" not in text


def test_a_terminal_gets_short_numbers() -> None:
    text = without_escapes(plain(lecture()))
    assert "6.0" in text


@pytest.mark.parametrize("width", [100, 88, 80, 60, 40, 20])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_lost(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for t in (lecture(), used_twice()):
        text = without_escapes(terminal(t, width, monkeypatch))
        assert max(map(len, text.splitlines())) <= width
        told = " ".join(text.split())
        for product in plain(t).splitlines():
            if product.startswith("d") and width < 88:
                assert " ".join(product.split()) in told


def test_a_narrow_terminal_breaks_products_before_an_equals_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = without_escapes(terminal(lecture(), 40, monkeypatch)).splitlines()
    place = lines.index("dL/dc = dL/dd * dd/dc = -2.0 * 1.0")
    assert lines[place + 1] == "  = -2.0"


def test_a_wide_terminal_shows_reasons_beside_products(monkeypatch: pytest.MonkeyPatch) -> None:
    text = without_escapes(terminal(lecture(), 100, monkeypatch))
    assert re.search(r"dL/da = dL/de \* de/da = -2\.0 \* -3\.0 = 6\.0 +de/da is the other factor: b = −3\.0\n", text)


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_turned_off(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" in terminal(lecture(), 80, monkeypatch)
    monkeypatch.setenv(name, value)
    file = io.StringIO()
    print_log(lecture(), open_console(file, 80))
    assert "\x1b" not in file.getvalue()


def test_an_ascii_locale_gets_ascii() -> None:
    text = plain(used_twice(), "ascii")
    assert text.isascii()
    assert "step 4 of 4 - p = a*b" in text
    assert "ok numerically 40.0" in text


def test_labels_are_shown_verbatim_and_never_as_markup_or_control() -> None:
    a, b = Value(2.0, label="[bold]a[/bold]"), Value(3.0, label="\x1b[31mred\n")
    L = a * b
    L.label = "L"
    text = plain(trace(L))
    assert "dL/d([bold]a[/bold]) = \\x1b[31mred\\n = 3.0" in text
    assert "\x1b" not in text


def test_a_recording_shows_verdicts_and_what_is_missing() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    L = a * b
    L.label = "L"
    with recording(L) as t:
        L.grad = 1.0
        a.grad = 2.0
    lines = plain(t).splitlines()
    assert "dL/dL = 1.0 ✓" in lines
    assert "dL/da = 2.0 ✗" in lines
    assert "    should be dL/da = b = 3.0, not 2.0" in lines
    assert "not assigned: b" in lines
    assert lines[-1].startswith("✗ 2 of 3 gradients are wrong")


def test_frames_that_are_not_finite_are_marked() -> None:
    x = Value(float("inf"), label="x")
    L = x * 2.0
    L.label = "L"
    y = Value(0.0, label="y")
    M = y.sqrt()
    M.label = "M"
    assert "dL/dx = 2.0    not finite" in plain(trace(L)).splitlines()
    assert "dM/dM = 1.0" in plain(trace(M)).splitlines()
    assert "dM/dy = inf    not finite" in plain(trace(M)).splitlines()
    assert "    dM/dy is inf: the square root rises vertically at 0" in plain(trace(M)).splitlines()


def test_the_check_is_a_line_a_gradient() -> None:
    file, t = io.StringIO(), lecture()
    print_check(t.check(), t, open_console(file))
    lines = file.getvalue().splitlines()
    assert any(re.fullmatch(r"dL/da = 6\.0 +✓ numerically 6\.0 ± \de-\d+", line) for line in lines)
    assert len([line for line in lines if "numerically" in line]) == 7


def test_the_lectures_own_check() -> None:
    file, t = io.StringIO(), lecture()
    print_nudge(t.nudge("f", 0.001), open_console(file))
    assert file.getvalue().splitlines()[-1].startswith("(L2 - L1)/h = 3.9999")


def test_in_a_notebook_the_log_is_one_output(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("rich.jupyter.display", lambda segments, text: shown.append(text))
    console = Console(force_jupyter=True)
    print_log(trace(Value(2.0, label="a") * Value(-3.0, label="b")), console)
    assert len(shown) == 1
    assert "dL/da" in shown[0]
