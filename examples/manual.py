"""Backpropagation by hand, with a deliberate mistake: a's second contribution overwrites the first.

Every `x.grad = ...` inside the `with` block becomes a frame, and each is compared with the chain rule's answer.
"""

from pathlib import Path

from accumulation import L, a, b, p, s

from tracer import recording

with recording(L) as t:
    L.grad = 1.0
    p.grad = s.data * L.grad
    s.grad = p.data * L.grad
    a.grad = b.data * p.grad
    b.grad = a.data * p.grad
    a.grad = 1.0 * s.grad  # wrong: a is used twice, so this has to be +=
    b.grad += 1.0 * s.grad

if __name__ == "__main__":
    t.log()
    t.save(Path(__file__).parents[1] / "output" / "manual.gif")
