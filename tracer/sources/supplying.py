"""What a script's function is called with: the script's own variables that have the names of its parameters.

    w, x = torch.randn(3, requires_grad=True), torch.ones(3)

    def loss(w, x): ...

So `tracer render model.py:loss -o loss.html` needs no more to be said. A parameter that has a default keeps it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from inspect import Parameter
from typing import Any, Final

from tracer.errors import SourceError
from tracer.sources.calling import function_name
from tracer.telling import listed

_BY_NAME: Final = Parameter.KEYWORD_ONLY
_ANY_NUMBER: Final = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def supplied(
    function: Callable[..., object], variables: Mapping[str, Any], source: str
) -> tuple[list[object], dict[str, object]]:
    """The arguments for a function, by position and by name.

    Args:
        function: what is to be called.
        variables: the script's global variables.
        source: the script's name, for messages.

    Raises:
        SourceError: no variable has the name of a parameter that needs an argument.
    """
    needed = [parameter for parameter in _parameters(function) if parameter.default is Parameter.empty]
    missing = [parameter.name for parameter in needed if parameter.name not in variables]
    if missing:
        raise SourceError(
            f"{function_name(function)} takes {listed(missing)}, and {source} has no variable of that name; "
            "give it one, or trace the function there and name the trace: t = trace(...)"
        )
    by_name = {parameter.name: variables[parameter.name] for parameter in needed if parameter.kind is _BY_NAME}
    return [variables[parameter.name] for parameter in needed if parameter.kind is not _BY_NAME], by_name


def _parameters(function: Callable[..., object]) -> list[Parameter]:
    """A function's parameters but for `*args` and `**kwargs`, which may stay empty; none where nobody knows them."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some that are written in C
        return []
    return [parameter for parameter in parameters if parameter.kind not in _ANY_NUMBER]
