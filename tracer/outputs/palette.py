"""The colours of a GIF: at most 256, the same in all images.

First come the theme's own colours, exactly as they are: white stays white. The others are the blends of two of them
that smooth edges consist of, evenly spaced. They depend on the theme alone, so the same colour looks the same in every
image of every file, and nothing flickers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tracer.drawing.theme import Theme
from tracer.errors import OutputError

Indices = NDArray[np.uint8]

UNCHANGED: Final = 0
"""The index that is no colour: a pixel that stays as it was in the image before."""

# What other things are drawn on.
_GROUNDS: Final = ("background", "card", "done", "active")


class Palette:
    """The colours of a theme and their blends.

    Args:
        theme: the colours.
        most: how many entries there may be, up to 256.

    Attributes:
        colours: red, green and blue of each entry; the first stands for `UNCHANGED` and is never used as a colour.

    Raises:
        OutputError: `most` is too few for the theme's own colours, or too many for a GIF.
    """

    def __init__(self, theme: Theme, most: int) -> None:
        colours = {role: _rgb(colour) for role, colour in theme.colours().items()}
        grounds = {colours[role] for role in _GROUNDS}
        own = dict.fromkeys(colours.values())
        if not len(own) < most <= 256:
            raise OutputError(f"a palette has from {len(own) + 1} to 256 colours with this theme, not {most}")
        pairs = [(over, under) for over in own if over not in grounds for under in own if under in grounds]
        between = (most - 1 - len(own)) // max(len(pairs), 1)
        blends = dict.fromkeys(
            tuple(round(u + (o - u) * step / (between + 1)) for o, u in zip(over, under, strict=True))
            for over, under in pairs
            for step in range(1, between + 1)
        )
        self.colours = np.array([colours["background"], *(own | blends)], np.uint8)
        # For each colour that was met, as one number of three bytes, its index. Untouched pages of it take no memory.
        self._known: Indices = np.zeros(1 << 24, np.uint8)

    def indices(self, pixels: NDArray[np.uint8]) -> Indices:
        """For each pixel the index of the nearest colour.

        Args:
            pixels: rows of columns of red, green, blue, alpha; alpha is ignored.
        """
        codes = np.ascontiguousarray(pixels).view("<u4")[..., 0] & 0xFFFFFF
        found: Indices = self._known.take(codes, mode="clip")  # no code is out of range, and so none needs a check
        new = codes[found == UNCHANGED]
        if new.size:
            new.sort()
            self._learn(new[np.append(True, new[1:] != new[:-1])])  # as numpy.unique does, which loads much more
            found = self._known.take(codes, mode="clip")
        return found

    def _learn(self, codes: NDArray[np.uint32]) -> None:
        """Find the nearest entry for colours that were not met before."""
        new = np.stack([codes & 255, codes >> 8 & 255, codes >> 16], axis=-1).astype(np.float32)
        own = self.colours[1:].astype(np.float32)
        # |new - own|² without |new|², which is the same for all; float32 holds these integers exactly.
        distances = (own**2).sum(axis=1) - 2 * (new @ own.T)
        self._known[codes] = 1 + distances.argmin(axis=1)


@lru_cache(maxsize=4)
def palette_of(theme: Theme, most: int) -> Palette:
    """The palette, with all it has learned when it was used before."""
    return Palette(theme, most)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))
