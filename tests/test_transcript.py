"""Transcripts and alt texts: everything the picture says, in words, whatever labels contain."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.handmade import HOSTILE
from tests.strategies import outputs
from tracer import Trace, Value, parse, recording, trace
from tracer.formatting import visible
from tracer.outputs.markdown import escaped, table
from tracer.outputs.transcript import alt_text, description, markdown, plain_text, title
from tracer.wording import BRIEF, PICTURE, Wording

LECTURE = """\
Backpropagation through L = (a*b + c)*f
7 gradient assignments in 4 steps; in the end dL/da = 6.0, dL/db = -4.0, dL/dc = -2.0 and dL/df = 4.0.

Step 1 of 4: the start
  dL/dL = 1.0
    the start: L changes exactly as much as itself

Step 2 of 4: L = d*f
  dL/dd = f = -2.0
    dL/dd is the other factor: f = -2.0
  dL/df = d = 4.0
    dL/df is the other factor: d = 4.0

Step 3 of 4: d = e + c
  dL/dc = dL/dd * dd/dc = -2.0 * 1.0 = -2.0
    dd/dc is 1: a sum hands its gradient on unchanged
  dL/de = dL/dd * dd/de = -2.0 * 1.0 = -2.0
    dd/de is 1: a sum hands its gradient on unchanged

Step 4 of 4: e = a*b
  dL/da = dL/de * de/da = -2.0 * -3.0 = 6.0
    de/da is the other factor: b = -3.0
  dL/db = dL/de * de/db = -2.0 * 2.0 = -4.0
    de/db is the other factor: a = 2.0

Values
  a: data 2.0, grad 6.0
  b: data -3.0, grad -4.0
  e = a*b: data -6.0, grad -2.0
  c: data 10.0, grad -2.0
  d = e + c: data 4.0, grad -2.0
  f: data -2.0, grad 4.0
  L = d*f: data -8.0, grad 1.0
"""


def lecture() -> Trace:
    return trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))


def overwritten() -> Trace:
    """A manual backward pass in which a's second contribution overwrites the first, and b is forgotten."""
    a, b = Value(3.0, label="a"), Value(4.0, label="b")
    p, s = a * b, a + b
    p.label, s.label = "p", "s"
    L = p * s
    L.label = "L"
    with recording(L) as t:
        L.grad = 1.0
        p.grad = 7.0
        s.grad = 12.0
        a.grad = 28.0
        a.grad = 12.0
    return t


def test_the_plain_transcript_of_the_lecture() -> None:
    assert plain_text(lecture()) == LECTURE
    assert description(lecture()) == LECTURE.split("\n", 1)[1]


def test_the_markdown_transcript_has_the_same_in_tables() -> None:
    lines = markdown(lecture()).split("\n")
    assert lines[0] == "# Backpropagation through L = (a × b + c) × f"
    assert "## Step 4 of 4: e = a × b" in lines
    assert "| dL/da = dL/de · de/da = −2.0 × −3.0 = 6.0 | de/da is the other factor: b = −3.0 |" in lines
    assert "| e | a × b | −6.0 | −2.0 |" in lines
    assert "| f |  | −2.0 | 4.0 |" in lines


def test_an_accumulation_says_what_is_added_to_what() -> None:
    t = trace(parse("p = a*b; s = a + b; L = p*s", a=3, b=4))
    told = "a feeds both p and s: its two contributions add up"
    assert "  dL/da += dL/dp * dp/da = 7.0 * 4.0 = 28.0    12.0 + 28.0 = 40.0\n    dp/da is" in plain_text(t)
    assert f"dp/da is the other factor: b = 4.0; {told}\n" in plain_text(t)
    assert "= 28.0; 12.0 + 28.0 = 40.0 |" in markdown(t)


def test_mistakes_and_what_is_missing_are_told() -> None:
    text = plain_text(overwritten())
    assert "5 gradient assignments in 4 steps, 1 of them not right; in the end dL/da = 12.0." in text
    assert "    wrong: overwrites 28.0 instead of adding to it; should be" in text
    assert text.endswith("\n\nnot assigned: b\n")
    assert markdown(overwritten()).endswith("\n\nnot assigned: b\n")
    assert "1 of them not right" in alt_text(overwritten())


def test_a_recording_without_assignments_has_a_transcript_too() -> None:
    with recording(Value(1.0, label="a") * 2) as t:
        pass  # nothing was assigned
    assert "0 gradient assignments in 0 steps.\n\nValues\n  a: data 1.0, grad 0.0\n" in plain_text(t)


def test_numbers_that_are_not_finite_are_marked() -> None:
    L = Value(float("inf"), label="a") * Value(2.0, label="b")
    assert "    dL/db is the other factor: a = inf; not finite\n" in plain_text(trace(L))


def test_the_alt_text_is_two_sentences() -> None:
    assert title(lecture()) == "Backpropagation through L = (a × b + c) × f"
    assert alt_text(lecture()) == (
        "Backpropagation through L = (a × b + c) × f, step by step. 7 gradient assignments in 4 steps; "
        "in the end dL/da = 6.0, dL/db = −4.0, dL/dc = −2.0 and dL/df = 4.0."
    )


def test_the_alt_text_of_a_large_graph_stays_short() -> None:
    values = [Value(float(number), label=f"x{number}") for number in range(60)]
    text = alt_text(trace(sum(values[1:], values[0])))
    assert "; in the end dL/dx0 = 1.0, " in text
    assert text.endswith("dL/dx6 = 1.0 and 53 more.")
    assert len(text) < 420


def test_the_notation_can_be_chosen(tmp_path: Path) -> None:
    assert "∂L/∂a = ∂L/∂e * ∂e/∂a = -2.0 * -3.0 = 6.0" in plain_text(lecture(), "∂")
    assert "∂L/∂a" in alt_text(lecture(), "∂")
    for suffix, told in ((".md", markdown), (".txt", plain_text)):
        lecture().save(tmp_path / f"L{suffix}", notation="∂")
        assert (tmp_path / f"L{suffix}").read_text(encoding="utf-8") == told(lecture(), "∂")


@given(outputs(max_ops=6))
def test_every_frame_and_every_value_is_told(output: Value) -> None:
    t = trace(output)
    words, signs = Wording(t, BRIEF), Wording(t, PICTURE)
    lines = plain_text(t).split("\n")
    products = [line.strip() for line in lines if line.startswith("  ") and not line.startswith("    ")]
    assert [words.product(frame).text for frame in t.frames] == products[: len(t.frames)]
    values = [node for node in t.graph.nodes if node.kind != "constant"]
    assert len(products) == len(t.frames) + len(values)
    cells = read(markdown(t))
    assert [row[0] for row in cells if len(row) == 2 and row != ["gradient", "why"]] == [
        re.sub(r"    (?=\S+ \+ )", "; ", signs.product(frame).text) for frame in t.frames
    ]
    assert [row[0] for row in cells if len(row) == 4][1:] == [signs.names[node.id] for node in values]


def read(text: str) -> list[list[str]]:
    """The cells of all tables in a Markdown document, as they are shown."""
    rows: list[list[str]] = []
    tokens = parser().parse(text)
    for before, token in pairwise(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif before.type in ("th_open", "td_open"):
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


def parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


MARKDOWN = (
    "*a*", "_a_", "`a`", "[a](b)", "![a](b)", "a|b", "~~a~~", "# a", "<b>a</b>", "&lt;", "\\", "a\\|b", "www.a.b",
    "https://a.b", "me@a.b", "$a$", "``", "**", "[^1]", "- a", "1. a", "> a",
)  # fmt: skip


@pytest.mark.parametrize("label", [*HOSTILE, *MARKDOWN])
def test_hostile_labels_change_text_only(label: str) -> None:
    found, wanted = (parser().parse(markdown(labelled(words))) for words in (label, "harmless"))
    assert [token.type for token in found] == [token.type for token in wanted]
    plain = {"text", "text_special", "code_inline"}
    assert {child.type for token in found for child in token.children or ()} <= plain
    name = visible(label).strip()
    if name:
        values = [row[0] for row in read(markdown(labelled(label))) if len(row) == 4]
        assert values[1].split() == name.split()
        assert name in plain_text(labelled(label))
    assert len(plain_text(labelled(label)).split("\n")) == len(plain_text(labelled("harmless")).split("\n"))


def labelled(label: str) -> Trace:
    a, b = Value(2.0, label=label), Value(3.0, label="b")
    return trace(a * b)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=30))
def test_escaped_text_is_shown_as_it_is(words: str) -> None:
    (paragraph,) = [token for token in parser().parse(f"x {escaped(words)} x") if token.type == "inline"]
    assert "".join(child.content for child in paragraph.children or ()).split() == f"x {words} x".split()


def test_a_table_is_a_table() -> None:
    assert read(table(("a|b", "c"), [("`", "|"), ("", "*")])) == [["a|b", "c"], ["`", "|"], ["", "*"]]
