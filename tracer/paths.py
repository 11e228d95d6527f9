"""Paths of groups, such as "layer1/neuron2": which there are, which one was meant, and which are to be folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tracer.errors import SourceError
from tracer.graph import Graph
from tracer.telling import listed, shown, suggestion

ALL: Final = "all"
"""What stands for all groups that are in no other group."""

Wanted = str | int | Iterable[str | int]
"""Groups by their paths, or by how deep they are: 1 for those in no other group."""


def groups_of(graph: Graph, depth: int | None = None) -> tuple[str, ...]:
    """The paths of the groups in a graph, in order of creation, each before those inside it.

    Args:
        graph: the graph.
        depth: only those so deep: 1 for groups in no other group.
    """
    paths: dict[str, None] = {}
    for node in graph.nodes:
        parts = node.scope.split("/") if node.scope else []
        for length in range(1, len(parts) + 1):
            paths["/".join(parts[:length])] = None
    return tuple(path for path in paths if depth is None or depth_of(path) == depth)


def depth_of(path: str) -> int:
    """How deep a group is: 1 if it is in no other group."""
    return path.count("/") + 1


def outer(path: str) -> str:
    """The path of the group around a group; "" if there is none."""
    return path.rpartition("/")[0]


def is_inside(path: str, group: str) -> bool:
    """Whether a path is that of a group or of something in it."""
    return path == group or path.startswith(f"{group}/")


def chosen(wanted: Wanted, known: Sequence[str]) -> tuple[str, ...]:
    """The paths of the groups that were asked for.

    Args:
        wanted: paths, with slashes or dots between their parts; "all"; or how deep groups are, 1 or "1" for those in no
            other group.
        known: the paths of the groups that there are.

    Raises:
        SourceError: there are no such groups; the message says which there are.
    """
    each = [wanted] if isinstance(wanted, str | int) else list(wanted)
    found = (path for one in each for path in _meant(one, known))
    return tuple(dict.fromkeys(found))


def without(folded: Iterable[str], unfold: str | Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    """The groups that stay folded when some are unfolded: those beside them, and those inside them.

    >>> known = ("one", "one/a", "one/b", "two")
    >>> without(["one", "two"], "one", known)
    ('one/a', 'one/b', 'two')
    >>> without(["one", "two"], "one.a", known)
    ('one/b', 'two')

    Args:
        folded: the paths of the groups that are folded.
        unfold: the paths of those that are to be unfolded, with slashes or dots between their parts.
        known: the paths of the groups that there are.

    Raises:
        SourceError: there is no such group.
    """
    shut = set(folded)
    for name in [unfold] if isinstance(unfold, str) else unfold:
        path = _found(name, known)
        while around := {group for group in shut if is_inside(path, group)}:
            shut -= around
            shut |= {inner for inner in known if outer(inner) in around}
    return tuple(path for path in known if path in shut)


def _meant(wanted: str | int, known: Sequence[str]) -> tuple[str, ...]:
    """The paths that one word or number stands for."""
    if wanted in known:
        return (str(wanted),)
    if wanted == ALL or wanted is True:
        return _so_deep(1, known)
    if isinstance(wanted, int) or (wanted.isascii() and wanted.isdigit()):
        return _so_deep(int(wanted), known)
    return (_found(wanted, known),)


def _so_deep(depth: int, known: Sequence[str]) -> tuple[str, ...]:
    found = tuple(path for path in known if depth_of(path) == depth)
    if not found:
        deepest = max(map(depth_of, known), default=0)
        depths = f"its groups are 1 to {deepest} deep" if deepest > 1 else f"its groups are {listed(known)}"
        raise SourceError(f"the trace has no groups {depth} deep; {depths}" if known else _NONE)
    return found


def _found(name: str, known: Sequence[str]) -> str:
    """The group of a name, whether that is spelt with slashes or with dots.

    Raises:
        SourceError: there is none, or there are several.
    """
    alike = [name] if name in known else [path for path in known if _slashed(path) == _slashed(name)]
    if len(alike) == 1:
        return alike[0]
    if not known:
        raise SourceError(_NONE)
    choices = f"the groups are {listed(known)}"
    raise SourceError(f"the trace has no group '{shown(name)}'; {suggestion(_slashed(name), known, choices)}")


def _slashed(path: str) -> str:
    return path.replace(".", "/").strip("/").translate(_DIGITS)


# The second call of a function is neuron₂, which is hard to type.
_DIGITS: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_NONE: Final = (
    "the trace has no groups to fold; `with tracer.group('name'):` around a part of the computation makes one"
)
