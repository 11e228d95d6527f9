"""The expression language: what it means, what it refuses and in which words, and that no text can harm it."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tracer
from tracer.errors import DomainError, ExpressionError
from tracer.formatting import visible
from tracer.ops import OPS, Op
from tracer.sources.expression import parse, read_inputs, title
from tracer.sources.expression.names import inputs_of
from tracer.sources.expression.statements import DEEPEST, MOST_OPS, statements
from tracer.sources.expression.tokens import LONGEST_NAME, LONGEST_TEXT
from tracer.sources.values import Snapshot
from tracer.value import Value

LECTURE = "e = a*b; d = e + c; L = d*f"
NUMBERS = {"a": 2, "b": -3, "c": 10, "f": -2}
LETTERS = {"a": 2.0, "b": -3.0, "c": 0.5, "x": -0.25}


def graph(value: Value) -> tracer.graph.Graph:
    return Snapshot(value).graph()


def kinds(value: Value) -> list[tuple[str, str, float]]:
    return [(node.kind, node.label, node.value) for node in graph(value).nodes]


def refusal(source: str, **inputs: Any) -> str:
    with pytest.raises(ExpressionError) as caught:
        parse(source, **inputs)
    return str(caught.value)


def is_one_line(error: Exception) -> bool:
    """Whether a message can be printed anywhere: one line, no control characters, nothing that is no text."""
    message = str(error)
    return message.splitlines() == [message] and message == visible(message) and bool(message.encode())


def error_of(call: Callable[[], object]) -> ExpressionError | DomainError | None:
    """The error of a kind that is allowed with which a call ends, if it does."""
    try:
        call()
    except (ExpressionError, DomainError) as error:
        return error
    return None


# What expressions mean.


def test_the_lectures_expression() -> None:
    output = parse(LECTURE, **NUMBERS)
    assert (output.data, output.label) == (-8.0, "L")
    assert [frame.label for frame in tracer.trace(output).frames] == ["L", "d", "f", "c", "e", "a", "b"]


def test_it_is_one_of_tracers_own_names() -> None:
    assert tracer.parse is parse


@pytest.mark.parametrize(
    "source",
    [
        "e = a*b; d = e + c; L = d*f",
        "e=a*b;d=e+c;L=d*f;",
        "e = a*b\nd = e + c\nL = d*f\n",
        "\n\n  e = a*b\r\n\t d = e + c ; ; \r L = d*f  ",
        "e = (a\n* b)\nd = (\n\te + c\n)\nL = d*f",
        "e\u00a0=\u2003a*b;d=e+c;L=d*f",
    ],
)
def test_statements_end_at_semicolons_and_line_ends(source: str) -> None:
    assert kinds(parse(source, **NUMBERS)) == kinds(parse(LECTURE, **NUMBERS))


@pytest.mark.parametrize("source", ["(a*b + c) * f", "  (a*b + c) * f\n", "+(a*b + c) * f", "((a)*b + (c)) * (f)"])
def test_a_single_expression_has_an_output_without_a_label(source: str) -> None:
    output = parse(source, **NUMBERS)
    assert (output.data, output.label) == (-8.0, "")


def test_values_are_created_as_they_are_written() -> None:
    assert [label for _, label, _ in kinds(parse(LECTURE, **NUMBERS))] == ["a", "b", "e", "c", "d", "f", "L"]
    made = kinds(parse("f * (c - 2*b) / a", **NUMBERS))
    assert [label or value for _, label, value in made] == ["f", "c", 2.0, "b", -6.0, 16.0, -32.0, "a", -16.0]


def test_inputs_are_leaves_in_the_order_in_which_they_are_first_written() -> None:
    nodes = graph(parse("b*a + b", a=2, b=3)).nodes
    assert [(node.label, node.kind) for node in nodes if not node.inputs] == [("b", "input"), ("a", "input")]


def test_a_name_that_is_a_plain_number_is_a_leaf() -> None:
    assert kinds(parse("a = 2; b = -3; L = a*b")) == [("input", "a", 2.0), ("input", "b", -3.0), ("op", "L", -6.0)]


def test_a_number_without_a_name_is_a_constant() -> None:
    assert kinds(parse("2 * a", a=3)) == [("constant", "", 2.0), ("input", "a", 3.0), ("op", "", 6.0)]


@pytest.mark.parametrize(
    ("source", "number"),
    [("1/3", 1 / 3), ("-2", -2.0), ("2**-1", 0.5), ("-2**2", -4.0), ("exp(0) + 1", 2.0), ("max(1, -(2 - 5))", 3.0)],
)
def test_ops_on_numbers_alone_are_one_constant(source: str, number: float) -> None:
    assert kinds(parse(f"a + ({source})", a=0)) == [("input", "a", 0.0), ("constant", "", number), ("op", "", number)]
    assert kinds(parse(f"k = {source}; k + k"))[0] == ("input", "k", number)


@pytest.mark.parametrize("source", ["5", "2 + 3", "(5)", "L = 5", "k = 5; k"])
def test_an_output_that_is_a_number_is_a_leaf(source: str) -> None:
    [(kind, _, value)] = kinds(parse(source))
    assert (kind, value) == ("input", 5.0)


def test_an_alias_is_a_second_name_for_the_same_value() -> None:
    assert kinds(parse("e = a*b; L = e", a=2, b=3)) == kinds(parse("e = a*b", a=2, b=3))
    assert parse("e = a*b; L = e", a=2, b=3).label == "e"
    assert kinds(parse("x = a; y = x; x*y + a", a=2)) == kinds(parse("a*a + a", a=2))
    assert parse("L = +a", a=2).label == "a"


def test_a_value_that_is_used_twice_is_one_node() -> None:
    assert len(graph(parse("e = a*b; e*e + a", a=2, b=3))) == 5


@pytest.mark.parametrize("op", OPS.values(), ids=list(OPS))
def test_every_op_of_the_table_can_be_written(op: Op) -> None:
    operands = {"a": 0.7, "b": 0.4} if op.arity == 2 else {"a": 0.7}
    for source in {op.written, f"{op.name}(a, b)" if op.name in ("maximum", "minimum") else op.written}:
        output = parse(f"y = {source}", **operands)
        assert graph(output)[len(operands)].op == op.name
        assert output.data == op.forward(*operands.values())


@pytest.mark.parametrize("name", ["source", "self", "name", "inputs", "_", "match", "π", "größe", "ω_1", "x٣", "𝐱"])
def test_what_can_be_a_name(name: str) -> None:
    assert parse(f"2 * {name}", **{name: 3}).data == 6.0


def test_spellings_of_one_character_are_one_name() -> None:
    two_spellings = {"é": 3, "e\u0301": 3}
    assert parse("e\u0301 * é", é=3).data == 9.0
    assert parse("ﬁ * 2", fi=3).data == 6.0
    assert refusal("é", **two_spellings) == "é is given twice"


@pytest.mark.parametrize("number", ["2", "2.", ".5", "2e3", "1E-3", "1.5e+2", "007", "1e22", "0", "0.0e-5", "9" * 300])
def test_what_can_be_a_number(number: str) -> None:
    assert parse(f"x * {number}", x=1).data == float(number)


@pytest.mark.parametrize("number", [2, 2.0, True, Fraction(1, 3), Decimal("0.1")])
def test_inputs_are_numbers_of_any_type(number: Any) -> None:
    assert parse("+x", x=number).data == float(number)


def test_the_title_is_the_expression_on_one_line() -> None:
    assert title("  e = a*b \n\n d = (e\n   + c) ;") == "e = a*b; d = (e + c)"


# What is refused, in which words, and where.


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a +", "column 3: a number or a name is missing after +"),
        ("* a", "column 1: a number or a name is missing before *"),
        ("a * / b", "column 3: a number or a name is missing after *"),
        ("()", "column 1: a number or a name is missing after ("),
        ("exp()", "column 4: a number or a name is missing after ("),
        ("max(a,)", "column 6: a number or a name is missing after ,"),
        ("L =", "column 3: a number or a name is missing after ="),
        ("L = = a", "column 3: a number or a name is missing after ="),
        ("= a", "column 1: a name is missing before ="),
        ("(a*b", "column 1: this parenthesis is never closed"),
        ("a*(b*(c)", "column 3: this parenthesis is never closed"),
        ("L = (a; b)", "column 5: this parenthesis is never closed"),
        ("a*b)", "column 4: this parenthesis was never opened"),
        ("2a", "column 2: an op is missing between 2 and a; to multiply, write *"),
        ("2 a", "column 3: an op is missing between 2 and a; to multiply, write *"),
        ("a b", "column 3: an op is missing between a and b; to multiply, write *"),
        ("a (b)(c)", "column 6: an op is missing between ) and (; to multiply, write *"),
        ("2(a + b)", "column 2: an op is missing between 2 and (; to multiply, write *"),
        ("1.2.3", "column 4: an op is missing between 1.2 and .3; to multiply, write *"),
        ("2j", "column 2: an op is missing between 2 and j; to multiply, write *"),
        ("a = b = 2", "column 7: only one name, at the start of a statement, can stand left of ="),
        ("2 = a", "column 3: only one name, at the start of a statement, can stand left of ="),
        ("a + b = c", "column 7: only one name, at the start of a statement, can stand left of ="),
        ("exp(a) = c", "column 8: only one name, at the start of a statement, can stand left of ="),
        ("max(a=1, b=2)", "column 6: there is no = inside parentheses; functions are given values without names"),
        ("2,5 * a", "column 2: a comma stands only between the values of a function; decimals have a point"),
        ("(a, b)", "column 3: a comma stands only between the values of a function; decimals have a point"),
        ("a + foo(b)", "column 5: foo is not a function here; there are abs, cos, exp, log, max, maximum, min, minimum,"
         " relu, sigmoid, sin, sqrt, tanh"),
        ("L = sinus(a)", "column 5: sinus is not a function here; did you mean sin?"),
        ("Tanh(a)", "column 1: Tanh is not a function here; did you mean tanh?"),
        ("max(a)", "column 1: max takes 2 values, but is given 1"),
        ("1 + exp(a, b)", "column 5: exp takes 1 value, but is given 2"),
        ("exp * 2", "column 1: exp is a function; write exp(...)"),
        ("max = 2; max", "column 10: max is a function; write max(...)"),
        ("max = a", "column 1: max is a function; give the result another name"),
    ],
)  # fmt: skip
def test_an_expression_that_is_badly_put_together(source: str, message: str) -> None:
    assert refusal(source) == message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a^2", "column 2: ^ is not an op here; write ** for powers"),
        ("a // b", "column 3: // is not an op here; there are + * - / **"),
        ("a % b", "column 3: % is not an op here; there are + * - / **"),
        ("a @ b", "column 3: @ is not an op here; there are + * - / **"),
        ("a & b", "column 3: & is not an op here; there are + * - / **"),
        ("~a", "column 1: ~ is not an op here; there are + * - / **"),
        ("a += 1", "column 3: += would change a value; give the result a new name instead"),
        ("a **= 2", "column 3: **= would change a value; give the result a new name instead"),
        ("a == b", "column 3: write one = to give a name; values are not compared here"),
        ("a != b", "column 3: values are computed here, not compared"),
        ("a < b", "column 3: values are computed here, not compared"),
        ("(a := 2)", "column 4: write = and make it a statement of its own"),
        ("a.b", "column 2: a . stands only inside a number; values have no attributes here"),
        ("np.exp(a)", "column 3: a . stands only inside a number; values have no attributes here"),
        ("a[0]", "column 2: there are no lists here, and no indexing"),
        ("[a for a in b]", "column 1: there are no lists here, and no indexing"),
        ("{a}", "column 1: there are no braces here; group with ( and )"),
        ("'a'", "column 1: there are no strings here"),
        ('f"{a}"', "column 2: there are no strings here"),
        ("a # the input", "column 3: there are no comments here"),
        ("a + \\\n b", "line 1, column 5: there is no \\ here; a line goes on inside parentheses"),
        ("x if y else z", "column 3: if cannot be used here: nothing is decided here; every op is computed"),
        ("sum(a for a in b)", "column 7: for cannot be used here: there are no loops here; write the terms out"),
        ("a and b", "column 3: and cannot be used here: there is no logic here, only arithmetic"),
        ("True", "column 1: True cannot be used here: values are numbers; write them in digits"),
        ("import os", "column 1: import cannot be used here: a statement is name = expression"),
        ("lambda * a", "column 1: lambda cannot be used here: Python keeps that word for itself;"
         " another name will do, such as lambda_"),
        ("lambda x: x", "column 1: lambda cannot be used here: Python keeps that word for itself;"
         " another name will do, such as lambda_"),
        ("a × b", "column 3: write * for ×"),
        ("a · b", "column 3: write * for ·"),
        ("a ÷ b", "column 3: write / for ÷"),
        ("a − b", "column 3: write - for −"),
        ("√a", "column 1: write sqrt(...) for √"),
        ("a²", "column 2: write **2 for ²"),
        ("x₁", "column 2: write 1 for ₁"),
        ("a（b)", "column 2: write ( for （"),
        ("٣ * a", "column 1: ٣ cannot be used here"),
        ("½", "column 1: ½ cannot be used here"),
        ("a?", "column 2: ? cannot be used here"),
        ("a\x00", "column 2: \\x00 cannot be used here"),
        ("a\x1b[31m", "column 2: \\x1b cannot be used here"),
        ("a\v+ b", "column 2: \\x0b cannot be used here"),
        ("a \u202e b", "column 3: \\u202e cannot be used here"),
        ("a\u2028b", "column 2: \\u2028 cannot be used here"),
        ("\ud800", "column 1: \\ud800 cannot be used here"),
        ("😀 * a", "column 1: 😀 cannot be used here"),
    ],
)  # fmt: skip
def test_what_is_no_part_of_the_language(source: str, message: str) -> None:
    assert refusal(source) == message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("1e999 * a", "column 1: 1e999 is too large for a float; the largest is 1.8e308"),
        ("a + 1e-999", "column 5: 1e-999 is too small for a float; it would be 0"),
        ("9" * 9000, f"column 1: {'9' * 39}… is too large for a float; the largest is 1.8e308"),
        ("1_000", "column 1: numbers are written in plain decimal digits"),
        ("0x1F + a", "column 1: numbers are written in plain decimal digits"),
        ("0b1", "column 1: numbers are written in plain decimal digits"),
        ("x" * 101, "column 1: a name has at most 100 characters"),
        ("(" * 9999, "column 51: parentheses nest more than 50 deep; give parts a name of their own"),
        (
            "exp(" * 51 + "a" + ")" * 51,
            "column 204: parentheses nest more than 50 deep; give parts a name of their own",
        ),
        ("-" * 9999 + "a", "column 501: a statement has at most 500 ops; give parts a name of their own"),
        ("a" + "+a" * 4999, "column 1002: a statement has at most 500 ops; give parts a name of their own"),
        ("a" + "**a" * 3000, "column 1502: a statement has at most 500 ops; give parts a name of their own"),
        ("a" + "+a" * 9999, "the expression has 19,999 characters; at most 10,000 are read"),
        ("a" * 10_001, "the expression has 10,001 characters; at most 10,000 are read"),
    ],
)
def test_what_is_too_large(source: str, message: str) -> None:
    assert refusal(source) == message


def test_just_within_the_limits() -> None:
    assert parse("(" * DEEPEST + "a" + ")" * DEEPEST, a=2).data == 2.0
    assert parse("abs(" * DEEPEST + "a" + ")" * DEEPEST, a=-2).data == 2.0
    assert parse("-" * MOST_OPS + "a", a=2).data == 2.0
    assert parse("a" + "+a" * MOST_OPS, a=1).data == MOST_OPS + 1
    assert parse("a" + "**a" * MOST_OPS, a=1).data == 1.0
    assert parse("max(a, -(" * 25 + "a" + "))" * 25, a=1).data == 1.0
    assert parse("x" * LONGEST_NAME, **{"x" * LONGEST_NAME: 2}).data == 2.0
    many = "; ".join(["v0 = a", *(f"v{n} = v{n - 1} + 1" for n in range(1, 500)), "v499"])
    assert parse(many.ljust(LONGEST_TEXT), a=0).data == 499.0


@pytest.mark.parametrize("source", ["", "   ", "\n;\r\n;"])
def test_nothing(source: str) -> None:
    assert refusal(source) == "the expression is empty; write one such as (a*b + c) * f"


def test_something_that_is_no_text() -> None:
    assert refusal(5) == "an expression is text, but this is a int"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "inputs", "message"),
    [
        ("a*b; L = c", {}, "column 1: only the last statement can do without a name; write name = before this one"),
        ("a = 2; a = 3; a", {}, "column 8: a has a value already (column 1); give the result a new name"),
        ("a = a + 1", {"a": 2}, "column 5: a cannot be computed from itself; give the result a new name"),
        ("L = d*f; d = e + c", {}, "column 10: d is used before it is computed (column 5); put this statement first"),
        ("e = a*b; L = c", {"a": 2, "b": 3, "c": 4}, "column 1: e is never used by the output; use it or leave it out"),
        ("e = a; g = e; L = c", {}, "column 1: e is never used by the output; use it or leave it out"),
        ("k = 2; L = c", {}, "column 1: k is never used by the output; use it or leave it out"),
        ("e = a; L = c; L", {"c": 1}, "column 1: e is never used by the output; use it or leave it out"),
        ("e = a*b; L = e", {"a": 2, "b": 3, "e": 6}, "column 1: e is computed here, so it cannot be given as an input"),
        ("a*b", {"a": 2, "b": 3, "z": 4}, "there is no z in the expression; its inputs are a and b"),
        ("a*b", {"a": 2, "B": 3}, "there is no B in the expression; did you mean b?"),
        ("rate*b", {"rat": 2, "b": 3}, "there is no rat in the expression; did you mean rate?"),
        ("2*3", {"a": 2}, "there is no a in the expression; it has no inputs"),
        ("a", {"b\n\x1b[1m": 2}, "there is no b \\x1b[1m in the expression; its inputs are a"),
        ("a*b", {"a": 2}, "column 3: b has no value; give it one, such as b=2"),
        ("a*b + c", {"b": 2}, "column 1: a and c have no value; give each one, such as a=2"),
        ("a+b+c+d+e+f+g+h+i", {}, "column 1: a, b, c, d, e, f, g and 2 more have no value; give each one, such as a=2"),
        ("w1*x1 + w_1", {"w1": 1, "x1": 2}, "column 9: w_1 has no value; did you mean w1?"),
        ("total = a; L = totl*2 + total", {"a": 1}, "column 16: totl has no value; did you mean total?"),
        ("a", {"a": math.inf}, "the input a cannot be used: inf is not finite"),
        ("a", {"a": math.nan}, "the input a cannot be used: nan is not finite"),
        ("a", {"a": "2"}, "the input a cannot be used: a Value holds one real number, but was given the str '2'"),
        ("a", {"a": None}, "the input a cannot be used: a Value holds one real number, but was given None"),
        ("a", {"a": 10**400}, "the input a cannot be used: a number is too large for a float; the largest is 1.8e308"),
    ],
)
def test_names_and_inputs_that_do_not_fit(source: str, inputs: dict[str, Any], message: str) -> None:
    assert refusal(source, **inputs) == message


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("a ^ b", 1, 3),
        ("x = a\ny = x ^ 2", 2, 7),
        ("x = a;\r\n  y = π × x", 2, 9),
        ("x = a\r\rfoo(x)", 3, 1),
        ("", 0, 0),
    ],
)
def test_an_error_knows_its_place(source: str, line: int, column: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_place_names_the_line_only_where_there_are_several() -> None:
    assert refusal("a ^ b\n").startswith("column 3: ")
    assert refusal("\na ^ b").startswith("line 2, column 3: ")
    assert refusal("x = a\nx = 2\nx") == "line 2, column 1: x has a value already (line 1, column 1); " + (
        "give the result a new name"
    )


@pytest.mark.parametrize(
    ("source", "inputs", "message"),
    [
        ("1 + 1/0", {}, "column 5: a / b has no finite result for 1.0, 0.0: the divisor must not be 0"),
        ("L = x + log(a)", {"x": 1, "a": 0}, "column 9: log(a) has no finite result for a = 0.0: the input must be "
         "above 0"),
        ("(a - 8)**0.5", {"a": 0}, "column 1: a ** b has no finite result for -8.0, 0.5: a negative base takes "
         "whole exponents, and 0 takes none below 0"),
        ("e = a\nexp(e)", {"a": 1000}, "line 2, column 1: exp(a) has no finite result for a = 1000.0: the result is "
         "too large for a float"),
    ],
)  # fmt: skip
def test_a_result_that_is_not_finite_has_a_place(source: str, inputs: dict[str, float], message: str) -> None:
    with pytest.raises(DomainError) as caught:
        parse(source, **inputs)
    assert str(caught.value) == message


def test_a_domain_error_keeps_what_it_knows() -> None:
    with pytest.raises(DomainError) as caught:
        parse("x/(a - a)", a=1, x=2)
    assert (caught.value.op, caught.value.operands, caught.value.labels) == ("div", (2.0, 0.0), ("x", ""))


# Inputs as the command line writes them.


def test_inputs_of_the_command_line() -> None:
    assert read_inputs([]) == {}
    words = ["a=2", "b=-3", " c = +.5 ", "f=1e-3", "ﬁ=007"]
    assert read_inputs(words) == {"a": 2.0, "b": -3.0, "c": 0.5, "f": 0.001, "fi": 7.0}
    assert math.copysign(1, read_inputs(["a=-0"])["a"]) == -1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a2"], "a2 is not an input; write name=number, such as a=2"),
        (["=2"], "=2 is not an input; write name=number, such as a=2"),
        (["a\n2"], "a 2 is not an input; write name=number, such as a=2"),
        ([""], "an empty word is not an input; write name=number, such as a=2"),
        (["a="], "the input a cannot be used: there is no number behind the ="),
        (["a=b"], "the input a cannot be used: b is not a decimal number"),
        (["a==2"], "the input a cannot be used: =2 is not a decimal number"),
        (["a=2,5"], "the input a cannot be used: 2,5 is not a decimal number"),
        (["a=1_000"], "the input a cannot be used: 1_000 is not a decimal number"),
        (["a=0x10"], "the input a cannot be used: 0x10 is not a decimal number"),
        (["a=1/3"], "the input a cannot be used: 1/3 is not a decimal number"),
        (["a=٣"], "the input a cannot be used: ٣ is not a decimal number"),
        (["a=inf"], "the input a cannot be used: inf is not finite"),
        (["a=-Infinity"], "the input a cannot be used: -Infinity is not finite"),
        (["a=NaN"], "the input a cannot be used: NaN is not finite"),
        (["a=1e999"], "the input a cannot be used: 1e999 is too large for a float; the largest is 1.8e308"),
        (["a=-1e-999"], "the input a cannot be used: -1e-999 is too small for a float; it would be 0"),
        (["a=2", "b=3", "a=2"], "a is given twice"),
        (["é=2", "e\u0301=2"], "é is given twice"),
    ],
)
def test_inputs_that_are_refused(words: list[str], message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        read_inputs(words)
    assert str(caught.value) == message


# Whatever the text is.

OURS = ["a", "b", "x1", "L", "2", "0", "1.5", "+", "-", "*", "/", "**", "(", ")", ",", "=", ";", "\n", " ", "exp(",
        "max(", "log"]  # fmt: skip
FOREIGN = ["1e400", "foo", "if", "^", ".", "==", "'", "π", "\ud800", "\x00", "\u2028"]
nearly = st.lists(st.sampled_from(OURS), max_size=25).map("".join)
foreign = st.lists(st.sampled_from(OURS * 2 + FOREIGN), max_size=12).map("".join)
ascii_text = st.text(st.characters(min_codepoint=32, max_codepoint=126))


@settings(max_examples=1000)
@given(st.one_of(nearly, foreign, ascii_text, st.text()))
def test_any_text_is_computed_or_refused_in_one_line(source: str) -> None:
    error = error_of(lambda: parse(source, **dict.fromkeys(inputs_of(statements(source)), 1.5)))
    assert error is None or is_one_line(error)
    if error is None:
        assert title(title(source)) == title(source)
    elif isinstance(error, ExpressionError) and error.line:
        lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert error.column <= len(lines[error.line - 1])
        assert f"column {error.column}: " in str(error)


@given(st.lists(st.one_of(st.text(), st.tuples(st.sampled_from("ab"), st.floats()).map(lambda i: f"{i[0]}={i[1]}"))))
def test_any_words_are_inputs_or_refused_in_one_line(words: list[str]) -> None:
    error = error_of(lambda: read_inputs(words))
    assert is_one_line(error) if error else all(map(math.isfinite, read_inputs(words).values()))


class Checked:
    """A number of Python's own that refuses results which are not finite or not real."""

    def __init__(self, number: float) -> None:
        if isinstance(number, complex) or not math.isfinite(number):
            raise ArithmeticError
        self.number = number


def checked(compute: Callable[..., float]) -> Callable[..., Checked]:
    return lambda *operands: Checked(compute(*(operand.number for operand in operands)))


for method, compute in {
    "__add__": operator.add, "__sub__": operator.sub, "__mul__": operator.mul, "__truediv__": operator.truediv,
    "__pow__": operator.pow, "__neg__": operator.neg, "__pos__": operator.pos,
}.items():  # fmt: skip
    setattr(Checked, method, checked(compute))

PYTHON = {
    "abs": abs, "max": max, "maximum": max, "min": min, "minimum": min,
    **{name: getattr(math, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh")},
    "relu": lambda x: max(x, 0.0),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x)),
}  # fmt: skip
FUNCTIONS = {name: checked(function) for name, function in PYTHON.items()}


def by_python(source: str) -> float | None:
    """What Python itself makes of the expression; None where it has no finite real result."""
    names = {name: Checked(number) for name, number in LETTERS.items()}
    tree = ast.parse(source, mode="eval")
    for node in ast.walk(tree):  # so that literals are floats too, and none becomes a huge integer
        for field, child in ast.iter_fields(node):
            if isinstance(child, ast.Constant):
                setattr(node, field, _call_of_checked(child))
            elif isinstance(child, list):
                child[:] = [_call_of_checked(item) if isinstance(item, ast.Constant) else item for item in child]
    code = compile(ast.fix_missing_locations(tree), "<expression>", "eval")
    try:
        return eval(code, FUNCTIONS | names | {"Checked": Checked}).number  # noqa: S307 (drawn by the strategy below)
    except (ArithmeticError, ValueError):
        return None


def _call_of_checked(literal: ast.Constant) -> ast.Call:
    return ast.Call(ast.Name("Checked", ast.Load()), [ast.Constant(float(literal.value))], [])


def _grown(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    binary = st.tuples(smaller, st.sampled_from(["+", "-", " * ", "/", "**", " ** "]), smaller).map("".join)
    unary = st.tuples(st.sampled_from("-+"), smaller).map("".join)
    grouped = smaller.map("({})".format)
    one = st.tuples(st.sampled_from(["abs", "exp", "log", "sqrt", "sin", "cos", "tanh", "relu", "sigmoid"]), smaller)
    two = st.tuples(st.sampled_from(["max", "min", "maximum", "minimum"]), smaller, smaller)
    calls = one.map("{0[0]}({0[1]})".format) | two.map("{0[0]}({0[1]}, {0[2]})".format)
    return st.one_of(binary, unary, grouped, calls)


atoms = st.sampled_from([*LETTERS, "2", "0", "3", "0.5", "1e-3", "10"])


@settings(max_examples=600)
@given(st.recursive(atoms, _grown, max_leaves=12))
def test_results_are_pythons_own(source: str) -> None:
    used = {name: number for name, number in LETTERS.items() if name in {*inputs_of(statements(source))}}
    expected = by_python(source)
    if expected is None:
        with pytest.raises(DomainError):
            parse(source, **used)
    else:
        assert parse(source, **used).data == expected


def test_python_and_the_language_know_the_same_functions() -> None:
    written = {op.written.partition("(")[0] for op in OPS.values() if "(" in op.written}
    assert written | {"maximum", "minimum"} == set(PYTHON)
