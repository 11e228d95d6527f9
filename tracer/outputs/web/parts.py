"""What a page or a fragment with the player is put together from."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from html import unescape
from typing import Final

from tracer.drawing.theme import DARK, LIGHT, Theme
from tracer.ops import OPS
from tracer.outputs.options import Options
from tracer.outputs.staging import theme_of
from tracer.outputs.web import sources
from tracer.outputs.web.looks import style_sheet
from tracer.outputs.web.markup import embedded_json, escaped, filled
from tracer.outputs.web.recomputing import has_plain_numbers
from tracer.outputs.web.shown import Shown
from tracer.outputs.web.typeface import web_font
from tracer.outputs.web.views import views_of
from tracer.tracing import Trace
from tracer.wording import PICTURE

# Characters of what every player may say besides what can be seen in the page anyway, and of the buttons for groups.
_SAID: Final = "abcdefghiklmnopqrstuvwxy ILNPRTY 0123456789 .,:;?()+=×−·"
_ON_BUTTONS: Final = "AFU"
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
        live = (view.trace for view in self._views.drawn if not view.obstacle)
        self._ops = frozenset(node.op for each in live for node in each.graph.nodes if node.op)
        self._extras = self._needed()
        self.title = self._first.title
        regular, bold = self._characters()
        family, self.fonts = web_font(regular, bold | {*"".join(self._first.names)})
        sizes = "".join(view.sizes() for view in self._views.drawn)
        own = (style_sheet(light, dark), sources.style(self._extras))
        self.style = "\n".join((f".tracer{{--face:{family}}}", *own, sizes))
        self.theme = ' data-theme="dark"' if options.theme in ("dark", DARK) else ""

    @cached_property
    def script(self) -> str:
        """The player's script, with the rules of the ops in the trace, if it is to compute with them."""
        return sources.script(sources.PAGE, self._ops, self._extras)

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

    def _needed(self) -> frozenset[str]:
        """What the player needs beyond what every player does."""
        needed = set()
        if self._views.about is not None:
            needed.add(sources.FOLDING)
        if not all(has_plain_numbers(view.trace) for view in self._views.drawn):
            needed.add(sources.TENSORS)
        return frozenset(needed)

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
        return {*_seen(markup), *self._said(), *signs}, {*_seen(bold), *_IN_BOLD}

    def _said(self) -> str:
        """All that the player may say besides what can be seen in the page."""
        said = [_SAID, self._first.obstacle, *(OPS[op].domain for op in self._ops if op in OPS)]
        if self._views.about is not None:
            said += [_ON_BUTTONS, self._views.about["leftOut"], *(path for path, _ in self._views.about["groups"])]
        return "".join(said)


def _seen(markup: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", markup))


def _themes(theme: Theme) -> tuple[Theme, Theme]:
    """The themes for readers who like it light and for those who like it dark."""
    return (LIGHT, DARK) if theme in (LIGHT, DARK) else (theme, theme)
