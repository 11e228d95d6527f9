"""Numerical verification: is each gradient of a trace the derivative that it claims to be?

For each node the output is computed again with that node's value moved a little up and down, and the differences give
the derivative without any chain rule (`differences.py`). The answer is "right", "wrong", or "inconclusive" with the
reason. There is no absolute tolerance: a gradient of 1e-12 has to be as right as one of 1e12, and where rounding hides
it, that is the answer.

Checking a node computes everything downstream of it some forty times, so checking all of a graph takes time in
proportion to nodes × downstream nodes: well under a second for a hundred nodes, long for many thousands. Name the nodes
that matter then.

What another library computed runs again there (`probing.py`), with one entry of a tensor moved at a time; of a large
tensor some entries, and all of them at once in a random direction.

`nudge` is the check of the lecture: move one value by 0.001 and see how far the output moves.
"""

from __future__ import annotations

from tracer.checking.finding import find
from tracer.checking.findings import Check, NodeCheck
from tracer.checking.nudging import Nudge, nudge
from tracer.checking.verifying import check

__all__ = ["Check", "NodeCheck", "Nudge", "check", "find", "nudge"]
