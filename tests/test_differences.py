"""Numeric derivatives: as precise as they say, and never more certain than they can be."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from tracer.differences import Estimate, Sample, limit, slope, steps

EPSILON = 2.0**-51
NAN, INF = math.nan, math.inf


def sampled(function: Callable[[float], float]) -> Callable[[float], Sample]:
    """A function of floats that rounds its result as an op does, and is NaN where Python raises."""

    def sample(x: float) -> Sample:
        try:
            value = function(x)
        except (ValueError, ZeroDivisionError, OverflowError):
            return Sample(NAN, 0.0)
        return Sample(value, EPSILON * abs(value) + 5e-324)

    return sample


SMOOTH: list[tuple[Callable[[float], float], Callable[[float], float]]] = [
    (math.sin, math.cos),
    (math.exp, math.exp),
    (math.tanh, lambda x: 1 / math.cosh(x) ** 2),
    (lambda x: x**3 - x, lambda x: 3 * x**2 - 1),
    (lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2),
    (lambda x: math.sin(1000 * x), lambda x: 1000 * math.cos(1000 * x)),
    (lambda x: 5.0 + 1e-6 * x, lambda x: 1e-6),
]


class TestSlope:
    @pytest.mark.parametrize(("function", "derivative"), SMOOTH)
    @pytest.mark.parametrize("x", [-7.3, -1.0, -0.01, 0.0, 1e-9, 0.3, 1.0, 2.0, 6.5])
    def test_of_a_smooth_function_is_right_within_its_error(
        self, function: Callable[[float], float], derivative: Callable[[float], float], x: float
    ) -> None:
        found = slope(sampled(function), x)
        assert found is not None
        assert not found.kinked
        assert abs(found.derivative.value - derivative(x)) <= found.derivative.error
        assert found.derivative.error <= 1e-6 * max(abs(derivative(x)), found.steepest)

    @pytest.mark.parametrize("x", [1e-300, 1e-12, 1e-3, 1.0, 1e3, 1e300])
    def test_stays_inside_the_domain(self, x: float) -> None:
        found = slope(sampled(math.log), x)
        assert found is not None
        assert abs(found.derivative.value * x - 1) < 1e-9
        assert abs(found.derivative.value - 1 / x) <= found.derivative.error

    @pytest.mark.parametrize(
        ("function", "x"),
        [
            (math.sqrt, 0.0),
            (math.log, 0.0),
            (lambda x: 1 / x, 0.0),
            (lambda x: math.nan, 1.0),
            (lambda x: math.inf, 1.0),
            (lambda x: x * 1e308 * 10, 1.0),
        ],
    )
    def test_there_is_none_at_the_edge_of_the_domain_or_where_nothing_is_finite(
        self, function: Callable[[float], float], x: float
    ) -> None:
        assert slope(sampled(function), x) is None

    @pytest.mark.parametrize(
        ("function", "jump"),
        [
            (lambda x: max(x, 0.0), 1.0),
            (abs, 2.0),
            (lambda x: 5.0 + x + 1e-6 * max(x, 0.0), 1e-6),
            (lambda x: math.sin(x) + 3 * abs(x), 6.0),
        ],
    )
    def test_a_kink_is_seen_however_perfect_the_central_difference(
        self, function: Callable[[float], float], jump: float
    ) -> None:
        found = slope(sampled(function), 0.0)
        assert found is not None
        assert found.kinked
        assert abs(found.jump.value - jump) <= found.jump.error
        assert found.jump.error < 1e-3 * jump

    @pytest.mark.parametrize("distance", [0.3, 1e-3, 1e-6, 1e-8])
    @pytest.mark.parametrize("side", [-1, 1])
    def test_kinks_close_by_do_not_mislead(self, distance: float, side: int) -> None:
        """Seen from afar the slope at 1 is about 2; close to it, it is 1."""
        place = 1 + side * distance
        found = slope(sampled(lambda x: x + 3 * max(x - place, 0.0) + 5 * max(2 - place - x, 0.0)), 1.0)
        right = 1.0 if side > 0 else -1.0
        assert found is not None
        assert not found.kinked
        assert abs(found.derivative.value - right) <= found.derivative.error < 1e-4

    @pytest.mark.parametrize("periods", [1, 4, 64])
    def test_whole_periods_do_not_mislead(self, periods: int) -> None:
        """Over any whole number of periods the slope of a cosine is 0, and so it seems to large steps."""
        rate = 2 * math.pi * periods
        found = slope(lambda x: Sample(math.cos(rate * x), EPSILON * (1 + rate * abs(x))), 16.1)
        assert found is not None
        right = -rate * math.sin(rate * 16.1)
        assert abs(found.derivative.value - right) <= found.derivative.error <= 1e-6 * abs(right)

    def test_what_rounding_hides_has_a_large_error(self) -> None:
        found = slope(lambda x: Sample((x + 1e20) - 1e20, EPSILON * 1e20), 1.0)
        assert found is not None
        assert found.derivative.error > 1.0


class TestSteps:
    @pytest.mark.parametrize("x", [0.0, 1.0, -3.0, 1e-300, 1e-5, 1e5, 1e300, 5e-324])
    def test_they_fall_and_are_neither_lost_nor_wild(self, x: float) -> None:
        found = steps(x)
        assert found == sorted(set(found), reverse=True)
        assert found[0] <= max(abs(x), 1.0) / 2
        for h in found:
            assert x + h != x - h
            assert math.frexp(h)[0] == 0.5

    def test_a_small_number_is_moved_on_its_own_scale_and_on_that_of_1(self) -> None:
        assert 0.25 in steps(1e-20)
        assert min(steps(1e-20)) < 1e-21
        assert max(steps(1e20)) > 1e19


class TestLimit:
    def test_a_polynomial_is_extrapolated_exactly_once_there_are_enough_steps(self) -> None:
        h = [2.0**-place for place in range(8)]
        found = limit(h, [Sample(7 + 3 * t + 2 * t**2, 0.0) for t in h], even=False)
        assert found.value == 7.0

    def test_only_even_powers_are_cancelled_if_asked(self) -> None:
        h = [2.0**-place for place in range(6)]
        samples = [Sample(7 + 3 * t**2, 0.0) for t in h]
        assert limit(h, samples, even=True).value == 7.0
        assert limit(h[:3], samples[:3], even=True).reach <= 1.0

    def test_noise_is_part_of_the_error(self) -> None:
        h = [2.0**-place for place in range(6)]
        assert limit(h, [Sample(7.0, 0.5)] * 6, even=True).error >= 0.5

    def test_estimates_agree_when_both_can_be_right(self) -> None:
        assert Estimate(1.0, 0.2, 0.0).agrees_with(Estimate(1.3, 0.1, 0.0))
        assert not Estimate(1.0, 0.1, 0.0).agrees_with(Estimate(1.3, 0.1, 0.0))
