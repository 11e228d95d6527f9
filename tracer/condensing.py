"""A graph with groups as single nodes, and the backward pass over it.

What can be seen of a group from outside are its *results*: the op nodes that something outside reads. They are taken
together in creation order, as long as none depends on another, nothing outside reads one before the next is made, and
the next does not do over again, from other inputs, what was done with the group's own leaves: then a layer has been
called for the next sample.
What is taken together becomes one node. A single result stays a number; several are a vector, of which unfolded nodes
read the entries one by one, as `layer1[2]`.

All else follows from d(result)/d(what the group reads): the sum, over all ways through the inside of the group, of the
products of the local derivatives on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from tracer.backward import step_order
from tracer.graph import Graph, Node
from tracer.paths import is_inside, outer
from tracer.tensors import Local, Number, Rule, Tensor, plus, scalar, zero_like
from tracer.tracing import Frame, Trace

DTYPE: Final = "float64"
ENTRY: Final = "index"
"""The op that reads one entry of a vector, as in the tensor op table."""

Slopes = Mapping[int, float]
"""Derivatives of one node with respect to others, by their id."""


@dataclass(frozen=True, slots=True)
class Condensed:
    """A graph with groups as single nodes.

    Attributes:
        graph: the graph.
        origins: for each of its nodes the nodes of the whole graph that it stands for: several for a vector.
        slopes: for each of its op nodes, and each node it stands for, the derivatives with respect to the origins of
            its inputs; () where the node was kept as it is.
        entries: ids of the nodes that read one entry of a vector.
    """

    graph: Graph
    origins: tuple[tuple[int, ...], ...]
    slopes: tuple[tuple[Slopes, ...], ...]
    entries: frozenset[int]

    def frames(self, trace: Trace) -> Iterator[Frame]:
        """The frames of the backward pass by the chain rule, in the usual order, for a trace of this graph."""
        gradients: dict[int, Number] = {self.graph.output: 1.0}
        yield _frame(trace, (0, 0, self.graph.output, None, None), 1.0, 1.0, 1.0, None)
        index = step = 0
        for node in reversed(self.graph.nodes):
            slots = step_order(self.graph, node)
            if node.id not in gradients or not slots:
                continue
            step += 1
            upstream = gradients[node.id]
            for slot in slots:
                index += 1
                target = node.inputs[slot]
                contribution = self._contribution(node, slot, upstream)
                before = gradients.get(target)
                gradients[target] = contribution if before is None else plus(before, contribution)
                place = (index, step, target, node.id, slot)
                yield _frame(trace, place, upstream, node.local[slot], contribution, before)

    def _contribution(self, node: Node, slot: int, upstream: Number) -> Number:
        """What an op node hands to one of its inputs."""
        slopes = self.slopes[node.id]
        if not slopes:
            return scalar(upstream) * scalar(node.local[slot])
        gradients = (upstream.entries or ()) if isinstance(upstream, Tensor) else (upstream,)
        handed = [_sum_of_products(gradients, slopes, origin) for origin in self.origins[node.inputs[slot]]]
        return _number(handed)


def condensed(graph: Graph, groups: Sequence[str], *, vectors: bool = True) -> Condensed:
    """A graph of single numbers with some groups, and all that is inside them, as single nodes.

    Args:
        graph: the whole graph.
        groups: the paths of the groups.
        vectors: whether results are taken together; otherwise each becomes a node of its own.

    """
    home = [home_of(node, groups) for node in graph.nodes]
    return Condensing(graph, home, vectors).run()


def has_own_numbers(graph: Graph) -> bool:
    """Whether a graph computes with single numbers of Python's own, whose local derivatives are numbers."""
    return all(
        not node.shape and not node.dtype and all(isinstance(local, (float, int)) for local in node.local)
        for node in graph.nodes
    )


def home_of(node: Node, groups: Sequence[str]) -> str:
    """The outermost of the groups that a node belongs to; "" if it belongs to none."""
    around = (path for path in groups if is_inside(node.scope, path))
    return min(around, key=len, default="")


class Condensing:
    """Builds a condensed graph, node by node in order of creation."""

    def __init__(self, graph: Graph, home: Sequence[str], vectors: bool) -> None:
        self._whole = graph
        self._home = home
        self._vectors = vectors
        self._shown = {node.id for node in graph.nodes if self._is_shown(node)}
        self._nodes: list[Node] = []
        self._origins: list[tuple[int, ...]] = []
        self._slopes: list[tuple[Slopes, ...]] = []
        self._places: dict[int, int] = {}  # for a shown node of the whole graph the node that stands for it
        self._leaves: dict[int, tuple[frozenset[int], frozenset[int]]] = {}  # for a result what it is computed from
        self._entries: dict[int, int] = {}  # for one in a vector the node that reads it from there

    def run(self) -> Condensed:
        """The condensed graph."""
        batches = {batch[-1]: batch for batch in self._batches()}
        for node in self._whole.nodes:
            if node.id in batches:
                self._stand_in(batches[node.id])
            elif node.id in self._shown and not self._is_result(node):
                self._keep(node)
        output = self._read(self._whole.output)
        graph = Graph(tuple(self._nodes), output)
        return Condensed(graph, tuple(self._origins), tuple(self._slopes), frozenset(self._entries.values()))

    def _is_shown(self, node: Node) -> bool:
        """Whether a node can be seen from outside the groups."""
        home = self._home[node.id]
        readers = {self._home[consumer] for consumer in self._whole.consumers[node.id]}
        if node.kind == "constant" and readers and "" not in readers:  # a literal is part of what reads it
            return False
        return not home or bool(readers - {home}) or node.id == self._whole.output

    def _is_result(self, node: Node) -> bool:
        return bool(self._home[node.id]) and node.kind == "op"

    def _batches(self) -> Iterator[list[int]]:
        """The results of the groups, those together that become one node."""
        results: dict[str, list[int]] = {}
        for node in self._whole.nodes:
            if node.id in self._shown and self._is_result(node):
                results.setdefault(self._home[node.id], []).append(node.id)
        for found in results.values():
            batch = found[:1]
            for _, result in pairwise(found):
                if self._vectors and self._belongs(result, batch):
                    batch.append(result)
                else:
                    yield batch
                    batch = [result]
            yield batch

    def _belongs(self, result: int, batch: list[int]) -> bool:
        """Whether a result does not depend on a batch before it, nor does that for other inputs over again.

        And nothing outside may have read from the batch before the result was made.
        """
        home = self._home[result]
        consumers = {consumer for one in batch for consumer in self._whole.consumers[one]}
        if any(consumer < result and self._home[consumer] != home for consumer in consumers):
            return False
        return not consumers.intersection(self._behind(result)) and not self._is_repeated(result, batch)

    def _is_repeated(self, result: int, batch: list[int]) -> bool:
        """Whether a result uses leaves inside the group that a batch has used, on other inputs than that."""
        outside, inside = self._leaves_of(result)
        before = [self._leaves_of(one) for one in batch]
        is_used_again = not all(inside.isdisjoint(used) for _, used in before)
        return is_used_again and all(outside.isdisjoint(read) for read, _ in before)

    def _leaves_of(self, result: int) -> tuple[frozenset[int], frozenset[int]]:
        """The shown nodes from which a result is computed, and the leaves inside its group; literals are neither."""
        if result not in self._leaves:
            read = {source for op in self._behind(result) for source in self._whole[op].inputs}
            leaves = {node for node in read if node in self._shown or self._whole[node].kind != "op"}
            outside = frozenset(node for node in leaves if not self._is_literal(node))
            self._leaves[result] = outside & self._shown, outside - self._shown
        return self._leaves[result]

    def _behind(self, result: int) -> list[int]:
        """A result and the hidden op nodes that it was computed from, latest first."""
        found = {result}
        waiting = [result]
        while waiting:
            sources = self._whole[waiting.pop()].inputs
            fresh = {source for source in sources if source not in self._shown} - found
            waiting += fresh
            found |= fresh
        return sorted((node for node in found if self._whole[node].kind == "op"), reverse=True)

    def _slopes_of(self, result: int) -> Slopes:
        """The derivatives of a result with respect to the shown nodes from which it was computed."""
        slopes: dict[int, float] = {result: 1.0}
        for place in self._behind(result):
            upstream = slopes.pop(place)
            node = self._whole[place]
            for source, local in zip(node.inputs, node.local, strict=True):
                contribution = upstream * scalar(local)
                slopes[source] = slopes[source] + contribution if source in slopes else contribution
        return {place: slope for place, slope in slopes.items() if place in self._shown and not self._is_literal(place)}

    def _is_literal(self, place: int) -> bool:
        return self._whole[place].kind == "constant"

    def _keep(self, node: Node) -> None:
        inputs = tuple(self._read(source) for source in node.inputs)
        self._add(replace(node, id=len(self._nodes), inputs=inputs), (node.id,), ())

    def _stand_in(self, batch: Sequence[int]) -> None:
        """Add the node that stands for some results of a group and for all that is behind them."""
        slopes = tuple(map(self._slopes_of, batch))
        inputs = sorted({self._places[source] for one in slopes for source in one})
        results = [self._whole[result] for result in batch]
        home = self._home[batch[0]]
        name = home.replace("/", ".")
        label = name if self._vectors else results[0].scope.replace("/", ".")
        if len(batch) == 1:
            label = results[0].label or (label if batch[0] != self._whole.output else "")
        place = len(self._nodes)
        node = Node(
            id=place,
            # With nothing to read it is a leaf.
            kind="op" if inputs else "input",
            op=name if inputs else "",
            label=label,
            value=_number([scalar(result.value) for result in results]),
            inputs=tuple(inputs),
            local=tuple(self._local(batch, slopes, source) for source in inputs),
            shape=() if len(batch) == 1 else (len(batch),),
            scope=outer(home),
            group=home,
        )
        self._add(node, tuple(batch), slopes)

    def _local(self, batch: Sequence[int], slopes: Sequence[Slopes], source: int) -> Local:
        """The local derivative of a stand-in, about to be added, with respect to one of its inputs."""
        origins = self._origins[source]
        if len(batch) == len(origins) == 1:
            return slopes[0][origins[0]]
        return _jacobian(len(self._nodes), source, "the Jacobian, transposed, times the upstream gradient")

    def _read(self, origin: int) -> int:
        """Where an unfolded node reads a shown node; of a vector that is one entry, with a node of its own."""
        place = self._places[origin]
        if len(self._origins[place]) == 1:
            return place
        if origin not in self._entries:
            vector, result = self._nodes[place], self._whole[origin]
            entry = Node(
                id=len(self._nodes),
                kind="op",
                op=ENTRY,
                label=result.label or f"{vector.label}[{self._origins[place].index(origin)}]",
                value=result.value,
                inputs=(place,),
                local=(_jacobian(len(self._nodes), place, "only the entry that was read counts"),),
                scope=vector.scope,
            )
            self._entries[origin] = entry.id
            self._nodes.append(entry)
            self._origins.append((origin,))
            self._slopes.append(({origin: 1.0},))
        return self._entries[origin]

    def _add(self, node: Node, origins: tuple[int, ...], slopes: tuple[Slopes, ...]) -> None:
        self._nodes.append(node)
        self._origins.append(origins)
        self._slopes.append(slopes)
        self._places.update(dict.fromkeys(origins, node.id))


def _jacobian(node: int, source: int, why: str) -> Rule:
    return Rule(f"({{{node}/{source}}})ᵀ · {{d{node}}}", why)


def _sum_of_products(gradients: Iterable[float], slopes: Iterable[Slopes], origin: int) -> float:
    """Upstream × local for one number that a node reads, over all numbers that it makes of it."""
    total: float | None = None
    for gradient, towards in zip(gradients, slopes, strict=True):
        if origin in towards:
            product = gradient * towards[origin]
            total = product if total is None else total + product
    return 0.0 if total is None else total


def _number(entries: Sequence[float]) -> Number:
    return entries[0] if len(entries) == 1 else Tensor.of((len(entries),), DTYPE, entries)


def _frame(
    trace: Trace,
    place: tuple[int, int, int, int | None, int | None],
    upstream: Number,
    local: Local,
    contribution: Number,
    before: Number | None,
) -> Frame:
    index, step, target, op, slot = place
    after = contribution if before is None else plus(before, contribution)
    return Frame(
        index=index,
        step=step,
        target=target,
        label=trace.names[target],
        op=op,
        slot=slot,
        upstream=upstream,
        local=local,
        contribution=contribution,
        before=zero_like(after) if before is None else before,
        after=after,
        accumulates=before is not None,
    )
