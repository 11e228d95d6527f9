"""A Trace as JSON and back: recording and drawing can happen on different machines.

The format is described in docs/trace-format.md and by the schema beside this module. It stands on its own, so that
programs in other languages can use it: names and frames are written out although they follow from the nodes. Floats
come back bit for bit, names and frames as they were stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from functools import cached_property
from math import isfinite
from typing import Any, Final

from tracer.errors import SourceError
from tracer.graph import Graph, Node
from tracer.ops import OPS
from tracer.strictjson import VERSION, loads, place
from tracer.telling import shown
from tracer.tensors import Local, Number, Rule, Summary, Tensor, nearest, shape_of
from tracer.tracing import Frame, Trace

_LONGEST_MESSAGE: Final = 200


def to_json(trace: Trace) -> str:
    """The trace as JSON, one node or frame a line. It is ASCII, whatever the labels are."""
    head = {
        "format": "tracer",
        "version": VERSION,
        "source": trace.source,
        "remarks": trace.remarks,
        "output": trace.graph.output,
    }
    nodes = ({"id": node.id, "name": trace.names[node.id]} | _record(node) for node in trace.graph.nodes)
    members = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    members += [_lines("nodes", nodes), _lines("frames", map(_record, trace.frames))]
    return "{\n" + ",\n".join(members) + "\n}"


def _lines(key: str, records: Iterable[dict[str, Any]]) -> str:
    lines = ",\n".join(json.dumps(record, allow_nan=False) for record in records)
    return f'"{key}": [\n{lines}\n]'


def _record(item: Node | Frame) -> dict[str, Any]:
    return {field.name: _plain(getattr(item, field.name)) for field in fields(item)}


def _plain(value: object) -> object:
    """A field in JSON's terms."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Tensor):
        held = {"summary": value.summary} if value.entries is None else {"entries": value.entries}
        return {"shape": value.shape, "dtype": value.dtype} | {key: _plain(numbers) for key, numbers in held.items()}
    if isinstance(value, Rule):
        return {"rule": value.text, "why": value.why}
    return value


def from_json(text: str) -> Trace:
    """The trace that `to_json` wrote.

    Raises:
        SourceError: it is not such a text, or what it says does not fit together.
    """
    data = loads(text)
    graph = _graph(data)
    names = tuple(node["name"] for node in data["nodes"])
    frames = tuple(map(_frame, data["frames"]))
    _check_frames(graph, frames, names)
    return _StoredTrace(graph, names, frames, data["source"], tuple(data["remarks"]))


class _StoredTrace(Trace):
    """A trace that was read from outside. Its names and remarks are those that it was stored with."""

    def __init__(
        self, graph: Graph, names: tuple[str, ...], frames: tuple[Frame, ...], source: str, remarks: tuple[str, ...]
    ) -> None:
        super().__init__(lambda: graph, lambda _: frames, source)
        self._names = names
        self._remarks = remarks

    @cached_property
    def names(self) -> tuple[str, ...]:
        return self._names

    @property
    def remarks(self) -> tuple[str, ...]:
        return self._remarks


def _graph(data: dict[str, Any]) -> Graph:
    try:
        graph = Graph(tuple(map(_node, data["nodes"])), int(data["output"]))
    except SourceError as error:  # which may list all that a node reads
        raise SourceError(shown(str(error), _LONGEST_MESSAGE)) from None
    for node in graph.nodes:
        if (node.kind == "op") != bool(node.op) or (node.kind == "op") != bool(node.inputs):
            raise _error("nodes", node.id, "an op node has an op and inputs, and no other node has")
        if node.op in OPS and len(node.inputs) != OPS[node.op].arity:
            raise _error("nodes", node.id, f"{node.op} takes {OPS[node.op].arity} inputs, not {len(node.inputs)}")
    return graph


def _node(data: dict[str, Any]) -> Node:
    return Node(
        id=int(data["id"]),
        kind=data["kind"],
        op=data["op"],
        label=data["label"],
        value=_number(data["value"]),
        inputs=tuple(map(int, data["inputs"])),
        local=tuple(map(_local, data["local"])),
        shape=tuple(map(int, data["shape"])),
        scope=data["scope"],
        dtype=data["dtype"],
        group=data["group"],
    )


def _local(data: Any) -> Local:
    if isinstance(data, dict) and data.keys() == {"rule", "why"}:
        return Rule(data["rule"], data["why"])
    return _number(data)


def _number(data: Any) -> Number:
    if not isinstance(data, dict):
        return float(data)
    held = data.keys() - {"shape", "dtype"}
    if held not in ({"entries"}, {"summary"}) or len(data) != 3:
        raise SourceError("a tensor has a shape, a dtype, and either entries or a summary")
    shape = tuple(map(int, data["shape"]))
    if "entries" in data:
        return Tensor.of(shape, data["dtype"], map(float, data["entries"]))
    return Tensor(shape, data["dtype"], None, Summary(*map(float, data["summary"][:4])))


def _frame(data: dict[str, Any]) -> Frame:
    return Frame(
        index=int(data["index"]),
        step=int(data["step"]),
        target=int(data["target"]),
        label=data["label"],
        op=None if data["op"] is None else int(data["op"]),
        slot=None if data["slot"] is None else int(data["slot"]),
        upstream=_number(data["upstream"]),
        local=_local(data["local"]),
        contribution=_number(data["contribution"]),
        before=_number(data["before"]),
        after=_number(data["after"]),
        accumulates=data["accumulates"],
        verdict=data["verdict"],
        note=data["note"],
    )


def _check_frames(graph: Graph, frames: tuple[Frame, ...], names: tuple[str, ...]) -> None:
    step = -1
    for number, frame in enumerate(frames):
        if frame.index != number:
            raise _error("frames", number, f"its index is {frame.index}; frames count up from 0")
        if frame.step not in (step, step + 1):
            raise _error("frames", number, f"its step is {frame.step}; steps count up from 0, without gaps")
        step = frame.step
        if problem := _misfit(frame, graph, names):
            raise _error("frames", number, problem)


def _misfit(frame: Frame, graph: Graph, names: tuple[str, ...]) -> str:
    """What about a frame does not fit the graph, or itself; "" if all does."""
    if frame.target >= len(graph):
        return f"there is no node {frame.target}"
    if frame.label != names[frame.target]:
        return f"its label is not the name of node {frame.target}"
    if frame.op is None or frame.slot is None:
        if (frame.op, frame.slot) != (None, None) or (frame.target != graph.output and not frame.note):
            return "only the output is given its gradient by no op"
    elif frame.op not in graph.reached:
        return f"node {frame.op} is no op node that the output depends on"
    elif graph[frame.op].inputs[frame.slot : frame.slot + 1] != (frame.target,):
        return f"node {frame.target} is not input {frame.slot} of node {frame.op}"
    if any(shape_of(number) != graph[frame.target].shape for number in (frame.contribution, frame.before, frame.after)):
        return f"its numbers have not the shape of node {frame.target}"
    if not frame.verdict and not _adds_up(frame, graph[frame.target].dtype):
        return "before + contribution is not after"
    return ""


def _adds_up(frame: Frame, dtype: str) -> bool:
    """Whether before + contribution is after, for each entry and rounded as the dtype rounds."""
    parts = (_entries(number) for number in (frame.before, frame.contribution, frame.after))
    return all(_same(nearest(one + other, dtype), total) for one, other, total in zip(*parts, strict=True))


def _entries(number: Number) -> tuple[float, ...]:
    """The entries that are kept: none of a large tensor."""
    return (number.entries or ()) if isinstance(number, Tensor) else (number,)


def _same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)


def _error(key: str, number: int, problem: str) -> SourceError:
    return SourceError(f"{place([key, number])}: {problem}")
