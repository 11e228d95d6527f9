"""Graphviz's JSON → where the boxes and edges of our own layout stand."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tracer.drawing.places import Direction
from tracer.drawing.shapes import Point


class Drawn(NamedTuple):
    """What Graphviz drew, in px, as points (along, across) the flow of values.

    Attributes:
        middles: for each box its middle, by its name.
        lines: for each edge its line, by its id: a start, then three points for each cubic Bézier; () if it got lost.
    """

    middles: dict[str, Point]
    lines: dict[str, tuple[Point, ...]]


def read_json(drawing: bytes, direction: Direction) -> Drawn:
    """Read Graphviz's "json" format. Of the two places in which it has each position, the one with all digits."""
    graph = json.loads(drawing)
    corners = {thing["name"]: _points(thing, "pP", direction) for thing in graph.get("objects", ())}
    return Drawn(
        # Columns are among the objects, but have no outline.
        {name: _middle(points) for name, points in corners.items() if points},
        {edge["id"]: _points(edge, "bB", direction) for edge in graph.get("edges", ()) if "id" in edge},
    )


def _points(thing: dict[str, Any], operations: str, direction: Direction) -> tuple[Point, ...]:
    """The points of the first polygon ("p") or line ("b") that is drawn for a thing."""
    for operation in thing.get("_draw_", ()):
        if operation["op"] in operations:
            return tuple(_in_flow(x, y, direction) for x, y in operation["points"])
    return ()


def _in_flow(x: float, y: float, direction: Direction) -> Point:
    """A point of Graphviz's, whose y goes up, as (along, across)."""
    return (x, -y) if direction == "LR" else (-y, x)


def _middle(corners: tuple[Point, ...]) -> Point:
    xs, ys = zip(*corners, strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
