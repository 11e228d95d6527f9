"""Where things stand: the words that layout and drawing share. All lengths are px, x to the right, y down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from tracer.drawing.shapes import Point

Direction = Literal["LR", "TB"]
Size = tuple[float, float]
# An edge: ("in", op node, slot) runs from the card of that operand to the op's circle, ("out", op node, 0) from the
# circle to the card of the op's own value. `a * a` has two "in" edges.
EdgeKey = tuple[str, int, int]


class Box(NamedTuple):
    """A card; x and y are its top left corner."""

    x: float
    y: float
    width: float
    height: float


class Disc(NamedTuple):
    """The circle of an op around (x, y); `longer` to either side, it is a pill with straight edges above and below."""

    x: float
    y: float
    radius: float
    longer: float = 0.0

    @property
    def box(self) -> Box:
        """What is around it."""
        half = self.radius + self.longer
        return Box(self.x - half, self.y - self.radius, 2 * half, 2 * self.radius)


class Layout(NamedTuple):
    """Where everything in the picture of a graph stands.

    Attributes:
        width: of the canvas; everything is inside it.
        height: of the canvas.
        cards: for each node its card.
        ops: for each op node the circle of its op.
        edges: for each edge a line of cubic Béziers in the direction in which values flow: a start on the outline of
            what it leaves, then three points for each piece, the last on the outline of what it enters.
        chips: for each edge that was to get one, the centre of its chip, which stands on the edge.
        branches: for edges that start along the way of another edge from the same card, the rest of their line.
    """

    width: float
    height: float
    cards: Mapping[int, Box]
    ops: Mapping[int, Disc]
    edges: Mapping[EdgeKey, tuple[Point, ...]]
    chips: Mapping[EdgeKey, Point]
    branches: Mapping[EdgeKey, tuple[Point, ...]]
