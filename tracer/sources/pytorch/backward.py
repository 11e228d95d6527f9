"""Runs the backward pass and takes down what each autograd node is given and hands on, in the order in which it runs.

A hook on a node sees the gradients that it got and those that it returned: the contributions themselves, before
autograd adds them up. They are added up here in the same order, and so to the same sums, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tracer.errors import SourceError
from tracer.sources.pytorch.autograd import Autograd, is_leaf
from tracer.sources.pytorch.library import VERSIONS
from tracer.telling import shown


@dataclass(frozen=True, slots=True)
class Run:
    """One node's backward.

    Attributes:
        node: the autograd node.
        given: the gradients of its outputs; None for those that have none.
        handed: what it returned for each of its edges; None where it handed nothing on. Empty for leaves.
    """

    node: Any
    given: tuple[Any, ...]
    handed: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Pass:
    """A backward pass.

    Attributes:
        runs: what each node did, in order.
        gradients: what each leaf got, with its `.grad` by itself.
        unseen: leaves that got a gradient although they are not in the graph.
    """

    runs: list[Run]
    gradients: list[tuple[Any, Any]]
    unseen: list[Any]


_ALREADY_RUN: Final = (
    "backward() has already been run from here, which frees what it needs: take it out of the function, which has to "
    "return the loss, because the backward pass is the tracer's part; or call backward(retain_graph=True)"
)


def run_backward(loss: Any, autograd: Autograd, hidden: Iterable[Any] = ()) -> Pass:
    """Run `loss.backward()` from cleared gradients and look on; afterwards each `.grad` is again what it was.

    Args:
        loss: where to start.
        autograd: the graph behind it.
        hidden: leaves that are not in the graph, but may get a gradient all the same, as in reentrant checkpointing.

    Raises:
        SourceError: the backward pass fails.
    """
    hidden = list(hidden)
    seen = Pass([], [], [])
    with _cleared([*autograd.leaves, *hidden]), _hooked(autograd, seen.runs):
        try:
            loss.backward()
        except RuntimeError as error:
            if "a second time" in str(error):  # it does not say that in any other way
                raise SourceError(_ALREADY_RUN) from error
            raise SourceError(f"PyTorch's backward pass failed: {shown(str(error), 300)}") from error
        seen.gradients.extend((leaf, leaf.grad) for leaf in autograd.leaves)
        seen.unseen.extend(tensor for tensor in hidden if tensor.grad is not None)
    return seen


@contextmanager
def _cleared(leaves: Iterable[Any]) -> Iterator[None]:
    """No gradients inside, and the old ones afterwards."""
    before = [(tensor, tensor.grad) for tensor in leaves]
    for tensor, _ in before:
        tensor.grad = None
    try:
        yield
    finally:
        for tensor, gradient in before:
            tensor.grad = gradient


@contextmanager
def _hooked(autograd: Autograd, runs: list[Run]) -> Iterator[None]:
    handles = []
    leaves = {target for node in autograd.nodes for target, _ in node.next_functions if _is_leaf(target)}
    try:
        with VERSIONS.inside():
            for node in autograd.nodes:
                handles.append(node.register_hook(_noting(node, runs)))
            for leaf in leaves:
                handles.append(leaf.register_prehook(_noting_leaf(leaf, runs)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _is_leaf(target: Any) -> bool:
    return target is not None and is_leaf(target)


def _noting(node: Any, runs: list[Run]) -> Any:
    def note(handed: tuple[Any, ...], given: tuple[Any, ...]) -> None:
        runs.append(Run(node, _copies(given), _copies(handed)))

    return note


def _noting_leaf(leaf: Any, runs: list[Run]) -> Any:
    def note(given: tuple[Any, ...]) -> None:
        runs.append(Run(leaf, _copies(given), ()))

    return note


def _copies(tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(None if tensor is None else tensor.detach().clone() for tensor in tensors)
