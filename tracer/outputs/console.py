"""Where the log goes: a terminal with colours and a width, or a pipe that gets plain lines in full."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TextIO

from rich.console import Console
from rich.style import Style as RichStyle
from rich.text import Text
from rich.theme import Theme

from tracer.formatting import visible
from tracer.wording import BRIEF, PICTURE, PLAIN, Style

_STYLES: Final = Theme(
    {
        "title": "bold",
        "step": "bold blue",
        "gradient": "bold",
        "symbols": "default",
        "numbers": "default",
        "result": "bold yellow",
        "why": "dim",
        "right": "green",
        "wrong": "bold red",
        "unsure": "magenta",
    }
)

# What a terminal shows whose character set is ASCII.
_ASCII: Final = str.maketrans(
    {
        "✓": "ok",
        "✗": "WRONG",
        "≈": "~",
        "·": "-",
        "×": "*",
        "−": "-",
        "…": "...",
        "±": "+/-",
        "─": "-",
        "²": "**2",
        "³": "**3",
    }
    | {subscript: f"_{digit}" for digit, subscript in enumerate("₀₁₂₃₄₅₆₇₈₉")}
)


def open_console(file: TextIO | None = None, width: int | None = None) -> Console:
    """A console on a file, standard output if none; colours only on a terminal that has them and is allowed to."""
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return Console(file=file, width=width, color_system=None if plain else "auto", highlight=False, theme=_STYLES)


def at_once(console: Console) -> AbstractContextManager[object]:
    """Inside, what is printed in a notebook is one output rather than one a line; elsewhere lines go out as ever."""
    return console if console.is_jupyter else nullcontext()


@dataclass(frozen=True)
class Page:
    """A console and how to write on it."""

    console: Console
    all_digits: bool | None = None

    @property
    def is_plain(self) -> bool:
        """Whether lines go out as they are, unwrapped: the console is no terminal."""
        return not self.console.is_terminal

    @property
    def width(self) -> int:
        """Columns there are to fill."""
        return self.console.width

    @cached_property
    def formulas(self) -> Style:
        """How product lines are spelt: all digits where they may be read by a program."""
        return PLAIN if (self.is_plain if self.all_digits is None else self.all_digits) else BRIEF

    @cached_property
    def words(self) -> Style:
        """How everything else is spelt: with ×, · and − where the character set has them."""
        return Style(
            PICTURE.notation if self.is_unicode else PLAIN.notation,
            self.formulas.number,
            divider=" · " if self.is_unicode else " - ",
        )

    @property
    def is_unicode(self) -> bool:
        """Whether the character set is one of Unicode's."""
        return self.console.encoding.lower().replace("-", "").startswith("utf")

    def text(self, *pieces: str | tuple[str, str]) -> Text:
        """A line from plain and (text, style) pieces; nothing in them is markup or control."""
        line = Text()
        for piece in pieces:
            words, style = piece if isinstance(piece, tuple) else (piece, "")
            line.append(self._spelt(words), style=style or RichStyle.null())
        return line

    def _spelt(self, words: str) -> str:
        words = visible(words)
        if self.is_unicode:
            return words
        words = words.translate(_ASCII)
        return words.encode(self.console.encoding, "backslashreplace").decode(self.console.encoding)

    def write(self, line: Text | None = None, indent: int = 0, hang: int = 2) -> None:
        """Write a line, indented; on a terminal it is wrapped, and what follows is indented by `hang` more."""
        line = Text() if line is None else line
        if self.is_plain:
            self.console.print(Text(" " * indent) + line, soft_wrap=True)
            return
        room = max(self.width - indent, 8)
        if line.cell_len <= room:
            self.console.print(Text(" " * indent) + line, soft_wrap=True)
            return
        for number, piece in enumerate(line.wrap(self.console, room - hang)):
            piece.rstrip()
            self.console.print(Text(" " * (indent + (hang if number else 0))) + piece, soft_wrap=True)
