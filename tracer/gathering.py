"""A trace with tensors, or of another library's backward pass, with groups as single nodes.

What a group hands on is not computed again here, because only the library could do that bit for bit. It was recorded:
whatever the ops inside of a group handed to something outside is, added up, what the group hands to it.

Each result of a group, an op node that something outside reads, becomes a node. Results that have ops inside in common,
as the two of an LSTM cell have, hand on together: of such a sum nobody can say which part is whose. The frame belongs
to the one that was made first, and its rule names them all: `(dc/dx)ᵀ · dL/dc + (dh/dx)ᵀ · dL/dh`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final, cast

from tracer.backward import step_order
from tracer.condensing import Condensing, home_of
from tracer.errors import SourceError
from tracer.graph import Graph, Node
from tracer.paths import outer
from tracer.tensors import Local, Number, Rule, Tensor, nearest, plus, zero_like
from tracer.tracing import Frame, Trace

_WHY: Final = "all that the inside of the group handed on, as it was recorded"
_PLACE: Final = re.compile(r"(?<=[{d/])\d+(?=[}/])")


@dataclass(frozen=True, slots=True)
class Gathered:
    """A graph with groups as single nodes, and what they hand on.

    Attributes:
        graph: the graph.
        origins: for each of its nodes the node of the whole graph that it stands for.
        handed: for an op node and one of its operands, by their ids and slots, the frames of the whole trace in which
            the gradient was handed on.
        entries: none; there are no nodes that read an entry of a vector.
    """

    graph: Graph
    origins: tuple[tuple[int, ...], ...]
    handed: dict[tuple[int, int], list[Frame]]
    entries: frozenset[int] = frozenset()

    def frames(self, trace: Trace) -> Iterator[Frame]:
        """The frames for a trace of this graph: step by step in the usual order, with the gradients as recorded.

        Raises:
            SourceError: gradients would have to be added up of which only a summary was kept.
        """
        sums = _Sums(self, trace)
        yield sums.seed()
        step = 0
        for node in reversed(self.graph.nodes):
            slots = [slot for slot in step_order(self.graph, node) if (node.id, slot) in self.handed]
            step += bool(slots)
            for slot in slots:
                yield sums.frame(step, node, slot)


def gathered(trace: Trace, groups: Sequence[str]) -> Gathered:
    """A trace with some groups, and all that is inside them, as single nodes.

    Args:
        trace: the whole trace.
        groups: the paths of the groups.
    """
    return _Gathering(trace, [home_of(node, groups) for node in trace.graph.nodes]).gather()


class _Gathering(Condensing):
    """Builds the graph, and finds out which frames of the whole trace belong to which node."""

    def __init__(self, trace: Trace, home: Sequence[str]) -> None:
        super().__init__(trace.graph, home, vectors=False)
        self._trace = trace
        self._inside: dict[int, list[int]] = {}  # for each result the ops that it was computed by

    def gather(self) -> Gathered:
        """The graph, and what its nodes hand on."""
        condensed = self.run()
        units = self._units()
        handed: dict[tuple[int, int], list[Frame]] = {}
        for frame in self._trace.frames:
            if frame.op is not None and frame.slot is not None and frame.target in self._shown:
                handed.setdefault(self._edge(frame, units), []).append(frame)
        nodes = tuple(replace(node, local=self._locals(node, units)) for node in condensed.graph.nodes)
        return Gathered(Graph(nodes, condensed.graph.output), condensed.origins, handed)

    def _is_shown(self, node: Node) -> bool:
        # Data that was given a name is no literal.
        if node.kind == "constant" and node.label and isinstance(node.value, Tensor) and not self._home[node.id]:
            return True
        return super()._is_shown(node)

    def _stand_in(self, batch: Sequence[int]) -> None:
        result = self._whole[batch[0]]
        inside = self._inside[result.id] = self._behind(result.id)
        read = {source for op in inside for source in self._whole[op].inputs if source in self._shown}
        inputs = tuple(sorted(self._places[source] for source in read))
        home = self._home[result.id]
        name = home.replace("/", ".")
        stand_in = replace(
            result,
            id=len(self._nodes),
            kind="op" if inputs else "input",
            op=name if inputs else "",
            label=result.label or ("" if result.id == self._whole.output else name),
            inputs=inputs,
            local=(0.0,) * len(inputs),  # a rule, when all nodes are there
            scope=outer(home),
            group=home,
        )
        self._add(stand_in, (result.id,), ())

    def _units(self) -> dict[int, list[int]]:
        """For each op inside a group the results that are computed by it, or share ops with those that are."""
        units: dict[int, list[int]] = {}
        for result, inside in self._inside.items():
            shared = [units[op] for op in inside if op in units]
            unit = sorted({result}.union(*shared))
            ops = {op for one in unit for op in self._inside[one]}
            units |= dict.fromkeys(ops, unit)
        return units

    def _edge(self, frame: Frame, units: dict[int, list[int]]) -> tuple[int, int]:
        """The node, and the slot of its operand, to which a frame of the whole trace belongs."""
        op, slot = cast(int, frame.op), cast(int, frame.slot)
        if op not in units:
            return self._places[op], slot
        node = self._readers(self._places[frame.target], units[op])[0]
        return node.id, node.inputs.index(self._places[frame.target])

    def _readers(self, source: int, unit: Sequence[int]) -> list[Node]:
        """The nodes of some results that read a node."""
        nodes = (self._nodes[self._places[result]] for result in unit)
        return [node for node in nodes if source in node.inputs]

    def _locals(self, node: Node, units: dict[int, list[int]]) -> tuple[Local, ...]:
        """The local derivatives of a node, in the ids of the new graph."""
        if not node.group:
            return tuple(self._moved(local) for local in node.local)
        unit = units.get(self._origins[node.id][0], [])
        return tuple(self._rule(source, unit) for source in node.inputs)

    def _rule(self, source: int, unit: Sequence[int]) -> Rule:
        readers = [node for node in self._readers(source, unit) if self._origins[node.id][0] in self._trace.gradients]
        return Rule(" + ".join(_term(node, self._nodes[source]) for node in readers), _WHY)

    def _moved(self, local: Local) -> Local:
        """A local derivative of the whole graph; a rule says the ids of the new one."""
        if not isinstance(local, Rule):
            return local
        named = [int(place) for place in _PLACE.findall(local.text)]
        if not all(place in self._places for place in named):
            return Rule("", local.why)
        return replace(local, text=_PLACE.sub(lambda place: str(self._places[int(place[0])]), local.text))


def _term(node: Node, source: Node) -> str:
    """What one node hands to another, as a rule."""
    upstream, derivative = f"{{d{node.id}}}", f"{{{node.id}/{source.id}}}"
    return f"({derivative})ᵀ · {upstream}" if node.shape or source.shape else f"{upstream} · {derivative}"


class _Sums:
    """Adds up what nodes are handed, frame by frame."""

    def __init__(self, result: Gathered, trace: Trace) -> None:
        self._result = result
        self._trace = trace
        self._index = 0
        self._gradients: dict[int, Number] = {}
        self._recorded: dict[int, list[Frame]] = {}  # the frames of the whole trace that assign to a node

    def seed(self) -> Frame:
        """The first frame."""
        output, one = self._result.graph.output, 1.0
        self._gradients[output] = one
        name = self._trace.names[output]
        return Frame(0, 0, output, name, None, None, one, one, one, 0.0, one, accumulates=False)

    def frame(self, step: int, node: Node, slot: int) -> Frame:
        """The frame in which a node hands on to one of its operands."""
        self._index += 1
        target, handed = node.inputs[slot], self._result.handed[node.id, slot]
        before = self._gradients.get(target)
        contribution, after = self._added(target, handed, before)
        self._gradients[target] = after
        return Frame(
            index=self._index,
            step=step,
            target=target,
            label=self._trace.names[target],
            op=node.id,
            slot=slot,
            upstream=self._gradients.get(node.id, zero_like(node.value)),
            local=node.local[slot] if node.group or isinstance(node.local[slot], Rule) else handed[0].local,
            contribution=contribution,
            before=zero_like(after) if before is None else before,
            after=after,
            accumulates=before is not None,
        )

    def _added(self, target: int, handed: list[Frame], before: Number | None) -> tuple[Number, Number]:
        """What the target is handed, and its gradient after that: as recorded, unless things come in another order."""
        if before is None:
            whole = handed[-1].after if self._are_first(handed) else self._sum(target, handed)
            return whole, whole
        contribution = self._sum(target, handed)
        if len(handed) == 1 and repr(handed[0].before) == repr(before):
            return contribution, handed[0].after
        return contribution, self._plus(target, before, contribution)

    def _are_first(self, handed: list[Frame]) -> bool:
        """Whether frames are the first ones that assign to their target, and there is none between them."""
        target = handed[0].target
        if not self._recorded:
            for frame in cast(Any, self._trace).whole.frames:
                self._recorded.setdefault(frame.target, []).append(frame)
        return self._recorded[target][: len(handed)] == handed

    def _sum(self, target: int, handed: list[Frame]) -> Number:
        return reduce(lambda one, two: self._plus(target, one, two), (frame.contribution for frame in handed))

    def _plus(self, target: int, one: Number, two: Number) -> Number:
        if isinstance(one, Tensor) and (one.entries is None or cast(Tensor, two).entries is None):
            name = self._trace.names[target]
            raise SourceError(
                f"the gradients of {name} cannot be added up: it is so large that only a summary was kept"
            )
        total = plus(one, two)
        return total if isinstance(total, Tensor) else nearest(total, self._result.graph[target].dtype)
