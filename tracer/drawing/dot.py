"""The lecture's picture: one record `label | data | grad` a value, a small circle an op, as a `graphviz.Digraph`."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tracer.errors import LayoutError, SourceError
from tracer.formatting import card, visible
from tracer.graph import Graph
from tracer.naming import display_names
from tracer.ops import OPS
from tracer.sources.naming import Naming
from tracer.sources.values import as_it_stands
from tracer.sources.variables import Variables, variables_around
from tracer.tensors import Number, zero_like
from tracer.tracing import Trace
from tracer.value import Value

if TYPE_CHECKING:
    from tracer.drawing.digraph import Digraph

_DIRECTIONS: Final = ("LR", "TB", "RL", "BT")
# What means something else in a record: see "Record-based Nodes" in Graphviz's documentation.
_SPECIAL: Final = re.compile(r"[\\{}|<>]")
# Spaces that Graphviz would drop. Its own way to keep them, "\\ ", moves other text of the record.
_LOST_SPACE: Final = re.compile(r"^ | $| (?= )|(?<= ) ")


def draw_dot(source: Value | Trace | Graph, format: str = "svg", rankdir: str = "LR") -> Digraph:
    """Draw a computation as in the lecture. Nothing is computed: gradients are shown as they are.

    Values without a label are named by the caller's variables, as in `trace`.

    Notebooks show what this returns; `.render("name")` writes it to a file, `.source` is the DOT.

    Args:
        source: a Value, before or after `backward()`; a Trace, drawn with the gradients that it ends with; or a Graph,
            drawn with none.
        format: the file format for `.render()` and `.pipe()`: "svg" or, if Graphviz is installed, any other it knows.
        rankdir: where values flow: "LR" to the right, "TB" down, "RL" to the left, "BT" up.

    Raises:
        SourceError: `source` is none of those.
        LayoutError: there is no such direction.
        StaleValueError: data was changed after it had been used.
        CycleError: a value depends on itself.
    """
    return drawn(source, variables_around(sys._getframe(1)), format, rankdir)


def drawn(
    source: Value | Trace | Graph, around: Sequence[Variables], format: str = "svg", rankdir: str = "LR"
) -> Digraph:
    """What `draw_dot` returns, for the variables `around` the place where somebody asks for it.

    Raises:
        SourceError, LayoutError, StaleValueError, CycleError: as for `draw_dot`.
    """
    from tracer.drawing.digraph import Digraph  # loads graphviz

    if rankdir not in _DIRECTIONS:
        raise LayoutError(f"there is no direction {rankdir!r}; there are {', '.join(_DIRECTIONS)}")
    graph, gradients = _graph_and_gradients(source, around)
    dot = Digraph(format=format, graph_attr={"rankdir": rankdir})
    for node, name in zip(graph.nodes, display_names(graph), strict=True):
        figures = f"data {card(node.value)} | grad {card(gradients.get(node.id, zero_like(node.value)))}"
        dot.node(_value_id(node.id), label=f"{{ {_in_record(name)} | {figures} }}", shape="record")
        if node.kind == "op":
            dot.node(_op_id(node.id), label=_in_label(OPS[node.op].symbol if node.op in OPS else node.op))
            dot.edge(_op_id(node.id), _value_id(node.id))
            for operand in node.inputs:
                dot.edge(_value_id(operand), _op_id(node.id))
    return dot


def _graph_and_gradients(
    source: Value | Trace | Graph, around: Sequence[Variables]
) -> tuple[Graph, Mapping[int, Number]]:
    if isinstance(source, Value):
        graph, gradients = as_it_stands(source, Naming(around))
        return graph, dict(enumerate(gradients))
    if isinstance(source, Trace):
        return source.graph, source.gradients
    if isinstance(source, Graph):
        return source, {}
    raise SourceError(f"draw_dot() takes a Value, a Trace or a Graph, but was given {type(source).__name__}")


def _value_id(node: int) -> str:
    return f"value{node}"


def _op_id(node: int) -> str:
    return f"op{node}"


def _in_record(text: str) -> str:
    """Text that a record shows as it is."""
    spaced = _LOST_SPACE.sub("\N{NO-BREAK SPACE}", visible(text))
    return _SPECIAL.sub(r"\\\g<0>", _without_entities(spaced))


def _in_label(text: str) -> str:
    """Text that a node shows as it is."""
    import graphviz  # type: ignore[import-untyped]

    escaped: str = graphviz.escape(_without_entities(visible(text)))
    return escaped


def _without_entities(text: str) -> str:
    """Text without `&lt;` and the like, for which Graphviz would show the character."""
    return text.replace("&", "&amp;")
