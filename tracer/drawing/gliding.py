"""Scenes between images: a gradient glides along its edges to the value that it is assigned to.

It leaves the card of the op's value as the upstream gradient, is multiplied where it passes the op's circle, and goes
on as the contribution. The image itself, with the gradient assigned, comes after these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import dist

from tracer.drawing.cards import chip
from tracer.drawing.moments import Moment
from tracer.drawing.scene import Painter
from tracer.drawing.shapes import Curve, Part, Point, Rect, Scene
from tracer.drawing.styles import weighted
from tracer.tracing import Frame

# So many straight pieces take the place of a Bézier: the eye follows a number, not the line.
_PIECES = 12


def travels(moment: Moment) -> bool:
    """Whether a gradient glides at this moment: there is none at the start, and the seed comes from nowhere."""
    return bool(_travelling(moment))


def glide(painter: Painter, moment: Moment, count: int) -> Iterator[Scene]:
    """So many Scenes in which gradients glide to where the image of this moment has them; none if none travels.

    Args:
        painter: draws the images.
        moment: the one that has the gradients assigned; those of a step glide side by side.
        count: how many Scenes.
    """
    frames = _travelling(moment)
    if not frames or not count:
        return
    after = painter.image(moment)
    before = painter.image(moment._replace(shown=moment.current[0].index, current=()))
    waiting = _until_arrival(after, before, frames)
    edges = {part.key: part.shapes[0].points for part in after.parts if isinstance(part.shapes[0], Curve)}
    ways = [_Way(edges[f"edge:out:{frame.op}:0"], edges[f"edge:in:{frame.op}:{frame.slot}"]) for frame in frames]
    for number in range(count):
        share = _eased((number + 0.5) / count)
        moving = (_moving(painter, frame, way, share) for frame, way in zip(frames, ways, strict=True))
        yield waiting._replace(parts=(*waiting.parts, *{part.key: part for part in moving}.values()))


def _travelling(moment: Moment) -> list[Frame]:
    """The frames of a moment whose gradients have a way to go."""
    return [frame for frame in moment.current if frame.op is not None and frame.slot is not None]


class _Way:
    """The way of a gradient, against the direction of values: from a result to its op and on to an operand.

    Args:
        out: the edge from the op to its result, as in `Curve`.
        into: the edge from the operand to the op.
    """

    def __init__(self, out: Sequence[Point], into: Sequence[Point]) -> None:
        to_op, from_op = _straightened(out)[::-1], _straightened(into)[::-1]
        self._points = [*to_op, *from_op]
        self._lengths = [0.0, *accumulate(dist(*pair) for pair in pairwise(self._points))]
        # It is multiplied half-way through the circle.
        self._turn = (self._lengths[len(to_op) - 1] + self._lengths[len(to_op)]) / 2

    def at(self, share: float) -> tuple[Point, bool]:
        """The place after that share of the way, and whether the op lies behind it."""
        gone = share * self._lengths[-1]
        for number, (start, end) in enumerate(pairwise(self._points)):
            if gone <= self._lengths[number + 1]:
                length = self._lengths[number + 1] - self._lengths[number]
                part = (gone - self._lengths[number]) / length if length else 0.0
                return _between(start, end, part), gone > self._turn
        return self._points[-1], True


def _until_arrival(after: Scene, before: Scene, frames: Sequence[Frame]) -> Scene:
    """The image with its targets as they were, and without the chips of the numbers that are on their way."""
    targets = {f"card:{frame.target}" for frame in frames}
    moving = {f"chip:out:{frame.op}:0" for frame in frames}
    old = {part.key: part for part in before.parts if part.key in targets}
    return after._replace(parts=tuple(old.get(part.key, part) for part in after.parts if part.key not in moving))


def _moving(painter: Painter, frame: Frame, way: _Way, share: float) -> Part:
    """The chip of a gradient on its way. The frames of a step share it up to the op."""
    stage = painter.stage
    place, behind = way.at(share)
    label = stage.chip(frame.contribution) if behind else stage.upstream_chip(frame)
    key = f"glide:{frame.op}:{frame.slot}" if behind else f"glide:{frame.op}"
    shapes = (shape._replace(fill="active") if isinstance(shape, Rect) else shape for shape in chip(place, label))
    return Part(key, weighted(tuple(shapes), stage.theme.weight))


def _straightened(points: Sequence[Point]) -> list[Point]:
    """A line of cubic Béziers as points on it."""
    found = [points[0]]
    for place in range(0, len(points) - 1, 3):
        a, b, c, d = points[place : place + 4]
        for piece in range(1, _PIECES + 1):
            t = piece / _PIECES
            ab, bc, cd = _between(a, b, t), _between(b, c, t), _between(c, d, t)
            found.append(_between(_between(ab, bc, t), _between(bc, cd, t), t))
    return found


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _eased(share: float) -> float:
    """Slow at both ends, so that the eye can take hold of it."""
    return share * share * (3 - 2 * share)
