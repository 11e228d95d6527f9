"""The command line, in this process and as a process of its own: what it prints, where, and how it ends."""

from __future__ import annotations

import errno
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import fields
from itertools import chain
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import tracer
from tracer.cli import main
from tracer.cli.commands import DEMO_FILE
from tracer.cli.rendering import in_words
from tracer.cli.words import options_first
from tracer.outputs.options import Options
from tracer.outputs.registry import WRITERS

LECTURE = ["e = a*b; d = e + c; L = d*f", "a=2", "b=-3", "c=10", "f=-2"]
PRODUCTS = """\
dL/dL = 1.0
dL/dd = f = -2.0
dL/df = d = 4.0
dL/dc = dL/dd * dd/dc = -2.0 * 1.0 = -2.0
dL/de = dL/dd * dd/de = -2.0 * 1.0 = -2.0
dL/da = dL/de * de/da = -2.0 * -3.0 = 6.0
dL/db = dL/de * de/db = -2.0 * 2.0 = -4.0
"""
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def run(*words: str) -> Result:
    """Run tracer in this process."""
    return CliRunner().invoke(main, words)


def process(
    *words: str, folder: Path | None = None, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run tracer in a process of its own, without a terminal."""
    return subprocess.run(
        command(words),
        env=os.environ | environment,
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )


def command(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "tracer", *words]


def products(printed: str) -> str:
    return "".join(line for line in printed.splitlines(keepends=True) if line.startswith("dL/d"))


def one_line(said: str) -> str:
    """What was said on standard error, which has to be one line in tracer's own name."""
    assert said.startswith("tracer: ")
    assert said.count("\n") == 1
    assert said.endswith("\n")
    return said.removeprefix("tracer: ").rstrip("\n")


# log


def test_log_prints_the_products_of_the_lecture_on_standard_output() -> None:
    done = process("log", *LECTURE)
    assert (done.returncode, done.stderr) == (0, "")
    assert products(done.stdout) == PRODUCTS


def test_log_is_the_same_without_the_check_but_for_the_check() -> None:
    with_check, without = run("log", *LECTURE), run("log", *LECTURE, "--no-check")
    assert products(with_check.stdout) == products(without.stdout) == PRODUCTS
    assert "numerically" in with_check.stdout
    assert "numerically" not in without.stdout


def test_log_prints_all_digits_in_a_pipe_and_short_ones_if_asked() -> None:
    words = ["log", "x * (a + b)", "x=1", "a=0.1", "b=0.2"]
    assert "dL/dx = a + b = 0.30000000000000004\n" in run(*words).stdout
    assert "dL/dx = a + b = 0.3\n" in run(*words, "--short").stdout


def test_log_as_json_is_a_source_again(tmp_path: Path) -> None:
    printed = run("log", *LECTURE, "--json")
    assert json.loads(printed.stdout)
    (tmp_path / "L.json").write_text(printed.stdout)
    assert products(run("log", str(tmp_path / "L.json")).stdout) == PRODUCTS


def test_log_reads_an_expression_from_standard_input() -> None:
    assert products(process("log", "-", *LECTURE[1:], stdin=LECTURE[0]).stdout) == PRODUCTS


def test_log_traces_a_file(tmp_path: Path) -> None:
    (tmp_path / "neuron.py").write_text(
        "from tracer import Value\na = Value(2.0, label='a')\nb = Value(-3.0, label='b')\nL = a * b\nL.label = 'L'\n"
    )
    for name in ("neuron.py", "neuron.py:L"):
        assert "dL/da = b = -3.0\n" in process("log", name, folder=tmp_path).stdout


# render


def test_render_writes_what_the_suffix_says_and_notes_it_on_standard_error(tmp_path: Path) -> None:
    done = process("render", *LECTURE, "-o", "L.gif", "-o", "L.json", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    first, second = done.stderr.splitlines()
    size = in_words((tmp_path / "L.gif").stat().st_size)
    assert first == f"wrote L.gif, 8 images, {size}"
    assert second.startswith("wrote L.json, ")
    with Image.open(tmp_path / "L.gif") as gif:
        assert gif.n_frames == 8
    assert json.loads((tmp_path / "L.json").read_text())


def test_render_options_change_the_picture(tmp_path: Path) -> None:
    options = ["--theme", "dark", "--hold-ms", "200", "--last-hold-ms", "300", "--loop", "2", "--scale", "1"]
    done = run("render", "L = a*b", "a=2", "b=3", "-o", str(tmp_path / "L.gif"), *options)
    assert done.exit_code == 0, done.stderr
    with Image.open(tmp_path / "L.gif") as gif:
        held = []
        for number in range(gif.n_frames):
            gif.seek(number)
            held.append(gif.info["duration"])
        assert held == [200, 200, 200, 300]
        assert gif.convert("RGB").getpixel((0, 0)) == (0x0D, 0x11, 0x17)


def test_render_to_standard_output(tmp_path: Path) -> None:
    done = subprocess.run(
        command(["render", *LECTURE, "-o", "-", "--format", "gif"]), capture_output=True, cwd=tmp_path, check=True
    )
    assert done.stdout.startswith(b"GIF89a")
    assert done.stderr.startswith(b"wrote standard output, 8 images, ")
    assert os.listdir(tmp_path) == []


def test_render_with_a_format_needs_no_suffix(tmp_path: Path) -> None:
    assert run("render", *LECTURE, "-o", str(tmp_path / "L"), "--format", "JSON").exit_code == 0
    assert json.loads((tmp_path / "L").read_text())


def test_render_has_every_option_that_there_is() -> None:
    names = {parameter.name for parameter in main.commands["render"].params}
    assert {option.name for option in fields(Options)} <= names


@pytest.mark.parametrize("place", ["L.bmp", "L", "no/L.gif", "no/frames/"])
def test_render_refuses_a_place_before_the_source_is_read(place: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("open('it has run', 'w')")
    done = process("render", "script.py", "-o", "L.gif", "-o", place, folder=tmp_path)
    assert done.returncode == 1
    assert place in one_line(done.stderr)
    assert os.listdir(tmp_path) == ["script.py"]


@pytest.mark.parametrize("suffix", WRITERS)
def test_render_writes_every_format(suffix: str, tmp_path: Path) -> None:
    place = tmp_path / f"L{suffix}"
    assert run("render", "L = a*b", "a=2", "b=3", "-o", str(place)).exit_code == 0
    assert place.stat().st_size > 0


# check


def test_check_says_that_all_is_right() -> None:
    done = run("check", "(a*b + c) * f", *LECTURE[1:])
    assert done.exit_code == 0
    assert "all 7 gradients agree" in done.stdout


def test_check_of_some_values() -> None:
    done = run("check", *LECTURE, "--node", "a", "--node", "e")
    assert "all 2 gradients agree" in done.stdout


def test_check_fails_when_a_gradient_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "manual.py").write_text(
        "from tracer import Value, recording\n"
        "a = Value(3.0, label='a'); L = a * a; L.label = 'L'\n"
        "with recording(L) as t:\n    L.grad = 1.0\n    a.grad = 3.0\n"
    )
    done = process("check", "manual.py:t", folder=tmp_path)
    assert done.returncode == 1
    assert "wrong" in done.stdout
    assert done.stderr == ""


def test_nudge_is_the_check_of_the_lecture() -> None:
    assert "3.9999" in run("check", *LECTURE, "--nudge", "f").stdout
    assert "3.9999" not in run("check", *LECTURE, "--nudge", "f", "--h", "-0.5").stdout


# demo


def test_demo_prints_the_log_and_makes_its_folder(tmp_path: Path) -> None:
    done = process("demo", folder=tmp_path)
    assert done.returncode == 0
    assert products(done.stdout) == PRODUCTS
    assert done.stderr.startswith(f"wrote {os.path.join('output', 'lecture.gif')}, 8 images, ")
    assert os.listdir(tmp_path / "output") == ["lecture.gif"]
    assert process("demo", folder=tmp_path).returncode == 0


def test_demo_writes_the_file_that_is_named(tmp_path: Path) -> None:
    done = process("demo", "-o", "L.svg", folder=tmp_path)
    assert products(done.stdout) == PRODUCTS
    assert done.stderr.startswith("wrote L.svg, ")
    assert os.listdir(tmp_path) == ["L.svg"]


ADVICE = "; work in another folder, or name a file with -o"


def test_demo_says_what_stands_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("")
    done = process("demo", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    said = f"cannot write {DEMO_FILE}: the folder output cannot be made: file exists{ADVICE}"
    assert one_line(done.stderr) == said
    (tmp_path / "output").unlink()
    (tmp_path / DEMO_FILE).mkdir(parents=True)
    said = f"cannot write {DEMO_FILE}: that is a directory; name a file in it{ADVICE}"
    assert one_line(process("demo", folder=tmp_path).stderr) == said


@pytest.mark.parametrize(("where", "told"), [("os.makedirs", "the folder output cannot be made: "), ("save", "")])
@pytest.mark.parametrize("error", [errno.EACCES, errno.EROFS])
def test_demo_says_what_to_do_in_a_folder_that_is_read_only(
    where: str, told: str, error: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.chdir(tmp_path)
    # The system would allow everything to whoever runs this with all rights.
    monkeypatch.setattr("tracer.outputs.saving.TemporaryFile" if where == "save" else where, refuse)
    done = run("demo")
    assert (done.exit_code, done.stdout) == (1, "")
    assert one_line(done.stderr) == f"cannot write {DEMO_FILE}: {told}{os.strerror(error).lower()}{ADVICE}"


# The rest of the verbs


def test_version_and_help() -> None:
    assert run("--version").stdout == f"tracer {tracer.__version__}\n"
    for words in ([], ["log"], ["render"], ["check"], ["demo"], ["completion"]):
        done = run(*words, "--help")
        assert done.exit_code == 0
        assert "Usage: tracer" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str) -> None:
    assert "_TRACER_COMPLETE" in run("completion", shell).stdout


def test_completion_knows_verbs_and_options() -> None:
    asked = {"_TRACER_COMPLETE": "bash_complete"}
    verbs = process(COMP_WORDS="tracer ", COMP_CWORD="1", **asked).stdout
    assert "plain,render" in verbs
    options = process(COMP_WORDS="tracer render a*b a=1 --the", COMP_CWORD="4", **asked).stdout
    assert options == "plain,--theme\n"


# Expressions that begin with a minus sign

NEGATIVE = ["-a*b", "--a*b", "--a", "-a", "-a-b", "-(a + b)", "- a*b", "-2*a", "-.5*a", "-h*a", "-o*b", "-sin(a)"]
INPUTS = {name: f"{name}={number}" for number, name in enumerate("abho", start=2)}


def inputs_of(expression: str) -> list[str]:
    letters = expression.replace("sin", "")
    return [word for name, word in INPUTS.items() if name in letters]


@pytest.mark.parametrize("expression", NEGATIVE)
@pytest.mark.parametrize("options", [[], ["--no-check"]])
def test_an_expression_may_begin_with_a_minus_sign(expression: str, options: list[str]) -> None:
    expected = run("log", f" {expression}", *inputs_of(expression))
    for words in (
        [*options, expression, *inputs_of(expression)],
        [expression, *options, *inputs_of(expression)],
        [expression, *inputs_of(expression), *options],
        [*options, "--", expression, *inputs_of(expression)],
    ):
        done = run("log", *words)
        assert done.exit_code == expected.exit_code, done.stderr
        assert products(done.stdout) == products(expected.stdout)


def test_render_and_check_take_them_too(tmp_path: Path) -> None:
    place = str(tmp_path / "L.json")
    for words in (
        ["-o*b", "o=1", "b=2", "-o", place],
        ["-o", place, "-o*b", "o=1", "b=2"],
        [f"--output={place}", "-o*b", "o=1", "b=2"],
        ["-o*b", "o=1", "b=2", f"-o{place}"],
        ["-o", place, "--", "-o", "o=1"],
    ):
        done = run("render", *words)
        assert done.exit_code == 0, done.stderr
        os.remove(place)
    assert run("check", "-nudge*h", "nudge=1", "h=2", "--nudge", "h").exit_code == 0


TAKES_VALUE = {"-o": True, "--output": True, "--json": False, "--h": True}
OPTIONS = [["-o", "-x.gif"], ["--output=L.gif"], ["--json"], ["--h", "-0.1"], ["--h=-0.1"]]
EXPRESSIONS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["-", "--", "- ", "-+"]),
    st.sampled_from(["a", "o", "h", "json", "output"]),
    st.sampled_from(["", "*", "-", "**2-", "/-"]),
    st.sampled_from(["a", "o", "h"]),
)


@settings(max_examples=200)
@given(EXPRESSIONS, st.lists(st.sampled_from(OPTIONS), max_size=3), st.lists(st.sampled_from(OPTIONS), max_size=3))
def test_options_are_told_from_expressions(expression: str, before: list[list[str]], after: list[list[str]]) -> None:
    inputs = ["a=1", "o=2", "h=3", "json=4", "output=5", "jsona=6"]
    inputs += [f"{name}{other}=7" for name in ("a", "o", "h", "json", "output") for other in "aoh"]
    words = [*chain(*before), expression, *inputs, *chain(*after)]
    assert options_first(words, TAKES_VALUE) == [*chain(*before, *after), "--", expression, *inputs]


@pytest.mark.parametrize(
    ("words", "misspelt"),
    [
        (["log", "--jsn", "a*b", "a=1", "b=2"], "--jsn"),
        (["log", "a*b", "a=1", "b=2", "--jsn"], "--jsn"),
        (["log", "--no-chek", "L = a*b", "a=1", "b=2"], "--no-chek"),
        (["log", "-x"], "-x"),
        (["-x", "log"], "-x"),
    ],
)
def test_a_misspelt_option_is_still_noticed(words: list[str], misspelt: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert one_line(done.stderr).startswith("No such option")
    assert misspelt in done.stderr


# How it ends


@pytest.mark.parametrize(
    "words",
    [
        ["lgo", "a"],
        ["log"],
        ["log", "a*b", "a=1", "b=2", "--loud"],
        ["log", "a*", "a=1"],
        ["log", "a*b", "a=1"],
        ["log", "a*b", "a=1", "b=2", "c=3"],
        ["log", "a*b", "a=1", "a=2", "b=3"],
        ["log", "a*b", "a=1", "b=two"],
        ["log", "a*b", "a=1", "b"],
        ["log", "a*b", "a=1", "b=inf"],
        ["log", "__import__('os').system('false')"],
        ["log", "a\n*\n*\n*b", "a=1", "b=2"],
        ["log", "[bold]a[/bold]"],
        ["log", "\x1b[31ma", "a=1"],
        ["render", "a*b", "a=1", "b=2"],
        ["render", "a*b", "a=1", "b=2", "-o"],
        ["render", "a*b", "a=1", "b=2", "-o", "L.gif", "--theme", "pink"],
        ["render", "a*b", "a=1", "b=2", "-o", "L.gif", "--hold-ms", "1"],
        ["render", "a*b", "a=1", "b=2", "-o", "L.gif", "--format", "bmp"],
        ["render", "a*b", "a=1", "b=2", "-o", "-"],
        ["check", "a*b", "a=1", "b=2", "--nudge", "a", "--h", "x"],
        ["completion", "tcsh"],
    ],
)
def test_a_mistake_in_the_command_is_one_line_and_2(words: list[str]) -> None:
    done = run(*words)
    assert done.exit_code == 2, done.stderr
    assert done.stdout == ""
    assert one_line(done.stderr).isprintable()


@pytest.mark.parametrize(
    "words",
    [
        ["log", "no such file.py"],
        ["log", "a/b", "a=1", "b=0"],
        ["log", "log(a)", "a=-1"],
        ["check", "a*b", "a=1", "b=2", "--nudge", "z"],
        ["check", "a*b", "a=1", "b=2", "--node", "z"],
        ["render", "a*b", "a=1", "b=2", "-o", "L.bmp"],
        ["render", "a*b", "a=1", "b=2", "-o", "no/L.gif"],
    ],
)
def test_a_failure_is_one_line_and_1(words: list[str]) -> None:
    done = run(*words)
    assert done.exit_code == 1, done.stderr
    assert done.stdout == ""
    assert one_line(done.stderr).isprintable()


def test_usage_errors_say_where_help_is() -> None:
    assert one_line(run("render", "a", "a=1").stderr) == "Missing option '-o' / '--output'; try tracer render --help"


def test_nothing_at_all_shows_the_help() -> None:
    done = run()
    assert done.exit_code == 2
    assert "Usage: tracer" in done.stdout
    assert done.stderr == ""


def test_help_is_in_colour_where_that_is_wanted_and_nowhere_else() -> None:
    plain, colourful = process("--help"), process("--help", FORCE_COLOR="1")
    assert "\x1b[" not in plain.stdout
    assert "\x1b[" in colourful.stdout
    verbs = ["log", "render", "view", "check", "demo", "completion"]
    assert re.findall(r"^│ (\w+) ", plain.stdout, re.MULTILINE) == verbs


def test_what_a_script_leaves_for_its_end_is_done(tmp_path: Path) -> None:
    (tmp_path / "untidy.py").write_text(
        "import atexit\nfrom tracer import Value\natexit.register(lambda: open('left', 'w').write('late'))\n"
        "notes = open('notes', 'w')\nnotes.write('never closed')\nL = Value(2.0) * Value(3.0)\n"
    )
    assert process("log", "untidy.py", folder=tmp_path).returncode == 0
    assert (tmp_path / "left").read_text() == "late"
    assert (tmp_path / "notes").read_text() == "never closed"


def test_a_run_keeps_what_the_next_one_can_use(tmp_path: Path) -> None:
    for name in ("first.gif", "second.gif"):
        done = process("render", *LECTURE, "-o", name, folder=tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache"))
        assert done.returncode == 0, done.stderr
    kept = {file.name.split("-")[0] for file in (tmp_path / "cache" / "backprop-tracer").iterdir()}
    assert {"glyphs.json", "layout", "sprites.bin"} <= kept
    assert (tmp_path / "first.gif").read_bytes() == (tmp_path / "second.gif").read_bytes()


@pytest.mark.parametrize("verb", [["log"], ["render", "-o", "L.gif"]])
def test_ctrl_c_is_130_without_a_traceback(verb: list[str], tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import time\nopen('started', 'w').close()\ntime.sleep(60)\n")
    running = subprocess.Popen(
        command([*verb, "slow.py"]), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not (tmp_path / "started").exists() and running.poll() is None:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    printed, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert (printed, said.strip()) == ("", "")
    assert sorted(os.listdir(tmp_path)) == ["slow.py", "started"]


@pytest.mark.parametrize("words", [["log", *LECTURE], ["log", *LECTURE, "--json"], ["--help"]])
def test_a_closed_pipe_is_no_cause_for_complaint(words: list[str]) -> None:
    running = subprocess.Popen(command(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    assert running.stderr.read() == ""
    running.stderr.close()
    assert running.wait(30) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("words", [["log", *LECTURE], ["log", *LECTURE, "--json"]])
def test_a_full_disk_is_a_failure_in_words(words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(command(words), stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert one_line(done.stderr) == "No space left on device"


@pytest.mark.parametrize(
    ("closed", "words", "code"),
    [
        (">&-", ["log", *LECTURE], 0),
        (">&-", ["render", *LECTURE, "-o", "-", "--format", "json"], 1),
        ("<&-", ["log", *LECTURE], 0),
        ("<&-", ["log", "-"], 2),
    ],
)
def test_closed_streams_break_nothing(closed: str, words: list[str], code: int) -> None:
    done = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *command(words)], capture_output=True, text=True)
    assert done.returncode == code
    assert not done.stderr or one_line(done.stderr)


# Terminals and character sets


def in_terminal(*words: str, **environment: str) -> str:
    """What a terminal of 100 columns shows."""
    ours, theirs = pty.openpty()
    environment = {"TERM": "xterm-256color", "COLUMNS": "100"} | environment
    running = subprocess.Popen(command(words), env=os.environ | environment, stdout=theirs, stderr=theirs, stdin=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert running.wait(30) == 0
    return shown.decode()


def test_colours_are_for_terminals_that_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    assert "\x1b[" in in_terminal("log", *LECTURE)
    assert "\x1b[" not in in_terminal("log", *LECTURE, NO_COLOR="1")
    assert "\x1b[" not in in_terminal("log", *LECTURE, TERM="dumb")
    assert "\x1b[" not in process("log", *LECTURE).stdout


def test_a_file_is_not_written_to_a_terminal() -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        command(["render", *LECTURE, "-o", "-", "--format", "gif"]), stdout=theirs, stderr=subprocess.PIPE, text=True
    )
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 1
    assert "terminal" in one_line(done.stderr)


def test_ascii_is_enough(tmp_path: Path) -> None:
    done = process("log", *LECTURE, **ASCII)
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert products(done.stdout) == PRODUCTS
    assert process("--help", **ASCII).stdout.isascii()
    wrong = process("log", "é*", "é=1", **ASCII)
    assert one_line(wrong.stderr).isascii()
    (tmp_path / "umlaut.py").write_text("from tracer import Value\nL = Value(2.0, label='ü') * 3\n", encoding="utf-8")
    assert r"dL/d\xfc = 3" in process("log", "umlaut.py", folder=tmp_path, **ASCII).stdout
    assert json.loads(process("log", "umlaut.py", "--json", folder=tmp_path, **ASCII).stdout)


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (57_400, "57 kB"), (2_150_000, "2.1 MB")]
)
def test_sizes_in_words(size: int, words: str) -> None:
    assert in_words(size) == words


def test_a_page_is_embedded_by_an_iframe_or_by_the_player_itself(tmp_path: Path) -> None:
    done = process("render", "a*b", "a=2", "b=3", "-o", "L.html", "--embed", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith('<iframe src="L.html"')
    inline = process("render", "a*b", "a=2", "b=3", "-o", "L.html", "--embed-inline", folder=tmp_path)
    assert "<tracer-player" in inline.stdout
    assert "<html" not in inline.stdout


def test_only_pages_can_be_embedded(tmp_path: Path) -> None:
    done = process("render", "a*b", "a=2", "b=3", "-o", "L.json", "--embed", folder=tmp_path)
    assert done.returncode == 1
    assert "there is no page to embed" in one_line(done.stderr.splitlines()[-1] + "\n")


def test_view_opens_the_page_in_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("BROWSER", "echo opened %s")
    done = process("view", "a*b", "a=2", "b=3", folder=tmp_path)
    assert done.returncode == 0
    (page,) = tmp_path.glob("tracer-*/trace.html")
    assert "<!doctype html>" in page.read_text(encoding="utf-8").lower()


NETWORK = """
from tracer.nn import MLP
L = MLP(2, [2, 1], seed=1)([1.0, -2.0])
"""


@pytest.fixture
def network(tmp_path: Path) -> str:
    file = tmp_path / "network.py"
    file.write_text(NETWORK)
    return str(file)


@pytest.mark.parametrize(
    ("options", "first"),
    [
        (["--fold", "all"], "L = layer2(layer1(x[0], x[1]))"),
        (["--fold", "layer1", "--fold", "layer2.neuron1"], "L = layer2.neuron1(layer1(x[0], x[1]))"),
        (["--fold", "2"], "L = layer2.neuron1(layer1.neuron1(x[0], x[1]), layer1.neuron2(x[0], x[1]))"),
        (["--unfold", "layer1"], "L = layer2(layer1.neuron1(x[0], x[1]), layer1.neuron2(x[0], x[1]))"),
    ],
)
def test_groups_are_folded_in_the_log_and_in_the_check(network: str, options: list[str], first: str) -> None:
    for verb in ("log", "check"):
        result = run(verb, network, *options)
        assert result.exit_code == 0, result.output
        assert result.stdout.splitlines()[0] == first
        assert "gradients agree with central differences" in result.stdout


def test_the_entries_of_a_folded_group_are_checked_by_name(network: str) -> None:
    lines = run("check", network, "--fold", "1", "--node", "layer1").stdout.splitlines()
    assert [line.split(" = ")[0] for line in lines[2:4]] == ["dL/dlayer1[0]", "dL/dlayer1[1]"]
    assert "✓ numerically the same in all 2 entries" in run("log", network, "--fold", "1").stdout


def test_pictures_are_folded(network: str, tmp_path: Path) -> None:
    files = [tmp_path / f"L{suffix}" for suffix in (".svg", ".gif", ".png", ".md", ".tex", ".txt", ".json")]
    result = run("render", network, "--fold", "all", *chain(*(("-o", str(file)) for file in files)))
    assert result.exit_code == 0, result.output
    assert all(file.stat().st_size for file in files)
    with Image.open(files[1]) as image:
        assert image.n_frames == 1 + 4  # type: ignore[attr-defined]
    stored = run("log", str(files[-1])).stdout
    assert stored.splitlines()[0] == "L = layer2(layer1(x[0], x[1]))"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--fold", "layer3"], "tracer: the trace has no group 'layer3'; did you mean layer2?"),
        (["--unfold", "nothing"], "tracer: the trace has no group 'nothing'; the groups are layer1, "),
        (["--fold", "7"], "tracer: the trace has no groups 7 deep; its groups are 1 to 2 deep"),
    ],
)
def test_groups_that_are_not_there_are_named(network: str, words: list[str], message: str) -> None:
    result = run("log", network, *words)
    assert result.exit_code == 1
    assert result.stderr.startswith(message)
    assert result.stdout == ""
