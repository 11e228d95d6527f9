"""tracer.nn beside micrograd's, from which it takes its shape."""

from __future__ import annotations

import random
from importlib.util import find_spec, module_from_spec
from typing import Any

import pytest

from tracer import SourceError, Value, fold, group, nn, trace
from tracer.folding import groups_of
from tracer.nn import MLP, Layer, Module, Neuron, Parameter


def micrograds() -> Any:
    """Another copy of micrograd's nn module, whose Value can be replaced."""
    spec = find_spec("micrograd.nn")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


X = [2.0, 3.0, -1.0]


def test_it_computes_what_micrograd_computes() -> None:
    random.seed(1337)
    theirs = micrograds().MLP(3, [4, 4, 1])
    random.seed(1337)
    ours = MLP(3, [4, 4, 1], activation="relu")
    assert [p.data for p in ours.parameters()] == [p.data for p in theirs.parameters()]
    y, z = ours(X), theirs(X)
    assert isinstance(y, Value)
    assert y.data == z.data
    trace(y)
    z.backward()
    assert [p.grad for p in ours.parameters()] == pytest.approx([p.grad for p in theirs.parameters()], rel=1e-12)


def test_a_seed_gives_the_same_network_again() -> None:
    one, two, other = (MLP(3, [4, 1], seed=seed) for seed in (7, 7, 8))
    assert [p.data for p in one.parameters()] == [p.data for p in two.parameters()]
    assert [p.data for p in one.parameters()] != [p.data for p in other.parameters()]
    same = MLP(3, [4, 1], seed=random.Random(7))
    assert [p.data for p in one.parameters()] == [p.data for p in same.parameters()]
    assert len({p.data for p in one.parameters()}) == 16 + 1  # the biases are 0
    before = random.getstate()
    MLP(3, [4, 1], seed=7)
    assert random.getstate() == before


def test_parameters_are_labelled_and_belong_to_groups() -> None:
    net = MLP(2, [2, 1], seed=1)
    assert [p.label for p in net.parameters()] == [
        "layer1.neuron1.w[0]",
        "layer1.neuron1.w[1]",
        "layer1.neuron1.b",
        "layer1.neuron2.w[0]",
        "layer1.neuron2.w[1]",
        "layer1.neuron2.b",
        "layer2.neuron1.w[0]",
        "layer2.neuron1.w[1]",
        "layer2.neuron1.b",
    ]
    assert [p.scope for p in net.parameters()] == ["layer1/neuron1"] * 3 + ["layer1/neuron2"] * 3 + [
        "layer2/neuron1"
    ] * 3
    assert [p.label for p in Layer(1, 2).parameters()] == ["neuron1.w[0]", "neuron1.b", "neuron2.w[0]", "neuron2.b"]
    assert [p.label for p in Neuron(2).parameters()] == ["w[0]", "w[1]", "b"]


def test_what_it_computes_belongs_to_groups() -> None:
    y = MLP(2, [2, 1], seed=1)([1.0, -2.0])
    graph = trace(y).graph
    assert groups_of(graph) == (
        "layer1", "layer1/neuron1", "layer1/neuron2", "layer2", "layer2/neuron1"
    )  # fmt: skip
    outside = [node for node in graph.nodes if not node.scope]
    assert [(node.kind, node.label) for node in outside] == [("input", "x[0]"), ("input", "x[1]")]
    parameters = [node for node in graph.nodes if node.kind == "parameter"]
    assert len(parameters) == 9
    assert all(node.scope == node.label.rpartition(".")[0].replace(".", "/") for node in parameters)


def test_groups_stay_those_in_which_the_network_was_made() -> None:
    with group("encoder"):
        net = MLP(1, [1], seed=1)
    with group("elsewhere"):
        y = net([2.0])
    found = {node.scope for node in trace(y).graph.nodes if node.kind != "input"}
    assert found == {"encoder/layer1/neuron1"}


def test_parameters_remember_their_group_when_much_has_happened_since(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracer.grouping.MOST_SPANS", 10)
    net = MLP(2, [2, 1], seed=1)
    for _ in range(20):
        y = net([1.0, 2.0])
    assert len(fold(trace(y)).graph) == 2 + 2


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "sin"])
def test_activations(activation: str) -> None:
    neuron = Neuron(2, activation=activation, seed=3)
    w, b = [p.data for p in neuron.w], neuron.b.data
    total = b + w[0] * 0.5 + w[1] * -0.25
    expected: Value = getattr(Value(total), activation)()
    assert neuron([0.5, -0.25]).data == expected.data
    assert Neuron(2, False, activation=activation, seed=3)([0.5, -0.25]).data == total
    net = MLP(2, [2, 1], activation=activation, seed=3)
    assert [neuron.activation for layer in net.layers for neuron in layer.neurons] == [activation, activation, ""]


def test_inputs_may_be_values_and_are_shared_by_all_neurons() -> None:
    x = [Value(1.0, label="height"), 2.0]
    outputs = Layer(2, 3, seed=1)(x)
    assert isinstance(outputs, list)
    graph = trace(outputs[0] + outputs[1] + outputs[2]).graph
    assert [node.label for node in graph.nodes if node.kind == "input"] == ["height", "x[1]"]


def test_one_output_is_a_value_and_several_are_a_list() -> None:
    assert isinstance(MLP(1, [2, 1])([1.0]), Value)
    outputs = MLP(1, [1, 2])([1.0])
    assert isinstance(outputs, list)
    assert len(outputs) == 2
    assert isinstance(Layer(1, 1)([1.0]), Value)


def test_zero_grad() -> None:
    net = MLP(2, [2, 1], seed=1)
    y = net([1.0, -2.0])
    y.backward()
    assert any(p.grad for p in net.parameters())
    net.zero_grad()
    assert not any(p.grad for p in net.parameters())
    assert Module().parameters() == []


def test_it_learns() -> None:
    net = MLP(3, [4, 4, 1], seed=42)
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, 1.0]
    losses = []
    for _ in range(40):
        outputs = [net(x) for x in xs]
        loss = sum((output - y) ** 2 for y, output in zip(ys, outputs, strict=True))
        loss.backward()
        for p in net.parameters():
            p.data -= 0.05 * p.grad
        losses.append(loss.data)
    assert losses[-1] < 0.05 < losses[0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Neuron(2, activation="softmax"),
            "'softmax' is no activation; there are abs, cos, exp, log, neg, relu, ",
        ),
        (lambda: Neuron(0), "a neuron has at least one input, not 0"),
        (lambda: Layer(2, 0), "a layer has at least one neuron, not 0"),
        (lambda: MLP(2, []), "an MLP has at least one layer: MLP(3, [4, 4, 1]) has three"),
        (lambda: Neuron(2)([1.0]), "2 weights need as many inputs, but were given 1"),
        (lambda: MLP(2, [2, 1])([1.0, 2.0, 3.0]), "2 weights need as many inputs, but were given 3"),
    ],
)
def test_mistakes_are_said_in_one_line(make: Any, message: str) -> None:
    with pytest.raises(SourceError) as error:
        make()
    assert str(error.value).startswith(message)


def test_it_says_what_it_is() -> None:
    assert repr(MLP(2, [2, 1])) == ("MLP of [Layer of [tanh Neuron(2), tanh Neuron(2)], Layer of [linear Neuron(2)]]")
    assert isinstance(nn.MLP(1, [1]).parameters()[0], Parameter)


def test_folded_it_stays_legible() -> None:
    y = MLP(2, [16, 16, 1], seed=1)([1.0, -2.0])
    whole = trace(y)
    layers, neurons = fold(whole), fold(whole, depth=2)
    assert layers.names == ("x[0]", "x[1]", "layer1", "layer2", "y")
    assert [node.shape for node in layers.graph.nodes] == [(), (), (16,), (16,), ()]
    assert len(layers.frames) == 5
    assert len(neurons.graph) == 2 + 16 + 16 + 1
    assert neurons.names[2:4] == ("layer1.neuron1", "layer1.neuron2")
    assert {one.answer for one in layers.check().nodes} == {"right"}
    one = fold(whole, ["layer1", *(path for path in groups_of(whole.graph, 2) if path.startswith("layer2"))])
    assert len(one.graph) == 2 + 1 + 16 + sum(node.scope == "layer3/neuron1" for node in whole.graph.nodes)
