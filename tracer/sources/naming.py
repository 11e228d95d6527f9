"""Names for Values, from the variables that hold them.

`trace(L)` asks the variables around it, at that moment: what they hold, and what that holds in turn. Nothing is written
on the Values; the names go to the nodes of the graph. A name is always a path that holds the Value: a wrong name would
be worse than none. Where several paths hold the same Value,

1. a label that the user gave wins over all of them;
2. a variable wins over what is inside something, and that over what is reached through `self`, which says nothing;
3. a short path wins over a long one, locals over globals, and what was defined first over what came later;
4. but a variable that a loop has left behind, `p` after `for p in net.parameters()`, does not win: see `searching`.

Names that start with an underscore are nobody's, and neither are IPython's `In` and `Out`.

Tracing should not take longer for it. So at that moment only the nearest variables are noted down, with what they hold
directly. A function's globals, and what lies deeper, such as the weights of a network, are looked at when the graph is
made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

from tracer.grouping import Span
from tracer.sources.searching import VARIABLE, Noted, Place, held_by, is_nameless, note
from tracer.sources.variables import Variables
from tracer.value import Value


class Naming:
    """Where names for Values come from.

    Args:
        around: variables, the nearest first. The nearest are noted down as they are now, the others asked when names
            are needed.
        seen: what was seen to hold a Value while the tracer ran the code, if it did.
        calls: from when to when functions were seen to run.
    """

    __slots__ = ("_further", "_hidden", "_noted", "_seen", "calls")

    def __init__(
        self,
        around: Sequence[Variables] = (),
        seen: Callable[[Value], Place | None] | None = None,
        calls: Sequence[Span] = (),
    ) -> None:
        self._noted = note(around[0]) if around else []
        self._further = around[1:]
        self._hidden = tuple(around[0]) if self._further else ()
        self._seen = seen
        self.calls = calls

    def names(self, output: Value, values: Collection[Value]) -> dict[Value, str]:
        """Names for those of the Values that have no label; some remain without.

        Args:
            output: the Value that is traced.
            values: all Values that it was computed from, and itself; quick to search.
        """
        found = held_by([*self._noted, *self._note_further()], output, values)
        if self._seen is not None:
            for value in filter(is_nameless, values):
                seen, place = self._seen(value), found.get(value)
                if seen is not None and (place is None or _is_better(seen, place, value is output)):
                    found[value] = seen
        return {value: place.path for value, place in found.items()}

    def _note_further(self) -> list[Noted]:
        noted: list[Noted] = []
        hidden = set(self._hidden)
        for distance, variables in enumerate(self._further, start=1):
            noted += [variable for variable in note(variables, distance) if variable.name not in hidden]
            hidden.update(variables)
        return noted


def _is_better(seen: Place, place: Place, is_output: bool) -> bool:
    """Whether what was seen to hold a Value first names it better than what holds it in the end."""
    if is_output and place.rank == VARIABLE:  # L, whatever it was called where it was computed
        return False
    return seen.rank <= place.rank


UNNAMED: Final = Naming()
"""No names but labels."""
