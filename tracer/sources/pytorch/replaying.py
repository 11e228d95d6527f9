"""Runs a tape again, in double precision, with one tensor moved a little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tracer.sources.pytorch.forward import Edge
from tracer.sources.pytorch.library import torch
from tracer.sources.pytorch.tape import REFUSALS, Entry, Made, Operand, Place, results_of
from tracer.sources.pytorch.taping import Taping

Rounding = Callable[[Any, float], Any]
DOUBLE: Final = 2.0**-52


class Moved:
    """The output of a tape as a function of one tensor: of how far that is moved in a direction.

    Args:
        tape: the tape.
        output: where the output lies, and its number.
        edge: where the tensor hangs on that is moved.

    Attributes:
        obstacle: why it cannot be moved, "" if it can.
    """

    def __init__(self, tape: Taping, output: tuple[Place, Any, tuple[Edge, ...]], edge: Edge) -> None:
        self._edge = edge
        self._output, self._number, self._output_edges = output
        self.place = tape.places.get(edge)
        self._entries = self._affected(tape.entries)
        self.obstacle = self._why_not()

    @property
    def precision(self) -> float:
        """How far 1 is from the next number, in the coarsest dtype of the results that may change."""
        made = [made for entry in self._entries for made in (*entry.made.values(), *entry.changed.values())]
        return max((one.precision for one in made), default=0.0)

    def __call__(self, step: float, direction: Any, rounding: Rounding | None = None) -> float:
        """The output where the tensor is moved by `step` times `direction`.

        Args:
            step: how far.
            direction: a number for each entry of the tensor.
            rounding: what happens to each result besides, to find out what rounding does.
        """
        if self.place is None:
            return float(self._number)
        shift = self._shift(step, direction)
        changed: dict[int, Any] = {}
        for entry in self._entries:
            self._run(entry, changed, shift, rounding)
        return float(self._read(Operand(self._output, self._number, self._output_edges), changed, shift))

    def _shift(self, step: float, direction: Any) -> Any:
        """What is added to the storage in which the tensor lies."""
        assert self.place is not None  # noqa: S101  # otherwise there is nothing to move
        whole = torch.zeros(self.place.length, dtype=torch.float64)
        self.place.seen_in(whole).copy_(step * direction)
        return whole

    def _affected(self, entries: list[Entry]) -> list[Entry]:
        """The ops whose results may change."""
        found: list[Entry] = []
        storages: set[int] = set()
        for entry in entries:
            places = [made.place.storage for made in (*entry.made.values(), *entry.changed.values())]
            read = any(self._is_moved(one) or _lies_in(one, storages) for one in entry.operands)
            if read or storages.intersection(places):
                found.append(entry)
                storages.update(places)
        return found

    def _is_moved(self, operand: Operand) -> bool:
        here = self.place is not None and operand.place is not None and operand.place.storage == self.place.storage
        return here and self._edge in operand.edges

    def _why_not(self) -> str:
        for entry in self._entries:
            if entry.reason:
                return entry.reason
        if self.place is None:
            return "no op was seen to read it"
        if self.place.overlaps:
            return "it is a view that repeats its entries, so none can be moved alone"
        return ""

    def _run(self, entry: Entry, changed: dict[int, Any], shift: Any, rounding: Rounding | None) -> None:
        for one in entry.written:
            if one.place is not None and one.whole is not None:
                self._open(one, changed, shift)
        result = entry.run(lambda operand: self._read(operand, changed, shift))
        items = results_of(result)
        for index, made in entry.made.items():
            if made.place.storage not in changed:
                changed[made.place.storage] = torch.zeros(made.place.length, dtype=made.dtype)
            target = made.place.seen_in(changed[made.place.storage])
            target.copy_(items[index])
            _anchor(target, made, rounding)
        for made in entry.changed.values():
            _anchor(made.place.seen_in(changed[made.place.storage]), made, rounding)

    def _open(self, operand: Operand, changed: dict[int, Any], shift: Any) -> None:
        """Get a storage ready to be written to."""
        place = operand.place
        if place is None:
            return
        if place.storage not in changed:
            changed[place.storage] = operand.whole.clone()
        if self._is_moved(operand) and operand.is_view:  # what is not written to stays part of the whole, moved
            changed[place.storage].add_(shift)
        elif self._is_moved(operand):
            place.seen_in(changed[place.storage]).add_(place.seen_in(shift))

    def _read(self, operand: Operand, changed: dict[int, Any], shift: Any) -> Any:
        place = operand.place
        if place is None:
            return operand.value
        if operand.whole is not None:
            return place.seen_in(changed[place.storage])
        value = place.seen_in(changed[place.storage]) if place.storage in changed else operand.value
        return value + place.seen_in(shift) if self._is_moved(operand) else value


def run_or_nan(moved: Moved, step: float, direction: Any, rounding: Rounding | None = None) -> float:
    """What `moved` gives, NaN where an op refuses these numbers.

    What runs here is small and runs thousands of times, so threads would only wait for each other.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return moved(step, direction, rounding)
    except REFUSALS:
        return float("nan")
    finally:
        torch.set_num_threads(threads)


def _lies_in(operand: Operand, storages: set[int]) -> bool:
    return operand.place is not None and operand.place.storage in storages


def _anchor(target: Any, made: Made, rounding: Rounding | None) -> None:
    """Bring a result to where the user's numbers are."""
    if made.offset is None:
        return
    target.add_(made.offset)
    if rounding is not None:
        target.copy_(rounding(target, made.precision if made.narrow else DOUBLE))
