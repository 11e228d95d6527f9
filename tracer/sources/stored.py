"""A trace in JSON as a source: a file, or what came in on standard input."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tracer.errors import SourceError
from tracer.formatting import visible
from tracer.sources.missing import no_such_file
from tracer.sources.refusing import refuse_inputs
from tracer.storing import from_json
from tracer.strictjson import LONGEST_TEXT
from tracer.tracing import Trace


def from_file(word: str, inputs: Mapping[str, float]) -> Trace:
    """The trace that a file holds; without a title of its own it is called like the file.

    Args:
        word: the file.
        inputs: numbers that were given for names; a trace takes none.

    Raises:
        SourceError: there is no such file, it holds no trace, or there are inputs.
    """
    refuse_inputs(word, inputs)
    path, name = Path(word), visible(word)
    try:
        if path.stat().st_size > LONGEST_TEXT:
            raise SourceError(f"{name} is larger than {LONGEST_TEXT >> 20} MB; traces that are drawn are smaller")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise no_such_file(word) from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{name} is not a trace: it is not text in UTF-8") from error
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror}") from error
    return _stored(text, name, path.name)


def from_stdin(text: str, inputs: Mapping[str, float]) -> Trace:
    """The trace that came in on standard input.

    Args:
        text: all of it.
        inputs: numbers that were given for names; a trace takes none.

    Raises:
        SourceError: it is no trace, or there are inputs.
    """
    refuse_inputs("a trace", inputs)
    return _stored(text, "standard input", "")


def _stored(text: str, name: str, otherwise: str) -> Trace:
    """The trace that a text holds; without a title of its own it is called `otherwise`."""
    try:
        result = from_json(text)
    except SourceError as error:
        raise SourceError(f"{name}: {error}") from error
    result.source = result.source or otherwise
    return result
