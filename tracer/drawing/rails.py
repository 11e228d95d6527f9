r"""Rails: where a value has many consumers, near and far, one line runs past all of them and branches off to each.

With a line of its own to each of them, a weight that is used in every step of a long recurrence would fill the picture
with lines side by side, and Graphviz would take minutes to lead them around everything in their way.

       .------o------o------.        o  a stop of the rail, before the ops in one column
    card w     \      \      \
            op h1   op h2   op h3
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tracer.graph import Graph

# An edge into an op: the op node, and the slot of the operand.
Tap = tuple[int, int]


class Rails(NamedTuple):
    """The rails of a graph.

    Attributes:
        stops: for each node that has a rail, the columns in which it has stops.
        taps: for each edge that branches off at a stop, the number of that stop; all other edges start at their card.
        last: for each rail one edge that runs along all of it.
    """

    stops: Mapping[int, tuple[int, ...]]
    taps: Mapping[Tap, int]
    last: frozenset[Tap]


def branching(graph: Graph) -> bool:
    """Whether any node has so many consumers that a rail may be wanted."""
    return any(len(graph.consumers[node.id]) > 2 for node in graph.nodes)


def rails(graph: Graph, columns: Sequence[int]) -> Rails:
    """A rail for each node from which two or more edges would run past a consumer of the same node.

    Args:
        graph: what is drawn.
        columns: for each node the number of its column.
    """
    readers: dict[int, dict[int, list[Tap]]] = {}
    for node in graph.nodes:
        for slot, source in enumerate(node.inputs):
            readers.setdefault(source, {}).setdefault(columns[node.id], []).append((node.id, slot))
    stops: dict[int, tuple[int, ...]] = {}
    taps: dict[Tap, int] = {}
    last: set[Tap] = set()
    for source, by_column in readers.items():
        _, *further = sorted(by_column)
        if sum(len(by_column[column]) for column in further) < 2:
            continue
        stops[source] = tuple(column - 1 for column in further)
        taps.update((tap, stop) for stop, column in enumerate(further) for tap in by_column[column])
        last.add(by_column[further[-1]][0])
    return Rails(stops, taps, frozenset(last))


def span(graph: Graph, columns: Sequence[int], found: Rails) -> int:
    """Over how many columns edges and rails reach in all.

    Args:
        graph: what is drawn.
        columns: for each node the number of its column.
        found: its rails.
    """
    reach: dict[int, int] = {}
    total = 0
    for node in graph.nodes:
        for slot, source in enumerate(node.inputs):
            length = columns[node.id] - columns[source]
            if (node.id, slot) in found.taps:
                reach[source] = max(reach.get(source, 0), length)
                length = 1
            total += length
    return total + sum(reach.values())
