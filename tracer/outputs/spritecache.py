"""Sheets that were rendered before, in a file in the user's cache directory.

Rendering the few hundred sheets of a picture takes a tenth of a second, reading this file a few thousandths.
"""

from __future__ import annotations

import atexit
import struct
import zlib
from typing import Final

import numpy as np
import resvg_py
from numpy.typing import NDArray

from tracer.drawing.keeping import keep, kept

_FILE: Final = "sprites.bin"
# Count up when what is in the file changes, or what is rendered for the same content.
_FORMAT: Final = 2
# Before each sheet: how many bytes there are of what it shows, and how many of its pixels, packed. Both follow.
_RECORD: Final = struct.Struct("<II")
_MOST_BYTES: Final = 4_000_000


class SpriteCache:
    """Sheets by what they show. What is new is written when the process ends."""

    def __init__(self) -> None:
        self._sheets: dict[bytes, bytes] = {}
        self._used: set[bytes] = set()
        self._size = 0
        self._header = f"tracer sprites {_FORMAT} {resvg_py.__version__}\n".encode()
        self._opened = False

    def get(self, content: str, width: int, height: int, scale: float) -> NDArray[np.uint8] | None:
        """The sheet, if it was rendered before."""
        if not self._opened:
            self._opened = True
            self._load(kept(_FILE) or b"")
        name = _name(content, width, height, scale)
        packed = self._sheets.get(name)
        pixels = None if packed is None else _unpacked(packed, 4 * width * height)
        if pixels is None:
            return None
        self._used.add(name)
        return np.frombuffer(pixels, np.uint8).reshape(height, width, 4)

    def keep(self, content: str, scale: float, pixels: NDArray[np.uint8]) -> None:
        """Keep a sheet that has been rendered, if there is room for it."""
        height, width = pixels.shape[:2]
        name, packed = _name(content, width, height, scale), zlib.compress(pixels.tobytes(), 1)
        if self._size + len(name) + len(packed) > _MOST_BYTES:
            self._forget_unused()
            if self._size + len(name) + len(packed) > _MOST_BYTES:
                return
        self._add(name, packed)
        self._used.add(name)
        # Once at the end, instead of after each sheet.
        atexit.unregister(self._save)
        atexit.register(self._save)

    def _load(self, file: bytes) -> None:
        if not file.startswith(self._header):
            return
        # There may be thousands of records, so nothing is called for each that need not be.
        sheets, lengths, at = self._sheets, _RECORD.unpack_from, len(self._header)
        while at + _RECORD.size <= len(file):
            name_length, length = lengths(file, at)
            name = at + _RECORD.size
            packed = name + name_length
            at = packed + length
            sheets[file[name:packed]] = file[packed:at]
        self._size = sum(map(len, sheets)) + sum(map(len, sheets.values()))

    def _add(self, name: bytes, packed: bytes) -> None:
        before = self._sheets.get(name)
        self._size += len(packed) + (len(name) if before is None else -len(before))
        self._sheets[name] = packed

    def _forget_unused(self) -> None:
        used = {name: packed for name, packed in self._sheets.items() if name in self._used}
        self._sheets, self._size = used, sum(len(name) + len(packed) for name, packed in used.items())

    def _save(self) -> None:
        records = (_RECORD.pack(len(name), len(packed)) + name + packed for name, packed in self._sheets.items())
        keep(_FILE, self._header + b"".join(records))


def _name(content: str, width: int, height: int, scale: float) -> bytes:
    return f"{width} {height} {scale!r} {content}".encode()


def _unpacked(packed: bytes, size: int) -> bytes | None:
    """Exactly that many bytes, which zlib has a checksum of; None if the file was damaged."""
    unpacking = zlib.decompressobj()
    try:
        pixels = unpacking.decompress(packed, size)
        # Its checksum comes after the pixels, and nothing else.
        more = unpacking.decompress(unpacking.unconsumed_tail, 1)
    except zlib.error:
        return None
    return pixels if len(pixels) == size and not more and unpacking.eof else None
