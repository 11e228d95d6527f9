"""A trace as the player shows it: its picture, its products and its records, in the page or to be swapped in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, cast

from tracer.drawing.moments import moments
from tracer.drawing.places import Direction
from tracer.drawing.stage import Stage
from tracer.drawing.theme import Theme
from tracer.folding import Folded
from tracer.outputs.options import Options
from tracer.outputs.svg import number
from tracer.outputs.web.markup import embedded_json, escaped
from tracer.outputs.web.picture import Picture, picture
from tracer.outputs.web.products import caption, rows
from tracer.outputs.web.recomputing import obstacle
from tracer.outputs.web.records import records
from tracer.tracing import Trace
from tracer.wording import Style, Wording

# A second picture, which the player draws on narrow screens, is worth its bytes where it is legible on a phone, which
# pictures of large graphs never are.
_NARROW_PX: Final = 440.0
_MOST_NODES: Final = 60
# Below this part of its natural size a picture's text is no longer legible, above that one it looks coarse.
_SMALLEST: Final = 0.86
_LARGEST: Final = 2.0


class Shown:
    """One trace as the player shows it.

    Args:
        trace: what to show.
        options: its direction and Graphviz mean something here.
        words: how formulas are spelt.
        theme: whose sizes the picture has.
        name: a name for it, of letters and digits, which no other one in the page has.
    """

    def __init__(self, trace: Trace, options: Options, words: Style, theme: Theme, name: str = "v0") -> None:
        self.trace = trace
        self.name = name
        self.obstacle = _obstacle(trace)
        wording = Wording(trace, words)
        self.names, self.title = wording.names, wording.title()
        self._words = words
        self.pictures = _pictures(trace, options, words, theme)

    @property
    def svg(self) -> str:
        """The picture."""
        wide = self.pictures["wide"]
        box = " ".join(number(length, 1) for length in wide.box)
        return (
            f'<svg class="graph wide {self.name}" viewBox="{box}" role="group" aria-label="{escaped(self.title)}">'
            f"{wide.markup}</svg>"
        )

    @property
    def caption(self) -> str:
        """What stands under the picture after the last frame."""
        return caption(self.trace, self._words, live=not self.obstacle)

    @property
    def products(self) -> str:
        """The bodies of the table of all products."""
        return rows(self.trace, self._words, live=not self.obstacle)

    @property
    def records(self) -> dict[str, Any]:
        """The records that the player reads."""
        return records(self.trace, self.pictures, self.obstacle)

    def template(self, places: list[int] | None) -> str:
        """All of it as HTML that is not shown until the player swaps it in.

        Args:
            places: for each frame how far the whole trace is by then: see `views.places`.
        """
        held = embedded_json(self.records | {"places": places})
        return (
            f'<template class="view" data-view="{self.name}" data-title="{escaped(self.title)}">{self.svg}'
            f"<table>{self.products}</table>"
            f'<script type="application/json" class="records">{held}</script></template>'
        )

    def sizes(self) -> str:
        """Rules for how large the pictures may be shown, and which of them on which screen."""
        rules = []
        for shape, drawn in self.pictures.items():
            _, _, width, height = drawn.box
            least = f"min-width:{width * _SMALLEST:.0f}px;min-height:{height * _SMALLEST:.0f}px"
            rules.append(f".graph.{shape}.{self.name}{{{least};max-width:{width * _LARGEST:.0f}px}}")
        if "tall" in self.pictures:
            narrow = f"{self.pictures['wide'].box[2] * _SMALLEST:.0f}px"
            rules.append(
                f".tall.{self.name}{{display:none}}"
                f"@container (max-width:{narrow}){{.wide.{self.name}:has(+ .tall){{display:none}}"
                f".graph.tall.{self.name}{{display:block}}}}"
            )
        return "\n".join(rules) + "\n"


def _obstacle(trace: Trace) -> str:
    """Why the page cannot compute with other inputs; "" if it can."""
    if isinstance(trace, Folded) and not (why := obstacle(trace.whole)):
        return "what is folded is shown as it was traced; where everything is unfolded, they can be"
    return why if isinstance(trace, Folded) else obstacle(trace)


def _pictures(trace: Trace, options: Options, words: Style, theme: Theme) -> dict[str, Picture]:
    """The picture of the graph and, where it is of use on a phone, one that runs down instead of across."""

    def drawn(direction: Direction | None) -> Picture:
        # The player shows cards, whatever the style of the theme. Only sizes matter here, so one image is enough.
        cards, shown = replace(theme, style="cards"), moments(trace)[-1:]
        return picture(Stage(trace, shown, direction, words, cards, system=options.dot == "system"))

    pictures = {"wide": drawn(None if options.direction == "auto" else cast(Direction, options.direction))}
    if options.direction == "auto" and len(trace.graph) <= _MOST_NODES and pictures["wide"].box[2] > _NARROW_PX:
        down = drawn("TB")
        if down.box[2] <= _NARROW_PX:
            pictures["tall"] = down
    return pictures
