"""Compares one claimed gradient with the derivative that differences give.

There is no absolute tolerance. What counts is how far the two are apart beside the error of the numeric derivative, and
how large that error is beside the gradient itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import Final, Literal

from tracer.differences import Slope, slope
from tracer.formatting import short
from tracer.rerunning import RELATIVE, Branch

Answer = Literal["right", "wrong", "inconclusive"]

# The numeric derivative has to be known to five digits before it can confirm a gradient. Where it is known to more than
# six, a gradient need not have them: it was computed from rounded values, or typed by hand.
PRECISE: Final = 1e-5
DIGITS: Final = 1e-6
# An error estimate is an estimate: a gradient has to be this many times further away before it is called wrong.
FAR: Final = 10
# From here on there is no doubt about the estimate either.
_SURE: Final = 1000

UNSTEADY: Final = "the slope changes too fast nearby to be measured"
TOO_FLAT: Final = "too flat: rounding hides how the output changes"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The numeric derivative, how far off it may be, and what that says about a claimed gradient."""

    numeric: float
    error: float
    answer: Answer
    reason: str = ""


def compare(claimed: float, branch: Branch) -> Comparison:
    """Compare a claimed gradient with the slope of the output as a function of its node."""
    obstacle = _obstacle(branch)
    if obstacle:
        return Comparison(nan, nan, "inconclusive", obstacle)
    measured = slope(branch, branch.x)
    if measured is None:
        return nowhere(claimed)
    # The claim was rounded too, op by op, and most where large contributions cancel.
    error = measured.derivative.error + RELATIVE * (len(branch) + 1) * branch.magnitude
    answer, reason = _judged(claimed, measured, error, branch)
    return Comparison(measured.derivative.value, error, answer, reason)


def unknown_ops(branch: Branch) -> str:
    """Why a branch with ops that are not in the op table cannot be computed again."""
    names = " and ".join(branch.unknown)
    return f"the op table has no {names}, so the output cannot be computed again"


def _obstacle(branch: Branch) -> str:
    """Why nothing can be measured; "" if something can."""
    if branch.unknown:
        return unknown_ops(branch)
    if not isinstance(branch.x, (int, float)):
        return "its value is not one number"
    if not isfinite(branch.x):
        return f"the value is {branch.x!r}"
    output = branch(branch.x).value
    return "" if isfinite(output) else f"the output is {output!r}"


def _judged(claimed: float, measured: Slope, error: float, branch: Branch) -> tuple[Answer, str]:
    numeric = measured.derivative.value
    if measured.kinked:
        return "inconclusive", kink_in_words(measured, branch.kink(measured.smallest))
    apart = abs(claimed - numeric) if isfinite(claimed) else inf
    tolerance = max(error, DIGITS * abs(numeric))
    if apart <= tolerance:
        precise = error <= PRECISE * max(abs(claimed), abs(numeric)) or _is_zero(claimed, measured, error, branch)
        return ("right", "") if precise else ("inconclusive", TOO_FLAT)

    def unsteady() -> str:
        if _is_steady(measured, error, apart, branch):
            return ""
        op = branch.kink(measured.smallest)
        return f"a kink in {op}" if op else UNSTEADY

    return disagreement(claimed, numeric, error, apart, tolerance, unsteady)


def nowhere(claimed: float) -> Comparison:
    """What to say where no step aside gives a slope."""
    edge = "a step aside, the output overflows or is not defined"
    return Comparison(nan, nan, "inconclusive", edge if isfinite(claimed) else _not_finite(claimed))


def disagreement(
    claimed: float, numeric: float, error: float, apart: float, tolerance: float, unsteady: Callable[[], str]
) -> tuple[Answer, str]:
    """What to say of a gradient that is further from the slope than may be.

    Args:
        claimed: the gradient.
        numeric: the slope.
        error: how far off that may be.
        apart: how far one is from the other.
        tolerance: how far it may be.
        unsteady: tells why the slope may not be what was measured; "" if it is.
    """
    if apart <= FAR * tolerance:
        return "inconclusive", f"too close to call: the slope is {numeric:.10g}, give or take {tolerance:.1g}"
    if not isfinite(claimed) and error > PRECISE * abs(numeric):
        return "inconclusive", _not_finite(claimed)
    if reason := unsteady():
        return "inconclusive", reason
    return "wrong", f"the slope is {short(numeric)}, not {short(claimed)}"


def _not_finite(claimed: float) -> str:
    return f"the gradient is {claimed!r}"


def kink_in_words(measured: Slope, op: str) -> str:
    """Why there is no derivative at a kink.

    Args:
        measured: what differences tell.
        op: symbol of the op that has the kink, "" if that is not known.
    """
    left, right = (measured.derivative.value + side * measured.jump.value / 2 for side in (-1, 1))
    where = f"a kink in {op}" if op else "a kink nearby"
    return f"{where}: the slope is {short(left)} on its left and {short(right)} on its right"


def _is_zero(claimed: float, measured: Slope, error: float, branch: Branch) -> bool:
    """Whether a gradient of exactly 0 is right: nothing is small beside 0, but it may be beside the slopes nearby.

    As that would wave through a 0 in place of a tiny gradient, the op table has to give exactly 0 as well.
    """
    return claimed == branch.gradient == 0 and error <= PRECISE * max(measured.steepest, branch.magnitude)


def _is_steady(measured: Slope, error: float, apart: float, branch: Branch) -> bool:
    """Whether the steps saw the place as it is: over a step the slope changes by far less than what is in dispute.

    Where that is far larger than the error, extrapolation has seen to the larger steps.
    """
    h = measured.smallest if apart > _SURE * error else measured.derivative.reach
    here = branch.derivative(branch.x)
    nearby = (branch.derivative(branch.x + part * h) for part in (-1, -0.5, -0.25, -0.1, 0.1, 0.25, 0.5, 1))
    return all(abs(beside - here) < apart / FAR for beside in nearby)
