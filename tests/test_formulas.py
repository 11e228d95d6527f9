"""The language of the op table: what a formula says in Python and on paper is the same."""

from __future__ import annotations

import ast
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer import ieee
from tracer.formulas import ASCII, ATOM, PRODUCT, SIGN, SUM, UNICODE, Notation, Term, to_python, to_term
from tracer.ops import OPS

NAMES = {name: getattr(ieee, name) for name in ieee.__all__} | {"abs": abs, "relu": lambda a: max(a, 0.0)}
FORMULAS = sorted(
    {op.written for op in OPS.values()}
    | {case.formula for op in OPS.values() for cases in op.locals for case in cases}
    | {case.shown for op in OPS.values() for cases in op.locals for case in cases}
)


def formulas() -> st.SearchStrategy[str]:
    """Random formulas in a, b and y, with every parenthesis that could be needed."""
    leaves = st.sampled_from(["a", "b", "y", "1", "2", "3", "0.5"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner).map("({0[0]} {0[1]} {0[2]})".format),
            inner.map("(-{})".format),
            inner.map("sin({})".format),
        ),
        max_leaves=8,
    )


def compute(source: str, **letters: float) -> float:
    return float(eval(source, dict(NAMES), letters))  # noqa: S307  # formulas made above


class TestPython:
    def test_division_and_powers_answer_as_ieee_says(self) -> None:
        assert to_python("1 / (2 * y)") == "div(1.0, 2.0 * y)"
        assert to_python("a**-2") == "pow(a, -2.0)"
        assert compute(to_python("1 / a"), a=0.0) == math.inf
        assert math.isnan(compute(to_python("a ** b"), a=-8.0, b=0.5))

    def test_whole_numbers_become_floats(self) -> None:
        assert type(eval(to_python("1"))) is float  # noqa: S307

    @given(formulas(), st.floats(), st.floats(), st.floats())
    def test_it_never_raises_on_floats(self, formula: str, a: float, b: float, y: float) -> None:
        assert isinstance(compute(to_python(formula), a=a, b=b, y=y), float)

    def test_reading_a_formula_twice_gives_the_same(self) -> None:
        assert to_python("a / b") == to_python("a / b")
        assert to_term("a / b", {}).text == "a/b"


class TestText:
    @pytest.mark.parametrize("formula", FORMULAS)
    def test_every_formula_of_the_op_table_can_be_shown(self, formula: str) -> None:
        for notation in (ASCII, UNICODE):
            assert to_term(formula, {"a": Term("x"), "b": Term("p + q", SUM), "y": Term("L")}, notation).text

    @given(formulas())
    def test_read_back_it_means_the_same(self, formula: str) -> None:
        letters = {"a": 1.25, "b": -0.75, "y": 2.5}
        text = to_term(formula, {name: Term(name) for name in letters}).text
        wanted, given_back = compute(to_python(formula), **letters), compute(to_python(text), **letters)
        assert given_back == wanted or math.isclose(given_back, wanted, rel_tol=1e-12) or (wanted != wanted)

    @given(formulas())
    def test_it_means_the_same_with_sums_products_and_negative_numbers_in_place_of_letters(self, formula: str) -> None:
        letters = {"p": 1.5, "q": -0.25}
        terms = {"a": Term("p + q", SUM), "b": Term("p*q", PRODUCT), "y": Term("-3", SIGN, -3.0)}
        text = to_term(formula, terms).text
        wanted = compute(to_python(formula), a=1.25, b=-0.375, y=-3.0)
        given_back = compute(to_python(text), **letters)
        assert math.isclose(given_back, wanted, rel_tol=1e-9) or given_back == wanted or wanted != wanted

    @given(formulas())
    def test_no_two_signs_stand_side_by_side(self, formula: str) -> None:
        text = to_term(formula, {"a": Term("-3", SIGN, -3.0)}).text
        assert "--" not in text

    @pytest.mark.parametrize(
        ("formula", "text", "raised"),
        [
            ("a * b", "x*(p + q)", "x × (p + q)"),
            ("b * a", "(p + q)*x", "(p + q) × x"),
            ("a / b", "x/(p + q)", "x/(p + q)"),
            ("b - a", "p + q - x", "p + q − x"),
            ("a - b", "x - (p + q)", "x − (p + q)"),
            ("a - (-1)", "x - (-1)", "x − (−1)"),
            ("a - (-y)", "x - (-L)", "x − (−L)"),
            ("-b", "-(p + q)", "−(p + q)"),
            ("-a", "-x", "−x"),
            ("-(-a)", "-(-x)", "−(−x)"),
            ("b ** a", "(p + q)**x", "(p + q)**x"),
            ("1 - y**2", "1 - L**2", "1 − L²"),
            ("y * (1 - y)", "L*(1 - L)", "L × (1 − L)"),
            ("tanh(b)", "tanh(p + q)", "tanh(p + q)"),
            ("a ** (1 + 1)", "x**2", "x²"),
            ("a ** (2 - 1)", "x", "x"),
            ("1 * a", "x", "x"),
            ("a ** -1", "x**(-1)", "x**(−1)"),
            ("a * (b * y)", "x*((p + q)*L)", "x × ((p + q) × L)"),
            ("inf", "inf", "inf"),
        ],
    )
    def test_parentheses_stand_where_they_are_needed(self, formula: str, text: str, raised: str) -> None:
        names = {"a": Term("x"), "b": Term("p + q", SUM), "y": Term("L")}
        assert to_term(formula, names).text == text
        assert to_term(formula, names, UNICODE).text == raised

    def test_it_reads_as_python(self) -> None:
        for formula in FORMULAS:
            ast.parse(to_term(formula, {}).text, mode="eval")


class TestNumbers:
    @pytest.mark.parametrize(
        ("number", "text"),
        [(2.0, "2"), (-0.5, "-0.5"), (0.1, "0.1"), (1e12, "1e12"), (math.inf, "inf"), (-0.0, "-0")],
    )
    def test_a_literal_is_written_as_people_do(self, number: float, text: str) -> None:
        assert ASCII.number(number) == text
        assert UNICODE.number(number) == text.replace("-", "−")

    @given(st.floats(allow_nan=False))
    def test_every_digit_of_it_is_kept(self, number: float) -> None:
        assert float(ASCII.number(number)) == number

    def test_a_notation_is_data(self) -> None:
        assert to_term("a * b", {}, Notation(times=" . ")).text == "a . b"


def test_a_negative_number_is_a_number() -> None:
    assert to_term("-1", {}) == Term("-1", SIGN, -1.0)
    assert to_term("b * a**(b - 1)", {"a": Term("x"), "b": to_term("-2", {})}).text == "-2*x**(-3)"


def test_a_term_knows_when_it_needs_parentheses() -> None:
    assert Term("p + q", SUM).within(PRODUCT) == "(p + q)"
    assert Term("p*q", PRODUCT).within(SUM) == "p*q"
    assert Term("x", ATOM).within(ATOM) == "x"
