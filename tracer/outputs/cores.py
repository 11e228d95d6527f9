"""Work on all cores."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# More would wait for the thread that draws, and each has an image in memory.
_MOST: Final = 4


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """The results of some work on items, in order, done by threads while the next items are being made.

    That is quicker for work during which Python lets other threads run, such as most compression.

    Args:
        work: is called for each item, in another thread.
        items: are taken by this thread, one at a time, and only a few ahead of the results.
    """
    from concurrent.futures import Future, ThreadPoolExecutor  # loads what a short run need not

    count = min(cores(), _MOST)
    line: deque[Future[Result]] = deque()
    threads = ThreadPoolExecutor(count, "encoding")
    try:
        for item in items:
            line.append(threads.submit(work, item))
            if len(line) > count:
                yield line.popleft().result()
        while line:
            yield line.popleft().result()
    finally:
        threads.shutdown(cancel_futures=True)
