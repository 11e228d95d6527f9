"""In which module an op runs: the path of the innermost module whose forward() is on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tracer.sources.pytorch.library import torch


class Scopes:
    """Paths of modules: "encoder/layers/0".

    Args:
        roots: modules with the names by which the user knows them; "" adds nothing to the paths inside.
    """

    def __init__(self, roots: list[tuple[str, Any]]) -> None:
        self._paths: dict[int, str] = {}
        self._open: list[str] = []
        for name, root in roots:
            for inner, module in root.named_modules():
                path = "/".join(filter(None, (name.replace(".", "/"), inner.replace(".", "/"))))
                self._paths.setdefault(id(module), path)

    @property
    def here(self) -> str:
        """The path of the module whose forward() is on, "" if none is."""
        return self._open[-1] if self._open else ""

    def of(self, module: Any) -> str:
        """The path of a module; for one that nobody named, its class's name inside whatever is on."""
        known = self._paths.get(id(module))
        if known is not None:
            return known
        return "/".join(filter(None, (self.here, type(module).__name__)))

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Follow modules as they are called."""

        def before(module: Any, args: Any) -> None:
            self._open.append(self.of(module))

        def after(module: Any, args: Any, result: Any) -> None:
            self._open.pop()

        hooks = torch.nn.modules.module
        handles = [hooks.register_module_forward_pre_hook(before)]
        handles.append(hooks.register_module_forward_hook(after, always_call=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()
