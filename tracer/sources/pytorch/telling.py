"""What autograd handed on, told as gradient assignments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from tracer.sources.logbook import Assigned
from tracer.sources.pytorch.arrays import TorchArrays, agree
from tracer.sources.pytorch.autograd import edges_of, is_custom, is_leaf
from tracer.sources.pytorch.backward import Run
from tracer.sources.pytorch.forward import Edge
from tracer.sources.pytorch.library import VERSIONS, identical, number_of, torch
from tracer.sources.pytorch.locals import is_entrywise
from tracer.sources.pytorch.nodes import Nodes, OpNode
from tracer.sources.rules import Use, best_rule, jacobian_rule, telling_rule
from tracer.tensors import Local

_EARLIER: Final = "it also got some through what had been computed before"


class Telling:
    """Writes the backward pass into the logbook of the nodes.

    Args:
        nodes: the nodes of the computation.
        locals_: local derivatives of autograd nodes that gave them away, one for each edge.
        has_earlier: whether gradients also go through what had been computed before, where nobody looks.
    """

    def __init__(self, nodes: Nodes, locals_: Mapping[Any, tuple[Any, ...]], has_earlier: bool) -> None:
        self._nodes = nodes
        self._has_earlier = has_earlier
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

    def compare(self, gradients: Iterable[tuple[Any, Any]]) -> None:
        """Compare the sums with the gradients that the leaves really have, and say where something else set them.

        Args:
            gradients: leaves and their gradients.

        Raises:
            SourceError: the sums are others, and nothing explains it.
        """
        custom = any(is_custom(node) for node in self._nodes.ops)
        for leaf, gradient in gradients:
            edge = Edge(leaf, 0)
            so_far = self._sums.get(edge)
            if edge not in self._nodes.of_edge or gradient is None:
                continue
            if so_far is not None and identical(so_far, gradient):
                continue
            if leaf._post_accumulate_grad_hooks:
                note = "a hook changed it in the end"
            elif custom:
                note = "it also got some inside an op, where nobody can look"
            else:
                name = self._nodes.name(edge)
                raise VERSIONS.unknown(f"the gradient of {name} is not the sum of what was seen to be handed to it")
            self._sums[edge] = gradient
            self._set(edge, note)

    def _tell_hooks(self, run: Run) -> None:
        """A gradient that arrives otherwise than it was handed on came on other ways too, or through a user's hook."""
        for number, given in enumerate(run.given):
            edge = Edge(run.node.variable, 0) if is_leaf(run.node) else Edge(run.node, number)
            so_far = self._sums.get(edge)
            if given is None or so_far is None or identical(given, so_far):
                continue
            self._sums[edge] = given
            if not agree(given, so_far):  # otherwise it was only added up in another order, as on several devices
                other_way = self._has_earlier and is_leaf(run.node) and not run.node.variable._backward_hooks
                self._set(edge, _EARLIER if other_way else "a hook changed it on its way")

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
        is_product = fits and agree(upstream * local, contribution)
        if op.described is None or op.call is None:
            return number_of(local) if is_product else jacobian_rule(use, slot)
        use = replace(use, op=op.described.op, attributes=op.described.attributes, parts=op.described.parts)
        arrays = TorchArrays(op.call, op.described.axes)
        if is_product:
            return telling_rule(use, slot, contribution, arrays) or number_of(local)
        return best_rule(use, slot, contribution, arrays, entrywise=is_entrywise(op))
