"""Runs an op a second time, in double precision, and says how far its results are off the user's."""

from __future__ import annotations

from typing import Any

from tracer.sources.pytorch.careful import name_of
from tracer.sources.pytorch.library import torch
from tracer.sources.pytorch.tape import REFUSALS, Entry, Made, Operand, Place, double
from tracer.telling import shown


def run_again(entry: Entry, state: Any) -> Any:
    """What the op gives for the user's own numbers, in double precision if it can: results, and what it changes."""
    if entry.reason:
        return None
    for narrow in (False, True):
        entry.narrow = narrow and not entry.written
        try:
            return _tried(entry)
        except REFUSALS as error:
            reason = shown(str(error).partition("\n")[0], 80)
        finally:
            if state is not None:
                torch.set_rng_state(state)
    entry.reason = f"{name_of(entry.op)} cannot run in double precision: {reason}"
    return None


def _tried(entry: Entry) -> Any:
    changed: dict[int, Any] = {}

    def value(operand: Operand) -> Any:
        if operand.whole is None or operand.place is None:
            return operand.value
        return operand.place.seen_in(changed.setdefault(id(operand), operand.whole.clone()))

    result = entry.run(value)
    return result, [one.place.seen_in(changed[id(one)]) for one in entry.written if one.place and id(one) in changed]


def compared(entry: Entry, item: Any, other: Any) -> Made:
    """A result as the tape keeps it, compared with what came of the op when it ran again, None if it could not."""
    place = Place.of(item)
    right = double(item)
    if other is None or entry.reason:
        entry.reason = entry.reason or f"{name_of(entry.op)} cannot be run again"
        return Made(place, right.dtype)
    other = other.to(right.dtype)
    offset = right - other if right.is_floating_point() else None
    if not _is_rounding(right, other, item.dtype):
        entry.reason = f"{name_of(entry.op)} gives something else when it runs again"
    if offset is not None:
        offset = torch.where(torch.isfinite(offset), offset, 0.0)
    precision = float(torch.finfo(item.dtype).eps) if item.is_floating_point() else 0.0
    return Made(place, right.dtype, offset, precision, entry.narrow)


def is_scratch(item: Any, other: Any) -> bool:
    """Whether a result is no number but room for the backward pass, which is not the same twice."""
    return item.dtype == torch.uint8 and other is not None and not torch.equal(item, other)


def _is_rounding(right: Any, other: Any, dtype: Any) -> bool:
    """Whether two results differ by no more than rounding can explain."""
    if right.shape != other.shape:
        return False
    if not right.is_floating_point():
        return bool(torch.equal(right, other))
    finite = right[torch.isfinite(right)].abs()
    scale = float(finite.max()) if finite.numel() else 0.0
    rough = float(torch.finfo(dtype).eps) ** 0.5
    return bool(torch.allclose(other, right, rtol=rough, atol=rough * scale, equal_nan=True))
