"""A trace as an animated GIF."""

from __future__ import annotations

from typing import BinaryIO

from tracer.outputs.animating import picture_of
from tracer.outputs.gif import write_gif
from tracer.outputs.options import Options
from tracer.outputs.progress import Progress
from tracer.tracing import Trace


def write(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write a trace as a GIF, an image for each moment, the last one held for longer."""
    animation = picture_of(trace, options)
    write_gif(
        file,
        animation.scenes(),
        animation.stage.theme,
        animation.durations_ms,
        animation.scale,
        loop=options.loop,
        progress=progress,
    )
