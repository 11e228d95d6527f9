"""A Python file as a source: run it, then trace the value that it ends with, or one of its functions.

The file is the user's own program and runs as `python lecture.py` would run it: as `__main__`, with its folder first on
`sys.path`. Only what it prints goes to standard error, because standard output is for the trace. But what stands behind
`if __name__ == "__main__":` is meant for running the file, not for whoever wants what it computes, as we do: it is left
out, unless nothing to trace is found without it.
"""

from __future__ import annotations

import ast
import runpy
import sys
import tokenize
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from traceback import format_exception_only, walk_tb
from types import FrameType
from typing import Any, Final

from tracer.errors import SourceError, TracerError
from tracer.formatting import visible
from tracer.sources import micrograd, trace, trace_value
from tracer.sources.choosing import (
    MODULE,
    arguments_for,
    check_name,
    has_output,
    is_value,
    named_output,
    the_output,
)
from tracer.sources.frameworks import EXTRAS, install
from tracer.sources.missing import no_such_file
from tracer.sources.refusing import refuse_inputs
from tracer.sources.sightings import Sightings
from tracer.sources.watching import Watch, watching
from tracer.telling import shown
from tracer.tracing import Trace
from tracer.value import Value

LONGEST_MESSAGE: Final = 300

_GUARD: Final = "__name__ == '__main__'"


def run_script(path: Path, variable: str | None = None, inputs: Mapping[str, float] | None = None) -> Trace:
    """Run a Python file and trace what it computes; its variables name the values, those inside functions too.

    Args:
        path: the file.
        variable: the global variable to trace: a Value, one of somebody else's engine, a Trace, or a function, whose
            parameters are filled from `inputs`, and from the file's variables of the same names; left out, the output
            that nothing else was computed from, which is the one called L or loss if there are several.
        inputs: numbers for the parameters of a function.

    Raises:
        SourceError: there is no such file, it fails, it has no such variable, or it is not clear which is the output.
    """
    name = visible(str(path))
    text = _text_of(path, name)
    if variable is None:
        refuse_inputs(name, inputs or {})
    else:
        check_name(variable, name)
    with _as_main_program(path), _told_on_one_line(path, name):
        sightings = micrograd.looking_out(sparing=True)
        guarded = _has_main_program(text)
        variables, watch = _watched(path, MODULE if guarded else "__main__", sightings)
        if guarded and not (has_output(variables) if variable is None else variable in variables):
            variables, watch = _watched(path, "__main__", sightings)
        found = the_output(variables, name) if variable is None else named_output(variables, variable, name)
        asked = name if variable is None else f"{name}:{variable}"
        if callable(found) and not is_value(found):
            return trace(found, **arguments_for(found, variables, inputs or {}, asked))
        refuse_inputs(asked, inputs or {})
        if isinstance(found, Value):
            return trace_value(found, watch.naming([variables]))
        return found if isinstance(found, Trace) else micrograd.trace(found, [variables], sightings.all)


def _text_of(path: Path, name: str) -> str:
    """What is written in a file.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        if path.is_dir():
            raise SourceError(f"{name} is a directory, not a Python file")
        with tokenize.open(path) as file:
            return file.read()
    except FileNotFoundError:
        raise no_such_file(str(path)) from None
    except (SyntaxError, UnicodeDecodeError) as error:  # the encoding it declares is unknown, or it is in another one
        raise SourceError(f"{name} is not a Python file: it is not text in UTF-8") from error
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror}") from error


def _has_main_program(text: str) -> bool:
    """Whether a file with that text has an `if __name__ == "__main__":`."""
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError):  # running it will say so
        return False
    return any(isinstance(one, ast.If) and ast.unparse(one.test) == _GUARD for one in statements)


def _watched(path: Path, run_name: str, sightings: Sightings) -> tuple[Mapping[str, Any], Watch]:
    """The global variables with which a file ends, and what was seen while it ran.

    Args:
        path: the file.
        run_name: what it is called while it runs.
        sightings: looks out for values of somebody else's engine meanwhile.
    """
    with watching(sightings.called) as watch:
        return _run(path, run_name), watch


def _run(path: Path, run_name: str) -> Mapping[str, Any]:
    """The global variables with which a file ends."""
    try:
        return runpy.run_path(str(path), run_name=run_name)
    except SystemExit as stop:
        if stop.code:
            raise
        outermost, _ = _frames(stop, path)[0]
        return outermost.f_globals


@contextmanager
def _told_on_one_line(path: Path, name: str) -> Iterator[None]:
    """Whatever goes wrong in the user's program is a SourceError that says where."""
    try:
        yield
    except SourceError as error:
        if not _frames(error, path):  # it is what we have to say ourselves
            raise
        raise SourceError(_told(error, path, name)) from error
    except (Exception, SystemExit) as error:  # the user's program can raise anything
        raise SourceError(_told(error, path, name)) from error


@contextmanager
def _as_main_program(path: Path) -> Iterator[None]:
    """The surroundings that a main program expects, but for standard output, which goes to standard error."""
    arguments, search = sys.argv, sys.path
    sys.argv, sys.path = [str(path)], [str(path.absolute().parent), *search]
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        sys.argv, sys.path = arguments, search


def _frames(error: BaseException, path: Path) -> list[tuple[FrameType, int]]:
    """What the file itself was doing when it failed, from the outermost call in: the frames and their lines."""
    return [(frame, line) for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == str(path)]


def _told(error: BaseException, path: Path, name: str) -> str:
    """An exception on one line: `lecture.py, line 7: ZeroDivisionError: division by zero`."""
    frames = _frames(error, path)
    line = frames[-1][1] if frames else None
    message = format_exception_only(error)[0]
    if isinstance(error, TracerError):
        message = str(error)
    elif isinstance(error, SyntaxError):  # which Python tells on several lines
        own = error.filename == str(path)
        line = line or (error.lineno if own else None)
        message = f"{type(error).__name__}: {error.msg if own else error}"
    place = f"{name}, line {line}" if line else name
    return f"{place}: {shown(message, LONGEST_MESSAGE)}{_how_to_install(error)}"


def _how_to_install(error: BaseException) -> str:
    """What to do about a library that is missing, if it is one that we know."""
    missing = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    return f"; {install(missing)}" if missing in EXTRAS else ""
