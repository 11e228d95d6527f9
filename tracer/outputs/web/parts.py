"""What a page or a fragment with the player is put together from."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from html import unescape
from typing import Final

from tracer.drawing.theme import DARK, LIGHT, Theme
from tracer.outputs.options import Options
from tracer.outputs.staging import theme_of
from tracer.outputs.web import sources
from tracer.outputs.web.looks import style_sheet
from tracer.outputs.web.markup import embedded_json, escaped, filled
from tracer.outputs.web.shown import Shown
from tracer.outputs.web.typeface import web_font
from tracer.outputs.web.views import views_of
from tracer.tracing import Trace
from tracer.wording import PICTURE

# Characters of what the player may say besides what is in the page.
_SAID: Final = "abcdefghijklmnopqrstuvwxyz ILNPRTY 0123456789 .,:?()+=×−·"
_IN_BOLD: Final = "0123456789.+=−einfa"
_BOLD: Final = re.compile(r'<b>.*?</b>|<text class="grad".*?</text>')
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
        self.trace = trace
        words = replace(PICTURE, d=options.notation)
        light, dark = _themes(theme_of(options))
        self._views = views_of(trace, lambda shown, name: Shown(shown, options, words, light, name))
        self._first = self._views.first
        self.title = self._first.title
        regular, bold = self._characters()
        family, self.fonts = web_font(regular, bold | {*"".join(self._first.names)})
        sheets = (f".tracer{{--face:{family}}}", style_sheet(light, dark), sources.style(), self._views.sizes)
        self.style = "\n".join(sheets)
        self.theme = ' data-theme="dark"' if options.theme in ("dark", DARK) else ""

    @cached_property
    def script(self) -> str:
        """The player's script, with the rules of the ops in the trace, if it is to compute with them."""
        ops = (node.op for live in self._views.live for node in live.graph.nodes if node.op)
        return sources.script(frozenset(ops), folding=self._views.about is not None)

    @property
    def height(self) -> int:
        """How high a frame has to be to show the picture, its caption and the controls in a blog column, in px."""
        _, _, width, height = self._first.pictures["wide"].box
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
                "picture": self._first.svg,
                "caption": self._first.caption,
                "products": self._first.products,
                "records": embedded_json(self._first.records),
                "views": self._other_views(),
            },
        )

    def _other_views(self) -> str:
        """The views that the player can change to, and what it has to know of them."""
        if self._views.about is None:
            return ""
        about = embedded_json(self._views.about)
        packed = f'<script type="application/octet-stream" class="packed">{self._views.packed}</script>'
        return f'<script type="application/json" class="views">{about}</script>{packed}'

    def _characters(self) -> tuple[set[str], set[str]]:
        """The characters that can be seen in the page, or that the player may add: all of them, and the bold ones."""
        whole = self.player("h1", "h2") + self._views.others
        markup = re.sub(r"<script.*?</script>", "", whole, flags=re.DOTALL)
        bold = "".join(found[0] for found in _BOLD.finditer(markup))
        signs = "".join(text for pair in self._first.pictures["wide"].signs for text, _ in pair or ())
        return {*_seen(markup), *_SAID, *signs}, {*_seen(bold), *_IN_BOLD}


def _seen(markup: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", markup))


def _themes(theme: Theme) -> tuple[Theme, Theme]:
    """The themes for readers who like it light and for those who like it dark."""
    return (LIGHT, DARK) if theme in (LIGHT, DARK) else (theme, theme)
