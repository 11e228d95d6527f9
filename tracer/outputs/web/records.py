"""The records of a trace as the player reads them.

They are the nodes and frames of the JSON format, without what follows from the rest or stands in the page anyway, and
where the chips of the pictures stand.
"""

from __future__ import annotations

from dataclasses import fields
from math import copysign, inf, isfinite
from typing import Any, Final

from tracer.graph import Node
from tracer.ops import OPS
from tracer.outputs.web.looks import measures
from tracer.outputs.web.picture import Picture
from tracer.tensors import scalar
from tracer.tracing import Frame, Trace, chain_rule_frames

# Room for the number on a chip where all the numbers of the trace itself are short.
_CHIP_PX: Final = 48.0
# Integers up to here are as exact in JavaScript as in Python.
_EXACT: Final = 2**53


def records(trace: Trace, pictures: dict[str, Picture]) -> dict[str, Any]:
    """The records of a trace.

    Args:
        trace: the trace.
        pictures: the pictures of its graph, by their shape: "wide", "tall".
    """
    by_hand = not _follows_the_chain_rule(trace)
    return {
        "output": trace.graph.output,
        "byHand": by_hand,
        "live": not by_hand and all(node.kind != "op" or node.op in OPS for node in trace.graph.nodes),
        "nodes": [_node(node) for node in trace.graph.nodes],
        "frames": [_frame(frame, by_hand) for frame in trace.frames],
        "chips": {shape: picture.chips for shape, picture in pictures.items()},
        "measures": measures(max(_CHIP_PX, pictures["wide"].widest)),
        "tall": _places(pictures["tall"]) if "tall" in pictures else None,
    }


def _places(picture: Picture) -> dict[str, Any]:
    """Where everything stands in a picture that the player draws from the one that is in the page."""
    return {"box": picture.box, "cards": picture.cards, "ops": picture.ops, "edges": picture.edges}


def _follows_the_chain_rule(trace: Trace) -> bool:
    """Whether the frames are those of the backward pass, so that they can be computed again from the values."""
    right = tuple(chain_rule_frames(trace))
    return [_about(frame) for frame in trace.frames] == [_about(frame) for frame in right] and not any(
        frame.verdict for frame in trace.frames
    )


def _about(frame: Frame) -> list[int | None]:
    about = [frame.step, frame.target, frame.op, frame.slot]
    return about if frame.op is not None else about[:2]


def _node(node: Node) -> dict[str, Any]:
    """A node; its name stands on its card."""
    record: dict[str, Any] = {"value": _number(scalar(node.value))}
    if node.kind == "constant":
        record["literal"] = True
    if node.kind == "op":
        record |= {"op": node.op, "inputs": node.inputs, "local": [_number(scalar(local)) for local in node.local]}
    return record


def _frame(frame: Frame, by_hand: bool) -> dict[str, Any] | list[int | None]:
    """A frame as it is or, where its numbers can be computed, as a list of what it is about."""
    if not by_hand:
        return _about(frame)
    return {
        field.name: _number(value) if isinstance(value, float) else value
        for field in fields(frame)
        if (value := getattr(frame, field.name)) is not None and field.name not in ("label", "note")
    }


def _number(value: float) -> float | str:
    """A number for JSON, which has no word for inf and NaN; whole ones in short, but for -0.0, which has a sign."""
    if not isfinite(value):
        return {inf: "Infinity", -inf: "-Infinity"}.get(value, "NaN")
    whole = value.is_integer() and abs(value) < _EXACT and (value or copysign(1.0, value) > 0)
    return int(value) if whole else value
