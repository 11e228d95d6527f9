"""Scenes → showings: each shape once, in painting order, with the images in which it is seen.

Most of what there is to see is in most of the images. An animation that holds each shape once, and says when it is
shown, is far smaller than its images together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush
from itertools import pairwise

from tracer.drawing.shapes import Part, Scene, Shape


@dataclass(frozen=True, slots=True)
class Showing:
    """A shape and the numbers of the images that show it, in order."""

    shape: Shape
    images: tuple[int, ...]

    @property
    def runs(self) -> tuple[range, ...]:
        """The images as runs without gaps."""
        images = set(self.images)
        starts = [image for image in self.images if image - 1 not in images]
        ends = [image + 1 for image in self.images if image + 1 not in images]
        return tuple(range(start, end) for start, end in zip(starts, ends, strict=True))


def showings(scenes: Sequence[Scene]) -> list[Showing]:
    """The shapes of all images in painting order: those of one image are in the order in which that image has them."""
    shapes, images = _numbered(scenes)
    try:
        order = _merged(images)
    except CycleError:  # shapes change places, so that no order is right for all images
        return [Showing(shapes[number], (place,)) for place, image in enumerate(images) for number in image]
    shown: dict[int, list[int]] = {number: [] for number in order}
    for place, image in enumerate(images):
        for number in image:
            shown[number].append(place)
    return [Showing(shapes[number], tuple(places)) for number, places in shown.items()]


def _numbered(scenes: Sequence[Scene]) -> tuple[list[Shape], list[list[int]]]:
    """All shapes, each once, and for each image the numbers of its own; shapes are numbered as they are met."""
    numbers: dict[tuple[str, Shape, int], int] = {}
    # Parts that have not changed are mostly the very same object, which is quicker to find than an equal one.
    known: dict[int, list[int]] = {}
    images: list[list[int]] = []
    for scene in scenes:
        images.append([])
        for part in scene.parts:
            if id(part) not in known:
                known[id(part)] = [numbers.setdefault(shape, len(numbers)) for shape in _told_apart(part)]
            images[-1] += known[id(part)]
    return [shape for _, shape, _ in numbers], images


def _told_apart(part: Part) -> Iterator[tuple[str, Shape, int]]:
    """The shapes of a part, with what tells them from equal ones: their part, and how many of it came before."""
    seen: Counter[Shape] = Counter()
    for shape in part.shapes:
        yield part.key, shape, seen[shape]
        seen[shape] += 1


def _merged(images: Sequence[Sequence[int]]) -> list[int]:
    """All numbers in an order in which those of each image are in its own.

    Raises:
        CycleError: there is no such order.
    """
    sorter = TopologicalSorter[int]({number: () for image in images for number in image})
    for before, after in dict.fromkeys(pair for image in images for pair in pairwise(image)):
        sorter.add(after, before)
    sorter.prepare()
    # Of those whose turn it could be, the one that was met first: so what is shown together stays together.
    ready = list(sorter.get_ready())
    heapify(ready)
    order: list[int] = []
    while ready:
        order.append(heappop(ready))
        sorter.done(order[-1])
        for number in sorter.get_ready():
            heappush(ready, number)
    return order
