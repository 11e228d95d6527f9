"""What a micrograd-like object is, by what it has: `.data`, `.grad`, `.backward()` and the values it was made from."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, Final

from tracer.errors import CycleError, NotANumberError, SourceError
from tracer.scalars import as_float
from tracer.telling import shown
from tracer.value import Value

# Where such classes keep the values that a value was made from, the function that hands its gradient on, and its name.
INPUTS: Final = ("_prev", "_children", "_parents", "_inputs", "prev", "children", "parents", "inputs")
_BACKWARDS: Final = ("_backward", "_backward_fn", "backward_fn")
_LABELS: Final = ("label", "_label", "name", "_name")
_MISSING: Final = object()
_MOST_KNOWN: Final = 1000
_KNOWN: Final[dict[int, tuple[type, bool]]] = {}


def is_value(thing: object) -> bool:
    """Whether something has a number and a gradient and says what it was made from."""
    if isinstance(thing, type):
        return False
    return hasattr(thing, "data") and hasattr(thing, "grad") and _inputs_held(thing) is not None


def is_traceable(thing: object) -> bool:
    """Whether something is such a value, with a `backward()` of its own."""
    return is_value(thing) and callable(getattr(thing, "backward", None))


def is_engine(kind: type) -> bool:
    """Whether a class looks like that of such values: it can be added and multiplied, and has a `backward()`."""
    # By id, because a metaclass can hash with the user's code; the class is kept, so that its id stays its own.
    known = _KNOWN.get(id(kind))
    if known is None:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        needed = (inspect.getattr_static(kind, name, None) for name in ("backward", "__add__", "__mul__"))
        known = _KNOWN[id(kind)] = kind, not issubclass(kind, Value) and all(map(callable, needed))
    return known[1]


def is_inside(frame: FrameType) -> bool:
    """Whether running code is a method of such a class, whose variables are no names for values."""
    code = frame.f_code
    kind: type = type(frame.f_locals.get(code.co_varnames[0])) if code.co_argcount else type(None)
    if not is_engine(kind):
        return False
    methods = (vars(base).get(code.co_name) for base in kind.__mro__)
    return any(getattr(method, "__code__", None) is code for method in methods)


def inputs_of(value: object) -> tuple[object, ...]:
    """The values that a value was made from, as it holds them: a set has lost their order and duplicates."""
    return tuple(item for item in _inputs_held(value) or () if is_value(item))


def are_ordered(value: object) -> bool:
    """Whether a value keeps what it was made from in order."""
    return isinstance(_inputs_held(value), (tuple, list))


def number_of(value: Any) -> float:
    """The number that a value holds.

    Raises:
        SourceError: it is not one real number.
    """
    try:
        return as_float(value.data)
    except NotANumberError as error:
        kind, held = type(value).__name__, shown(type(value.data).__name__)
        raise SourceError(f"a {kind} with {held} data cannot be traced; its .data has to be one real number") from error


def label_of(value: object) -> str:
    """The name that a value was given, "" if none."""
    given = (getattr(value, name, None) for name in _LABELS)
    return next((label for label in given if isinstance(label, str) and label), "")


def backward_of(value: object) -> Any:
    """The function that hands the value's gradient on, None if it has none of its own."""
    return next((found for name in _BACKWARDS if callable(found := getattr(value, name, None))), None)


def in_order(output: object, operands: dict[int, tuple[object, ...]]) -> list[object]:
    """Everything that `output` was made from and itself, inputs first.

    Args:
        output: the last value.
        operands: for each value, by id, the values it was made from.

    Raises:
        CycleError: a value was made from itself.
    """
    order: list[object] = []
    done: set[int] = set()
    pending: list[tuple[object, Iterator[object]]] = [(output, iter(operands[id(output)]))]
    open_ids = {id(output)}
    while pending:
        value, rest = pending[-1]
        source = next((item for item in rest if id(item) not in done), None)
        if source is None:
            order.append(value)
            done.add(id(value))
            open_ids.discard(id(value))
            pending.pop()
        elif id(source) in open_ids:
            raise CycleError(f"{label_of(source) or 'a value'} was made from itself; a graph must not have circles")
        else:
            open_ids.add(id(source))
            pending.append((source, iter(operands[id(source)])))
    return order


def everything_behind(output: object) -> list[object]:
    """Everything that `output` was made from and itself, in no order that means anything."""
    found = {id(output): output}
    pending = [output]
    while pending:
        for source in inputs_of(pending.pop()):
            if id(source) not in found:
                found[id(source)] = source
                pending.append(source)
    return list(found.values())


def _inputs_held(value: object) -> Iterable[object] | None:
    """What a value keeps its inputs in; None if it has no such thing."""
    for name in INPUTS:
        held = getattr(value, name, _MISSING)
        if held is None:
            return ()
        if isinstance(held, (tuple, list, set, frozenset)):
            return held
    return None
