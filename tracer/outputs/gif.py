"""Scenes as an animated GIF.

imageio encodes each image: only what has changed since the image before is in it, and what has not changed inside of
that rectangle is transparent. The images are then strung together one by one. (Given all of them at once, Pillow, which
imageio calls, drops images that look like the one before, and keeps two copies of every image in memory.)
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence, Sized
from typing import Any, BinaryIO, Final

import imageio.v3 as iio
import numpy as np

from tracer.drawing.shapes import Scene
from tracer.drawing.theme import Theme
from tracer.errors import OutputError
from tracer.outputs.palette import UNCHANGED, Indices, Palette
from tracer.outputs.patches import Patch, patch_for
from tracer.outputs.raster import Image, images

SHORTEST_MS: Final = 20
"""Browsers slow down what is shorter."""

LONGEST_MS: Final = 655_350
LARGEST: Final = 65_535
"""A GIF has 16 bits for a duration in hundredths of a second, and for a width or a height."""

_TRAILER: Final = b";"


def write_gif(
    file: BinaryIO,
    scenes: Iterable[Scene],
    theme: Theme,
    durations_ms: Sequence[int],
    scale: float = 2.0,
    *,
    loop: int = 0,
    colours: int = 128,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write Scenes as an animated GIF of exactly as many images, even where two of them look the same.

    Args:
        file: an open binary file.
        scenes: the images, all of one size; they are taken one at a time.
        theme: the colours of their roles.
        durations_ms: for each image how long it stays, in ms. A GIF counts hundredths of a second.
        scale: device pixels to a px.
        loop: how often the animation is repeated; 0 is for ever.
        colours: the most that the palette may have, up to 256. Fewer make the file smaller and edges rougher.
        progress: is called after each image with how many are done and how many there are.

    Raises:
        OutputError: there is no image, durations are out of range or not as many as images, or images are too large.
    """
    _check_durations(durations_ms, scenes)
    palette = Palette(theme, colours)
    shown: Indices | None = None
    done = 0
    for image in images(scenes, theme, scale):
        if done == len(durations_ms):
            raise _mismatch(f"more than {done}", done)
        if shown is None:
            shown = _nothing_yet(image)
        patch = patch_for(image, shown, palette)
        gif = _encoded(patch, palette, durations_ms[done], None if done else loop)
        # The first one brings the header that all of them share, and each of them a trailer that only the last needs.
        file.write(_placed(gif, patch.area.left, patch.area.top)[_header_length(gif) if done else 0 : -1])
        done += 1
        if progress is not None:
            progress(done, len(durations_ms))
    if done != len(durations_ms):
        raise _mismatch(str(done), len(durations_ms))
    file.write(_TRAILER)


def _check_durations(durations_ms: Sequence[int], scenes: Iterable[Scene]) -> None:
    if not durations_ms:
        raise OutputError("an animation has at least one image")
    if isinstance(scenes, Sized) and len(scenes) != len(durations_ms):
        raise _mismatch(str(len(scenes)), len(durations_ms))
    for duration in durations_ms:
        if not SHORTEST_MS <= duration <= LONGEST_MS:
            raise OutputError(f"an image of a GIF stays from {SHORTEST_MS} to {LONGEST_MS} ms, not {duration}")


def _mismatch(found: str, durations: int) -> OutputError:
    return OutputError(f"each image needs a duration, but there are {found} images and {durations} durations")


def _nothing_yet(first: Image) -> Indices:
    """What is shown before the first image, large enough for it."""
    height, width = first.pixels.shape[:2]
    if max(width, height) > LARGEST:
        raise OutputError(
            f"a GIF is at most {LARGEST} pixels wide and high, not {width} × {height}; use a smaller scale"
        )
    return np.full((height, width), UNCHANGED, np.uint8)


def _encoded(patch: Patch, palette: Palette, duration_ms: int, loop: int | None) -> bytes:
    """The patch as a GIF of its own; with the palette and the number of repetitions if `loop` is one."""
    # Only the first one's palette gets into the file; Pillow takes milliseconds to look at one.
    header: dict[str, Any] = {} if loop is None else {"loop": loop, "palette": palette.colours.tobytes()}
    gif: bytes = iio.imwrite(
        "<bytes>",
        patch.indices,
        plugin="pillow",
        extension=".gif",
        mode="P",
        transparency=UNCHANGED,
        disposal=1,  # the image stays, and the next one is painted over it
        duration=round(duration_ms / 10) * 10,
        interlace=False,
        optimize=False,
        **header,
    )
    return gif


def _header_length(gif: bytes) -> int:
    """How long the part of a GIF is that all images share: the screen's size and the palette."""
    return 13 + 3 * (2 << (gif[10] & 7))


def _placed(gif: bytes, left: int, top: int) -> bytes:
    """The GIF with its image at that place of the screen, instead of in the corner."""
    at = _header_length(gif)
    while gif[at] == ord("!"):  # extensions: a kind, then blocks, each with its length before it, up to an empty one
        at += 2
        while gif[at]:
            at += gif[at] + 1
        at += 1
    return gif[: at + 1] + struct.pack("<HH", left, top) + gif[at + 5 :]
