"""Frames in words: the product lines exactly as documented, and reasons that hold."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given

from tests.strategies import Program, programs
from tracer.graph import Graph, Node
from tracer.sources import trace
from tracer.sources.values import Snapshot
from tracer.tracing import Trace
from tracer.value import Value
from tracer.wording import BRIEF, PICTURE, PLAIN, Product, Wording

LECTURE = """\
dL/dL = 1.0
dL/dd = f = -2.0
dL/df = d = 4.0
dL/dc = dL/dd * dd/dc = -2.0 * 1.0 = -2.0
dL/de = dL/dd * dd/de = -2.0 * 1.0 = -2.0
dL/da = dL/de * de/da = -2.0 * -3.0 = 6.0
dL/db = dL/de * de/db = -2.0 * 2.0 = -4.0"""

REASONS = """\
the start: L changes exactly as much as itself
L = d*f, so dL/dd is the other factor: f = -2.0
L = d*f, so dL/df is the other factor: d = 4.0
d = e + c, so dd/dc is 1: a sum hands its gradient on unchanged
d = e + c, so dd/de is 1: a sum hands its gradient on unchanged
e = a*b, so de/da is the other factor: b = -3.0
e = a*b, so de/db is the other factor: a = 2.0"""


def twice_used() -> Value:
    a, b = Value(3.0, label="a"), Value(4.0, label="b")
    p = a * b
    p.label = "p"
    s = a + b
    s.label = "s"
    L = p * s
    L.label = "L"
    return L


def told(output: Value) -> Wording:
    """The words for a trace with the labels that were given, and no names from elsewhere."""
    return Wording(Trace(Snapshot(output).graph))


class TestProducts:
    def test_the_lectures_lines(self, lecture: dict[str, Value]) -> None:
        words = Wording(trace(lecture["L"]))
        assert "\n".join(words.product(frame).text for frame in words.trace.frames) == LECTURE

    def test_an_accumulation_shows_the_product_and_the_sum(self) -> None:
        words = told(twice_used())
        lines = [words.product(frame).text for frame in words.trace.frames]
        assert lines[-2:] == [
            "dL/da += dL/dp * dp/da = 7.0 * 4.0 = 28.0    12.0 + 28.0 = 40.0",
            "dL/db += dL/dp * dp/db = 7.0 * 3.0 = 21.0    12.0 + 21.0 = 33.0",
        ]

    def test_a_product_comes_in_its_parts(self) -> None:
        words = told(twice_used())
        assert words.product(words.trace.frames[-2]) == Product(
            "dL/da", "+=", "dL/dp * dp/da", "7.0 * 4.0", "28.0", "12.0 + 28.0", "40.0"
        )
        assert words.product(words.trace.frames[0]) == Product("dL/dL", "=", "", "", "1.0", "", "")

    def test_unlabelled_intermediates_are_named_by_their_expression(self) -> None:
        a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
        words = told((a * b + c) * 2)
        assert [words.product(frame).text for frame in words.trace.frames] == [
            "dL/dL = 1.0",
            "dL/d(a*b + c) = 2.0",
            "dL/d(a*b) = dL/d(a*b + c) * d(a*b + c)/d(a*b) = 2.0 * 1.0 = 2.0",
            "dL/dc = dL/d(a*b + c) * d(a*b + c)/dc = 2.0 * 1.0 = 2.0",
            "dL/da = dL/d(a*b) * d(a*b)/da = 2.0 * -3.0 = -6.0",
            "dL/db = dL/d(a*b) * d(a*b)/db = 2.0 * 2.0 = 4.0",
        ]

    def test_the_outputs_own_op_shows_its_local_derivative_in_symbols(self) -> None:
        words = told(Value(0.5, label="x").tanh())
        slope = words.trace.frames[1].local
        assert words.product(words.trace.frames[1]).text == f"dL/dx = 1 - L**2 = {slope!r}"
        assert Wording(words.trace, PICTURE).product(words.trace.frames[1]).text == "dL/dx = 1 − L² = 0.7864"

    def test_where_that_is_just_a_number_it_is_not_said_twice(self) -> None:
        words = told(Value(1.0, label="x") + Value(2.0, label="y"))
        assert [words.product(frame).text for frame in words.trace.frames[1:]] == ["dL/dx = 1.0", "dL/dy = 1.0"]

    def test_styles_spell_it_in_their_own_way(self, lecture: dict[str, Value]) -> None:
        t = trace(lecture["L"])
        frame = t.frames[5]
        assert Wording(t, PLAIN).product(frame).text == "dL/da = dL/de * de/da = -2.0 * -3.0 = 6.0"
        assert Wording(t, PICTURE).product(frame).text == "dL/da = dL/de · de/da = −2.0 × −3.0 = 6.0"
        assert Wording(t, replace(PICTURE, d="∂")).product(frame).text == "∂L/∂a = ∂L/∂e · ∂e/∂a = −2.0 × −3.0 = 6.0"

    def test_plain_numbers_keep_all_their_digits_and_brief_ones_four(self) -> None:
        t = trace(Value(0.1, label="a") * Value(1 / 3, label="b"))
        assert Wording(t, PLAIN).product(t.frames[1]).text == "dL/da = b = 0.3333333333333333"
        assert Wording(t, BRIEF).product(t.frames[1]).text == "dL/da = b = 0.3333"

    @given(programs(max_ops=16))
    def test_what_a_plain_line_says_is_true(self, program: Program) -> None:
        """Read back, the numbers of a line are those of the frame: nothing is rounded and no sign is lost."""
        words = told(program.build()[-1])
        for frame in words.trace.frames:
            product = words.product(frame)
            assert float(product.result) == frame.contribution
            if product.numbers:
                upstream, local = product.numbers.split(" * ")
                assert float(upstream) * float(local) == frame.contribution
            if product.addition:
                before, added = product.addition.split(" + ")
                assert float(before) + float(added) == float(product.total) == frame.after
            assert product.text.startswith(f"{product.gradient} {frame.assign} ")

    def test_infinities_and_nan_are_said_as_they_are(self) -> None:
        words = told(Value(math.inf, label="a") * Value(0.0, label="b") * 2)
        assert words.product(words.trace.frames[-1]).text.endswith("= 2.0 * inf = inf")


class TestReasons:
    def test_the_lectures(self, lecture: dict[str, Value]) -> None:
        words = Wording(trace(lecture["L"]))
        assert "\n".join(words.reason(frame) for frame in words.trace.frames) == REASONS

    @pytest.mark.parametrize(
        ("output", "said"),
        [
            (Value(0.5, label="x").tanh(), "dL/dx is one minus the square of the output: 1 - L**2 = 0.786447"),
            (Value(0.0, label="x").exp(), "dL/dx is the output itself: L = 1.0"),
            (Value(-1.0, label="x").relu(), "dL/dx is 0: the input is not positive, so relu blocks the gradient"),
            (Value(0.0, label="x").abs(), "dL/dx is 0: at its kink the derivative of abs is taken to be 0"),
            (Value(0.0, label="x").sqrt(), "dL/dx is inf: the square root rises vertically at 0"),
            (Value(3.0, label="x") ** 2, "dL/dx is the exponent times the next lower power: 2*x = 6.0"),
            (Value(3.0, label="x") ** -1, "the exponent times the next lower power: -1*x**(-2) = -0.1111"),
            (-Value(3.0, label="x"), "dL/dx is -1: a minus sign turns the gradient round"),
            (2 - Value(3.0, label="x"), "dL/dx is -1: what is subtracted counts the other way round"),
            (1 / Value(2.0, label="x"), "dL/dx is minus the quotient over the divisor: -L/x = -0.25"),
            (Value(2.0, label="x").maximum(2.0), "dL/dx is 0.5: the two are equal, so each gets half"),
        ],
    )
    def test_an_ops_rule_is_told_in_the_users_names(self, output: Value, said: str) -> None:
        words = told(output)
        frame = words.trace.frames[1]
        assert said in words.reason(frame)
        assert words.reason(frame).endswith(words.because(frame))

    def test_an_op_of_another_library_is_described_by_its_number(self) -> None:
        nodes = (Node(0, "input", "", "x", 2.0), Node(1, "op", "softsign", "y", 0.67, (0,), (0.11,)))
        words = Wording(Trace(lambda: Graph(nodes, 1)))
        assert words.reason(words.trace.frames[1]) == "y = softsign(x), so dy/dx is 0.11"

    def test_an_op_of_another_library_that_is_known_is_described_in_words(self) -> None:
        nodes = (Node(0, "input", "", "x", 2.0), Node(1, "op", "softplus", "y", 2.1, (0,), (0.88,)))
        words = Wording(Trace(lambda: Graph(nodes, 1)))
        assert words.reason(words.trace.frames[1]) == "y = softplus(x): its slope is the sigmoid of the input"
        assert words.product(words.trace.frames[1]).text == "dy/dx = 0.88"

    @given(programs(max_ops=16))
    def test_every_frame_has_a_line_of_reason_and_a_caption(self, program: Program) -> None:
        words = Wording(told(program.build()[-1]).trace, PICTURE)
        for frame in words.trace.frames:
            assert words.reason(frame)
            caption = words.caption(frame)
            assert caption.startswith(f"step {frame.step + 1} of {len(words.trace.steps)}  ·  ")
            assert "\n" not in caption


class TestAccumulation:
    def test_two_consumers_are_named(self) -> None:
        words = told(twice_used())
        assert words.accumulation(words.trace.frames[-2]) == "a feeds both p and s: its two contributions add up"
        assert words.accumulation(words.trace.frames[-3]) == ""

    def test_one_consumer_that_reads_it_twice(self) -> None:
        a = Value(3.0, label="a")
        words = told(a * a)
        assert words.accumulation(words.trace.frames[-1]) == "a feeds L twice: its two contributions add up"

    def test_many_consumers_are_counted(self) -> None:
        a = Value(3.0, label="a")
        words = told(a.sin() + a.cos() + a.exp())
        assert words.accumulation(words.trace.frames[-1]) == "a feeds 3 values: its three contributions add up"

    def test_an_intermediate_is_named_by_its_expression(self) -> None:
        s = Value(3.0, label="a") + Value(4.0, label="b")
        words = told(s.sin() * s)
        said = [words.accumulation(frame) for frame in words.trace.frames if frame.accumulates]
        assert said == ["a + b feeds both sin(a + b) and L: its two contributions add up"]


class TestTitles:
    def test_the_whole_computation(self, lecture: dict[str, Value]) -> None:
        t = trace(lecture["L"])
        assert Wording(t).title() == "L = (a*b + c)*f"
        assert Wording(t, PICTURE).title() == "L = (a × b + c) × f"

    def test_how_each_node_was_made(self, lecture: dict[str, Value]) -> None:
        words = Wording(trace(lecture["L"]))
        made = [words.equation(node.id) for node in words.graph.nodes]
        assert made == ["a", "b", "c", "e = a*b", "d = e + c", "f", "L = d*f"]

    def test_a_node_that_is_named_by_its_formula_is_not_repeated(self) -> None:
        words = told((Value(2.0, label="a") + Value(3.0, label="b")) * 2)
        assert [words.equation(node.id) for node in words.graph.nodes] == ["a", "b", "a + b", "2", "L = (a + b)*2"]
