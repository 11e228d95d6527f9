"""Numerical verification: confirms what is right, rejects what is wrong, and says when it cannot know."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import Program, programs
from tracer.checking import Check, NodeCheck, check, nudge
from tracer.errors import SourceError
from tracer.graph import Graph, Node
from tracer.ops import OPS
from tracer.recording import recording
from tracer.sources import trace
from tracer.sources.values import Snapshot
from tracer.tracing import Trace
from tracer.value import Value


def of(checked: Check, name: str) -> NodeCheck:
    found = checked.of(name)
    assert found is not None, name
    return found


def x_of(function: Callable[[Value], Value], x: float) -> NodeCheck:
    """What the check says about x in function(x)."""
    start = Value(x, label="x")
    return of(check(Trace(Snapshot(function(start)).graph)), "x")


def with_local(graph: Graph, node: int, slot: int, change: Callable[[float], float]) -> Trace:
    """The trace of a graph one of whose local derivatives is wrong."""
    local = list(graph[node].local)
    local[slot] = change(local[slot])
    nodes = list(graph.nodes)
    nodes[node] = replace(nodes[node], local=tuple(local))
    return Trace(lambda: Graph(tuple(nodes), graph.output))


class TestRight:
    def test_the_lectures_example(self, lecture: dict[str, Value]) -> None:
        checked = check(trace(lecture["L"]))
        assert [found.name for found in checked.nodes] == ["L", "d", "f", "c", "e", "a", "b"]
        assert checked.right == checked.nodes
        assert checked.ok
        for found in checked.nodes:
            assert found.claimed == found.numeric == lecture[found.name].grad
            assert found.error < 1e-11
            assert found.reason == ""

    @given(programs(max_ops=16))
    def test_no_right_gradient_is_called_wrong(self, program: Program) -> None:
        checked = check(trace(program.build()[-1]))
        assert not checked.wrong
        # Now and then values cancel, or saturate, so that rounding hides what is left of the gradient.
        assert all(found.reason.startswith("too flat") for found in checked.inconclusive)

    @pytest.mark.parametrize(
        "function",
        [
            lambda x: x * x * x,
            lambda x: x + x,
            lambda x: x / x,
            lambda x: (x + x) * (x + x).sin() + x,
            lambda x: sum([x] * 10),
        ],
    )
    def test_a_node_that_is_fed_in_several_times(self, function: Callable[[Value], Value]) -> None:
        assert x_of(function, 0.7).answer == "right"

    def test_the_output_itself_has_the_derivative_1(self) -> None:
        found = check(trace(Value(5.0, label="x"))).nodes
        assert [(node.claimed, node.numeric, node.answer) for node in found] == [(1.0, 1.0, "right")]

    @pytest.mark.parametrize(
        ("function", "x"),
        [
            (lambda x: -3 + 0 * x, 2.0),
            (lambda x: x.relu() + 7, -2.0),
            (lambda x: x.maximum(100), 3.0),
            (lambda x: (x - 2).relu() * 1e9, 1.9),
            (lambda x: x.sigmoid(), 1000.0),
        ],
    )
    def test_a_constant_function_with_a_gradient_of_0(self, function: Callable[[Value], Value], x: float) -> None:
        found = x_of(function, x)
        assert (found.claimed, found.numeric, found.error, found.answer) == (0.0, 0.0, 0.0, "right")

    @pytest.mark.parametrize(
        ("function", "x"),
        [
            (lambda x: x**2, 0.0),
            (lambda x: (x - 1) ** 2, 1.0),
            (lambda x: x.cos(), 0.0),
            (lambda x: x**3, 0.0),
            (lambda x: x - x, 3.0),
            (lambda x: (3 * x - 3 * x).tanh() * 5, 2.0),
        ],
    )
    def test_a_gradient_of_0_where_the_function_is_level(self, function: Callable[[Value], Value], x: float) -> None:
        assert x_of(function, x).answer == "right"

    @pytest.mark.parametrize("x", [1e-300, 1e-12, 0.01, 1e6, 1e300])
    def test_steps_suit_the_value_and_stay_in_the_domain(self, x: float) -> None:
        for function in (Value.log, Value.sqrt, lambda x: 1 / x, lambda x: x**0.5):
            found = x_of(function, x)
            assert found.answer == "right" or math.isinf(found.claimed)

    @pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e-12, 1e12, 1e200])
    def test_no_gradient_is_too_small_or_too_large(self, scale: float) -> None:
        assert x_of(lambda x: x.sin() * scale, 0.7).answer == "right"
        assert x_of(lambda x: x.sin() * scale + scale, 0.7).answer == "right"

    def test_kinks_next_door_do_not_matter(self) -> None:
        assert x_of(lambda x: x.relu() + 3 * (x - 1e-6).relu(), 5e-7).answer == "right"


CHANGES: dict[str, Callable[[float], float]] = {
    "1 % off": lambda local: local * 1.01,
    "one in ten thousand off": lambda local: local * 1.0001,
    "sign": lambda local: -local,
    "zero": lambda local: 0.0,
    "twice": lambda local: local * 2,
    "nan": lambda local: math.nan,
    "infinite": lambda local: math.inf,
}


class TestWrong:
    @pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
    @pytest.mark.parametrize("name", [op.name for op in OPS.values()])
    def test_a_wrong_local_derivative_of_any_op_is_caught(self, name: str, change: Callable[[float], float]) -> None:
        op = OPS[name]
        operands = [Value(number, label=label) for number, label in zip((0.7, 0.4), "xy", strict=False)][: op.arity]
        y = op.forward(*(operand.data for operand in operands))
        made = Value(y, operands, name)
        graph = trace(-3.0 * made).graph
        (node,) = [node.id for node in graph.nodes if set(node.inputs) == {graph.nodes[i].id for i in range(op.arity)}]
        for slot in range(op.arity):
            if graph[node].local[slot] == 0:
                continue
            checked = check(with_local(graph, node, slot, change))
            assert [found.name for found in checked.wrong] == ["xy"[slot]]
            assert not checked.ok
            assert checked.wrong[0].reason

    @given(programs(), st.randoms(use_true_random=False), st.sampled_from([1.01, 1.0001, -1.0, 0.0]))
    def test_no_wrong_gradient_is_called_right(self, program: Program, chance: random.Random, factor: float) -> None:
        t = trace(program.build()[-1])
        node = chance.choice([node for node in t.graph.nodes if node.inputs])
        slot = chance.randrange(len(node.inputs))
        bad = with_local(t.graph, node.id, slot, lambda local: local * factor)
        for found in check(bad).nodes:
            right = t.gradients[found.node]
            if abs(found.claimed - right) > 0.9e-4 * abs(right):
                assert found.answer != "right", found

    @pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e-12])
    def test_a_tiny_gradient_is_not_waved_through(self, scale: float) -> None:
        graph = trace(Value(0.7, label="x").sin() * scale).graph
        sine = next(node.id for node in graph.nodes if node.op == "sin")
        for change in (lambda local: local * 1.001, lambda local: -local, lambda local: 0.0):
            assert of(check(with_local(graph, sine, 0, change)), "x").answer == "wrong"

    def test_a_zero_in_place_of_a_tiny_gradient_is_never_right(self) -> None:
        graph = trace(Value(1e-9, label="x").cos()).graph
        assert of(check(with_local(graph, 1, 0, lambda local: 0.0)), "x").answer == "wrong"
        graph = trace(Value(1e-17, label="x").cos()).graph
        assert of(check(with_local(graph, 1, 0, lambda local: 0.0)), "x").answer == "inconclusive"

    def test_six_digits_are_enough_and_four_are_not(self) -> None:
        graph = trace(Value(3.0, label="x") / 3).graph
        answers = {}
        for claimed in (1 / 3, 0.3333333, 0.333333, 0.33333, 0.3333):
            answers[claimed] = of(check(with_local(graph, 2, 0, lambda local, c=claimed: c)), "x").answer  # type: ignore[misc]
        assert list(answers.values()) == ["right", "right", "right", "inconclusive", "wrong"]

    def test_the_mistake_shows_where_it_is_and_in_all_that_depends_on_it(self, lecture: dict[str, Value]) -> None:
        graph = trace(lecture["L"]).graph
        d = next(node for node in graph.nodes if node.label == "d")
        checked = check(with_local(graph, d.id, 0, lambda local: 2.0))
        assert {found.name for found in checked.wrong} == {"e", "a", "b"}
        assert of(checked, "e").reason == "the slope is -2.0, not -4.0"

    def test_manual_backpropagation_is_checked_like_any_other(self, lecture: dict[str, Value]) -> None:
        v = lecture
        with recording(v["L"]) as t:
            v["L"].grad = 1.0
            v["d"].grad = v["f"].data
            v["f"].grad = v["d"].data
            v["e"].grad = v["d"].grad
            v["a"].grad = v["a"].data * v["e"].grad  # should be b.data
        checked = check(t)
        assert {found.name: found.answer for found in checked.nodes} == {
            "L": "right",
            "d": "right",
            "f": "right",
            "e": "right",
            "a": "wrong",
            "b": "wrong",
            "c": "wrong",
        }
        assert of(checked, "a").claimed == -4.0
        assert of(checked, "b").reason == "it was given no gradient"


class TestInconclusive:
    @pytest.mark.parametrize(
        ("function", "x", "reason"),
        [
            (lambda x: 3 * x.relu(), 0.0, "a kink in relu: the slope is 0.0 on its left and 3.0 on its right"),
            (lambda x: x.abs(), 0.0, "a kink in abs: the slope is -1.0 on its left and 1.0 on its right"),
            (lambda x: x.maximum(2), 2.0, "a kink in max: the slope is 0.0 on its left and 1.0 on its right"),
            (lambda x: x.relu() - 0.1 * (-x).relu(), 0.0, "a kink in relu: the slope is 0.1 on its left"),
            (lambda x: x.relu() - (-x).relu(), 0.0, "a kink in relu"),
            (lambda x: (x * x).sqrt(), 0.0, "the gradient is nan"),
            (lambda x: x + 1e-6 * x.relu(), 0.0, "a kink in relu"),
            (lambda x: x.sigmoid(), 40.0, "too flat"),
            (lambda x: x.tanh(), 20.0, "too flat"),
            (lambda x: x.sin(), math.pi / 2, "too flat"),
            (lambda x: (x + 1e20) - 1e20, 1.0, "too flat"),
            (lambda x: x.sqrt(), 0.0, "the gradient is inf"),
            (lambda x: Value(-2.0) ** x, 3.0, "the gradient is nan"),
            (lambda x: Value(0.0) ** x, 0.0, "a step aside, the output overflows or is not defined"),
            (lambda x: x * 2, math.inf, "the value is inf"),
            (lambda x: x * math.inf, 2.0, "the output is inf"),
            (lambda x: x + math.nan, 2.0, "the output is nan"),
            (lambda x: (1e60 * x).cos(), 1.0, "changes too fast"),
        ],
    )
    def test_neither_right_nor_wrong_and_it_says_why(
        self, function: Callable[[Value], Value], x: float, reason: str
    ) -> None:
        found = x_of(function, x)
        assert (found.answer, reason in found.reason) == ("inconclusive", True), found

    @pytest.mark.parametrize("place", range(25, 45))
    def test_saturation_is_never_called_wrong_and_is_flat_in_the_end(self, place: int) -> None:
        for function, x in ((Value.sigmoid, float(place)), (Value.tanh, place / 2), (Value.tanh, -place / 2)):
            found = x_of(function, x)
            assert found.answer == "inconclusive" or (found.answer == "right" and place < 30)
        assert x_of(Value.sigmoid, float(-place)).answer == "right"

    @pytest.mark.parametrize("op", ["relu", "abs"])
    @pytest.mark.parametrize("claimed", [0.0, 0.5, 1.0, 7.0])
    def test_at_a_kink_no_claim_is_confirmed(self, op: str, claimed: float) -> None:
        graph = trace(getattr(Value(0.0, label="x"), op)()).graph
        assert of(check(with_local(graph, 1, 0, lambda local: claimed)), "x").answer == "inconclusive"

    def test_an_op_of_another_library_cannot_be_computed_again(self) -> None:
        nodes = (
            Node(0, "input", "", "x", 2.0),
            Node(1, "op", "softplus", "y", 2.126928011042972, (0,), (0.8807970779778823,)),
            Node(2, "op", "exp", "L", math.exp(2.126928011042972), (1,), (math.exp(2.126928011042972),)),
        )
        t = Trace(lambda: Graph(nodes, 2))
        checked = check(t)
        assert of(checked, "x").reason == "the op table has no softplus, so the output cannot be computed again"
        assert (of(checked, "x").answer, of(checked, "y").answer) == ("inconclusive", "right")
        assert checked.ok
        with pytest.raises(SourceError, match="x cannot be nudged: the op table has no softplus"):
            nudge(t, "x")
        assert nudge(t, "y").slope > 0

    def test_an_op_on_tensors_is_not_taken_for_one_on_numbers(self) -> None:
        nodes = (Node(0, "input", "", "x", 2.0), Node(1, "op", "exp", "L", 7.4, (0,), (7.4,), shape=(3,)))
        assert of(check(Trace(lambda: Graph(nodes, 1))), "x").answer == "inconclusive"

    def test_a_value_that_is_not_one_number_is_left_alone(self) -> None:
        nodes = (
            Node(0, "input", "", "x", [1.0, 2.0]),
            Node(1, "op", "exp", "L", [2.7, 7.4], (0,), ([2.7, 7.4],), (2,)),
        )  # type: ignore[arg-type]
        found = check(Trace(lambda: Graph(nodes, 1), lambda trace: ())).nodes
        assert [node.reason for node in found] == [
            "the op table has no exp, so the output cannot be computed again",
            "its value is not one number",
        ]

    def test_there_is_no_number_where_there_is_no_derivative(self) -> None:
        found = x_of(Value.sqrt, 0.0)
        assert math.isnan(found.numeric)
        assert math.isnan(found.error)


class TestChoice:
    def test_nodes_are_chosen_by_name_or_id(self, lecture: dict[str, Value]) -> None:
        t = trace(lecture["L"])
        names = [node.label for node in t.graph.nodes]
        assert [found.name for found in check(t, ["a", names.index("f"), "a"]).nodes] == ["a", "f"]
        assert [found.name for found in check(t, "L").nodes] == ["L"]
        assert [found.node for found in check(t, 0).nodes] == [0]
        assert check(t, []).nodes == ()

    def test_an_intermediate_without_a_label_is_chosen_by_its_expression(self) -> None:
        t = trace((Value(2.0, label="a") * Value(3.0, label="b")).tanh())
        assert check(t, "a*b").right

    @pytest.mark.parametrize(
        ("wanted", "said"),
        [
            ("w", "there is no value called 'w'; there are a, b, c, e, d, f, L"),
            ("dd", "there is no value called 'dd'; did you mean 'd'?"),
            (99, "there is no value called 99; there are a, b"),
            (-1, "there is no value called -1"),
        ],
    )
    def test_an_unknown_name_is_refused_with_those_that_there_are(
        self, lecture: dict[str, Value], wanted: str | int, said: str
    ) -> None:
        t = trace(lecture["L"])
        for use in (check, nudge):
            with pytest.raises(SourceError) as caught:
                use(t, wanted)  # type: ignore[operator]
            assert said in str(caught.value)

    def test_many_names_are_not_all_listed(self) -> None:
        total = sum(Value(1.0, label=f"w{place}") for place in range(100))
        assert isinstance(total, Value)
        with pytest.raises(SourceError) as caught:
            check(trace(total), "zzz")
        assert str(caught.value).endswith(", ...")
        assert len(str(caught.value)) < 200

    def test_a_literal_has_no_gradient(self) -> None:
        t = trace(Value(3.0, label="x") * 2)
        assert {found.name for found in check(t).nodes} == {"L", "x"}
        with pytest.raises(SourceError, match="'2' is a literal and has no gradient"):
            check(t, "2")

    def test_what_does_not_reach_the_output_has_the_derivative_0(self) -> None:
        nodes = (
            Node(0, "input", "", "x", 2.0),
            Node(1, "op", "exp", "aside", math.exp(2.0), (0,), (math.exp(2.0),)),
            Node(2, "op", "neg", "L", -2.0, (0,), (-1.0,)),
        )
        found = of(check(Trace(lambda: Graph(nodes, 2))), "aside")
        assert (found.claimed, found.numeric, found.answer) == (0.0, 0.0, "right")

    def test_a_few_nodes_of_a_large_graph_are_checked_quickly(self) -> None:
        x = start = Value(0.5, label="x")
        for _ in range(5_000):
            x = x.sin() + 0.1
        checked = check(trace(x), ["x"])
        assert start.grad == 0 or checked.nodes[0].answer != "wrong"


class TestNudge:
    def test_the_lectures_own_check(self, lecture: dict[str, Value]) -> None:
        made = nudge(trace(lecture["L"]), "f")
        a, b, c, f, h = 2.0, -3.0, 10.0, -2.0, 0.001
        first, second = (a * b + c) * f, (a * b + c) * (f + h)
        assert (made.name, made.h, made.before, made.after) == ("f", h, first, second)
        assert made.slope == (second - first) / h
        assert str(made.slope).startswith("3.9999")

    def test_every_value_of_it(self, lecture: dict[str, Value]) -> None:
        t = trace(lecture["L"])
        for name, value in lecture.items():
            assert math.isclose(nudge(t, name).slope, value.grad, rel_tol=1e-9)

    def test_the_step_can_be_chosen(self, lecture: dict[str, Value]) -> None:
        t = trace(lecture["L"])
        assert nudge(t, "a", h=-0.5).slope == 6.0
        assert nudge(t, "a", h=1e-30).slope == 0.0

    @pytest.mark.parametrize("h", [0.0, math.nan, math.inf, -math.inf])
    def test_a_step_that_is_none_is_refused(self, lecture: dict[str, Value], h: float) -> None:
        with pytest.raises(SourceError, match="any finite number but 0"):
            nudge(trace(lecture["L"]), "a", h)

    def test_it_only_computes_again_and_changes_nothing(self, lecture: dict[str, Value]) -> None:
        t = trace(lecture["L"])
        nudge(t, "a", 5.0)
        assert [value.data for value in lecture.values()] == [2.0, -3.0, 10.0, 4.0, -6.0, -2.0, -8.0]
        assert check(t).ok

    def test_a_step_out_of_the_domain_is_not_an_error(self) -> None:
        assert math.isnan(nudge(trace(Value(0.5, label="x").log()), "x", -1.0).slope)
