"""Variables of running code: which there are, and which of them may give names."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from inspect import CO_OPTIMIZED
from types import FrameType
from typing import Final

from tracer.sources.contents import is_library, is_name

Variables = Mapping[str, object]

_BREAKS: Final = sys.version_info[:2] == (3, 12)
_SELVES: Final = frozenset({"self", "cls"})
_HISTORY: Final = frozenset({"In", "Out"})
_INLINE: Final = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>"})


def is_variable(name: object) -> bool:
    """Whether a variable of that name may give names to Values."""
    return is_name(name) and name not in _HISTORY


def is_self(name: str) -> bool:
    """Whether a variable of that name is but another name for some object, or class, that a method belongs to."""
    return name in _SELVES


def locals_of(frame: FrameType) -> Variables:
    """The local variables of running code; those of a module are its globals.

    In Python 3.12 comprehensions in the body of a module or class break if their variables are asked for while the code
    is being watched, so there the module's globals are taken, and a class has none.
    """
    if _BREAKS and not frame.f_code.co_flags & CO_OPTIMIZED:
        return frame.f_globals if frame.f_code.co_name == "<module>" else {}
    return frame.f_locals


def variables_around(frame: FrameType) -> list[Variables]:
    """The variables that code running in `frame` can see, locals first; none if that code is no user's."""
    if is_library(frame.f_globals.get("__name__")):
        return []
    around: list[Variables] = []
    inner = frame
    while inner.f_code.co_name in _INLINE and inner.f_back is not None:  # up to Python 3.11 these have their own frames
        around.append(dict(inner.f_locals))
        inner = inner.f_back
    variables = locals_of(inner)
    if variables is not inner.f_globals:
        around.append(dict(variables))
    return [*around, inner.f_globals]
