"""Step-by-step backpropagation: watch a gradient travel.

A computation becomes a Graph, the backward pass over it becomes a Trace of Frames, a Frame becomes a Scene, and a Scene
becomes a file or a screen:

    >>> from tracer import parse, trace
    >>> t = trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))
    >>> [(frame.label, frame.grad) for frame in t.frames]
    [('L', 1.0), ('d', -2.0), ('f', 4.0), ('c', -2.0), ('e', -2.0), ('a', 6.0), ('b', -4.0)]

`t.log()` tells it in the terminal, `t.save("L.gif")` draws it, `t.check()` verifies it. Values can be made by hand as
well: `Value(2.0, label="a") * Value(-3.0, label="b")`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tracer.errors import (
    CycleError,
    DomainError,
    ExpressionError,
    LayoutError,
    MissingDependencyError,
    NotANumberError,
    OutputError,
    RecordingError,
    SourceError,
    StaleValueError,
    TracerError,
)
from tracer.functions import FUNCTIONS
from tracer.grouping import group
from tracer.recording import recording
from tracer.sources import trace
from tracer.tracing import Frame, Trace
from tracer.value import Value

if TYPE_CHECKING:
    __version__: str
    from tracer import nn
    from tracer.drawing.dot import draw_dot
    from tracer.drawing.theme import Theme
    from tracer.folding import fold
    from tracer.functions import cos, exp, log, maximum, minimum, relu, sigmoid, sin, sqrt, tanh
    from tracer.sources.expression import parse

__all__ = [
    "CycleError",
    "DomainError",
    "ExpressionError",
    "Frame",
    "LayoutError",
    "MissingDependencyError",
    "NotANumberError",
    "OutputError",
    "RecordingError",
    "SourceError",
    "StaleValueError",
    "Theme",
    "Trace",
    "TracerError",
    "Value",
    "cos",
    "draw_dot",
    "exp",
    "fold",
    "group",
    "log",
    "maximum",
    "minimum",
    "nn",
    "parse",
    "recording",
    "relu",
    "sigmoid",
    "sin",
    "sqrt",
    "tanh",
    "trace",
]

# Names that are fetched when somebody asks for them, so that `import tracer` stays light.
_LATER = {
    "Theme": "tracer.drawing.theme",
    "draw_dot": "tracer.drawing.dot",
    "fold": "tracer.folding",
    "parse": "tracer.sources.expression",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("backprop-tracer")
    if name == "nn":
        return import_module("tracer.nn")
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
