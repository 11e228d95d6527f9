"""A Plan: all that is known of a graph's layout before Graphviz is asked.

Lengths are (along, across): along the flow of values, and at a right angle to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tracer.drawing.places import EdgeKey, Size
from tracer.drawing.rails import Rails
from tracer.drawing.rooms import OpRoom, Rooms
from tracer.graph import Graph

# How much room a rail takes across the flow, in px, besides the space around it.
_RAIL: Final = 1.0


class Plan(NamedTuple):
    """What stands in the picture of a graph, how large it is, and what it is to stand in line with.

    Attributes:
        graph: what is drawn.
        sizes: for each node the size of its card, in px, along and across the flow.
        chips: for each edge that gets one, the size of its chip, likewise.
        radii: for each op node the radius of its circle, in px.
        pills: for each op node that is a pill how much longer it is than that, to either side, along and across.
        rooms: the room that chips need.
        spines: for each op node that stands in line with one of its operands, the slot of that operand.
        rails: the lines that run past many consumers.
        columns: for each node the number of its column.
        span: over how many columns edges and rails reach in all.
    """

    graph: Graph
    sizes: Mapping[int, Size]
    chips: Mapping[EdgeKey, Size]
    radii: Mapping[int, float]
    pills: Mapping[int, Size]
    rooms: Rooms
    spines: Mapping[int, int]
    rails: Rails
    columns: Sequence[int]
    span: int

    def reach(self, op: int) -> Size:
        """How far an op reaches from its middle, along and across the flow."""
        along, across = self.pills.get(op, (0.0, 0.0))
        return self.radii[op] + along, self.radii[op] + across

    def op_room(self, op: int, spine: int | None = None) -> OpRoom:
        """The box of an op.

        Args:
            op: an op node.
            spine: by which of its entries, counted across the flow, the operand comes in that it stands in line with;
                left out, the one that the plan has.
        """
        entry = self.spines.get(op) if spine is None else spine
        return self.rooms.op(len(self.graph[op].inputs), self.reach(op), entry)

    @property
    def stop_size(self) -> Size:
        """The box of a stop on a rail: as long as the longest card, so that rails bend in the gaps between columns."""
        return max(along for along, _ in self.sizes.values()), _RAIL


def card_name(node: int) -> str:
    """What a node's card is called in the DOT."""
    return f"v{node}"


def op_name(node: int) -> str:
    """What an op node's op is called in the DOT."""
    return f"o{node}"


def stop_name(node: int, stop: int) -> str:
    """What a stop on a node's rail is called in the DOT."""
    return f"s{node}_{stop}"


def leg_name(node: int, stop: int) -> str:
    """The id, in the DOT, of the part of a rail that leads to that stop."""
    return f"leg_{node}_{stop}"


def edge_name(key: EdgeKey) -> str:
    """The id of an edge in the DOT: "in_5_0"."""
    return "_".join(map(str, key))
