"""What an animation shows, and for how long: the images of a trace and, if that is wanted, gradients on their way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tracer.drawing.gliding import glide, travels
from tracer.drawing.scene import Painter
from tracer.drawing.shapes import Scene
from tracer.drawing.stage import Stage
from tracer.outputs.options import Options
from tracer.outputs.presets import PRESETS, check_images, check_length
from tracer.outputs.staging import durations_ms, scale_of, stage_of
from tracer.tracing import Trace

# A gradient is on its way for half of the time that its image has, but for no longer than this.
_GLIDE_MS: Final = 800
# How often it moves on: 12.5 times a second in pictures, so that they stay small, and 25 times in videos.
_PICTURE_TICK_MS: Final = 80
_FILM_TICK_MS: Final = 40


class Animation(NamedTuple):
    """An animation that is made of pixels.

    Attributes:
        stage: what is shown.
        glides: for each moment of the stage in how many Scenes gradients glide, before its image.
        durations_ms: for each Scene how long it stays, in ms.
        scale: device pixels to a px.
    """

    stage: Stage
    glides: Sequence[int]
    durations_ms: Sequence[int]
    scale: float

    def scenes(self) -> Iterator[Scene]:
        """All Scenes in order, each made when it is asked for."""
        painter = Painter(self.stage)
        for moment, count in zip(self.stage.moments, self.glides, strict=True):
            yield from glide(painter, moment, count)
            yield painter.image(moment)


def picture_of(trace: Trace, options: Options) -> Animation:
    """The animation for an animated picture.

    Raises:
        OutputError: there are no such images, or more than their place allows.
        LayoutError: the graph cannot be laid out.
    """
    animation = _animation(trace, options, _PICTURE_TICK_MS)
    check_images(PRESETS[options.preset], len(animation.durations_ms))
    return animation


def film_of(trace: Trace, options: Options) -> Animation:
    """The animation for a video.

    Raises:
        OutputError: there are no such images, or it is longer than its place allows.
        LayoutError: the graph cannot be laid out.
    """
    animation = _animation(trace, options, _FILM_TICK_MS)
    check_length(PRESETS[options.preset], sum(animation.durations_ms))
    return animation


def _animation(trace: Trace, options: Options, tick_ms: int) -> Animation:
    stage = stage_of(trace, options)
    holds = durations_ms(stage, options)
    glides = [
        min(_GLIDE_MS, hold // 2) // tick_ms if options.tween and travels(moment) else 0
        for hold, moment in zip(holds, stage.moments, strict=True)
    ]
    durations: list[int] = []
    for hold, count in zip(holds, glides, strict=True):
        durations += [tick_ms] * count + [hold - tick_ms * count]
    return Animation(stage, glides, durations, scale_of(stage, options))
