"""Which of a program's global variables is the output, and what its functions are called with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType
from typing import Any, Final

from tracer.errors import SourceError
from tracer.sources import micrograd
from tracer.sources.micrograd.objects import everything_behind, inputs_of, is_engine
from tracer.telling import listed, shown, suggestion
from tracer.tracing import Trace
from tracer.value import Value

USUAL_NAMES: Final = ("L", "loss")
MODULE: Final = "__script__"
"""What a file is called while its main program is left out. Its own name could be that of another module."""


def check_name(name: str, source: str) -> None:
    """Refuse what cannot name a variable, such as `losses[2]`.

    Raises:
        SourceError: `name` is not a plain name.
    """
    if not name.isidentifier():
        raise SourceError(f"{source}:{shown(name)} names no variable; give the output a plain name there, such as L")


def is_value(thing: object) -> bool:
    """Whether a thing is a Value, or one of somebody else's engine."""
    return isinstance(thing, Value) or (is_engine(type(thing)) and micrograd.traces(thing))


def named_output(variables: Mapping[str, Any], name: str, source: str) -> Any:
    """The variable that was asked for: a Value, somebody else's value, a Trace, or a function.

    Args:
        variables: the program's global variables.
        name: the one to return.
        source: the program's name, for messages.

    Raises:
        SourceError: there is no such variable, or it is nothing of the kind.
    """
    if name not in variables:
        raise SourceError(f"{source} has no variable {name}; {_known(variables, name)}")
    found = variables[name]
    if not (isinstance(found, Trace) or is_value(found) or (callable(found) and not isinstance(found, type))):
        raise SourceError(f"{name} in {source} is a {type(found).__name__}, not a Value")
    return found


def has_output(variables: Mapping[str, Any]) -> bool:
    """Whether a program has computed something to trace, or has a function loss()."""
    for name, thing in variables.items():
        if name.startswith("_"):
            continue
        if isinstance(thing, Trace) or (name in USUAL_NAMES and callable(thing)):
            return True
        if is_value(thing) and (thing._inputs if isinstance(thing, Value) else inputs_of(thing)):
            return True
    return False


def the_output(variables: Mapping[str, Any], source: str) -> Any:
    """What a program ends with: a value that no other was computed from, or else a Trace, or else its function loss().

    Of several it is the one called L or loss. Gradients that the program assigned by hand and recorded come first.

    Args:
        variables: the program's global variables; names that start with _ do not count.
        source: the program's name, for messages.

    Raises:
        SourceError: there is none, or it is not clear which one is meant.
    """
    public = {name: thing for name, thing in variables.items() if not name.startswith("_")}
    values = _named(public, lambda thing: isinstance(thing, Value))
    others = {} if values else _named(public, is_value)
    traces = _named(public, lambda thing: isinstance(thing, Trace))
    by_hand = _named(public, lambda thing: isinstance(thing, Trace) and any(frame.verdict for frame in thing.frames))
    for found, last in ((by_hand, list), (values, _computed_last), (others, _others_computed_last), (traces, list)):
        if found:
            return _only(last([public[names[0]] for names in found.values()]), found, source)
    for usual in USUAL_NAMES:
        if callable(public.get(usual)):
            return public[usual]
    functions = _functions(public)
    otherwise = f", or name a function: {source}:{functions[0]}" if functions else ""
    raise SourceError(f"{source} ends without a Value in a variable; give the output a name, such as L{otherwise}")


def arguments_for(
    function: Callable[..., object], variables: Mapping[str, Any], inputs: Mapping[str, float], source: str
) -> dict[str, Any]:
    """What a program's function is called with: inputs, and the program's variables of the same names.

    Args:
        function: the function.
        variables: the program's global variables.
        inputs: numbers by parameter.
        source: the function's name, for messages.

    Raises:
        SourceError: there is nothing for a parameter that needs something, or no parameter for an input, or it has to
            be a whole number and is none.
    """
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # it does not tell
        return dict(inputs)
    takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    named = [one for one in parameters.values() if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    unknown = [name for name in inputs if not takes_any and name not in {one.name for one in named}]
    if unknown:
        raise SourceError(f"{source} has no parameter {shown(unknown[0])}")
    given = {one.name: variables[one.name] for one in named if one.name in variables and one.default is one.empty}
    given |= {name: _fitting(number, parameters.get(name), source) for name, number in inputs.items()}
    missing = [one.name for one in named if one.name not in given and one.default is one.empty]
    if missing:
        example = " ".join(f"{name}=1.0" for name in missing)
        raise SourceError(
            f"{source} needs {listed(missing)}: give numbers behind it, {shown(example)}, or let the file have "
            f"{'variables of these names' if len(missing) > 1 else 'a variable of this name'}"
        )
    return given


def _fitting(number: float, parameter: inspect.Parameter | None, source: str) -> float:
    """A number as a parameter wants it: one that is annotated as int or bool is given such a one."""
    kind = None if parameter is None else {"int": int, "bool": bool}.get(parameter.annotation, parameter.annotation)
    if parameter is None or kind not in (int, bool):
        return number
    if not number.is_integer():
        raise SourceError(f"{source} wants a whole number for {parameter.name}, not {number:g}")
    return int(number) if kind is int else bool(number)


def _named(variables: Mapping[str, Any], wanted: Callable[[object], bool]) -> dict[int, list[str]]:
    """For each wanted thing, by id, the names of the variables that hold it."""
    names: dict[int, list[str]] = {}
    for name, thing in variables.items():
        if wanted(thing):
            names.setdefault(id(thing), []).append(name)
    return names


def _only(last: Sequence[object], names: Mapping[int, list[str]], source: str) -> object:
    if len(last) == 1:
        return last[0]
    for usual in USUAL_NAMES:
        for thing in last:
            if usual in names[id(thing)]:
                return thing
    candidates = [names[id(thing)][0] for thing in last]
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


def _others_computed_last(values: Sequence[object]) -> list[object]:
    """The same for values of somebody else's engine."""
    used = {id(source) for value in values for source in everything_behind(value) if source is not value}
    last = [value for value in values if id(value) not in used]
    return [value for value in last if inputs_of(value)] or last


def _known(variables: Mapping[str, Any], name: str) -> str:
    values = [key for key, thing in variables.items() if isinstance(thing, Trace) or is_value(thing)]
    values += _functions(variables)
    return suggestion(name, values, f"its values are {listed(values)}" if values else "nor any other Value")


def _functions(variables: Mapping[str, Any]) -> list[str]:
    """The names of the functions that a program has defined itself."""
    return [name for name, thing in variables.items() if isinstance(thing, FunctionType) and _is_its_own(thing)]


def _is_its_own(function: FunctionType) -> bool:
    return function.__module__ in ("__main__", MODULE) and not function.__name__.startswith("_")
