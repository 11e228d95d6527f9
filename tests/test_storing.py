"""Traces as JSON: what comes back, what is documented, and what is refused."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import tracer
from tests.strategies import programs
from tracer import Value, parse, recording, strictjson, trace
from tracer.errors import SourceError
from tracer.formatting import visible
from tracer.graph import Graph, Node
from tracer.storing import from_json, to_json
from tracer.tracing import Frame, Trace

SCHEMA = json.loads((Path(tracer.__file__).parent / "trace.schema.json").read_text())
DOCUMENT = (Path(__file__).parents[1] / "docs" / "trace-format.md").read_text(encoding="utf-8")
HOSTILE = ["a|b{c}>", "<b>&amp;</b>", '"quoted"', "\\n", "two\nlines", "\x1b[31m", "\x00", "\ud800", "‮", "😀", "NaN",
           "$\\alpha$", "[link](x)", " ", "null", "é", "e\u0301"]  # fmt: skip

Change = Callable[[dict[str, Any]], object]


def lecture() -> Trace:
    found = trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))
    found.source = "the lecture"
    return found


def by_hand() -> Trace:
    """A trace of gradients assigned by hand: right, early, wrong; one is missing."""
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    e = a * b
    output = e * c
    with recording(output) as found:
        output.grad = 1.0
        a.grad = b.data
        e.grad = 3.0
        a.grad += 1.0
    return found


def everything(found: Trace) -> str:
    """All that a trace holds, as text: with each bit of each number, and NaN equal to NaN."""
    return repr((found.graph, found.frames, found.names, found.steps, found.gradients, found.remarks, found.source))


def refusal(text: str) -> str:
    with pytest.raises(SourceError) as caught:
        from_json(text)
    message = str(caught.value)
    assert message == visible(message)
    assert len(message) < 300
    return message


def read_or_refused(text: str) -> Trace | None:
    try:
        return from_json(text)
    except SourceError:
        refusal(text)
        return None


def changed(change: Change, found: Trace | None = None) -> str:
    data = json.loads(to_json(found or lecture()))
    change(data)
    return json.dumps(data)


def node(number: int, **members: Any) -> Change:
    return lambda data: data["nodes"][number].update(members)


def frame(number: int, **members: Any) -> Change:
    return lambda data: data["frames"][number].update(members)


def whole(**members: Any) -> Change:
    return lambda data: data.update(members)


# What comes back.


def test_a_trace_comes_back() -> None:
    again = from_json(to_json(lecture()))
    assert (again.graph, again.frames, again.source) == (lecture().graph, lecture().frames, "the lecture")
    assert to_json(again) == to_json(lecture())


def test_a_trace_assigned_by_hand_comes_back_with_its_verdicts_notes_and_remarks() -> None:
    again = from_json(to_json(by_hand()))
    assert [frame.verdict for frame in again.frames] == ["right", "early", "wrong", "wrong"]
    assert again.frames[2].note.startswith("should be ")
    assert again.remarks == by_hand().remarks != ()
    assert everything(again) == everything(by_hand())


def test_a_recording_in_which_nothing_was_assigned_comes_back() -> None:
    with recording(Value(1.0, label="a") * 2) as found:
        pass
    assert everything(from_json(to_json(found))) == everything(found)


@given(programs(), st.lists(st.one_of(st.sampled_from(HOSTILE), st.text()), min_size=20, max_size=20), st.text())
def test_any_trace_comes_back_bit_for_bit(program: Any, labels: list[str], source: str) -> None:
    values = program.build()
    for value, label in zip(values, labels, strict=False):
        value.label = label
    found = trace(values[-1])
    found.source = source
    text = to_json(found)
    assert text.isascii()
    Draft202012Validator(SCHEMA).validate(json.loads(text))
    assert everything(from_json(text)) == everything(found)


@given(st.lists(st.floats(), min_size=6, max_size=6))
def test_any_float_comes_back_bit_for_bit(numbers: list[float]) -> None:
    value, local, *rest = numbers
    graph = Graph((Node(0, "parameter", "", "w", value, shape=(3, 4), scope="a/b"), _op(value, local)), 1)
    frames = [Frame(0, 0, 1, "L", None, None, *rest, rest[0], accumulates=False, verdict="right", note="")]
    found = Trace(lambda: graph, lambda _: frames)
    assert everything(from_json(to_json(found))) == everything(found)


def _op(value: float, local: float) -> Node:
    return Node(1, "op", "an op of another library", "L", value, (0, 0, 0), (local, 0.0, -0.0))


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (math.nan, '"NaN"'),
        (math.inf, '"Infinity"'),
        (-math.inf, '"-Infinity"'),
        (-0.0, "-0.0"),
        (5e-324, "5e-324"),
        (0.1 + 0.2, "0.30000000000000004"),
    ],
)
def test_how_numbers_are_written(number: float, written: str) -> None:
    text = to_json(trace(Value(number, label="x") + Value(1.0)))
    assert f'"label": "x", "value": {written}, ' in text
    json.loads(text, parse_constant=pytest.fail)


def test_the_text_is_ascii_with_a_record_a_line() -> None:
    text = to_json(trace(Value(1.0, label="α\n\ud800") * 2))
    assert text.isascii()
    assert [json.loads(line.removesuffix(","))["name"] for line in text.splitlines()[7:10]] == ["α\n\ud800", "2", "L"]


def test_integers_count_as_numbers_and_whole_numbers_as_integers() -> None:
    text = to_json(lecture()).replace("2.0", "2").replace('"target": 6', '"target": 6.0')
    assert from_json(text).frames == lecture().frames
    assert isinstance(from_json(text).graph[0].value, float)
    assert isinstance(from_json(text).frames[0].target, int)


def test_the_methods_of_trace() -> None:
    assert lecture().to_json() == to_json(lecture())
    assert Trace.from_json(to_json(lecture())).frames == lecture().frames


def test_jsonschema_is_imported_only_to_read() -> None:
    program = (
        "import sys, tracer; from tracer.storing import to_json, from_json\n"
        "text = to_json(tracer.trace(tracer.parse('a', a=1)))\n"
        "assert 'jsonschema' not in sys.modules\n"
        "from_json(text)\n"
        "assert 'jsonschema' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# What is documented.


def test_the_example_in_the_document_is_what_is_written() -> None:
    [example] = re.findall(r"```json\n(.*?)\n```", DOCUMENT, re.DOTALL)
    found = trace(parse("L = a*b", a=2, b=-3))
    found.source = "L = a*b"
    assert to_json(found) == example
    assert everything(from_json(example)) == everything(found)


def test_the_document_and_the_schema_list_what_is_stored() -> None:
    tables = [re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) for part in DOCUMENT.split("\n## ")[1:4]]
    data = json.loads(to_json(lecture()))
    for written, schema, documented in zip(
        (data, data["nodes"][0], data["frames"][0]),
        (SCHEMA, SCHEMA["$defs"]["node"], SCHEMA["$defs"]["frame"]),
        tables,
        strict=True,
    ):
        assert list(written) == schema["required"] == list(schema["properties"]) == documented


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


# What is refused.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no trace: the text is empty"),
        (" \n", "there is no trace: the text is empty"),
        ("L = a*b", "line 1, column 1: this is not JSON: Expecting value"),
        ('{"format": "tracer"', "line 1, column 20: this is not JSON: Expecting ',' delimiter"),
        ("{}{}", "line 1, column 3: this is not JSON: Extra data"),
        ("[]", 'this is JSON, but no trace: there is no "format": "tracer" in it'),
        ("null", 'this is JSON, but no trace: there is no "format": "tracer" in it'),
        ('{"format": "other"}', 'this is JSON, but no trace: there is no "format": "tracer" in it'),
        ('{"format": "tracer"}', "the trace has no known version: null; this tracer reads version 1"),
        ('{"format": "tracer", "version": 1}', "the trace lacks source, remarks, output, nodes, frames"),
        ('{"format": "tracer", "format": "tracer"}', 'the key "format" is there twice in one object'),
        ('{"x": {"\\u001b": 1, "\\u001b": 2}}', 'the key "\\u001b" is there twice in one object'),
        ('{"x": NaN}', 'NaN is no number in JSON; write "NaN"'),
        ('{"x": -Infinity}', '-Infinity is no number in JSON; write "-Infinity"'),
        ('{"x": 1e999}', "the number 1e999 is too large for a float"),
        ("[" + "9" * 10_000 + "]", f"the number {'9' * 39}… is too large for a float"),
        ("[" * 100_000, "this is no trace: lists are nested too deep"),
        ('{"x":' * 100_000, "this is no trace: lists are nested too deep"),
    ],
    ids=count(),
)
def test_texts_that_are_no_trace(text: str, message: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (whole(version=2), "the trace was made by a newer tracer (its format has version 2, this one reads 1): "
         "upgrade with pip install --upgrade backprop-tracer"),
        (whole(version=0), "the trace has no known version: 0; this tracer reads version 1"),
        (whole(version="1"), 'the trace has no known version: "1"; this tracer reads version 1'),
        (whole(version=True), "the trace has no known version: true; this tracer reads version 1"),
        (whole(extra=1), 'the trace should have no "extra"'),
        (whole(source=None), "source should be of type string, not null"),
        (whole(remarks=["fine", 1]), "remarks[1] should be of type string, not 1"),
        (whole(nodes={}), "nodes should be of type array, not an object"),
        (whole(nodes=[]), "nodes should be a list of at least 1, not an empty list"),
        (whole(output=-1), "output should be at least 0, not -1"),
        (whole(output=7), "the output is node 7, but there are 7 nodes"),
        (whole(output=1e300), "output should be at most 9007199254740991, not 1e+300"),
        (lambda data: data["nodes"][3].pop("kind"), "nodes[3] lacks kind"),
        (node(3, grad=1.0), 'nodes[3] should have no "grad"'),
        (node(3, kind="leaf"), 'nodes[3].kind should be "input" or "parameter" or "constant" or "op", not "leaf"'),
        (node(3, value="nan"), 'nodes[3].value should be a number, "NaN", "Infinity" or "-Infinity", not "nan"'),
        (node(3, value=[1] * 1000), "nodes[3].value should be of type number or string or object, not a list"),
        (node(3, value=True), "nodes[3].value should be of type number or string or object, not true"),
        (node(3, label=["x"]), "nodes[3].label should be of type string, not a list"),
        (node(2, inputs=[0, 1.5]), "nodes[2].inputs[1] should be of type integer, not 1.5"),
        (node(2, local=[1, "x" * 99]), f'nodes[2].local[1] should be a number, "NaN", "Infinity" or "-Infinity", not '
         f'"{"x" * 38}…'),
        (node(3, id=4), "node 3 of the graph has the id 4; ids have to count up from 0"),
        (node(2, inputs=[0, 2]), "node 2 reads (0, 2); inputs have to come before their consumers"),
        (node(2, inputs=[0, 6]), "node 2 reads (0, 6); inputs have to come before their consumers"),
        (node(2, inputs=[0]), "node 2 has 1 inputs but 2 local derivatives"),
        (node(2, inputs=[0], local=[1]), "nodes[2]: mul takes 2 inputs, not 1"),
        (node(2, op="tanh"), "nodes[2]: tanh takes 1 inputs, not 2"),
        (node(2, op=""), "nodes[2]: an op node has an op and inputs, and no other node has"),
        (node(2, inputs=[], local=[]), "nodes[2]: an op node has an op and inputs, and no other node has"),
        (node(2, kind="input"), "nodes[2]: an op node has an op and inputs, and no other node has"),
        (node(3, op="mul"), "nodes[3]: an op node has an op and inputs, and no other node has"),
        (lambda data: data["frames"][3].pop("note"), "frames[3] lacks note"),
        (frame(3, slot="0"), 'frames[3].slot should be of type integer or null, not "0"'),
        (frame(3, slot=-1), "frames[3].slot should be at least 0, not -1"),
        (frame(3, verdict="maybe"), 'frames[3].verdict should be "" or "right" or "wrong" or "early", not "maybe"'),
        (frame(3, accumulates=0), "frames[3].accumulates should be of type boolean, not 0"),
        (frame(3, index=4), "frames[3]: its index is 4; frames count up from 0"),
        (frame(3, step=0), "frames[3]: its step is 0; steps count up from 0, without gaps"),
        (frame(3, step=3), "frames[3]: its step is 3; steps count up from 0, without gaps"),
        (frame(4, step=1), "frames[4]: its step is 1; steps count up from 0, without gaps"),
        (frame(0, step=1), "frames[0]: its step is 1; steps count up from 0, without gaps"),
        (frame(3, target=7), "frames[3]: there is no node 7"),
        (frame(3, target=4), "frames[3]: its label is not the name of node 4"),
        (frame(3, label="b"), "frames[3]: its label is not the name of node 3"),
        (frame(3, slot=0), "frames[3]: node 3 is not input 0 of node 4"),
        (frame(3, slot=2), "frames[3]: node 3 is not input 2 of node 4"),
        (frame(3, op=6), "frames[3]: node 3 is not input 1 of node 6"),
        (frame(3, op=0), "frames[3]: node 3 is not input 1 of node 0"),
        (frame(3, op=7), "frames[3]: node 7 is no op node that the output depends on"),
        (frame(3, op=None), "frames[3]: only the output is given its gradient by no op"),
        (frame(3, slot=None), "frames[3]: only the output is given its gradient by no op"),
        (frame(3, op=None, slot=None), "frames[3]: only the output is given its gradient by no op"),
        (frame(0, slot=0), "frames[0]: only the output is given its gradient by no op"),
        (frame(3, after=5), "frames[3]: before + contribution is not after"),
        (frame(3, before=1), "frames[3]: before + contribution is not after"),
        (frame(3, after="NaN"), "frames[3]: before + contribution is not after"),
    ],
    ids=count(),
)  # fmt: skip
def test_traces_that_do_not_fit_together(change: Change, message: str) -> None:
    assert refusal(changed(change)) == message


def test_a_gradient_that_was_assigned_by_hand_need_not_add_up() -> None:
    assert from_json(changed(frame(2, after=5.5), by_hand())).frames[2].after == 5.5


def test_of_very_many_inputs_not_all_are_told() -> None:
    assert refusal(changed(node(2, op="concat", inputs=[1] * 5000 + [2], local=[0] * 5001))).endswith(" 1, 1,…")


def test_there_is_a_limit_to_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strictjson, "MOST_NODES", 6)
    assert refusal(to_json(lecture())) == "the trace has 7 nodes; at most 6 are read"


def test_there_is_a_limit_to_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strictjson, "LONGEST_TEXT", 2**20)
    assert refusal(" " * (2**20 + 1)) == "a trace has at most 1 MB"


def test_the_limits_are_as_documented() -> None:
    assert f"more than {strictjson.MOST_NODES:,} nodes or more than {strictjson.LONGEST_TEXT >> 20} MB" in " ".join(
        DOCUMENT.split()
    )


def test_names_are_read_as_they_were_stored() -> None:
    def rename(data: dict[str, Any]) -> None:
        data["nodes"][0]["name"] = data["frames"][5]["label"] = "another name"

    assert from_json(changed(rename)).names[0] == "another name"


@settings(max_examples=300)
@given(st.data())
def test_whatever_is_changed_is_read_or_refused_in_one_line(data: st.DataObject) -> None:
    found = json.loads(to_json(data.draw(st.sampled_from([lecture, by_hand]))()))
    members = [(found, key) for key in found]
    members += [(item, key) for item in found["nodes"] + found["frames"] for key in item]
    owner, key = data.draw(st.sampled_from(members))
    text = st.sampled_from(["", "NaN", "op", "mul", "a"])
    small = st.one_of(st.none(), st.booleans(), st.integers(-1, 9), st.floats(-9, 9), text)
    owner[key] = data.draw(st.one_of(small, st.lists(small, max_size=3)))
    again = read_or_refused(json.dumps(found))
    if again is not None:
        Draft202012Validator(SCHEMA).validate(found)
        assert everything(from_json(to_json(again))) == everything(again)


@given(st.text())
def test_any_text_is_refused_in_one_line(text: str) -> None:
    refusal(text)
