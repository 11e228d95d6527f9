"""Names from variables: nothing here has a label, and yet every value has a name.

The function is called with Values for its numbers. Its own variables name what it computes, although they are bound
anew in every round of the loop and gone when it has returned: s and s₂ are the two sums that s has been.
"""

from pathlib import Path

from tracer import Value, trace


def neuron(x: list[Value], w: list[Value], b: Value) -> Value:
    """A neuron, as anybody would write it."""
    s = b
    for xi, wi in zip(x, w, strict=True):
        term = xi * wi
        s = s + term
    return s.tanh()


if __name__ == "__main__":
    t = trace(neuron, x=[2.0, 0.0], w=[-3.0, 1.0], b=6.8813735870195432)
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "names.gif")
