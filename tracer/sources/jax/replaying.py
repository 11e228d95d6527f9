"""Runs a JAX program that has run again, in double precision, with one array moved a little.

It stands on the very numbers that were computed: what an op gives in double precision differs from these by rounding,
and that difference is kept as an offset. So the derivative is measured where JAX computed it, also beside a kink.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tracer.sources.jax.double import double, doubled
from tracer.sources.jax.library import is_inexact, jax, jnp, numpy
from tracer.sources.jax.program import CUT, Program, Slot
from tracer.telling import shown

REFUSALS: Final = (NotImplementedError, TypeError, ValueError, IndexError, RuntimeError, ArithmeticError)
# What solves equations has another way to its derivative than through what it computes.
_IMPLICIT: Final = "custom_linear_solve"
Rounding = Callable[[Any, float], Any]
_DOUBLE: Final = 2.0**-52


@dataclass(slots=True)
class Turn:
    """One op as it ran, whether or not a gradient goes through it.

    Attributes:
        primitive: its name in JAX.
        function: computes its results.
        operands: what it read.
        results: what it made.
        again: computes its results in double precision, once `prepare` has been called.
        offsets: what to add to those to bring them to the user's numbers; None for what are no floats.
        narrow: whether it runs in the user's precision, because it cannot run in another.
        reason: why it cannot be run again; "" if it can.
    """

    primitive: str
    function: Callable[..., Sequence[Any]]
    operands: tuple[Slot, ...]
    results: tuple[Slot, ...]
    again: Callable[..., Sequence[Any]] | None = None
    offsets: list[Any] = field(default_factory=list)
    narrow: bool = False
    reason: str = ""

    @property
    def precision(self) -> float:
        """How far 1 is from the next number in the coarsest dtype of its results."""
        return max((_precision(result.value) for result in self.results), default=0.0)

    def prepare(self) -> None:
        """Find out how far its results in double precision are off the user's."""
        if self.again is not None or self.reason:
            return
        if self.primitive == _IMPLICIT:
            self.reason = "equations are solved on the way, whose derivative does not follow from the ops that ran"
            return
        values = [slot.value for slot in self.operands]
        try:
            self.again = doubled(self.function, values)
            found = self.again(*map(double, values))
        except REFUSALS as error:
            self.again, self.narrow = self._in_the_users_precision, True
            try:
                found = self.again(*map(double, values))
            except REFUSALS:
                self.reason = f"{self.primitive} cannot run again: {shown(str(error).partition(chr(10))[0], 80)}"
                return
        for slot, other in zip(self.results, found, strict=True):
            self.offsets.append(self._offset(slot.value, other))

    def _in_the_users_precision(self, *given: Any) -> list[Any]:
        pairs = zip(given, self.operands, strict=True)
        results = self.function(*(array.astype(slot.value.dtype) for array, slot in pairs))
        return [double(result) for result in results]

    def _offset(self, value: Any, other: Any) -> Any:
        right = double(value)
        if not jnp.issubdtype(right.dtype, jnp.floating):
            return None
        exact, found = numpy.asarray(right), numpy.asarray(other)
        finite = abs(exact)[numpy.isfinite(exact)]
        rough = _precision(value) ** 0.5
        scale = float(finite.max()) if finite.size else 0.0
        if not numpy.allclose(found, exact, rtol=rough, atol=rough * scale, equal_nan=True):
            self.reason = f"{self.primitive} gives something else when it runs again"
        with numpy.errstate(invalid="ignore"):
            offset = exact - found
        return jnp.asarray(numpy.where(numpy.isfinite(offset), offset, 0.0))


class TapedProgram(Program):
    """A program that also notes the ops through which no gradient goes, such as comparisons.

    Attributes:
        turns: all ops, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[Turn] = []

    def _ran(
        self,
        name: str,
        params: Mapping[str, Any],
        function: Callable[..., Sequence[Any]],
        operands: Sequence[Slot],
        scope: str,
    ) -> list[Slot]:
        results = super()._ran(name, params, function, operands, scope)
        if name not in CUT:
            self.turns.append(Turn(name, function, tuple(operands), tuple(results)))
        return results


class Moved:
    """The output of a program as a function of one array: of how far that is moved in a direction.

    Args:
        turns: the ops.
        output: the output.
        start: the array that is moved.

    Attributes:
        obstacle: why it cannot be moved, "" if it can.
        precision: how far 1 is from the next number, in the coarsest dtype of the results that may change.
    """

    def __init__(self, turns: list[Turn], output: Slot, start: Slot) -> None:
        self._output, self._start = output, start
        self._turns: list[Turn] = []
        reached = {start}
        for turn in turns:
            if reached.intersection(turn.operands):
                reached.update(turn.results)
                self._turns.append(turn)
        for turn in self._turns:
            turn.prepare()
        self.obstacle = next((turn.reason for turn in self._turns if turn.reason), "")
        self.precision = max((turn.precision for turn in self._turns), default=0.0)

    def __call__(self, shift: Any, rounding: Rounding | None = None) -> float:
        """The output where the array is moved; NaN where an op refuses its numbers.

        Args:
            shift: by how much, entry by entry.
            rounding: what happens to each result besides, to find out what rounding does.
        """
        changed = {self._start: double(self._start.value) + shift}
        try:
            for turn in self._turns:
                self._run(turn, changed, rounding)
        except REFUSALS:
            return float("nan")
        return float(changed.get(self._output, self._output.value))

    def _run(self, turn: Turn, changed: dict[Slot, Any], rounding: Rounding | None) -> None:
        if turn.again is None:
            return
        results = turn.again(*(changed[slot] if slot in changed else double(slot.value) for slot in turn.operands))
        for slot, result, offset in zip(turn.results, results, turn.offsets, strict=True):
            number = result if offset is None else result + offset
            if rounding is not None and offset is not None:
                number = rounding(number, _precision(slot.value) if turn.narrow else _DOUBLE)
            changed[slot] = number


def _precision(array: Any) -> float:
    return float(jnp.finfo(array.dtype).eps) if is_inexact(array) else 0.0


def shaking(seed: int) -> Rounding:
    """What moves numbers in their last digit, up, down or not at all, the same way for the same seed."""
    chance = numpy.random.default_rng(seed)

    def shake(array: Any, precision: float) -> Any:
        moves = chance.integers(-1, 2, array.shape).astype(float)
        return jnp.where(jnp.isfinite(array), array * (1 + precision * moves), array)

    return shake


def in_double() -> Any:
    """A context in which JAX computes in double precision; outside of it nothing changes."""
    return jax.enable_x64(True)
