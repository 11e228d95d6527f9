"""The op table: every entry is complete, and its local derivatives are the derivatives of its value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from tests import reference
from tracer import ieee
from tracer.checking import check
from tracer.formulas import to_python
from tracer.ops import OPS, Op
from tracer.sources import trace
from tracer.value import Value, method_name

NAN, INF = math.nan, math.inf

# Places away from kinks and edges, by the number of operands: for all ops, and for those that are defined there.
PLACES: dict[int, list[tuple[float, ...]]] = {1: [(0.7,), (2.3,)], 2: [(0.7, 2.3), (2.3, 0.7), (1.9, -0.6)]}
ANYWHERE: dict[int, list[tuple[float, ...]]] = {1: [(-1.3,)], 2: [(-1.3, 0.4), (-2.5, -0.9)]}

KINKS = [
    ("relu", (0.0,), (0.0,)),
    ("relu", (-0.0,), (0.0,)),
    ("abs", (0.0,), (0.0,)),
    ("abs", (-0.0,), (0.0,)),
    ("maximum", (2.0, 2.0), (0.5, 0.5)),
    ("minimum", (2.0, 2.0), (0.5, 0.5)),
    ("maximum", (0.0, -0.0), (0.5, 0.5)),
]

EDGES = [
    ("sqrt", (0.0,), (INF,)),
    ("pow", (0.0, 2.0), (0.0, 0.0)),
    ("pow", (0.0, 1.0), (1.0, 0.0)),
    ("pow", (0.0, 0.5), (INF, 0.0)),
    ("pow", (0.0, 0.0), (0.0, 0.0)),
    ("pow", (5.0, 0.0), (0.0, math.log(5.0))),
    ("pow", (-2.0, 3.0), (12.0, NAN)),  # between whole exponents a negative base has no power, so no derivative
    ("pow", (-2.0, -2.0), (0.25, NAN)),
    ("exp", (-INF,), (0.0,)),
    ("relu", (NAN,), (NAN,)),
    ("abs", (NAN,), (NAN,)),
    ("maximum", (NAN, 1.0), (NAN, NAN)),
    ("minimum", (1.0, NAN), (NAN, NAN)),
    ("tanh", (INF,), (0.0,)),
    ("sigmoid", (-INF,), (0.0,)),
    ("div", (0.0, 3.0), (1 / 3, -0.0)),
]


def apply(op: Op, numbers: Sequence[float]) -> tuple[list[Value], Value]:
    operands = [Value(number, label=label) for number, label in zip(numbers, "xy", strict=False)]
    return operands, getattr(Value, method_name(op))(*operands)


def places(op: Op) -> list[tuple[float, ...]]:
    defined = [numbers for numbers in ANYWHERE[op.arity] if math.isfinite(op.forward(*numbers))]
    return PLACES[op.arity] + defined


def same(given: Sequence[float], wanted: Sequence[float]) -> bool:
    return all(math.isclose(x, y, rel_tol=1e-15) or (x != x and y != y) for x, y in zip(given, wanted, strict=True))


def test_the_reference_knows_every_op() -> None:
    assert set(reference.FUNCTIONS) == set(OPS), "give tests/reference.py a function for the op that was added"


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_an_entry_is_complete(op: Op) -> None:
    assert op.arity in (1, 2)
    assert op.symbol
    assert op.glyph
    assert to_python(op.value)
    for cases in op.locals:
        assert all(case.formula and case.why for case in cases)
        assert all(case.when for case in cases[:-1]), "only the last case may hold always"


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_its_local_derivatives_pass_the_numeric_check_with_an_upstream_of_3(op: Op) -> None:
    for numbers in places(op):
        _, y = apply(op, numbers)
        result = check(trace(3.0 * y))
        assert y.grad == 3.0
        assert not result.wrong
        assert not result.inconclusive


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_its_value_and_local_derivatives_are_those_of_mpmath(op: Op) -> None:
    function = reference.FUNCTIONS[op.name]
    for numbers in places(op):
        y = op.forward(*numbers)
        with mp.workdps(reference.DIGITS):
            exact = function(*map(mpf, numbers))
            assert abs(y - exact) <= 2 * reference.ULP * abs(exact)
            for slot, local in enumerate(op.local_derivatives(numbers, y)):
                wanted = derivative(function, numbers, slot)
                assert abs(local - wanted) <= 6 * reference.ULP * abs(wanted), (numbers, slot)


@pytest.mark.parametrize(("name", "numbers", "wanted"), KINKS + EDGES)
def test_local_derivatives_at_kinks_and_edges_are_as_documented(
    name: str, numbers: tuple[float, ...], wanted: tuple[float, ...]
) -> None:
    op = OPS[name]
    assert same(op.local_derivatives(numbers, op.forward(*numbers)), wanted)


@pytest.mark.parametrize(("name", "numbers", "wanted"), KINKS)
def test_at_a_kink_the_gradients_are_the_documented_ones_and_the_check_does_not_confirm_them(
    name: str, numbers: tuple[float, ...], wanted: tuple[float, ...]
) -> None:
    operands, y = apply(OPS[name], numbers)
    result = check(trace(3.0 * y))
    assert [operand.grad for operand in operands] == [3.0 * local for local in wanted]
    for label in "xy"[: len(numbers)]:
        found = result.of(label)
        assert found is not None
        assert found.answer == "inconclusive"
        assert found.reason.startswith("a kink in ")


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
@given(numbers=st.lists(st.floats(), min_size=2, max_size=2))
def test_no_float_makes_an_op_raise_or_turn_complex(op: Op, numbers: list[float]) -> None:
    operands = numbers[: op.arity]
    y = op.forward(*operands)
    assert type(y) is float
    assert all(type(local) is float for local in op.local_derivatives(operands, y))


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_nan_comes_out_where_nan_goes_in(op: Op) -> None:
    for slot in range(op.arity):
        operands = [NAN if place == slot else 1.5 for place in range(op.arity)]
        assert math.isnan(op.forward(*operands))


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
@given(numbers=st.lists(st.floats(-5, 5), min_size=2, max_size=2))
def test_the_case_that_holds_gives_the_local_derivative(op: Op, numbers: list[float]) -> None:
    operands = numbers[: op.arity]
    y = op.forward(*operands)
    a, b = operands[0], operands[-1]
    for slot, local in enumerate(op.local_derivatives(operands, y)):
        case = op.case(slot, a, b, y)
        if case is None:
            assert local != local
        else:
            names = vars(ieee) | {"a": a, "b": b, "y": y}
            assert same([eval(to_python(case.formula), names)], [local])  # noqa: S307  # the op table's own formula


@pytest.mark.parametrize("x", [-1000.0, -720.0, -40.0, -30.0, -20.0, -5.0, 5.0, 20.0, 30.0, 40.0, 300.0, 1000.0])
def test_sigmoid_and_tanh_are_right_in_their_tails(x: float) -> None:
    with mp.workdps(1000):
        for name in ("sigmoid", "tanh"):
            op = OPS[name]
            y = op.forward(x)
            (local,) = op.local_derivatives((x,), y)
            exact = reference.FUNCTIONS[name](mpf(x))
            slope = exact * (1 - exact) if name == "sigmoid" else 1 - exact**2
            assert math.isclose(y, float(exact), rel_tol=1e-15, abs_tol=5e-324)
            assert math.isclose(local, float(slope), rel_tol=1e-14, abs_tol=5e-324)


def derivative(function: Callable[..., mpf], numbers: Sequence[float], slot: int) -> mpf:
    up, down = (
        function(*(mpf(number) + step * (place == slot) for place, number in enumerate(numbers)))
        for step in (reference.STEP, -reference.STEP)
    )
    return (up - down) / (2 * reference.STEP)
