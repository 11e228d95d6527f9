"""The records of a trace as the player reads them.

They are the nodes and frames of the JSON format (docs/trace-format.md), without what follows from the rest or stands
in the page anyway, and where the chips of the pictures stand. Of a tensor that is too large for its card there is the
summary that the card shows.
"""

from __future__ import annotations

from math import copysign, inf, isfinite
from typing import Any, Final

from tracer.formatting import rows
from tracer.graph import Node
from tracer.outputs.web.looks import measures
from tracer.outputs.web.picture import Picture
from tracer.tensors import Local, Number, Rule, Tensor, zero_like
from tracer.tracing import Frame, Trace

# Room for the number on a chip where all the numbers of the trace itself are short.
_CHIP_PX: Final = 48.0
# Integers up to here are as exact in JavaScript as in Python.
_EXACT: Final = 2**53


def records(trace: Trace, pictures: dict[str, Picture], obstacle: str) -> dict[str, Any]:
    """The records of a trace.

    Args:
        trace: the trace.
        pictures: the pictures of its graph, by their shape: "wide", "tall".
        obstacle: why the page cannot compute the numbers itself; "" if it can.
    """
    complete = bool(obstacle)
    return {
        "output": trace.graph.output,
        "fixed": obstacle,
        "nodes": [_node(node, complete) for node in trace.graph.nodes],
        "frames": _complete(trace) if complete else [_about(frame) for frame in trace.frames],
        "chips": _short({shape: picture.chips for shape, picture in pictures.items()}),
        "signs": _short(pictures["wide"].signs) if complete else None,
        "measures": _short(measures(max(_CHIP_PX, pictures["wide"].widest))),
        "tall": _places(pictures["tall"]) if "tall" in pictures else None,
    }


def _places(picture: Picture) -> dict[str, Any]:
    """Where everything stands in a picture that the player draws from the one that is in the page."""
    places = {"box": picture.box, "cards": picture.cards, "ops": picture.ops, "edges": picture.edges}
    return {name: _short(each) for name, each in places.items()}


def _short(data: Any) -> Any:
    """Lengths, by themselves or in lists and records, in as few digits as do."""
    match data:
        case dict():
            return {name: _short(each) for name, each in data.items()}
        case list() | tuple():
            return [_short(each) for each in data]
        case float():
            return _number(round(data, 4))
    return data


def _about(frame: Frame) -> list[int | None]:
    """A frame whose numbers can be computed: what it is about."""
    about = [frame.step, frame.target, frame.op, frame.slot]
    return about if frame.op is not None else about[:2]


def _node(node: Node, complete: bool) -> dict[str, Any]:
    """A node; its name stands on its card, and local derivatives in the frames where those are complete."""
    record: dict[str, Any] = {"value": plain(node.value)}
    if node.dtype:
        record["dtype"] = node.dtype
    if node.kind == "constant":
        record["literal"] = True
    if node.kind == "op":
        record |= {"op": node.op, "inputs": node.inputs}
        if not complete:
            record["local"] = list(map(plain, node.local))
    return record


def _complete(trace: Trace) -> list[dict[str, Any]]:
    """The frames with their numbers, but for those that earlier frames have already told."""
    gradients: dict[int | None, Number] = {}
    frames = []
    for frame in trace.frames:
        zero = zero_like(trace.graph[frame.target].value)
        known = {
            "upstream": gradients.get(frame.op),
            "before": gradients.get(frame.target, zero),
            "after": frame.contribution,
        }
        frames.append(_frame(frame, known))
        gradients[frame.target] = frame.after
    return frames


def _frame(frame: Frame, known: dict[str, Number | None]) -> dict[str, Any]:
    record: dict[str, Any] = {"step": frame.step, "target": frame.target}
    if frame.op is not None:
        record |= {"op": frame.op, "slot": frame.slot}
    for name in ("upstream", "local", "contribution", "before", "after"):
        number = getattr(frame, name)
        if name not in known or repr(number) != repr(known[name]):
            record[name] = plain(number)
    if frame.accumulates:
        record["accumulates"] = True
    return record | ({"verdict": frame.verdict} if frame.verdict else {})


def plain(number: Local) -> Any:
    """A number, a tensor or a rule for JSON."""
    match number:
        case Tensor():
            about = {"shape": number.shape, "dtype": number.dtype}
            if rows(number) is None:
                return about | {"summary": list(map(_number, number.summary))}
            return about | {"entries": list(map(_number, number.entries or ()))}
        case Rule():
            return {"rule": number.text, "why": number.why}
    return _number(number)


def _number(value: float) -> float | str:
    """A number for JSON, which has no word for inf and NaN; whole ones in short, but for -0.0, which has a sign."""
    if not isfinite(value):
        return {inf: "Infinity", -inf: "-Infinity"}.get(value, "NaN")
    whole = value.is_integer() and abs(value) < _EXACT and (value or copysign(1.0, value) > 0)
    return int(value) if whole else value
