"""JAX as a source: any function of arrays, and of what holds arrays, that ends in one number.

JAX reads the function once, as `jit` would, and what it has read runs here op by op; then each op is asked, last one
first, what it hands on. So the frames show the derivative rules that `jax.grad` uses, and their sums are its gradients
but for rounding: JAX is free to add up in another order.

| module | what it does |
|---|---|
| `library` | JAX itself, its versions, its arrays as plain numbers |
| `names` | what arrays are called |
| `program` | runs what JAX has read, with all that is nested in it laid out in one line |
| `ops` | JAX's primitives in our words |
| `arrays`, `telling` | tell it as nodes and gradient assignments, with their rules |
| `experiment`, `replaying`, `double` | run it again to check its gradients, in double precision |
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tracer.errors import SourceError
from tracer.sources.closures import holds, takes, uses, variables_of
from tracer.sources.jax.experiment import Experiment, Run
from tracer.sources.jax.library import check_version, is_inexact, jax, jnp
from tracer.sources.jax.names import Look, argument_names, constant_names
from tracer.sources.jax.program import Program, Slot
from tracer.sources.jax.replaying import TapedProgram
from tracer.sources.jax.telling import Telling
from tracer.sources.naming import Variables
from tracer.telling import shown
from tracer.tracing import Trace

__all__ = ["trace", "traces"]


def traces(source: object, args: Sequence[object] = (), kwargs: Mapping[str, object] | None = None) -> bool:
    """Whether this is a source for `trace`: a function that has to do with JAX.

    JAX is not imported for that: where nobody has imported it, nothing is.
    """
    found: Any = sys.modules.get("jax")
    if found is None or not callable(source):
        return False
    kinds = (found.Array,)
    if isinstance(source, type(found.jit(len))):
        return True
    return holds(kinds, [*args, *(kwargs or {}).values()]) or uses(("jax", "jaxlib"), kinds, source)


def trace(
    source: Callable[..., object],
    args: Sequence[object] = (),
    kwargs: Mapping[str, object] | None = None,
    around: Sequence[Variables] = (),
) -> Trace:
    """Run a function of arrays and its backward pass, and return the frames.

    Args:
        source: a function that returns one number.
        args: its arguments by position: arrays, numbers, and lists, dictionaries and so on that hold them.
        kwargs: its arguments by name. `argnums`, unless the function takes an argument of that name, is for the tracer:
            the places of the arguments that are to have gradients, as for `jax.grad`; all if left out.
        around: variables that may hold arrays, such as those of the caller.

    Raises:
        SourceError: this version of JAX is not supported, JAX cannot read or differentiate the function, it does not
            return one number, or that depends on no argument.
        MissingDependencyError: there is no JAX.
    """
    check_version()
    given = dict(kwargs or {})
    wanted = None if takes(source, "argnums") else given.pop("argnums", None)
    look = Look()
    program, outputs = _read(look.reading(source), args, given)
    names = argument_names(source, args, given)
    inputs = _inputs(args, given, wanted)
    around_it = [*variables_of(source, (), {}), *around]

    def run(ran: Program) -> tuple[Telling, Slot]:
        results = ran.run(program, inputs)
        output = _output(outputs, results)
        seen = dict(zip(results[1:], look.paths, strict=True))
        return Telling(ran.steps, dict(zip(inputs, names, strict=True)), seen, constant_names(around_it)), output

    def again() -> Run:
        ran = TapedProgram()
        telling, output = run(ran)
        telling.tell(output)
        return Run(ran, output, telling.nodes)

    telling, output = run(Program())
    told = telling.book.trace(telling.tell(output), "")
    told.experiment = lambda: Experiment(again)
    return told


def _read(function: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]) -> tuple[Any, Any]:
    """The program that JAX reads from a function, and the shapes of what that returns."""
    try:
        program, (result, _) = jax.make_jaxpr(function, return_shape=True)(*args, **kwargs)
    except jax.errors.JAXTypeError as error:
        reason = shown(str(error).partition("\n")[0], 200)
        raise SourceError(
            f"JAX cannot read the function, as jit could not: {reason} Use jnp.where or lax.cond where the way depends "
            "on numbers, and leave whole numbers that are shapes out of the arguments"
        ) from error
    return program, result


def _inputs(args: Sequence[object], kwargs: Mapping[str, object], wanted: Any) -> list[Slot]:
    """The arrays in the arguments, in JAX's order, with which of them are to have gradients."""
    places = range(len(args)) if wanted is None else [wanted] if isinstance(wanted, int) else list(wanted)
    counted = {place % max(len(args), 1) for place in places}
    slots = []
    for place, arg in enumerate(args):
        slots += [_slot(leaf, active=place in counted) for leaf in jax.tree_util.tree_leaves(arg)]
    leaves = jax.tree_util.tree_leaves(kwargs)
    return slots + [_slot(leaf, active=wanted is None) for leaf in leaves]


def _slot(leaf: Any, *, active: bool) -> Slot:
    array = jnp.asarray(leaf)
    return Slot(array, active=active and is_inexact(array))


def _output(shapes: Any, results: Sequence[Slot]) -> Slot:
    """The one number that a function returns."""
    leaves = jax.tree_util.tree_leaves(shapes)
    if len(leaves) != 1 or leaves[0].shape != ():
        given = f"{len(leaves)} arrays" if len(leaves) != 1 else f"an array of the shape {tuple(leaves[0].shape)}"
        raise SourceError(f"the function has to return one number, but returned {given}")
    output = results[0]
    if not output.active:
        raise SourceError("what the function returns depends on no argument that can have a gradient")
    return output
