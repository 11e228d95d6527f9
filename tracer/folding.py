"""Folding: a group of nodes becomes one node, and the chain rule still holds.

    >>> from tracer.nn import MLP
    >>> from tracer.sources import trace
    >>> whole = trace(MLP(2, [16, 16, 1], seed=1)([1.0, -2.0]))
    >>> folded = fold(whole, depth=2)  # neuron by neuron
    >>> len(whole.graph), len(folded.graph)
    (979, 35)
    >>> layers = fold(whole)
    >>> [layers.names[node.id] for node in layers.graph.nodes]
    ['x[0]', 'x[1]', 'layer1', 'layer2', 'L']
    >>> layers.graph[2].shape
    (16,)

A folded node stands for what is used of a group outside of it: a number, or a vector if that are several numbers. Its
inputs are what the group reads from outside. Leaves that only the group reads, such as the weights of a neuron, vanish
in it, and so do literals. The local derivative is the true one: a folded node hands on what its inside would have
handed on, so all gradients are as before, but for rounding. How that works is in `condensing`; a trace with tensors is
folded by what its library recorded, which is in `gathering`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from tracer.checking import Check, Nudge, check, find, nudge
from tracer.condensing import Condensed, condensed, has_own_numbers
from tracer.errors import SourceError
from tracer.gathering import Gathered, gathered
from tracer.paths import Wanted, chosen, groups_of, without
from tracer.tensors import Number, Tensor
from tracer.tracing import Trace

__all__ = ["Folded", "fold", "groups_of"]


def fold(
    trace: Trace,
    groups: Wanted | None = None,
    *,
    depth: int = 1,
    unfold: str | Iterable[str] = (),
    vectors: bool = True,
) -> Folded:
    """The same trace with groups folded: see the module.

    Args:
        trace: what to fold. It may be folded already.
        groups: the groups to fold: their paths, such as "layer1/neuron2" or "layer1.neuron2", how deep they are, such
            as 1 for those in no other group, or "all", which is the same as 1. What is inside them is folded with them,
            all others stay as they are.
        depth: if no groups are given, all of them that are so deep are folded.
        unfold: paths of groups that are not to be folded after all. What they are in is unfolded too; the groups beside
            them stay folded, and so do the groups in them.
        vectors: whether a group of which several numbers are used becomes one node, a vector; otherwise each of these
            numbers becomes a node, as each tensor does in any case.

    Raises:
        SourceError: there is no such group, or the gradients were assigned by hand.
    """
    whole, before = (trace.whole, trace.groups) if isinstance(trace, Folded) else (trace, ())
    known = groups_of(whole.graph)
    if groups is not None:
        before += chosen(groups, known)
    elif not (before and unfold):
        before += groups_of(trace.graph, depth)
    paths = without(before, unfold, known)
    if any(frame.verdict for frame in trace.frames):
        raise SourceError("gradients that were assigned by hand cannot be folded: each one was meant for one node")
    if has_own_numbers(whole.graph):
        return Folded(whole, condensed(whole.graph, paths, vectors=vectors), paths)
    return Folded(whole, gathered(whole, paths), paths)


class Folded(Trace):
    """A trace with groups folded.

    Attributes:
        whole: the trace that was folded.
        groups: the paths of the folded groups.
    """

    def __init__(self, whole: Trace, result: Condensed | Gathered, groups: tuple[str, ...]) -> None:
        super().__init__(lambda: result.graph, result.frames, whole.source)
        self.whole = whole
        self.groups = groups
        self._condensed = result

    @property
    def origins(self) -> tuple[tuple[int, ...], ...]:
        """For each node the ids of the nodes of the whole trace that it stands for: several for a vector."""
        return self._condensed.origins

    @property
    def remarks(self) -> tuple[str, ...]:
        """What there is to say about the whole trace."""
        return self.whole.remarks

    @property
    def _is_quickly_checked(self) -> bool:
        return self.whole._is_quickly_checked

    def check(self, nodes: Iterable[int | str] | None = None) -> Check:
        """Verify gradients numerically, by computing the whole graph again: see `tracer.checking.check`.

        Of a vector each entry is verified, so it takes several places in the answer.

        Args:
            nodes: ids or names of the nodes to verify; all of them if left out.
        """
        entries = self._condensed.entries
        if nodes is None:
            chosen = [node for node in (*self.gradients, *range(len(self.graph))) if node not in entries]
        else:  # an entry of a vector is verified there
            chosen = [find(self, node) for node in nodes]
            chosen = [self.graph[node].inputs[0] if node in entries else node for node in chosen]
        stands_for = self._standing(node for node in chosen if self.graph[node].kind != "constant")
        claims = {origin: claim for origin, (_, _, claim) in stands_for.items() if claim is not None}
        found = check(_Claims(self.whole, claims), list(stands_for)).nodes
        return Check(tuple(replace(one, node=stands_for[one.node][0], name=stands_for[one.node][1]) for one in found))

    def nudge(self, node: int | str, h: float = 0.001) -> Nudge:
        """The lecture's own check, on the whole graph: see `tracer.checking.nudge`.

        Args:
            node: id or name of the value that is moved.
            h: how far it is moved.

        Raises:
            SourceError: there is no such value, or it is a vector.
        """
        place = find(self, node)
        if len(self.origins[place]) > 1:
            raise SourceError(f"{self.names[place]} is a vector; only a single number can be nudged")
        return replace(nudge(self.whole, self.origins[place][0], h), name=self.names[place])

    def _standing(self, nodes: Iterable[int]) -> dict[int, tuple[int, str, Number | None]]:
        """For each number that nodes stand for, by its id in the whole trace: the node, its name, and its gradient."""
        found: dict[int, tuple[int, str, Number | None]] = {}
        for node in nodes:
            name, gradient = self.names[node], self.gradients.get(node)
            if isinstance(gradient, Tensor) and gradient.entries is not None and len(self.origins[node]) > 1:
                entries = zip(self.origins[node], gradient.entries, strict=True)
                found |= {origin: (node, f"{name}[{at}]", claim) for at, (origin, claim) in enumerate(entries)}
            else:
                found |= dict.fromkeys(self.origins[node], (node, name, gradient))
        return found


class _Claims(Trace):
    """The whole graph with gradients that a folded trace claims for some of its nodes."""

    def __init__(self, whole: Trace, claims: dict[int, Number]) -> None:
        super().__init__(lambda: whole.graph)
        self.experiment = whole.experiment
        self._claims = claims

    @cached_property
    def gradients(self) -> dict[int, Number]:
        return dict(self._claims)
