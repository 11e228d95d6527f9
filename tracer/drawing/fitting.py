"""What becomes of a graph that is too wide for a blog column, where its numbers would be too small to read.

The words around it grow with it, so that they at least can be read there, and a line below them says what to do.
"""

from __future__ import annotations

from typing import Final

from tracer.drawing.measures import WIDEST
from tracer.drawing.shapes import Circle, Curve, Shape, Text
from tracer.graph import Graph

# In a column a wider picture is too small to be followed, whatever the size of its words.
_LARGEST: Final = 6.0


def magnification(width: float) -> float:
    """How many times as large words are in a picture of that width, in px, as in one that a column has room for."""
    return min(max(width / WIDEST, 1.0), _LARGEST)


def advice(graph: Graph, width: float) -> str:
    """What can be done about a picture of that width, in px; "" if it is not too wide for a column."""
    if width <= WIDEST:
        return ""
    if any(node.scope for node in graph.nodes):
        return "too wide for a blog column: fold its groups (--fold all), or trace a smaller part"
    return "too wide for a blog column: trace a smaller part, or put parts into groups and fold them (--fold)"


def magnified(shapes: tuple[Shape, ...], times: float, down: float = 0.0) -> tuple[Shape, ...]:
    """Shapes, so many times as large as they are, and then that many px further down."""
    if times == 1.0 and not down:
        return shapes
    return tuple(_magnified(shape, times, down) for shape in shapes)


def _magnified(shape: Shape, times: float, down: float) -> Shape:
    if isinstance(shape, Curve):
        points = tuple((x * times, y * times + down) for x, y in shape.points)
        return shape._replace(points=points, stroke_width=shape.stroke_width * times)
    x, y = shape.x * times, shape.y * times + down
    if isinstance(shape, Text):
        return shape._replace(x=x, y=y, size=shape.size * times, width=shape.width * times)
    stroke, radius = shape.stroke_width * times, shape.radius * times
    if isinstance(shape, Circle):
        return shape._replace(x=x, y=y, radius=radius, stroke_width=stroke)
    width, height = shape.width * times, shape.height * times
    return shape._replace(x=x, y=y, width=width, height=height, radius=radius, stroke_width=stroke)
