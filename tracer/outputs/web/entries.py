"""The card of a tensor as inline SVG: its name, its shape, and its entries or a summary of them as data and as grad.

Data stands as it was drawn. The entries of the gradient are the texts of the class "grad", row by row; the player
writes them anew in every frame.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracer.drawing.shapes import Part, Shape, Text
from tracer.outputs.web.looks import LEFT


def is_tensor(part: Part) -> bool:
    """Whether a card is that of a tensor: only there the name begins at the left, before the shape."""
    return isinstance(part.shapes[1], Text) and part.shapes[1].anchor == "start"


def named(texts: list[Shape]) -> Iterator[tuple[str, Shape]]:
    """The texts on a tensor's card, each with what it is called in the page."""
    label, shape, *entries = texts
    yield f"label {LEFT}", label
    yield "field", shape
    block = iter(("data", "grad"))
    name = ""
    for text in entries:
        # Before the entries of each block stands what they are; they end at the right side of their columns.
        begins = isinstance(text, Text) and text.anchor == "start"
        name = next(block) if begins else name
        yield "field" if begins else name, text
