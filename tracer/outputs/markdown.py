"""Markdown, CommonMark with tables, that shows text from outside as it is: nothing in it becomes markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

# A backslash makes a plain character of these, which includes what addresses of web pages are known by, ...
_ACTIVE: Final = re.compile(r"[\\`*_{}\[\]<>#|~!&^]|:(?=//)|\.(?=[^\W\d])|(?<=www)\.", re.IGNORECASE)
# ... but not of these: what looks like an e-mail address or a formula is looked for after backslashes have gone.
_FOUND_LATER: Final = re.compile(r"[@$]+")


def escaped(words: str) -> str:
    r"""A line of text that Markdown shows as it is, anywhere but at the beginning of a paragraph.

    >>> print(escaped("a_1 * <b>"))
    a\_1 \* \<b\>
    """
    return _FOUND_LATER.sub(r"`\g<0>`", _ACTIVE.sub(r"\\\g<0>", words))


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of lines of text.

    >>> print(table(("value", "data"), [("a", "2.0")]))
    | value | data |
    | --- | --- |
    | a | 2.0 |
    """
    names = list(headings)
    return "\n".join(map(_row, [map(escaped, names), ["---"] * len(names), *(map(escaped, row) for row in rows)]))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
