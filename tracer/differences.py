"""The derivative of a function of one number, found by trying: no chain rule, only differences.

The central difference (f(x + h) - f(x - h)) / 2h is off for two reasons. A large h cuts a corner, by about h²; a small
one divides the rounding error of f by a small number. So differences for many steps are extrapolated to h = 0, and the
answer comes with an estimate of its error, both reasons counted: C. J. F. Ridders, "Accurate computation of F'(x) and
F'(x) F''(x)", Advances in Engineering Software 4 (1982), and `dfridr` in Numerical Recipes.

Two things are added. An estimate only counts when those from all smaller steps agree with it: large steps cannot see
what goes on nearby. And the slopes to the left and to the right are compared: at a kink the central difference looks
perfect, but is not a derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, frexp, inf, isfinite, ldexp
from typing import Final, NamedTuple

# For each scale of a number, steps of a quarter of it, a quarter of that, and so on.
_STEPS_A_SCALE: Final = 16
# More columns than this only extrapolate noise.
_COLUMNS: Final = 6


class Sample(NamedTuple):
    """A number and how far rounding may have moved it."""

    value: float
    noise: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that was found by extrapolation, how far off it may be, and the largest step that had a part in it."""

    value: float
    error: float
    reach: float

    def agrees_with(self, other: Estimate) -> bool:
        """Whether both can be right."""
        return abs(self.value - other.value) <= self.error + other.error


@dataclass(frozen=True, slots=True)
class Slope:
    """What differences tell about a function at one place.

    Attributes:
        derivative: the derivative.
        jump: the slope to the right less the slope to the left; not 0 at a kink.
        steepest: the steepest slope, up or down, that any step saw, for judging how small a derivative of 0 is.
        smallest: the smallest step.
    """

    derivative: Estimate
    jump: Estimate
    steepest: float
    smallest: float

    @property
    def kinked(self) -> bool:
        """Whether the slopes to the left and to the right differ for certain."""
        return abs(self.jump.value) > self.jump.error


def slope(function: Callable[[float], Sample], x: float, trying: Sequence[float] | None = None) -> Slope | None:
    """What differences tell about `function` at `x`; None where it is not finite at and around `x`.

    Steps that leave the function's domain are left out, so that log is measured close to 0 as well.

    Args:
        function: the function.
        x: where its derivative is wanted.
        trying: the steps to try, largest first; those of `steps` if left out.
    """
    middle = function(x)
    if not isfinite(middle.value):
        return None
    tried: list[float] = []
    central: list[Sample] = []
    gaps: list[Sample] = []
    steepest = 0.0
    for h in steps(x) if trying is None else trying:
        left, right = function(x - h), function(x + h)
        up, down = (right.value - middle.value) / h, (middle.value - left.value) / h
        difference = Sample((right.value - left.value) / (2 * h), (right.noise + left.noise) / (2 * h))
        gap = Sample(up - down, (right.noise + 2 * middle.noise + left.noise) / h)
        if not all(map(isfinite, (*difference, *gap))):
            continue
        tried.append(h)
        central.append(difference)
        gaps.append(gap)
        steepest = max(steepest, abs(up), abs(down))
    if len(tried) < 3:
        return None
    # The error of a central difference is a series in h².
    return Slope(limit(tried, central, even=True), limit(tried, gaps, even=False), steepest, tried[-1])


def steps(x: float) -> list[float]:
    """Steps to try at `x`, largest first: powers of 4 below |x| and, because x may be small by chance, below 1.

    >>> steps(3.0)[:3], steps(-1000.0)[:2]
    ([0.25, 0.0625, 0.015625], [64.0, 16.0])
    """
    scales = {0, floor((frexp(x)[1] - 1) / 2)} if x else {0}
    exponents = {scale - place for scale in scales for place in range(1, _STEPS_A_SCALE + 1)}
    found = (ldexp(1.0, 2 * exponent) for exponent in sorted(exponents, reverse=True))
    # A step far below the digits of x would be lost when it is added.
    return [h for h in found if h > abs(x) * 2.0**-44]


def limit(steps: Sequence[float], samples: Sequence[Sample], *, even: bool) -> Estimate:
    """The samples for falling steps, extrapolated to a step of 0.

    This is Neville's scheme: a row for each step, and in each column one more power of the step is cancelled; only even
    powers if `even`. Of all its entries the one counts whose error is smallest.
    """
    estimates: list[Estimate] = []
    row: list[Sample] = []
    for place, sample in enumerate(samples):
        above, row = row, [sample]
        error = abs(sample.value - above[0].value) + sample.noise if above else inf
        best = Estimate(sample.value, error, steps[max(place - 1, 0)])
        for column in range(1, min(place, _COLUMNS) + 1):
            ratio = steps[place - column] / steps[place]
            weight = 1 / (ratio * ratio - 1) if even else 1 / (ratio - 1)
            fine, coarse = row[-1], above[column - 1]
            value = fine.value + weight * (fine.value - coarse.value)
            noise = fine.noise + weight * (fine.noise + coarse.noise)
            row.append(Sample(value, noise))
            error = max(abs(value - fine.value), abs(value - coarse.value)) + noise
            if error < best.error:
                best = Estimate(value, error, steps[place - column])
        estimates.append(best)
    return min(_trusted(estimates), key=lambda estimate: estimate.error)


def _trusted(estimates: list[Estimate]) -> list[Estimate]:
    """The estimates with which all from smaller steps agree."""
    return [
        estimate
        for place, estimate in enumerate(estimates)
        if all(estimate.agrees_with(smaller) for smaller in estimates[place + 1 :])
    ]
