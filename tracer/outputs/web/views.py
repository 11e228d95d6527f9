"""The views of a trace with groups, between which the player changes as its reader folds and unfolds them.

Where everything stands is found out in Python, so every view is drawn in advance: everything folded, everything
unfolded, and for each group the view in which it is unfolded, with the groups that it is in, and all others are folded.
They are much alike, so that they are compressed together, and the player unpacks them.
All numbers in a view are those of a Folded trace, which come from the whole one. A page holds as many views as are
worth their bytes; it says which groups it cannot unfold.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, inf
from typing import Any, Final
from zlib import Z_SYNC_FLUSH, compressobj

from tracer.drawing.measures import WIDEST
from tracer.errors import LayoutError, SourceError
from tracer.folding import Folded
from tracer.graph import Graph
from tracer.outputs.web.shown import Shown
from tracer.paths import depth_of, groups_of, is_inside
from tracer.telling import listed
from tracer.tracing import Trace

_MOST_BYTES: Final = 600_000
"""How much all views but the first may take up when they are compressed."""

_MOST_VALUES: Final = 3_000
"""How many values they may have in all: the more there are, the longer it takes to place them."""

# What is unfolded in views that are not named by a group. No path of a group begins with a slash.
_NOTHING: Final = "/nothing"
_EVERYTHING: Final = "/everything"
_GIVEN: Final = "/given"

Draw = Callable[[Trace, str], Shown]
"""Draws a trace as a view of some name."""


@dataclass(frozen=True)
class Views:
    """The views of a trace.

    Attributes:
        first: the view that the page opens with.
        others: the other views as HTML.
        packed: the same, compressed (zlib), in base64.
        drawn: all of them, the first one included.
        about: what the player has to know to offer them, for JSON; None if there is nothing to fold.
    """

    first: Shown
    others: str = ""
    packed: str = ""
    drawn: tuple[Shown, ...] = ()
    about: dict[str, Any] | None = None


def views_of(trace: Trace, draw: Draw) -> Views:
    """The views of a trace, drawn as far as there is room for them.

    Args:
        trace: the trace, which may be folded: then the first view is that one.
        draw: draws a view.
    """
    whole = trace.whole if isinstance(trace, Folded) else trace
    groups = _foldable(whole.graph)
    if not groups or any(frame.verdict for frame in whole.frames):
        only = draw(trace, "v0")
        return Views(only, drawn=(only,))
    return _Drawing(trace, whole, groups, draw).run()


def places(trace: Trace) -> list[int] | None:
    """For the start and each frame of a folded trace how many frames of the whole one have been by then.

    A gradient that gets several contributions is taken to be complete after its last one there, and so in proportion.
    None for a trace that is whole, where the answer is their own number.
    """
    if not isinstance(trace, Folded):
        return None
    assigned: dict[int, list[int]] = {}
    for frame in trace.whole.frames:
        assigned.setdefault(frame.target, []).append(frame.index)
    count = Counter(frame.target for frame in trace.frames)
    turn: Counter[int] = Counter()
    found = [0]
    for frame in trace.frames:
        turn[frame.target] += 1
        whole = sorted(place for origin in trace.origins[frame.target] for place in assigned.get(origin, ()))
        reached = ceil(turn[frame.target] / count[frame.target] * len(whole)) - 1
        found.append(whole[reached] + 1 if whole else 0)
    return list(accumulate(found, max))


class _Drawing:
    """Draws views until there is no more room."""

    def __init__(self, trace: Trace, whole: Trace, groups: tuple[str, ...], draw: Draw) -> None:
        self._trace = trace
        self._whole = whole
        self._groups = groups
        self._draw = draw
        self._packer = compressobj(9)
        self._packed = b""
        self._values = _MOST_VALUES
        self._too_many: float = inf  # a view with so many frames did not fit any more
        self._count = 0
        self._names: dict[str, str] = {}  # by what is unfolded: a path, or _NOTHING, _EVERYTHING or _GIVEN
        self._templates: list[str] = []
        self._entered: list[Shown] = []

    def run(self) -> Views:
        """All that there is room for."""
        wanted = self._wanted()
        opening, first = self._first(wanted)
        self._enter(opening, first)
        possible = {path: trace for path, trace in wanted.items() if path != opening and _count(trace) < inf}
        left_out = [path for path, trace in possible.items() if not self._take(path, trace)]
        about = {
            "first": first.name,
            "places": places(first.trace),
            "folded": self._names.get(_NOTHING),
            "unfolded": self._names.get(_EVERYTHING),
            "given": self._names.get(_GIVEN),
            "groups": [[path, self._names.get(path)] for path in self._groups],
            "leftOut": _told(left_out),
        }
        packed = b64encode(self._packed + self._packer.flush()).decode()
        return Views(first, "".join(self._templates), packed, tuple(self._entered), about)

    def _wanted(self) -> dict[str, Trace]:
        """The views by what is unfolded in each, those that are worth most first."""
        opened = {path: self._whole.fold(unfold=path) for path in sorted(self._groups, key=depth_of)}
        return {_NOTHING: self._whole.fold(), _EVERYTHING: self._whole, **opened}

    def _first(self, wanted: dict[str, Trace]) -> tuple[str, Shown]:
        """The view that the page opens with. A whole graph that is too large to be read opens folded."""
        if isinstance(self._trace, Folded):
            same = (
                path for path, trace in wanted.items() if isinstance(trace, Folded) and trace.graph == self._trace.graph
            )
            return next(same, _GIVEN), self._drawn(self._trace)
        whole = self._try(self._whole)
        if whole is not None and whole.pictures["wide"].box[2] <= WIDEST:
            return _EVERYTHING, whole
        folded = self._try(wanted[_NOTHING])
        if folded is not None:
            return _NOTHING, folded
        return _EVERYTHING, whole or self._drawn(self._whole)  # which says why it cannot be drawn

    def _take(self, path: str, trace: Trace) -> bool:
        """Draw one more view if there is room for it, and say whether there was."""
        if len(trace.graph) > self._values or _count(trace) >= self._too_many:
            return False
        shown = self._try(trace)
        if shown is None:
            return False
        template = shown.template(places(trace))
        packer = self._packer.copy()
        packed = packer.compress(template.encode()) + packer.flush(Z_SYNC_FLUSH)
        if len(self._packed) + len(packed) > _MOST_BYTES:
            self._too_many = len(trace.frames)
            return False
        self._packer = packer
        self._packed += packed
        self._templates.append(template)
        self._enter(path, shown)
        return True

    def _try(self, trace: Trace) -> Shown | None:
        """A view; None where the graph is too large, or gradients cannot be added up."""
        try:
            return self._drawn(trace)
        except (LayoutError, SourceError):
            return None

    def _drawn(self, trace: Trace) -> Shown:
        self._count += 1
        self._values -= len(trace.graph)
        return self._draw(trace, f"v{self._count}")

    def _enter(self, path: str, shown: Shown) -> None:
        self._names[path] = shown.name
        self._entered.append(shown)


def _count(trace: Trace) -> float:
    """How many frames there are; infinitely many where gradients cannot be added up."""
    try:
        return len(trace.frames)
    except SourceError:
        return inf


def _foldable(graph: Graph) -> tuple[str, ...]:
    """The groups in which something is computed; there is nothing to fold in others."""
    computed = {node.scope for node in graph.nodes if node.kind == "op" and node.scope}
    return tuple(path for path in groups_of(graph) if any(is_inside(scope, path) for scope in computed))


def _told(left_out: list[str]) -> str:
    """What there is to say about views that were left out."""
    if not left_out:
        return ""
    names = ["everything at once" if path == _EVERYTHING else path.replace("/", ".") for path in left_out]
    return f"To keep this page small, it cannot unfold {listed(names)}."
