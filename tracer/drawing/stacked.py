"""Values as records whose fields stand one below the other, for pictures that rows of fields would make too wide.

Graphviz turns the records of the lecture in the same way where the graph runs down the page.
"""

from __future__ import annotations

from typing import Final

from tracer.drawing.cards import LOOKS, Face, State, text
from tracer.drawing.classic import BASELINE, field, rule
from tracer.drawing.classic import card as record
from tracer.drawing.classic import edge as edge
from tracer.drawing.classic import figures_width as figures_width
from tracer.drawing.classic import literal_size as literal_size
from tracer.drawing.classic import op_circle as op_circle
from tracer.drawing.classic import tensor_size as tensor_size
from tracer.drawing.fonts import measure
from tracer.drawing.measures import LABEL, RECORD_PADDING, STACK_ROW
from tracer.drawing.places import Box, Size
from tracer.drawing.shapes import Rect, Shape

_ROWS: Final = 3


def card_size(label: str, narrowest: float) -> Size:
    """Width and height of a record in px: at least `narrowest` px wide, wider where its label is long."""
    return max(measure(label, LABEL, bold=True) + 2 * RECORD_PADDING, narrowest), _ROWS * STACK_ROW


def card(box: Box, face: Face, state: State) -> tuple[Shape, ...]:
    """A value: label, data and grad; a literal has its number only."""
    if not isinstance(face.data, str) or not isinstance(face.gradient, str):
        return record(box, face, state)
    look = LOOKS[state]
    label, data, grad = (box.y + (row + 0.5) * STACK_ROW for row in range(_ROWS))
    right = box.x + box.width
    return (
        Rect(*box, 0.0, look.fill, look.outline, look.weight),
        *(rule((box.x, y), (right, y), look.outline, look.weight) for y in (box.y + STACK_ROW, box.y + 2 * STACK_ROW)),
        text(box.x + box.width / 2, label + LABEL * BASELINE, face.label, LABEL, "ink", bold=True, anchor="middle"),
        *field(box.x, box.width, data, "data", face.data, look.data, bold=look.data != "ink"),
        *field(box.x, box.width, grad, "grad", face.gradient, look.gradient, bold=look.bold),
    )
