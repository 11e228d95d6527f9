"""An expression's text as tokens: numbers, names and signs, each with its place.

Whatever begins none of these is refused at its place: `^`, strings, comments, comparisons, characters that only look
like an op. So nothing that is not on the short lists below gets any further.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from tracer.errors import ExpressionError
from tracer.sources.expression import refusals
from tracer.sources.expression.vocabulary import OP_SIGNS
from tracer.telling import shown

LONGEST_TEXT: Final = 10_000
LONGEST_NAME: Final = 100

Kind = Literal["number", "name", "sign", "end"]


class Place(NamedTuple):
    """Where something stands in an expression.

    Attributes:
        line: from 1.
        column: in characters, from 1.
        only_line: whether the expression has no other line, so that the line need not be said.
    """

    line: int
    column: int
    only_line: bool = True

    def __str__(self) -> str:
        return f"column {self.column}" if self.only_line else f"line {self.line}, column {self.column}"

    def error(self, message: str) -> ExpressionError:
        """The error that says `message` of this place."""
        return ExpressionError(f"{self}: {message}", self.line, self.column)


class Token(NamedTuple):
    """A number, a name, a sign, or the end of a statement: `;` or a newline.

    Attributes:
        kind: which of these it is.
        text: as it was written; names are normalised as Python's are, so that they are spelt one way (NFKC).
        place: where it begins, for people.
        span: where it begins and ends in the text, for slices.
        number: the float it stands for, if it is a number.
    """

    kind: Kind
    text: str
    place: Place
    span: tuple[int, int]
    number: float = 0.0

    def __str__(self) -> str:
        return shown(self.text)


def _any_of(signs: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, signs)))


NUMBER: Final = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SIGN: Final = _any_of(sorted((*OP_SIGNS, "(", ")", ",", "="), key=len, reverse=True))
_FOREIGN: Final = _any_of(refusals.foreign_signs())
_END: Final = re.compile(r"\r\n|[\r\n;]")
# Spaces of every width and tabs, but nothing that some programs take for the end of a line.
_BLANK: Final = re.compile(r"[^\S\r\n\v\f\x1c-\x1f\x85\u2028\u2029]+")


def tokens(text: str) -> Iterator[Token]:
    """The tokens of an expression, blanks left out.

    Raises:
        ExpressionError: it is too long, or there is something in it that no expression has.
    """
    if len(text) > LONGEST_TEXT:
        raise ExpressionError(f"the expression has {len(text):,} characters; at most {LONGEST_TEXT:,} are read")
    only_line = not re.search(r"[\r\n]", text.rstrip())
    line, line_start, start = 1, 0, 0
    while start < len(text):
        if blank := _BLANK.match(text, start):
            start = blank.end()
            continue
        token = _token(text, start, Place(line, start - line_start + 1, only_line))
        yield token
        start = token.span[1]
        if token.kind == "end" and token.text != ";":
            line, line_start = line + 1, start


def _token(text: str, start: int, place: Place) -> Token:
    """The token that begins at `start`."""
    if found := _END.match(text, start):
        return Token("end", found[0], place, found.span())
    if found := NUMBER.match(text, start):
        return _number(found, place)
    if text[start].isidentifier():
        return _name(text, start, place)
    if found := _FOREIGN.match(text, start):
        raise place.error(refusals.of_sign(found[0]))
    if found := _SIGN.match(text, start):
        return Token("sign", found[0], place, found.span())
    raise place.error(refusals.of_character(text[start]))


def _number(found: re.Match[str], place: Place) -> Token:
    digits, following = found[0], found.string[found.end() : found.end() + 1]
    if following == "_" or (digits == "0" and following in tuple("xXoObB")):
        raise place.error("numbers are written in plain decimal digits")
    if problem := refusals.of_number(digits):
        raise place.error(problem)
    return Token("number", digits, place, found.span(), float(digits))


def _name(text: str, start: int, place: Place) -> Token:
    end = start + 1
    while end < len(text) and ("_" + text[end]).isidentifier():
        end += 1
    name = normal(text[start:end])
    if len(name) > LONGEST_NAME:
        raise place.error(f"a name has at most {LONGEST_NAME} characters")
    if keyword.iskeyword(name):
        raise place.error(refusals.of_word(name))
    return Token("name", name, place, (start, end))


def normal(name: str) -> str:
    """A name as Python would spell it, so that characters that mean the same are the same (NFKC)."""
    return unicodedata.normalize("NFKC", name)
