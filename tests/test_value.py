"""Value: what it takes, how it computes, and what it refuses."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
import pytest

from tracer.errors import (
    CycleError,
    DomainError,
    NotANumberError,
    StaleValueError,
    TracerError,
)
from tracer.ops import OPS
from tracer.sources import trace
from tracer.value import Value

NAN, INF = math.nan, math.inf


class TestNumbers:
    @pytest.mark.parametrize(
        ("given", "number"),
        [
            (3, 3.0),
            (True, 1.0),
            (-0.0, -0.0),
            (2**53 + 1, 2.0**53),
            (Fraction(1, 4), 0.25),
            (Decimal("0.1"), 0.1),
            (Decimal("Infinity"), INF),
            (numpy.float64(0.1), 0.1),
            (numpy.float32(0.1), float(numpy.float32(0.1))),
            (numpy.float16(2), 2.0),
            (numpy.longdouble(2), 2.0),
            (numpy.int64(-7), -7.0),
            (numpy.uint8(7), 7.0),
            (numpy.bool_(True), 1.0),
        ],
        ids=repr,
    )
    def test_a_real_number_becomes_a_float(self, given: Any, number: float) -> None:
        value = Value(given)
        assert type(value.data) is float
        assert value.data == number
        value.data = given
        value.grad = given
        assert (type(value.data), type(value.grad)) == (float, float)
        assert repr(value.data) == repr(value.grad) == repr(number)

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (1j, "the complex 1j"),
            ("2", "the str '2'"),
            (b"2", "the bytes b'2'"),
            (None, "None"),
            ([1.0], "the list [1.0]"),
            (numpy.array([1.0, 2.0]), "the ndarray array([1., 2.])"),
            (numpy.array(2.0), "the ndarray array(2.)"),
            (numpy.complex128(1), "the complex (1+0j)"),
            (numpy.str_("a"), "the str 'a'"),
            (Value(2.0), "the Value Value(data=2.0)"),
            (Decimal("sNaN"), "the Decimal Decimal('sNaN')"),
            ("x" * 1000, "…"),
        ],
        ids=lambda given: type(given).__name__,
    )
    def test_anything_else_is_a_type_error_that_says_what_was_given(self, given: Any, said: str) -> None:
        value = Value(1.0)
        for assign in (Value, lambda g: setattr(value, "data", g), lambda g: setattr(value, "grad", g)):
            with pytest.raises(TypeError, match="a Value holds one real number, but was given") as caught:
                assign(given)
            assert isinstance(caught.value, NotANumberError)
            assert said in str(caught.value)
            assert len(str(caught.value)) < 120
        assert value.data == 1.0

    @pytest.mark.parametrize("given", [10**400, Fraction(-(10**400), 3), Decimal("1e400"), numpy.longdouble("1e400")])
    def test_a_number_that_no_float_can_hold_is_refused(self, given: Any) -> None:
        with pytest.raises(DomainError, match="too large for a float"):
            Value(given)

    def test_a_gradient_is_0_until_it_is_assigned_and_is_assignable_by_hand(self) -> None:
        value = Value(2.0)
        assert value.grad == 0.0
        value.grad = 1
        value.grad += 2
        assert value.grad == 3.0

    def test_no_other_attribute_can_be_set_by_mistake(self) -> None:
        with pytest.raises(AttributeError):
            Value(1.0).gradient = 2.0  # type: ignore[attr-defined]


BINARY: list[tuple[Callable[[Any, Any], Any], str]] = [
    (operator.add, "+"),
    (operator.sub, "-"),
    (operator.mul, "*"),
    (operator.truediv, "/"),
    (operator.pow, "**"),
]


class TestOperators:
    @pytest.mark.parametrize(("op", "symbol"), BINARY)
    @pytest.mark.parametrize("number", [2, 2.0, True, Fraction(5, 2), Decimal("2.5"), numpy.float64(2), numpy.int32(2)])
    def test_they_take_plain_numbers_on_either_side_in_order(
        self, op: Callable[[Any, Any], Any], symbol: str, number: Any
    ) -> None:
        value = Value(3.0, label="v")
        for result, left, right in ((op(value, number), 3.0, float(number)), (op(number, value), float(number), 3.0)):
            assert type(result) is Value
            assert result._op == symbol
            assert result.data == op(left, right)
            assert [operand.data for operand in result._inputs] == [left, right]
            assert not trace(result).graph.consumers[-1]

    @pytest.mark.parametrize(("op", "symbol"), BINARY)
    @pytest.mark.parametrize("other", [1j, "a", None, [1], object()], ids=lambda other: type(other).__name__)
    def test_they_refuse_everything_else_as_python_does(
        self, op: Callable[[Any, Any], Any], symbol: str, other: Any
    ) -> None:
        with pytest.raises(TypeError):
            op(Value(1.0), other)
        with pytest.raises(TypeError):
            op(other, Value(1.0))

    def test_an_array_gives_a_value_for_each_number_and_swallows_nothing(self) -> None:
        results = list(numpy.array([1.0, 2.0]) * Value(3.0)) + list(Value(3.0) * numpy.array([1.0, 2.0]))
        assert [type(result) for result in results] == [Value] * 4
        assert [result.data for result in results] == [3.0, 6.0, 3.0, 6.0]

    def test_unary_ones(self) -> None:
        value = Value(-3.0)
        assert ((-value).data, (-value)._op) == (3.0, "-")
        assert (abs(value).data, abs(value)._op) == (3.0, "abs")
        assert value.abs().data == 3.0
        assert +value is value

    def test_sum_and_augmented_assignment(self) -> None:
        a, b = Value(2.0), Value(3.0)
        total = sum([a, b, a])
        assert isinstance(total, Value)
        total += b
        total *= 2
        total.backward()
        assert (total.data, a.grad, b.grad) == (20.0, 4.0, 4.0)

    def test_every_op_of_the_table_is_a_method(self) -> None:
        for op in OPS.values():
            if "(" in op.written:
                operands = [Value(0.5) for _ in range(op.arity)]
                result = getattr(operands[0], op.name)(*operands[1:])
                assert (result.data, result._op) == (op.forward(*[0.5] * op.arity), op.symbol)

    def test_values_are_compared_and_hashed_by_identity(self) -> None:
        a = Value(1.0)
        assert a == a
        assert a != Value(1.0)
        assert len({a, Value(1.0)}) == 2
        with pytest.raises(TypeError):
            _ = a < Value(2.0)  # type: ignore[operator]


NO_FINITE_RESULT: list[tuple[str, Callable[[], Any], str, tuple[float, ...], str]] = [
    ("log of 0", lambda: Value(0.0, label="z").log(), "log", (0.0,), "z = 0.0: the input must be above 0"),
    ("log below 0", lambda: Value(-1.0).log(), "log", (-1.0,), "-1.0: the input must be above 0"),
    ("sqrt below 0", lambda: Value(-1.0).sqrt(), "sqrt", (-1.0,), "the input must not be below 0"),
    ("division by 0", lambda: 1 / Value(0.0, label="z"), "div", (1.0, 0.0), "1.0, z = 0.0: the divisor must not be 0"),
    ("0 over 0", lambda: Value(0.0) / 0, "div", (0.0, 0.0), "the divisor must not be 0"),
    ("0**-1", lambda: Value(0.0, label="z") ** -1, "pow", (0.0, -1.0), "z = 0.0, -1.0: a negative base"),
    ("root of a negative", lambda: Value(-8.0, label="n") ** 0.5, "pow", (-8.0, 0.5), "n = -8.0, 0.5: a negative base"),
    ("exponent as a Value", lambda: (-8) ** Value(0.5, label="p"), "pow", (-8.0, 0.5), "-8.0, p = 0.5: a negative"),
    ("exp", lambda: Value(1000.0, label="x").exp(), "exp", (1000.0,), "x = 1000.0: the result is too large"),
    ("product", lambda: Value(1e308) * 10, "mul", (1e308, 10.0), "1e+308, 10.0: the result is too large"),
    ("power", lambda: Value(10.0) ** 400, "pow", (10.0, 400.0), "10.0, 400.0: the result is too large"),
    ("negative power", lambda: Value(-10.0) ** 401, "pow", (-10.0, 401.0), "the result is too large"),
    ("sum", lambda: 1e308 + Value(1e308), "add", (1e308, 1e308), "the result is too large"),
    ("quotient", lambda: Value(1e300) / 1e-300, "div", (1e300, 1e-300), "the result is too large"),
]


class TestNoFiniteResult:
    @pytest.mark.parametrize(
        ("compute", "op", "operands", "said"),
        [case[1:] for case in NO_FINITE_RESULT],
        ids=[case[0] for case in NO_FINITE_RESULT],
    )
    def test_the_error_names_the_op_the_operands_and_their_labels(
        self, compute: Callable[[], Any], op: str, operands: tuple[float, ...], said: str
    ) -> None:
        with pytest.raises(DomainError) as caught:
            compute()
        error = caught.value
        assert (error.op, error.operands) == (op, operands)
        assert len(error.labels) == len(operands)
        assert str(error).startswith(f"{OPS[op].written} has no finite result for ")
        assert said in str(error)
        assert isinstance(error, TracerError)
        assert isinstance(error, ArithmeticError)
        assert "\n" not in str(error)


class TestInfinityAndNaN:
    @pytest.mark.parametrize(
        ("compute", "wanted"),
        [
            (lambda: Value(INF) - INF, NAN),
            (lambda: Value(INF) * 0, NAN),
            (lambda: Value(NAN).exp(), NAN),
            (lambda: Value(-INF).exp(), 0.0),
            (lambda: Value(INF).sin(), NAN),
            (lambda: Value(INF) ** 0, 1.0),
            (lambda: 1 / Value(INF), 0.0),
            (lambda: Value(INF) / 0, INF),
            (lambda: Value(-INF) / 0, -INF),
            (lambda: Value(-INF).log(), NAN),
            (lambda: Value(-INF).tanh(), -1.0),
            (lambda: Value(NAN).relu(), NAN),
            (lambda: Value(-INF).relu(), 0.0),
            (lambda: Value(1.0).maximum(NAN), NAN),
            (lambda: Value(NAN).minimum(1.0), NAN),
        ],
    )
    def test_they_go_through_as_ieee_754_says(self, compute: Callable[[], Value], wanted: float) -> None:
        assert repr(compute().data) == repr(wanted)

    def test_their_frames_are_marked(self) -> None:
        a, b = Value(INF, label="a"), Value(2.0, label="b")
        frames = {frame.label: frame for frame in trace(a * b).frames}
        assert (a.grad, b.grad) == (2.0, INF)
        assert frames["a"].finite
        assert not frames["b"].finite

    def test_nan_spreads_to_the_gradients_that_it_touches_and_no_further(self) -> None:
        a, b, c = Value(NAN, label="a"), Value(2.0, label="b"), Value(3.0, label="c")
        (a * b + c).backward()
        assert a.grad == 2.0
        assert math.isnan(b.grad)
        assert c.grad == 1.0


class TestStaleness:
    def test_a_leaf_changed_after_use_is_refused_in_words(self, lecture: dict[str, Value]) -> None:
        lecture["a"].data = 5.0
        with pytest.raises(StaleValueError) as caught:
            trace(lecture["L"])
        assert str(caught.value) == (
            "e holds -6.0, but * of a and b now gives -15.0: "
            "data was changed after e had been computed; compute it again, then trace"
        )

    def test_an_intermediate_changed_after_use_is_refused(self, lecture: dict[str, Value]) -> None:
        lecture["e"].data += 1
        with pytest.raises(StaleValueError, match=r"^e holds -5.0, but \* of a and b now gives -6.0"):
            trace(lecture["L"])

    def test_the_output_changed_is_refused(self, lecture: dict[str, Value]) -> None:
        lecture["L"].data = 0
        with pytest.raises(StaleValueError, match=r"^L holds 0\.0"):
            trace(lecture["L"])

    def test_changing_it_back_is_fine_and_so_is_changing_what_has_no_effect(self, lecture: dict[str, Value]) -> None:
        lecture["a"].data, old = 5.0, lecture["a"].data
        lecture["a"].data = old
        Value(1.0).data = 2.0
        assert len(trace(lecture["L"]).frames) == 7

    @pytest.mark.parametrize(("before", "after", "stale"), [(NAN, NAN, False), (NAN, 1.0, True), (1.0, NAN, True)])
    def test_nan_counts_as_equal_to_itself(self, before: float, after: float, stale: bool) -> None:
        a = Value(before, label="a")
        y = a * 2
        a.data = after
        if stale:
            with pytest.raises(StaleValueError):
                trace(y)
        else:
            trace(y)

    def test_a_training_loop_with_a_fresh_forward_pass_is_fine(self) -> None:
        w, b = Value(0.5, label="w"), Value(0.0, label="b")
        losses = []
        for _ in range(20):
            loss = sum((w * x + b - y) ** 2 for x, y in [(1.0, 3.0), (2.0, 5.0)])
            assert isinstance(loss, Value)
            trace(loss)
            for parameter in (w, b):
                parameter.data -= 0.05 * parameter.grad
            losses.append(loss.data)
        assert losses[-1] < 0.1 < losses[0]

    def test_data_given_by_hand_has_to_be_what_its_op_gives(self) -> None:
        a, b = Value(2.0, label="a"), Value(3.0, label="b")
        assert len(trace(Value(5.0, (a, b), "+")).frames) == 3
        with pytest.raises(StaleValueError, match=r"a value holds 99\.0"):
            trace(Value(99.0, (a, b), "+"))

    def test_a_trace_keeps_the_numbers_of_its_time(self, lecture: dict[str, Value]) -> None:
        t = trace(lecture["L"])
        for value in lecture.values():
            value.data, value.grad = 100.0, 100.0
        assert [frame.after for frame in t.frames] == [1.0, -2.0, 4.0, -2.0, -2.0, 6.0, -4.0]
        assert [node.value for node in t.graph.nodes] == [2.0, -3.0, 10.0, -6.0, 4.0, -2.0, -8.0]


class TestCycles:
    def test_a_hand_made_cycle_is_an_error(self, lecture: dict[str, Value]) -> None:
        lecture["e"]._a = lecture["L"]
        for use in (trace, Value.backward):
            with pytest.raises(CycleError, match="e depends on L, which was made after it"):
                use(lecture["L"])

    def test_a_value_that_reads_itself_is_an_error(self) -> None:
        y = Value(1.0, label="x") * 2
        y._b = y
        with pytest.raises(CycleError):
            y.backward()
