"""Colours, as a map from the roles that shapes name to what they look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A colour, "#rrggbb", for each role.

    Text reaches a contrast of 4.5:1 on what it stands on, outlines one of 3:1. State is never told by hue alone:
    outlines change their weight and numbers become bold as well.

    Attributes:
        background: behind everything.
        ink: text that matters.
        muted: text that helps: field names, the title, the reason.
        outline: edges, and cards that have no gradient yet.
        card: fill of cards that have no gradient yet.
        done: fill of cards that have their gradient.
        done_outline: outline of those cards, and of the marks of frames that have been.
        active: fill of the card and op of the current frame.
        accent: everything that the current frame lights up: outlines, edges, chips, the result.
        wrong: a gradient that was assigned by hand and is not right.
    """

    background: str
    ink: str
    muted: str
    outline: str
    card: str
    done: str
    done_outline: str
    active: str
    accent: str
    wrong: str

    def colours(self) -> dict[str, str]:
        """All roles and their colours, in a fixed order."""
        return {role.name: getattr(self, role.name) for role in fields(self)}

    def __getitem__(self, role: str) -> str:
        colour: str = getattr(self, role)
        return colour


LIGHT: Final = Theme(
    background="#ffffff",
    ink="#1f2328",
    muted="#59636e",
    outline="#818b98",
    card="#ffffff",
    done="#eaf2ff",
    done_outline="#3b6fc4",
    active="#fff1e5",
    accent="#b8410a",
    wrong="#cf222e",
)

DARK: Final = Theme(
    background="#0d1117",
    ink="#f0f6fc",
    muted="#9198a1",
    outline="#737d89",
    card="#151b23",
    done="#111d2e",
    done_outline="#6aa1f5",
    active="#2f1d10",
    accent="#ffa45c",
    wrong="#ff7b72",
)

THEMES: Final[Mapping[str, Theme]] = MappingProxyType({"light": LIGHT, "dark": DARK})
