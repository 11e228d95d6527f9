"""A trace as an animated PNG or WebP: for pages that want more colours, or smaller files, than a GIF has."""

from __future__ import annotations

from typing import BinaryIO

from tracer.outputs.animating import picture_of
from tracer.outputs.apng import write_apng as write_as_apng
from tracer.outputs.options import Options
from tracer.outputs.progress import Progress
from tracer.outputs.transcript import description, title
from tracer.outputs.webp import write_webp as write_as_webp
from tracer.tracing import Trace


def write_apng(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write a trace as an animated PNG with its transcript in it, an image for each moment."""
    animation = picture_of(trace, options)
    write_as_apng(
        file,
        animation.scenes(),
        animation.stage.theme,
        animation.durations_ms,
        animation.scale,
        loop=options.loop,
        words=(("Title", title(trace, options.notation)), ("Description", description(trace, options.notation))),
        progress=progress,
    )


def write_webp(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write a trace as an animated WebP with its transcript in it, an image for each moment."""
    animation = picture_of(trace, options)
    write_as_webp(
        file,
        animation.scenes(),
        animation.stage.theme,
        animation.durations_ms,
        animation.scale,
        loop=options.loop,
        title=title(trace, options.notation),
        description=description(trace, options.notation),
        progress=progress,
    )
