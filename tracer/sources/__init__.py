"""Everything that can be traced, each giving a Graph (or a Trace)."""

from __future__ import annotations

from tracer.errors import SourceError
from tracer.sources.values import Snapshot
from tracer.tracing import Trace
from tracer.value import Value


def trace(source: Value) -> Trace:
    """Run the backward pass from `source` and return its frames; every `.grad` is set.

    Args:
        source: the Value to start from, usually a loss.

    Raises:
        SourceError: it is nothing that can be traced.
        StaleValueError: data was changed after it had been used.
        CycleError: a value depends on itself.
    """
    if isinstance(source, Value):
        return Trace(Snapshot(source).graph)
    raise SourceError(f"trace() takes a Value, but was given {type(source).__name__}")
