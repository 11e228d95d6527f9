"""Theme "both": a picture in two files, one light and one dark, of which a page shows the one that suits its reader.

A picture has one theme, because what is shown by an `<img>` does not always learn what its reader prefers; `<picture>`
lets the page choose.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, NamedTuple
from urllib.parse import quote

from tracer.outputs.options import Options

BOTH: Final = "both"
_THEMES: Final = ("light", "dark")
# Formats that have no colours, and those that an <img> shows.
_WORDS: Final = frozenset({".json", ".md", ".txt"})
_PICTURES: Final = frozenset({".apng", ".avif", ".gif", ".png", ".svg", ".webp"})


class Edition(NamedTuple):
    """A file that is to be written: its path and how."""

    path: str
    options: Options


def editions(path: str, options: Mapping[str, object], suffix: str = "") -> tuple[Edition, ...]:
    """The files that one path stands for: itself, or with theme "both" one beside it in each theme.

    Args:
        path: the file that was asked for, such as "L.svg".
        options: what `Options` has; its theme may be "both" as well.
        suffix: the format, if the path's own suffix is not to decide it.

    Raises:
        OutputError: an option is not what it can be.
    """
    if options.get("theme") != BOTH:
        return (Edition(path, Options.of(options)),)
    if (suffix or _suffix(path)) in _WORDS:
        return (Edition(path, Options.of({**options, "theme": _THEMES[0]})),)
    return tuple(Edition(_named(path, theme), Options.of({**options, "theme": theme})) for theme in _THEMES)


def snippet(path: str, alt: str, suffix: str = "") -> str:
    """HTML that shows the edition of a picture that suits the reader; "" for what is no picture.

    Args:
        path: the picture, as it was given to `editions`.
        alt: what it shows, in words.
        suffix: the format, if the path's own suffix does not say it.
    """
    if (suffix or _suffix(path)) not in _PICTURES:
        return ""
    from html import escape  # loads a table of all that HTML has names for

    light, dark = (_address(_named(path, theme)) for theme in _THEMES)
    return (
        "<picture>\n"
        f'  <source media="(prefers-color-scheme: dark)" srcset="{dark}">\n'
        f'  <img alt="{escape(alt)}" src="{light}">\n'
        "</picture>"
    )


def _address(path: str) -> str:
    """The path of a file as an address relative to the page; any bytes that a name can have will do."""
    return quote(os.fsencode(path.replace(os.sep, "/")))


def _suffix(path: str) -> str:
    return PurePath(path).suffix.lower()


def _named(path: str, theme: str) -> str:
    """The path of one edition.

    >>> _named("out/L.svg", "dark"), _named("frames/", "dark")
    ('out/L-dark.svg', 'frames-dark/')
    """
    stem, suffix = os.path.splitext(path.rstrip(os.sep))
    return f"{stem}-{theme}{suffix}" + path[len(path.rstrip(os.sep)) :]
