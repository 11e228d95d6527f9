"""What notebooks show of a Trace and of a Value, as MIME bundles.

A Trace shows its player where HTML may run. Where it may not, as in a notebook that is not trusted, frames are taken
out of the HTML; what then comes to light is a still of the finished graph, which stands behind the frame. Places
without HTML show the still itself, and terminals a line of text. Each player has a frame of its own, so two never
collide.
"""

from __future__ import annotations

import sys
from base64 import b64encode
from typing import Any, Final

from tracer.drawing.dot import drawn
from tracer.errors import LayoutError, OutputError
from tracer.outputs.html import iframe
from tracer.outputs.options import Options
from tracer.outputs.saving import rendered
from tracer.outputs.web.markup import escaped
from tracer.tracing import Trace
from tracer.value import Value

Bundle = tuple[dict[str, str], dict[str, dict[str, Any]]]
"""Contents by MIME type, and what there is to say about them."""

_PNG: Final = "image/png"
# How wide the still is, in device pixels and as it is shown, and how many values a graph may have to be shown unasked.
_STILL_PIXELS: Final = 1050
_STILL_PX: Final = 700
_MOST_NODES: Final = 400


def trace_bundle(trace: Trace) -> Bundle:
    """The player of a trace, a still, and its name; only the name where the graph is too large to be drawn."""
    words = {"text/plain": repr(trace)}
    if len(trace.graph) > _MOST_NODES:
        return words, {}
    try:
        still = b64encode(rendered(trace, ".png", Options(width=_STILL_PIXELS))).decode()
        player = iframe(trace, style="border:0;grid-area:1/1")
    except (LayoutError, OutputError):
        return words, {}
    # The frame lies over the still; the page inside takes the still away when it runs.
    html = (
        '<div style="display:grid"><img class="tracer-still" style="grid-area:1/1;max-width:100%"'
        f' width="{_STILL_PX}" alt="{escaped(repr(trace))}" src="data:{_PNG};base64,{still}">{player}</div>'
    )
    return {"text/html": html, _PNG: still} | words, {_PNG: {"width": _STILL_PX}}


def value_bundle(value: Value) -> Bundle:
    """The graph that a value was computed with, with the gradients that there are now, and its name.

    The variables of the notebook, or of whatever the main program is, name what has no label.
    """
    words = {"text/plain": repr(value)}
    main = vars(sys.modules["__main__"]) if "__main__" in sys.modules else {}
    try:
        return {"image/svg+xml": drawn(value, [main]).pipe("svg", encoding="utf-8")} | words, {}
    except LayoutError:
        return words, {}
