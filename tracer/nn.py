"""Small neural networks, as in the lecture: a Neuron, a Layer of neurons, an MLP of layers.

    >>> net = MLP(3, [4, 4, 1], seed=1)
    >>> len(net.parameters())
    41
    >>> net.layers[0].neurons[1].w[2].label
    'layer1.neuron2.w[2]'
    >>> y = net([2.0, 3.0, -1.0])

What a network computes belongs to the groups `layer1`, `layer1/neuron2` and so on, and so do its parameters; a picture
can fold each of them into one card: see `tracer.folding`. As in micrograd, the last layer is linear, weights are drawn
from -1 to 1, biases are 0, and a layer of one neuron gives a Value instead of a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random, uniform
from typing import Any, Final

from tracer.errors import SourceError
from tracer.grouping import Group, group
from tracer.ops import OPS
from tracer.parameters import Parameter
from tracer.value import Operand, Value, method_name

__all__ = ["MLP", "Layer", "Module", "Neuron", "Parameter"]

_ACTIVATIONS: Final = sorted(op.name for op in OPS.values() if op.arity == 1)


class Module:
    """What neurons, layers and networks have in common: parameters."""

    def parameters(self) -> list[Parameter]:
        """All parameters, in order."""
        return []

    def zero_grad(self) -> None:
        """Set the gradient of each parameter to 0; `backward()` and `trace` do so by themselves."""
        for parameter in self.parameters():
            parameter.grad = 0.0


class Neuron(Module):
    """activation(b + w[0]*x[0] + w[1]*x[1] + ...).

    Args:
        nin: how many inputs it takes.
        nonlin: whether there is an activation.
        activation: the op that does it, such as "tanh" or "relu".
        seed: draws the weights: a number, or a `random.Random`; left out, Python's own random numbers.

    Attributes:
        w: the weights.
        b: the bias.

    Raises:
        SourceError: no op of that name takes one operand, or there are no inputs.
    """

    def __init__(
        self, nin: int, nonlin: bool = True, *, activation: str = "tanh", seed: int | Random | None = None
    ) -> None:
        if activation not in _ACTIVATIONS:
            raise SourceError(f"{activation!r} is no activation; there are {', '.join(_ACTIVATIONS)}")
        if nin < 1:
            raise SourceError(f"a neuron has at least one input, not {nin}")
        self.activation = activation if nonlin else ""
        numbers = _numbers(seed)
        draw = uniform if numbers is None else numbers.uniform
        self.w = [Parameter(draw(-1, 1), f"w[{place}]") for place in range(nin)]
        self.b = Parameter(0.0, "b")

    def __call__(self, x: Iterable[Operand]) -> Value:
        """The neuron's output.

        Args:
            x: an input for each weight; plain numbers become Values labelled x[0], x[1], ...

        Raises:
            SourceError: there are not as many inputs as weights.
        """
        inputs = _inputs(x, len(self.w))
        total: Value = self.b
        for weight, value in zip(self.w, inputs, strict=True):
            total = total + weight * value
        if not self.activation:
            return total
        result: Value = getattr(total, method_name(OPS[self.activation]))()
        return result

    def parameters(self) -> list[Parameter]:
        """The weights, then the bias."""
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{self.activation or 'linear'} Neuron({len(self.w)})"


class Layer(Module):
    """Neurons that read the same inputs.

    Args:
        nin: how many inputs they take.
        nout: how many neurons there are.
        nonlin: whether there is an activation.
        activation: the op that does it.
        seed: draws the weights: see `Neuron`.

    Attributes:
        neurons: the neurons; each computes in a group of its own, neuron1, neuron2, ...

    Raises:
        SourceError: no op of that name takes one operand, or there are no inputs or no neurons.
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        nonlin: bool = True,
        *,
        activation: str = "tanh",
        seed: int | Random | None = None,
    ) -> None:
        if nout < 1:
            raise SourceError(f"a layer has at least one neuron, not {nout}")
        numbers = _numbers(seed)
        self.neurons: list[Neuron] = []
        self._groups = _numbered("neuron", nout)
        for inside in self._groups:
            with inside:
                self.neurons.append(Neuron(nin, nonlin, activation=activation, seed=numbers))
        _put_inside(self._groups, self.neurons)

    def __call__(self, x: Iterable[Operand]) -> Any:
        """The outputs of the neurons, a list of Values; if there is only one, just that.

        Args:
            x: an input for each weight of a neuron; plain numbers become Values labelled x[0], x[1], ...

        Raises:
            SourceError: there are not as many inputs as weights.
        """
        outputs = self._outputs(_inputs(x, len(self.neurons[0].w)))
        return outputs[0] if len(outputs) == 1 else outputs

    def _outputs(self, inputs: Sequence[Value]) -> list[Value]:
        found = []
        for inside, neuron in zip(self._groups, self.neurons, strict=True):
            with inside:
                found.append(neuron(inputs))
        return found

    def parameters(self) -> list[Parameter]:
        """The parameters of each neuron in turn."""
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """A multi-layer perceptron: each layer reads what the one before it gives; the last one is linear.

    Args:
        nin: how many inputs it takes.
        nouts: how many neurons each layer has.
        activation: the op that does it in all layers but the last.
        seed: draws the weights: see `Neuron`.

    Attributes:
        layers: the layers; each computes in a group of its own, layer1, layer2, ...

    Raises:
        SourceError: no op of that name takes one operand, or there are no inputs, no layers or no neurons in one.
    """

    def __init__(
        self, nin: int, nouts: Sequence[int], *, activation: str = "tanh", seed: int | Random | None = None
    ) -> None:
        if not nouts:
            raise SourceError("an MLP has at least one layer: MLP(3, [4, 4, 1]) has three")
        numbers = _numbers(seed)
        self.layers: list[Layer] = []
        self._groups = _numbered("layer", len(nouts))
        for inside, (before, size) in zip(self._groups, zip((nin, *nouts), nouts, strict=False), strict=True):
            last = len(self.layers) == len(nouts) - 1
            with inside:
                self.layers.append(Layer(before, size, not last, activation=activation, seed=numbers))
        _put_inside(self._groups, self.layers)

    def __call__(self, x: Iterable[Operand]) -> Any:
        """The outputs of the last layer, a list of Values; if there is only one, just that.

        Args:
            x: the inputs; plain numbers become Values labelled x[0], x[1], ...

        Raises:
            SourceError: there are not as many as the first layer takes.
        """
        values = _inputs(x, len(self.layers[0].neurons[0].w))
        for inside, layer in zip(self._groups, self.layers, strict=True):
            with inside:
                values = layer._outputs(values)
        return values[0] if len(values) == 1 else values

    def parameters(self) -> list[Parameter]:
        """The parameters of each layer in turn."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"


def _numbers(seed: int | Random | None) -> Random | None:
    """Where random numbers come from; None stands for Python's own."""
    return Random(seed) if isinstance(seed, int) else seed  # noqa: S311 (weights, not secrets)


def _numbered(name: str, count: int) -> list[Group]:
    return [group(f"{name}{place}") for place in range(1, count + 1)]


def _put_inside(groups: Iterable[Group], modules: Iterable[Module]) -> None:
    """Put the names of the groups in front of the labels: `w[0]` becomes `neuron2.w[0]`."""
    for inside, module in zip(groups, modules, strict=True):
        for parameter in module.parameters():
            parameter.label = f"{inside.name}.{parameter.label}"


def _inputs(x: Iterable[Operand], count: int) -> list[Value]:
    """The inputs as Values.

    Raises:
        SourceError: there are more or fewer than `count`.
    """
    values = [given if isinstance(given, Value) else Value(given, label=f"x[{place}]") for place, given in enumerate(x)]
    if len(values) != count:
        raise SourceError(f"{count} weights need as many inputs, but were given {len(values)}")
    return values
