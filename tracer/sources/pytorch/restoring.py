"""Puts back what a run of the user's function changes besides: random numbers drawn, running statistics, modes."""

from __future__ import annotations

import random
import sys
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
    drawn = random_states()
    try:
        yield
    finally:
        set_random_states(drawn)
        for module, name, tensor, held in buffers:
            module._buffers[name] = tensor
            if not torch.equal(tensor, held):
                tensor.data.copy_(held)
        for module, mode in modes:
            module.training = mode


def all_modules(roots: Iterable[Any]) -> list[Any]:
    """Modules with all that are inside them, each once."""
    return list({id(module): module for root in roots for module in root.modules()}.values())


def random_states() -> dict[str, Any]:
    """Where random numbers stand: Python's, PyTorch's, and NumPy's if somebody has imported that.

    PyTorch has those of the processor, and of each graphics card if these are in use.
    """
    states = {"python": random.getstate(), "torch": torch.get_rng_state()}
    if torch.cuda.is_initialized():
        states["cuda"] = torch.cuda.get_rng_state_all()
    if (numpy := sys.modules.get("numpy")) is not None:
        states["numpy"] = numpy.random.get_state()
    return states


def set_random_states(states: dict[str, Any]) -> None:
    """Put random numbers back to where they stood."""
    random.setstate(states["python"])
    torch.set_rng_state(states["torch"])
    if "cuda" in states:
        torch.cuda.set_rng_state_all(states["cuda"])
    if "numpy" in states:
        sys.modules["numpy"].random.set_state(states["numpy"])
