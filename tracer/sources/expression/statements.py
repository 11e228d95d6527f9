"""An expression's text as statements: where each begins and ends, and whether its tokens make sense in their order.

What is wrong is said here, at its place and in words, so that what `instructions.py` is handed is known to be an
expression, and not too large a one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from tracer.errors import ExpressionError
from tracer.sources.expression.instructions import Instruction, Read, instructions
from tracer.sources.expression.tokens import Place, Token, tokens
from tracer.sources.expression.vocabulary import OP_SIGNS, SIGNS_BEFORE

DEEPEST: Final = 50
MOST_OPS: Final = 500


class Statement(NamedTuple):
    """`name = expression`, or an expression alone.

    Attributes:
        name: what the result is called, "" if it has no name.
        place: where the statement begins.
        instructions: what computes the result, operands from left to right.
        text: the statement as it was written, on one line.
    """

    name: str
    place: Place
    instructions: tuple[Instruction, ...]
    text: str

    @property
    def reads(self) -> Iterator[Read]:
        """Each use of a name, from left to right."""
        return (step for step in self.instructions if isinstance(step, Read))


def statements(source: str) -> tuple[Statement, ...]:
    """What an expression says, statement by statement.

    Raises:
        ExpressionError: it is not an expression; the message points at the place.
    """
    if not isinstance(source, str):
        raise ExpressionError(f"an expression is text, but this is a {type(source).__name__}")
    found = tuple(_statement(part, source) for part in _parts(tokens(source)))
    if not found:
        raise ExpressionError("the expression is empty; write one such as (a*b + c) * f")
    return found


def _parts(given: Iterable[Token]) -> Iterator[list[Token]]:
    """The tokens of each statement. Inside parentheses the end of a line is a blank."""
    part: list[Token] = []
    opened: list[Token] = []
    for token in given:
        if token.text == "(":
            opened.append(token)
            if len(opened) > DEEPEST:
                raise token.place.error(f"parentheses nest more than {DEEPEST} deep; give parts a name of their own")
        elif token.text == ")":
            if not opened:
                raise token.place.error("this parenthesis was never opened")
            opened.pop()
        if token.kind != "end":
            part.append(token)
        elif not opened:
            if part:
                yield part
            part = []
        elif token.text == ";":
            break
    if opened:
        raise opened[-1].place.error("this parenthesis is never closed")
    if part:
        yield part


def _statement(part: list[Token], source: str) -> Statement:
    named = len(part) > 1 and part[0].kind == "name" and part[1].text == "="
    first = 2 if named else 0
    ops = [token for token in part if token.text in OP_SIGNS or token.text == "("]
    if len(ops) > MOST_OPS:
        raise ops[MOST_OPS].place.error(f"a statement has at most {MOST_OPS} ops; give parts a name of their own")
    _check_order(part, first)
    text = " ".join(source[part[0].span[0] : part[-1].span[1]].split())
    return Statement(part[0].text if named else "", part[0].place, instructions(part[first:]), text)


def _check_order(part: Sequence[Token], first: int) -> None:
    """Refuse the first token that cannot follow the one before it: operands and signs have to take turns."""
    calls: list[bool] = []  # for each parenthesis that is open, whether it holds the values of a function
    operand_due = True
    for number in range(first, len(part)):
        token = part[number]
        if operand_due:
            if token.kind != "sign":
                operand_due = False
            elif token.text == "(":
                calls.append(False)
            elif token.text not in SIGNS_BEFORE:
                raise _missing(part, number)
        elif token.text == "(" and part[number - 1].kind == "name":
            calls.append(True)
            operand_due = True
        elif token.text == ")":
            calls.pop()
        elif token.text in OP_SIGNS or (token.text == "," and calls and calls[-1]):
            operand_due = True
        else:
            raise _unexpected(part[number - 1], token, inside=bool(calls))
    if operand_due:
        raise _missing(part, len(part))


def _missing(part: Sequence[Token], number: int) -> ExpressionError:
    """The error for a number or a name that should stand where token `number` is, or at the end."""
    if number == 0:
        kind = "a name" if part[0].text == "=" else "a number or a name"
        return part[0].place.error(f"{kind} is missing before {part[0]}")
    before = part[number - 1]
    return before.place.error(f"a number or a name is missing after {before}")


def _unexpected(before: Token, token: Token, *, inside: bool) -> ExpressionError:
    """The error for a token that stands where an op should."""
    if token.text == "=" and inside:
        return token.place.error("there is no = inside parentheses; functions are given values without names")
    if token.text == "=":
        return token.place.error("only one name, at the start of a statement, can stand left of =")
    if token.text == ",":
        return token.place.error("a comma stands only between the values of a function; decimals have a point")
    return token.place.error(f"an op is missing between {before} and {token}; to multiply, write *")
