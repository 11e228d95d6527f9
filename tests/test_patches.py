"""What an image of a GIF paints over the one before."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from tracer.drawing.theme import THEMES
from tracer.outputs.areas import Area
from tracer.outputs.palette import UNCHANGED, Indices, Palette
from tracer.outputs.patches import Patch, patch_for, patches
from tracer.outputs.raster import Image

PALETTE = Palette(THEMES["light"], 128)
SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 12))


def colours(shape: tuple[int, int]) -> st.SearchStrategy[NDArray[np.uint8]]:
    return arrays.arrays(np.uint8, shape, elements=st.integers(1, 3))


def patched(before: Indices, after: Indices) -> Patch:
    """The patch from one picture to another; it is also checked that it shows the other one."""
    height, width = after.shape
    shown = before.copy()
    opaque = np.full((*after.shape, 1), 255, np.uint8)
    image = Image(np.concatenate([PALETTE.colours[after], opaque], axis=2), (Area(0, 0, width, height),))
    patch = patch_for(image, shown, PALETTE)
    assert (shown == after).all()
    seen = before.copy()
    at = (slice(patch.area.top, patch.area.bottom), slice(patch.area.left, patch.area.right))
    seen[at] = np.where(patch.indices == UNCHANGED, seen[at], patch.indices)
    assert (seen == after).all()
    return patch


@given(st.data(), SHAPES)
def test_a_patch_makes_one_picture_of_another(data: st.DataObject, shape: tuple[int, int]) -> None:
    before, after = data.draw(colours(shape)), data.draw(colours(shape))
    height, width = patched(before, after).indices.shape
    differs = before != after
    wanted = (1, 1)
    if differs.any():
        wanted = (int(np.ptp(np.flatnonzero(differs.any(1)))) + 1, int(np.ptp(np.flatnonzero(differs.any(0)))) + 1)
    assert (height, width) == wanted


@given(st.data(), SHAPES, st.integers(1, 4))
def test_patches_may_all_be_kept_and_laid_over_each_other_later(
    data: st.DataObject, shape: tuple[int, int], count: int
) -> None:
    """The first of them is all of the first picture."""
    pictures = [data.draw(colours(shape)) for _ in range(count)]
    height, width = shape
    whole, opaque = Area(0, 0, width, height), np.full((*shape, 1), 255, np.uint8)
    images = (Image(np.concatenate([PALETTE.colours[one], opaque], axis=2), (whole,)) for one in pictures)
    first, *others = list(patches(images, PALETTE))
    assert first.area == whole
    seen = first.indices.copy()
    for patch, picture in zip([first, *others], pictures, strict=True):
        at = patch.area.within(whole)
        seen[at] = np.where(patch.indices == UNCHANGED, seen[at], patch.indices)
        assert (seen == picture).all()


def test_gaps_of_one_colour_are_painted_across_empty_rows_and_others_are_not() -> None:
    before = np.ones((6, 6), np.uint8)
    after = before.copy()
    after[[0, 4], 1] = after[[0, 4], 4] = after[5, [0, 5]] = 2
    assert (patched(before, after).indices == after).all()
    before[2, 3] = after[2, 3] = 3  # now the rows between are of two colours
    painted = patched(before, after).indices
    assert (painted[1:4] == UNCHANGED).all()
    assert painted[0].tolist() == [1, 2, 1, 1, 2, UNCHANGED]
    assert painted[4].tolist() == [UNCHANGED, 2, 1, 1, 2, 1]
