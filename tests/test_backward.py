"""The backward pass: right to the last digits, in the documented order, for graphs of any size."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import reference
from tests.strategies import Line, Program, programs
from tracer.backward import assignments, natural, step_order
from tracer.errors import SourceError
from tracer.graph import Graph, Node
from tracer.sources import trace
from tracer.value import Value, lineage

ROOT = Path(__file__).parent.parent


class TestAgainstTheReference:
    """The engine shares nothing with tests/reference.py but the meaning of the ops."""

    @settings(max_examples=300)
    @given(programs())
    def test_every_gradient_is_right_to_the_rounding_of_floats(self, program: Program) -> None:
        values = program.build()
        values[-1].backward()
        wanted, tolerances = reference.gradients(program), reference.tolerances(program)
        for value, line, exact, tolerance in zip(values, program.lines, wanted, tolerances, strict=True):
            assert line.literal or abs(value.grad - exact) <= tolerance, (line, value.grad, exact)

    @settings(max_examples=100)
    @given(programs())
    def test_every_value_is_right_to_the_rounding_of_floats(self, program: Program) -> None:
        wanted, tolerances = reference.values(program), reference.value_tolerances(program)
        for value, line, exact, tolerance in zip(program.build(), program.lines, wanted, tolerances, strict=True):
            assert abs(value.data - exact) <= tolerance, (line, value.data, exact)

    def test_tolerances_are_tight(self) -> None:
        """A tolerance that waves everything through would prove nothing: on an ordinary program it is a few ulps."""
        x, w = Line(0.5, label="x"), Line(-3.0, label="w")
        lines = (x, w, Line(op="mul", inputs=(0, 1)), Line(op="tanh", inputs=(2,)), Line(op="mul", inputs=(3, 3)))
        program = Program(lines)
        for exact, tolerance in zip(reference.gradients(program), reference.tolerances(program), strict=True):
            assert tolerance < 1e-14 * abs(exact)

    def test_the_reference_can_tell_wrong_from_right(self) -> None:
        program = Program((Line(0.5), Line(op="exp", inputs=(0,)), Line(op="mul", inputs=(1, 0))))
        values = program.build()
        values[-1].backward()
        wanted, tolerances = reference.gradients(program), reference.tolerances(program)
        for value, exact, tolerance in zip(values, wanted, tolerances, strict=True):
            assert abs(value.grad * (1 + 1e-13) - exact) > tolerance


class TestEngineAndFrames:
    @settings(max_examples=200)
    @given(programs(max_ops=20))
    def test_the_frames_end_at_the_engines_gradients_bit_for_bit(self, program: Program) -> None:
        values = program.build()
        t = trace(values[-1])
        engine = [repr(value.grad) for value in values]
        values[-1].backward()
        assert [repr(value.grad) for value in values] == engine
        for node, value in zip(t.graph.nodes, lineage(values[-1]), strict=True):
            if node.kind != "constant":
                assert repr(t.gradients[node.id]) == repr(value.grad)

    def test_backward_twice_gives_the_same_gradients(self) -> None:
        a = Value(3.0)
        b = a * a + a
        b.backward()
        first = a.grad
        b.backward()
        assert a.grad == first == 7.0

    def test_backward_forgets_what_was_assigned_before_but_only_upstream(self) -> None:
        a, other = Value(3.0), Value(1.0)
        b = a * 2
        a.grad = b.grad = other.grad = 99.0
        b.backward()
        assert (a.grad, b.grad, other.grad) == (2.0, 1.0, 99.0)

    def test_backward_from_an_intermediate_stops_there(self) -> None:
        a = Value(3.0)
        b = a * 2
        c = b * 5
        b.backward()
        assert (a.grad, b.grad, c.grad) == (2.0, 1.0, 0.0)

    def test_a_leaf_is_its_own_output(self) -> None:
        a = Value(3.0, label="a")
        t = trace(a)
        assert a.grad == 1.0
        assert [(frame.label, frame.after) for frame in t.frames] == [("a", 1.0)]


class TestOrder:
    def test_operands_come_in_the_natural_order_of_their_labels(self) -> None:
        t = trace(Value(1.0, label="x10") * Value(2.0, label="x2"))
        assert [frame.label for frame in t.frames] == ["L", "x2", "x10"]

    @pytest.mark.parametrize(("first", "second"), [("b", ""), ("", "a"), ("b", "b"), ("", "")])
    def test_without_two_different_labels_they_come_in_operand_order(self, first: str, second: str) -> None:
        t = trace(Value(1.0, label=first) * Value(2.0, label=second))
        assert [frame.slot for frame in t.frames] == [None, 0, 1]

    def test_literals_get_no_gradient_and_do_not_change_the_order(self) -> None:
        t = trace(2 * Value(3.0, label="x") + 1)
        assert [(frame.label, frame.after) for frame in t.frames] == [("L", 1.0), ("2*x", 1.0), ("x", 2.0)]

    @given(st.lists(st.text(st.characters(codec="utf-8")), max_size=6))
    def test_any_labels_can_be_put_in_natural_order(self, labels: list[str]) -> None:
        assert sorted(sorted(labels, key=natural)) == sorted(labels)

    def test_op_nodes_take_their_turn_in_reverse_order_of_creation(self) -> None:
        a = Value(2.0, label="a")
        first, second = a * 3, a * 4
        t = trace(second + first)  # read in the other order
        assert [frame.op for frame in t.frames if frame.label == "a"] == sorted(
            (node.id for node in t.graph.nodes if node.op == "mul"), reverse=True
        )


class TestGraph:
    def leaf(self, place: int, value: float = 1.0) -> Node:
        return Node(place, "input", "", "", value)

    def op(self, place: int, *inputs: int) -> Node:
        return Node(place, "op", "add", "", 1.0, inputs, (1.0,) * len(inputs))

    @pytest.mark.parametrize(
        ("nodes", "output", "said"),
        [
            ([(1, ())], 0, "node 0 of the graph has the id 1"),
            ([(0, ()), (1, (0, 1))], 1, "inputs have to come before their consumers"),
            ([(0, (1,)), (1, ())], 1, "inputs have to come before their consumers"),
            ([(0, ())], 1, "the output is node 1, but there are 1 nodes"),
            ([], 0, "there are 0 nodes"),
        ],
    )
    def test_a_malformed_one_is_refused(self, nodes: list[tuple[int, tuple[int, ...]]], output: int, said: str) -> None:
        with pytest.raises(SourceError, match=said):
            Graph(tuple(self.op(place, *inputs) for place, inputs in nodes), output)

    def test_local_derivatives_and_inputs_have_to_match(self) -> None:
        with pytest.raises(SourceError, match="1 inputs but 0 local derivatives"):
            Graph((self.leaf(0), Node(1, "op", "neg", "", 1.0, (0,))), 1)

    def test_it_knows_who_feeds_whom(self) -> None:
        graph = Graph((self.leaf(0), self.leaf(1), self.op(2, 0, 0), self.op(3, 1, 2), self.op(4, 2)), 3)
        assert graph.consumers == ((2, 2), (3,), (3, 4), (), ())
        assert graph.reached == {0, 1, 2, 3}
        assert len(graph) == 5

    def test_a_node_that_does_not_reach_the_output_gets_no_gradient(self) -> None:
        graph = Graph((self.leaf(0), self.op(1, 0), self.op(2, 0)), 1)
        assert [given.target for given in assignments(graph)] == [1, 0]
        assert step_order(graph, graph[2]) == [0]


SIZES = {
    "a chain of 100,000 ops": """
x = start = Value(0.5, label="x")
for _ in range(25_000):
    x = (-x).tanh() * 1.5 + 0.1
""",
    "2**60 paths": """
x = start = Value(1.0, label="x")
for _ in range(60):
    x = x + x
""",
    "10,000 consumers of one value": """
start = Value(2.0, label="x")
x = sum([start * i for i in range(10_000)])
""",
}

USE = """
t = trace(x)
assert t.gradients[0] == start.grad
assert len(t.frames) == 1 + sum(len(node.inputs) for node in t.graph.nodes) - sum(
    node.kind == "constant" for node in t.graph.nodes
)
names = t.names
assert max(map(len, names)) < 60, max(names, key=len)
words = Wording(t)
assert len(words.title()) < 300
for frame in (t.frames[0], t.frames[1], t.frames[-1]):
    assert len(words.caption(frame)) < 300
print(start.grad, len(t.frames))
del x, start, t, words, names, frame
gc.collect()
"""

PREAMBLE = """
import gc, inspect, sys
from tracer.sources import trace
from tracer.value import Value
from tracer.wording import Wording
sys.setrecursionlimit(len(inspect.stack()) + 60)
"""


def python(source: str, **environment: str) -> str:
    """Run a script in a process of its own and give what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", source],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class TestSize:
    """In a process of its own, with hardly any room for recursion; what is not linear would not end in time."""

    @pytest.mark.parametrize("build", SIZES.values(), ids=SIZES)
    def test_large_graphs_are_built_traced_worded_and_freed_without_recursion(self, build: str) -> None:
        assert python(PREAMBLE + build + USE)

    def test_gradients_of_many_paths_and_consumers(self) -> None:
        x = start = Value(1.0)
        for _ in range(60):
            x = x + x
        x.backward()
        assert (x.data, start.grad) == (2.0**60, 2.0**60)

        start = Value(2.0)
        total = sum([start * i for i in range(10_000)])
        assert isinstance(total, Value)
        total.backward()
        assert start.grad == sum(range(10_000))


REPEATED = """
from tracer.sources import trace
from tracer.value import Value
a, b = Value(2.0, label="b"), Value(3.0)
p, q, r = a * b, a + b, (a - b).tanh()
L = p * q + r * p + q.maximum(r)
for frame in trace(L).frames:
    print(frame)
print(trace(L).graph)
"""


class TestRepeatability:
    def test_a_trace_does_not_depend_on_hash_seeds(self) -> None:
        assert len({python(REPEATED, PYTHONHASHSEED=seed) for seed in ("0", "1", "2")}) == 1

    def test_a_trace_is_the_same_again(self, lecture: dict[str, Value]) -> None:
        first, second = trace(lecture["L"]), trace(lecture["L"])
        assert first.frames == second.frames
        assert first.graph == second.graph
