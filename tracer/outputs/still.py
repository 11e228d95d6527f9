"""Pictures that stand still: the finished graph as one PNG, and each image of a trace as a PNG or SVG of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from tracer.drawing.scene import Painter, scenes
from tracer.outputs.options import Options
from tracer.outputs.progress import Progress
from tracer.outputs.raster import images, rasterise
from tracer.outputs.staging import scale_of, stage_of
from tracer.outputs.svg import svg
from tracer.outputs.transcript import description, title
from tracer.tracing import Trace


def write(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write the last image of a trace, the finished graph, as a PNG with the transcript in it."""
    stage = stage_of(trace, options)
    pixels = rasterise(Painter(stage).image(stage.moments[-1]), stage.theme, scale_of(stage, options))
    file.write(png(pixels, title(trace, options.notation), description(trace, options.notation)))
    if progress is not None:
        progress(1, 1)


def png_pages(trace: Trace, options: Options, progress: Progress | None) -> tuple[int, Iterator[bytes]]:
    """Each image of a trace as a PNG that says in words what it shows."""
    stage = stage_of(trace, options)
    count = len(stage.moments)

    def pages() -> Iterator[bytes]:
        # An image is drawn into the array of the one before it, and the Scenes are only drawn when they are needed.
        shown = list(scenes(stage))
        drawn = images(shown, stage.theme, scale_of(stage, options))
        for number, (scene, image) in enumerate(zip(shown, drawn, strict=True), 1):
            yield _checked(png(image.pixels[..., :3], scene.title, scene.description), ".png", options)
            if progress is not None:
                progress(number, count)

    return count, pages()


def svg_pages(trace: Trace, options: Options, progress: Progress | None) -> tuple[int, Iterator[bytes]]:
    """Each image of a trace as an SVG."""
    stage = stage_of(trace, options)
    count = len(stage.moments)

    def pages() -> Iterator[bytes]:
        for number, scene in enumerate(scenes(stage), 1):
            yield _checked(svg(scene, stage.theme).encode(), ".svg", options)
            if progress is not None:
                progress(number, count)

    return count, pages()


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


def _checked(content: bytes, suffix: str, options: Options) -> bytes:
    options.check_size(suffix, len(content))
    return content
