"""Files: the suffix decides, what cannot work is refused before any work, and nobody ever sees half a file."""

from __future__ import annotations

import inspect
import os
import stat
import subprocess
import sys
import threading
import time
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

import pytest

from tracer import OutputError, Trace, Value, trace
from tracer.outputs import registry
from tracer.outputs.options import LIMITS, Options
from tracer.outputs.progress import Progress, ProgressBar
from tracer.outputs.registry import WRITERS, suffix_of, writer_for
from tracer.outputs.saving import Destination, replace_file, save


class Scribe(ModuleType):
    """A writer of `.txt` files whose content, and whose failure, the test decides."""

    content = b"new"
    failure: BaseException | None = None
    options: Options | None = None
    calls = 0

    def write(self, trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
        self.calls += 1
        self.options = options
        file.write(self.content[:2])
        if self.failure:
            raise self.failure
        file.write(self.content[2:])
        if progress:
            progress(1, 1)


@pytest.fixture
def scribe(monkeypatch: pytest.MonkeyPatch) -> Scribe:
    module = Scribe("scribe")
    monkeypatch.setitem(sys.modules, "scribe", module)
    monkeypatch.setattr(registry, "WRITERS", {**WRITERS, ".txt": "scribe:write"})
    return module


@pytest.fixture
def a_trace() -> Trace:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    return trace(a * b)


def litter(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(".tracer-")]


# What decides the format


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_writer_can_be_imported_and_takes_what_writers_are_given(suffix: str) -> None:
    assert list(inspect.signature(writer_for(suffix)).parameters) == ["trace", "file", "options", "progress"]


@pytest.mark.parametrize("suffix", WRITERS)
def test_suffixes_are_spelt_small_and_with_a_dot(suffix: str) -> None:
    assert suffix.startswith(".")
    assert suffix == suffix.lower()


@pytest.mark.parametrize("name", ["L.gif", "L.GIF", "a.b/L.x.gif", " .gif"])
def test_the_last_suffix_decides_whatever_its_case(name: str) -> None:
    assert suffix_of(name) == ".gif"


@pytest.mark.parametrize("name", ["L.bmp", "L", "gif", ".gif", "L.gif.", "L.gif~", "a.gif/L"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(OutputError) as refused:
        suffix_of(name)
    assert name in str(refused.value)
    assert all(suffix in str(refused.value) for suffix in WRITERS)


# Options


def test_options_reach_the_writer(scribe: Scribe, a_trace: Trace, tmp_path: Path) -> None:
    save(a_trace, tmp_path / "L.txt", theme="dark", hold_ms=500)
    assert scribe.options == Options(theme="dark", hold_ms=500)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"theme": "pink"}, "theme is one of light, dark"),
        ({"theme": None}, "theme is one of light, dark"),
        ({"hold_ms": 10}, "hold_ms is from 20 to 655350, not 10"),
        ({"hold_ms": "fast"}, "hold_ms is a whole number, not 'fast'"),
        ({"hold_ms": 99.5}, "hold_ms is a whole number, not 99.5"),
        ({"last_hold_ms": 10**9}, "last_hold_ms is from 20"),
        ({"loop": -1}, "loop is from 0"),
        ({"loop": True}, "loop is a whole number, not True"),
        ({"scale": 0.1}, "scale is 0, to have it chosen, or 0.25 or more, not 0.1"),
        ({"scale": float("nan")}, "scale is from"),
        ({"speed": 2}, "there is no option 'speed'; there are theme, "),
    ],
)
def test_a_wrong_option_is_refused_in_words_before_any_work(
    given: dict[str, object], words: str, scribe: Scribe, a_trace: Trace, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match=words.replace(".", r"\.")):
        save(a_trace, tmp_path / "L.txt", **given)
    assert scribe.calls == 0
    assert os.listdir(tmp_path) == []


def test_the_limits_themselves_are_allowed() -> None:
    for name, limits in LIMITS.items():
        for number in limits:
            assert getattr(Options.of({name: number}), name) == number


# What is refused before any work


def refusal(scribe: Scribe, a_trace: Trace, path: str | os.PathLike[str]) -> str:
    with pytest.raises(OutputError) as refused:
        save(a_trace, path)
    assert scribe.calls == 0
    return str(refused.value)


def test_a_missing_directory_is_named(scribe: Scribe, a_trace: Trace, tmp_path: Path) -> None:
    assert f"there is no directory {tmp_path / 'no'}" in refusal(scribe, a_trace, tmp_path / "no" / "L.txt")


def test_a_directory_in_its_place_is_left_alone(scribe: Scribe, a_trace: Trace, tmp_path: Path) -> None:
    (tmp_path / "L.txt").mkdir()
    assert "is a directory" in refusal(scribe, a_trace, tmp_path / "L.txt")
    assert "is a directory" in refusal(scribe, a_trace, f"{tmp_path}/new.txt/")


def test_a_file_is_no_directory(scribe: Scribe, a_trace: Trace, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "not a directory" in refusal(scribe, a_trace, tmp_path / "file" / "L.txt")


def test_what_is_not_a_file_is_not_replaced(scribe: Scribe, a_trace: Trace, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "L.txt")
    (tmp_path / "null.txt").symlink_to("/dev/null")
    assert "is not a file" in refusal(scribe, a_trace, tmp_path / "L.txt")
    assert "is not a file" in refusal(scribe, a_trace, tmp_path / "null.txt")


def test_a_read_only_file_is_not_replaced(
    scribe: Scribe, a_trace: Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "L.txt").write_text("old")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write everything
    assert "read-only" in refusal(scribe, a_trace, tmp_path / "L.txt")


@pytest.mark.parametrize("name", ["x" * 300 + ".txt", "nul\0.txt", "loop.txt"])
def test_an_impossible_name_is_refused(scribe: Scribe, a_trace: Trace, tmp_path: Path, name: str) -> None:
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    assert "cannot write" in refusal(scribe, a_trace, tmp_path / name)
    assert os.listdir(tmp_path) == ["loop.txt"]


def test_a_place_without_permission_is_refused(tmp_path: Path) -> None:
    script = """
import os, sys
from tracer.errors import OutputError
from tracer.outputs.saving import Destination
if os.geteuid() == 0:
    os.seteuid(65534)  # the rules are not for root
try:
    Destination.at(sys.argv[1])
except OutputError as refused:
    print(refused)
"""
    tmp_path.chmod(0o555)
    said = subprocess.run([sys.executable, "-c", script, str(tmp_path / "L.gif")], capture_output=True, text=True)
    tmp_path.chmod(0o755)
    assert said.stdout == f"cannot write {tmp_path / 'L.gif'}: permission denied\n"


# What is written


def test_a_new_file_has_the_usual_permissions(scribe: Scribe, a_trace: Trace, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        save(a_trace, tmp_path / "L.txt")
    finally:
        os.umask(before)
    assert (tmp_path / "L.txt").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "L.txt").stat().st_mode) == 0o640


def test_a_replaced_file_keeps_its_permissions(scribe: Scribe, a_trace: Trace, tmp_path: Path) -> None:
    (tmp_path / "L.txt").write_text("something that is longer")
    (tmp_path / "L.txt").chmod(0o604)
    save(a_trace, tmp_path / "L.txt")
    assert (tmp_path / "L.txt").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "L.txt").stat().st_mode) == 0o604


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_stays_one(exists: bool, scribe: Scribe, a_trace: Trace, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    if exists:
        (tmp_path / "there" / "real.bin").write_text("old")
    (tmp_path / "L.txt").symlink_to("there/real.bin")
    save(a_trace, tmp_path / "L.txt")
    assert (tmp_path / "L.txt").is_symlink()
    assert (tmp_path / "there" / "real.bin").read_bytes() == b"new"
    assert sorted(os.listdir(tmp_path)) == ["L.txt", "there"]


@pytest.mark.parametrize("name", ["x" * 251 + ".txt", "ü ×\n[bold].txt", os.fsdecode(b"\xff.txt"), "-.txt"])
def test_any_name_that_a_file_can_have_will_do(name: str, scribe: Scribe, a_trace: Trace, tmp_path: Path) -> None:
    save(a_trace, tmp_path / name)
    assert (tmp_path / name).read_bytes() == b"new"


def test_a_relative_name_is_relative_to_where_we_are(
    scribe: Scribe, a_trace: Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save(a_trace, "L.txt")
    assert (tmp_path / "L.txt").read_bytes() == b"new"


def test_the_suffix_can_be_overruled(scribe: Scribe, a_trace: Trace, tmp_path: Path) -> None:
    assert Destination.at(tmp_path / "L", ".txt").write(a_trace, Options()) == len(b"new")
    assert (tmp_path / "L").read_bytes() == b"new"


# Whatever goes wrong, the old file or the new one, and no litter


@pytest.mark.parametrize("failure", [OutputError("no"), KeyboardInterrupt(), MemoryError(), SystemExit(3)])
@pytest.mark.parametrize("there", [True, False])
def test_a_writer_that_fails_changes_nothing(
    failure: BaseException, there: bool, scribe: Scribe, a_trace: Trace, tmp_path: Path
) -> None:
    place = tmp_path / "L.txt"
    if there:
        place.write_text("old")
    scribe.failure = failure
    with pytest.raises(type(failure)):
        save(a_trace, place)
    assert [path.read_text() for path in tmp_path.iterdir()] == (["old"] if there else [])


@pytest.mark.parametrize("step", ["replace", "chmod"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_while_the_file_is_put_in_place_changes_nothing(
    step: str, failure: BaseException, scribe: Scribe, a_trace: Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "L.txt"
    place.write_text("old")

    def fail(*_: object) -> None:
        assert len(litter(tmp_path)) == 1
        raise failure

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OutputError if isinstance(failure, OSError) else KeyboardInterrupt):
        save(a_trace, place)
    assert os.listdir(tmp_path) == ["L.txt"]
    assert place.read_text() == "old"


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    script = """
import resource, sys
from pathlib import Path
from tracer.outputs.saving import replace_file
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    replace_file(Path(sys.argv[1]), b"x" * 5000)
except OSError as problem:
    print(problem.strerror)
"""
    place = tmp_path / "L.gif"
    place.write_text("old")
    said = subprocess.run([sys.executable, "-c", script, str(place)], capture_output=True, text=True)
    assert said.stdout == "File too large\n"
    assert os.listdir(tmp_path) == ["L.gif"]
    assert place.read_text() == "old"


def test_nobody_ever_sees_half_a_file(tmp_path: Path) -> None:
    place = tmp_path / "L.gif"
    whole = [bytes([letter]) * 300_000 for letter in b"ab"]
    replace_file(place, whole[0])
    seen: set[bytes] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.add(place.read_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(100):
        replace_file(place, whole[number % 2])
    done.set()
    watcher.join()
    assert seen <= set(whole)
    assert os.listdir(tmp_path) == ["L.gif"]


# Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def a_capable_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")


def wait_for(text: str, terminal: StringIO) -> bool:
    deadline = time.monotonic() + 10
    while text not in terminal.getvalue() and time.monotonic() < deadline:
        time.sleep(0.01)
    return text in terminal.getvalue()


def test_a_bar_appears_after_a_while_and_goes() -> None:
    terminal = Terminal()
    with ProgressBar("[bold]L\x1b.gif", terminal, patience=0.01) as progress:
        assert wait_for(r"[bold]L\x1b.gif", terminal)  # although no image is done yet
        progress(2, 5)
        assert wait_for("2/5", terminal)
        progress(5, 5)
    assert progress.total == 5
    assert terminal.getvalue().endswith("\x1b[2K")  # the line is cleared


@pytest.mark.parametrize(("file", "patience"), [(Terminal(), 1.0), (StringIO(), 0.0)])
def test_there_is_no_bar_when_it_is_quick_or_nobody_watches(file: StringIO, patience: float) -> None:
    with ProgressBar("L.gif", file, patience) as progress:
        progress(1, 2)
        progress(2, 2)
    assert file.getvalue() == ""


def test_a_bar_goes_when_something_fails() -> None:
    terminal = Terminal()

    def interrupted() -> None:
        with ProgressBar("L.gif", terminal, patience=0.01):
            assert wait_for("L.gif", terminal)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert terminal.getvalue().endswith("\x1b[2K")
