"""An image as bands: rows of pixels, and rows that are all of one colour, of which a large image mostly consists.

Of the latter nobody needs to keep the pixels, send them to another process or look at them one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.outputs.palette import Indices

# Rows of one colour are a band of their own from so many pixels on. Each band is compressed anew, so that thin ones
# would make a file larger; these make it a little smaller.
LEAST: Final = 500_000


class Plain(NamedTuple):
    """So many rows of one colour."""

    rows: int
    colour: int


Band = Indices | Plain


def bands(rows: NDArray[np.intp], drawn: Indices, between: Sequence[int]) -> tuple[Band, ...]:
    """An image as bands.

    Args:
        rows: the numbers of the rows that are not plain, in order; the first is 0 and the last is that of the last row.
        drawn: the pixels of these rows.
        between: for each of these rows but the last the colour of the rows between it and the next of them, if any.
    """
    parts = _parts(rows, drawn, between)
    found: list[Band] = []
    for plain, group in groupby(parts, key=lambda part: isinstance(part, Plain)):
        if plain:
            found += group
        else:
            neighbours = list(group)
            found.append(neighbours[0] if len(neighbours) == 1 else np.concatenate(neighbours))
    return tuple(found)


def _parts(rows: NDArray[np.intp], drawn: Indices, between: Sequence[int]) -> Iterator[Band]:
    width, start = drawn.shape[1], 0
    for place in np.flatnonzero(np.diff(rows) > 1).tolist():
        yield drawn[start : place + 1]
        start = place + 1
        count = int(rows[start] - rows[place]) - 1
        plain = Plain(count, between[place])
        yield plain if count * width >= LEAST else _filled(plain, width)
    yield drawn[start:]


def pixels(parts: Iterable[Band], width: int) -> Indices:
    """All pixels of an image, row by row."""
    return np.concatenate([_filled(band, width) if isinstance(band, Plain) else band for band in parts])


def _filled(plain: Plain, width: int) -> Indices:
    return np.full((plain.rows, width), plain.colour, np.uint8)
