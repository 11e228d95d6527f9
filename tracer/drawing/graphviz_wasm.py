"""Graphviz inside this process: no program to install, no subprocess, the same Graphviz on every machine.

A run shares nothing with any other but the machine code: it gets its own engine, its own memory and its own thread,
and leaves nothing behind. So the same DOT always gives the same drawing, runs in several threads do not meet, and a run
that goes wrong spoils nothing. All of that costs about a millisecond.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, cast

import wasmtime

from tracer.drawing.graphviz_code import WASM_STACK, machine_code, new_engine
from tracer.errors import LayoutError

# Graphviz recurses on the stack of the thread that runs it, and how large the caller's is nobody knows.
_THREAD_STACK: Final = 4 * WASM_STACK
# In bytes; a graph of the largest size that `layout_dot` lets through takes two thirds of it.
_MOST_MEMORY: Final = 1 << 30
_stack_size_lock: Final = threading.Lock()


def run_in_process(dot: bytes, format: str, layout: str, timeout_s: float) -> bytes:
    """What Graphviz makes of `dot`. See `graphviz_engine.run_graphviz`.

    Raises:
        LayoutError: Graphviz refused it, or ran out of time, stack or memory.
    """
    engine = new_engine()
    module = wasmtime.Module.deserialize(engine, machine_code())
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="graphviz") as thread:
        with _large_stacks():
            drawing: Future[bytes] = thread.submit(_run, engine, module, dot, format, layout)
        try:
            return drawing.result(timeout_s)
        except TimeoutError:
            raise LayoutError(
                f"Graphviz was still working on the layout after {timeout_s:g} seconds and was stopped: "
                "allow more time, or draw a smaller part of the graph"
            ) from None
        finally:
            engine.increment_epoch()  # stops the run if it is still going, also on Ctrl-C; the thread ends with it


@contextmanager
def _large_stacks() -> Iterator[None]:
    """Threads that start in here get a stack that Graphviz cannot overrun."""
    with _stack_size_lock:
        before = threading.stack_size(_THREAD_STACK)
        try:
            yield
        finally:
            threading.stack_size(before)


def _run(engine: wasmtime.Engine, module: wasmtime.Module, dot: bytes, format: str, layout: str) -> bytes:
    store = wasmtime.Store(engine)
    store.set_wasi(wasmtime.WasiConfig())  # no files, no environment, no terminal
    store.set_limits(memory_size=_MOST_MEMORY)
    store.set_epoch_deadline(1)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    try:
        return _Graphviz(store, linker.instantiate(store, module)).render(dot, format.encode(), layout.encode())
    except wasmtime.Trap as trap:
        if trap.trap_code == wasmtime.TrapCode.STACK_OVERFLOW:
            reason = "the graph is too deep for Graphviz, which follows it recursively"
        else:
            reason = f"Graphviz broke down on this graph ({_cause(trap)})"
        raise LayoutError(f"{reason}: draw a smaller part of it") from trap
    except wasmtime.ExitTrap as error:  # Graphviz ended its "process"
        raise LayoutError("Graphviz ran out of memory on this graph: draw a smaller part of it") from error
    except wasmtime.WasmtimeError as error:
        raise LayoutError(f"Graphviz gave up on this graph ({_cause(error)}): draw a smaller part of it") from error


def _cause(error: Exception) -> str:
    """What went wrong, without the addresses: wasmtime says it last."""
    return (str(error).strip().splitlines() or ["no reason given"])[-1].strip().removeprefix("wasm trap: ")


class _Graphviz:
    """The functions that the WebAssembly module exports, called with Python's types."""

    def __init__(self, store: wasmtime.Store, instance: wasmtime.Instance) -> None:
        exports = instance.exports(store)
        self._store = store
        self._memory = cast(wasmtime.Memory, exports["memory"])
        self._exports = exports

    def render(self, dot: bytes, format: bytes, layout: bytes) -> bytes:
        length_at = self._call("malloc", 4)
        drawing_at = self._call("graphviz_render", *map(self._text, (dot, format, layout)), length_at)
        if not drawing_at:
            raise LayoutError(f"Graphviz refused the graph: {self._last_error()}")
        length = int.from_bytes(self._memory.read(self._store, length_at, length_at + 4), "little")
        # Nothing is freed: the memory goes with the store, right after this.
        return bytes(self._memory.read(self._store, drawing_at, drawing_at + length))

    def _last_error(self) -> str:
        at = self._call("graphviz_last_error")
        end = min(at + 1000, self._memory.data_len(self._store))
        return bytes(self._memory.read(self._store, at, end)).split(b"\0")[0].decode(errors="replace")

    def _text(self, text: bytes) -> int:
        """The address of a copy of `text` in the module's memory, ended by a zero byte as C wants it."""
        at = self._call("malloc", len(text) + 1)
        if not at:
            raise LayoutError("the graph does not fit into Graphviz's memory: draw a smaller part of it")
        self._memory.write(self._store, text + b"\0", at)
        return at

    def _call(self, function: str, *arguments: int) -> int:
        export: Any = self._exports[function]
        # wasm's 32-bit numbers are signed in wasmtime's Python; addresses are not.
        return int(export(self._store, *arguments)) & 0xFFFF_FFFF
