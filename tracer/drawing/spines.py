"""Spines: in a long chain of ops, the way that is drawn straight, so that the picture stays narrow.

An op stands between its two operands. In `x = x * 1.1`, sixty times over, each value would thus stand half a card
further to the side than the one before. So in graphs that are mostly such chains an op stands in line with an operand
that nothing else reads, where its other operand, if there is one, is a leaf or a literal, which joins from the side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tracer.graph import Graph

# Graphs of fewer ops one after the other look better without spines.
_DEEP: Final = 7


def spines(graph: Graph) -> Mapping[int, int]:
    """For each op node that stands in line with one of its one or two operands, the slot of that operand."""
    if _depth(graph) < _DEEP:
        return {}
    found: dict[int, int] = {}
    for node in graph.nodes:
        computed = [slot for slot, source in enumerate(node.inputs) if graph[source].kind == "op"]
        if len(node.inputs) <= 2 and len(computed) == 1 and len(graph.consumers[node.inputs[computed[0]]]) == 1:
            found[node.id] = computed[0]
    ops = sum(node.kind == "op" for node in graph.nodes)
    return found if 2 * len(found) >= ops else {}


def _depth(graph: Graph) -> int:
    """How many ops there are one after the other."""
    depths: list[int] = []
    for node in graph.nodes:
        depths.append(1 + max(depths[source] for source in node.inputs) if node.inputs else 0)
    return max(depths)
