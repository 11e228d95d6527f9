"""The font of the pictures as a web font with nothing but the characters that a page needs: a few kB.

So the page looks like every other picture on every machine, and asks nobody for a font. Kerning is left out, as it is
in the pictures. All digits are of one width, so that numbers do not wobble when they change.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]

from tracer.drawing.fontfiles import read
from tracer.drawing.glyphs import UNITS, Contour, Glyph

# A quarter as fine as the pictures' own outlines, to be small: within a fiftieth of a pixel in a line of text.
_UNITS: Final = UNITS // 4
_ASCENT: Final = 496
_DESCENT: Final = -124
_DIGITS: Final = "0123456789"
_EMPTY: Final = Glyph(UNITS // 2, 0, 0, 0, 0, ())


def web_font(regular: Iterable[str], bold: Iterable[str]) -> tuple[str, str]:
    """A font family for a page: its name, which no family with other glyphs has, and its @font-face rules.

    Args:
        regular: the characters that the page sets in regular; those that the fonts lack are left to the reader's own.
        bold: those that it sets in bold.
    """
    files = {400: _file(set(regular), bold=False), 700: _file(set(bold), bold=True)}
    family = "tracer-" + sha256(b"".join(files.values())).hexdigest()[:8]
    rules = (
        f"@font-face{{font-family:{family};font-weight:{weight};"
        f"src:url(data:font/woff;base64,{b64encode(file).decode()}) format('woff')}}\n"
        for weight, file in files.items()
    )
    return family, "".join(rules)


def _file(characters: set[str], *, bold: bool) -> bytes:
    """A font file in the WOFF format."""
    found = {character: read(character, bold=bold, tabular=character in _DIGITS) for character in sorted(characters)}
    named = {f"u{ord(character):04X}": glyph for character, glyph in found.items() if glyph}
    glyphs = {".notdef": _EMPTY} | named
    builder = FontBuilder(_UNITS, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({int(name[1:], 16): name for name in named})
    builder.setupGlyf({name: _outline(glyph) for name, glyph in glyphs.items()})
    metrics = {name: (_scaled(glyph.advance), _scaled(glyph.left)) for name, glyph in glyphs.items()}
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=_ASCENT, descent=_DESCENT)
    builder.setupNameTable({})
    builder.setupOS2(sTypoAscender=_ASCENT, sTypoDescender=_DESCENT, usWinAscent=_ASCENT, usWinDescent=-_DESCENT)
    builder.setupPost(keepGlyphNames=False)
    return _saved(builder)


def _saved(builder: FontBuilder) -> bytes:
    """The file, without the time of day in it: the same characters give the same bytes."""
    font = builder.font
    font.recalcTimestamp = False
    font["head"].created = font["head"].modified = 0
    font.flavor = "woff"
    file = BytesIO()
    font.save(file)
    return file.getvalue()


def _outline(glyph: Glyph) -> Any:
    """A glyph as a font file holds it."""
    pen = TTGlyphPen(None)
    for contour in glyph.contours:
        pen.moveTo((_scaled(contour.x), _scaled(contour.y)))
        for points in _segments(contour):
            scaled = [(_scaled(x), _scaled(y)) for x, y in points]
            (pen.lineTo if len(points) == 1 else pen.qCurveTo)(*scaled)
        pen.closePath()
    return pen.glyph()


def _segments(contour: Contour) -> Iterator[list[tuple[int, int]]]:
    """The lines and quadratic curves of a contour, each as its points in font units."""
    x, y = contour.x, contour.y
    for piece in re.findall(r"[lq]([^a-z]*)", contour.commands):
        steps = list(map(int, re.findall(r"-?\d+", piece)))
        points = [(x + across, y + up) for across, up in zip(steps[::2], steps[1::2], strict=True)]
        yield points
        x, y = points[-1]


def _scaled(length: int) -> int:
    return round(length * _UNITS / UNITS)
