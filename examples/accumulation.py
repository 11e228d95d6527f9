"""A value that is used twice: a and b feed both p and s, so each of them gets two contributions, and they add up.

The second contribution is a frame of its own, with += where the first has =.
"""

from pathlib import Path

from tracer import Value, trace

a = Value(3.0, label="a")
b = Value(4.0, label="b")
p = a * b
p.label = "p"
s = a + b
s.label = "s"
L = p * s
L.label = "L"

if __name__ == "__main__":
    t = trace(L)
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "accumulation.gif")
