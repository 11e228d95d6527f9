"""A network, folded: each neuron is one card with its inputs, its output and its gradient.

MLP(2, [3, 1]) computes with 36 values, 13 of them parameters. Folded neuron by neuron there are six cards, and the
chain rule holds between them as it does inside: the numbers on the chips are the true derivatives of a whole neuron.
"""

from pathlib import Path

from tracer import fold, trace
from tracer.nn import MLP

net = MLP(2, [3, 1], seed=4)
y = net([1.0, -2.0])

if __name__ == "__main__":
    t = fold(trace(y), depth=2)  # depth=1 would fold whole layers, ["layer1/neuron2"] one neuron
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "network.gif")
