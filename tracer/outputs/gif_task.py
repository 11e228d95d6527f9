"""What is to be encoded for one image of a GIF, in this process or in another one."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import IO, Final, NamedTuple

import numpy as np

from tracer.outputs.areas import Area
from tracer.outputs.bands import Band, Plain

# Left, top, right, bottom, duration, number of bands.
_HEADER: Final = struct.Struct("<6I")
# Of a band: how many rows, and their colour, or that their pixels follow.
_BAND: Final = struct.Struct("<Ih")
_PIXELS: Final = -1


class Task(NamedTuple):
    """An image to encode.

    Attributes:
        area: its place.
        bands: its pixels as entries of the palette.
        duration_ms: how long it stays, in ms.
    """

    area: Area
    bands: Sequence[Band]
    duration_ms: int

    def write(self, file: IO[bytes]) -> None:
        """Send it to another process; nothing but numbers."""
        file.write(_HEADER.pack(*self.area, self.duration_ms, len(self.bands)))
        for band in self.bands:
            if isinstance(band, Plain):
                file.write(_BAND.pack(band.rows, band.colour))
            else:
                file.write(_BAND.pack(len(band), _PIXELS))
                file.write(np.ascontiguousarray(band).data)
        file.flush()

    @classmethod
    def read(cls, file: IO[bytes]) -> Task | None:
        """What another process has sent; None if there is no more."""
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return None
        *edges, duration_ms, count = _HEADER.unpack(header)
        area = Area(*edges)
        return cls(area, [_band(file, area.width) for _ in range(count)], duration_ms)


def _band(file: IO[bytes], width: int) -> Band:
    rows, colour = _BAND.unpack(file.read(_BAND.size))
    if colour != _PIXELS:
        return Plain(rows, colour)
    return np.frombuffer(file.read(rows * width), np.uint8).reshape(rows, width)
