"""Writes what `render` and `demo` were asked for, with a progress bar and a note when it is done."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Final, NamedTuple

import click

from tracer.errors import OutputError
from tracer.formatting import visible
from tracer.outputs.editions import BOTH, editions, snippet
from tracer.outputs.folders import Folder
from tracer.outputs.options import Options
from tracer.outputs.progress import Progress, ProgressBar
from tracer.outputs.refusing import reason_of, refusal
from tracer.outputs.saving import Destination, destination, rendered
from tracer.outputs.sizes import in_words
from tracer.tracing import Trace

STDOUT: Final = "-"


class Pipe(NamedTuple):
    """Standard output as a destination."""

    suffix: str
    name: str = "standard output"

    def write(self, trace: Trace, options: Options, progress: Progress | None = None) -> int:
        """Write a trace there and return its size in bytes."""
        content = rendered(trace, self.suffix, options, progress)
        click.echo(content, nl=False)
        return len(content)


class Order(NamedTuple):
    """A file to write: where and how."""

    to: Destination | Folder | Pipe
    options: Options


def orders(names: Iterable[str], suffix: str, options: Mapping[str, object]) -> list[Order]:
    """What to write, after everything has been checked that can be checked before the work.

    Args:
        names: files, or "-" for standard output.
        suffix: the format of all of them, or "" if each file's own suffix says it.
        options: how, as for `editions`.

    Raises:
        OutputError: one of them cannot be written, or an option is not what it can be.
        click.UsageError: standard output was asked for, but no format was, or two files were.
    """
    return [order for name in names for order in _orders(name, suffix, options)]


def order(name: str) -> Order:
    """A file to write as it is usually drawn.

    Raises:
        OutputError: it cannot be written.
    """
    return Order(destination(name), Options())


def order_in_new_folder(name: str) -> Order:
    """The same in a folder that is made if it is not there. Nobody asked for that place, so an error says how to.

    Raises:
        OutputError: the folder cannot be made, or the file cannot be written there.
    """
    folder = os.path.dirname(name)
    try:
        os.makedirs(folder, exist_ok=True)
        return order(name)
    except OSError as problem:
        reason = refusal(name, f"the folder {folder} cannot be made: {reason_of(problem)}")
    except OutputError as problem:
        reason = problem
    raise OutputError(f"{reason}; work in another folder, or name a file with -o") from reason


def _orders(name: str, suffix: str, options: Mapping[str, object]) -> Iterator[Order]:
    wanted = editions(name, options, suffix)
    if name == STDOUT and len(wanted) > 1:
        context = click.get_current_context(silent=True)
        raise click.UsageError(f"theme {BOTH} makes two files: name one instead of standard output", context)
    for edition in wanted:
        yield Order(_pipe(suffix) if name == STDOUT else destination(edition.path, suffix), edition.options)


def _pipe(suffix: str) -> Pipe:
    if not suffix:
        context = click.get_current_context(silent=True)
        raise click.UsageError("standard output has no suffix that says the format: add --format", context)
    if sys.stdout is None:
        raise OutputError("standard output is closed")
    if sys.stdout.isatty():
        raise OutputError("a file is not written to a terminal: send standard output somewhere else, or name a file")
    return Pipe(suffix)


def write(trace: Trace, wanted: Iterable[Order]) -> None:
    """Write a trace everywhere it is wanted, and say so on standard error."""
    _have_no_threads_for_algebra()
    for order in wanted:
        with ProgressBar(order.to.name) as progress:
            size = order.to.write(trace, order.options, progress)
        images = f"{progress.total} image{'s' if progress.total > 1 else ''}, " if progress.total else ""
        click.echo(f"wrote {visible(order.to.name)}, {images}{in_words(size)}", err=True)


def _have_no_threads_for_algebra() -> None:
    """Keep NumPy's linear algebra, which pictures have no use for, from starting a thread for each core.

    That takes longer than all else about importing NumPy, here and in the processes that help to encode.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def print_embeds(trace: Trace, wanted: Iterable[Order], *, inline: bool) -> None:
    """Print the HTML that puts each page that was written into a post: an iframe, or the player itself.

    Raises:
        OutputError: no page was written.
    """
    from tracer.outputs.html import fragment, iframe

    pages = [order for order in wanted if order.to.suffix == ".html"]
    if not pages:
        raise OutputError("there is no page to embed: name a file that ends in .html")
    for order in pages:
        name = PurePath(order.to.name).name
        click.echo(fragment(trace, order.options) if inline else iframe(trace, order.options, source=name))


def view(trace: Trace) -> None:
    """Write the page of a trace to a temporary place and open it in the browser."""
    import webbrowser  # loads much that only this verb needs

    folder = Path(tempfile.mkdtemp(prefix="tracer-"))
    place = folder / "trace.html"
    destination(str(place)).write(trace, Options())
    click.echo(f"wrote {visible(str(place))}", err=True)
    if not webbrowser.open(place.as_uri()):
        raise OutputError(f"no browser could be opened; open {visible(str(place))} yourself")


def print_snippets(trace: Trace, names: Iterable[str], suffix: str) -> None:
    """Print the HTML that shows each of these pictures in the theme that suits the reader."""
    from tracer.outputs.transcript import alt_text

    for html in filter(None, (snippet(name, alt_text(trace), suffix) for name in names)):
        click.echo(html)
