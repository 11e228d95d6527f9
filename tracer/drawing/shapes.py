"""A Scene: everything there is to see in one image, as plain shapes, before anybody decides on a file format.

A Scene consists of parts in painting order, each with a key that stays the same from image to image: the card of a
node, an edge, the caption. Two images of a trace differ in the parts whose shapes differ and nowhere else, which is
what animations and the rasteriser build on. Lengths are px at scale 1, x to the right, y down; colours are the names of
roles in a `Theme`, so that one Scene serves all themes.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]


class Rect(NamedTuple):
    """A rectangle with rounded corners; x and y are its top left corner."""

    x: float
    y: float
    width: float
    height: float
    radius: float
    fill: str
    stroke: str
    stroke_width: float


class Circle(NamedTuple):
    """A circle around (x, y)."""

    x: float
    y: float
    radius: float
    fill: str
    stroke: str
    stroke_width: float


class Curve(NamedTuple):
    """An open line of cubic Béziers: a start, then three points for each piece (two controls and an end)."""

    points: tuple[Point, ...]
    stroke: str
    stroke_width: float


class Text(NamedTuple):
    """One line of text in one style; (x, y) is where `anchor` stands on the baseline, `width` how wide it is."""

    x: float
    y: float
    text: str
    size: float
    fill: str
    width: float
    bold: bool = False
    anchor: Anchor = "start"

    @property
    def left(self) -> float:
        """Where the text begins."""
        return self.x - {"start": 0.0, "middle": self.width / 2, "end": self.width}[self.anchor]


Shape = Rect | Circle | Curve | Text


class Part(NamedTuple):
    """Shapes that belong together, painted in order, under a key that is the same in every image of a trace."""

    key: str
    shapes: tuple[Shape, ...]


class Scene(NamedTuple):
    """One image: its size in px, its parts in painting order, and what it says in words."""

    width: int
    height: int
    parts: tuple[Part, ...]
    title: str = ""
    description: str = ""
