"""Cards, op circles, edges and chips: the shapes of a graph in a given state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate, zip_longest
from typing import Literal, NamedTuple

from tracer.drawing.fonts import measure
from tracer.drawing.layout import Box, Disc
from tracer.drawing.measures import (
    BLOCK_GAP,
    CARD_GAP,
    CARD_HEIGHT,
    CARD_NARROWEST,
    CARD_PADDING,
    CARD_RADIUS,
    CHIP_HEIGHT,
    CHIP_PADDING,
    COLUMN_GAP,
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
    OP_WIDEST,
    PILL_PADDING,
    ROW,
    SHEET,
    SHEETS,
    SMALL,
    WORD_PADDING,
)
from tracer.drawing.shapes import Anchor, Circle, Curve, Point, Rect, Shape, Text
from tracer.graph import Node

State = Literal["waiting", "done", "active", "wrong", "computed"]


class Look(NamedTuple):
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


Grid = tuple[tuple[str, ...], ...]
"""The entries of a tensor as they are shown, in rows and columns."""

Figures = str | Grid
"""What stands on a card for a number or a tensor."""


class Face(NamedTuple):
    """What a card says: its label, its data and, unless it is a literal, its gradient.

    Of a tensor data and gradient are grids, and there are its shape and the widths, in px, of the grids' columns.
    """

    label: str
    data: Figures
    gradient: Figures | None
    shape: str = ""
    columns: tuple[float, ...] = ()


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


def tensor_size(
    label: str, shape: str, columns: tuple[float, ...], rows: int, *, constant: bool
) -> tuple[float, float]:
    """Width and height of a tensor's card in px, with room for so many rows, and columns so wide."""
    fields = max(measure(name, SMALL) for name in ("data", "grad"))
    heading = measure(label, LABEL, bold=True) + CARD_GAP + measure(shape, SMALL)
    width = max(fields + CARD_GAP + sum(columns), heading, CARD_NARROWEST - 2 * CARD_PADDING)
    height = CARD_HEIGHT - 2 * ROW + rows * ROW if constant else CARD_HEIGHT + 2 * (rows - 1) * ROW + BLOCK_GAP
    return width + 2 * CARD_PADDING, height


def columns_of(grids: Iterable[Grid]) -> tuple[float, ...]:
    """How wide the columns of some grids of one form are, in px."""
    widths: list[float] = []
    for grid in grids:
        for row in grid:
            cells = [measure(cell, FIGURE, bold=True) + COLUMN_GAP for cell in row]
            widths = [max(pair) for pair in zip_longest(widths, cells, fillvalue=0.0)]
    return tuple(widths)


def tensor_card(box: Box, face: Face, state: State) -> tuple[Shape, ...]:
    """A tensor: label and shape, and its entries, or a summary of them, as data and as grad."""
    look = LOOKS[state]
    shapes: list[Shape] = [Rect(*box, CARD_RADIUS, look.fill, look.outline, look.weight)]
    label, shape = measure(face.label, LABEL, bold=True), measure(face.shape, SMALL)
    left = box.x + (box.width - label - CARD_GAP - shape) / 2
    shapes.append(text(left, box.y + LABEL_BASELINE, face.label, LABEL, "ink", bold=True))
    shapes.append(text(left + label + CARD_GAP, box.y + LABEL_BASELINE, face.shape, SMALL, "muted"))
    baseline = box.y + DATA_BASELINE
    shapes += _block(box, baseline, "data", face, face.data, look.data, bold=look.data != "ink")
    if face.gradient is not None:
        below = box.y + box.height - CARD_HEIGHT + GRAD_BASELINE - (len(face.gradient) - 1) * ROW
        shapes += _block(box, below, "grad", face, face.gradient, look.gradient, bold=look.bold)
    return tuple(shapes)


def _block(box: Box, baseline: float, name: str, face: Face, grid: Figures, fill: str, *, bold: bool) -> Iterator[Text]:
    """The entries of a tensor in rows and columns, with the field's name before them."""
    yield text(box.x + CARD_PADDING, baseline, name, SMALL, "muted")
    left = box.x + box.width - CARD_PADDING - sum(face.columns)
    rights = [left + width for width in accumulate(face.columns)]
    for number, row in enumerate(() if isinstance(grid, str) else grid):
        for cell, right in zip(row, rights, strict=True):
            yield text(right, baseline + number * ROW, cell, FIGURE, fill, bold=bold, anchor="end")


def card(box: Box, face: Face, state: State) -> tuple[Shape, ...]:
    """A value: label, data and grad; a literal has its number only."""
    if not isinstance(face.data, str) or not isinstance(face.gradient, str | None):
        return tensor_card(box, face, state)
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


def sheets_room(node: Node) -> float:
    """How far the sheets under a node's card stick out to the right and below, in px; 0 if it is no folded group."""
    return SHEETS * SHEET if node.group else 0.0


def sheets(card: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The sheets that lie under the card of a folded group, the lowest first."""
    frame = card[0]
    if not isinstance(frame, Rect):
        raise AssertionError("a card is a rectangle with texts")
    width = min(frame.stroke_width, FIRM)
    moves = [SHEET * sheet for sheet in range(SHEETS, 0, -1)]
    return tuple(frame._replace(x=frame.x + by, y=frame.y + by, stroke_width=width) for by in moves)


def op_circle(disc: Disc, glyph: str, *, lit: bool) -> tuple[Shape, ...]:
    """An op: a circle with its symbol, or a pill with a word that is too long for one."""
    look = LOOKS["active" if lit else "waiting"]
    size = GLYPH if len(glyph) == 1 else SMALL
    sign = text(disc.x, disc.y + size * 0.36, glyph, size, "ink", anchor="middle")
    if disc.longer:
        return Rect(*disc.box, disc.radius, look.fill, look.outline, look.weight), sign
    return Circle(disc.x, disc.y, disc.radius, look.fill, look.outline, look.weight), sign


def edge(points: tuple[Point, ...], *, lit: bool) -> tuple[Shape, ...]:
    """A line from card to op or from op to card."""
    return (Curve(points, "accent" if lit else "outline", HEAVY if lit else LINE),)


def op_size(glyph: str) -> tuple[float, float]:
    """Radius of an op's circle, larger where its symbol is a word; and how much longer a pill is, to either side.

    A word that would need too large a circle gets a pill as high as the circle of a symbol.
    """
    if len(glyph) == 1:
        return OP_RADIUS, 0.0
    half = measure(glyph, SMALL) / 2
    if half + WORD_PADDING <= OP_WIDEST:
        return max(OP_RADIUS, half + WORD_PADDING), 0.0
    return OP_RADIUS, half + PILL_PADDING - OP_RADIUS


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
