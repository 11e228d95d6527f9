"""The column in which each value of a graph stands, before there is a layout: enough to see which edges would be long.

Graphviz finds them as the first step of a layout, in which the edges get as short as can be; it takes little time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tracer.drawing.graphviz_engine import TIMEOUT_S, run_graphviz
from tracer.drawing.spines import depths
from tracer.graph import Graph


def columns(graph: Graph, *, system: bool = False, timeout_s: float = TIMEOUT_S) -> list[int]:
    """For each node the number of its column, counted along the flow of values.

    Args:
        graph: what is to be drawn.
        system: use the Graphviz that is installed on this machine.
        timeout_s: seconds after which Graphviz is given up.

    Raises:
        LayoutError: Graphviz failed.
    """
    drawing = json.loads(run_graphviz("\n".join(_lines(graph)), "json", timeout_s=timeout_s, system=system))
    ranks = {thing["name"]: int(thing["rank"]) for thing in drawing["objects"]}
    return [ranks[str(node.id)] for node in graph.nodes]


def _lines(graph: Graph) -> Iterator[str]:
    yield "digraph { phase=1"
    for node in graph.nodes:
        yield str(node.id)
        for source in node.inputs:
            # What has one consumer stands next to it, rather than next to what it is made of.
            yield f"{source} -> {node.id} [weight={1 if len(graph.consumers[source]) > 1 else 2}]"
    yield "}"


def late_columns(graph: Graph) -> list[int]:
    """For each node the number of its column, if each stands right before its first consumer; Graphviz is not asked."""
    columns = [max(depths(graph))] * len(graph)
    for node in reversed(graph.nodes):
        for source in node.inputs:
            columns[source] = min(columns[source], columns[node.id] - 1)
    return columns
