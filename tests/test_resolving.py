"""What the command line's SOURCE means."""

from __future__ import annotations

import os
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest

from tracer import parse, trace
from tracer.errors import DomainError, ExpressionError, SourceError, TracerError
from tracer.sources.resolving import resolve
from tracer.storing import from_json, to_json
from tracer.tracing import Trace

LECTURE = "e = a*b; d = e + c; L = d*f"
NUMBERS = {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}
GRADIENTS = [("L", 1.0), ("d", -2.0), ("f", 4.0), ("c", -2.0), ("e", -2.0), ("a", 6.0), ("b", -4.0)]
SCRIPT = "from tracer import Value, recording\na = Value(2.0); b = Value(3.0)\nL = a*b\n"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def resolved(source: str, inputs: dict[str, float] | None = None, stdin: str = "") -> Trace:
    return resolve(source, inputs or {}, StringIO(stdin))


def refusal(source: str, inputs: dict[str, float] | None = None, stdin: str = "") -> str:
    with pytest.raises(SourceError) as caught:
        resolved(source, inputs, stdin)
    return str(caught.value)


def gradients(found: Trace) -> list[tuple[str, float]]:
    return [(frame.label, frame.grad) for frame in found.frames]


def stored() -> Trace:
    found = trace(parse(LECTURE, **NUMBERS))
    found.source = LECTURE
    return found


# Expressions.


@pytest.mark.parametrize("source", [LECTURE, f"  {LECTURE}\n", LECTURE.replace(";", "\n")])
def test_an_expression(source: str) -> None:
    found = resolved(source, NUMBERS)
    assert gradients(found) == GRADIENTS
    assert found.source == LECTURE


@pytest.mark.parametrize("source", ["-a", " -a ", "-a**2", "--a"])
def test_an_expression_may_begin_with_a_minus_sign(source: str) -> None:
    assert resolved(source, {"a": 2.0}).source == source.strip()


def test_files_do_not_make_a_difference_to_an_expression() -> None:
    Path("a").mkdir()
    Path("a/b").write_text("")
    Path("x").write_text("")
    assert resolved("a/b", {"a": 1.0, "b": 2.0}).graph.nodes[-1].value == 0.5
    assert resolved("x", {"x": 1.0}).graph.nodes[-1].value == 1.0
    assert resolved("1.e5*x", {"x": 1.0}).graph.nodes[-1].value == 1e5


def test_the_errors_of_an_expression() -> None:
    for source, kind, message in (
        ("a^2", ExpressionError, "column 2: ^ is not an op here; write ** for powers"),
        ("a*b", ExpressionError, "column 3: b has no value; give it one, such as b=2"),
        ("a.b", ExpressionError, "column 2: a . stands only inside a number; values have no attributes here"),
        ("", ExpressionError, "the expression is empty; write one such as (a*b + c) * f"),
        ("log(a-a)", DomainError, "column 1: log(a) has no finite result for 0.0: the input must be above 0"),
    ):
        with pytest.raises(kind) as caught:
            resolved(source, {"a": 2.0})
        assert str(caught.value) == message


# Files.


def test_a_script() -> None:
    Path("deep").mkdir()
    Path("deep/lecture.py").write_text(SCRIPT)
    found = resolved("deep/lecture.py")
    assert gradients(found) == [("L", 1.0), ("a", 3.0), ("b", 2.0)]
    assert found.source == "lecture.py"


def test_a_variable_of_a_script() -> None:
    Path("lecture.py").write_text(SCRIPT + "M = L*a; N = L*b\nwith recording(L) as t:\n    L.grad = 2.0\n")
    assert gradients(resolved("lecture.py:L")) == [("L", 1.0), ("a", 3.0), ("b", 2.0)]
    assert [frame.verdict for frame in resolved("lecture.py:t").frames] == ["wrong"]
    assert resolved("lecture.py:t").source == "lecture.py"
    assert resolved("lecture.py").frames == resolved("lecture.py:t").frames
    assert refusal("lecture.py:x") == "lecture.py has no variable x; its values are a, b, L, M, N and t"
    assert refusal("lecture.py:").startswith("lecture.py: names no variable")
    assert refusal("lecture.py:L.data").startswith("lecture.py:L.data names no variable")
    Path("lecture.py").write_text(SCRIPT + "M = L*a; N = L*b\n")
    assert refusal("lecture.py") == "lecture.py ends with 2 outputs, M and N; name one: lecture.py:M"


@pytest.mark.parametrize(
    ("source", "path", "variable"),
    [
        ("lecture.py", "lecture.py", None),
        ("lecture.py:L", "lecture.py", "L"),
        ("LECTURE.PY:L", "LECTURE.PY", "L"),
        (r"C:\x.py:L", r"C:\x.py", "L"),
        (r"C:\some where\x.py", r"C:\some where\x.py", None),
        ("a folder/x.py:L", "a folder/x.py", "L"),
        ("x.py.py:L", "x.py.py", "L"),
        ("x:y.py:z", "x:y.py", "z"),
        ("-x.py:", "-x.py", ""),
    ],
)
def test_the_colon_that_names_a_variable(
    monkeypatch: pytest.MonkeyPatch, source: str, path: str, variable: str | None
) -> None:
    asked: list[tuple[Path, str | None]] = []

    def run(path: Path, variable: str | None, inputs: object) -> Trace:
        asked.append((path, variable))
        return stored()

    monkeypatch.setattr("tracer.sources.script.run_script", run)
    resolved(source)
    assert asked == [(Path(path), variable)]


def test_a_trace() -> None:
    Path("L.json").write_text(to_json(stored()))
    Path("L.JSON").write_text("\ufeff" + to_json(trace(parse("a", a=1))), encoding="utf-8")
    found = resolved("L.json")
    assert (found.frames, found.source) == (stored().frames, LECTURE)
    assert resolved("L.JSON").source == "L.JSON"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere.py", "no such file: nowhere.py"),
        ("nowhere.py:L", "no such file: nowhere.py"),
        ("nowhere/L.json", "no such file: nowhere/L.json"),
        ("./nowhere", "no such file: ./nowhere"),
        ("../nowhere", "no such file: ../nowhere"),
        ("/nowhere/at/all", "no such file: /nowhere/at/all"),
        ("~/nowhere", "no such file: ~/nowhere"),
        (r"C:\nowhere", r"no such file: C:\nowhere"),
        ("nowhere.gif", "no such file: nowhere.gif"),
        ("a/b/nowhere.txt", "no such file: a/b/nowhere.txt"),
        ("./" + "x" * 5000, "no such file: ./" + "x" * 5000),
        ("x\x00.py", "no such file: x\\x00.py"),
        ("./\x1b[31m", "no such file: ./\\x1b[31m"),
        ("L.gif", "L.gif is neither Python (.py) nor a trace (.json), so it cannot be traced"),
        ("./folder", "./folder is a directory, so it cannot be traced"),
        ("folder.py", "folder.py is a directory, not a Python file"),
        ("folder.json", "folder.json cannot be read: Is a directory"),
        ("bytes.json", "bytes.json is not a trace: it is not text in UTF-8"),
        ("empty.json", "empty.json: there is no trace: the text is empty"),
        ("half.json", "half.json: line 1, column 3: this is not JSON: Expecting ',' delimiter"),
        ("list.json", 'list.json: this is JSON, but no trace: there is no "format": "tracer" in it'),
    ],
)  # fmt: skip
def test_files_that_are_not_there_or_cannot_be_traced(source: str, message: str) -> None:
    for folder in ("folder", "folder.py", "folder.json"):
        Path(folder).mkdir()
    for name, content in {"L.gif": b"GIF89a", "bytes.json": b"\xff", "empty.json": b"", "half.json": b"[1",
                          "list.json": b"[]"}.items():  # fmt: skip
        Path(name).write_bytes(content)
    assert refusal(source) == message


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("lectrue.py", "lecture.py"),
        ("lectrue.py:L", "lecture.py"),
        ("Lectures.py", "lecture.py"),
        ("./lectrue.py", "lecture.py"),
        ("lecture.pyy", "lecture.py"),
        ("lectrue.json", "lecture.json"),
        ("week1/los.py", os.path.join("week1", "loss.py")),
        ("week1/los.json", os.path.join("week1", "loss.py")),
        ("evill.py", r"ev\x1bil.py"),
        ("lecture.gif", "lecture.py"),
    ],
)
def test_a_file_with_a_similar_name_is_suggested(source: str, meant: str) -> None:
    Path("week1").mkdir()
    for name in ("lecture.py", "lecture.json", "lectrue.txt", "week1/loss.py", "a.py", "ev\x1bil.py"):
        Path(name).write_text("")
    assert refusal(source).endswith(f"; did you mean {meant}?")


@pytest.mark.parametrize("source", ["b.py", "week2/loss.py", "folded.py", "loss.py", "/nowhere/lecture.py"])
def test_nothing_is_suggested_where_nothing_is_similar(source: str) -> None:
    Path("folder.py").mkdir()
    for name in ("a.py", "c.json", "lecture.py"):
        Path(name).write_text("")
    assert refusal(source) == f"no such file: {source}"


def test_a_file_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("L.json").write_text(" " * 3_000_000)
    monkeypatch.setattr("tracer.sources.stored.LONGEST_TEXT", 2 * 2**20)
    assert refusal("L.json") == "L.json is larger than 2 MB; traces that are drawn are smaller"


@pytest.mark.parametrize(
    ("source", "told"), [("x.py", "x.py"), ("y.py:L", "y.py:L"), ("L.json", "L.json"), ("-", "a trace")]
)
def test_only_expressions_take_inputs(source: str, told: str) -> None:
    Path("x.py").write_text("raise AssertionError('this should not have run')")
    Path("y.py").write_text("from tracer import Value; L = Value(1)")
    message = f"{told} has its own numbers, so it takes no inputs such as a=2, b=-0.5"
    assert refusal(source, {"a": 2.0, "b": -0.5}, to_json(stored())) == message


# Standard input.


def test_an_expression_from_standard_input() -> None:
    found = resolved("-", NUMBERS, "\ufeffe = a*b\nd = e + c\n\nL = d*f\n")
    assert (gradients(found), found.source) == (GRADIENTS, LECTURE)


def test_a_trace_from_standard_input() -> None:
    found = resolved("-", stdin=f"\n {to_json(stored())}\n")
    assert (found.frames, found.source) == (stored().frames, LECTURE)
    assert resolved("-", stdin=to_json(trace(parse("a", a=1)))).source == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the expression is empty; write one such as (a*b + c) * f"),
        ("{", "standard input: line 1, column 2: this is not JSON: Expecting property name enclosed in double quotes"),
        ('{"format": "tracer", "version": 2}', "standard input: the trace was made by a newer tracer (its format has "
         "version 2, this one reads 1): upgrade with pip install --upgrade backprop-tracer"),
        ("[]", "column 1: there are no lists here, and no indexing"),
    ],
)  # fmt: skip
def test_standard_input_that_makes_no_sense(text: str, message: str) -> None:
    with pytest.raises(TracerError) as caught:
        resolved("-", stdin=text)
    assert str(caught.value) == message


def test_standard_input_that_is_no_text() -> None:
    with pytest.raises(SourceError, match="standard input is not text in UTF-8"):
        resolve("-", {}, TextIOWrapper(BytesIO(b"\xff"), encoding="utf-8"))


def test_what_is_stored_and_what_is_computed_are_the_same() -> None:
    computed = resolved(LECTURE, NUMBERS)
    again = from_json(to_json(computed))
    assert (again.graph, again.frames, again.source) == (computed.graph, computed.frames, computed.source)
