"""What a check finds out."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.comparing import Answer
from tracer.tensors import Number


@dataclass(frozen=True, slots=True)
class NodeCheck:
    """What the check found out about the gradient of one node.

    Attributes:
        node: id of the node.
        name: the name it is shown by.
        claimed: its gradient in the trace, 0.0 if it was given none.
        numeric: the derivative found by differences; of a tensor that of the entry that decided, which is the most
            uncertain one; NaN where there is none.
        error: how far off `numeric` may be; NaN where there is none.
        answer: "right", "wrong" or "inconclusive".
        reason: why, in words; "" where the gradient is right.
        place: indices of the entry that decided; None for a number.
        tried: how many entries were moved one by one; 1 for a number.
        size: how many entries there are.
        along: whether a step of all entries at once, in a random direction, agrees too; only tried for large tensors.
    """

    node: int
    name: str
    claimed: Number
    numeric: float
    error: float
    answer: Answer
    reason: str
    place: tuple[int, ...] | None = None
    tried: int = 1
    size: int = 1
    along: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """What the check found out about a trace: a NodeCheck for each node, in the order of the gradients' assignment."""

    nodes: tuple[NodeCheck, ...]

    @property
    def ok(self) -> bool:
        """Whether no gradient is wrong; some may be inconclusive."""
        return not self.wrong

    @property
    def right(self) -> tuple[NodeCheck, ...]:
        """The nodes whose gradient is right."""
        return self._with("right")

    @property
    def wrong(self) -> tuple[NodeCheck, ...]:
        """The nodes whose gradient is wrong."""
        return self._with("wrong")

    @property
    def inconclusive(self) -> tuple[NodeCheck, ...]:
        """The nodes whose gradient cannot be judged; each says why."""
        return self._with("inconclusive")

    def _with(self, answer: Answer) -> tuple[NodeCheck, ...]:
        return tuple(found for found in self.nodes if found.answer == answer)

    def of(self, node: int | str) -> NodeCheck | None:
        """What was found out about a node, by its id or name; None if it was not checked."""
        return next((found for found in self.nodes if node in (found.node, found.name)), None)
