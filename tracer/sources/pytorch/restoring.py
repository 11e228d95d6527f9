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
    modules = all_modules(roots)
    modes = [(module, module.training) for module in modules]
    buffers = [
        (module, name, tensor, tensor.detach().clone())
        for module in modules
        for name, tensor in module._buffers.items()
        if tensor is not None
    ]
    drawn = torch_random_states()
    try:
        yield
    finally:
        set_torch_random_states(drawn)
        for module, name, tensor, held in buffers:
            module._buffers[name] = tensor
            if not torch.equal(tensor, held):
                tensor.data.copy_(held)
        for module, mode in modes:
            module.training = mode


def all_modules(roots: Iterable[Any]) -> list[Any]:
    """Modules with all that are inside them, each once."""
    return list({id(module): module for root in roots for module in root.modules()}.values())


def torch_random_states() -> tuple[Any, list[Any]]:
    """Where PyTorch's random numbers stand: those of the processor, and of each graphics card if these are in use."""
    return torch.get_rng_state(), torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []


def set_torch_random_states(states: tuple[Any, list[Any]]) -> None:
    """Put PyTorch's random numbers back to where they stood."""
    here, there = states
    torch.set_rng_state(here)
    if there:
        torch.cuda.set_rng_state_all(there)
