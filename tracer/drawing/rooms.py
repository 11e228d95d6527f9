"""How much room an op takes with the chips around it.

"Along" is the direction in which values flow, "across" is at a right angle to it. From card to card there stand, along
the flow: a chip on the edge into the op, the op's circle, a chip on the edge out of it, and a little space between
them. Graphviz gets to see one box for all that:

                   .---------------.
        card a ----o-chip          |
                   |       op chip-o---- card a*b
        card b ----o-chip          |
                   '---------------'

The box begins in the middle of the chips on the left. So the gap before it, in which edges bend, costs no room on top
of what the chips need anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from tracer.drawing.places import Direction, EdgeKey, Size

# Between a chip and what stands next to it along the flow, in px. Text is wider than high, so down the page there is
# room to spare, and edges look better for it.
_GAPS: Final[Mapping[Direction, float]] = {"LR": 5.0, "TB": 10.0}
_DENSE_GAP: Final = 5.0
# Between neighbours across the flow, in px.
_SPACING: Final = 18.0
_DENSE_SPACING: Final = 12.0
# Across the flow, where a chip stands beside the circle of its op.
_BESIDE: Final = 1.0
# Length of a chip's room along the flow where no chip is wanted.
_SHORTEST: Final = 24.0


class OpRoom(NamedTuple):
    """The box of one op, in px, seen from the centre of its circle.

    Attributes:
        before: to where edges enter the box.
        after: to where the edge to the op's card leaves it.
        rows: into how many rows of equal height the box is cut; edges enter in the middle of a row.
        row: height of a row, across the flow.
        entries: the rows by which edges enter, one for each operand.
    """

    before: float
    after: float
    rows: int
    row: float
    entries: tuple[int, ...]

    @property
    def middle(self) -> float:
        """From the middle of the box to the centre of the circle, along the flow."""
        return (self.before - self.after) / 2

    def across(self, entry: int) -> float:
        """From the centre of the circle to the entry with that number, across the flow."""
        return (self.entries[entry] - (self.rows - 1) / 2) * self.row


class Rooms(NamedTuple):
    """The room that the chips of a graph need. All get as much as the largest, so that columns stay in line.

    Attributes:
        direction: of the flow.
        into: length of a chip on an edge into an op, along the flow.
        out: length of a chip on an edge out of one.
        across: size of a chip across the flow.
        dense: whether things stand closer together, as in large graphs.
    """

    direction: Direction
    into: float
    out: float
    across: float
    dense: bool = False

    @classmethod
    def for_chips(cls, chips: Mapping[EdgeKey, Size], direction: Direction, *, dense: bool = False) -> Rooms:
        """The room for chips of these sizes."""
        along, across = (0, 1) if direction == "LR" else (1, 0)
        return cls(
            direction,
            into=_largest(size[along] for key, size in chips.items() if key[0] == "in"),
            out=_largest(size[along] for key, size in chips.items() if key[0] == "out"),
            across=_largest(size[across] for size in chips.values()),
            dense=dense,
        )

    @property
    def gap(self) -> float:
        """Free space between a chip and what stands next to it, along the flow."""
        return _DENSE_GAP if self.dense else _GAPS[self.direction]

    @property
    def spacing(self) -> float:
        """Between neighbours across the flow."""
        return _DENSE_SPACING if self.dense else _SPACING

    @property
    def between_columns(self) -> float:
        """The gap between the boxes that Graphviz sees."""
        return self.gap + self.into / 2

    def op(self, inputs: int, reach: Size, spine: int | None = None) -> OpRoom:
        """The box of an op with that many inputs.

        Args:
            inputs: how many edges enter it.
            reach: how far its circle reaches from the middle, along and across the flow, in px.
            spine: which of its two inputs, 0 or 1, enters in the middle; none, if they are to enter side by side.
        """
        radius, aside = reach
        after = radius + self.gap + max(self.out - self.into / 2, 0)
        if inputs == 2 and spine is None and self.direction == "LR":
            # The two chips stand above and below the circle and may reach as far as its middle: that saves the length
            # of half a circle, in every column. The row between theirs is the circle's.
            row = max(aside + _BESIDE + self.across / 2, 2 * aside / 3)
            # Of a pill that is so for its round end.
            before = radius - aside + max(self.into / 2, aside + self.gap - self.into / 2)
            return OpRoom(before, after, rows=3, row=row, entries=(0, 2))
        if inputs == 2 and spine is not None:
            row = max(self.across + self.gap, aside)
            entries = (1 - spine, 2 - spine)
            return OpRoom(radius + self.gap + self.into / 2, after, rows=3, row=row, entries=entries)
        rows = max(inputs, 1)
        row = max(self.across + self.gap, 2 * aside / rows)
        return OpRoom(radius + self.gap + self.into / 2, after, rows, row, entries=tuple(range(inputs)))

    def chip_after(self, reach: float) -> float:
        """From the middle of an op that reaches so far to the middle of the chip on the edge out of it."""
        return reach + self.gap + self.out / 2


def _largest(lengths: Iterable[float]) -> float:
    return max(lengths, default=_SHORTEST)
