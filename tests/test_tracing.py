"""Traces: whole frame sequences, how they group into steps, and what a frame says."""

from __future__ import annotations

import math
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import Program, outputs, programs
from tracer.backward import step_order
from tracer.sources import trace
from tracer.tracing import Frame, Trace
from tracer.value import Value, constant


def rows(trace: Trace) -> list[tuple[object, ...]]:
    return [(frame.label, frame.step, frame.assign, frame.contribution, frame.after) for frame in trace.frames]


class TestSequences:
    def test_the_lectures_example_has_7_frames_in_4_steps(self, lecture: dict[str, Value]) -> None:
        t = trace(lecture["L"])
        assert rows(t) == [
            ("L", 0, "=", 1.0, 1.0),
            ("d", 1, "=", -2.0, -2.0),
            ("f", 1, "=", 4.0, 4.0),
            ("c", 2, "=", -2.0, -2.0),
            ("e", 2, "=", -2.0, -2.0),
            ("a", 3, "=", 6.0, 6.0),
            ("b", 3, "=", -4.0, -4.0),
        ]
        assert [len(step) for step in t.steps] == [1, 2, 2, 2]
        assert [t.names[frame.op] for frame in t.frames if frame.op is not None] == ["L", "L", "d", "d", "e", "e"]
        assert [(frame.upstream, frame.local) for frame in t.frames] == [
            (1.0, 1.0),
            (1.0, -2.0),
            (1.0, 4.0),
            (-2.0, 1.0),
            (-2.0, 1.0),
            (-2.0, -3.0),
            (-2.0, 2.0),
        ]
        assert t.frames[5].grad == lecture["a"].grad == 6.0
        assert repr(t) == "<Trace of L: 7 frames in 4 steps>"

    def test_a_node_that_is_used_twice_gets_a_frame_a_contribution(self) -> None:
        a, b = Value(3.0, label="a"), Value(4.0, label="b")
        p = a * b
        p.label = "p"
        s = a + b
        s.label = "s"
        L = p * s
        L.label = "L"
        assert rows(trace(L)) == [
            ("L", 0, "=", 1.0, 1.0),
            ("p", 1, "=", 7.0, 7.0),
            ("s", 1, "=", 12.0, 12.0),
            ("a", 2, "=", 12.0, 12.0),
            ("b", 2, "=", 12.0, 12.0),
            ("a", 3, "+=", 28.0, 40.0),
            ("b", 3, "+=", 21.0, 33.0),
        ]

    def test_a_times_a_gives_two_frames_in_one_step(self) -> None:
        a = Value(3.0, label="a")
        t = trace(a * a)
        assert rows(t) == [("L", 0, "=", 1.0, 1.0), ("a", 1, "=", 3.0, 3.0), ("a", 1, "+=", 3.0, 6.0)]
        assert [frame.slot for frame in t.frames] == [None, 0, 1]

    def test_a_minus_a_takes_away_again(self) -> None:
        a = Value(3.0, label="a")
        assert rows(trace(a - a))[1:] == [("a", 1, "=", 1.0, 1.0), ("a", 1, "+=", -1.0, 0.0)]

    def test_literals_get_no_frame(self) -> None:
        x = Value(3.0, label="x")
        t = trace(2 * x**2 + 1)
        assert [frame.label for frame in t.frames] == ["L", "2*x**2", "x**2", "x"]
        assert sum(node.kind == "constant" for node in t.graph.nodes) == 3

    def test_an_op_on_literals_gets_a_gradient_but_takes_no_step(self) -> None:
        t = trace(constant(2.0) ** 3 * Value(5.0, label="x"))
        assert rows(t) == [("L", 0, "=", 1.0, 1.0), ("2**3", 1, "=", 5.0, 5.0), ("x", 1, "=", 8.0, 8.0)]

    def test_what_does_not_reach_the_output_is_not_in_the_trace(self) -> None:
        a = Value(3.0, label="a")
        _aside = a * 5
        assert len(trace(a * 2).graph) == 3

    def test_inside_a_step_x2_comes_before_x10(self) -> None:
        t = trace((Value(1.0, label="x10") * Value(2.0, label="x2")) / (Value(3.0, label="b") + Value(4.0, label="a")))
        assert [frame.label for frame in t.frames] == ["L", "x10*x2", "b + a", "a", "b", "x2", "x10"]


class TestFrames:
    @given(programs(max_ops=16))
    def test_each_continues_from_where_the_last_one_left_its_target(self, program: Program) -> None:
        t = trace(program.build()[-1])
        now: dict[int, float] = {}
        for place, frame in enumerate(t.frames):
            assert frame.index == place
            assert frame.label == t.names[frame.target]
            assert frame.accumulates == (frame.target in now)
            assert frame.before == now.get(frame.target, 0.0)
            assert frame.before + frame.contribution == frame.after
            assert frame.contribution == frame.upstream * frame.local
            now[frame.target] = frame.after
        assert t.gradients == now

    @given(programs(max_ops=16))
    def test_each_hands_on_a_final_gradient_by_the_local_derivative_of_its_op(self, program: Program) -> None:
        t = trace(program.build()[-1])
        for frame in t.frames[1:]:
            assert frame.op is not None
            assert frame.slot is not None
            node = t.graph[frame.op]
            assert node.inputs[frame.slot] == frame.target
            assert node.local[frame.slot] == frame.local
            assert t.gradients[frame.op] == frame.upstream

    @given(outputs(max_ops=16))
    def test_there_is_one_for_every_use_of_a_node_that_is_not_a_literal(self, output: Value) -> None:
        t = trace(output)
        uses = [
            (node.id, slot)
            for node in t.graph.nodes
            for slot, source in enumerate(node.inputs)
            if t.graph[source].kind != "constant" and node.id in t.gradients
        ]
        assert sorted((frame.op, frame.slot) for frame in t.frames[1:] if frame.op is not None) == uses

    @given(outputs(max_ops=16))
    def test_steps_are_op_nodes_from_the_latest_to_the_first(self, output: Value) -> None:
        t = trace(output)
        assert t.steps[0] == t.frames[:1]
        assert (t.frames[0].op, t.frames[0].slot, t.frames[0].after) == (None, None, 1.0)
        ops = [frames[0].op or 0 for frames in t.steps[1:]]
        assert ops == sorted(ops, reverse=True)
        assert [frame for frames in t.steps for frame in frames] == list(t.frames)
        for number, frames in enumerate(t.steps):
            assert {frame.step for frame in frames} == {number}
        for op, frames in zip(ops, t.steps[1:], strict=True):
            assert {frame.op for frame in frames} == {op}
            assert [frame.slot for frame in frames] == step_order(t.graph, t.graph[op])

    def test_a_first_contribution_of_minus_0_stays_minus_0(self) -> None:
        a = Value(0.0, label="a")
        b = Value(-1.0, label="b")
        t = trace(a * b)
        assert math.copysign(1, (a * b).data) == -1
        frame = t.frames[2]
        assert (frame.label, frame.before, frame.after) == ("b", 0.0, 0.0)


class TestTrace:
    def test_it_makes_its_graph_and_frames_when_they_are_asked_for_and_only_once(self) -> None:
        made: list[str] = []
        inner = trace(Value(2.0, label="a") * 3)

        def frames(of: Trace) -> Iterable[Frame]:
            made.append("frames")
            return inner.frames

        t = Trace(lambda: made.append("graph") or inner.graph, frames, source="a * 3")  # type: ignore[func-returns-value]
        assert made == []
        assert t.source == "a * 3"
        assert t.frames is t.frames
        assert t.gradients == inner.gradients
        assert t.graph is t.graph
        assert made == ["frames", "graph"]

    @given(st.floats(allow_nan=True, allow_infinity=True))
    def test_a_frame_is_finite_when_all_its_numbers_are(self, number: float) -> None:
        t = trace(Value(number, label="a") * Value(1.0, label="b"))
        for frame in t.frames:
            numbers = (frame.upstream, frame.local, frame.contribution, frame.before, frame.after)
            assert frame.finite == all(map(math.isfinite, numbers))
