"""A Python file as a source: run it, then take the Value that it ends with, or the function that computes one.

The file is the user's own program and runs as `python lecture.py` would run it: as `__main__`, with its folder first on
`sys.path`. Only what it prints goes to standard error, because standard output is for the trace.
"""

from __future__ import annotations

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
from tracer.sources import traced
from tracer.sources.choosing import check_name, named_output, only_output, usual_output
from tracer.sources.supplying import supplied
from tracer.telling import shown
from tracer.tracing import Trace
from tracer.value import Value

LONGEST_MESSAGE: Final = 300


def run_script(path: Path, variable: str | None = None) -> Value | Trace:
    """Run a Python file and return what it computes.

    Values without a label get the name of the first global variable that holds them.

    Args:
        path: the file.
        variable: the global variable to return, a Value or a Trace; left out, the output that nothing else was
            computed from, which is the one called L or loss if there are several. What else there is to trace comes
            as a Trace: a value of somebody else's engine, or a function, which is called with the file's variables
            of its parameters' names.

    Raises:
        SourceError: there is no such file, it fails, it has no such variable, or it is not clear which is the output.
    """
    name = visible(str(path))
    _check_readable(path, name)
    if variable is not None:
        check_name(variable, name)
    variables = _run(path, name)
    values = {key: value for key, value in variables.items() if isinstance(value, Value)}
    found = _output(variables, values, variable, name)
    if not isinstance(found, (Value, Trace)):
        return _traced(found, variables, path, name)
    for key, value in values.items():
        if not value.label and not key.startswith("_"):
            value.label = key
    return found


def _output(variables: Mapping[str, Any], values: Mapping[str, Value], variable: str | None, name: str) -> Any:
    if variable is not None:
        return named_output(variables, variable, name)
    usual = None if values else usual_output(variables)
    return only_output(values, name) if usual is None else usual


def _traced(found: object, variables: Mapping[str, Any], path: Path, name: str) -> Trace:
    """The trace of what is no Value; a function is called with variables of the file."""
    given, by_name = supplied(found, variables, name) if callable(found) else ([], {})
    with _as_main_program(path):
        try:
            return traced(found, tuple(given), by_name, [variables])
        except Exception as error:  # as above: what runs is the user's program
            raise SourceError(_told(error, path, name)) from error


def _check_readable(path: Path, name: str) -> None:
    try:
        if path.is_dir():
            raise SourceError(f"{name} is a directory, not a Python file")
        with tokenize.open(path) as file:
            file.read()
    except FileNotFoundError:
        raise SourceError(f"no such file: {name}") from None
    except (SyntaxError, UnicodeDecodeError) as error:  # the encoding it declares is unknown, or it is in another one
        raise SourceError(f"{name} is not a Python file: it is not text in UTF-8") from error
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror}") from error


def _run(path: Path, name: str) -> Mapping[str, Any]:
    """The global variables with which a file ends."""
    with _as_main_program(path):
        try:
            return runpy.run_path(str(path), run_name="__main__")
        except SystemExit as stop:
            if stop.code:
                raise SourceError(_told(stop, path, name)) from stop
            outermost, _ = _frames(stop, path)[0]
            return outermost.f_globals
        except Exception as error:  # the file is the user's program: whatever that can raise is told in the same way
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
    return f"{place}: {shown(message, LONGEST_MESSAGE)}"
