"""What a function computes with besides its arguments, as it was when it was traced, so that it can run again.

That is where the random numbers stand, and whether modules are being trained. Whatever a run changes is put back
afterwards: tensors that existed before, gradients, attributes of modules, random numbers. What the function prints has
been printed already, and is not printed again.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from typing import Any

from tracer.sources.pytorch.careful import Kept
from tracer.sources.pytorch.library import torch
from tracer.sources.pytorch.restoring import all_modules, random_states, set_random_states


class Surroundings:
    """What there is around a function at the moment.

    Args:
        modules: the modules that the function may use.
    """

    def __init__(self, modules: Iterable[Any]) -> None:
        self._modules = all_modules(modules)
        self._training = [module.training for module in self._modules]
        self._random = random_states()

    @contextmanager
    def again(self) -> Iterator[Kept]:
        """The same surroundings once more, and afterwards everything as it was before."""
        kept = Kept()
        with ExitStack() as stack:
            stack.callback(set_random_states, random_states())
            for module in self._modules:
                stack.callback(_put_back, module, dict(vars(module)), _tables(module))
                for tensor in module.buffers(recurse=False):
                    kept.keep(tensor)
            stack.callback(kept.put_back)
            for module, training in zip(self._modules, self._training, strict=True):
                module.training = training
            set_random_states(self._random)
            stack.enter_context(torch.enable_grad())
            stack.enter_context(redirect_stdout(io.StringIO()))
            yield kept


def _tables(module: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The dictionaries in which a module keeps what belongs to it, each with a copy."""
    return [(table, dict(table)) for table in (module._parameters, module._buffers, module._modules)]


def _put_back(module: Any, attributes: dict[str, Any], tables: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    for table, before in tables:
        if table != before or list(table) != list(before):
            table.clear()
            table.update(before)
    vars(module).clear()
    vars(module).update(attributes)
