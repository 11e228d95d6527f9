"""The styles in which values, ops and edges can be drawn; a theme names one.

A style is a module with the functions of `CardStyle`. **To add a style, write such a module and add an entry.**
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from tracer.drawing import cards, classic, stacked
from tracer.drawing.cards import Face, State
from tracer.drawing.places import Box, Disc, Size
from tracer.drawing.shapes import Point, Shape, Text


class CardStyle(Protocol):
    """What a module has to have so that graphs can be drawn with it."""

    def figures_width(self, figures: Iterable[str]) -> float:
        """How much room numbers need on every card, in px, if these are the numbers that there are."""

    def card_size(self, label: str, narrowest: float) -> Size:
        """Width and height of a card in px, where `narrowest` is what `figures_width` returned."""

    def literal_size(self, label: str) -> Size:
        """Width and height of the card of a literal, in px."""

    def tensor_size(self, label: str, shape: str, columns: tuple[float, ...], rows: int, *, constant: bool) -> Size:
        """Width and height of the card of a tensor in px, with so many rows, and columns so wide."""

    def card(self, box: Box, face: Face, state: State) -> tuple[Shape, ...]:
        """A value in a box of its size."""

    def op_circle(self, disc: Disc, glyph: str, *, lit: bool) -> tuple[Shape, ...]:
        """An op with its symbol."""

    def edge(self, points: tuple[Point, ...], *, lit: bool) -> tuple[Shape, ...]:
        """A line from card to op or from op to card."""


STYLES: Final[Mapping[str, CardStyle]] = MappingProxyType({"cards": cards, "records": classic})
# What takes the place of a style whose pictures would be too wide.
NARROWER: Final[Mapping[str, CardStyle]] = MappingProxyType({"records": stacked})


def weighted(shapes: tuple[Shape, ...], weight: float) -> tuple[Shape, ...]:
    """Shapes with lines that many times as heavy."""
    if weight == 1.0:
        return shapes
    return tuple(
        shape if isinstance(shape, Text) else shape._replace(stroke_width=shape.stroke_width * weight)
        for shape in shapes
    )
