"""What one word says to trace: an expression, a Python file, a trace that was stored, or standard input.

| word | means |
|---|---|
| `-` | standard input: a trace if it begins with `{`, otherwise an expression |
| `lecture.py`, `lecture.py:L` | a Python file, and which of its variables, or functions |
| `L.json` | a trace |
| `a*b + c` | anything else: an expression |

The form of a word decides, never what files there happen to be: `a/b` is a quotient, whatever the folder holds. A word
that can be no expression but looks like the name of a file is told apart only to say what is wrong with it.

What runs programs, and what reads stored traces, is imported when it is asked for: expressions need neither.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TextIO

from tracer.errors import SourceError
from tracer.formatting import visible
from tracer.sources.expression import parse, title
from tracer.sources.missing import no_such_file
from tracer.sources.values import Snapshot
from tracer.strictjson import LONGEST_TEXT
from tracer.tracing import Trace

_SCRIPT: Final = re.compile(r"(?P<path>[^\0]+\.py)(?::(?P<variable>.*))?", re.IGNORECASE)
_TRACE: Final = re.compile(r"[^\0]+\.json", re.IGNORECASE)
# No expression begins with a slash, has a backslash in it, or ends in a point and two letters.
_LIKE_A_FILE: Final = re.compile(r"(~|\.{0,2})/\S*|[^\s=]*\\[^\s=]*|[^\s=()*+]*\.[A-Za-z]{2}\w*")


def resolve(source: str, inputs: Mapping[str, float], stdin: TextIO) -> Trace:
    """The trace of whatever `source` means; its title is the expression or the name of the file.

    Args:
        source: the word.
        inputs: numbers for the names in an expression or the parameters of a function; other sources take none.
        stdin: read if `source` is `-`.

    Raises:
        SourceError: there is no such file, it cannot be traced, or it takes no inputs.
        ExpressionError: the expression or its inputs cannot be accepted.
        DomainError: an op of the expression has no finite result.
    """
    if source == "-":
        return _from_stdin(stdin, inputs)
    if found := _SCRIPT.fullmatch(source):
        return _from_script(Path(found["path"]), found["variable"], inputs)
    if _TRACE.fullmatch(source):
        from tracer.sources.stored import from_file

        return from_file(source, inputs)
    if _LIKE_A_FILE.fullmatch(source):
        raise _refusal(source)
    return _from_expression(source, inputs)


def _from_expression(text: str, inputs: Mapping[str, float]) -> Trace:
    return Trace(Snapshot(parse(text, **inputs)).graph, source=title(text))


def _from_script(path: Path, variable: str | None, inputs: Mapping[str, float]) -> Trace:
    from tracer.sources.script import run_script

    result = run_script(path, variable, inputs)
    result.source = result.source or path.name
    return result


def _from_stdin(stdin: TextIO, inputs: Mapping[str, float]) -> Trace:
    try:
        text = stdin.read(LONGEST_TEXT + 1).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise SourceError("standard input is not text in UTF-8") from error
    if not text.lstrip().startswith("{"):
        return _from_expression(text, inputs)
    from tracer.sources.stored import from_stdin

    return from_stdin(text, inputs)


def _refusal(source: str) -> SourceError:
    """The error for a word that looks like the name of a file but has none of the suffixes."""
    path, name = Path(source), visible(source)
    try:
        exists = path.exists()
    except (OSError, ValueError):  # no file can have that name
        exists = False
    if not exists:
        return no_such_file(source)
    kind = "a directory" if path.is_dir() else "neither Python (.py) nor a trace (.json)"
    return SourceError(f"{name} is {kind}, so it cannot be traced")
