"""The check of the lecture: move one value by 0.001 and see how far the output moves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import Final

from tracer.checking.finding import find, run_again
from tracer.comparing import unknown_ops
from tracer.errors import SourceError
from tracer.rerunning import Experiment, Rerun
from tracer.tracing import Trace

_ENTRY: Final = re.compile(r"(?P<name>.+)\[(?P<places>\d+(?:, ?\d+)*)\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Nudge:
    """What happened to the output when one value was moved by `h`: the lecture's `(L2 - L1)/h`."""

    name: str
    h: float
    before: float
    after: float

    @property
    def slope(self) -> float:
        """The slope, exactly as Python computes it."""
        return (self.after - self.before) / self.h


def nudge(trace: Trace, node: str | int, h: float = 0.001) -> Nudge:
    """Move one value by `h`, compute the output again and see how far it has moved.

    Args:
        trace: the computation.
        node: name or id of the value, a leaf or an intermediate; of a tensor name an entry: "w[0, 2]".
        h: how far to move it.

    Raises:
        SourceError: there is no such value, it is a literal, it is a tensor and no entry was named, `h` is 0 or not
            finite, or an op cannot be computed again.
    """
    if not isfinite(h) or h == 0:
        raise SourceError(f"a value can be nudged by any finite number but 0, not by {h!r}")
    experiment = run_again(trace)
    if experiment is not None:
        return _nudged(trace, experiment, node, h)
    place = find(trace, node)
    branch = Rerun(trace.graph).branch(place)
    if branch.unknown:
        raise SourceError(f"{trace.names[place]} cannot be nudged: {unknown_ops(branch)}")
    return Nudge(trace.names[place], h, branch(branch.x).value, branch(branch.x + h).value)


def _nudged(trace: Trace, experiment: Experiment | str, wanted: str | int, h: float) -> Nudge:
    """Move a number, or an entry of a tensor, of what another library computed."""
    node, entry, name = _entry(trace, wanted)
    reason = experiment if isinstance(experiment, str) else experiment.obstacle(node)
    if reason or isinstance(experiment, str):
        raise SourceError(f"{name} cannot be nudged: {reason}")
    before, after = (experiment.output(node, entry, step).value for step in (0.0, h))
    return Nudge(name, h, before, after)


def _entry(trace: Trace, wanted: str | int) -> tuple[int, int, str]:
    """The node and the entry that are meant by a name, such as `w[0, 2]`, and how that is shown.

    Raises:
        SourceError: there is none, or it is not said which entry of a tensor.
    """
    written = _ENTRY.fullmatch(wanted) if isinstance(wanted, str) and wanted not in trace.names else None
    node = find(trace, written["name"] if written else wanted)
    name, shape = trace.names[node], trace.graph[node].shape
    indices = tuple(map(int, written["places"].split(","))) if written else ()
    if len(indices) != len(shape) or any(index >= length for index, length in zip(indices, shape, strict=True)):
        last = f"{name}[{', '.join(str(length - 1) for length in shape)}]"
        what = f"has the shape {shape}; name one entry of it, up to {last}" if shape else "is a single number"
        raise SourceError(f"{name} {what}")
    entry = 0
    for index, length in zip(indices, shape, strict=True):
        entry = entry * length + index
    return node, entry, f"{name}[{', '.join(map(str, indices))}]" if shape else name
