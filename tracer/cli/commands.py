"""The verbs. Each parses its words, calls what does the work, and prints what comes back.

What only one verb needs is imported inside it: `tracer --version` and `tracer log` do not wait for packages that draw.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Final

import click

from tracer.cli.arguments import how_to_draw, what_to_fold, what_to_trace, where_to_write, where_to_write_one
from tracer.cli.program import FAILURE, NAME, Program
from tracer.cli.words import TracingCommand, VerbCommand
from tracer.outputs.editions import BOTH
from tracer.tracing import Trace

DEMO_SOURCE: Final = "e = a*b; d = e + c; L = d*f"
DEMO_INPUTS: Final = ("a=2", "b=-3", "c=10", "f=-2")
DEMO_FILE: Final = os.path.join("output", "lecture.gif")


@click.group(
    cls=Program,
    name=NAME,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="backprop-tracer", prog_name=NAME, message="%(prog)s %(version)s")
def main() -> None:
    """Step-by-step backpropagation: watch a gradient travel.

    Say first what to do, then what to trace:

        tracer log    "e = a*b; d = e + c; L = d*f" a=2 b=-3 c=10 f=-2
        tracer render "e = a*b; d = e + c; L = d*f" a=2 b=-3 c=10 f=-2 -o L.gif
        tracer check  lecture.py

    What to trace is an expression with its inputs, a Python file (lecture.py, or lecture.py:L to name the variable), a
    trace in JSON, or - for standard input. An expression may begin with a minus sign; one that is spelt exactly like an
    option goes behind --.

    Exit codes: 0 all went well, 1 failure or a wrong gradient, 2 usage, 130 interrupted.
    """


@main.command(cls=TracingCommand)
@what_to_trace
@what_to_fold
@click.option("--json", "as_json", is_flag=True, help="Print the trace as JSON, which can be traced again.")
@click.option(
    "--check/--no-check",
    default=None,
    help="Verify every gradient numerically; by default unless the graph is too large for that to be quick.",
)
@click.option(
    "--all-digits/--short",
    default=None,
    help="Print numbers in full or in short; by default in short on a terminal, in full everywhere else.",
)
def log(
    source: str,
    inputs: tuple[str, ...],
    folded: tuple[str, ...],
    unfolded: tuple[str, ...],
    as_json: bool,
    check: bool | None,
    all_digits: bool | None,
) -> None:
    """Print each gradient as it is assigned: the chain rule in symbols, in numbers, and why."""
    trace = _trace(source, inputs, folded, unfolded)
    if as_json:
        click.echo(trace.to_json().encode())
    else:
        trace.log(check=check, all_digits=all_digits)


@main.command(cls=TracingCommand)
@what_to_trace
@what_to_fold
@where_to_write
@click.option("--embed", is_flag=True, help="Print the HTML that puts the .html file into a post, as an iframe.")
@click.option("--embed-inline", is_flag=True, help="Print the player itself, to be pasted into a post.")
@how_to_draw
def render(
    source: str,
    inputs: tuple[str, ...],
    folded: tuple[str, ...],
    unfolded: tuple[str, ...],
    files: tuple[str, ...],
    format_name: str | None,
    embed: bool,
    embed_inline: bool,
    **options: object,
) -> None:
    """Draw an image for the start and one for each gradient that is assigned."""
    from tracer.cli.rendering import orders, print_embeds, print_snippets, write

    suffix = f".{format_name}" if format_name else ""
    wanted = orders(files, suffix, options)
    trace = _trace(source, inputs, folded, unfolded)
    write(trace, wanted)
    if options["theme"] == BOTH:
        print_snippets(trace, files, suffix)
    if embed or embed_inline:
        print_embeds(trace, wanted, inline=embed_inline)


@main.command(cls=TracingCommand)
@what_to_trace
@what_to_fold
def view(source: str, inputs: tuple[str, ...], folded: tuple[str, ...], unfolded: tuple[str, ...]) -> None:
    """Open the web player in the browser: step, change the inputs, predict the next gradient."""
    from tracer.cli import rendering

    rendering.view(_trace(source, inputs, folded, unfolded))


@main.command(cls=TracingCommand)
@what_to_trace
@what_to_fold
@click.option("--node", "nodes", metavar="NAME", multiple=True, help="Verify only this value; may be repeated.")
@click.option("--nudge", "nudged", metavar="NAME", help="Print (L2 - L1)/h for this value, as the lecture does.")
@click.option("--h", metavar="N", type=float, default=0.001, show_default=True, help="How far --nudge moves the value.")
@click.pass_context
def check(
    context: click.Context,
    source: str,
    inputs: tuple[str, ...],
    folded: tuple[str, ...],
    unfolded: tuple[str, ...],
    nodes: tuple[str, ...],
    nudged: str | None,
    h: float,
) -> None:
    """Verify gradients numerically; the exit code is 1 if one of them is wrong."""
    from tracer.outputs.terminal_check import print_check, print_nudge

    trace = _trace(source, inputs, folded, unfolded)
    if nudged is not None:
        print_nudge(trace.nudge(nudged, h))
        return
    result = trace.check(nodes or None)
    print_check(result, trace)
    if result.wrong:
        context.exit(FAILURE)


@main.command(cls=VerbCommand)
@where_to_write_one(DEMO_FILE)
def demo(file: str) -> None:
    """Show the lecture's example: its log here, its animation in output/lecture.gif."""
    from tracer.cli.rendering import order, order_in_new_folder, write

    wanted = order_in_new_folder(file) if file == DEMO_FILE else order(file)
    trace = _trace(DEMO_SOURCE, DEMO_INPUTS)
    trace.log()
    write(trace, [wanted])


@main.command(cls=VerbCommand)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that teaches a shell to complete tracer's words.

    So that it knows them from now on:

        bash   echo 'eval "$(tracer completion bash)"' >> ~/.bashrc
        zsh    echo 'eval "$(tracer completion zsh)"' >> ~/.zshrc
        fish   tracer completion fish > ~/.config/fish/completions/tracer.fish
    """
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    if script is not None:
        click.echo(script(main, {}, NAME, f"_{NAME.upper()}_COMPLETE").source())


def _trace(source: str, inputs: tuple[str, ...], folded: tuple[str, ...] = (), unfolded: tuple[str, ...] = ()) -> Trace:
    from tracer.sources.expression import read_inputs
    from tracer.sources.resolving import resolve

    # There is no standard input at all where it was closed; that is as good as an empty one.
    trace = resolve(source, read_inputs(inputs), sys.stdin or io.StringIO())
    return trace.fold(*folded, unfold=unfolded) if folded or unfolded else trace
