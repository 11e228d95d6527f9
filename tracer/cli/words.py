"""Which words of a command line are options, when what is to be traced may begin with a minus sign."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import click

_INPUT: Final = re.compile(r"\s*[^\W\d]\w*\s*=\s*[^\s;*/()]*\s*")
_LIKE_AN_OPTION: Final = re.compile(r"--?[^\W\d][\w-]*")
_NAME: Final = re.compile(r"[^\W\d]\w*")


class VerbCommand(click.Command):
    """A command whose help is laid out by rich-click."""

    def get_help(self, ctx: click.Context) -> str:
        """The help."""
        from tracer.cli.helping import help_for

        return help_for(self, ctx)


class TracingCommand(VerbCommand):
    """A command whose first word is what to trace, be it `-a*b`; click alone would take that for options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words of the command line."""
        options = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        takes_value = {
            spelling: not (option.is_flag or option.count)
            for option in options
            for spelling in (*option.opts, *option.secondary_opts)
        }
        return super().parse_args(ctx, options_first(args, takes_value))

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """The usage line, in the order in which people write: SOURCE first, options last."""
        options, *arguments = super().collect_usage_pieces(ctx)
        return [*arguments, options]


def options_first(words: Sequence[str], takes_value: Mapping[str, bool]) -> list[str]:
    """The same words with options first, then `--`, then the rest, which click leaves alone after that.

    Up to the first word that is no option only the exact spelling of an option counts as one, `-o FILE` or
    `--output=FILE`, so that `-o*b` is an expression. After it whatever begins with a minus sign is an option, because
    inputs begin with a name. A word that makes no sense as an expression, such as a misspelt option, is left to click
    to complain of.

    >>> options_first(["-o*b", "o=1", "b=2", "-o", "L.gif"], {"-o": True})
    ['-o', 'L.gif', '--', '-o*b', 'o=1', 'b=2']

    Args:
        words: what follows the verb.
        takes_value: for each spelling of an option whether the word behind it belongs to it.
    """
    options: list[str] = []
    others: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            return [*options, "--", *others, *rest]
        if word.split("=")[0] in takes_value and (word in takes_value or word.startswith("--")):
            options.append(word)
            if takes_value.get(word):
                value = next(rest, None)
                if value is None:
                    return options  # without `--`, which would be taken for the value
                options.append(value)
        elif word.startswith("-") and word != "-" and others:
            options.append(word)
        else:
            others.append(word)
    if others and others[0] != "-" and others[0].startswith("-") and not _is_source(others[0], others[1:]):
        options.append(others.pop(0))
    return [*options, "--", *others]


def _is_source(word: str, inputs: Sequence[str]) -> bool:
    """Whether a word that begins with a minus sign can be what to trace, given the words behind it.

    They have to be inputs. If the word looks like an option, `-a` or `--no-check`, its names have to be among them.
    """
    if not all(map(_INPUT.fullmatch, inputs)):
        return False
    given = {name.split("=")[0].strip() for name in inputs}
    return not _LIKE_AN_OPTION.fullmatch(word) or given.issuperset(_NAME.findall(word))
