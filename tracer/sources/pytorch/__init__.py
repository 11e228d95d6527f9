"""PyTorch as a source: any function that ends in one number.

The function runs once, under watch; then `backward()` runs, under watch too. The frames show what autograd handed on,
in the order in which it did, and their sums are the gradients, bit for bit: they are compared. Afterwards every
`.grad` and buffer is as it was, and so are the random numbers of PyTorch, Python and NumPy.

| module | what it does |
|---|---|
| `library` | PyTorch itself, its versions, its tensors as plain numbers |
| `names`, `scopes` | what tensors and modules are called, and in which module an op runs |
| `forward` | watches the forward pass |
| `autograd` | the graph that autograd has made, and which op made which node |
| `ops` | PyTorch's ops in our words |
| `nodes` | tells the graph as nodes |
| `locals` | local derivatives of ops that work entry by entry |
| `backward` | watches the backward pass |
| `restoring` | puts back what running the function has changed |
| `arrays`, `telling` | tell it as gradient assignments, with their rules |
| `experiment` | runs it again to check its gradients |
| `surroundings`, `careful` | what a run needs, and what is put back after it |
| `tape`, `replaying` | the forward pass in double precision, and with one tensor moved |
| `shaking` | how far rounding may have moved the gradients |
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tracer.errors import SourceError
from tracer.sources.closures import refuse_async, refuse_call, takes, variables_of
from tracer.sources.pytorch.autograd import Autograd
from tracer.sources.pytorch.backward import run_backward
from tracer.sources.pytorch.experiment import Experiment
from tracer.sources.pytorch.forward import Edge, Forward
from tracer.sources.pytorch.library import VERSIONS
from tracer.sources.pytorch.locals import local_derivatives
from tracer.sources.pytorch.names import Names, is_module, is_tensor
from tracer.sources.pytorch.nodes import Nodes
from tracer.sources.pytorch.restoring import put_back
from tracer.sources.pytorch.surroundings import Surroundings
from tracer.sources.pytorch.telling import Telling
from tracer.sources.reaching import holds, mentions, uses
from tracer.sources.sightings import Sightings, held
from tracer.sources.variables import Variables
from tracer.tracing import Trace

__all__ = ["trace", "traces"]


def traces(source: object, args: Sequence[object] = (), kwargs: Mapping[str, object] | None = None) -> bool:
    """Whether this is a source for `trace`: a tensor, a module, or a function that has to do with them.

    PyTorch is not imported for that. Where nobody has imported it, only a function that does so itself can be one.
    """
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return callable(source) and mentions("torch", source)
    kinds = (torch.Tensor, torch.nn.Module)
    if isinstance(source, kinds) or holds(kinds, [*args, *(kwargs or {}).values()]):
        return True
    return callable(source) and uses("torch", kinds, source)


def trace(
    source: object,
    args: Sequence[object] = (),
    kwargs: Mapping[str, object] | None = None,
    around: Sequence[Variables] = (),
) -> Trace:
    """Run a function of tensors and its backward pass, and return the frames.

    The gradients are in the frames; the `.grad` of the user's tensors is afterwards what it was before.

    Args:
        source: a function, or module, that returns one number.
        args: its arguments by position.
        kwargs: its arguments by name. `model`, unless the function takes an argument of that name, is for the tracer:
            the module whose parameters are called by their own names, "fc1.weight".
        around: variables that may hold tensors and modules, such as those of the caller.

    Raises:
        SourceError: this version of PyTorch cannot be traced, the function does not return one number, or that depends
            on nothing that requires a gradient.
        MissingDependencyError: there is no PyTorch.
    """
    VERSIONS.check()
    if not callable(source) or is_tensor(source):
        raise SourceError(
            "a tensor does not hold what it was computed from; trace the function that computes it: trace(fn, x, y)"
        )
    given = dict(kwargs or {})
    model = source if is_module(source) else given.get("model")
    if "model" in given and not takes(source, "model"):
        del given["model"]
    elif not is_module(model):  # an argument of the function's own that has nothing to do with us
        model = None
    if model is not None and not is_module(model):
        raise SourceError(f"model= takes a module, whose parameters have names, not a {type(model).__name__}")
    refuse_call(_asked(source), args, given)
    with VERSIONS.inside():
        names = Names(model, [*variables_of(_asked(source), args, given), *around])
        sightings, forward = Sightings(is_tensor), Forward(names.scopes)
        surroundings = Surroundings(names.modules)
    with put_back(names.modules):
        with names.scopes.followed(), forward.recording(), sightings.looking_on():
            loss = source(*args, **given)
        refuse_async(source, loss)
        forward.finish()
        names.add([*sightings.all, *held(sightings.around, is_tensor)])
        told = _told(loss, forward, names)
    told.experiment = lambda: Experiment(lambda: source(*args, **given), surroundings, told.graph)
    return told


def _asked(source: Any) -> Any:
    """Whom to ask for parameters: a module's own are those of its forward()."""
    return source.forward if is_module(source) else source


def _told(loss: Any, forward: Forward, names: Names) -> Trace:
    """The trace of the backward pass from what a function has returned."""
    _check(loss)
    with VERSIONS.inside():
        forward.value(loss)
        autograd = Autograd(loss, forward)
        nodes = Nodes(autograd, forward, names)
        telling = Telling(nodes, local_derivatives(nodes.ops.values()), autograd.has_earlier)
        in_graph = {id(leaf) for leaf in autograd.leaves}
        hidden = [edge.node for edge in forward.values if is_tensor(edge.node) and id(edge.node) not in in_graph]
    seen = run_backward(loss, autograd, hidden)
    with VERSIONS.inside():
        telling.tell(autograd.root, seen.runs)
        telling.compare(seen.gradients)
    for leaf in seen.unseen:
        nodes.book.remark(f"{nodes.name(Edge(leaf, 0))} got its gradient inside an op, where nobody can look")
    return nodes.book.trace(nodes.of_edge[autograd.root], "")


def _check(loss: Any) -> None:
    """Make sure that a backward pass can start from what a function has returned."""
    if not is_tensor(loss):
        raise SourceError(f"the function has to return a tensor with one number, but returned a {type(loss).__name__}")
    if loss.numel() != 1:
        shape = tuple(loss.shape)
        raise SourceError(f"the function has to return one number, but returned a tensor of the shape {shape}")
    if not loss.requires_grad:
        raise SourceError(
            "what the function returns depends on nothing that requires a gradient; give an input requires_grad=True, "
            "and look out for torch.no_grad(), .detach() and .item()"
        )
    if loss.grad_fn is None:
        raise SourceError("the function returns one of its inputs as it is, so there is nothing to trace")
