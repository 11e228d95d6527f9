"""Images as PNGs that say in words what they show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from tracer.drawing.shapes import Scene
from tracer.drawing.theme import Theme
from tracer.outputs.cores import in_threads
from tracer.outputs.raster import images


class _Page(NamedTuple):
    scene: Scene
    pixels: NDArray[np.uint8]


def pngs(scenes: Iterable[Scene], theme: Theme, scale: float) -> Iterator[bytes]:
    """Scenes of one size, each as a PNG; none is drawn before the first one is asked for.

    Args:
        scenes: what to draw.
        theme: the colours of their roles.
        scale: device pixels to a px.

    Raises:
        OutputError: the images would be too large, or the Scenes differ in size.
    """
    shown = list(scenes)
    drawn = images(shown, theme, scale)
    # The next image is drawn into the same array, and so each page gets a copy.
    pages = (_Page(scene, image.pixels[..., :3].copy()) for scene, image in zip(shown, drawn, strict=True))
    yield from in_threads(_encoded, pages)


def _encoded(page: _Page) -> bytes:
    return png(page.pixels, page.scene.title, page.scene.description)


def png(pixels: NDArray[np.uint8], heading: str, words: str) -> bytes:
    """Pixels as a PNG with a title and a description in it.

    Args:
        pixels: rows of columns of red, green, blue.
        heading: what the picture is called.
        words: what it shows; it may have many lines.
    """
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_itxt("Title", heading)
    info.add_itxt("Description", words)
    content: bytes = iio.imwrite("<bytes>", pixels, plugin="pillow", extension=".png", format="PNG", pnginfo=info)
    return content
