"""An expression as instructions for a machine with a stack.

    e = a*b; L = e + 2      e: read a, read b, apply mul
                            L: read e, put 2, apply add

The text is never run as Python. `ast` only says what binds to what, so that precedence is Python's own, and of the
syntax tree only what the op table writes is taken. Nothing here recurses, and `statements.py` limits what `ast` is
given, so that no text can exhaust the stack.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from tracer import formulas
from tracer.ops import OPS, Op
from tracer.sources.expression import refusals
from tracer.sources.expression.tokens import Place, Token
from tracer.sources.expression.vocabulary import FUNCTIONS


class Put(NamedTuple):
    """Put a number on the stack."""

    number: float
    place: Place


class Read(NamedTuple):
    """Put the value that has this name on the stack."""

    name: str
    place: Place


class Apply(NamedTuple):
    """Take as many values as the op has operands from the stack and put its result there."""

    op: Op
    place: Place


Instruction = Put | Read | Apply


def _written() -> Iterator[tuple[type[ast.AST], Op]]:
    for op in OPS.values():
        match formulas.read(op.written):
            case ast.BinOp(op=sign) | ast.UnaryOp(op=sign):
                yield type(sign), op


# The ops that are written with a sign, by what `ast` calls it.
_WRITTEN: Final = MappingProxyType(dict(_written()))


def instructions(body: Sequence[Token]) -> tuple[Instruction, ...]:
    """The instructions for tokens that stand in an order that makes sense."""
    # The tokens are written anew for `ast`, on one line and with canonical numbers, and found again by their offset.
    pieces = [repr(token.number) if token.kind == "number" else token.text for token in body]
    places: dict[int, Place] = {}
    offset = 0
    for token, piece in zip(body, pieces, strict=True):
        places[offset] = token.place
        offset += len(piece.encode()) + 1
    tree = ast.parse(" ".join(pieces), mode="eval").body
    return tuple(_instruction(node, places[node.col_offset]) for node in _operands_first(tree) if not _is_plus(node))


def _operands_first(tree: ast.expr) -> Iterator[ast.expr]:
    """The nodes of a syntax tree in the order of computing: operands from left to right, then their op."""
    found: list[ast.expr] = []
    waiting = [tree]
    while waiting:  # an op, then its last operand, ..., then its first: the wanted order backwards
        node = waiting.pop()
        found.append(node)
        match node:
            case ast.UnaryOp(operand=operand):
                waiting.append(operand)
            case ast.BinOp(left=left, right=right):
                waiting += [left, right]
            case ast.Call(args=operands):
                waiting += operands
    return reversed(found)


def _is_plus(node: ast.expr) -> bool:
    """Whether it is a plus before a value, which changes nothing."""
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd)


def _instruction(node: ast.expr, place: Place) -> Instruction:
    """What to do at one node of the syntax tree. There is nothing that can be written besides what is listed here."""
    match node:
        case ast.Constant(value=float() as number):
            return Put(number, place)
        case ast.Name(id=name):
            return _read(name, place)
        case ast.BinOp(op=sign) | ast.UnaryOp(op=sign):
            return Apply(_WRITTEN[type(sign)], place)
        case ast.Call(func=ast.Name(id=name), args=operands):
            return _call(name, len(operands), place)
    raise AssertionError(f"the order of the tokens allows no {type(node).__name__}")


def _read(name: str, place: Place) -> Read:
    if name in FUNCTIONS:
        raise place.error(f"{name} is a function; write {name}(...)")
    return Read(name, place)


def _call(name: str, count: int, place: Place) -> Apply:
    op = FUNCTIONS.get(name)
    if op is None:
        raise place.error(refusals.of_function(name))
    if count != op.arity:
        raise place.error(f"{name} takes {op.arity} value{'s' * (op.arity > 1)}, but is given {count}")
    return Apply(op, place)
