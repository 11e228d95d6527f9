"""The op table in JavaScript, for the web player.

The formulas of the table are the same ones that Python compiles: here their syntax trees are printed as JavaScript. So
an op that is added to the table is computed by the player too, without a word here. Numbers in JavaScript are floats
that never raise, and its `Math` has the functions of `ieee.py` under the same names. The one exception is the power
function, which `player/ieee.js` holds.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Collection
from typing import Final

from tracer import ieee
from tracer.formulas import read
from tracer.ops import OPERANDS, OPS, Local, Op

_CONSTANTS: Final = {"inf": "Infinity", "nan": "NaN"}
_FUNCTIONS: Final = {name: f"Math.{name}" for name in (*ieee.__all__, "abs")} | {"pow": "pow"}
_SIGNS: Final[dict[type[ast.AST], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Eq: "===",
    ast.NotEq: "!==",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.And: "&&",
    ast.Or: "||",
}

# How tightly JavaScript binds what is printed here; a looser piece inside a tighter one needs parentheses.
_CHOICE, _OR, _AND, _COMPARISON, _SUM, _PRODUCT, _SIGN, _ATOM = range(8)
_BINDING: Final[dict[type[ast.AST], int]] = {
    ast.Or: _OR,
    ast.And: _AND,
    ast.Add: _SUM,
    ast.Sub: _SUM,
    ast.Mult: _PRODUCT,
    ast.Div: _PRODUCT,
}


def to_javascript(formula: str) -> str:
    """A formula of the op table as a JavaScript expression.

    >>> to_javascript("0.0 if a <= 0 else b * a**(b - 1)")
    'a <= 0 ? 0.0 : b * pow(a, b - 1)'
    """
    return _text(read(formula))


def rules_module(names: Collection[str] = OPS) -> str:
    """The op table, or as much of it as a computation needs, as a JavaScript module.

    Args:
        names: the ops that are wanted; what is not in the table is left out.

    It exports `RULES`: for each op by name `forward(a, b)`, `locals`, a function `(a, b, y)` an operand, `cases`, a
    function `(a, b, y)` an operand that says which case of the local derivative holds (-1 for none), and for messages
    `written` and `domain`.
    """
    entries = "".join(f"{op.name}: {_entry(op)},\n" for op in OPS.values() if op.name in names)
    imports = 'import { pow } from "./ieee.js";\n\n' if "pow(" in entries else ""
    return f"{imports}export const RULES = {{\n{entries}}};\n"


def _entry(op: Op) -> str:
    operands = ", ".join(OPERANDS[: op.arity])
    locals_ = ", ".join(f"(a, b, y) => {_derivative(cases)}" for cases in op.locals)
    cases = ", ".join(f"(a, b, y) => {_number(cases)}" for cases in op.locals)
    return (
        f"{{\nforward: ({operands}) => {to_javascript(op.value)},\nlocals: [{locals_}],\ncases: [{cases}],\n"
        f"written: {json.dumps(op.written)},\ndomain: {json.dumps(op.domain)},\n}}"
    )


def _derivative(cases: Local) -> str:
    """A local derivative: the formula of the case that holds, NaN where none does."""
    return _chosen(cases, [_text(read(case.formula), _OR) for case in cases], "NaN")


def _number(cases: Local) -> str:
    """Which case of a local derivative holds, -1 where none does."""
    return _chosen(cases, [str(number) for number in range(len(cases))], "-1")


def _chosen(cases: Local, results: list[str], otherwise: str) -> str:
    """The result of the first case that holds."""
    source = otherwise
    for case, result in reversed(list(zip(cases, results, strict=True))):
        source = f"{_text(read(case.when), _OR)} ? {result} : {source}" if case.when else result
    return source


def _text(node: ast.expr, within: int = _CHOICE) -> str:
    """A syntax tree as JavaScript, in parentheses when it binds more loosely than `within`."""
    text, binding = _printed(node)
    return text if binding >= within else f"({text})"


def _printed(node: ast.expr) -> tuple[str, int]:
    match node:
        case ast.Constant(value=int() | float() as value):
            return repr(value), _ATOM
        case ast.Name(id=name):
            return _CONSTANTS.get(name, name), _ATOM
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_text(operand, _ATOM)}", _SIGN
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _called("pow", [left, right]), _ATOM
        case ast.BinOp(left=left, op=op, right=right):
            binding = _BINDING[type(op)]
            return f"{_text(left, binding)} {_SIGNS[type(op)]} {_text(right, binding + 1)}", binding
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{_text(left, _SUM)} {_SIGNS[type(op)]} {_text(right, _SUM)}", _COMPARISON
        case ast.BoolOp(op=op, values=values):
            binding = _BINDING[type(op)]
            return f" {_SIGNS[type(op)]} ".join(_text(value, binding) for value in values), binding
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return f"{_text(test, _OR)} ? {_text(body, _OR)} : {_text(orelse)}", _CHOICE
        case ast.Call(func=ast.Name(id=name), args=args):
            return _called(name, args), _ATOM
    raise AssertionError(f"no way to print {ast.dump(node)}")


def _called(name: str, args: list[ast.expr]) -> str:
    return f"{_FUNCTIONS[name]}({', '.join(map(_text, args))})"
