"""When a page may compute a trace again with other inputs, and what it says where it may not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from tests.engines import Buggy, Lecture
from tests.strategies import outputs
from tracer import Value, parse, recording, trace
from tracer.outputs.web.recomputing import obstacle
from tracer.sources.logbook import Assigned, Logbook
from tracer.tensors import Tensor
from tracer.tracing import Trace


def product() -> Trace:
    return trace(parse("a*b", a=2, b=3))


def changed(**changes: Any) -> Trace:
    """The product as a file holds it, with changes to its op node."""
    stored = json.loads(product().to_json())
    stored["nodes"][2] |= changes
    return Trace.from_json(json.dumps(stored))


@settings(max_examples=60)
@given(outputs(max_ops=8))
def test_the_tracers_own_computations_can_be_computed_again(output: Value) -> None:
    assert obstacle(trace(output)) == ""


def test_an_engine_in_another_order_can_be_computed_again() -> None:
    a, b = Lecture(2.0, label="a"), Lecture(3.0, label="b")
    assert obstacle(trace((a * b + a).tanh())) == ""


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"op": "conv"}, "this page does not know how to compute conv"),
        ({"value": 6.5}, "this page would compute mul otherwise"),
        ({"local": [3.0, 2.5]}, "this page would compute mul otherwise"),
        ({"dtype": "float32"}, "this page does not round as float32 does"),
        ({"dtype": "float64"}, ""),
        ({"op": "evil\n\x1b[31m" + "x" * 300}, None),
    ],
)
def test_what_another_program_computed(changes: dict[str, Any], why: str | None) -> None:
    found = obstacle(changed(**changes))
    if why is None:
        assert found.isprintable()
        assert len(found) < 200
    else:
        assert found == why


def test_gradients_of_another_order_of_rounding() -> None:
    stored = json.loads(trace(parse("a*b + a", a=2, b=3)).to_json())
    stored["frames"][1]["upstream"] = 1.0000000000000002
    assert obstacle(Trace.from_json(json.dumps(stored))) == "its gradients were computed in another way"


def test_hand_made_gradients() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    out = a * b
    with recording(out) as t:
        out.grad = 1.0
        a.grad = 3.0
    assert obstacle(t) == "the gradients were assigned by code that this page cannot run"


def test_a_bug_in_an_engine() -> None:
    a = Buggy(2.0, label="a")
    assert obstacle(trace(a * a)) != ""


def test_tensors() -> None:
    book = Logbook()
    x = book.leaf("input", Tensor.filled((2,), "float64", 1.0), "x")
    output = book.op("sum", 2.0, (x,), "L")
    book.assign(None, Assigned.outright(output, 1.0))
    assert obstacle(book.trace(output, "")) == "this page can compute with single numbers, but not with tensors"
