"""Pictures that stand still: the finished graph as one PNG, and each image of a trace as a PNG or SVG of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from tracer.drawing.scene import Painter, scenes
from tracer.drawing.stage import Stage
from tracer.outputs.options import Options
from tracer.outputs.pngs import png, pngs
from tracer.outputs.progress import Progress, counted
from tracer.outputs.raster import rasterise
from tracer.outputs.staging import scale_of, stage_of, still_of
from tracer.outputs.svg import svg
from tracer.outputs.transcript import description, title
from tracer.tracing import Trace


def write(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write the finished graph, or the last image that is asked for, as a PNG with the transcript in it."""
    stage = stage_of(trace, options)
    pixels = rasterise(Painter(stage).image(still_of(stage, options)), stage.theme, scale_of(stage, options))
    file.write(png(pixels, title(trace, options.notation), description(trace, options.notation)))
    if progress is not None:
        progress(1, 1)


def png_pages(trace: Trace, options: Options, progress: Progress | None) -> tuple[int, Iterator[bytes]]:
    """Each image of a trace as a PNG that says in words what it shows."""
    stage = stage_of(trace, options)
    return _pages(pngs(scenes(stage), stage.theme, scale_of(stage, options)), ".png", stage, options, progress)


def svg_pages(trace: Trace, options: Options, progress: Progress | None) -> tuple[int, Iterator[bytes]]:
    """Each image of a trace as an SVG."""
    stage = stage_of(trace, options)
    return _pages((svg(scene, stage.theme).encode() for scene in scenes(stage)), ".svg", stage, options, progress)


def _pages(
    contents: Iterable[bytes], suffix: str, stage: Stage, options: Options, progress: Progress | None
) -> tuple[int, Iterator[bytes]]:
    """How many files there are, and their contents, each of a size that the options allow."""
    count = len(stage.moments)
    return count, (_checked(content, suffix, options) for content in counted(contents, count, progress))


def _checked(content: bytes, suffix: str, options: Options) -> bytes:
    options.check_size(suffix, len(content))
    return content
