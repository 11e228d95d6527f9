"""What autograd handed on, told as gradient assignments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tracer.sources.logbook import Assigned
from tracer.sources.pytorch.arrays import TorchArrays, agree
from tracer.sources.pytorch.autograd import edges_of, is_leaf
from tracer.sources.pytorch.backward import Run
from tracer.sources.pytorch.forward import Edge
from tracer.sources.pytorch.library import number_of, torch
from tracer.sources.pytorch.locals import is_entrywise
from tracer.sources.pytorch.nodes import Nodes, OpNode
from tracer.sources.rules import Use, entrywise_rule, find_rule, jacobian_rule
from tracer.tensors import Local


class Telling:
    """Writes the backward pass into the logbook of the nodes.

    Args:
        nodes: the nodes of the computation.
        locals_: local derivatives of autograd nodes that gave them away, one for each edge.
    """

    def __init__(self, nodes: Nodes, locals_: Mapping[Any, tuple[Any, ...]]) -> None:
        self._nodes = nodes
        self._locals = locals_
        self._sums: dict[Edge, Any] = {}

    def tell(self, root: Edge, runs: list[Run]) -> None:
        """Write down what each autograd node did, in order, from the seed at `root` on."""
        self._sums[root] = torch.ones_like(self._nodes.value(root))
        self._set(root, "")
        for run in runs:
            self._tell_hooks(run)
            if not is_leaf(run.node):
                self._tell_run(run, self._nodes.ops[run.node])

    def _tell_hooks(self, run: Run) -> None:
        """A gradient that arrives as another one than was handed on has been through a hook of the user's."""
        for number, given in enumerate(run.given):
            edge = Edge(run.node.variable, 0) if is_leaf(run.node) else Edge(run.node, number)
            so_far = self._sums.get(edge)
            if given is None or so_far is None or _identical(given, so_far):
                continue
            self._sums[edge] = given
            if not agree(given, so_far):  # otherwise it was only added up in another order, as on several devices
                self._set(edge, "a hook changed it on its way")

    def _set(self, edge: Edge, note: str) -> None:
        given = Assigned.outright(self._nodes.of_edge[edge], number_of(self._sums[edge]), note=note)
        self._nodes.book.assign(("set", edge), given)

    def _tell_run(self, run: Run, op: OpNode) -> None:
        upstream = [run.given[number] if number < len(run.given) else None for number in op.numbers]
        first = next((place for place, gradient in enumerate(upstream) if gradient is not None), None)
        if first is None:
            return
        use = Use("", op.inputs, op.outputs, op.operands, op.results, upstream)
        for place, edge in edges_of(run.node):
            contribution = run.handed[place]
            if contribution is None:
                continue
            before = self._sums.get(edge)
            after = self._sums[edge] = contribution if before is None else before + contribution
            slot = op.slots[place]
            local = self._local(op, use, place, contribution)
            self._nodes.book.local(op.outputs[first], slot, local)
            self._nodes.book.assign(
                run.node,
                Assigned(
                    target=self._nodes.of_edge[edge],
                    op=op.outputs[first],
                    slot=slot,
                    upstream=number_of(upstream[first]),
                    local=local,
                    contribution=number_of(contribution),
                    before=None if before is None else number_of(before),
                    after=number_of(after),
                ),
            )

    def _local(self, op: OpNode, use: Use, place: int, contribution: Any) -> Local:
        """The local derivative where the contribution is a product with it, otherwise the rule."""
        answers = self._locals.get(op.node, ())
        local = answers[place] if place < len(answers) else None
        upstream, slot = use.upstream[0], op.slots[place]
        fits = local is not None and local.shape == contribution.shape and upstream.shape in (local.shape, ())
        if fits and agree(upstream * local, contribution):
            return number_of(local)
        if op.described is None or op.call is None:
            return jacobian_rule(use, slot)
        use = replace(use, op=op.described.op, attributes=op.described.attributes, parts=op.described.parts)
        rule = find_rule(use, slot, contribution, TorchArrays(op.call, op.described.axes))
        if rule is None and is_entrywise(op):
            return entrywise_rule(use, slot, tuple(contribution.shape), tuple(op.results[0].shape))
        return rule or jacobian_rule(use, slot)


def _identical(one: Any, other: Any) -> bool:
    """Whether two gradients are the same, bit for bit but for what NaN it is."""
    if one.layout != torch.strided or other.layout != torch.strided:
        one, other = one.to_dense(), other.to_dense()
    return one.shape == other.shape and bool(((one == other) | (one.isnan() & other.isnan())).all())
