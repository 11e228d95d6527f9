"""Help, as rich-click lays it out.

rich-click takes as long to import as a picture takes to draw, so the commands themselves are click's, and it is
imported, with this module, when somebody asks for help.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click
from rich_click import RichCommand, RichContext, RichGroup

# An empty line ends a paragraph; where lines end is up to the width of the terminal.
_CONFIG: Final[Mapping[str, Any]] = {"text_paragraph_linebreaks": "\n\n"}


class _Group(RichGroup):
    """A group whose commands are listed in the order in which they were defined."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def help_for(command: click.Command, context: click.Context) -> str:
    """The help of a command, as wide and colourful as standard output takes it.

    Args:
        command: what help is wanted for.
        context: where it was asked for.
    """
    likeness = _likeness(command)
    rich = RichContext(
        likeness,
        info_name=context.command_path,
        help_option_names=context.help_option_names,
        rich_help_config=_CONFIG,
    )
    formatter = rich.make_formatter()
    command.format_usage(rich, formatter)  # which has an order of its own
    likeness.format_help_text(rich, formatter)
    likeness.format_options(rich, formatter)
    context.color = True  # whether there are colours has been decided: click is to leave them in
    return formatter.getvalue().rstrip("\n")


def _likeness(command: click.Command) -> RichCommand:
    """A command of rich-click's that has the same to say for itself."""
    if isinstance(command, click.Group):
        return _Group(name=command.name, commands=command.commands, params=command.params, help=command.help)
    return RichCommand(name=command.name, params=command.params, help=command.help)
