"""Compares gradients that somebody assigned by hand with the chain rule's.

From one assignment only its result can be seen: the gradient before and after. So the judge looks for what explains it:
the next contribution that is due, all of them at once, an overwrite where there should have been a sum, a mistake that
was made further up and carried on, and the slips that everybody makes.
"""

from __future__ import annotations

from dataclasses import replace
from math import isclose

from tracer.graph import Graph
from tracer.tensors import scalar
from tracer.tracing import Frame, Trace, Verdict
from tracer.wording import BRIEF, Style, Wording

# Gradients assigned by hand are typed: 0.5 stands for 0.4999999999999999.
_DIGITS = 1e-6


def same(given: float, right: float) -> bool:
    """Whether a number that was typed is the right one, to six digits; NaN is the same as NaN."""
    return isclose(given, right, rel_tol=_DIGITS) or (given != given and right != right)


class Judge:
    """Follows a manual backward pass over one graph, assignment by assignment.

    Args:
        graph: what the gradients are of.
        style: how notes on mistakes are spelt.
    """

    def __init__(self, graph: Graph, style: Style = BRIEF) -> None:
        self._right = Trace(lambda: graph)
        self._words = Wording(self._right, style)
        self._figure = self._words.style.figure
        self._count = 0
        self._step = -1
        self._last_op: int | None = None
        # For each node: the contributions still due, in the chain rule's order; their sum so far; what was assigned.
        self._due: dict[int, list[Frame]] = {}
        self._sum: dict[int, float] = {}
        self._given: dict[int, float] = {}
        for frame in self._right.frames:
            self._due.setdefault(frame.target, []).append(frame)

    def frame(self, target: int, before: float | None, after: float) -> Frame:
        """The frame for `target`'s gradient going from `before` (None: it had none) to `after`."""
        wanted, adds = self._meant(target, before, after)
        verdict, note = self._judged(wanted, before, after)
        if self._step < 0 or wanted.op != self._last_op:
            self._step, self._last_op = self._step + 1, wanted.op
        start = before if adds and before is not None else 0.0
        contribution = scalar(wanted.contribution) if start + scalar(wanted.contribution) == after else after - start
        self._count += 1
        self._given[target] = after
        return replace(
            wanted,
            index=self._count - 1,
            step=self._step,
            contribution=contribution,
            before=start,
            after=after,
            accumulates=adds,
            verdict=verdict,
            note=note,
        )

    def _meant(self, target: int, before: float | None, after: float) -> tuple[Frame, bool]:
        """The chain rule's frame that the assignment was meant to be, and whether it was added to the gradient.

        Takes the contributions that it covers off those that are due.
        """
        due = self._due.get(target, [])
        candidates = due or [frame for frame in self._right.frames if frame.target == target]
        total = self._sum.get(target, 0.0) + sum(scalar(frame.contribution) for frame in due)
        if len(due) > 1 and same(after, total):  # several contributions, assigned in one line
            wanted = replace(due[-1], before=0.0, after=total, contribution=total, accumulates=False)
            self._sum[target] = total
            due.clear()
            return wanted, False
        found = self._matching(candidates, before, after)
        so_far = self._sum.get(target, 0.0)
        if found in due:
            due.remove(found)
            first = target not in self._sum
            self._sum[target] = scalar(found.contribution) if first else so_far + scalar(found.contribution)
            wanted = replace(found, before=so_far, after=self._sum[target], accumulates=not first)
        else:  # it has all it should have: assigning again can only repeat or correct it
            wanted = replace(found, before=so_far - scalar(found.contribution), after=so_far)
        added = before is not None and same(after, before + scalar(found.contribution))
        return wanted, added and not same(after, so_far)

    def _matching(self, candidates: list[Frame], before: float | None, after: float) -> Frame:
        added = [
            frame for frame in candidates if before is not None and same(after, before + scalar(frame.contribution))
        ]
        alone = [frame for frame in candidates if same(after, scalar(frame.contribution))]
        known = [frame for frame in candidates if self._is_known(frame.op)]
        return (added or alone or known or candidates)[0]

    def _is_known(self, op: int | None) -> bool:
        """Whether an op node's own gradient has been assigned, with everything that it should have."""
        return op is None or not self._due[op]

    def _judged(self, wanted: Frame, before: float | None, after: float) -> tuple[Verdict, str]:
        right = same(after, scalar(wanted.after))
        if not self._is_known(wanted.op):
            unknown = f"{self._derivative(wanted.op)} was not known yet"
            return "early", f"right, but {unknown}" if right else f"{unknown}; {self._should(wanted)}"
        if right:
            return "right", ""
        return "wrong", self._mistake(wanted, before, after)

    def _mistake(self, wanted: Frame, before: float | None, after: float) -> str:
        """What went wrong, as far as the numbers tell, and what is right."""
        figure, should = self._figure, self._should(wanted)
        if wanted.op is None:
            return f"{should}, not {figure(after)}"
        added = after if before is None else after - before
        upstream, local = self._given[wanted.op], scalar(wanted.local)
        if before is not None and wanted.accumulates and same(after, scalar(wanted.contribution)):
            return f"overwrites {figure(before)} instead of adding to it; {should}"
        if before is not None and same(added, scalar(wanted.contribution)):
            reason = "was wrong" if wanted.accumulates else "had it already"
            return f"adds {figure(added)} to {figure(before)}, which {reason}; {should}"
        if not same(upstream, scalar(wanted.upstream)) and same(added, upstream * local):
            return f"carries on the mistake in {self._derivative(wanted.op)}, {figure(upstream)}; {should}"
        if same(added, -scalar(wanted.contribution)):
            return f"has the wrong sign; {should}"
        if same(added, local):
            return f"leaves out the upstream gradient {self._derivative(wanted.op)}; {should}"
        if same(added, scalar(wanted.upstream)):
            return f"leaves out the local derivative {self._local(wanted)}; {should}"
        return f"{should}, not {figure(after)}"

    def _should(self, wanted: Frame) -> str:
        return f"should be {self._words.product(wanted).text}"

    def _derivative(self, node: int | None) -> str:
        names = self._words.names
        return self._words.style.derivative(
            self._words.output, names[self._right.graph.output if node is None else node]
        )

    def _local(self, wanted: Frame) -> str:
        names = self._words.names
        op = wanted.target if wanted.op is None else wanted.op
        return self._words.style.derivative(names[op], names[wanted.target])
