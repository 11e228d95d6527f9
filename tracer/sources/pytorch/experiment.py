"""Runs a traced function again, so that its gradients can be compared with differences.

The function itself runs once for its tape and its gradients, and a few times to find out how far rounding has moved
those. Then the tape is run, as often as it takes, with one entry of one tensor moved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, TypeVar

from tracer.differences import Sample
from tracer.errors import SourceError
from tracer.graph import Graph
from tracer.rerunning import TIMES, TRUST, noise
from tracer.sources.pytorch.autograd import Autograd
from tracer.sources.pytorch.backward import run_backward
from tracer.sources.pytorch.careful import Careful, Kept, keep_leaves
from tracer.sources.pytorch.forward import Edge
from tracer.sources.pytorch.library import torch
from tracer.sources.pytorch.names import Names, is_tensor
from tracer.sources.pytorch.nodes import Nodes
from tracer.sources.pytorch.replaying import Moved, run_or_nan
from tracer.sources.pytorch.shaking import Shake, Shaken, shaken_backward
from tracer.sources.pytorch.surroundings import Surroundings
from tracer.sources.pytorch.tape import Place, double
from tracer.sources.pytorch.taping import Taping
from tracer.telling import shown

_Watch = TypeVar("_Watch", bound=Careful)

_OTHERWISE: Final = "run again, the function computes something else; trace it once more, and check that at once"


@dataclass(frozen=True, slots=True)
class _Ran:
    """One run of the function: its node for each edge, its gradients by node, its output."""

    graph: Graph
    edges: Mapping[Edge, int]
    gradients: Mapping[int, Any]
    loss: Any


class Experiment:
    """A function with its arguments that can be run again with one of its tensors moved.

    Args:
        call: calls the function.
        surroundings: what there was around it when it was traced.
        graph: what was traced.
    """

    def __init__(self, call: Callable[[], Any], surroundings: Surroundings, graph: Graph) -> None:
        self._call = call
        self._surroundings = surroundings
        self._graph = graph
        self._moved: dict[int, Moved] = {}
        self._noises: dict[int, float] = {}
        self._tape, self._first = self._run(Taping, None)
        if not _same(self._first.graph, graph):
            raise SourceError(_OTHERWISE)
        loss = self._first.loss
        edge = Edge(loss.grad_fn, loss.output_nr)
        self._output = Place.of(loss), double(loss), (edge,)
        self._edge_of = {node: edge for edge, node in self._first.edges.items()}

    def obstacle(self, node: int) -> str:
        """Why a node cannot be moved, "" if it can."""
        return "its gradient goes nowhere" if node not in self._edge_of else self._of(node).obstacle

    def value(self, node: int, entry: int) -> float:
        """An entry of a node's value, counted row by row."""
        return float(self._value(node).reshape(-1)[entry])

    def scale(self, node: int) -> float:
        """The largest entry of a node's gradient, without its sign."""
        gradient = self._gradient(node)
        return float(gradient.abs().max()) if gradient.numel() else 0.0

    def precision(self, node: int) -> float:
        """How far 1 is from the next number, in the coarsest dtype on the way from the node to the output."""
        return max(float(torch.finfo(self._dtype(node)).eps), self._of(node).precision)

    def claimed(self, node: int, entry: int | None) -> Sample:
        """The slope along a direction that the gradient claims, and how far rounding may have moved it.

        Args:
            node: id of the node.
            entry: the entry that is moved, or None for all of them in a random direction.
        """
        direction = self._direction(node, entry)
        slope = float((self._gradient(node) * direction).sum())
        others = [float((gradients[node] * direction).sum()) for gradients in self._shaken if node in gradients]
        about = torch.finfo(self._dtype(node))
        apart = max((abs(other - slope) for other in others), default=abs(slope))
        # An op may lose digits inside, where nothing can be shaken: those of its largest numbers.
        inside = 2 * float(about.eps) * max(abs(slope), self.scale(node))
        return Sample(slope, TRUST * apart + inside + 4 * float(about.smallest_normal))

    def output(self, node: int, entry: int | None, step: float) -> Sample:
        """The output where a node is moved by `step` along a direction, and how far rounding may have moved that."""
        number = run_or_nan(self._of(node), step, self._direction(node, entry))
        return Sample(number, self._noise(node))

    def _run(self, watch: Callable[[Kept], _Watch], shake: Shake | None) -> tuple[_Watch, _Ran]:
        with self._surroundings.again() as kept, ExitStack() as stack:
            forward = watch(kept)
            with forward.recording():
                loss = self._called()
            forward.finish()
            if not is_tensor(loss) or loss.grad_fn is None:
                raise SourceError(_OTHERWISE)
            forward.value(loss)
            autograd = Autograd(loss, forward)
            nodes = Nodes(autograd, forward, Names(None, []))
            in_graph = set(map(id, autograd.leaves))
            hidden = [edge.node for edge in forward.values if is_tensor(edge.node) and id(edge.node) not in in_graph]
            keep_leaves(kept, [*autograd.leaves, *hidden])
            stack.enter_context(_shaken(autograd, shake))
            seen = run_backward(loss, autograd, hidden)
            graph = nodes.book.trace(nodes.of_edge[autograd.root], "").graph
            gradients = {nodes.of_edge[autograd.root]: torch.ones_like(loss).double()}
            for run in seen.runs:
                for number, given in enumerate(run.given):
                    edge = Edge(run.node.variable, 0) if hasattr(run.node, "variable") else Edge(run.node, number)
                    if given is not None and edge in nodes.of_edge:
                        gradients[nodes.of_edge[edge]] = double(given.to_dense() if given.is_sparse else given)
        return forward, _Ran(graph, nodes.of_edge, gradients, loss)

    def _called(self) -> Any:
        try:
            return self._call()
        except Exception as error:  # the function is the user's: whatever that can raise is told in the same way
            said = shown(f"{type(error).__name__}: {error}", 200)
            raise SourceError(f"run again, the function fails: {said}") from error

    @cached_property
    def _shaken(self) -> Sequence[Mapping[int, Any]]:
        """The gradients of some runs that were shaken."""
        found = []
        for seed in range(TIMES):
            shake = Shake(seed)
            try:
                _, ran = self._run(partial(Shaken, shake=shake), shake)
            except SourceError:  # it is particular about its last digits
                continue
            if _same_shape(ran.graph, self._graph):
                found.append(ran.gradients)
        return found

    def _of(self, node: int) -> Moved:
        if node not in self._moved:
            self._moved[node] = Moved(self._tape, self._output, self._edge_of[node])
        return self._moved[node]

    def _noise(self, node: int) -> float:
        """How far rounding, in double precision, may have moved the output."""
        if node not in self._noises:
            moved, nowhere = self._of(node), torch.zeros_like(self._value(node))
            right = float(self._first.loss.detach())
            others = [run_or_nan(moved, 0.0, nowhere, Shake(seed)) for seed in range(TIMES)]
            self._noises[node] = noise(right, others)
        return self._noises[node]

    def _value(self, node: int) -> Any:
        return double(self._tape.values[self._edge_of[node]])

    def _dtype(self, node: int) -> Any:
        return self._tape.values[self._edge_of[node]].dtype

    def _gradient(self, node: int) -> Any:
        found = self._first.gradients.get(node)
        return torch.zeros_like(self._value(node)) if found is None else found

    def _direction(self, node: int, entry: int | None) -> Any:
        """1 for the entry that is moved and 0 for the others, or 1 or -1 for each."""
        value = self._value(node)
        if entry is None:
            chance = torch.Generator().manual_seed(value.numel())
            return torch.randint(0, 2, value.shape, generator=chance).double() * 2 - 1
        direction = torch.zeros(value.numel(), dtype=torch.float64)
        direction[entry] = 1.0
        return direction.reshape(value.shape)


def _shaken(autograd: Autograd, shake: Shake | None) -> AbstractContextManager[None]:
    return nullcontext() if shake is None else shaken_backward(autograd, shake)


def _same_shape(one: Graph, other: Graph) -> bool:
    """Whether two graphs have the same ops on operands of the same shapes."""
    pairs = zip(one.nodes, other.nodes, strict=False)
    alike = all((a.kind, a.op, a.inputs, a.shape) == (b.kind, b.op, b.inputs, b.shape) for a, b in pairs)
    return len(one) == len(other) and one.output == other.output and alike


def _same(one: Graph, other: Graph) -> bool:
    """Whether two graphs have the same ops on the same numbers, NaN being the same as NaN.

    Constants may differ: where that matters, results do too.
    """
    pairs = zip(one.nodes, other.nodes, strict=False)
    alike = all(a.kind == "constant" or repr(a.value) == repr(b.value) for a, b in pairs)
    return _same_shape(one, other) and alike
