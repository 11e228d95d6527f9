"""A trace as a web page in which one can step forward and back, change the inputs, and predict the next gradient.

The page is one file that asks for nothing: it works from disk and offline, and its own Content-Security-Policy allows
nothing but the style sheet and the script that are in it. Without JavaScript it shows the finished graph and all
products.
"""

from __future__ import annotations

from html import escape
from typing import BinaryIO, Final

from tracer.outputs.options import Options
from tracer.outputs.progress import Progress
from tracer.outputs.web import sources
from tracer.outputs.web.markup import escaped, filled
from tracer.outputs.web.parts import Parts
from tracer.tracing import Trace

_PLAIN: Final = Options()


def write(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write a trace as a page."""
    file.write(page(trace, options).encode())


def page(trace: Trace, options: Options = _PLAIN) -> str:
    """The whole page as HTML.

    Args:
        trace: what to show. If it has groups, readers can fold and unfold them; a graph that is too wide to be read in
            a blog column opens with all of them folded, and a folded trace as it was folded.
        options: how. The light theme, which is the default, follows the reader's setting; "dark" starts it dark.
    """
    return _page(Parts(trace, options))


def fragment(trace: Trace, options: Options = _PLAIN) -> str:
    """The player as a piece of HTML to be put into a page; it may stand there twice, and beside anything else.

    It is an element of its own, `<tracer-player>`, whose inside the page's styles do not reach; `frame="4"` on it
    starts it at the fourth frame. The page has to allow inline scripts and styles.
    """
    parts = Parts(trace, options)
    return filled(
        sources.text("fragment.html"),
        {
            "fonts": parts.fonts,
            "style": parts.style,
            "title": escaped(parts.title),
            "theme": parts.theme,
            "player": parts.player("h3", "h4"),
            # With all ops and extras: the first script on a page serves all players there.
            "script": sources.script(sources.ELEMENT),
        },
    )


def iframe(trace: Trace, options: Options = _PLAIN, *, source: str = "", style: str = "border:0") -> str:
    """The player as an iframe element to be put into a page.

    Args:
        trace: what to show.
        options: as for `page`.
        source: the address of the page that `write` wrote; left out, the whole page is inside the element.
        style: CSS for the element.
    """
    parts = Parts(trace, options)
    content = f'src="{escaped(source)}"' if source else f'srcdoc="{escape(_page(parts))}"'
    return (
        f'<iframe {content} title="{escaped(parts.title)}" width="100%" height="{parts.height}" loading="lazy"'
        f' allow="fullscreen; clipboard-write" style="{escaped(style)}"></iframe>\n'
    )


def _page(parts: Parts) -> str:
    style = parts.fonts + parts.style
    policy = (
        f"default-src 'none'; script-src {sources.fingerprint(parts.script)}; style-src {sources.fingerprint(style)}; "
        "font-src data:; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return filled(
        sources.text("page.html"),
        {
            "policy": escape(policy),
            "title": escaped(parts.title),
            "style": style,
            "theme": parts.theme,
            "player": parts.player("h1", "h2"),
            "script": parts.script,
        },
    )
