"""Marks what goes against the chain rule in a backward pass that somebody's own code ran.

Each of these is a mistake that people make when they write an engine: `=` where `+=` is needed, a wrong derivative, a
node that runs before its gradient is complete, an operand that is forgotten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import isclose

from tracer.formatting import short
from tracer.naming import differential
from tracer.ops import OPS
from tracer.sources.micrograd.following import Seen
from tracer.sources.micrograd.nodes import Computation, table_locals
from tracer.sources.micrograd.reading import operand_number
from tracer.tracing import Verdict

# A derivative may be computed in another way than the op table's, and then differs by rounding.
_DIGITS = 1e-6
# So close to a kink or a tie the derivative is a matter of choice.
_BESIDE = 1e-9


class Judge:
    """Judges the assignments of one backward pass.

    Args:
        made: the computation.
        seen: all assignments, in order.
    """

    def __init__(self, made: Computation, seen: Sequence[Seen]) -> None:
        self._made = made
        self._final = {one.target: one.after for one in seen}

    def verdict(self, one: Seen) -> tuple[Verdict, str]:
        """Whether an assignment is wrong or early, and what to say about it; "" twice where it is neither."""
        if not one.owner:
            return self._outright(one)
        if note := self._overwriting(one):
            return "wrong", note
        if note := self._wrong_local(one):
            return "wrong", note
        if note := self._early(one):
            return "early", note
        return "", ""

    def doubtful(self) -> Iterator[str]:
        """Remarks on values that are not what their op gives."""
        for value, reading in self._made.readings.items():
            if reading.doubtful:
                yield (
                    f"{self._made.name(value)} is not what its op gives for its operands; "
                    "has one of them been changed since?"
                )

    def missing(self, seen: Iterable[Seen]) -> Iterator[str]:
        """Remarks on operands that an op handed nothing on to."""
        handed = Counter((one.owner, one.target) for one in seen)
        for owner, reading in self._made.readings.items():
            locals_ = table_locals(reading, self._made.number(owner))
            for target, times in Counter(map(id, reading.values)).items():
                if owner not in self._final or handed[owner, target] >= times or self._made.needs_none(target):
                    continue
                flat = locals_ and not any(locals_[slot] for slot in self._made.slots(owner, target))
                if not flat:
                    part = "nothing" if not handed[owner, target] else "too little"
                    yield f"{self._made.name(owner)} hands {part} on to {self._made.name(target)}"

    def _outright(self, one: Seen) -> tuple[Verdict, str]:
        if one.is_reset:
            return "wrong", f"sets it back to 0, which loses {short(one.before or 0.0)}"
        if one.target != self._made.output or one.before is not None:
            return "", f"{short(one.contribution)} comes from no op that reads {self._made.name(one.target)}"
        if one.after != 1.0:
            return "wrong", f"should be {self._derivative(one.target)} = 1.0, not {short(one.after)}"
        return "", ""

    def _overwriting(self, one: Seen) -> str:
        if one.added or not one.before:
            return ""
        total = short(one.before + one.contribution)
        return (
            f"overwrites {short(one.before)} instead of adding to it; "
            f"should be {short(one.before)} + {short(one.contribution)} = {total}"
        )

    def _wrong_local(self, one: Seen) -> str:
        accepted = self._accepted(one.owner, one.slot)
        if not accepted or any(isclose(one.local, right, rel_tol=_DIGITS, abs_tol=1e-12) for right in accepted):
            return ""
        if one.local != one.local or any(right != right for right in accepted):
            return ""  # NaN says nothing
        local = f"d{differential(self._made.name(one.owner))}/d{differential(self._made.name(one.target))}"
        return f"{local} should be {short(accepted[0])}, not {short(one.local)}"

    def _accepted(self, owner: int, slot: int) -> list[float]:
        """The local derivative by the op table, and at a kink those beside it; none for ops that it does not have."""
        reading = self._made.readings[owner]
        here = table_locals(reading, self._made.number(owner))
        if not here:
            return []
        op = OPS[reading.op]
        operands = [operand_number(operand) for operand in reading.operands]
        found = [here[slot]]
        if len(op.locals[slot]) > 1:
            for signs in product((-_BESIDE, _BESIDE), repeat=op.arity):
                beside = [operand + sign for operand, sign in zip(operands, signs, strict=True)]
                found.append(op.local_derivatives(beside, op.forward(*beside))[slot])
        return found

    def _early(self, one: Seen) -> str:
        final = self._final.get(one.owner, one.upstream)
        if final == one.upstream or final != final:
            return ""
        upstream = self._derivative(one.owner)
        return f"too early: {upstream} was {short(one.upstream)} then and became {short(final)}"

    def _derivative(self, value: int) -> str:
        output, name = self._made.name(self._made.output), self._made.name(value)
        return f"d{differential(output)}/d{differential(name)}"
