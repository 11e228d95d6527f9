"""Runs somebody's own `backward()` under watch, from cleared gradients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tracer.errors import SourceError
from tracer.scalars import is_number
from tracer.sources.micrograd.gradients import plain
from tracer.sources.micrograd.objects import inputs_of
from tracer.sources.micrograd.reading import local_gradients
from tracer.sources.micrograd.watching import Event, watching

CLEARED = "gradients that were left from an earlier backward pass were set to 0 first"
UNWOUND = "backward() recurses deeper than Python allows, so each value's own step ran in topological order instead"


def run(output: Any, order: list[object]) -> tuple[list[Event], list[str]]:
    """Run `output.backward()` and return what was assigned to gradients, and what there is to say about the run.

    If that raises an error, it is passed on, and the gradients are what they were before.

    Args:
        output: the value to start from.
        order: it and everything it was made from, inputs first.

    Raises:
        SourceError: the gradients cannot be watched, or it recurses too deeply and there is nothing to run instead.
    """
    with _put_back_if_it_fails(order):
        return _watched(output, order)


def _watched(output: Any, order: list[object]) -> tuple[list[Event], list[str]]:
    remarks = [CLEARED] if clear(order) else []
    with watching(order) as watch:
        try:
            output.backward()
        except RecursionError:
            watch.events.clear()
            clear(order)
            watch.events.clear()
            _run_in_order(output, order)
            remarks.append(UNWOUND)
    return watch.events, remarks


@contextmanager
def _put_back_if_it_fails(order: list[Any]) -> Iterator[None]:
    before = [value.grad for value in order]
    done = False
    try:
        yield
        done = True
    finally:
        if not done:
            for value, gradient in zip(order, before, strict=True):
                value.grad = gradient


def clear(order: list[Any]) -> bool:
    """Set every gradient to 0, and say whether one was not."""
    found = False
    for value in order:
        held = plain(value.grad)
        if is_number(held):
            found = found or bool(held != 0)
            value.grad = type(held)(0)
    return found


def _run_in_order(output: Any, order: list[Any]) -> None:
    output.grad = 1.0
    for value in reversed(order):
        step, locals_ = getattr(value, "_backward", None), local_gradients(value)
        if callable(step):
            step()
        elif len(locals_) == len(inputs_of(value)):
            for source, local in zip(inputs_of(value), locals_, strict=True):
                source.grad += local * value.grad  # type: ignore[attr-defined]
        else:
            raise SourceError(
                f"the backward() of {type(output).__name__} recurses too deeply, and its values have no _backward to "
                "run one by one instead; trace a smaller graph or raise sys.setrecursionlimit"
            )
