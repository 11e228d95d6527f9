"""Text without system fonts: how wide it is, and its outline.

The font is Inter; characters that it lacks come from JetBrains Mono, and characters that both lack are drawn as a box
with their number in it, so that nothing is ever left out. Digits of numbers are all of one width, so that numbers do
not wobble when they change; digits of names, such as x1, are set like letters. Glyphs stand side by side without
kerning: a text is exactly as wide as its glyphs together.
"""

from __future__ import annotations

import atexit
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from tracer.drawing import glyphcache
from tracer.drawing.glyphs import UNITS, Glyph
from tracer.formatting import visible

FAMILY: Final = "Inter"
"""The font of all pictures, for those who draw text by name."""


def measure(text: str, size: float, bold: bool = False) -> float:
    """How wide a text is when it is drawn, in px.

    Args:
        text: one line; see `shown` for what becomes of characters without a shape.
        size: font size in px.
        bold: whether it is set in bold.
    """
    return _advance(text, bold) * size / UNITS


def placed(text: str, bold: bool = False) -> Iterator[tuple[int, Glyph]]:
    """The glyphs of a text in order, each with how far right its origin is, in font units (`UNITS` to the em)."""
    end = 0
    base = (0, 0)
    for glyph in _glyphs(text, bold):
        if glyph.advance:
            base = (end, glyph.advance)
            yield end, glyph
            end += glyph.advance
        else:  # a mark stands in the middle of the character before it
            start, width = base
            yield start + (width - glyph.left - glyph.right) // 2, glyph


@lru_cache(maxsize=1024)
def outline(text: str, bold: bool = False) -> str:
    """The outline of a text as SVG path data, filled by the non-zero rule; "" where it has no ink.

    It is in font units, `UNITS` to the em, with y up and the baseline from (0, 0) to the right:
    `translate(x y) scale(s -s)` with s = size / UNITS puts it at (x, y) of a drawing.
    """
    return "".join(glyph.path(x) for x, glyph in placed(text, bold))


def shown(text: str) -> str:
    r"""A text as it is drawn: what has no shape of its own is spelt as an escape, letter and accent are one character.

    >>> shown("two\nlines")
    'two\\nlines'
    """
    if text.isascii() and text.isprintable():
        return text
    return _NONCHARACTER.sub(_spelt, unicodedata.normalize("NFC", visible(text)))


# The last two of each plane of 65,536 characters, and 32 more. XML cannot hold those of the first plane.
_NONCHARACTER: Final = re.compile(
    f"[\ufdd0-\ufdef{''.join(chr(end - 2) + chr(end - 1) for end in range(0x10000, 0x110001, 0x10000))}]"
)


def _spelt(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


@lru_cache(maxsize=4096)
def _advance(text: str, bold: bool) -> int:
    return sum(glyph.advance for glyph in _glyphs(text, bold))


def _glyphs(text: str, bold: bool) -> list[Glyph]:
    return _SHELF.glyphs([("bold " if bold else "") + name for name in _names(shown(text))])


# A word that does not begin with a digit: x1, but neither 12 nor the e8 of 1.2e8.
_NAME: Final = re.compile(r"\b[^\W\d]\w*")


def _names(text: str) -> list[str]:
    """What the glyphs of a text are called: the character itself, or "tabular 7" for a digit of a number."""
    if text and unicodedata.combining(text[0]):
        text = "\u00a0" + text  # a mark that has nothing to stand on stands on a space
    names = list(text)
    in_names = {place for name in _NAME.finditer(text) for place in range(*name.span())}
    for place, character in enumerate(text):
        if character in "0123456789" and place not in in_names:
            names[place] = f"tabular {character}"
    return names


class Shelf:
    """The glyphs that this process has needed, from the cache as far as they are there, else from the font files."""

    def __init__(self) -> None:
        self._known: glyphcache.Glyphs = {}
        self._boxes: glyphcache.Glyphs = {}
        self._opened = False

    def glyphs(self, names: list[str]) -> list[Glyph]:
        """The glyphs of those names, each "a", "bold a", "tabular 1" or "bold tabular 1"."""
        for name in set(names).difference(self._known, self._boxes):
            self._fetch(name)
        return [self._known.get(name) or self._boxes[name] for name in names]

    def _fetch(self, name: str) -> None:
        if not self._opened:
            self._opened = True
            self._known = glyphcache.load()
        if name not in self._known:
            self._read(name)

    def _read(self, name: str) -> None:
        # A tenth of a second to import and open: only for what is not in the cache.
        from tracer.drawing import fontfiles

        character, bold = name[-1], name.startswith("bold ")
        glyph = fontfiles.read(character, bold=bold, tabular="tabular " in name)
        if glyph is None or not _visible_glyph(character, glyph):
            # Boxes are not kept: there are as many of them as there are characters.
            self._boxes[name] = fontfiles.box(character, bold=bold)
            return
        self._known[name] = glyph
        # Once at the end, instead of after each text that has a new character in it.
        atexit.unregister(self._keep)
        atexit.register(self._keep)

    def _keep(self) -> None:
        glyphcache.save(self._known)


def _visible_glyph(character: str, glyph: Glyph) -> bool:
    """Whether the character is seen to be there: it has ink or is a space, and it takes up room or is a mark."""
    has_ink = bool(glyph.contours) or unicodedata.category(character) == "Zs"
    return has_ink and (glyph.advance > 0 or unicodedata.combining(character) > 0)


_SHELF: Final = Shelf()
