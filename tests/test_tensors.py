"""Tensors as the tracer keeps them: frozen, exact, and independent of any library."""

from __future__ import annotations

import dataclasses
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.errors import SourceError
from tracer.formatting import cells, full, short
from tracer.ops import OPS
from tracer.tensorops import STRETCHED, TENSOR_OPS
from tracer.tensors import (
    MOST_ENTRIES,
    Rule,
    Summary,
    Tensor,
    decimal,
    is_finite,
    nearest,
    shape_of,
    zero_like,
)

FLOAT32 = st.floats(width=32)
FINITE32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


def tensor(*rows: list[float], dtype: str = "float64") -> Tensor:
    return Tensor.of((len(rows), len(rows[0])), dtype, [number for row in rows for number in row])


def test_entries_are_kept_row_by_row() -> None:
    kept = tensor([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    assert kept.entries == (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    assert kept.rows() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert (kept.size, kept.shape) == (6, (2, 3))


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3), (2, 0, 2)])
def test_a_tensor_may_be_empty(shape: tuple[int, ...]) -> None:
    empty = Tensor.of(shape, "float32", [])
    assert (empty.size, empty.entries, empty.summary.norm, empty.finite) == (0, (), 0.0, True)
    assert len(empty.rows()) == shape[0]


def test_three_axes_are_lists_in_lists_in_lists() -> None:
    assert Tensor.of((2, 1, 2), "int64", [1, 2, 3, 4]).rows() == [[[1.0, 2.0]], [[3.0, 4.0]]]


def test_a_shape_that_does_not_fit_is_refused() -> None:
    with pytest.raises(SourceError, match=r"shape \(2, 2\) has 4 entries, but was given 3"):
        Tensor.of((2, 2), "float32", [1, 2, 3])


def test_it_is_frozen_and_compared_by_what_it_holds() -> None:
    one, other = tensor([1.0, 2.0]), tensor([1.0, 2.0])
    assert one == other
    assert len({one, other}) == 1
    assert one != tensor([1.0, 2.0], dtype="float32")
    assert one != Tensor.of((2,), "float64", [1.0, 2.0])
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.dtype = "float32"  # type: ignore[misc]


def test_it_says_what_it_holds() -> None:
    assert repr(tensor([1.0, 2.0])) == "Tensor((1, 2), 'float64', [[1.0, 2.0]])"


# Summaries


def test_a_summary() -> None:
    assert Summary.of([3.0, -4.0, 1.0]) == Summary(-4.0, 3.0, 0.0, math.sqrt(26))


def test_a_large_tensor_is_a_summary() -> None:
    large = Tensor.of((MOST_ENTRIES + 1,), "float32", range(MOST_ENTRIES + 1))
    assert large.entries is None
    assert (large.summary.min, large.summary.max, large.summary.mean) == (0.0, MOST_ENTRIES, MOST_ENTRIES / 2)
    for use in (large.rows, lambda: large + large, lambda: large * 2.0):
        with pytest.raises(SourceError, match="only a summary"):
            use()


@pytest.mark.parametrize("count", [MOST_ENTRIES, MOST_ENTRIES + 1])
def test_a_filled_tensor_is_what_its_entries_say(count: int) -> None:
    filled = Tensor.filled((count,), "float32", -0.5)
    assert filled.summary.norm == pytest.approx(Summary.of([-0.5] * count).norm)
    assert filled.entries == Tensor.of((count,), "float32", [-0.5] * count).entries


@given(st.lists(FLOAT32, max_size=20))
def test_what_is_not_finite_shows_in_the_summary(numbers: list[float]) -> None:
    kept = Tensor.of((len(numbers),), "float32", numbers)
    assert kept.finite == all(map(math.isfinite, numbers))


# Arithmetic


def test_entry_by_entry() -> None:
    one, other = tensor([1.0, 2.0]), tensor([3.0, -4.0])
    assert (one + other).rows() == [[4.0, -2.0]]
    assert (one * other).rows() == [[3.0, -8.0]]
    assert (one * 0.5) == (0.5 * one) == tensor([0.5, 1.0])


@pytest.mark.parametrize("use", [lambda a, b: a + b, lambda a, b: a * b])
def test_shapes_have_to_be_the_same(use: object) -> None:
    with pytest.raises(SourceError, match="do not fit"):
        use(tensor([1.0, 2.0]), tensor([1.0]))  # type: ignore[operator]


def test_other_things_take_no_part() -> None:
    for use in (lambda: tensor([1.0]) + 1.0, lambda: tensor([1.0]) * "x"):  # type: ignore[operator]
        with pytest.raises(TypeError):
            use()


@given(FINITE32, FINITE32)
def test_sums_are_rounded_as_the_dtype_rounds(one: float, other: float) -> None:
    numpy = pytest.importorskip("numpy")
    with numpy.errstate(all="ignore"):
        right = float(numpy.float32(one) + numpy.float32(other))
    both = Tensor.of((1,), "float32", [one]) + Tensor.of((1,), "float32", [other])
    assert both.entries == (right,)


# Dtypes


@given(st.floats())
def test_nearest_is_what_the_machine_holds(number: float) -> None:
    numpy = pytest.importorskip("numpy")
    with numpy.errstate(all="ignore"):
        for dtype in ("float16", "float32", "float64"):
            right = float(numpy.dtype(dtype).type(number))
            held = nearest(number, dtype)
            assert held == right or (held != held and right != right)


@given(FLOAT32)
def test_bfloat16_keeps_eight_bits(number: float) -> None:
    held = nearest(number, "bfloat16")
    if math.isfinite(held):
        (bits,) = struct.unpack("I", struct.pack("f", held))
        assert bits & 0xFFFF == 0
        assert abs(held - number) <= abs(number) * 2.0**-8 + 1e-40
    else:
        assert number != number or abs(number) > 3.38e38


def test_bfloat16_rounds_ties_to_even() -> None:
    assert [nearest(1 + part / 256, "bfloat16") for part in (1, 2, 3)] == [1.0, 1 + 2 / 256, 1 + 4 / 256]


@pytest.mark.parametrize("dtype", ["int64", "bool", "float64", "", "made up"])
def test_other_dtypes_hold_a_number_as_it_is(dtype: str) -> None:
    assert nearest(0.1, dtype) == 0.1


@given(st.floats(width=32, allow_nan=False))
def test_the_shortest_decimal_comes_back(number: float) -> None:
    shown = decimal(number, "float32")
    assert nearest(shown, "float32") == number
    assert len(repr(shown)) <= len(repr(number))


def test_a_float32_is_shown_as_it_was_written() -> None:
    assert [decimal(nearest(number, "float32"), "float32") for number in (0.1, -2.5, 1e-7, 123456.7)] == [
        0.1, -2.5, 1e-7, 123456.7,
    ]  # fmt: skip
    assert decimal(0.1, "float32") == 0.1  # no float32: as it is
    assert math.isnan(decimal(math.nan, "float32"))


# Numbers of either kind


def test_scalars_and_tensors_are_asked_alike() -> None:
    matrix = tensor([1.0, 2.0])
    assert (shape_of(2.0), shape_of(matrix)) == ((), (1, 2))
    assert (zero_like(2.0), zero_like(matrix)) == (0.0, tensor([0.0, 0.0]))
    assert [is_finite(number) for number in (1.0, math.inf, matrix, tensor([math.nan]), Rule("x"))] == [
        True, False, True, False, True,
    ]  # fmt: skip


# The tensor op table


def test_no_name_is_in_two_tables() -> None:
    assert not set(TENSOR_OPS) & set(OPS)
    assert set(STRETCHED) <= set(OPS)


@pytest.mark.parametrize("op", TENSOR_OPS.values(), ids=lambda op: op.name)
def test_an_entry_is_complete(op: object) -> None:
    assert op.rules  # type: ignore[attr-defined]
    assert op.glyph  # type: ignore[attr-defined]
    for slot in range(5):
        for rule in op.rules_for(slot):  # type: ignore[attr-defined]
            assert rule.why
            assert not set(rule.formula) & set("{}")


@pytest.mark.parametrize(
    ("dtype", "entries", "text"),
    [
        ("int64", [2, 0, -1], "[2, 0, -1]"),
        ("uint8", [255, 0, 1], "[255, 0, 1]"),
        ("bool", [1, 0, 1], "[True, False, True]"),
        ("float32", [2, 0, -1], "[2.0, 0.0, -1.0]"),
    ],
)
def test_numbers_without_fractions_are_written_without_a_point(dtype: str, entries: list[float], text: str) -> None:
    number = Tensor.of((3,), dtype, entries)
    assert full(number) == short(number) == text
    assert ", ".join(cells(number)[0]) == text.strip("[]")


def test_a_summary_of_integers_has_integers_at_its_ends() -> None:
    number = Tensor.of((30,), "int32", range(30))
    assert short(number) == "(30,) from 0 to 29, mean 14.5, norm 92.4932"
    assert cells(number)[0] == ("min", "0", "max", "29")
