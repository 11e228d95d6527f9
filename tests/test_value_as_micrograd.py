"""Code that was written for micrograd, and the lecture's own, runs unchanged on Value."""

from __future__ import annotations

from typing import Any

import pytest
from graphviz import Digraph

from benchmarks.engine import CASES, Case, check_gradients
from tracer.errors import NotANumberError, SourceError
from tracer.sources import trace
from tracer.value import Value

LECTURE = """\
a = Value(2.0, label='a')
b = Value(-3.0, label='b')
c = Value(10.0, label='c')
e = a*b; e.label = 'e'
d = e + c; d.label = 'd'
f = Value(-2.0, label='f')
L = d * f; L.label = 'L'

def trace(root):
  # builds a set of all nodes and edges in a graph
  nodes, edges = set(), set()
  def build(v):
    if v not in nodes:
      nodes.add(v)
      for child in v._prev:
        edges.add((child, v))
        build(child)
  build(root)
  return nodes, edges

def draw_dot(root):
  dot = Digraph(format='svg', graph_attr={'rankdir': 'LR'}) # LR = left to right

  nodes, edges = trace(root)
  for n in nodes:
    uid = str(id(n))
    # for any value in the graph, create a rectangular ('record') node for it
    dot.node(name = uid, label = "{ %s | data %.4f | grad %.4f }" % (n.label, n.data, n.grad), shape='record')
    if n._op:
      # if this value is a result of some operation, create an op node for it
      dot.node(name = uid + n._op, label = n._op)
      # and connect this node to it
      dot.edge(uid + n._op, uid)

  for n1, n2 in edges:
    # connect n1 to the op node of n2
    dot.edge(str(id(n1)), str(id(n2)) + n2._op)

  return dot

L.grad = 1.0
f.grad = 4.0
d.grad = -2.0
c.grad = -2.0
e.grad = -2.0
a.grad = (-2.0 * -3.0)
b.grad = (-2.0 * 2.0)
"""

OPTIMISATION = """
a.data += 0.01 * a.grad
b.data += 0.01 * b.grad
c.data += 0.01 * c.grad
f.data += 0.01 * f.grad

e = a * b
d = e + c
L = d * f
"""

NEURON = """\
# inputs x1,x2
x1 = Value(2.0, label='x1')
x2 = Value(0.0, label='x2')
# weights w1,w2
w1 = Value(-3.0, label='w1')
w2 = Value(1.0, label='w2')
# bias of the neuron
b = Value(6.8813735870195432, label='b')
# x1*w1 + x2*w2 + b
x1w1 = x1*w1; x1w1.label = 'x1*w1'
x2w2 = x2*w2; x2w2.label = 'x2*w2'
x1w1x2w2 = x1w1 + x2w2; x1w1x2w2.label = 'x1*w1 + x2*w2'
n = x1w1x2w2 + b; n.label = 'n'
# ----
e = (2*n).exp()
o = (e - 1) / (e + 1)
# ----
o.label = 'o'
o.backward()
"""


class TestMicrograd:
    """Code that was written for micrograd, unchanged."""

    @pytest.mark.parametrize("case", CASES[:2], ids=lambda case: case.name)
    def test_its_own_networks_run_on_our_values_with_the_same_gradients(self, case: Case) -> None:
        check_gradients(case)

    def test_the_constructor_takes_what_micrograd_takes(self) -> None:
        a, b = Value(2.0), Value(-3.0)
        c = Value(-6.0, (a, b), "*", label="c")
        assert (c.data, c._prev, c._op, c.label) == (-6.0, {a, b}, "*", "c")
        c.backward()
        assert (a.grad, b.grad) == (-3.0, 2.0)

    def test_data_label_and_repr(self) -> None:
        a = Value(2.0, label="a")
        assert repr(a) == "Value(data=2.0)"
        assert (a.data, a.grad, a.label, a._prev, a._op) == (2.0, 0.0, "a", set(), "")
        assert Value(1.0).label == ""

    def test_prev_is_a_set_and_op_the_symbol(self) -> None:
        a = Value(2.0)
        square = a * a
        assert square._prev == {a}
        assert [(a + 1)._op, square._op, (a**2)._op, a.tanh()._op, a.relu()._op] == ["+", "*", "**", "tanh", "relu"]

    @pytest.mark.parametrize(
        ("children", "op", "data", "gradients"),
        [((3.0,), "**2", 9.0, [6.0]), ((2.0,), "**-1", 0.5, [-0.25]), ((2.0,), "ReLU", 2.0, [1.0])],
    )
    def test_the_ops_that_micrograd_writes_in_its_own_way(
        self, children: tuple[float, ...], op: str, data: float, gradients: list[float]
    ) -> None:
        inputs = tuple(map(Value, children))
        trace(Value(data, inputs, op))
        assert [value.grad for value in inputs] == gradients

    @pytest.mark.parametrize("op", ["foo", "", "**x", "+"])
    def test_an_op_without_a_derivative_is_refused_with_the_list_of_ops(self, op: str) -> None:
        with pytest.raises(SourceError, match=r"the ops are \+ \*"):
            Value(1.0, (Value(2.0),), op)

    def test_plain_numbers_as_children_are_literals_and_other_things_are_refused(self) -> None:
        t = trace(Value(6.0, (Value(2.0), 3), "*"))
        assert sorted(node.kind for node in t.graph.nodes) == ["constant", "input", "op"]
        with pytest.raises(NotANumberError):
            Value(6.0, (Value(2.0), "3"), "*")  # type: ignore[arg-type]

    def test_the_lecture_runs_verbatim(self) -> None:
        ran = run(LECTURE)
        assert [ran[name].grad for name in "abcdefL"] == [6.0, -4.0, -2.0, -2.0, -2.0, 4.0, 1.0]
        nodes, edges = ran["trace"](ran["L"])
        assert {node.label for node in nodes} == set("abcdefL")
        assert {x.label + y.label for x, y in edges} == {"ae", "be", "ed", "cd", "dL", "fL"}
        source = ran["draw_dot"](ran["L"]).source
        assert "{ a | data 2.0000 | grad 6.0000 }" in source
        assert "{ L | data -8.0000 | grad 1.0000 }" in source

    def test_the_lectures_optimisation_step_runs_verbatim(self) -> None:
        assert repr(run(LECTURE + OPTIMISATION)["L"]) == "Value(data=-7.286496)"

    def test_the_lectures_neuron_runs_verbatim(self) -> None:
        ran = run(NEURON)
        wanted = [-1.5, 1.0, 0.5, 0.0, 0.5]
        assert [round(ran[name].grad, 6) for name in ("x1", "w1", "x2", "w2", "n")] == wanted
        ran["n"].tanh().backward()
        assert [round(ran[name].grad, 6) for name in ("x1", "w1", "x2", "w2", "n")] == wanted


def run(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"Value": Value, "Digraph": Digraph}
    exec(source, namespace)  # noqa: S102  # the text above
    return namespace


def test_single_steps_can_be_taken_by_hand(lecture: dict[str, Value]) -> None:
    lecture["L"].grad = 1.0
    for name in "Lde":
        lecture[name]._backward()
    stepped = {name: value.grad for name, value in lecture.items()}
    lecture["L"].backward()
    assert stepped == {name: value.grad for name, value in lecture.items()}


def test_steps_add_up_where_a_value_is_used_twice_and_leave_literals_alone() -> None:
    a = Value(3.0)
    b = a * a * 2.0
    b.grad = 1.0
    b._backward()
    for source in b._inputs:
        source._backward()
    assert a.grad == 12.0
    assert [source.grad for source in b._inputs] == [2.0, 0.0]
