"""Encodes the images of a GIF on all cores, where that is quicker.

Encoding the images of a large graph takes longer than drawing them, and Pillow lets no other thread run meanwhile.
So helpers are processes of their own, and they are started only after some images have shown that it pays. Whatever
becomes of them, the GIF is the same: what a helper does not send back is encoded here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from tracer.outputs.gif_image import next_image
from tracer.outputs.gif_task import Task

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tracer.outputs.gif_helpers import Helper

# Helpers are ready after some tenths of a second. If the images still to be encoded take less than this, it is no use.
_WORTH_S: Final = 1.0


class Crew:
    """Encodes images; they come out in the order in which they went in.

    Args:
        count: how many images there will be.
    """

    def __init__(self, count: int) -> None:
        self._left = count
        self._line: deque[bytes | Future[bytes]] = deque()
        self._helpers: list[Helper] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        for helper in self._helpers or ():
            helper.end()

    def add(self, task: Task) -> None:
        """Have one more image encoded."""
        self._left -= 1
        free = next((helper for helper in self._helpers or () if helper.free), None)
        self._line.append(self._encoded(task) if free is None else free.encode(task))

    def done(self) -> Iterator[bytes]:
        """Those images that are next and have been encoded."""
        while self._line and (isinstance(self._line[0], bytes) or self._line[0].done()):
            yield self._next()

    def rest(self) -> Iterator[bytes]:
        """All other images."""
        while self._line:
            yield self._next()

    def _next(self) -> bytes:
        image = self._line.popleft()
        return image if isinstance(image, bytes) else image.result()

    def _encoded(self, task: Task) -> bytes:
        start = perf_counter()
        image = next_image(task)
        if self._helpers is None and (perf_counter() - start) * self._left > _WORTH_S:
            from tracer.outputs.gif_helpers import helpers  # loads what small pictures do not need

            self._helpers = list(helpers())
        return image
