"""Libraries that are imported when something of them is first used, and not before, and which versions will do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from tracer.errors import MissingDependencyError, SourceError
from tracer.telling import shown

_NUMBERS: Final = re.compile(r"\d+")


EXTRAS: Final = ("torch", "jax")
"""The libraries that this package has an extra for, of the same name."""


def install(extra: str) -> str:
    """The command that installs an extra."""
    return f'pip install "backprop-tracer[{extra}]"'


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
                    f"imported: {install(self._extra)}"
                ) from error
        return getattr(self._module, attribute)


@dataclass(frozen=True, slots=True)
class Versions:
    """Which versions of a library can be traced.

    Newer versions than those that were tested are tried: what is shown is compared with what the library itself
    computes, so that in the worst case there is one clear error, and nothing wrong is ever shown.

    Attributes:
        library: the library.
        name: what people call it.
        oldest: the first version that can be traced.
        newest: the last version that was tested.
    """

    library: Framework
    name: str
    oldest: tuple[int, int]
    newest: tuple[int, int]

    def check(self) -> None:
        """Make sure that the version is not too old.

        Raises:
            SourceError: it is.
            MissingDependencyError: there is no such library.
        """
        if release(self.library.__version__) < self.oldest:
            oldest = ".".join(map(str, self.oldest))
            raise SourceError(
                f"{self.name} {self.library.__version__} is too old to be traced; {oldest} or later is needed"
            )

    @property
    def tested(self) -> bool:
        """Whether the version is one of those that were tested."""
        return release(self.library.__version__) <= self.newest

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Around our own use of what a library may change from one version to the next.

        Raises:
            SourceError: a version that was not tested lacks something.
        """
        try:
            yield
        except (AttributeError, ImportError, TypeError) as error:
            if self.tested:
                raise
            raise self.unknown(shown(str(error), 200)) from error

    def unknown(self, why: str) -> SourceError:
        """The error that says that this version works in another way than those that are known."""
        oldest, newest = (".".join(map(str, version)) for version in (self.oldest, self.newest))
        known = oldest if oldest == newest else f"{oldest} to {newest}"
        return SourceError(
            f"{self.name} {self.library.__version__} cannot be traced: {why}. Known to be traced right: {known}"
        )


def release(version: str) -> tuple[int, int]:
    """The first two numbers of a version.

    >>> release("2.13.0+cpu"), release("2.15rc1"), release("3")
    ((2, 13), (2, 15), (3, 0))
    """
    major, minor = (*_NUMBERS.findall(version), "0", "0")[:2]
    return int(major), int(minor)
