"""Images as bands are the same images, however many rows are of one colour."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.outputs import bands as module
from tracer.outputs.bands import Plain, bands, pixels

COLOURS = st.integers(0, 5)


@given(st.lists(st.tuples(COLOURS, COLOURS, st.integers(0, 4)), min_size=1, max_size=8), COLOURS, st.integers(1, 20))
def test_bands_hold_all_rows(rows: list[tuple[int, int, int]], colour: int, least: int) -> None:
    """Each row is followed by so many plain ones."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "LEAST", least)
        drawn = np.array([[left, right] for left, right, _ in rows], np.uint8)
        counts = [1 + count for *_, count in rows[:-1]]
        between = [(colour + left) % 6 for left, *_ in rows[:-1]]
        found = bands(np.cumsum([0, *counts]), drawn, between)
    whole: list[list[int]] = []
    for (left, right, _), count, fill in zip(rows, [*counts, 1], [*between, 0], strict=True):
        whole += [[left, right], *[[fill, fill]] * (count - 1)]
    assert pixels(found, 2).tolist() == whole
    assert all(2 * band.rows >= least for band in found if isinstance(band, Plain))
    assert sum(isinstance(band, Plain) for band in found) == sum(2 * (count - 1) >= max(least, 1) for count in counts)


def test_there_are_no_two_bands_of_pixels_behind_each_other() -> None:
    rows, drawn = np.array([0, 2, 5, 3_000_000]), np.ones((4, 1), np.uint8)
    first, plain, last = bands(rows, drawn, [1, 2, 3])
    assert isinstance(first, np.ndarray)
    assert isinstance(last, np.ndarray)
    assert first.ravel().tolist() == [1, 1, 1, 2, 2, 1]
    assert plain == Plain(3_000_000 - 6, 3)
    assert last.ravel().tolist() == [1]
