"""Text from outside as HTML, and templates that are filled with it in one pass."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from typing import Final

from tracer.drawing.fonts import shown

_PLACE: Final = re.compile(r"\{\{(\w+)\}\}")


def escaped(text: str) -> str:
    """Text from outside as character data or as the value of an attribute; it is shown as it is.

    >>> escaped("<a&b>")
    '&lt;a&amp;b&gt;'
    """
    return escape(shown(text))


def filled(template: str, parts: Mapping[str, str]) -> str:
    """A template with its `{{places}}` filled. What is filled in is not searched for places again.

    >>> filled("<p>{{words}}</p>", {"words": "{{words}}"})
    '<p>{{words}}</p>'
    """
    return _PLACE.sub(lambda place: parts[place[1]], template)


def embedded_json(data: object) -> str:
    r"""Data as JSON that can stand in a script element, which no label can close.

    >>> embedded_json({"label": "</script>"})
    '{"label":"\\u003c/script>"}'
    """
    return json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
