"""Names of tensors and modules: from the model, the arguments, and the variables that the function uses or makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tracer.sources.pytorch.forward import Edge, edge_of
from tracer.sources.pytorch.library import torch
from tracer.sources.pytorch.scopes import Scopes
from tracer.sources.sightings import Sighting, held
from tracer.sources.variables import Variables


class Names:
    """Who is called what.

    Args:
        model: the module whose parameters are known by their own names, if there is one.
        around: variables that may hold tensors and modules, the best first.

    Attributes:
        modules: the modules that were found.
        scopes: paths of modules.
    """

    def __init__(self, model: Any, around: Sequence[Variables]) -> None:
        found = held(around, is_named)
        # What is found is kept, so that its id stays its own.
        self._kept = list(found)
        modules = [("", _inner(model))] if model is not None else []
        modules += [(one.path, _inner(one.thing)) for one in found if isinstance(one.thing, torch.nn.Module)]
        self.modules = [module for _, module in modules]
        self.scopes = Scopes(modules)
        self._tensors: dict[int, str] = {}
        self._owners: dict[int, str] = {}
        for path, module in modules:
            self._take_in(path, module)
        for one in found:
            if isinstance(one.thing, torch.Tensor):
                self._tensors.setdefault(id(one.thing), one.path)
        self._edges: dict[Edge, str] = {}
        self.add(found)

    def add(self, seen: Iterable[Sighting]) -> None:
        """Take in the variables that tensors were seen in while the function ran."""
        for one in seen:
            if isinstance(one.thing, torch.Tensor):
                self._kept.append(one)
                edge = edge_of(one.thing)
                if edge is None or one.thing.grad_fn is None:
                    self._tensors.setdefault(id(one.thing), one.path)
                else:
                    self._edges.setdefault(edge, one.path)

    def of(self, edge: Edge) -> str:
        """The name of what hangs on an edge, "" if it has none."""
        return self._edges.get(edge, "") or self._tensors.get(id(edge.node), "")

    def of_constant(self, tensor: Any) -> str:
        """The name of a tensor that no gradient goes to, "" if it has none."""
        return self._tensors.get(id(tensor), "")

    def scope(self, tensor: Any) -> str:
        """The path of the module to which a parameter belongs, "" if to none."""
        return self._owners.get(id(tensor), "")

    def _take_in(self, path: str, module: Any) -> None:
        for inner, owner in module.named_modules():
            tensors = (*owner.named_parameters(recurse=False), *owner.named_buffers(recurse=False))
            for name, tensor in tensors:
                self._tensors.setdefault(id(tensor), ".".join(filter(None, (path, inner, name))))
                self._owners.setdefault(id(tensor), self.scopes.of(owner))


def _inner(module: Any) -> Any:
    """The module that a compiled one stands for."""
    return getattr(module, "_orig_mod", module)


def is_named(thing: object) -> bool:
    """Whether a thing is one that names are looked for."""
    return isinstance(thing, (torch.Tensor, torch.nn.Module))


def is_module(thing: object) -> bool:
    """Whether a thing is a module."""
    return isinstance(thing, torch.nn.Module)


def is_tensor(thing: object) -> bool:
    """Whether a thing is a tensor."""
    return isinstance(thing, torch.Tensor)
