"""Spines: in a long chain of ops, the way that is drawn straight, so that the picture stays narrow.

An op stands between its two operands. In `x = x * 1.1`, sixty times over, each value would thus stand half a card
further to the side than the one before. So in a long chain an op stands in line with the operand in which the chain
comes, and the other operand, with the little that it is made of, joins from the side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tracer.graph import Graph, Node

# Chains of fewer ops look better without a spine.
_LONG: Final = 7
# How many ops one after the other an operand may be made of that joins from the side.
_SHALLOW: Final = 2


def spines(graph: Graph) -> Mapping[int, int]:
    """For each op node that stands in line with one of its one or two operands, the slot of that operand."""
    deep = depths(graph)
    found: dict[int, int] = {}
    chains: dict[int, list[int]] = {}
    for node in graph.nodes:
        slot = _spine(graph, node, deep)
        if slot is not None:
            found[node.id] = slot
            chains[node.id] = [*chains.pop(node.inputs[slot], ()), node.id]
    return {op: found[op] for chain in chains.values() if len(chain) + 1 >= _LONG for op in chain}


def _spine(graph: Graph, node: Node, deep: list[int]) -> int | None:
    """The slot of the operand in which a chain comes that this op continues."""
    if node.kind != "op" or not 1 <= len(node.inputs) <= 2:
        return None
    slot = max(range(len(node.inputs)), key=lambda slot: deep[node.inputs[slot]])
    chain, *others = node.inputs[slot], *(source for place, source in enumerate(node.inputs) if place != slot)
    alone = graph[chain].kind == "op" and len(graph.consumers[chain]) == 1
    return slot if alone and all(_joins(deep[other], deep[chain]) for other in others) else None


def _joins(depth: int, chain: int) -> bool:
    """Whether an operand of that depth may join a chain of that depth from the side."""
    return depth == 0 or (depth <= _SHALLOW and depth < chain)


def depths(graph: Graph) -> list[int]:
    """For each node how many ops there are one after the other in what it is made of."""
    found: list[int] = []
    for node in graph.nodes:
        found.append(1 + max(found[source] for source in node.inputs) if node.inputs else 0)
    return found
