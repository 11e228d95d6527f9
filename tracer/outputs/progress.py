"""How far a writer has come, for people who wait."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from threading import Lock, Timer
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO, TypeVar

from tracer.formatting import visible

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

Progress = Callable[[int, int], None]
"""What a writer calls after each image: how many are done, and how many there are."""

Item = TypeVar("Item")


def counted(items: Iterable[Item], count: int, progress: Progress | None) -> Iterator[Item]:
    """The items; when one has been dealt with and the next one is asked for, `progress` is told.

    Args:
        items: what is dealt with one by one.
        count: how many there are.
        progress: who wants to know, if anybody does.
    """
    for done, item in enumerate(items, 1):
        yield item
        if progress is not None:
            progress(done, count)


class ProgressBar:
    """A bar that appears when something takes long, and goes when it is done; on a terminal only.

    It is itself what a writer calls:

        with ProgressBar("L.gif") as progress:
            write(trace, file, options, progress)

    Args:
        title: what stands beside the bar.
        file: where it is drawn; standard error if left out.
        patience: how long, in s, nothing is shown.

    Attributes:
        total: how many images there are, 0 as long as nobody has said so.
    """

    def __init__(self, title: str, file: TextIO | None = None, patience: float = 1.0) -> None:
        self.total = 0
        self._done = 0
        self._title = title
        self._file = file or sys.stderr
        self._bar: RichProgress | None = None
        self._over = False
        # The bar comes even if no image is done by then, so it has to come from a thread of its own.
        self._timer = Timer(patience, self._appear)
        self._timer.daemon = True
        self._lock = Lock()

    def __enter__(self) -> Self:
        if self._file is not None and self._file.isatty():
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, place: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._bar is not None:
                self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Take note that `done` of `total` images are done."""
        with self._lock:
            self._done, self.total = done, total
            self._update()

    def _appear(self) -> None:
        with self._lock:
            if not self._over:
                self._bar = _started(self._file, visible(self._title))
                self._update()

    def _update(self) -> None:
        if self._bar is not None and self.total:
            self._bar.update(self._bar.task_ids[0], completed=self._done, total=self.total)


def _started(file: TextIO, title: str) -> RichProgress:
    """A bar that is on the screen. Rich is imported here, so that quick jobs do without it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("images"),
        TimeRemainingColumn(),
        console=Console(file=file),
        transient=True,
    )
    bar.add_task(title, total=None)
    bar.start()
    return bar
