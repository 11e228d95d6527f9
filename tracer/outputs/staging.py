"""What the options mean for the images of a trace: which there are, how they are laid out, and how long each stays."""

from __future__ import annotations

from dataclasses import replace
from math import floor, sqrt
from typing import Final, cast

from tracer.drawing.layout import Direction
from tracer.drawing.moments import By, Moment, finished, moments
from tracer.drawing.stage import Stage
from tracer.drawing.theme import THEMES, Theme
from tracer.outputs.options import Options
from tracer.outputs.presets import PRESETS, fitting_scale
from tracer.tracing import Trace
from tracer.wording import PICTURE

# Device pixels to a px, where nobody asked for another scale, and in how many pixels in all it may result.
_SHARP: Final = 2.0
_MANY_PIXELS: Final = 4_000_000


def stage_of(trace: Trace, options: Options) -> Stage:
    """The stage on which a trace is shown.

    Raises:
        OutputError: the options name images that the trace does not have.
        LayoutError: the graph cannot be laid out.
    """
    shown = moments(trace, cast(By, options.by), forward=options.forward, frames=options.frames)
    direction = None if options.direction == "auto" else cast(Direction, options.direction)
    style = replace(PICTURE, d=options.notation)
    return Stage(trace, shown, direction, style, theme_of(options), system=options.dot == "system")


def still_of(stage: Stage, options: Options) -> Moment:
    """What a picture that stands still shows: the finished graph, or the last of the images that were asked for."""
    return stage.moments[-1] if options.frames else finished(stage.trace)


def theme_of(options: Options) -> Theme:
    """What it looks like."""
    return options.theme if isinstance(options.theme, Theme) else THEMES[options.theme]


def durations_ms(stage: Stage, options: Options) -> list[int]:
    """How long each image stays, in ms; the last one is held for longer."""
    return [options.hold_ms] * (len(stage.moments) - 1) + [options.last_hold_ms]


def scale_of(stage: Stage, options: Options) -> float:
    """Device pixels to a px: as many as were asked for, or fewer where the picture's place wants fewer."""
    asked = options.width / stage.width if options.width else options.scale or _usual_scale(stage)
    preset = PRESETS[options.preset]
    return fitting_scale(preset, stage.width, stage.height, asked, exact=bool(options.width))


def _usual_scale(stage: Stage) -> float:
    """As sharp as screens are, but for large pictures less, in quarters, and never less than a pixel to a px."""
    sharp = sqrt(_MANY_PIXELS / (stage.width * stage.height))
    return max(1.0, min(floor(sharp * 4) / 4, _SHARP))
