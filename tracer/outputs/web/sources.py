"""The player's own HTML, CSS and JavaScript, put together as a page is written; there is nothing to build.

The JavaScript modules in `tracer/player/` become one script: each module once, after those it imports, without the
import and export lines, comments and needless space. For that each module keeps to a few habits: imports stand first
and name what they take, `export` stands before a declaration, statements end with semicolons, comments have lines of
their own, template strings are not nested, and no two modules declare the same name at the top.

What only some traces need, a page has only if its trace does: an extra is a module, which hooks itself into the others
(`hooks.js`), and perhaps a style sheet.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from tracer.javascript import rules_module
from tracer.ops import OPS

_FOLDER: Final = files("tracer") / "player"
PAGE: Final = "page.js"
"""The module that starts the player of a page."""

ELEMENT: Final = "element.js"
"""The module that starts the players in a post."""

FOLDING: Final = "fold"
"""The extra for traces with groups."""

TENSORS: Final = "entries"
"""The extra for traces with tensors or narrow floats."""

EXTRAS: Final = frozenset({FOLDING, TENSORS})

_RULES: Final = "rules.js"  # made from the op table
_SHEET: Final = "player.css"
_IMPORT: Final = re.compile(r'^import \{ \w+(?:, \w+)* \} from "\./(\w+\.js)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export\s+", re.MULTILINE)
_COMMENT: Final = re.compile(r"^\s*(?:/\*.*?\*/|//[^\n]*)\s*$", re.MULTILINE | re.DOTALL)
_LINE_START: Final = re.compile(r"\n\s*")
# Declarations that follow each other, each on a line of its own.
_SERIES: Final = re.compile(r"^(const|let) .*;(?:\n\1 .*;)+$", re.MULTILINE)
# Space is left alone in strings and regular expressions, and between two signs that would run together.
_STRING: Final = r'"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`'
# Where a value may begin, a stroke begins a regular expression; elsewhere it divides.
_REGEX: Final = r"(?:(?<=[(\[!])|(?<=[=>:,?&|] )|(?<=return ))/(?:\\.|[^/\\\n])+/"
_LITERAL: Final = re.compile(f"({_STRING}|{_REGEX})")
_SPACE: Final = re.compile(r"\s*(=>|\|\||&&|[!=]==|\?\?|[-+*/]=|[{}()\[\];,:?=<>*%])\s*")
_SIGN_SPACE: Final = re.compile(r"(?<![+-])\s?([+/-])\s(?![+-])")
_ONE_PARAMETER: Final = re.compile(r"(?<![\w$\])])\((\w+)\)=>")
_LAST_COMMA: Final = re.compile(r",([\])}])")
_STYLE_SPACE: Final = re.compile(r"\s*([{};,>])\s*|(?<=:)\s+")
_LEADING_ZERO: Final = re.compile(r"(?<![\w.#])0(?=\.)")
_DECLARED: Final = re.compile(r"^(?:async\s+)?(?:function|class|const|let)\s+(\w+)", re.MULTILINE)


def template(name: str) -> str:
    """The text of an HTML file of the player, without the space around and between its lines."""
    return _LINE_START.sub("", text(name).strip())


@cache
def style(extras: frozenset[str] = EXTRAS) -> str:
    """The player's style sheet, without the colours and the picture, which are drawn from the theme.

    Args:
        extras: what the trace needs of `EXTRAS`.
    """
    sheets = (_SHEET, *(f"{extra}.css" for extra in sorted(extras) if (_FOLDER / f"{extra}.css").is_file()))
    return "".join(_dense_style(text(sheet)) for sheet in sheets)


@cache
def script(main: str, ops: frozenset[str] = frozenset(OPS), extras: frozenset[str] = EXTRAS) -> str:
    """The player's modules as one script.

    Args:
        main: the module that starts it: `PAGE` or `ELEMENT`.
        ops: the ops whose rules the player needs.
        extras: what it needs of `EXTRAS`.

    Raises:
        ValueError: the modules do not keep to their habits.
    """
    modules = _modules(main, ops, extras)
    texts = [_EXPORT.sub("", _IMPORT.sub("", _COMMENT.sub("", text))) for text in modules.values()]
    names = Counter(name for text in texts for name in _DECLARED.findall(text))
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise ValueError(f"two of the player's modules declare {' and '.join(twice)}")
    return _dense("\n".join(texts))


def fingerprint(content: str) -> str:
    """The source expression that allows an inline script or style sheet in a Content-Security-Policy."""
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def text(name: str) -> str:
    """A file of the player as it stands."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def _modules(main: str, ops: frozenset[str], extras: frozenset[str]) -> dict[str, str]:
    """The sources of the extras, of the main module and of all that they import, by name, imports first."""
    found: dict[str, str] = {}

    def take(name: str) -> None:
        module = rules_module(ops) if name == _RULES else text(name)
        for imported in _IMPORT.findall(module):
            if imported not in found:
                take(imported)
        found[name] = module

    for name in (*(f"{extra}.js" for extra in sorted(extras)), main):
        take(name)
    return found


def _dense(code: str) -> str:
    """JavaScript without comments and needless space.

    Raises:
        ValueError: it has nested template strings, which would be taken for code.
    """
    lines = _LINE_START.sub("\n", _COMMENT.sub("", code)).strip()
    pieces = _LITERAL.split(_SERIES.sub(_in_one, lines))
    nested = [piece for piece in pieces[1::2] if piece.startswith("`") and piece.count("{") != piece.count("}")]
    if nested:
        raise ValueError(f"the player has a nested template string near {nested[0]}")
    pieces[::2] = map(_dense_code, pieces[::2])
    return "".join(pieces)


def _in_one(series: re.Match[str]) -> str:
    """Declarations of one kind as a single one."""
    kind = series[1]
    return f"{kind} {','.join(line.removeprefix(kind)[1:-1] for line in series[0].splitlines())};"


def _dense_code(code: str) -> str:
    """Code between two literals without what it means the same without."""
    dense = _SPACE.sub(r"\1", _SIGN_SPACE.sub(r"\1", code)).strip()
    return _LAST_COMMA.sub(r"\1", _ONE_PARAMETER.sub(r"\1=>", dense)).replace(";}", "}")


def _dense_style(style: str) -> str:
    """A style sheet without comments and needless space."""
    dense = _STYLE_SPACE.sub(lambda space: space[1] or "", _COMMENT.sub("", style))
    return _LEADING_ZERO.sub("", dense.replace(";}", "}").replace(" !important", "!important")).strip()
