"""Somebody else's engine, untouched: a loss that karpathy/micrograd computes, with micrograd's own backward().

What is shown is what micrograd does, in its order. Names come from the variables, because its values have no labels.
"""

from pathlib import Path

from micrograd.engine import Value

from tracer import trace

w = Value(0.5)
b = Value(-0.5)
x = Value(2.0)
target = Value(1.0)

prediction = (w * x + b).relu()
error = prediction - target
loss = error**2

if __name__ == "__main__":
    t = trace(loss)
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "micrograd_loss.gif")
