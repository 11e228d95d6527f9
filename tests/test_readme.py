"""What README says works as it says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line.split("  #")[0].strip() for line in re.findall(r"^    (tracer .*)$", README, re.MULTILINE)]


def test_the_python_blocks_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) >= 3
    namespace: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), namespace)  # noqa: S102
    assert (tmp_path / "L.gif").exists()


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = command.split(" | ")[0]
    line, _, target = words.partition(" > ")
    result = subprocess.run(
        [sys.executable, "-m", "tracer", *shlex.split(line)[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONUTF8": "1", "PATH": "", "TMPDIR": str(folder), "BROWSER": f"{sys.executable} -c pass %s"},
        check=False,
    )
    if target:
        (folder / target.strip()).write_text(result.stdout, encoding="utf-8")
    return result


def test_the_commands_run_one_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    assert len(COMMANDS) >= 8
    for command in COMMANDS:
        result = run(command, tmp_path)
        assert result.returncode == 0, (command, result.stderr)
    assert (tmp_path / "L.gif").exists()


def test_the_log_that_is_shown_is_the_log_that_is_printed(tmp_path: Path) -> None:
    command, shown = re.search(r"^    \$ (tracer [^\n]*)\n((?:    [^\n]+\n)+)", README, re.MULTILINE).groups()  # type: ignore[union-attr]
    printed = [line for line in run(command, tmp_path).stdout.splitlines() if line.startswith("d")]
    assert printed == [line.strip() for line in shown.splitlines()]


def test_files_that_are_linked_to_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
