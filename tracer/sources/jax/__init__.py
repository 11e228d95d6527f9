"""JAX as a source: any function of arrays, and of what holds arrays, that ends in one number.

JAX reads the function once, as `jit` would, and what it has read runs here op by op; then each op is asked, last one
first, what it hands on. So the frames show the derivative rules that `jax.grad` uses, and their sums are its gradients
but for rounding: JAX is free to add up in another order.

| module | what it does |
|---|---|
| `library` | JAX itself, its versions, its arrays as plain numbers |
| `arguments`, `names` | the arrays that a function is given, and what arrays are called |
| `program` | runs what JAX has read, with all that is nested in it laid out in one line |
| `ops` | JAX's primitives in our words |
| `arrays`, `telling` | tell it as nodes and gradient assignments, with their rules |
| `experiment`, `replaying`, `double` | run it again to check its gradients, in double precision |
| `comparing` | compares the sums with the gradients that JAX itself computes |
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tracer.errors import SourceError
from tracer.sources.closures import refuse_call, takes, variables_of
from tracer.sources.jax.arguments import Arguments
from tracer.sources.jax.comparing import compare
from tracer.sources.jax.experiment import Experiment, Run
from tracer.sources.jax.library import VERSIONS, jax
from tracer.sources.jax.names import Look, constant_names
from tracer.sources.jax.program import Program, Slot
from tracer.sources.jax.replaying import TapedProgram
from tracer.sources.jax.telling import Telling
from tracer.sources.reaching import holds, mentions, uses
from tracer.sources.variables import Variables
from tracer.telling import shown
from tracer.tracing import Trace

__all__ = ["trace", "traces"]


def traces(source: object, args: Sequence[object] = (), kwargs: Mapping[str, object] | None = None) -> bool:
    """Whether this is a source for `trace`: a function that has to do with JAX.

    JAX is not imported for that. Where nobody has imported it, only a function that does so itself can be one.
    """
    found: Any = sys.modules.get("jax")
    if not callable(source):
        return False
    if found is None:
        return mentions("jax", source)
    kinds = (found.Array,)
    if isinstance(source, type(found.jit(len))):
        return True
    return holds(kinds, [*args, *(kwargs or {}).values()]) or uses("jax", kinds, source)


def trace(
    source: Callable[..., object],
    args: Sequence[object] = (),
    kwargs: Mapping[str, object] | None = None,
    around: Sequence[Variables] = (),
) -> Trace:
    """Run a function of arrays and its backward pass, and return the frames.

    Args:
        source: a function that returns one number.
        args: its arguments by position: arrays, numbers, and lists, dictionaries and so on that hold them. Whole
            numbers, booleans and all that is no array are handed on as they are.
        kwargs: its arguments by name. `argnums`, unless the function takes an argument of that name, is for the tracer:
            the places of the arguments that are to have gradients, as for `jax.grad`; all if left out.
        around: variables that may hold arrays, such as those of the caller.

    Raises:
        SourceError: this version of JAX cannot be traced, JAX cannot read or differentiate the function, it does not
            return one number, or that depends on no argument.
        MissingDependencyError: there is no JAX.
    """
    VERSIONS.check()
    named = dict(kwargs or {})
    wanted = None if takes(source, "argnums") else named.pop("argnums", None)
    refuse_call(source, args, named)
    with VERSIONS.inside():
        given, look = Arguments(source, args, named, wanted), Look()
    program, outputs = _read(look.reading(given.call), given.arrays)
    outside = constant_names([*variables_of(source, args, named), *around])

    def run(ran: Program) -> tuple[Telling, Slot]:
        results = ran.run(program, given.slots)
        output = _output(outputs, results)
        inputs = dict(zip(given.slots, given.names, strict=True))
        seen = dict(zip(results[1:], look.paths, strict=True))
        return Telling(ran.steps, inputs, seen, outside), output

    def again() -> Run:
        ran = TapedProgram()
        telling, output = run(ran)
        telling.tell(output)
        return Run(ran, output, telling.nodes)

    with VERSIONS.inside():
        telling, output = run(Program())
        found = telling.book.trace(telling.tell(output), "")
    if not VERSIONS.tested:
        compare(program, given.slots, telling)
    found.experiment = lambda: Experiment(again)
    return found


def _read(function: Callable[..., object], arrays: Sequence[object]) -> tuple[Any, Any]:
    """The program that JAX reads from a function of arrays, and the shapes of what that returns."""
    try:
        program, (result, _) = jax.make_jaxpr(function, return_shape=True)(*arrays)
    except jax.errors.JAXTypeError as error:
        reason = shown(str(error).partition("\n")[0], 200)
        raise SourceError(
            f"JAX cannot read the function, as jit could not: {reason} Use jnp.where or lax.cond where the way depends "
            "on numbers"
        ) from error
    return program, result


def _output(shapes: Any, results: Sequence[Slot]) -> Slot:
    """The one number that a function returns."""
    leaves = jax.tree_util.tree_leaves(shapes)
    if len(leaves) != 1 or leaves[0].shape != ():
        given = f"{len(leaves)} arrays" if len(leaves) != 1 else f"an array of the shape {tuple(leaves[0].shape)}"
        raise SourceError(f"the function has to return one number, but returned {given}")
    output = results[0]
    if not output.active:
        raise SourceError(
            "what the function returns depends on no argument that can have a gradient; whole numbers have none, so "
            "write 2.0 for 2"
        )
    if output.given:
        raise SourceError("the function returns one of its inputs as it is, so there is nothing to trace")
    return output
