"""Other people's scalar engines: what is shown is what their own backward() does."""

from __future__ import annotations

import gc
import math
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines import Buggy, Dispatching, Lecture, Nested, Tuples
from tracer import trace as tracer_trace
from tracer.backward import assignments
from tracer.errors import CycleError, SourceError
from tracer.sources.micrograd import trace, traces
from tracer.tracing import Frame, Trace
from tracer.value import Value

micrograd = pytest.importorskip("micrograd.engine")


ENGINES = [Lecture, Nested, Tuples, Dispatching, micrograd.Value]
FUNCTIONS = ("exp", "tanh", "relu")


@dataclass(frozen=True)
class Program:
    """Numbers to start from, and ops on earlier values, for any engine."""

    numbers: tuple[float, ...]
    ops: tuple[tuple[str, int, int], ...]

    def build(self, engine: Any) -> list[Any]:
        """The values of the program in an engine; the last one is the output."""
        values = [engine(number) for number in self.numbers]
        for op, one, other in self.ops:
            made = _computed(op, values[one % len(values)], values[other % len(values)])
            if made is not None:
                values.append(made)
        values.append(values[-1] * 1.0 + values[0])
        return values


def _computed(op: str, a: Any, b: Any) -> Any:
    """The op on two values, or None where it would get out of hand."""
    if op in FUNCTIONS:
        return getattr(a, op)() if hasattr(a, op) and abs(a.data) < 3 else None
    if op == "/":
        return a / b if abs(b.data) > 0.1 else None
    if op == "**":
        return a ** (2 if a.data < 0.1 else 1.5) if abs(a.data) < 10 else None
    made = {"+": a + b, "-": a - b, "*": a * b, "k": 3 * a + 1}[op]
    return made if abs(made.data) < 1e4 else None


def programs() -> st.SearchStrategy[Program]:
    ops = st.tuples(st.sampled_from([*FUNCTIONS, *"+-*/k", "**", "*", "+"]), st.integers(0, 30), st.integers(0, 30))
    numbers = st.lists(st.floats(-3, 3).map(lambda number: round(number, 2)), min_size=1, max_size=4)
    return st.builds(Program, numbers.map(tuple), st.lists(ops, min_size=1, max_size=14).map(tuple))


def leaves(values: Sequence[Any], program: Program) -> list[Any]:
    return list(values[: len(program.numbers)])


def lecture(engine: Any = Lecture) -> dict[str, Any]:
    """The lecture's expression; its values by name."""
    a, b, c, f = engine(2.0, label="a"), engine(-3.0, label="b"), engine(10.0, label="c"), engine(-2.0, label="f")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    output = d * f
    output.label = "L"
    return {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "L": output}


def by_label(trace: Trace) -> dict[str, Frame]:
    return {frame.label: frame for frame in trace.frames}


def replayed(trace: Trace) -> dict[int, float]:
    """The gradients that the frames lead to."""
    sums: dict[int, float] = {}
    for frame in trace.frames:
        start = sums.get(frame.target, 0.0) if frame.accumulates else 0.0
        assert start == frame.before
        sums[frame.target] = start + frame.contribution
        assert sums[frame.target] == frame.after
    return sums


# What is shown is what happened


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40)
@given(program=programs())
def test_gradients_are_those_of_the_untraced_backward(engine: Any, program: Program) -> None:
    values = program.build(engine)
    values[-1].backward()  # of the same values, because the order in which a set is walked depends on where they are
    plain = [value.grad for value in values]
    trace(values[-1])
    assert [value.grad for value in values] == plain
    assert [type(value.grad) for value in values] == [type(gradient) for gradient in plain]


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40)
@given(program=programs())
def test_frames_lead_to_these_gradients(engine: Any, program: Program) -> None:
    values = program.build(engine)
    names = {f"x{place}": value for place, value in enumerate(values)}
    found = trace(values[-1], [names])
    sums = replayed(found)
    assert found.graph[found.graph.output].value == values[-1].data
    for node in found.graph.nodes:
        if node.label and node.kind != "constant":
            assert sums.get(node.id, 0.0) == values[int(node.label[1:])].grad
    assert all(frame.verdict == "" and frame.note == "" for frame in found.frames)
    assert found.remarks == ()


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40)
@given(program=programs())
def test_the_graph_is_read_right(engine: Any, program: Program) -> None:
    """Its ops are the op table's, and the chain rule over them gives the same gradients."""
    values = program.build(engine)
    names = {f"x{place}": value for place, value in enumerate(values)}
    found = trace(values[-1], [names])
    assert {node.op for node in found.graph.nodes} <= {"", "add", "mul", "pow", "exp", "tanh", "relu", "op"}
    chain_rule = {given.target: given.after for given in assignments(found.graph)}
    for target, gradient in found.gradients.items():
        assert math.isclose(gradient, chain_rule[target], rel_tol=1e-9, abs_tol=1e-9)


@given(program=programs())
def test_gradients_are_those_of_our_own_values(program: Program) -> None:
    theirs, ours = program.build(Lecture), program.build(Value)
    trace(theirs[-1])
    ours[-1].backward()
    for one, other in zip(theirs, ours, strict=True):
        assert math.isclose(one.grad, other.grad, rel_tol=1e-9, abs_tol=1e-9)


def test_the_lecture_reads_as_with_our_own_values() -> None:
    found = trace(lecture()["L"])
    assert {(frame.label, frame.grad) for frame in found.frames} == {
        ("L", 1.0), ("d", -2.0), ("f", 4.0), ("c", -2.0), ("e", -2.0), ("a", 6.0), ("b", -4.0),
    }  # fmt: skip
    assert [len(step) for step in found.steps] == [1, 2, 2, 2]
    assert [node.op for node in found.graph.nodes if node.op] == ["mul", "add", "mul"]
    assert found.check().ok


def test_the_package() -> None:
    a, b = micrograd.Value(-4.0), micrograd.Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    found = trace(g, [{"a": a, "b": b, "g": g}])
    frames = by_label(found)
    assert frames["a"].grad == pytest.approx(138.8338192419825)
    assert frames["b"].grad == pytest.approx(645.5772594752186)
    assert found.check().ok


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_graph_does_not_depend_on_hash_seeds(seed: str) -> None:
    script = (
        "from tests.test_source_micrograd import *\n"
        "found = trace(lecture()['L'])\n"
        "print([(node.label, node.inputs) for node in found.graph.nodes])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env={"PYTHONHASHSEED": seed})
    assert done.stdout.strip() == str([(node.label, node.inputs) for node in trace(lecture()["L"]).graph.nodes])


# Reading


def test_a_value_that_is_used_twice_by_one_op_has_two_edges() -> None:
    for engine in ENGINES:
        x = engine(3.0)
        found = trace(x + x, [{"x": x}])
        assert found.graph[found.graph.output].inputs == (0, 0)
        assert [frame.slot for frame in found.frames] == [None, 0, 1]
        assert found.gradients[0] == 2.0


def test_operands_are_in_order_although_a_set_has_none() -> None:
    for _ in range(20):
        a, b = Lecture(2.0, label="a"), Lecture(3.0, label="b")
        found = trace(a * b)
        assert [found.graph[node].label for node in found.graph[found.graph.output].inputs] == ["a", "b"]


def test_powers_get_their_exponent_as_a_literal() -> None:
    for engine in ENGINES:
        x = engine(3.0)
        found = trace(x**3, [{"x": x}])
        assert [(node.kind, node.value) for node in found.graph.nodes] == [
            ("input", 3.0), ("constant", 3.0), ("op", 27.0),
        ]  # fmt: skip
        assert found.names[2] == "L"


def test_literals_are_told_from_inputs_by_who_holds_them() -> None:
    x, scale = Lecture(3.0), Lecture(2.0)
    found = trace((scale * x - 1) * 5 + sum([x, x]), [{"x": x}])
    kinds = {(node.kind, node.value) for node in found.graph.nodes if not node.op}
    assert kinds == {("input", 3.0), ("input", 2.0), ("constant", -1.0), ("constant", 5.0), ("constant", 0.0)}


def test_literals_are_known_after_a_backward_pass_too() -> None:
    from micrograd.engine import Value as Micrograd

    a = Micrograd(3.0)
    L = a * 2.0 - 1.0
    gc.disable()
    try:
        L.backward()  # whose list of all values is garbage from now on, but in a circle
        kinds = [(node.kind, node.value) for node in trace(L, [{"a": a}]).graph.nodes if not node.op]
    finally:
        gc.enable()
    assert kinds == [("input", 3.0), ("constant", 2.0), ("constant", -1.0)]


def test_variables_of_a_function_that_has_returned_are_no_literals() -> None:
    def loss() -> Any:
        a, b = Lecture(2.0), Lecture(3.0)
        return a * b + a

    assert [node.kind for node in trace(loss()).graph.nodes if not node.op] == ["input", "input"]


def test_leaves_that_need_no_gradient_are_constants() -> None:
    class Leaf(Lecture):
        requires_grad = True

    x, data = Leaf(3.0, label="x"), Leaf(2.0, label="data")
    data.requires_grad = False
    assert [node.kind for node in trace(x * data).graph.nodes] == ["input", "constant", "op"]


def test_an_op_that_no_table_has_keeps_its_name() -> None:
    class Softplus(Lecture):
        def softplus(self) -> Any:
            out = type(self)(math.log1p(math.exp(self.data)), (self,), "softplus")

            def _backward() -> None:
                self.grad += out.grad / (1 + math.exp(-self.data))

            out._backward = _backward
            return out

    x = Softplus(1.0, label="x")
    found = trace(x.softplus())
    (frame,) = found.frames[1:]
    assert found.graph[frame.op or 0].op == "softplus"
    assert frame.local == pytest.approx(1 / (1 + math.exp(-1.0)))


def test_an_op_that_is_called_like_another_of_the_table_is_not_taken_for_it() -> None:
    class Decimal(Lecture):
        def log(self) -> Any:
            out = type(self)(math.log10(self.data), (self,), "log")

            def _backward() -> None:
                self.grad += out.grad / (self.data * math.log(10))

            out._backward = _backward
            return out

    found = trace(Decimal(100.0, label="x").log())
    assert found.graph[found.graph.output].op == "log′"
    assert found.frames[1].verdict == ""
    assert found.remarks == ("L is not what its op gives for its operands; has one of them been changed since?",)


def test_data_that_was_changed_after_it_was_used_is_noticed() -> None:
    values = lecture()
    values["a"].data = 5.0
    assert trace(values["L"]).remarks == (
        "e is not what its op gives for its operands; has one of them been changed since?",
    )


def test_gradients_that_lose_their_type_on_the_way_are_still_followed() -> None:
    class Cautious(Lecture):
        def __mul__(self, other: Any) -> Any:
            out = super().__mul__(other)
            operands = list(out._backward.__closure__ or ())
            values = {id(cell.cell_contents): cell.cell_contents for cell in operands}
            left, right = self, next(value for value in values.values() if value not in (self, out))

            def _backward() -> None:
                gradient = float(out.grad)
                left.grad = left.grad + right.data * gradient
                right.grad = right.grad + left.data * gradient

            out._backward = _backward
            return out

    a, b = Cautious(2.0, label="a"), Cautious(5.0, label="b")
    frames = by_label(trace(a * b))
    assert (frames["a"].local, frames["b"].local) == (5.0, 2.0)
    assert frames["a"].op == 2


def test_numpy_scalars_take_part() -> None:
    numpy = pytest.importorskip("numpy")

    class Numpy(Lecture):
        def tanh(self) -> Any:
            t = numpy.tanh(self.data)
            out = type(self)(t, (self,), "tanh")

            def _backward() -> None:
                self.grad += (1 - t**2) * out.grad

            out._backward = _backward
            return out

    x = Numpy(numpy.float64(0.5), label="x")
    found = trace(x.tanh() * 2.0)
    assert type(x.grad) is numpy.float64
    frame = found.frames[-1]
    assert frame.local == pytest.approx(1 - math.tanh(0.5) ** 2)
    assert frame.verdict == ""


# Mistakes


def test_assigning_where_adding_is_needed_shows_as_an_overwrite() -> None:
    a = Buggy(3.0, label="a")
    b = Buggy(4.0, label="b")
    p, q = a * b, a * 2.0
    p.label, q.label = "p", "q"
    found = trace(p + q)
    first, second = (frame for frame in found.frames if frame.label == "a")
    assert (first.verdict, second.verdict) == ("", "wrong")
    assert (second.accumulates, second.before, second.after) == (False, 0.0, second.contribution)
    assert second.note == (
        f"overwrites {first.after} instead of adding to it; should be {first.after} + {second.contribution} = 6.0"
    )
    assert a.grad == second.after
    assert not found.check().ok


def test_a_square_with_that_mistake_is_half_of_what_it_should_be() -> None:
    x = Buggy(3.0, label="x")
    found = trace(x * x)
    assert [frame.verdict for frame in found.frames] == ["", "", "wrong"]
    assert x.grad == 3.0


def test_a_wrong_derivative_is_named() -> None:
    class Wrong(Lecture):
        def tanh(self) -> Any:
            out = super().tanh()

            def _backward() -> None:
                self.grad += (1 - out.data) * out.grad

            out._backward = _backward
            return out

    x = Wrong(0.5, label="x")
    frame = trace(x.tanh() * 1.0).frames[-1]
    assert frame.verdict == "wrong"
    assert frame.note == "d(tanh(x))/dx should be 0.7864, not 0.5379"


def test_a_node_that_runs_too_early_is_named() -> None:
    class Early(Lecture):
        def backward(self) -> None:
            self.grad = 1.0
            pending: list[Any] = [self]
            seen = set()
            while pending:  # breadth first is no topological order
                value = pending.pop(0)
                value._backward()
                for child in sorted(value._prev, key=lambda child: child.label):
                    if child not in seen:
                        seen.add(child)
                        pending.append(child)

    x = Early(2.0, label="x")
    a = x * 1.0
    a.label = "a"
    b = a * 1.0
    b.label = "b"
    c = b * 1.0
    c.label = "c"
    found = trace(a + c)
    frame = next(frame for frame in found.frames if frame.label == "x")
    assert frame.verdict == "early"
    assert frame.note == "too early: dL/da was 1.0 then and became 2.0"


def test_a_forgotten_operand_is_named() -> None:
    class Forgetful(Lecture):
        def __mul__(self, other: Any) -> Any:
            out = super().__mul__(other)

            def _backward() -> None:
                self.grad += other.data * out.grad

            out._backward = _backward
            return out

    a, b = Forgetful(2.0, label="a"), Forgetful(3.0, label="b")
    assert trace(a * b).remarks == ("L hands nothing on to b",)


def test_another_start_than_one_is_named() -> None:
    class Twice(Lecture):
        def backward(self) -> None:
            super().backward()
            self.grad = 2.0

    class Double(Tuples):
        __slots__ = ()

        def backward(self) -> None:
            self.grad = 2.0
            for child, local in zip(self._children, self._local_grads, strict=True):
                child.grad += local * self.grad

    x = Tuples(3.0)
    output = Double(6.0, (x,), (2.0,))
    assert trace(output).frames[0].note == "should be dL/dL = 1.0, not 2.0"


def test_a_gradient_that_is_set_back_is_named() -> None:
    class Resetting(Lecture):
        def __add__(self, other: Any) -> Any:
            out = super().__add__(other)
            hand_on = out._backward

            def _backward() -> None:
                hand_on()
                self.grad = 0.0

            out._backward = _backward
            return out

    a, b = Resetting(2.0, label="a"), Resetting(3.0, label="b")
    frames = trace(a + b).frames
    assert [(frame.label, frame.verdict, frame.after) for frame in frames[-1:]] == [("a", "wrong", 0.0)]
    assert frames[-1].note == "sets it back to 0, which loses 1.0"


def test_a_derivative_at_a_kink_is_a_matter_of_choice() -> None:
    class Generous(Lecture):
        def relu(self) -> Any:
            out = super().relu()

            def _backward() -> None:
                self.grad += (out.data >= 0) * out.grad

            out._backward = _backward
            return out

    assert [frame.verdict for frame in trace(Generous(0.0, label="x").relu()).frames] == ["", ""]


# Leaving no trace


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.__name__)
def engine(request: pytest.FixtureRequest) -> Iterator[Any]:
    kept = {kind: dict(vars(kind)) for kind in request.param.__mro__[:-1]}
    yield request.param
    assert {kind: dict(vars(kind)) for kind in kept} == kept


def test_the_class_is_as_it_was(engine: Any) -> None:
    x = engine(3.0)
    trace(x * x)
    x.grad = 5.0
    assert x.grad == 5.0


def test_the_class_is_as_it_was_after_an_error(engine: Any) -> None:
    class Broken(engine):  # type: ignore[misc]
        def backward(self) -> None:
            self.grad = 1.0
            raise KeyError("theirs")

    x = Broken(3.0)
    with pytest.raises(KeyError, match="theirs"):
        trace(x)
    assert "grad" not in vars(Broken)


def test_only_gradients_change() -> None:
    values = lecture()
    before = {name: {**vars(value), "grad": None} for name, value in values.items()}
    trace(values["L"])
    assert {name: {**vars(value), "grad": None} for name, value in values.items()} == before


def test_gradients_that_were_left_are_cleared_first() -> None:
    values = lecture()
    values["L"].backward()
    found = trace(values["L"])
    assert values["a"].grad == 6.0
    assert found.remarks == ("gradients that were left from an earlier backward pass were set to 0 first",)
    assert trace(lecture()["L"]).remarks == ()


# Deep, and not what it should be


def test_a_backward_that_recurses_too_deeply_is_unrolled() -> None:
    for engine in (Lecture, Tuples):
        x = engine(1.0)
        output = x
        for _ in range(3000):
            output = output + 1e-3
        found = trace(output, [{"x": x}])
        assert x.grad == 1.0
        assert len(found.frames) == 3001
        assert found.remarks == (
            "backward() recurses deeper than Python allows, so each value's own step ran in topological order instead",
        )


def test_what_is_a_value() -> None:
    assert all(traces(engine(1.0)) for engine in ENGINES)
    assert not any(traces(thing) for thing in (1.0, "x", [1.0], object(), Lecture, lambda: 1, None))


@pytest.mark.parametrize("data", [[1.0], "1", None, 1j])
def test_data_that_is_no_number_is_refused(data: Any) -> None:
    with pytest.raises(SourceError, match=r"\.data has to be one real number"):
        trace(Lecture(data))


def test_a_circle_is_refused() -> None:
    a = Lecture(1.0, label="a")
    b = a + a
    a._prev = {b}
    with pytest.raises(CycleError):
        trace(b)


def test_other_things_are_refused() -> None:
    with pytest.raises(SourceError, match="a str has no"):
        trace("L")


def test_a_backward_that_does_nothing_is_refused() -> None:
    class Idle(Lecture):
        def backward(self) -> None:
            pass

    with pytest.raises(SourceError, match="assigned no gradient"):
        trace(Idle(1.0) + 1.0)


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_a_network(seed: int) -> None:
    """micrograd's own MLP, whose parameters are in lists in objects."""
    nn = pytest.importorskip("micrograd.nn")
    random.seed(seed)
    model = nn.MLP(2, [3, 1])
    x, y = random.uniform(-1, 1), random.uniform(-1, 1)
    loss = (model([x, y]) - 1.0) ** 2
    found = trace(loss, [{"model": model, "loss": loss}])
    replayed(found)
    parameters = [node for node in found.graph.nodes if node.label.startswith("model.")]
    assert len(parameters) == len(model.parameters())
    for node in parameters:
        parameter = eval(node.label, {"model": model})  # noqa: S307
        assert found.gradients.get(node.id, 0.0) == parameter.grad
    assert not any(frame.verdict for frame in found.frames)


# Functions


def test_variables_of_a_function_name_what_it_computes() -> None:
    def loss(x: Any, w: float) -> Any:
        scaled = x * Lecture(w)
        return scaled + 1

    found = tracer_trace(loss, Lecture(2.0), 3.0)
    assert [node.label for node in found.graph.nodes if node.op] == ["scaled", ""]
    assert found.graph[0].label == "x"


def test_a_function_that_makes_such_values_gets_its_numbers_as_they_are() -> None:
    def loss(number: float) -> Any:
        x = Lecture(number)
        return x * x

    assert tracer_trace(loss, 3.0).graph[0].label == "x"
    with pytest.raises(SourceError, match="has to return a value to start from, but returned a float"):
        tracer_trace(lambda: Lecture(2.0).data)


def test_a_function_that_makes_such_values_later(recwarn: pytest.WarningsRecorder) -> None:
    async def loss() -> Any:
        return Lecture(2.0) * Lecture(3.0)

    with pytest.raises(SourceError, match=r"^loss\(\) is async and has computed nothing yet; "):
        tracer_trace(loss)
    assert not recwarn.list


def test_gradients_are_what_they_were_if_it_fails() -> None:
    class Broken(Lecture):
        def backward(self) -> None:
            self.grad = 1.0
            raise ZeroDivisionError("theirs")

    x = Broken(3.0)
    x.grad = 7.0
    with pytest.raises(ZeroDivisionError, match="theirs"):
        trace(x)
    assert x.grad == 7.0


def test_attributes_that_are_made_up_are_not_asked_for_more_than_needed() -> None:
    class MadeUp(Lecture):
        def __getattr__(self, name: str) -> None:
            raise AttributeError(name)

    x = MadeUp(3.0)
    assert trace(x * x).gradients[0] == 6.0
