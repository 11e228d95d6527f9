"""The words that verbs share: what to trace, and where and how to write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from tracer.outputs.editions import BOTH
from tracer.outputs.options import CHOICES, LIMITS, Options
from tracer.outputs.registry import WRITERS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Verb = TypeVar("Verb", bound=Callable[..., None])

_DEFAULT: Final = Options()


def _complete_file(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def what_to_trace(verb: Verb) -> Verb:
    """SOURCE and its inputs; the verb gets them as `source` and `inputs`."""
    verb = click.argument("inputs", nargs=-1, metavar="[NAME=NUMBER]...")(verb)
    return click.argument("source", metavar="SOURCE", shell_complete=_complete_file)(verb)


def what_to_fold(verb: Verb) -> Verb:
    """--fold and --unfold; the verb gets them as `folded` and `unfolded`."""
    verb = click.option(
        "--unfold",
        "unfolded",
        metavar="GROUP",
        multiple=True,
        help="Leave this group unfolded; the others, and those inside it, stay folded. May be repeated.",
    )(verb)
    return click.option(
        "--fold",
        "folded",
        metavar="GROUP|DEPTH|all",
        multiple=True,
        help="Show a group as one card: layer1, layer2/neuron1, 2 for all groups in a group, or all. May be repeated.",
    )(verb)


def where_to_write(verb: Verb) -> Verb:
    """-o and --format; the verb gets them as `files` and `format_name`."""
    suffixes = list(WRITERS)
    verb = click.option(
        "--format",
        "format_name",
        type=click.Choice([suffix.removeprefix(".") for suffix in suffixes], case_sensitive=False),
        help="The format, whatever the suffix is.",
    )(verb)
    return click.option(
        "-o",
        "--output",
        "files",
        metavar="FILE",
        multiple=True,
        required=True,
        shell_complete=_complete_file,
        help=f"File to write, - for standard output; may be repeated. Its suffix is one of {', '.join(suffixes)}.",
    )(verb)


def where_to_write_one(usual: str) -> Callable[[Verb], Verb]:
    """-o for a verb that writes one file, `usual` if left out; the verb gets it as `file`."""
    return click.option(
        "-o",
        "--output",
        "file",
        metavar="FILE",
        default=usual,
        show_default=True,
        shell_complete=_complete_file,
        help="File to write, in a folder that exists. Its suffix says the format, as for render.",
    )


# What each field of `Options` is for, in the order in which they are listed.
_EXPLAINED: Final = {
    "theme": "What it looks like; both writes two files, light and dark, and prints the HTML that chooses.",
    "notation": "How derivatives are spelt.",
    "direction": "Which way values flow; auto is LR unless that makes the text too small.",
    "dot": "Which Graphviz lays the graph out: the built-in one, the same everywhere, or the system's.",
    "by": "An image for each assignment or for each step.",
    "forward": "Show the forward pass first.",
    "frames": "Which images to keep, such as 0,3-5; 0 is the start.",
    "hold_ms": "How long each image stays, in ms; less than 334 is more than three changes a second.",
    "last_hold_ms": "How long the last image stays, in ms.",
    "loop": "How often the animation plays; 0 is for ever.",
    "scale": "Pixels to a px; 0 is 2, or less for large pictures.",
    "width": "Width in pixels, instead of a scale.",
    "preset": "Where the pictures go: they are made to fit, or refused with what to change.",
    "max_bytes": "The most that a file may have, such as 5MB.",
    "tween": "Let gradients glide along their edges.",
}


def how_to_draw(verb: Verb) -> Verb:
    """The fields of `Options` as options of the same names; the verb gets them by those names."""
    for name, explained in reversed(_EXPLAINED.items()):
        verb = _drawing_option(name, explained)(verb)
    return verb


def _drawing_option(name: str, explained: str) -> Callable[[Verb], Verb]:
    spelt, default = "--" + name.replace("_", "-"), getattr(_DEFAULT, name)
    if isinstance(default, bool):
        return click.option(spelt, is_flag=True, help=explained)
    return click.option(
        spelt,
        metavar=None if name in CHOICES else name.upper() if isinstance(default, str) else "N",
        type=_kind(name),
        default=default,
        show_default=bool(default) or name == "loop",
        help=explained,
    )


def _kind(name: str) -> click.ParamType[Any]:
    if name in CHOICES:
        return click.Choice([*CHOICES[name], BOTH] if name == "theme" else list(CHOICES[name]))
    if name not in LIMITS:
        return click.STRING
    least, most = LIMITS[name]
    return click.IntRange(int(least), int(most)) if isinstance(least, int) else click.FloatRange(least, most)
