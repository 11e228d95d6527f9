"""Places that pictures are put in, and what those places allow.

A preset makes pictures no larger than their place shows them, so that they seldom come out too large in bytes. Nothing
else about them changes: where they do come out too large, they are refused with a word on what to change. **To add a
place, add an entry.**
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from tracer.errors import OutputError
from tracer.outputs.sizes import in_words

_MB: Final = 1_000_000
_ANY: Final = ""
# What a smaller width or scale makes smaller.
_PIXELS: Final = frozenset({".apng", ".gif", ".mp4", ".png", ".webm", ".webp"})
# What has several images all the same.
_PAGES: Final = frozenset({".pdf", ".pptx", ".svg"})


class Preset(NamedTuple):
    """What one place allows. 0, or no entry, is no limit.

    Attributes:
        place: what it is, in words.
        widest: the most device pixels in a row.
        highest: the most device pixels in a column.
        fills: whether pictures are as large as that, and not only at most.
        most_bytes: for each suffix the largest file; "" stands for all other suffixes.
        most_images: the most images that an animated picture may have.
        longest_ms: the longest that a video may be, in ms.
    """

    place: str
    widest: int = 0
    highest: int = 0
    fills: bool = False
    most_bytes: Mapping[str, int] = MappingProxyType({})
    most_images: int = 0
    longest_ms: int = 0


PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        "none": Preset(place="anywhere"),
        # Pictures from elsewhere come through a proxy that takes 5 MB; videos can only be attached.
        "readme": Preset(
            place="a README on GitHub", widest=1600, most_bytes={_ANY: 5 * _MB, ".mp4": 10 * _MB, ".webm": 10 * _MB}
        ),
        "slides": Preset(place="slides", widest=1920, highest=1080, fills=True),
        "x": Preset(
            place="X",
            widest=1280,
            highest=1080,
            most_bytes={_ANY: 5 * _MB, ".gif": 15 * _MB, ".mp4": 512 * _MB},
            most_images=350,
            longest_ms=140_000,
        ),
        "discord": Preset(place="Discord", most_bytes={_ANY: 10 * _MB}),
    }
)


def fitting_scale(preset: Preset, width: float, height: float, scale: float, *, exact: bool = False) -> float:
    """The scale at which a picture of that many px fits its place.

    Args:
        preset: the place.
        width: of the picture at scale 1, in px.
        height: likewise.
        scale: the scale that is wanted, in device pixels to a px.
        exact: keep to that scale if it fits, even where the place could be filled.
    """
    limits = [most / length for most, length in ((preset.widest, width), (preset.highest, height)) if most]
    largest = min(limits, default=scale)
    return largest if preset.fills and not exact else min(scale, largest)


def check_images(preset: Preset, count: int) -> None:
    """Refuse an animated picture of more images than its place allows.

    Raises:
        OutputError: there are too many; the message says what to change.
    """
    if preset.most_images and count > preset.most_images:
        raise OutputError(
            f"there are {count} images, and {preset.place} allows {preset.most_images}: "
            "show fewer of them with frames or by step, or make a video"
        )


def check_length(preset: Preset, length_ms: int) -> None:
    """Refuse a video that is longer than its place allows.

    Raises:
        OutputError: it is too long; the message says what to change.
    """
    if preset.longest_ms and length_ms > preset.longest_ms:
        raise OutputError(
            f"the video would last {length_ms / 1000:.0f} s, and {preset.place} allows "
            f"{preset.longest_ms / 1000:.0f} s: use a hold_ms that is {100 - 100 * preset.longest_ms // length_ms} % "
            "shorter, or show fewer images with frames or by step"
        )


def check_size(preset: Preset, suffix: str, size: int, most: int = 0) -> None:
    """Refuse a file that is larger than its place allows.

    Args:
        preset: the place.
        suffix: of the file, with its dot.
        size: of the file, in bytes.
        most: a limit besides the place's own, in bytes; 0 is none.

    Raises:
        OutputError: it is too large; the message says what to change.
    """
    own = preset.most_bytes.get(suffix, preset.most_bytes.get(_ANY, 0))
    for limit, whose in ((own, preset.place), (most, "max_bytes")):
        if limit and size > limit:
            raise OutputError(
                f"the {suffix} file would have {in_words(size)}, and {whose} allows {in_words(limit)}"
                + _advice(suffix, 100 - 100 * limit // size)
            )


def _advice(suffix: str, excess: int) -> str:
    """What makes a file smaller that is so many percent too large."""
    advice = []
    if suffix in _PIXELS:
        amount = f"{excess} %" if excess < 99 else "much"
        advice.append(f"make it {amount} smaller with width or scale")
    if suffix in _PIXELS - {".png"} or suffix in _PAGES:
        advice.append("show fewer images with frames or by step")
    return ": " + ", or ".join(advice) if advice else ""
