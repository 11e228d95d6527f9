"""How a trace is to be written: everything that the writers of all formats understand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from tracer.drawing.theme import THEMES, Theme
from tracer.errors import OutputError
from tracer.outputs.presets import PRESETS, check_size
from tracer.outputs.sizes import in_bytes

# The least and the most of each number. A GIF counts time in hundredths of a second and in 16 bits, and what is shorter
# than two of them is slowed down by browsers.
LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "hold_ms": (20, 655_350),
    "last_hold_ms": (20, 655_350),
    "loop": (0, 65_535),
    "scale": (0.0, 8.0),
    "width": (0, 16_384),
}

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "theme": tuple(THEMES),
    "notation": ("d", "∂"),
    "direction": ("auto", "LR", "TB"),
    "by": ("assignment", "step"),
    "dot": ("built-in", "system"),
    "preset": tuple(PRESETS),
}

SMALLEST_SCALE: Final = 0.25
"""With a smaller one, nothing in a picture could be told from anything else."""

CALM_MS: Final = 334
"""Where images stay for less than that, there are more than three changes a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a trace is to be written; a format ignores what means nothing to it.

    Attributes:
        theme: what it looks like: the name of one of `tracer.drawing.theme.THEMES`, or a `Theme`.
        notation: how a derivative is spelt in formulas: "d" or "∂".
        direction: which way values flow: "LR", to the right, "TB", down, or "auto", to the right unless that would make
            the text too small in a blog column.
        dot: which Graphviz lays the graph out: the "built-in" one, the same everywhere, or the "system"'s own.
        by: an image for each "assignment" or for each "step".
        forward: show the forward pass first, an image for each op.
        frames: which images to keep, such as "0,3-5"; 0 is the start; "" keeps all.
        hold_ms: how long each image stays, in ms. Below 334 ms there are more than three changes a second, which is
            more than some people can bear to look at.
        last_hold_ms: how long the last image stays, in ms.
        loop: how often the animation plays; 0 is for ever.
        scale: device pixels to a px, for formats that are made of pixels; 0 chooses it: 2, or less for large pictures,
            but not below 1.
        width: how wide they are to be in device pixels, instead of a scale; 0 leaves it to the scale.
        preset: where the picture goes, one of `tracer.outputs.presets.PRESETS`: it is made no larger than that place
            shows it, and refused if it breaks one of the place's limits.
        max_bytes: the most that a file may have, such as "5MB"; it is refused if it has more. "" is no limit.
        tween: show how gradients glide along their edges, in videos and in animations that are made of pixels.

    Raises:
        OutputError: one of them is not what it can be; the message says what it can be.
    """

    theme: str | Theme = "light"
    notation: str = "d"
    direction: str = "auto"
    dot: str = "built-in"
    by: str = "assignment"
    forward: bool = False
    frames: str = ""
    hold_ms: int = 1200
    last_hold_ms: int = 4000
    loop: int = 0
    scale: float = 0.0
    width: int = 0
    preset: str = "none"
    max_bytes: int | str = ""
    tween: bool = False

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if name == "theme" and isinstance(self.theme, Theme):
                continue
            if getattr(self, name) not in choices:
                raise OutputError(f"{name} is one of {', '.join(choices)}, not {getattr(self, name)!r}")
        for name, (least, most) in LIMITS.items():
            number, whole = getattr(self, name), isinstance(least, int)
            if isinstance(number, bool) or not isinstance(number, int if whole else (int, float)):
                raise OutputError(f"{name} is a {'whole ' if whole else ''}number, not {number!r}")
            if not least <= number <= most:
                raise OutputError(f"{name} is from {least} to {most}, not {number!r}")
        if 0 < self.scale < SMALLEST_SCALE:
            raise OutputError(f"scale is 0, to have it chosen, or {SMALLEST_SCALE} or more, not {self.scale!r}")
        if self.max_bytes != "":
            in_bytes(self.max_bytes)
        shortest = min(self.hold_ms, self.last_hold_ms)
        if self.tween and shortest < CALM_MS:
            raise OutputError(f"with tween each image stays for {CALM_MS} ms or longer, not for {shortest} ms")

    def check_size(self, suffix: str, size: int) -> None:
        """Refuse a file of so many bytes if the place it goes to, or `max_bytes`, allows fewer.

        Raises:
            OutputError: it is too large; the message says what to change.
        """
        check_size(PRESETS[self.preset], suffix, size, in_bytes(self.max_bytes or 0))

    @classmethod
    def of(cls, given: Mapping[str, object]) -> Options:
        """Options by name, the others as they are by default.

        Raises:
            OutputError: there is no option of that name; the message lists those there are.
        """
        names = [option.name for option in fields(cls)]
        for name in given:
            if name not in names:
                raise OutputError(f"there is no option {name!r}; there are {', '.join(names)}")
        return cls(**given)  # type: ignore[arg-type]  # __post_init__ checks the types
