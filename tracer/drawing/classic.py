"""Values as in the lecture: records, `label | data | grad` in a row, and edges with arrowheads.

The functions are those of `cards.py`, so that either module can draw a graph: see `styles.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot
from typing import Final

from tracer.drawing.cards import LOOKS, Face, State, tensor_card, text
from tracer.drawing.cards import edge as line
from tracer.drawing.cards import op_circle as op_circle
from tracer.drawing.cards import tensor_size as tensor_size
from tracer.drawing.fonts import measure
from tracer.drawing.measures import ARROW, CARD_GAP, FIGURE, LABEL, RECORD_HEIGHT, RECORD_PADDING, SMALL
from tracer.drawing.places import Box, Size
from tracer.drawing.shapes import Curve, Point, Rect, Shape, Text

# From the middle of a row down to the baseline, in heights of the text.
BASELINE: Final = 0.36


def figures_width(figures: Iterable[str]) -> float:
    """How wide a field for data or grad has to be, in px, for the widest of the numbers that it will ever show."""
    names = max(measure(name, SMALL) for name in ("data", "grad"))
    numbers = max((measure(figure, FIGURE, bold=True) for figure in figures), default=0.0)
    return names + CARD_GAP + numbers + 2 * RECORD_PADDING


def card_size(label: str, narrowest: float) -> Size:
    """Width and height of a record in px, whose fields for data and grad are `narrowest` px wide."""
    return _label_width(label) + 2 * narrowest, RECORD_HEIGHT


def literal_size(label: str) -> Size:
    """Width and height of the record of a literal, in px."""
    return max(measure(label, FIGURE) + 2 * RECORD_PADDING, RECORD_HEIGHT), RECORD_HEIGHT


def card(box: Box, face: Face, state: State) -> tuple[Shape, ...]:
    """A value: label, data and grad; a literal has its number only."""
    if not isinstance(face.data, str) or not isinstance(face.gradient, str | None):
        return tensor_card(box, face, state)  # the lecture has no tensors
    look = LOOKS[state]
    frame = Rect(*box, 0.0, look.fill, look.outline, look.weight)
    middle = box.y + box.height / 2
    if face.gradient is None:
        words = text(box.x + box.width / 2, middle + FIGURE * BASELINE, face.label, FIGURE, "ink", anchor="middle")
        return frame, words
    label_width = _label_width(face.label)
    width = (box.width - label_width) / 2
    data, grad = box.x + label_width, box.x + label_width + width
    return (
        frame,
        *(rule((x, box.y), (x, box.y + box.height), look.outline, look.weight) for x in (data, grad)),
        text(box.x + label_width / 2, middle + LABEL * BASELINE, face.label, LABEL, "ink", bold=True, anchor="middle"),
        *field(data, width, middle, "data", face.data, look.data, bold=look.data != "ink"),
        *field(grad, width, middle, "grad", face.gradient, look.gradient, bold=look.bold),
    )


def edge(points: tuple[Point, ...], *, lit: bool) -> tuple[Shape, ...]:
    """An arrow from record to op or from op to record."""
    shapes = line(points, lit=lit)
    return (*shapes, *(_head(shape) for shape in shapes if isinstance(shape, Curve)))


def _label_width(label: str) -> float:
    return max(measure(label, LABEL, bold=True) + 2 * RECORD_PADDING, RECORD_HEIGHT)


def field(
    left: float, width: float, middle: float, name: str, figure: str, fill: str, *, bold: bool
) -> tuple[Text, Text]:
    """The name of a field of a record, and its number.

    Args:
        left: where the field begins, in px.
        width: of the field.
        middle: of the field, down the page.
        name: "data" or "grad".
        figure: the number.
        fill: its colour.
        bold: whether it is bold.
    """
    baseline = middle + FIGURE * BASELINE
    right = left + width - RECORD_PADDING
    return (
        text(left + RECORD_PADDING, baseline, name, SMALL, "muted"),
        text(right, baseline, figure, FIGURE, fill, bold=bold, anchor="end"),
    )


def rule(start: Point, end: Point, stroke: str, weight: float) -> Curve:
    """The line between two fields."""
    return Curve((start, start, end, end), stroke, weight)


def _head(curve: Curve) -> Curve:
    """The arrowhead at the end of a line: two short strokes."""
    tip = curve.points[-1]
    before = next((point for point in reversed(curve.points) if point != tip), tip)
    length = hypot(tip[0] - before[0], tip[1] - before[1]) or 1.0
    along, across = (tip[0] - before[0]) / length * ARROW, (tip[1] - before[1]) / length * ARROW
    # Half as wide to either side as it is long.
    one = tip[0] - along - across / 2, tip[1] - across + along / 2
    other = tip[0] - along + across / 2, tip[1] - across - along / 2
    return Curve((one, one, tip, tip, tip, other, other), curve.stroke, curve.stroke_width)
