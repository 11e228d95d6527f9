"""Follows a backward pass that was watched: which op handed what on to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import nan

from tracer.sources.micrograd.gradients import Share
from tracer.sources.micrograd.nodes import Computation
from tracer.sources.micrograd.watching import Event


@dataclass(frozen=True, slots=True)
class Seen:
    """One gradient assignment, with where it came from.

    Attributes:
        target: id of the value.
        owner: id of the value whose op handed it on; 0 where no op did.
        slot: which operand of that op the target is.
        upstream: the owner's gradient at that moment.
        local: what it was multiplied by.
        contribution: what was handed on, or assigned.
        added: whether it was added to the target's gradient.
        before: the target's gradient before; None where this is the first since the start.
        after: the target's gradient after.
    """

    target: int
    owner: int
    slot: int
    upstream: float
    local: float
    contribution: float
    added: bool
    before: float | None
    after: float

    @property
    def is_reset(self) -> bool:
        """Whether it sets the gradient to 0 and nothing else."""
        return not self.owner and not self.added and self.after == 0


def follow(events: Iterable[Event], made: Computation) -> Iterator[Seen]:
    """The assignments to the gradients of a computation, but for literals' and those to 0 before anything is there."""
    so_far: dict[int, float] = {}
    handed: Counter[tuple[int, int]] = Counter()
    for event in events:
        if event.target not in made.node or made.needs_none(event.target):
            continue
        share = _share(event, made)
        owner = share.owner if share else 0
        slots = made.slots(owner, event.target) or [0]
        seen = Seen(
            target=event.target,
            owner=owner,
            slot=slots[min(handed[owner, event.target], len(slots) - 1)],
            upstream=share.upstream if share else event.after,
            local=share.factor if share else 1.0,
            contribution=event.after if event.added is None else event.added,
            added=event.added is not None,
            before=so_far.get(event.target),
            after=event.after,
        )
        handed[owner, event.target] += 1
        if seen.is_reset:
            if so_far.pop(event.target, 0.0):
                yield seen
            continue
        so_far[event.target] = event.after
        yield seen


def _share(event: Event, made: Computation) -> Share | None:
    """The one gradient that an assignment handed on, and by which factor; None where no op's gradient was."""
    if event.shares:
        share, *others = event.shares
        return share if not others and made.slots(share.owner, event.target) else None
    # On its way the code may have turned a gradient into something that does not remember, such as float(x.grad).
    read = next((read for read in event.recent if made.slots(read.owner, event.target)), None)
    if read is None or not event.after:
        return None
    contribution = event.after if event.added is None else event.added
    return read._replace(factor=contribution / read.upstream if read.upstream else nan)
