"""Scenes → showings: each shape once, in painting order, with the images in which it is seen.

Most of what there is to see is in most of the images. An animation that holds each shape once, and says when it is
shown, is far smaller than its images together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush
from itertools import pairwise

from tracer.drawing.shapes import Scene, Shape

# A shape in all images: the key of its part, itself, and the how manieth it is of those that are equal. The last number
# tells images apart where nothing can be shared between them, and is else 0.
_Identity = tuple[str, Shape, int, int]


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
    images = [list(_identities(scene)) for scene in scenes]
    try:
        order = _merged(images)
    except CycleError:  # shapes change places, so that no order is right for all images
        images = [[(*identity[:3], number) for identity in image] for number, image in enumerate(images)]
        order = _merged(images)
    shown: dict[_Identity, list[int]] = {identity: [] for identity in order}
    for number, image in enumerate(images):
        for identity in image:
            shown[identity].append(number)
    return [Showing(identity[1], tuple(numbers)) for identity, numbers in shown.items()]


def _identities(scene: Scene) -> Iterable[_Identity]:
    for part in scene.parts:
        seen: Counter[Shape] = Counter()
        for shape in part.shapes:
            seen[shape] += 1
            yield part.key, shape, seen[shape], 0


def _merged(images: Sequence[Sequence[_Identity]]) -> list[_Identity]:
    """All shapes in an order in which each image's are in its own; what comes first in an image comes early.

    Raises:
        CycleError: there is no such order.
    """
    places: dict[_Identity, int] = {}
    for image in images:
        for identity in image:
            places.setdefault(identity, len(places))
    identities = list(places)
    sorter = TopologicalSorter[int](dict.fromkeys(places.values(), ()))
    for image in images:
        for before, after in pairwise(image):
            sorter.add(places[after], places[before])
    sorter.prepare()
    # Of those whose turn it could be, the one that was met first: so what is shown together stays together.
    ready = list(sorter.get_ready())
    heapify(ready)
    order: list[_Identity] = []
    while ready:
        place = heappop(ready)
        order.append(identities[place])
        sorter.done(place)
        for following in sorter.get_ready():
            heappush(ready, following)
    return order
