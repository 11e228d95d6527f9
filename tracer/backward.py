"""The backward pass, as a generator of gradient assignments.

The chain rule, one step at a time: start from dL/dL = 1; then, for each op node in reverse order of creation, hand
`upstream gradient × local derivative` to each of its inputs. What a node receives from several consumers adds up. An op
node's own gradient is final when its step comes, because all its consumers were created after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tracer.graph import Graph, Node
from tracer.tensors import scalar


class Assignment(NamedTuple):
    """One gradient assignment: `slot` of op node `op` hands `contribution` to node `target`.

    `before` is None where this is the first (`=`) and the gradient so far where it is a later one (`+=`).
    """

    step: int
    target: int
    op: int | None
    slot: int | None
    upstream: float
    local: float
    contribution: float
    before: float | None
    after: float


def assignments(graph: Graph) -> Iterator[Assignment]:
    """Every gradient assignment of the backward pass over `graph`, in the order in which people follow it.

    Step 0 is the seed; each later step is one op node's backward. Inside a step operands come in the natural order of
    their labels where all have one and they differ, otherwise in operand order. Constants and nodes that do not reach
    the output get none.

    Raises:
        SourceError: the graph computes with tensors.
    """
    gradients: dict[int, float] = {graph.output: 1.0}
    yield Assignment(0, graph.output, None, None, 1.0, 1.0, 1.0, None, 1.0)
    step = 0
    for node in reversed(graph.nodes):
        upstream = gradients.get(node.id)
        slots = step_order(graph, node)
        if upstream is None or not slots:
            continue
        step += 1
        for slot in slots:
            target, local = node.inputs[slot], scalar(node.local[slot])
            contribution = upstream * local
            before = gradients.get(target)
            after = contribution if before is None else before + contribution
            gradients[target] = after
            yield Assignment(step, target, node.id, slot, upstream, local, contribution, before, after)


def step_order(graph: Graph, node: Node) -> list[int]:
    """The operands of an op node that get a gradient, as slots, in the order of the frames of its step."""
    slots = [slot for slot, source in enumerate(node.inputs) if graph[source].kind != "constant"]
    labels = [graph[source].label for source in node.inputs]
    if all(labels) and len(set(labels)) == len(labels):
        slots.sort(key=lambda slot: natural(labels[slot]))
    return slots


def natural(label: str) -> list[str | int]:
    """A sort key that puts x2 before x10.

    >>> sorted(["x10", "x2", "b"], key=natural)
    ['b', 'x2', 'x10']
    """
    # The split alternates: text, digits, text, ...; so two keys compare text with text and number with number.
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"([0-9]{1,400})", label))]
