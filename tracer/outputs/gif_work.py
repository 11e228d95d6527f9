"""A process that encodes images for another one: tasks come in, images go out. `gif_helpers` starts and ends it."""

from __future__ import annotations

import signal
import struct
import sys
from contextlib import suppress
from typing import IO, Final

from tracer.outputs.gif_image import next_image
from tracer.outputs.gif_task import Task

LENGTH: Final = struct.Struct("<I")
"""Before each image that is sent back: how many bytes it has."""


def main() -> None:
    """Work until there are no more tasks."""
    # Ctrl-C reaches all processes of a terminal. The one that started this one deals with it, and then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(BrokenPipeError):
        work(sys.stdin.buffer, sys.stdout.buffer)


def work(tasks: IO[bytes], images: IO[bytes]) -> None:
    """Encode the tasks that come in, one by one."""
    while (task := Task.read(tasks)) is not None:
        image = next_image(task)
        images.write(LENGTH.pack(len(image)) + image)
        images.flush()
