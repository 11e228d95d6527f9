"""Puts back what a run of the user's function changes besides: random numbers drawn, running statistics, modes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from tracer.sources.pytorch.library import torch


@contextmanager
def put_back(roots: Iterable[Any]) -> Iterator[None]:
    """Afterwards the generators of random numbers are where they were, and modules have their old buffers and modes.

    So tracing a training step does not count as one: dropout draws the same afterwards, batch norm knows nothing of it.

    Args:
        roots: modules, with all that are inside them.
    """
    modules = list({id(module): module for root in roots for module in root.modules()}.values())
    modes = [(module, module.training) for module in modules]
    buffers = [
        (module, name, tensor, tensor.detach().clone())
        for module in modules
        for name, tensor in module._buffers.items()
        if tensor is not None
    ]
    drawn = torch.get_rng_state()
    drawn_there = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    try:
        yield
    finally:
        torch.set_rng_state(drawn)
        if drawn_there:
            torch.cuda.set_rng_state_all(drawn_there)
        for module, name, tensor, held in buffers:
            module._buffers[name] = tensor
            if not torch.equal(tensor, held):
                tensor.data.copy_(held)
        for module, mode in modes:
            module.training = mode
