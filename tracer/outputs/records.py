"""A trace as the JSON file that `render` takes back: recording and drawing can happen on different machines."""

from __future__ import annotations

from typing import BinaryIO

from tracer.outputs.options import Options
from tracer.outputs.progress import Progress
from tracer.storing import to_json
from tracer.tracing import Trace


def write(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write a trace as JSON in UTF-8; neither options nor progress mean anything to it."""
    file.write(to_json(trace).encode() + b"\n")
