"""The lecture's expression: L = (a*b + c) * f.

Seven gradients in four steps: L, then d and f, then c and e, then a and b.
"""

from pathlib import Path

from tracer import Value, trace

a = Value(2.0, label="a")
b = Value(-3.0, label="b")
c = Value(10.0, label="c")
e = a * b
e.label = "e"
d = e + c
d.label = "d"
f = Value(-2.0, label="f")
L = d * f
L.label = "L"

if __name__ == "__main__":
    t = trace(L)
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "lecture.gif")
