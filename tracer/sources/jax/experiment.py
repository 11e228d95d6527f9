"""Runs a program that JAX has read from a function again, so that its gradients can be compared with differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tracer.differences import Sample
from tracer.rerunning import TIMES, noise
from tracer.sources.jax.double import double, doubled
from tracer.sources.jax.library import is_inexact, jax, jnp, numpy
from tracer.sources.jax.program import Slot, Step, replaced
from tracer.sources.jax.replaying import REFUSALS, Moved, TapedProgram, in_double, shaking


@dataclass(frozen=True, slots=True)
class Run:
    """A program that has run.

    Attributes:
        program: the program.
        output: its output.
        nodes: the node of each slot.
    """

    program: TapedProgram
    output: Slot
    nodes: Mapping[Slot, int]


class Experiment:
    """A program that can be run again with one of its arrays moved.

    Args:
        run: runs it once, on the numbers that were traced.
    """

    def __init__(self, run: Callable[[], Run]) -> None:
        ran = run()
        self._output = ran.output
        self._turns, self._steps = ran.program.turns, ran.program.steps
        self._slots = {node: slot for slot, node in ran.nodes.items()}
        self._moved: dict[int, Moved] = {}
        self._noises: dict[int, float] = {}

    def obstacle(self, node: int) -> str:
        """Why a node cannot be moved, "" if it can."""
        return "no gradient goes there" if node not in self._slots else self._of(node).obstacle

    def value(self, node: int, entry: int) -> float:
        """An entry of a node's value, counted row by row."""
        return float(numpy.asarray(self._slots[node].value).ravel()[entry])

    def scale(self, node: int) -> float:
        """The largest entry of a node's gradient, without its sign."""
        return float(abs(self._gradient(node)).max(initial=0.0))

    def precision(self, node: int) -> float:
        """How far 1 is from the next number, in the coarsest dtype on the way from the node to the output."""
        return max(float(jnp.finfo(self._slots[node].value.dtype).eps), self._of(node).precision)

    def claimed(self, node: int, entry: int | None) -> Sample:
        """The slope along a direction that the gradient claims, and how far rounding may have moved it.

        Args:
            node: id of the node.
            entry: the entry that is moved, or None for all of them in a random direction.
        """
        direction = self._direction(node, entry)
        slope = float((self._gradient(node) * direction).sum())
        precise = self._precise.get(self._slots[node])
        apart = abs(slope - float((numpy.asarray(precise) * direction).sum())) if precise is not None else 0.0
        about = jnp.finfo(self._slots[node].value.dtype)
        inside = 8 * float(about.eps) * max(abs(slope), self.scale(node))
        return Sample(slope, 2 * apart + inside + 4 * float(about.smallest_normal))

    def output(self, node: int, entry: int | None, step: float) -> Sample:
        """The output where a node is moved by `step` along a direction, and how far rounding may have moved that."""
        noise = self._noise(node)
        with in_double():
            return Sample(self._of(node)(step * self._direction(node, entry)), noise)

    def _of(self, node: int) -> Moved:
        if node not in self._moved:
            with in_double():
                self._moved[node] = Moved(self._turns, self._output, self._slots[node])
        return self._moved[node]

    def _noise(self, node: int) -> float:
        if node not in self._noises:
            nowhere, right = numpy.zeros(self._slots[node].value.shape), float(self._output.value)
            with in_double():
                others = [self._of(node)(nowhere, shaking(seed)) for seed in range(TIMES)]
            self._noises[node] = noise(right, others)
        return self._noises[node]

    def _direction(self, node: int, entry: int | None) -> Any:
        """1 for the entry that is moved and 0 for the others, or 1 or -1 for each."""
        shape = self._slots[node].value.shape
        if entry is None:
            return numpy.random.default_rng(int(numpy.prod(shape))).choice([-1.0, 1.0], shape)
        direction = numpy.zeros(int(numpy.prod(shape)))
        direction[entry] = 1.0
        return direction.reshape(shape)

    def _gradient(self, node: int) -> Any:
        slot = self._slots[node]
        found = self._gradients.get(slot)
        return numpy.zeros(slot.value.shape) if found is None else numpy.asarray(found).astype("float64")

    @cached_property
    def _gradients(self) -> dict[Slot, Any]:
        """The gradients by JAX's rules in the user's precision, as they were traced."""
        return _summed(self._steps, self._output, lambda step, upstream: step.contributions(upstream))

    @cached_property
    def _precise(self) -> dict[Slot, Any]:
        """The same in double precision, but for rules of the user's own, which may not know how."""
        with in_double():
            return _summed(self._steps, self._output, _precisely)


def _summed(
    steps: list[Step], output: Slot, contributions: Callable[[Step, list[Any]], Mapping[int, Any]]
) -> dict[Slot, Any]:
    """The gradient of each slot."""
    sums: dict[Slot, Any] = {output: jnp.ones_like(output.value)}
    for step in reversed(steps):
        if any(result in sums for result in step.results):
            for place, given in contributions(step, [sums.get(result) for result in step.results]).items():
                target = step.operands[place]
                sums[target] = sums[target] + given if target in sums else given
    return sums


def _precisely(step: Step, upstream: list[Any]) -> Mapping[int, Any]:
    """What a step hands on, in double precision where it can."""
    if not step.primitive.startswith("custom"):
        try:
            return _handed_on(step, upstream)
        except REFUSALS:  # then in the precision that the op knows
            pass
    pairs = zip(upstream, step.results, strict=True)
    narrow = [None if given is None else given.astype(slot.value.dtype) for given, slot in pairs]
    return {place: double(given) for place, given in step.contributions(narrow).items()}


def _handed_on(step: Step, upstream: list[Any]) -> Mapping[int, Any]:
    values = [double(operand.value) for operand in step.operands]
    function = doubled(step.function, [operand.value for operand in step.operands])
    kept = [place for place, result in enumerate(step.results) if is_inexact(result.value)]

    def of_active(*given: Any) -> list[Any]:
        results = function(*replaced(values, step.active, given))
        return [results[place] for place in kept]

    made, hand_on = jax.vjp(of_active, *(values[place] for place in step.active))
    given = [
        jnp.zeros_like(value) if upstream[place] is None else double(upstream[place])
        for place, value in zip(kept, made, strict=True)
    ]
    return dict(zip(step.active, hand_on(given), strict=True))
