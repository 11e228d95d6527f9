"""The graph that autograd has made, and for each of its nodes the call that made it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final

from tracer.sources.pytorch.forward import Call, Edge, Forward

_BACKWARD: Final = re.compile(r"Backwards?\d*$")
# Before an op runs, autograd may dispatch others of its own, such as a copy of what is about to be changed in place.
_NEAR: Final = 4
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Autograd:
    """The autograd nodes behind a loss.

    Args:
        loss: the tensor from which the backward pass starts.
        forward: what was seen of the forward pass.

    Attributes:
        nodes: the nodes that are no leaves and were made while somebody looked on, inputs first.
        leaves: the tensors in which gradients end up.
        has_earlier: whether there are others, which were made before.
        root: where the loss hangs on.
        calls: the call that made a node, as far as it was seen.
    """

    def __init__(self, loss: Any, forward: Forward) -> None:
        self.root = Edge(loss.grad_fn, loss.output_nr)
        everything = _in_order(loss.grad_fn)
        self.nodes = [node for node in everything if node._sequence_nr() >= forward.start]
        self.has_earlier = len(self.nodes) < len(everything)
        targets = dict.fromkeys(target for node in everything for target, _ in node.next_functions)
        self.leaves = [target.variable for target in targets if target is not None and is_leaf(target)]
        self._used: dict[Any, set[int]] = {}
        for node in self.nodes:
            for _, edge in edges_of(node):
                self._used.setdefault(edge.node, set()).add(edge.number)
        self._used.setdefault(self.root.node, set()).add(self.root.number)
        self.calls = self._matched(forward)

    def outputs(self, node: Any) -> list[Edge]:
        """The outputs of a node that something uses."""
        return [Edge(node, number) for number in sorted(self._used[node])]

    def _matched(self, forward: Forward) -> dict[Any, Call]:
        """A call made the node that was numbered before it was dispatched, and that hands on to what it read."""
        found: dict[Any, Call] = {}
        numbers = [call.number for call in forward.calls]
        for node in self.nodes:
            if node in forward.rebased:
                found[node] = forward.rebased[node]
                continue
            start = bisect_right(numbers, node._sequence_nr())
            edges = [edge for _, edge in edges_of(node)]
            near = (call for call in forward.calls[start : start + _NEAR] if call.edges == edges)
            call = next((call for call in near if _is_named_after(node, call)), None)
            if call is not None:
                found[node] = call
        return found


def edges_of(node: Any) -> Iterator[tuple[int, Edge]]:
    """The edges along which a node hands gradients on, each with its place; leaves are told by their tensor."""
    for place, (target, number) in enumerate(node.next_functions):
        if target is not None:
            yield place, Edge(target.variable, 0) if is_leaf(target) else Edge(target, number)


def is_leaf(node: Any) -> bool:
    """Whether an autograd node only takes in the gradient of a leaf."""
    return hasattr(node, "variable")


def is_custom(node: Any) -> bool:
    """Whether a node is a custom Function of the user's."""
    return hasattr(node, "_forward_cls")


def node_name(node: Any) -> str:
    """A readable name for what a node does: "native_layer_norm" for NativeLayerNormBackward0."""
    name = str(node.name()).rpartition("::")[2]
    if is_custom(node):
        return _BACKWARD.sub("", name)
    return _HUMPS.sub("_", _BACKWARD.sub("", name)).lower()


def _is_named_after(node: Any, call: Call) -> bool:
    """Whether the name of a node is that of a call, but for how words are joined."""
    return node_name(node).replace("_", "") in call.name.lower().replace("_", "")


def _in_order(root: Any) -> list[Any]:
    """A node and everything that it hands gradients on to, inputs first, but without leaves."""
    order: list[Any] = []
    seen = {root}
    pending = [(root, iter(root.next_functions))]
    while pending:
        node, rest = pending[-1]
        for target, _ in rest:
            if target is not None and target not in seen and not is_leaf(target):
                seen.add(target)
                pending.append((target, iter(target.next_functions)))
                break
        else:
            order.append(node)
            pending.pop()
    by_number = sorted(order, key=lambda node: node._sequence_nr())
    place = {node: number for number, node in enumerate(by_number)}
    # Creation order, unless a node was made again later, as those of views are.
    fits = all(place[target] < place[node] for node in order for target, _ in node.next_functions if target in place)
    return by_number if fits else order
