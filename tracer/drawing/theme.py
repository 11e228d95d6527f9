"""What pictures look like: a colour for each role that shapes name, how values are drawn, and how heavy lines are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final, Literal, get_args

from tracer.errors import OutputError

Style = Literal["cards", "records"]

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
WEIGHTS: Final = (0.5, 1.5)
"""The least and the most that lines can be multiplied by; the layout leaves room for no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A colour, "#rrggbb", for each role, a style and a weight. What is left out is as in the light theme.

    So that everybody can read a picture, text should reach a contrast of 4.5:1 on what it stands on, and outlines one
    of 3:1; the themes that come with tracer do. State is never told by hue alone: outlines change their weight and
    numbers become bold as well.

        t.save("L.svg", theme=Theme(accent="#0b57d0", active="#e8f0fe"))
        t.save("L.svg", theme=replace(THEMES["dark"], background="#000000"))

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
        style: how a value is drawn: "cards", with its label on top, or "records", `label | data | grad` in a row, as in
            the lecture.
        weight: what the weight of all lines is multiplied by, from 0.5 to 1.5.

    Raises:
        OutputError: a colour, the style or the weight is not what it can be.
    """

    background: str = "#ffffff"
    ink: str = "#1f2328"
    muted: str = "#59636e"
    outline: str = "#818b98"
    card: str = "#ffffff"
    done: str = "#eaf2ff"
    done_outline: str = "#3b6fc4"
    active: str = "#fff1e5"
    accent: str = "#b8410a"
    wrong: str = "#cf222e"
    style: Style = "cards"
    weight: float = 1.0

    def __post_init__(self) -> None:
        for role, colour in self.colours().items():
            if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
                raise OutputError(f'a colour of a theme is spelt "#rrggbb", so {role} cannot be {colour!r}')
        if self.style not in get_args(Style):
            raise OutputError(f"the style of a theme is one of {', '.join(get_args(Style))}, not {self.style!r}")
        least, most = WEIGHTS
        if not isinstance(self.weight, (int, float)) or not least <= self.weight <= most:
            raise OutputError(f"the weight of a theme is from {least} to {most}, not {self.weight!r}")

    def colours(self) -> dict[str, str]:
        """All roles and their colours, in a fixed order."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name not in _NO_COLOURS}

    def __getitem__(self, role: str) -> str:
        colour: str = getattr(self, role)
        return colour


_NO_COLOURS: Final = ("style", "weight")

LIGHT: Final = Theme()

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

# The lecture's picture: black on white, in rows.
CLASSIC: Final = Theme(
    ink="#000000",
    muted="#595959",
    outline="#000000",
    done="#f0f0f0",
    done_outline="#000000",
    active="#fff8d6",
    accent="#0b4fb3",
    wrong="#b3001b",
    style="records",
)

# Text reaches 7:1, and what happens can be told without any colour.
CONTRAST: Final = Theme(
    ink="#000000",
    muted="#333333",
    outline="#000000",
    done="#e6e6e6",
    done_outline="#000000",
    active="#fff3a3",
    accent="#003380",
    wrong="#8b0000",
    weight=1.5,
)

THEMES: Final[Mapping[str, Theme]] = MappingProxyType(
    {"light": LIGHT, "dark": DARK, "classic": CLASSIC, "contrast": CONTRAST}
)
