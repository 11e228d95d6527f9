"""A JAX program that has run, told as nodes and gradient assignments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracer.sources.jax.arrays import JaxArrays, agree
from tracer.sources.jax.library import jnp, number_of
from tracer.sources.jax.ops import Described, describe, is_entrywise
from tracer.sources.jax.program import Slot, Step
from tracer.sources.logbook import Assigned, Logbook
from tracer.sources.rules import Use, best_rule, telling_rule
from tracer.tensors import Local


@dataclass(frozen=True, slots=True)
class _Op:
    """A step as it was told: in our words, and which nodes it reads and makes."""

    described: Described
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class Telling:
    """Writes a program into a logbook.

    Args:
        steps: what ran, in order.
        inputs: the inputs with their names.
        names: names of other slots.
        constants: names of arrays from outside, by id.
    """

    def __init__(
        self, steps: list[Step], inputs: Mapping[Slot, str], names: Mapping[Slot, str], constants: Mapping[int, str]
    ) -> None:
        self.book = Logbook()
        self._steps = steps
        self._inputs = inputs
        self._names = names
        self._constants = constants
        self._node: dict[Slot, int] = {}
        self._arrays: dict[int, int] = {}
        self._sums: dict[Slot, Any] = {}

    def gradient(self, slot: Slot) -> Any:
        """The sum of what was handed on to a slot; None if nothing was."""
        return self._sums.get(slot)

    @property
    def nodes(self) -> Mapping[Slot, int]:
        """The node of each slot that was told."""
        return self._node

    def tell(self, output: Slot) -> int:
        """Write down the steps that the output depends on, then its gradients; the output's node comes back."""
        steps = _needed(self._steps, output)
        ops = [self._write(step) for step in steps]
        sums = self._sums = {output: jnp.ones_like(output.value)}
        node = self._node[output]
        self.book.assign(None, Assigned.outright(node, number_of(sums[output])))
        for step, op in zip(reversed(steps), reversed(ops), strict=True):
            if any(result in sums for result in step.results):
                self._hand_on(step, op, sums)
        return node

    def _write(self, step: Step) -> _Op:
        described = describe(step)
        inputs = [self._input(operand) for operand in step.operands]
        if described.literal is not None:
            inputs.append(self.book.leaf("constant", described.literal))
        outputs = []
        for result in step.results:
            value, label, dtype = number_of(result.value), self._names.get(result, ""), str(result.value.dtype)
            self._node[result] = self.book.op(described.op, value, tuple(inputs), label, step.scope, dtype)
            outputs.append(self._node[result])
        return _Op(described, tuple(inputs), tuple(outputs))

    def _input(self, slot: Slot) -> int:
        if slot in self._node:
            return self._node[slot]
        value, dtype = number_of(slot.value), str(slot.value.dtype)
        if slot.literal:
            return self.book.leaf("constant", value, dtype=dtype)
        if slot.active:
            self._node[slot] = self.book.leaf("input", value, self._inputs.get(slot, ""), dtype=dtype)
            return self._node[slot]
        # An array from outside is the same wherever it comes in; what was computed may be that very array again.
        key = id(slot.value if slot.given else slot)
        if key not in self._arrays:
            label = self._inputs.get(slot, "") or self._constants.get(key, "") or self._names.get(slot, "")
            self._arrays[key] = self.book.leaf("constant", value, label, dtype=dtype)
        return self._arrays[key]

    def _hand_on(self, step: Step, op: _Op, sums: dict[Slot, Any]) -> None:
        upstream = [sums.get(result) for result in step.results]
        first = next(place for place, gradient in enumerate(upstream) if gradient is not None)
        operands = [operand.value for operand in step.operands]
        results = [result.value for result in step.results]
        use = Use(
            op.described.op, op.inputs, op.outputs, operands, results, upstream,
            op.described.attributes, op.described.parts,
        )  # fmt: skip
        locals_ = step.contributions([jnp.ones_like(results[0])]) if is_entrywise(step) else {}
        for slot, contribution in step.contributions(upstream).items():
            target = step.operands[slot]
            before = sums.get(target)
            after = sums[target] = contribution if before is None else before + contribution
            local = _local(step, op, use, slot, contribution, locals_.get(slot))
            self.book.local(op.outputs[first], slot, local)
            self.book.assign(
                step,
                Assigned(
                    target=self._node[target],
                    op=op.outputs[first],
                    slot=slot,
                    upstream=number_of(upstream[first]),
                    local=local,
                    contribution=number_of(contribution),
                    before=None if before is None else number_of(before),
                    after=number_of(after),
                ),
            )


def _local(step: Step, op: _Op, use: Use, slot: int, contribution: Any, local: Any) -> Local:
    """The local derivative where the contribution is a product with it, otherwise the rule."""
    upstream = use.upstream[0]
    fits = local is not None and local.shape == contribution.shape and upstream.shape in (local.shape, ())
    arrays = JaxArrays(op.described.axes, step.again)
    if fits and agree(upstream * local, contribution):
        return telling_rule(use, slot, contribution, arrays) or number_of(local)
    return best_rule(use, slot, contribution, arrays, entrywise=is_entrywise(step))


def _needed(steps: list[Step], output: Slot) -> list[Step]:
    """The steps that the output depends on."""
    wanted = {output}
    kept = []
    for step in reversed(steps):
        if wanted.intersection(step.results):
            wanted.update(step.operands)
            kept.append(step)
    return kept[::-1]
