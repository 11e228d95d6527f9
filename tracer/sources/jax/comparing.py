"""Compares what was seen with the gradients that JAX itself computes for the whole program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracer.sources.jax.arrays import agree
from tracer.sources.jax.library import VERSIONS, core, jax, jnp
from tracer.sources.jax.program import Slot, replaced
from tracer.sources.jax.telling import Telling


def compare(program: Any, inputs: Sequence[Slot], telling: Telling) -> None:
    """Make sure that the sums of the frames are the gradients of the program.

    Args:
        program: what JAX has read, whose first result is the output.
        inputs: what it was given.
        telling: what was told of it.

    Raises:
        SourceError: the sums are others.
    """
    places = [place for place, slot in enumerate(inputs) if slot.active]
    values = [slot.value for slot in inputs]
    function = core.jaxpr_as_fun(program)

    def output(*given: Any) -> Any:
        return function(*replaced(values, places, given))[0]

    right = jax.grad(output, argnums=tuple(range(len(places))))(*(values[place] for place in places))
    for place, gradient in zip(places, right, strict=True):
        handed = telling.gradient(inputs[place])
        found = jnp.zeros_like(gradient) if handed is None else handed
        # Each sum may round in another way, so many times over.
        if not agree(found, gradient, digits=0.5):
            raise VERSIONS.unknown("the gradients that were seen are not those that it computes")
