"""The player's own HTML, CSS and JavaScript, put together as a page is written; there is nothing to build.

The JavaScript modules in `tracer/player/` become one script: each module once, after those it imports, without the
import and export lines, comments and needless space. For that each module keeps to a few habits: imports stand first
and name what they take, `export` stands before a declaration, statements end with semicolons, comments have lines of
their own, template strings are not nested, and no two modules declare the same name at the top.
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
_MAIN: Final = "main.js"
_RULES: Final = "rules.js"  # made from the op table
_FOLD: Final = "fold.js"
_NO_FOLD: Final = "nofold.js"  # in its place where there is nothing to fold
_IMPORT: Final = re.compile(r'^import \{ \w+(?:, \w+)* \} from "\./(\w+\.js)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export\s+", re.MULTILINE)
_COMMENT: Final = re.compile(r"^\s*(?:/\*.*?\*/|//[^\n]*)\s*$", re.MULTILINE | re.DOTALL)
_LINE_START: Final = re.compile(r"\n\s*")
# Space is left alone in strings and regular expressions, and between two signs that would run together.
_LITERAL: Final = re.compile(r"""("(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|/(?![\s*])(?:\\.|[^/\\\n])+/)""")
_SPACE: Final = re.compile(r"\s*(=>|\|\||&&|[!=]==|\?\?|[+*]=|[{}()\[\];,:?=<>*])\s*|(?<![+-])\s([+/-])\s(?![+-])")
_STYLE_SPACE: Final = re.compile(r"\s*([{};,])\s*|(?<=:)\s+")
_DECLARED: Final = re.compile(r"^(?:async\s+)?(?:function|class|const|let)\s+(\w+)", re.MULTILINE)


def template(name: str) -> str:
    """The text of an HTML file of the player, without the space around and between its lines."""
    return _LINE_START.sub("", text(name).strip())


@cache
def style() -> str:
    """The player's style sheet, without the colours and the picture, which are drawn from the theme."""
    dense = _STYLE_SPACE.sub(lambda space: space[1] or "", _COMMENT.sub("", text("player.css")))
    return dense.replace(";}", "}").strip()


@cache
def script(ops: frozenset[str] = frozenset(OPS), *, folding: bool = True) -> str:
    """The player's modules as one script.

    Args:
        ops: the ops whose rules the player needs.
        folding: whether there are groups to fold.

    Raises:
        ValueError: the modules do not keep to their habits.
    """
    modules = _modules(ops, folding)
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


def _modules(ops: frozenset[str], folding: bool) -> dict[str, str]:
    """The sources of the main module and of all that it imports, by name, imports first."""
    found: dict[str, str] = {}

    def take(name: str) -> None:
        file = _NO_FOLD if name == _FOLD and not folding else name
        module = rules_module(ops) if name == _RULES else text(file)
        for imported in _IMPORT.findall(module):
            if imported not in found:
                take(imported)
        found[name] = module

    take(_MAIN)
    return found


def _dense(code: str) -> str:
    """JavaScript without comments and needless space.

    Raises:
        ValueError: it has nested template strings, which would be taken for code.
    """
    pieces = _LITERAL.split(_LINE_START.sub("\n", _COMMENT.sub("", code)).strip())
    nested = [piece for piece in pieces[1::2] if piece.startswith("`") and piece.count("{") != piece.count("}")]
    if nested:
        raise ValueError(f"the player has a nested template string near {nested[0]}")
    pieces[::2] = [_SPACE.sub(r"\1\2", piece).replace(";}", "}") for piece in pieces[::2]]
    return "".join(pieces)
