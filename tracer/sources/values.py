"""A Value and what it was computed from, as a Graph."""

from __future__ import annotations

from tracer.engine import BY_CODE, CONSTANT, LEAF
from tracer.graph import Graph, Kind, Node
from tracer.value import Value, ancestors, push_gradients, refuse_stale

_LEAVES: dict[int, Kind] = {LEAF: "input", CONSTANT: "constant"}


class Snapshot:
    """What `trace` keeps of a Value: its numbers as they are now. The Graph is made when somebody asks for it.

    Making one runs the backward pass, so that every `.grad` is set.

    Raises:
        StaleValueError: data was changed after it had been used.
        CycleError: the graph was edited by hand into a circle.
    """

    __slots__ = ("leaf_data", "leaves", "op_data", "ops", "output")

    def __init__(self, output: Value) -> None:
        self.output = output
        self.ops, self.leaves = ancestors(output)
        refuse_stale(self.ops)
        push_gradients(output, self.ops)
        self.op_data = [value._data for value in self.ops]
        self.leaf_data = [value._data for value in self.leaves]

    def graph(self) -> Graph:
        """The computation as it was when the snapshot was taken."""
        numbers = dict(zip(self.ops, self.op_data, strict=True)) | dict(zip(self.leaves, self.leaf_data, strict=True))
        ids: dict[Value, int] = {}
        nodes: list[Node] = []
        for value in sorted(numbers, key=lambda value: value._born):
            ids[value] = len(nodes)
            nodes.append(_node(value, ids, numbers))
        return Graph(tuple(nodes), ids[self.output])


def _node(value: Value, ids: dict[Value, int], numbers: dict[Value, float]) -> Node:
    number, label = numbers[value], str(value.label)
    if value._code <= 0:
        return Node(ids[value], _LEAVES[value._code], "", label, number)
    op, inputs = BY_CODE[value._code], value._inputs
    operands = [numbers[source] for source in inputs]
    return Node(
        id=ids[value],
        kind="op",
        op=op.name,
        label=label,
        value=number,
        inputs=tuple(ids[source] for source in inputs),
        local=op.local_derivatives(operands, number),
    )


def output_graph(output: Value) -> Graph:
    """The computation of a Value, without touching any gradient of its own accord."""
    return Snapshot(output).graph()
