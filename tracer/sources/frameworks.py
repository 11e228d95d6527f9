"""Libraries that are imported when something of them is first used, and not before."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

from tracer.errors import MissingDependencyError


class Framework:
    """A library, standing in for its module until that is needed.

    Args:
        module: what to import.
        name: what people call it.
        extra: the extra of this package that installs it.
    """

    def __init__(self, module: str, name: str, extra: str) -> None:
        self._module_name, self._name, self._extra = module, name, extra
        self._module: ModuleType | None = None

    def __getattr__(self, attribute: str) -> Any:
        # What Python and its tools ask of any object is no use of the library.
        if attribute.startswith("__") and attribute != "__version__":
            raise AttributeError(f"{self._module_name} stands in for a module and has no {attribute}")
        if self._module is None:
            try:
                self._module = import_module(self._module_name)
            except ImportError as error:
                raise MissingDependencyError(
                    f"tracing {self._name} needs the package {self._module_name.partition('.')[0]}, which cannot be "
                    f'imported: pip install "backprop-tracer[{self._extra}]"'
                ) from error
        return getattr(self._module, attribute)


def release(version: str) -> tuple[int, int]:
    """The first two numbers of a version.

    >>> release("2.13.0+cpu")
    (2, 13)
    """
    major, minor = version.split(".")[:2]
    return int(major), int(minor)
