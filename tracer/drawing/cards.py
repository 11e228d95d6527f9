"""Cards, op circles, edges and chips: the shapes of a graph in a given state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tracer.drawing.fonts import measure
from tracer.drawing.layout import Box, Disc
from tracer.drawing.measures import (
    CARD_GAP,
    CARD_HEIGHT,
    CARD_NARROWEST,
    CARD_PADDING,
    CARD_RADIUS,
    CHIP_HEIGHT,
    CHIP_PADDING,
    DATA_BASELINE,
    FIGURE,
    FIRM,
    GLYPH,
    GRAD_BASELINE,
    HEAVIEST,
    HEAVY,
    LABEL,
    LABEL_BASELINE,
    LINE,
    LITERAL_HEIGHT,
    OP_RADIUS,
    SMALL,
)
from tracer.drawing.shapes import Anchor, Circle, Curve, Point, Rect, Shape, Text

State = Literal["waiting", "done", "active", "wrong", "computed"]


@dataclass(frozen=True, slots=True)
class Look:
    """What a state looks like: roles of colours, weight of the outline, and whether the gradient is bold."""

    fill: str
    outline: str
    weight: float
    gradient: str
    bold: bool
    data: str = "ink"


LOOKS: dict[State, Look] = {
    "waiting": Look("card", "outline", LINE, "muted", bold=False),
    "done": Look("done", "done_outline", FIRM, "ink", bold=False),
    "active": Look("active", "accent", HEAVY, "accent", bold=True),
    "wrong": Look("active", "wrong", HEAVIEST, "wrong", bold=True),
    # In the forward pass it is the data that has just been assigned.
    "computed": Look("active", "accent", HEAVY, "muted", bold=False, data="accent"),
}


@dataclass(frozen=True, slots=True)
class Face:
    """What a card says: its label, its data and, unless it is a literal, its gradient."""

    label: str
    data: str
    gradient: str | None


def figures_width(figures: Iterable[str]) -> float:
    """How wide a card has to be, in px, for the widest of the numbers that it will ever show."""
    fields = max(measure(name, SMALL) for name in ("data", "grad"))
    numbers = max((measure(figure, FIGURE, bold=True) for figure in figures), default=0.0)
    return max(fields + CARD_GAP + numbers + 2 * CARD_PADDING, CARD_NARROWEST)


def card_size(label: str, narrowest: float) -> tuple[float, float]:
    """Width and height of a card in px: at least as wide as its numbers need, wider where its label is long."""
    return max(measure(label, LABEL, bold=True) + 2 * CARD_PADDING, narrowest), CARD_HEIGHT


def literal_size(label: str) -> tuple[float, float]:
    """Width and height of the card of a literal, in px."""
    return max(measure(label, FIGURE) + 2 * CARD_PADDING, LITERAL_HEIGHT), LITERAL_HEIGHT


def card(box: Box, face: Face, state: State) -> tuple[Shape, ...]:
    """A value: label, data and grad; a literal has its number only."""
    look = LOOKS[state]
    frame = Rect(box.x, box.y, box.width, box.height, CARD_RADIUS, look.fill, look.outline, look.weight)
    middle = box.x + box.width / 2
    if face.gradient is None:
        return frame, text(middle, box.y + box.height / 2 + FIGURE * 0.36, face.label, FIGURE, "ink", anchor="middle")
    left, right = box.x + CARD_PADDING, box.x + box.width - CARD_PADDING
    return (
        frame,
        text(middle, box.y + LABEL_BASELINE, face.label, LABEL, "ink", bold=True, anchor="middle"),
        text(left, box.y + DATA_BASELINE, "data", SMALL, "muted"),
        text(right, box.y + DATA_BASELINE, face.data, FIGURE, look.data, bold=look.data != "ink", anchor="end"),
        text(left, box.y + GRAD_BASELINE, "grad", SMALL, "muted"),
        text(right, box.y + GRAD_BASELINE, face.gradient, FIGURE, look.gradient, bold=look.bold, anchor="end"),
    )


def op_circle(disc: Disc, glyph: str, *, lit: bool) -> tuple[Shape, ...]:
    """An op: a circle with its symbol."""
    look = LOOKS["active" if lit else "waiting"]
    size = GLYPH if len(glyph) == 1 else SMALL
    return (
        Circle(disc.x, disc.y, disc.radius, look.fill, look.outline, look.weight),
        text(disc.x, disc.y + size * 0.36, glyph, size, "ink", anchor="middle"),
    )


def edge(points: tuple[Point, ...], *, lit: bool) -> tuple[Shape, ...]:
    """A line from card to op or from op to card."""
    return (Curve(points, "accent" if lit else "outline", HEAVY if lit else LINE),)


def op_radius(glyph: str) -> float:
    """Radius of an op's circle in px: larger where its symbol is a word."""
    return max(OP_RADIUS, measure(glyph, SMALL) / 2 + 4) if len(glyph) > 1 else OP_RADIUS


def chip_size(label: str) -> tuple[float, float]:
    """Width and height of a chip in px."""
    return measure(label, SMALL) + 2 * CHIP_PADDING, CHIP_HEIGHT


def chip(centre: Point, label: str) -> tuple[Shape, ...]:
    """A number on an edge."""
    x, y = centre
    width, height = chip_size(label)
    return (
        Rect(x - width / 2, y - height / 2, width, height, height / 2, "background", "accent", LINE),
        text(x, y + SMALL * 0.36, label, SMALL, "accent", anchor="middle"),
    )


def text(
    x: float, y: float, words: str, size: float, fill: str, *, bold: bool = False, anchor: Anchor = "start"
) -> Text:
    """A line of text as wide as the font makes it."""
    return Text(x, y, words, size, fill, measure(words, size, bold), bold, anchor)


def fitted(words: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, or as much of it as fits `room` px with … behind it."""
    if measure(words, size, bold) <= room:
        return words
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(words[:middle].rstrip() + "…", size, bold) <= room:
            low = middle
        else:
            high = middle - 1
    return words[:low].rstrip() + "…"
