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

from collections.abc import Sequence

from tracer.errors import SourceError
from tracer.sources.logbook import Assigned
from tracer.sources.micrograd.following import Seen, follow
from tracer.sources.micrograd.judging import Judge
from tracer.sources.micrograd.literals import held_by_nobody
from tracer.sources.micrograd.nodes import Computation
from tracer.sources.micrograd.objects import everything_behind, is_traceable
from tracer.sources.micrograd.reading import read
from tracer.sources.micrograd.running import run
from tracer.sources.naming import Variables
from tracer.sources.sightings import held
from tracer.tracing import Trace, Verdict

__all__ = ["trace", "traces"]


def traces(source: object) -> bool:
    """Whether this is a source for `trace`: a value of somebody's scalar engine."""
    return is_traceable(source)


def trace(source: object, around: Sequence[Variables] = ()) -> Trace:
    """Run the user's own `backward()` from a value and return the frames of what it does.

    Args:
        source: the value to start from, usually a loss.
        around: variables that may hold values, such as those of the caller; they name values without a label.

    Raises:
        SourceError: it is no such value, does not hold one real number, or its backward pass cannot be watched.
        CycleError: a value was made from itself.
    """
    if not traces(source):
        raise SourceError(f"a {type(source).__name__} has no .data, .grad, .backward() and ._prev to trace")
    unheld = held_by_nobody(source)
    values = everything_behind(source)
    readings = {id(value): read(value) for value in values}
    made = Computation(source, readings, _names(values, around), unheld)
    events, remarks = run(source, made.order)
    seen = list(follow(events, made))
    if not seen:
        raise SourceError("backward() assigned no gradient; it has to start by assigning 1.0 to the output's")
    judge = Judge(made, seen)
    for one in seen:
        made.book.assign(one.owner, _assigned(one, made, *judge.verdict(one)))
    for remark in (*remarks, *judge.doubtful(), *judge.missing(seen)):
        made.book.remark(remark)
    return made.book.trace(made.node[made.output], "")


def _names(values: Sequence[object], around: Sequence[Variables]) -> dict[int, str]:
    """Names for values, by id: the variables that hold them."""
    kinds = set(map(type, values))
    return {id(one.thing): one.path for one in held(around, lambda thing: type(thing) in kinds)}


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
