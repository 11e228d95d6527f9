"""A Value and what it was computed from, as a Graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tracer.engine import BY_CODE, CONSTANT, LEAF
from tracer.formatting import visible
from tracer.graph import Graph, Kind, Node
from tracer.grouping import Span, are_there_spans, scopes, spans_since
from tracer.parameters import Parameter
from tracer.sources.naming import UNNAMED, Naming
from tracer.value import Value, ancestors, lineage, push_gradients, refuse_stale

_LEAVES: dict[int, Kind] = {LEAF: "input", CONSTANT: "constant"}


class Snapshot:
    """What `trace` keeps of a Value: its numbers as they are now. The Graph is made when somebody asks for it.

    Args:
        output: where the backward pass starts.
        backward: run it, so that every `.grad` is set; otherwise gradients are only cleared.
        naming: where names come from for Values without a label; they go to the nodes, not to the Values.

    Raises:
        StaleValueError: data was changed after it had been used.
        CycleError: the graph was edited by hand into a circle.
    """

    __slots__ = ("leaf_data", "leaves", "names", "naming", "op_data", "ops", "output", "spans")

    def __init__(self, output: Value, *, backward: bool = True, naming: Naming = UNNAMED) -> None:
        self.output = output
        self.ops, self.leaves = ancestors(output)
        refuse_stale(self.ops)
        if backward:
            push_gradients(output, self.ops)
        self.op_data = [value._data for value in self.ops]
        self.leaf_data = [value._data for value in self.leaves]
        self.naming: Naming | None = naming
        self.names: dict[Value, str] = {}
        self.spans = [*self._spans(), *naming.calls]

    def _spans(self) -> list[Span]:
        """The groups that were open while these Values were made."""
        if not are_there_spans():
            return []
        oldest = [value._born for value in self.leaves if not isinstance(value, Parameter)]  # these know their own
        return spans_since(min([*oldest, *(value._born for value in self.ops[-1:])], default=self.output._born))

    def ids(self) -> dict[Value, int]:
        """For each Value the id of its node: creation order."""
        order = sorted([*self.leaves, *self.ops], key=lambda value: value._born)
        return {value: place for place, value in enumerate(order)}

    def graph(self) -> Graph:
        """The computation as it was when the snapshot was taken."""
        numbers = dict(zip(self.ops, self.op_data, strict=True)) | dict(zip(self.leaves, self.leaf_data, strict=True))
        ids = self.ids()
        labels, scope = self._labels(ids), self._scopes(ids)
        nodes = (_node(value, ids, numbers, labels[value], scope[value]) for value in ids)
        return Graph(tuple(nodes), ids[self.output])

    def _labels(self, values: Iterable[Value]) -> dict[Value, str]:
        """Labels, and where there is none a name that was found."""
        labels = {value: _label(value) for value in values}
        if self.naming is not None:
            self.names = self.naming.names(self.output, labels)
            self.naming = None  # it keeps the user's variables alive
        return _with_names(labels, self.names)

    def _scopes(self, values: Iterable[Value]) -> dict[Value, str]:
        """For each Value the path of its group."""
        births = [value._born for value in values]
        found = scopes(births, [value._born for value in reversed(self.ops)], self.spans)
        return {
            value: value.scope if isinstance(value, Parameter) else path
            for value, path in zip(values, found, strict=True)
        }


def _label(value: Value) -> str:
    """The name that a Value was given; "" if nothing of it could be seen."""
    label = str(value.label)
    return "" if label.isspace() and visible(label).isspace() else label


def _with_names(labels: dict[Value, str], names: Mapping[Value, str]) -> dict[Value, str]:
    """Labels, and where there is none a name, unless a Value made later has that for its label."""
    taken = {label: value._born for value, label in labels.items()}
    free = {value: name for value, name in names.items() if not labels[value] and taken.get(name, 0) <= value._born}
    return labels | free


def _node(value: Value, ids: dict[Value, int], numbers: dict[Value, float], label: str, scope: str) -> Node:
    number = numbers[value]
    if value._code <= 0:
        kind: Kind = "parameter" if isinstance(value, Parameter) else _LEAVES[value._code]
        return Node(ids[value], kind, "", label, number, scope=scope)
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
        scope=scope,
    )


def as_it_stands(output: Value, naming: Naming = UNNAMED) -> tuple[Graph, tuple[float, ...]]:
    """The computation of a Value and, for each of its nodes, the gradient as it is now. No gradient is touched.

    Args:
        output: the Value.
        naming: where names come from for Values without a label.

    Raises:
        StaleValueError: data was changed after it had been used.
        CycleError: the graph was edited by hand into a circle.
    """
    values = lineage(output)
    refuse_stale([value for value in reversed(values) if value._code > 0])
    ids = {value: place for place, value in enumerate(values)}
    numbers = {value: value._data for value in values}
    labels = {value: _label(value) for value in values}
    labels = _with_names(labels, naming.names(output, labels))
    nodes = (_node(value, ids, numbers, labels[value], "") for value in values)
    graph = Graph(tuple(nodes), ids[output])
    return graph, tuple(value.grad for value in values)
