"""The autograd graph behind a loss, told as nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracer.graph import Kind
from tracer.sources.logbook import Logbook
from tracer.sources.pytorch.autograd import Autograd, edges_of, node_name
from tracer.sources.pytorch.details import Described
from tracer.sources.pytorch.forward import Call, Edge, Forward, Read
from tracer.sources.pytorch.library import dtype_of, number_of, torch
from tracer.sources.pytorch.names import Names
from tracer.sources.pytorch.ops import describe


@dataclass(frozen=True, slots=True)
class OpNode:
    """An autograd node as it was told.

    Attributes:
        node: the autograd node.
        call: the call that made it; None where that was not seen.
        described: that call in our words; None for changes of a part in place, which are told as changes of the whole.
        inputs: ids of the nodes that it reads.
        operands: the tensors that these hold; None for numbers.
        slots: for each edge along which it hands a gradient on, by its place, which input that is.
        numbers: its outputs that are used.
        outputs: the ids of their nodes.
        results: the tensors that these hold.
    """

    node: Any
    call: Call | None
    described: Described | None
    inputs: tuple[int, ...]
    operands: tuple[Any, ...]
    slots: Mapping[int, int]
    numbers: tuple[int, ...]
    outputs: tuple[int, ...]
    results: tuple[Any, ...]


class Nodes:
    """The nodes of a computation, written into a logbook.

    Args:
        autograd: the autograd graph.
        forward: what was seen of the forward pass.
        names: names of tensors.

    Attributes:
        book: the logbook.
        of_edge: the id of the node that hangs on an edge.
        ops: how each autograd node was told.
    """

    def __init__(self, autograd: Autograd, forward: Forward, names: Names) -> None:
        self.book = Logbook()
        self.of_edge: dict[Edge, int] = {}
        self.ops: dict[Any, OpNode] = {}
        self._forward = forward
        self._names = names
        self._constants: dict[tuple[int, int], int] = {}
        for node in autograd.nodes:
            self.ops[node] = self._write(node, autograd.calls.get(node), autograd.outputs(node))

    def value(self, edge: Edge) -> Any:
        """What hung on an edge when it was read."""
        if edge not in self._forward.values:
            self._forward.values[edge] = self._unread(edge)
        return self._forward.values[edge]

    def name(self, edge: Edge) -> str:
        """What to call in a message what hangs on an edge."""
        return self._names.of(edge) or "an input"

    def _unread(self, edge: Edge) -> Any:
        """What hangs on an edge that no op was seen to read, as custom functions can."""
        if isinstance(edge.node, torch.Tensor):
            return edge.node.detach().clone()
        self.book.remark(f"what {node_name(edge.node)} gave could not be seen")
        about = edge.node._input_metadata[edge.number]
        return torch.full(about.shape, torch.nan, dtype=about.dtype)

    def _write(self, node: Any, call: Call | None, outputs: list[Edge]) -> OpNode:
        whole = call is not None and node not in self._forward.rebased
        described = describe(call) if call is not None and whole else None
        operands, inputs, slots = self._read(described, dict(edges_of(node)))
        results = tuple(self.value(edge) for edge in outputs)
        for edge, result in zip(outputs, results, strict=True):
            label, scope = self._names.of(edge), call.scope if call else ""
            name, value = _op_name(node, call, described), number_of(result)
            self.of_edge[edge] = self.book.op(name, value, tuple(inputs), label, scope, dtype_of(result))
        return OpNode(
            node=node,
            call=call,
            described=described,
            inputs=tuple(inputs),
            operands=tuple(operands),
            slots=slots,
            numbers=tuple(edge.number for edge in outputs),
            outputs=tuple(self.of_edge[edge] for edge in outputs),
            results=results,
        )

    def _read(
        self, described: Described | None, edges: Mapping[int, Edge]
    ) -> tuple[list[Any], list[int], dict[int, int]]:
        """The operands of an op, their nodes, and which of them each edge belongs to."""
        operands: list[Any] = []
        inputs: list[int] = []
        slots: dict[int, int] = {}
        waiting = dict(edges)
        for operand in described.operands if described else ():
            if isinstance(operand, Read) and operand.edge is not None:
                place = next((place for place, edge in waiting.items() if edge == operand.edge), None)
                if place is not None:
                    del waiting[place]
                    slots[place] = len(inputs)
                inputs.append(self._input(operand.edge))
            else:
                inputs.append(self._constant(operand))
            operands.append(operand.value if isinstance(operand, Read) else None)
        for place, edge in waiting.items():
            slots[place] = len(inputs)
            operands.append(self.value(edge))
            inputs.append(self._input(edge))
        return operands, inputs, slots

    def _input(self, edge: Edge) -> int:
        """The node of what an op reads; what was not made while we looked on is written down when it is read first."""
        if edge not in self.of_edge:
            tensor = edge.node
            if not isinstance(tensor, torch.Tensor):
                self.book.remark(f"{self.name(edge)} had been computed before; that is not traced")
            kind: Kind = "parameter" if isinstance(tensor, torch.nn.Parameter) else "input"
            value, label, scope = self.value(edge), self._names.of(edge), self._names.scope(tensor)
            self.of_edge[edge] = self.book.leaf(kind, number_of(value), label, scope, dtype_of(value))
        return self.of_edge[edge]

    def _constant(self, operand: Read | float) -> int:
        """The node of a number or tensor that no gradient goes to; a tensor that has not changed since is the same."""
        if not isinstance(operand, Read):
            return self.book.leaf("constant", operand)
        key = id(operand.tensor), operand.version
        if key not in self._constants:
            label = self._names.of_constant(operand.tensor)
            value = operand.value
            self._constants[key] = self.book.leaf("constant", number_of(value), label, "", dtype_of(value))
        return self._constants[key]


def _op_name(node: Any, call: Call | None, described: Described | None) -> str:
    if described is not None:
        return described.op
    return node_name(node) if call is None else f"{call.name.partition('.')[0].strip('_')}_in_place"
