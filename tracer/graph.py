"""A computation as content only: which numbers, made by which ops, from which others.

A `Graph` is frozen and the same whatever it was made from. It knows nothing of drawing, and nothing of ops but their
names. Nodes stand in creation order, which is a topological order: inputs first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from tracer.errors import SourceError
from tracer.tensors import Local, Number

Kind = Literal["input", "parameter", "constant", "op"]


@dataclass(frozen=True, slots=True)
class Node:
    """A number, or a tensor, of the computation.

    Attributes:
        id: its place in `Graph.nodes`.
        kind: "input", "parameter", "constant" (a literal) or "op".
        op: name of the op that made it, as in the op table; "" unless kind is "op".
        label: the name it was given, "" if none.
        value: the number.
        inputs: ids of the nodes the op reads, in operand order, duplicates kept.
        local: for each input the local derivative, d(this node)/d(input): a number, a number for each entry, or a rule;
            NaN where it is not known.
        shape: () for a scalar.
        scope: path of the module or group it belongs to, such as "layer1/neuron2".
        dtype: type of its numbers where they are not Python's floats: "float32".
        group: path of the group that it stands for, if that is folded: see `tracer.folding`.
    """

    id: int
    kind: Kind
    op: str
    label: str
    value: Number
    inputs: tuple[int, ...] = ()
    local: tuple[Local, ...] = ()
    shape: tuple[int, ...] = ()
    scope: str = ""
    dtype: str = ""
    group: str = ""


@dataclass(frozen=True)
class Graph:
    """Nodes in topological order, and which of them is the output.

    Raises:
        SourceError: ids are not places, an input comes after its consumer, or the output is not there.
    """

    nodes: tuple[Node, ...]
    output: int

    def __post_init__(self) -> None:
        for place, node in enumerate(self.nodes):
            if node.id != place:
                raise SourceError(f"node {place} of the graph has the id {node.id}; ids have to count up from 0")
            if any(not 0 <= source < place for source in node.inputs):
                raise SourceError(f"node {place} reads {node.inputs}; inputs have to come before their consumers")
            if len(node.local) != len(node.inputs):
                raise SourceError(f"node {place} has {len(node.inputs)} inputs but {len(node.local)} local derivatives")
        if not 0 <= self.output < len(self.nodes):
            raise SourceError(f"the output is node {self.output}, but there are {len(self.nodes)} nodes")

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, node: int) -> Node:
        return self.nodes[node]

    @cached_property
    def consumers(self) -> tuple[tuple[int, ...], ...]:
        """For each node the ids of the op nodes that read it, once for each time they do."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for source in node.inputs:
                found[source].append(node.id)
        return tuple(map(tuple, found))

    @cached_property
    def reached(self) -> frozenset[int]:
        """The ids of the nodes that the output depends on, itself included."""
        seen = {self.output}
        for node in reversed(self.nodes[: self.output + 1]):
            if node.id in seen:
                seen.update(node.inputs)
        return frozenset(seen)
