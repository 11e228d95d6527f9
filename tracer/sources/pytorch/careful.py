"""A forward pass that is watched and leaves no trace: what it changes of what was there before is put back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tracer.sources.pytorch.forward import Forward, by_name, flat
from tracer.sources.pytorch.library import torch
from tracer.sources.pytorch.scopes import Scopes


class Kept:
    """Tensors as they were, and the gradients of leaves, and where generators of random numbers stood."""

    def __init__(self) -> None:
        self._tensors: dict[int, tuple[Any, Any, int]] = {}
        self._gradients: dict[int, tuple[Any, Any]] = {}
        self._generators: dict[int, tuple[Any, Any]] = {}

    def keep(self, tensor: Any) -> None:
        """Keep what a tensor holds, unless that has been done."""
        if id(tensor) not in self._tensors and not tensor.is_inference():
            self._tensors[id(tensor)] = tensor, tensor.detach().clone(), int(tensor._version)

    def keep_leaf(self, tensor: Any) -> None:
        """Keep what a leaf holds, and its gradient."""
        self.keep(tensor)
        self._gradients.setdefault(id(tensor), (tensor, tensor.grad))

    def keep_generator(self, generator: Any) -> None:
        """Keep where a generator of random numbers stands."""
        self._generators.setdefault(id(generator), (generator, generator.get_state()))

    def put_back(self) -> None:
        """Put everything back, what was kept last first."""
        with torch.no_grad():
            for tensor, before, version in reversed(self._tensors.values()):
                if int(tensor._version) != version or not _same(tensor, before):
                    tensor.detach().copy_(before)
                    torch._C._autograd._unsafe_set_version_counter((tensor,), (version,))
        for tensor, gradient in self._gradients.values():
            tensor.grad = gradient
        for generator, state in self._generators.values():
            generator.set_state(state)


class Careful(Forward):
    """Watches a forward pass, and keeps what it is about to change.

    Args:
        kept: where that is kept.
    """

    def __init__(self, kept: Kept) -> None:
        super().__init__(Scopes([]))
        self._kept_before = kept

    def _dispatched(self, op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for tensor in written_by(op, args, kwargs):
            self._kept_before.keep(tensor)
        for arg in flat(args, kwargs):
            if isinstance(arg, torch.Generator):
                self._kept_before.keep_generator(arg)
        return super()._dispatched(op, args, kwargs)


def written_by(op: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
    """The tensors that an op changes in place."""
    if not op._schema.is_mutable:
        return []
    named = by_name(op, args, kwargs)
    found: list[Any] = []
    for argument in op._schema.arguments:
        if argument.alias_info is not None and argument.alias_info.is_write and argument.name in named:
            found += [item for item in flat((named[argument.name],), {}) if isinstance(item, torch.Tensor)]
    return found


def name_of(op: Any) -> str:
    """What PyTorch calls an op, without what tells its variants apart: "add_"."""
    return str(op.name()).partition("::")[2].partition(".")[0]


def keep_leaves(kept: Kept, tensors: Iterable[Any]) -> None:
    """Keep those of some tensors that are leaves."""
    for tensor in tensors:
        if tensor.is_leaf:
            kept.keep_leaf(tensor)


def _same(tensor: Any, before: Any) -> bool:
    return bool(((tensor.detach() == before) | (before != before)).all())
