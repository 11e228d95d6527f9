"""Which leaves are literals: the 1 in `x - 1`, the 2 in `2 * x`, the -1 that `-x` multiplies by.

Such an engine makes a value of every number, and keeps no note of where it came from. But a value that was made of a
literal is held by the graph alone, so nobody could ask for its gradient either. That is what is looked for, by counting
references. Where the count is not what was expected, the leaf is taken for an input.
"""

from __future__ import annotations

import gc
import inspect
import sys
from collections import Counter
from functools import lru_cache
from types import MemberDescriptorType
from typing import Any

from tracer.scalars import is_number
from tracer.sources.closures import closure_of
from tracer.sources.micrograd.objects import INPUTS, backward_of, everything_behind, inputs_of


def held_by_nobody(output: object) -> frozenset[int]:
    """The ids of the leaves behind an output that nothing but the graph holds."""
    if not hasattr(sys, "getrefcount"):  # a Python that does not count references
        return frozenset()
    if any(_has_gradient(value) for value in everything_behind(output)):
        # A backward pass has run. What it sorted the values into may be garbage in a circle, which still counts.
        gc.collect()
    inside = _references_inside(output)
    leaves = [value for value in everything_behind(output) if not inputs_of(value)]
    # What counting itself adds is found out with an object that one list holds, as this one holds each leaf.
    (extra,) = _counts([object()])
    counts = zip(leaves, _counts(leaves), strict=True)
    return frozenset(id(leaf) for leaf, count in counts if count - extra <= inside[id(leaf)])


def _has_gradient(value: Any) -> bool:
    return is_number(value.grad) and value.grad != 0


def _counts(things: list[object]) -> list[int]:
    return [sys.getrefcount(thing) for thing in things]


def _references_inside(output: object) -> Counter[int]:
    """For each value, by id, how many references the graph itself has to it."""
    counts: Counter[int] = Counter()
    for value in everything_behind(output):
        for container in _containers(value):
            counts.update(map(id, container))
        counts.update(map(id, closure_of(backward_of(value)).values()))
    return counts


def _containers(value: object) -> list[tuple[object, ...]]:
    """What a value keeps its inputs in, itself: in its dictionary or in slots. Properties would make it anew."""
    kind: type = type(value)
    kept = getattr(value, "__dict__", {})
    found: dict[int, tuple[object, ...]] = {}
    for name in INPUTS:
        slot = None if name in kept else _slot(kind, name)
        held = slot.__get__(value) if slot is not None else kept.get(name)
        if isinstance(held, (tuple, list, set, frozenset)):
            found[id(held)] = tuple(held)
    return list(found.values())


@lru_cache(maxsize=256)
def _slot(kind: type, name: str) -> MemberDescriptorType | None:
    """The slot in which objects of a class keep an attribute, if they do."""
    found = inspect.getattr_static(kind, name, None)
    return found if isinstance(found, MemberDescriptorType) else None
