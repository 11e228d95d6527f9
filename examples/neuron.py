"""A neuron with two inputs: o = tanh(w1*x1 + w2*x2 + b).

The bias is chosen so that the gradients come out round: tanh' is 0.5 there.
"""

from pathlib import Path

from tracer import Value, trace

x1 = Value(2.0, label="x1")
x2 = Value(0.0, label="x2")
w1 = Value(-3.0, label="w1")
w2 = Value(1.0, label="w2")
b = Value(6.8813735870195432, label="b")
x1w1 = x1 * w1
x1w1.label = "x1w1"
x2w2 = x2 * w2
x2w2.label = "x2w2"
s = x1w1 + x2w2
s.label = "s"
n = s + b
n.label = "n"
o = n.tanh()
o.label = "o"

if __name__ == "__main__":
    t = trace(o)
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "neuron.gif")
