"""Other people's scalar engines as a source: any object with `.data`, `.grad`, `.backward()` and what it was made from.

The user's own `backward()` runs, from gradients that were set to 0, while every gradient that it reads or assigns is
watched. So the frames show what that code does: in its order, with its numbers, with its mistakes. Afterwards the
gradients are as it left them, and nothing else of the user's has changed.

| module | what it does |
|---|---|
| `objects` | what such an object is, and how to walk from one to the next |
| `reading` | which op made a value, from which operands |
| `gradients` | a number that remembers which gradients it was computed from |
| `watching` | lets the objects hand out such numbers, and notes what is assigned |
| `running` | runs the user's `backward()` |
| `literals` | which leaves are literals |
| `nodes`, `following`, `judging` | tell what was seen: nodes, assignments, mistakes |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from tracer.errors import SourceError
from tracer.sources.closures import refuse_async, variables_of
from tracer.sources.contents import holds_nothing, look_into
from tracer.sources.logbook import Assigned
from tracer.sources.micrograd.following import Seen, follow
from tracer.sources.micrograd.judging import Judge
from tracer.sources.micrograd.literals import held_by_nobody
from tracer.sources.micrograd.nodes import Computation
from tracer.sources.micrograd.objects import everything_behind, is_engine, is_inside, is_traceable
from tracer.sources.micrograd.reading import read
from tracer.sources.micrograd.running import run
from tracer.sources.micrograd.watching import Event
from tracer.sources.reaching import reached
from tracer.sources.sightings import Sighting, Sightings, held
from tracer.sources.variables import Variables
from tracer.tracing import Trace, Verdict

__all__ = ["looking_out", "trace", "trace_function", "traces", "traces_function"]


def traces(source: object) -> bool:
    """Whether this is a source for `trace`: a value of somebody's scalar engine."""
    return is_traceable(source)


def traces_function(function: object, args: Sequence[object], kwargs: Mapping[str, object]) -> bool:
    """Whether a function computes with such values: it is given some, or uses a class of them."""
    used = chain.from_iterable(things for things, _ in reached(function))
    return any(is_engine(kind) for thing in (*args, *kwargs.values(), *used) for kind in _kinds(thing))


def looking_out(*, sparing: bool = False) -> Sightings:
    """What looks on while code computes with such values, so that its variables name them.

    Args:
        sparing: whether that is to cost a program little that does not: values are not kept alive, and variables are
            looked at only after a constructor has run.
    """
    making = is_inside if sparing else None
    return Sightings(lambda thing: is_engine(type(thing)), passed_over=is_inside, keeping=not sparing, making=making)


def trace_function(
    function: Callable[..., object],
    args: Sequence[object],
    kwargs: Mapping[str, object],
    around: Sequence[Variables] = (),
) -> Trace:
    """Call a function that returns such a value, and trace that; its variables name what it computes on the way.

    Args:
        function: the function.
        args: its arguments by position, handed on as they are.
        kwargs: its arguments by name.
        around: variables that may hold values, such as those of the caller.

    Raises:
        SourceError: it returns something else, or that cannot be traced.
    """
    sightings = looking_out()
    with sightings.looking_on():
        result = function(*args, **kwargs)
    refuse_async(function, result)
    if not traces(result):
        raise SourceError(f"the function has to return a value to start from, but returned a {type(result).__name__}")
    given = variables_of(function, args, kwargs)
    return trace(result, [*given[:1], *sightings.around, *given[1:], *around], sightings.all)


def trace(source: object, around: Sequence[Variables] = (), seen: Sequence[Sighting] = ()) -> Trace:
    """Run the user's own `backward()` from a value and return the frames of what it does.

    Args:
        source: the value to start from, usually a loss.
        around: variables that may hold values, such as those of the caller; they name values without a label.
        seen: variables that were seen to hold values while these were made.

    Raises:
        SourceError: it is no such value, does not hold one real number, or its backward pass cannot be watched.
        CycleError: a value was made from itself.
    """
    if not traces(source):
        raise SourceError(f"a {type(source).__name__} has no .data, .grad, .backward() and ._prev to trace")
    unheld = held_by_nobody(source)
    values = everything_behind(source)
    readings = {id(value): read(value) for value in values}
    made = Computation(source, readings, _names(values, around, seen), unheld)
    events, remarks = run(source, made.order)
    assigned = list(follow(events, made))
    if not assigned:
        raise SourceError("backward() assigned no gradient; it has to start by assigning 1.0 to the output's")
    for target, dtype in _dtypes(events).items():
        if target in made.node:
            made.book.dtype(made.node[target], dtype)
    judge = Judge(made, assigned)
    for one in assigned:
        made.book.assign(one.owner, _assigned(one, made, *judge.verdict(one)))
    for remark in (*remarks, *judge.doubtful(), *judge.missing(assigned)):
        made.book.remark(remark)
    return made.book.trace(made.node[made.output], "")


def _kinds(thing: object) -> Iterator[type]:
    """The class that a thing is, or is of, and of what it holds directly those of the items."""
    kind: Any = type(thing)
    yield thing if issubclass(kind, type) else kind  # type: ignore[misc]
    if not holds_nothing(thing):
        yield from (type(item) for _, item in look_into(thing)[0])


def _names(values: Sequence[object], around: Sequence[Variables], seen: Sequence[Sighting]) -> dict[int, str]:
    """Names for values, by id: the variables that hold them, or were seen to."""
    kinds = set(map(type, values))
    names = {id(one.thing): one.path for one in seen}
    return names | {id(one.thing): one.path for one in held(around, lambda thing: type(thing) in kinds)}


def _dtypes(events: Iterable[Event]) -> dict[int, str]:
    """For each value whose gradients are all of one type of numpy's that type: then they round as that does."""
    found: dict[int, set[str]] = {}
    for event in events:
        found.setdefault(event.target, set()).add(event.dtype)
    return {target: dtype for target, (dtype, *others) in found.items() if dtype and not others}


def _assigned(one: Seen, made: Computation, verdict: Verdict, note: str) -> Assigned:
    op = made.node[one.owner] if one.owner else None
    if op is not None:
        made.book.local(op, one.slot, one.local)
    return Assigned(
        target=made.node[one.target],
        op=op,
        slot=None if op is None else one.slot,
        upstream=one.upstream,
        local=one.local,
        contribution=one.contribution,
        before=one.before if one.added else None,
        after=one.after,
        verdict=verdict,
        note=note,
    )
