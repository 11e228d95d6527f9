"""The processes that help to encode a GIF, as the process that draws it sees them. What they do is in `gif_work`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Final

from tracer.outputs.cores import cores
from tracer.outputs.gif_image import next_image
from tracer.outputs.gif_task import Task
from tracer.outputs.gif_work import LENGTH

# More would wait for this process, which draws.
_MOST: Final = 3
# One task is being worked on and one is waiting, so that no helper has to wait for this process.
_TASKS_EACH: Final = 2


class Helper:
    """A process that encodes, and two threads that wait for it: to take a task, and to have done it."""

    def __init__(self) -> None:
        code = f"import sys; sys.path[:] = {sys.path!r}; from tracer.outputs.gif_work import main; main()"
        # -P: nothing from the working directory that is not on this process's path as well.
        command = [sys.executable, "-P", "-c", code]
        self._process = Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)  # noqa: S603 (this Python, no shell)
        self._sending = ThreadPoolExecutor(1, "gif-sending")
        self._receiving = ThreadPoolExecutor(1, "gif-receiving")
        self._tasks: list[Future[bytes]] = []

    @property
    def free(self) -> bool:
        """Whether it takes another task."""
        self._tasks = [task for task in self._tasks if not task.done()]
        return len(self._tasks) < _TASKS_EACH

    def encode(self, task: Task) -> Future[bytes]:
        """Have an image encoded: by the process, or by one of the threads if that fails."""
        self._sending.submit(self._send, task)
        image = self._receiving.submit(self._receive, task)
        self._tasks.append(image)
        return image

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        for threads in (self._sending, self._receiving):
            threads.shutdown(cancel_futures=True)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not sent cannot be sent any more
                    pipe.close()
        self._process.wait()

    def _send(self, task: Task) -> None:
        if self._process.stdin is not None:
            with suppress(OSError):  # the process has ended, and `_receive` will notice
                task.write(self._process.stdin)

    def _receive(self, task: Task) -> bytes:
        answers = self._process.stdout
        if answers is not None:
            length = answers.read(LENGTH.size)
            if len(length) == LENGTH.size:
                (size,) = LENGTH.unpack(length)
                image = answers.read(size)
                if len(image) == size:
                    return image
        return next_image(task)


def helpers() -> Iterator[Helper]:
    """As many as there are other cores, none where this Python cannot start another one."""
    if getattr(sys, "frozen", False) or not Path(sys.executable or "").stem.startswith(("python", "pypy")):
        return
    with suppress(OSError):
        for _ in range(min(cores() - 1, _MOST)):
            yield Helper()
