"""Which of a program's global variables is the output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tracer.errors import SourceError
from tracer.telling import listed, shown, suggestion
from tracer.tracing import Trace
from tracer.value import Value

USUAL_NAMES: Final = ("L", "loss")


def check_name(name: str, source: str) -> None:
    """Refuse what cannot name a variable, such as `losses[2]`.

    Raises:
        SourceError: `name` is not a plain name.
    """
    if not name.isidentifier():
        raise SourceError(f"{source}:{shown(name)} names no variable; give the output a plain name there, such as L")


def is_traceable(thing: object) -> bool:
    """Whether it is something to trace: a Value, a value of somebody else's engine, or a function; or a Trace."""
    if isinstance(thing, (Value, Trace)) or (callable(thing) and not isinstance(thing, type)):
        return True
    from tracer.sources import micrograd  # only now, because most people never need it

    return micrograd.traces(thing)


def named_output(variables: Mapping[str, Any], name: str, source: str) -> Any:
    """The variable that was asked for.

    Args:
        variables: the program's global variables.
        name: the one to return.
        source: the program's name, for messages.

    Raises:
        SourceError: there is no such variable, or it is nothing that can be traced.
    """
    if name not in variables:
        raise SourceError(f"{source} has no variable {name}; {_known(variables, name)}")
    found = variables[name]
    if not is_traceable(found):
        raise SourceError(f"{name} in {source} is a {type(found).__name__}, not a Value")
    return found


def usual_output(variables: Mapping[str, Any]) -> Any:
    """The variable called L or loss, if it is something to trace; None if there is none."""
    found = (variables[name] for name in USUAL_NAMES if is_traceable(variables.get(name)))
    return next(found, None)


def only_output(values: Mapping[str, Value], source: str) -> Value:
    """The one Value that no other was computed from; the one called L or loss if there are several.

    Args:
        values: the program's global Values by name; names that start with _ do not count.
        source: the program's name, for messages.

    Raises:
        SourceError: there is none, or it is not clear which one is meant.
    """
    names: dict[Value, list[str]] = {}
    for name, value in values.items():
        if not name.startswith("_"):
            names.setdefault(value, []).append(name)
    if not names:
        raise SourceError(f"{source} ends without a Value in a variable; give the output a name, such as L")
    last = _computed_last(names)
    if len(last) == 1:
        return last[0]
    for usual in USUAL_NAMES:
        for value in last:
            if usual in names[value]:
                return value
    candidates = [names[value][0] for value in last]
    raise SourceError(
        f"{source} ends with {len(last)} outputs, {listed(candidates)}; name one: {source}:{candidates[0]}"
    )


def _computed_last(values: Iterable[Value]) -> list[Value]:
    """The values that no other one was computed from: results if there are any, else leaves."""
    last: list[Value] = []
    used: set[Value] = set()
    # What was made later was never used by what was made earlier, so each value is walked over once.
    for value in sorted(values, key=lambda value: value._born, reverse=True):
        if value not in used:
            last.append(value)
            waiting = [value]
            while waiting:
                fresh = [source for source in waiting.pop()._inputs if source not in used]
                used.update(fresh)
                waiting += fresh
    last.reverse()
    return [value for value in last if value._inputs] or last


def _known(variables: Mapping[str, Any], name: str) -> str:
    values = [key for key, value in variables.items() if isinstance(value, (Value, Trace))]
    return suggestion(name, values, f"its values are {listed(values)}" if values else "nor any other Value")
