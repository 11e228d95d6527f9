"""What a page or a fragment with the player is put together from."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from html import unescape
from typing import Final, cast

from tracer.drawing.moments import moments
from tracer.drawing.places import Direction
from tracer.drawing.stage import Stage
from tracer.drawing.theme import DARK, LIGHT, Theme
from tracer.errors import OutputError
from tracer.outputs.options import Options
from tracer.outputs.staging import theme_of
from tracer.outputs.svg import number
from tracer.outputs.web import sources
from tracer.outputs.web.looks import style_sheet
from tracer.outputs.web.markup import embedded_json, escaped, filled
from tracer.outputs.web.picture import Picture, picture
from tracer.outputs.web.products import caption, rows
from tracer.outputs.web.records import records
from tracer.outputs.web.typeface import web_font
from tracer.tensors import Tensor
from tracer.tracing import Trace
from tracer.wording import PICTURE, Style, Wording

# A second picture, which the player draws on narrow screens, is worth its bytes where it is legible on a phone, which
# pictures of large graphs never are.
_NARROW_PX: Final = 440.0
_MOST_NODES: Final = 60
# Below this part of its natural size a picture's text is no longer legible, above that one it looks coarse.
_SMALLEST: Final = 0.86
_LARGEST: Final = 2.0
# Characters of what the player may say besides what is in the page.
_SAID: Final = "abcdefghijklmnopqrstuvwxyz ILNPRTY 0123456789 .,:?()+=×−·"
_IN_BOLD: Final = "0123456789.+=−einfa"
# A frame in a blog column: what the player needs besides the picture, and how much of the screen the picture may take.
_COLUMN_PX: Final = 700
_BESIDES_PX: Final = 420
_PICTURE_PX: Final = 500


class Parts:
    """The player of a trace as text: its HTML, its script, its style sheet and its fonts.

    Args:
        trace: what to show.
        options: its theme, notation, direction and Graphviz mean something here. The light theme stands for the
            reader's own setting; any theme but light and dark is kept to.
    """

    def __init__(self, trace: Trace, options: Options) -> None:
        if any(isinstance(node.value, Tensor) for node in trace.graph.nodes):
            raise OutputError(
                "the player computes with single numbers, and this trace with tensors; write .svg or .gif"
            )
        self.trace = trace
        self._words = replace(PICTURE, d=options.notation)
        wording = Wording(trace, self._words)
        self.title = wording.title()
        light, dark = _themes(theme_of(options))
        self._pictures = _pictures(trace, options, self._words, light)
        family, self.fonts = web_font(self._characters(), {*"".join(wording.names), *_IN_BOLD})
        sheets = (f".tracer{{--face:{family}}}", style_sheet(light, dark), sources.style(), _sizes(self._pictures))
        self.style = "\n".join(sheets)
        self.theme = ' data-theme="dark"' if options.theme in ("dark", DARK) else ""

    @cached_property
    def script(self) -> str:
        """The player's script, with the rules of the ops in the trace."""
        return sources.script(frozenset(node.op for node in self.trace.graph.nodes if node.op))

    @property
    def height(self) -> int:
        """How high a frame has to be to show the picture, its caption and the controls in a blog column, in px."""
        _, _, width, height = self._pictures["wide"].box
        return round(min(height * min(_COLUMN_PX / width, 1.0), _PICTURE_PX)) + _BESIDES_PX

    def player(self, heading: str, subheading: str) -> str:
        """The player's HTML.

        Args:
            heading: the element for its title: "h1" where it has a page of its own.
            subheading: the element for the titles in it.
        """
        return filled(
            sources.template("player.html"),
            {
                "heading": heading,
                "subheading": subheading,
                "title": escaped(self.title),
                "remarks": "".join(f'<p class="remark">{escaped(line)}</p>' for line in self.trace.remarks),
                "box": " ".join(number(length, 1) for length in self._pictures["wide"].box),
                "picture": self._pictures["wide"].markup,
                "caption": caption(self.trace, self._words),
                "products": rows(self.trace, self._words),
                "records": embedded_json(records(self.trace, self._pictures)),
            },
        )

    def _characters(self) -> set[str]:
        """The characters that can be seen in the page, and those that the player may add."""
        markup = re.sub(r"<script.*?</script>", "", self.player("h1", "h2"), flags=re.DOTALL)
        return {*unescape(re.sub(r"<[^>]*>", "", markup)), *_SAID}


def _themes(theme: Theme) -> tuple[Theme, Theme]:
    """The themes for readers who like it light and for those who like it dark."""
    return (LIGHT, DARK) if theme in (LIGHT, DARK) else (theme, theme)


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


def _sizes(pictures: dict[str, Picture]) -> str:
    """How large the pictures may be shown, and which of them on which screen."""
    rules = []
    for shape, drawn in pictures.items():
        _, _, width, height = drawn.box
        least = f"min-width:{width * _SMALLEST:.0f}px;min-height:{height * _SMALLEST:.0f}px"
        rules.append(f".graph.{shape}{{{least};max-width:{width * _LARGEST:.0f}px}}")
    if "tall" in pictures:
        narrow = f"{pictures['wide'].box[2] * _SMALLEST:.0f}px"
        rules.append(
            ".tall{display:none}"
            f"@container (max-width:{narrow}){{.wide:has(+ .tall){{display:none}}.graph.tall{{display:block}}}}"
        )
    return "\n".join(rules) + "\n"
