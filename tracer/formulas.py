"""The small language in which the op table writes its maths, and its translations.

A formula is a Python expression over the operands `a` and `b` and the result `y`: numbers, `+ - * / **`, comparisons,
`x if test else z`, and the functions of `ieee.py`. It is written once, as text, and read here as a syntax tree:

* `to_python` gives Python source that is compiled into the engine;
* `to_term` gives text for people, with the user's own names in place of `a`, `b` and `y`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import cache
from math import inf
from typing import Final, NamedTuple

# How tightly a piece of text holds together; a looser piece inside a tighter one needs parentheses.
SUM, PRODUCT, SIGN, POWER, ATOM = range(5)


class Term(NamedTuple):
    """A piece of a formula as text, with how tightly it binds and, where it is a plain number, that number."""

    text: str
    binding: int = ATOM
    number: float | None = None

    def within(self, binding: int) -> str:
        """The text, in parentheses when it binds more loosely than `binding`."""
        return self.text if self.binding >= binding else f"({self.text})"


class Notation(NamedTuple):
    """How formulas are spelt: the signs and, for powers, whether small exponents are raised."""

    times: str = "*"
    divide: str = "/"
    minus: str = "-"
    raised: bool = False

    def tensors(self, text: str) -> str:
        """A formula of the tensor op table, in Python's spelling where there are no raised letters: `x.T`."""
        if self.raised:
            return text
        return text.replace("ᵀ", ".T").translate(_PLAIN)

    def number(self, value: float) -> str:
        """A literal as people write it: 2 rather than 2.0, 1e12 rather than 1000000000000."""
        plain = repr(value).removesuffix(".0").replace("e+", "e")
        mantissa, _, exponent = f"{value:.16e}".partition("e")
        scientific = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}" if exponent else plain
        text = scientific if len(scientific) < len(plain) - 3 and float(scientific) == value else plain
        return text.replace("-", self.minus)


ASCII: Final = Notation()
UNICODE: Final = Notation(times=" × ", minus="−", raised=True)

_PLAIN: Final = str.maketrans("⊙×−·", "**-@")
_SUPERSCRIPTS: Final = {"2": "²", "3": "³"}
_FOLD: Final[dict[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
}


@cache
def read(formula: str) -> ast.expr:
    """The syntax tree of a formula of the op table."""
    return ast.parse(formula, mode="eval").body


class _IEEE(ast.NodeTransformer):
    """Turn `/` and `**`, which raise or turn complex in Python, into calls of `ieee.div` and `ieee.pow`; 1 into 1.0."""

    _CALLS: Final = {ast.Div: "div", ast.Pow: "pow"}

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Constant(float(node.value)) if isinstance(node.value, int) else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        name = self._CALLS.get(type(node.op))
        return node if name is None else ast.Call(ast.Name(name, ast.Load()), [node.left, node.right], [])


def to_python(formula: str) -> str:
    """Python source that computes a formula with the functions of `ieee.py`; it never raises on floats.

    >>> to_python("1 / (2 * y)")
    'div(1.0, 2.0 * y)'
    """
    # A fresh tree: the transformer edits in place, and `read` hands out a cached one.
    return ast.unparse(_IEEE().visit(ast.parse(formula, mode="eval").body))


def to_term(formula: str, names: Mapping[str, Term], notation: Notation = ASCII) -> Term:
    """A formula as text, with `names` in place of its variables.

    >>> to_term("b * a**(b - 1)", {"a": Term("x"), "b": Term("2", number=2.0)}).text
    '2*x'
    >>> to_term("a * b", {"a": Term("p + q", SUM), "b": Term("r")}).text
    '(p + q)*r'
    """
    return _Printer(names, notation).term(read(formula))


class _Printer(NamedTuple):
    names: Mapping[str, Term]
    notation: Notation

    def term(self, node: ast.expr) -> Term:
        match node:
            case ast.Name(id="inf"):
                return self._literal(inf)
            case ast.Name(id=name):
                return self.names.get(name, Term(name))
            case ast.Constant(value=int() | float() as value):
                return self._literal(float(value))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return self._literal(-float(value))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Term(self.notation.minus + self.term(operand).within(POWER), SIGN)
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(self.term(left), op, self.term(right))
            case ast.Call(func=ast.Name(id=name), args=args):
                return Term(f"{name}({', '.join(self.term(arg).text for arg in args)})")
        raise AssertionError(f"no way to print {ast.dump(node)}")

    def _literal(self, value: float) -> Term:
        return Term(self.notation.number(value), SIGN if value < 0 else ATOM, value)

    def _binary(self, left: Term, op: ast.operator, right: Term) -> Term:
        fold = _FOLD.get(type(op))
        if fold is not None and left.number is not None and right.number is not None:
            return self._literal(fold(left.number, right.number))
        match op:
            case ast.Add():
                return Term(f"{left.text} + {right.within(SUM)}", SUM)
            case ast.Sub():  # a - (-1), not a - -1
                strength = ATOM if right.binding == SIGN else PRODUCT
                return Term(f"{left.text} {self.notation.minus} {right.within(strength)}", SUM)
            case ast.Mult():
                return self._product(left, right)
            case ast.Div():
                return Term(f"{left.within(PRODUCT)}{self.notation.divide}{right.within(SIGN)}", PRODUCT)
            case ast.Pow():
                return self._power(left, right)
        raise AssertionError(f"no way to print {op}")

    def _product(self, left: Term, right: Term) -> Term:
        if left.number == 1:
            return right
        return Term(f"{left.within(PRODUCT)}{self.notation.times}{right.within(SIGN)}", PRODUCT)

    def _power(self, base: Term, exponent: Term) -> Term:
        if exponent.number == 1:
            return base
        raised = _SUPERSCRIPTS.get(exponent.text) if self.notation.raised else None
        if raised is not None:
            return Term(f"{base.within(ATOM)}{raised}", POWER)
        return Term(f"{base.within(ATOM)}**{exponent.within(ATOM)}", POWER)
