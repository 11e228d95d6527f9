"""Finds the node that is meant by a name, and what can run its computation again."""

from __future__ import annotations

from typing import Final

from tracer.errors import SourceError
from tracer.rerunning import Experiment
from tracer.tensors import Tensor
from tracer.tracing import Trace

_STORED: Final = "there is no function here to run again; check the trace in the program that makes it"
_NARROW: Final = frozenset({"float32", "float16", "bfloat16"})
_NAMES_IN_ERRORS: Final = 12


def run_again(trace: Trace) -> Experiment | str | None:
    """What runs the computation of another library again, or why it cannot; None where the op table computes it."""
    if trace.experiment is not None:
        try:
            return trace.experiment()
        except SourceError as error:
            return str(error)
    narrow = any(isinstance(node.value, Tensor) or node.dtype in _NARROW for node in trace.graph.nodes)
    return _STORED if narrow else None


def find(trace: Trace, wanted: str | int) -> int:
    """The id of the node that is shown by a name, or has an id.

    Raises:
        SourceError: there is none, or it is a literal, which has no gradient.
    """
    nodes = trace.graph.nodes
    if isinstance(wanted, int):
        found = [node for node in nodes if node.id == wanted]
    else:
        found = [node for node, name in zip(nodes, trace.names, strict=True) if name == wanted]
    if not found:
        raise SourceError(f"there is no value called {wanted!r}; {_choices(trace, str(wanted))}")
    for node in found:
        if node.kind != "constant":
            return node.id
    raise SourceError(f"{wanted!r} is a literal and has no gradient; {_choices(trace, '')}")


def _choices(trace: Trace, wanted: str) -> str:
    from difflib import get_close_matches  # nothing but mistakes has a use for it

    names = [name for name, node in zip(trace.names, trace.graph.nodes, strict=True) if node.kind != "constant"]
    close = get_close_matches(wanted, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    more = ", ..." if len(names) > _NAMES_IN_ERRORS else ""
    return f"there are {', '.join(names[:_NAMES_IN_ERRORS])}{more}"
