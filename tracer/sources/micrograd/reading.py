"""Which op made a value, from which operands in which order: told by the value itself, and checked by computing it.

A micrograd-like class may say little: the symbol may be free text or missing, a set has lost the order of the operands
and that `a + a` has two, a power may keep its exponent in a closure only. So the op table is asked which of its ops
gives the value's number; an op of the table is only believed if it does.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from math import isclose, isfinite, log
from typing import Any, Final

from tracer.backward import natural
from tracer.ops import OPS, Op
from tracer.scalars import as_float, is_number
from tracer.sources.closures import closure_of
from tracer.sources.micrograd.objects import are_ordered, backward_of, inputs_of, label_of, number_of
from tracer.value import method_name

_OP_NAMES: Final = ("_op", "op", "_op_name", "op_name")
_LOCALS: Final = ("_local_grads", "local_grads", "_local_gradients", "_grads_local")
_POWER: Final = re.compile(r"(?:\*\*|\^|pow)[\s(]*(-?[\d.]+(?:e[+-]?\d+)?)\)?", re.IGNORECASE)

Operand = object
"""A value, or a plain float for a literal that the class keeps to itself."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a value was made.

    Attributes:
        op: name in the op table if that computes the value; otherwise what the class calls it.
        operands: what it was made from, in order, with duplicates; floats are literals.
        known: whether the op is the op table's.
        doubtful: whether the class calls the op as the op table does, but the table's gives another number.
    """

    op: str
    operands: tuple[Operand, ...]
    known: bool
    doubtful: bool = False

    @property
    def values(self) -> tuple[object, ...]:
        """The operands that are values."""
        return tuple(operand for operand in self.operands if not isinstance(operand, float))


def read(value: object) -> Reading:
    """How a value was made; a leaf has neither op nor operands."""
    held = inputs_of(value)
    if not held:
        return Reading("", (), known=False)
    said = _said(value)
    in_closure = _in_closure(value, held)
    certain = are_ordered(value) or bool(in_closure)
    ordered = held if are_ordered(value) else in_closure or tuple(sorted(held, key=_tie))
    numbers = _exponent(said) or _closure_numbers(value)
    candidates = _candidates(said, value)
    fits = list(_fits(candidates, value, ordered, certain, numbers))
    if not said:
        fits = _only_one(fits, value)
    if fits:
        op, operands = fits[0]
        return Reading(op.name, operands, known=True)
    return Reading(_other_name(said), ordered, known=False, doubtful=bool(said and candidates))


def operand_number(operand: Operand) -> float:
    """The number of an operand."""
    return operand if isinstance(operand, float) else number_of(operand)


def local_gradients(value: object) -> tuple[float, ...]:
    """The local derivatives that a value keeps beside its inputs, where its class works that way."""
    for name in _LOCALS:
        held = getattr(value, name, None)
        if isinstance(held, (tuple, list)) and all(map(is_number, held)):
            return tuple(map(as_float, held))
    return ()


def _said(value: object) -> str:
    """What the class calls the op: its `_op`, or the method in which its `_backward` was defined; "" if neither."""
    for name in _OP_NAMES:
        given = getattr(value, name, None)
        if isinstance(given, str) and given:
            return given
    return _made_in(backward_of(value))


def _made_in(function: Any) -> str:
    """The name of the function or method in which a closure was defined."""
    path = str(getattr(function, "__qualname__", "")).split(".<locals>")
    return path[0].rsplit(".", 1)[-1] if len(path) > 1 else ""


def _candidates(said: str, value: object) -> list[Op]:
    """The ops of the table that may be meant; where nothing was said, all for which the class has a method."""
    if not said:
        return [op for op in OPS.values() if hasattr(type(value), method_name(op))]
    if _POWER.fullmatch(said):
        return [OPS["pow"]]
    word = said.casefold()
    return [op for op in OPS.values() if word in (op.name, op.symbol, op.glyph, method_name(op))]


def _fits(
    ops: Iterable[Op], value: object, ordered: tuple[object, ...], certain: bool, numbers: Sequence[float]
) -> Iterator[tuple[Op, tuple[Operand, ...]]]:
    """The ops, with operands in an order, that give the value's number."""
    result = number_of(value)
    for op in ops:
        for operands in _arrangements(op, ordered, certain, [*numbers, *_solved(op, value, ordered)]):
            if same(op.forward(*map(operand_number, operands)), result):
                yield op, operands
                break


def _arrangements(
    op: Op, ordered: tuple[object, ...], certain: bool, numbers: Sequence[float]
) -> Iterator[tuple[Operand, ...]]:
    """The ways in which an op may have read the values: as they are, turned round, with a literal, one twice."""
    if len(ordered) == op.arity:
        yield from [ordered] if certain else permutations(ordered)
    elif len(ordered) == 1 and op.arity == 2:
        for number in numbers:
            yield (*ordered, number)
            yield (number, *ordered)
        if not certain:
            yield ordered * 2


def _solved(op: Op, value: object, ordered: tuple[object, ...]) -> list[float]:
    """The exponent that a class keeps nowhere, from the number that came out."""
    if op.name != "pow" or len(ordered) != 1:
        return []
    base, result = number_of(ordered[0]), number_of(value)
    found = []
    for local in local_gradients(value)[:1]:
        if isfinite(base) and isfinite(result) and result:
            found.append(local * base / result)
    if base > 0 and result > 0 and isfinite(result) and base != 1:
        found.append(log(result) / log(base))
    return [rounded for number in found if isfinite(number) and (rounded := round(number, 6)) not in (0.0, 1.0)]


def _only_one(fits: list[tuple[Op, tuple[Operand, ...]]], value: object) -> list[tuple[Op, tuple[Operand, ...]]]:
    """Of ops that were not named but give the right number, the one that also gives the right derivatives, if only one.

    A wrong name is worse than none.
    """
    locals_ = local_gradients(value)
    result = number_of(value)

    def agrees(op: Op, operands: tuple[Operand, ...]) -> bool:
        derivatives = op.local_derivatives([operand_number(operand) for operand in operands], result)
        return all(same(one, other) for one, other in zip(derivatives, locals_, strict=False))

    agreeing = [fit for fit in fits if agrees(*fit)]
    whole = [fit for fit in agreeing if not any(isinstance(operand, float) for operand in fit[1])]
    best = whole or agreeing
    return best if len(best) == 1 else []


def _other_name(said: str) -> str:
    """A name for an op that is not the table's: the class's own, with a mark if the table means another thing by it."""
    name = said or "op"
    return f"{name}′" if name in OPS else name


def _in_closure(value: object, held: tuple[object, ...]) -> tuple[object, ...]:
    """The operands as the closure of the value's `_backward` has them, duplicates included; () if it has not all."""
    function = backward_of(value)
    found: list[object] = []
    for content in _contents(function, _made_by(function, value)):
        items = content if isinstance(content, (tuple, list)) else (content,)
        found += [item for item in items if any(item is one for one in held)]
    return tuple(found) if {id(item) for item in found} == {id(item) for item in held} else ()


def _closure_numbers(value: object) -> list[float]:
    return [as_float(content) for content in _contents(backward_of(value), None) if is_number(content)]


def _contents(function: Any, maker: Any) -> list[object]:
    """What the closure of a function holds, in the order of the arguments of the function that made it."""
    held = closure_of(function)
    code = getattr(maker, "__code__", None)
    arguments = code.co_varnames[: code.co_argcount] if code is not None else ("self",)
    first = [name for name in arguments if name in held]
    return [held[name] for name in (*first, *(name for name in held if name not in first))]


def _made_by(function: Any, value: object) -> Any:
    """The method in which a closure was defined, if the value's class still has it."""
    kind: type = type(value)
    return _method(kind, _made_in(function)) if function is not None else None


@lru_cache(maxsize=256)
def _method(kind: type, name: str) -> Any:
    return inspect.getattr_static(kind, name, None)


def _exponent(said: str) -> list[float]:
    """The exponent in a symbol such as `**3`."""
    found = _POWER.fullmatch(said)
    try:
        return [float(found[1])] if found else []
    except ValueError:  # `**1.2.3`
        return []


def _tie(value: object) -> tuple[list[str | int], float]:
    """An order for operands that nobody kept in order, the same in every run."""
    return natural(label_of(value)), number_of(value)


def same(one: float, other: float) -> bool:
    """Whether two numbers differ by no more than rounding; NaN is the same as NaN."""
    return isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or (one != one and other != other)
