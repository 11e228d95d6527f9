"""What people write in expressions that is no part of the language, and what to tell them.

Nothing here makes the language safe: what is not in `vocabulary.py` is refused whether or not there are words for it.
These are the words.
"""

from __future__ import annotations

import re
import unicodedata
from math import isinf
from typing import Final

from tracer.formatting import visible
from tracer.ops import OPS
from tracer.sources.expression.vocabulary import FUNCTIONS, OP_SIGNS, written
from tracer.telling import shown, suggestion

_NO_OP: Final = f"{{}} is not an op here; there are {' '.join(OP_SIGNS)}"
_ASSIGNING: Final = "{} would change a value; give the result a new name instead"
_COMPARING: Final = "values are computed here, not compared"
_RESERVED: Final = "Python keeps that word for itself; another name will do, such as {}_"

# Longer signs come before those that they begin with.
_SIGNS: Final[dict[str, str]] = {
    **{sign + "=": _ASSIGNING for sign in ("**", "//", *"+-*/%@&|^")},
    "==": "write one = to give a name; values are not compared here",
    **dict.fromkeys(("!=", "<=", ">=", "<", ">"), _COMPARING),
    ":=": "write = and make it a statement of its own",
    "^": "^ is not an op here; write ** for powers",
    **dict.fromkeys(("//", *"%@&|~!"), _NO_OP),
    ".": "a . stands only inside a number; values have no attributes here",
    **dict.fromkeys("[]", "there are no lists here, and no indexing"),
    **dict.fromkeys("{}", "there are no braces here; group with ( and )"),
    **dict.fromkeys("\"'`“”„‘’", "there are no strings here"),
    "#": "there are no comments here",
    "\\": "there is no \\ here; a line goes on inside parentheses",
    **dict.fromkeys("–—", "write - for {}"),
    **dict.fromkeys("·⋅∙•∗", "write * for {}"),
    **dict.fromkeys("⁄∕", "write / for {}"),
    "²": "write **2 for {}",
    "³": "write **3 for {}",
    # The signs that pictures show: ×, √.
    **{op.glyph: f"write {written(op)} for {{}}" for op in OPS.values() if len(op.glyph) == 1},
}

_WORDS: Final[dict[str, str]] = {
    **dict.fromkeys(("if", "else", "elif"), "nothing is decided here; every op is computed"),
    **dict.fromkeys(("for", "while"), "there are no loops here; write the terms out"),
    **dict.fromkeys(("and", "or", "not", "is", "in"), "there is no logic here, only arithmetic"),
    **dict.fromkeys(("def", "return", "class", "import", "from", "del"), "a statement is name = expression"),
    **dict.fromkeys(("True", "False", "None"), "values are numbers; write them in digits"),
}


def foreign_signs() -> list[str]:
    """The signs that there are words for, longer ones before those that they begin with."""
    return [sign for sign in _SIGNS if sign not in OP_SIGNS]


def of_sign(sign: str) -> str:
    """What to say of one of the foreign signs."""
    return _SIGNS[sign].format(sign)


def of_character(character: str) -> str:
    """What to say of a character that there are no words for and that begins nothing known."""
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and plain.isascii() and plain.isprintable() and not plain.isspace():
        return f"write {plain} for {character}"
    return f"{visible(character)} cannot be used here"


def of_word(word: str) -> str:
    """What to say of a word that is Python's own."""
    return f"{word} cannot be used here: {_WORDS.get(word, _RESERVED).format(word)}"


def of_number(digits: str) -> str:
    """What to say of a decimal number that no float can stand for; "" if one can."""
    number = float(digits)
    if isinf(number):
        return f"{shown(digits)} is too large for a float; the largest is 1.8e308"
    if number == 0 and re.match(r"[-+0.]*[1-9]", digits):
        return f"{shown(digits)} is too small for a float; it would be 0"
    return ""


def of_function(name: str) -> str:
    """What to say of a call of something that is no function."""
    listed = ", ".join(sorted(FUNCTIONS))
    return f"{shown(name)} is not a function here; {suggestion(name, FUNCTIONS, f'there are {listed}')}"
