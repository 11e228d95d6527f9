"""Compares a claimed gradient of another library with differences: entry by entry, and of large tensors a sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, nan, prod
from typing import Final

from tracer.comparing import (
    DIGITS,
    FAR,
    PRECISE,
    TOO_FLAT,
    UNSTEADY,
    Answer,
    Comparison,
    disagreement,
    kink_in_words,
    nowhere,
)
from tracer.differences import Sample, Slope, slope, steps
from tracer.rerunning import Experiment
from tracer.tensors import Number, Tensor

MOST_PROBED: Final = 8
"""Of a tensor with more entries this many are moved one by one, and then all at once."""

# So many steps are enough nearly everywhere; where they are not, all are tried.
_FEW: Final = 6
_SEVERAL: Final = 3
# Beside the steepest slope nearby, this counts as level.
_LEVEL: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found out about the gradient of a tensor, or of a number.

    Attributes:
        found: what decides: of the wrong entries, or else the undecided ones, or else all, the most uncertain one.
        place: where in the tensor that is; None for a number, and for all entries at once.
        tried: how many entries were moved one by one.
        size: how many there are.
        along: whether all of them were moved at once besides, and agree.
    """

    found: Comparison
    place: tuple[int, ...] | None
    tried: int
    size: int
    along: bool


def probe(experiment: Experiment, node: int, shape: tuple[int, ...], claimed: Number) -> Probe:
    """Compare the gradient of a node with differences.

    Args:
        experiment: what runs the computation again.
        node: id of the node.
        shape: its shape.
        claimed: its gradient in the trace; what that keeps no entries of is taken from the experiment.
    """
    size = prod(shape)
    if reason := experiment.obstacle(node):
        return Probe(Comparison(nan, nan, "inconclusive", reason), None, 0, size, along=False)
    chosen = spread(size, MOST_PROBED)
    if not chosen:
        return Probe(Comparison(nan, nan, "inconclusive", "it has no entries"), None, 0, size, along=False)
    results = {entry: _compared(experiment, node, entry, _stated(claimed, entry)) for entry in chosen}
    entry = max(results, key=lambda one: _rank(results[one]))
    place = place_of(entry, shape) if shape else None
    along = _compared(experiment, node, None, None) if size > len(chosen) else None
    if along is not None and along.answer == "wrong" and results[entry].answer != "wrong":
        along = replace(along, reason=f"in a random direction {along.reason}")
        return Probe(along, None, len(chosen), size, along=False)
    agrees = along is not None and along.answer == "right"
    return Probe(_told(results[entry], list(results.values()), place), place, len(chosen), size, agrees)


def spread(size: int, most: int) -> list[int]:
    """Up to `most` places below `size`, the first and the last among them, and spread in a way that meets all columns.

    >>> spread(5, 8), spread(4096, 8)
    ([0, 1, 2, 3, 4], [0, 585, 1170, 1755, 2340, 2925, 3510, 4095])
    """
    if size <= most:
        return list(range(size))
    return [place * (size - 1) // (most - 1) for place in range(most)]


def place_of(entry: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The indices of an entry that is counted row by row.

    >>> place_of(5, (2, 3))
    (1, 2)
    """
    indices = []
    for length in reversed(shape):
        entry, index = divmod(entry, length)
        indices.append(index)
    return tuple(reversed(indices))


def _rank(found: Comparison) -> tuple[int, float]:
    return ("right", "inconclusive", "wrong").index(found.answer), found.error if isfinite(found.error) else inf


def _told(found: Comparison, others: Sequence[Comparison], place: tuple[int, ...] | None) -> Comparison:
    """What decides, with where it is and how the others fared."""
    if not found.reason or place is None or len(others) == 1:
        return found
    alike = sum(other.answer == found.answer for other in others)
    more = f"; {alike} of {len(others)} entries are like that" if alike > 1 else ""
    return replace(found, reason=f"at {list(place)} {found.reason}{more}")


def _stated(claimed: Number, entry: int) -> float | None:
    """What a trace states as an entry of a gradient; None where it keeps only a summary."""
    if not isinstance(claimed, Tensor):
        return claimed
    return None if claimed.entries is None else claimed.entries[entry]


def _compared(experiment: Experiment, node: int, entry: int | None, stated: float | None) -> Comparison:
    """Compare the claimed slope along a direction with differences."""
    start = 0.0 if entry is None else experiment.value(node, entry)
    claim = experiment.claimed(node, entry)
    if stated is not None:
        claim = Sample(stated, claim.noise)
    if not isfinite(start):
        return Comparison(nan, nan, "inconclusive", f"the value is {start!r}")
    here = experiment.output(node, entry, 0.0)
    if not isfinite(here.value):
        return Comparison(nan, nan, "inconclusive", f"the output is {here.value!r}")

    def function(step: float) -> Sample:
        return experiment.output(node, entry, step)

    trust = max(PRECISE, experiment.precision(node) ** 0.5)
    enough = trust * experiment.scale(node)
    every = steps(start)
    found = _judged(claim, function, every[:_FEW], enough, trust)
    # More steps help where differences are the uncertain part, and make sure of what is wrong.
    done = found.answer == "right" or (found.answer == "inconclusive" and found.error <= claim.noise)
    return found if done else _judged(claim, function, every, enough, trust)


def _judged(
    claim: Sample, function: Callable[[float], Sample], trying: Sequence[float], enough: float, trust: float
) -> Comparison:
    measured = slope(function, 0.0, trying)
    if measured is None:
        return nowhere(claim.value)
    numeric = measured.derivative.value
    if not measured.steepest and claim.value == 0:
        # It is flat as far as the steps go, and the claim says so too: it is not rounding that hides a slope.
        measured = replace(measured, derivative=replace(measured.derivative, value=0.0, error=0.0))
        numeric = 0.0
    error = measured.derivative.error
    answer, reason = _answer(claim, measured, function, enough, trust)
    return Comparison(numeric, error, answer, reason)


def _answer(
    claim: Sample, measured: Slope, function: Callable[[float], Sample], enough: float, trust: float
) -> tuple[Answer, str]:
    numeric, error = measured.derivative.value, measured.derivative.error
    if measured.kinked:
        return "inconclusive", kink_in_words(measured, "")
    apart = abs(claim.value - numeric) if isfinite(claim.value) else inf
    tolerance = max(error + claim.noise, DIGITS * abs(numeric))
    if apart <= tolerance:
        level = claim.value == 0 and abs(numeric) <= error <= _LEVEL * measured.steepest
        flat = claim.value == 0 and not measured.steepest
        precise = tolerance <= max(trust * max(abs(claim.value), abs(numeric)), enough)
        if precise or level or flat:
            return "right", ""
        hidden = f"rounding may have moved the gradient by {claim.noise:.0e}, too much to tell"
        return "inconclusive", hidden if claim.noise > error else TOO_FLAT

    def unsteady() -> str:
        return "" if _is_steady(measured, function, apart) else UNSTEADY

    return disagreement(claim.value, numeric, error, apart, tolerance, unsteady)


def _is_steady(measured: Slope, function: Callable[[float], Sample], apart: float) -> bool:
    """Whether small steps find the slope too, by far closer than what is in dispute."""
    for place in range(_SEVERAL):
        h = measured.smallest * 4.0**place
        up, down = function(h), function(-h)
        off = abs((up.value - down.value) / (2 * h) - measured.derivative.value)
        if not off <= apart / FAR + (up.noise + down.noise) / (2 * h):
            return False
    return True
