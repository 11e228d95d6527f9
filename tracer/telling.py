"""Words that the messages of errors share: names that are safe to show, lists of them, and the one that was meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tracer.formatting import visible

LONGEST: Final = 40
MOST_LISTED: Final = 8


def shown(text: str, longest: int = LONGEST) -> str:
    """Text from outside, on one line and cut to `longest` characters.

    >>> shown("exp  " * 3, longest=10)
    'exp exp e…'
    """
    line = " ".join(text.split())
    return visible(line if len(line) <= longest else line[: longest - 1] + "…")


def listed(names: Iterable[str]) -> str:
    """Names in a sentence; of many, only the first few.

    >>> listed("abc"), listed("abcdefghijk")
    ('a, b and c', 'a, b, c, d, e, f, g and 4 more')
    """
    parts = [shown(name) for name in names]
    if len(parts) > MOST_LISTED:
        parts[MOST_LISTED - 1 :] = [f"{len(parts) - MOST_LISTED + 1} more"]
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def suggestion(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A question for the known name that is closest to `name`; `otherwise` where none is close.

    >>> suggestion("expp", ["exp", "sin"])
    'did you mean exp?'
    """
    close = nearest(name, known)
    return otherwise if close is None else f"did you mean {shown(close)}?"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is closest to `name`, whether in capitals or not; None where none is close.

    >>> nearest("lectrue", ["lecture", "L"])
    'lecture'
    """
    from difflib import get_close_matches  # nothing but mistakes has a use for it

    alike = {other.casefold(): other for other in known}
    close = get_close_matches(name[:LONGEST].casefold(), alike, n=1)
    return alike[close[0]] if close else None
