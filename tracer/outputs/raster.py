"""Scenes as pixels. The one rasteriser: everything that is made of pixels comes from here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import floor
from typing import Final, NamedTuple

import numpy as np

from tracer.drawing.shapes import Part, Scene
from tracer.drawing.theme import Theme
from tracer.errors import OutputError
from tracer.outputs.areas import Area, around, merged
from tracer.outputs.ink import Packed, opaque_colour
from tracer.outputs.sheets import Pixels
from tracer.outputs.sprites import Sprite, draw

MOST_PIXELS: Final = 80_000_000
"""More than this in one image is refused: it would take gigabytes of memory, and hardly any program would show it."""


class Image(NamedTuple):
    """One image of an animation.

    Attributes:
        pixels: all of it, rows of columns of red, green, blue, alpha, where alpha is 255. The next image is drawn into
            the same array, so copy what is to be kept.
        changed: the areas in which it may differ from the image before; they do not overlap. The first image is one
            such area.
    """

    pixels: Pixels
    changed: tuple[Area, ...]


def rasterise(scene: Scene, theme: Theme, scale: float = 2.0) -> Pixels:
    """One Scene as pixels: rows of columns of red, green, blue.

    Args:
        scene: what to draw.
        theme: the colours of its roles.
        scale: device pixels to a px.

    Raises:
        OutputError: the image would be too large.
    """
    (image,) = images([scene], theme, scale)
    return image.pixels[..., :3].copy()


def images(scenes: Iterable[Scene], theme: Theme, scale: float = 2.0) -> Iterator[Image]:
    """Scenes of one size as pixels, one after the other; what has not changed is not drawn again.

    Raises:
        OutputError: the images would be too large, or the Scenes differ in size.
    """
    size: tuple[int, int] | None = None
    canvas: Canvas | None = None
    for scene in scenes:
        if canvas is None:
            size, canvas = (scene.width, scene.height), Canvas(scene, theme, scale)
        elif size != (scene.width, scene.height):
            raise OutputError(f"the images of an animation have one size, not {size} and {(scene.width, scene.height)}")
        yield Image(canvas.pixels, canvas.show(scene))


class Drawn(NamedTuple):
    """A part and what it looks like."""

    part: Part
    sprites: tuple[Sprite, ...]
    area: Area


class Canvas:
    """An array of pixels that shows one Scene after another, all of the size of the first."""

    def __init__(self, scene: Scene, theme: Theme, scale: float) -> None:
        self._theme = theme
        self._scale = scale
        self._area = _whole(scene, scale)
        self._background = opaque_colour(theme["background"])
        self._first: dict[str, Drawn] = {}
        self._now: dict[str, Drawn] = {}
        # A pixel is also one number of four bytes, which is quicker to move than four numbers.
        self._packed: Packed = np.empty((self._area.height, self._area.width), np.uint32)
        self.pixels: Pixels = self._packed.view(np.uint8).reshape(*self._packed.shape, 4)

    def show(self, scene: Scene) -> tuple[Area, ...]:
        """Draw a Scene and return the areas that were drawn."""
        before, after = self._now, {part.key: self._drawn(part) for part in scene.parts}
        if len(after) != len(scene.parts):
            raise ValueError("two parts of a Scene have the same key")
        areas = _changes(before, after, self._area) if self._first else (self._area,)
        self._first = self._first or after
        self._now = after
        for area in areas:
            self._paint(area)
        return areas

    def _drawn(self, part: Part) -> Drawn:
        """The part with its sprites, which are drawn only if it is another one than before and than at first."""
        now = self._now.get(part.key)
        if now is not None and now.part is part:  # as most are, from image to image
            return now
        for shown in (now, self._first.get(part.key)):
            if shown is not None and _same(shown.part, part):
                return shown
        sprites = draw(part, self._theme, self._scale, self._area)
        area = around(sprite.area for sprite in sprites) & self._area if sprites else Area(0, 0, 0, 0)
        return Drawn(part, sprites, area)

    def _paint(self, area: Area) -> None:
        self._packed[area.top : area.bottom, area.left : area.right] = self._background
        for shown in self._now.values():
            if shown.area.overlaps(area):
                for sprite in shown.sprites:
                    if sprite.area.overlaps(area):
                        sprite.lay_over(self._packed, area)


def _changes(before: dict[str, Drawn], after: dict[str, Drawn], whole: Area) -> tuple[Area, ...]:
    """Where two images differ: the places of all parts that change, as they were and as they are."""
    kept = {key for key in after if key in before and _same(before[key].part, after[key].part)}
    if [key for key in before if key in kept] != [key for key in after if key in kept]:
        return (whole,)  # parts that look the same cover each other in another order
    changed = [shown.area for image in (before, after) for key, shown in image.items() if key not in kept]
    return merged(area for area in changed if area)


def _same(one: Part, other: Part) -> bool:
    # Parts that have not changed are mostly the very same object, which is quicker to see.
    return one is other or one == other


def _whole(scene: Scene, scale: float) -> Area:
    area = Area(0, 0, max(round(scene.width * scale), 1), max(round(scene.height * scale), 1))
    if area.width * area.height > MOST_PIXELS:
        fitting = floor(100 * scale * (MOST_PIXELS / (area.width * area.height)) ** 0.5) / 100
        raise OutputError(
            f"the image would be {area.width} × {area.height} pixels large, but {MOST_PIXELS // 1_000_000} million "
            f"pixels are the most; use a scale of {fitting} or less"
        )
    return area
