"""The gallery shows what it says, and leaves out what cannot be made here."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tracer.drawing.theme import THEMES
from tracer.errors import MissingDependencyError
from tracer.outputs.registry import WRITERS
from tracer.tracing import Trace

ROOT = Path(__file__).parents[1]


@pytest.fixture
def gallery(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The example as a module."""
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    for name in ("gallery", "lecture", "neuron", "accumulation"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("gallery")


def test_it_has_the_four_examples_in_every_format(gallery: ModuleType) -> None:
    *examples, folded = gallery.subjects()
    assert [subject.name for subject in examples] == ["lecture", "neuron", "accumulation", "mlp"]
    assert all(subject.suffixes == tuple(WRITERS) for subject in examples)
    assert len(examples[-1].trace.graph) == 116
    assert len(folded.trace.graph) == 12


def test_its_page_shows_and_links_every_file(gallery: ModuleType, tmp_path: Path) -> None:
    lecture = gallery.subjects()[0]
    some = gallery.Subject("lecture", "<About>", lecture.trace, themes=True, suffixes=(".svg", ".md"))
    gallery.write_gallery(tmp_path, [some])
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    made = {file.name for file in tmp_path.iterdir()} - {"README.md"}
    others = {f"lecture-{theme}.svg" for theme in THEMES if theme != "light"}
    assert made == {"lecture.svg", "lecture.md"} | others
    assert set(re.findall(r"\]\(([^)]*)\)", page)) == made
    assert set(re.findall(r'src="([^"]*)"', page)) == {"lecture.svg"} | others
    assert "7 values, 7 gradient assignments in 4 steps" in page


def test_a_format_that_cannot_be_made_is_left_out_with_a_note(
    gallery: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save = Trace.save

    def without_video(trace: Trace, path: Path, **options: object) -> None:
        if path.suffix == ".mp4":
            raise MissingDependencyError("install tracer[video]")
        save(trace, path, **options)

    monkeypatch.setattr(Trace, "save", without_video)
    lecture = gallery.subjects()[0]
    gallery.write_gallery(tmp_path, [gallery.Subject("L", "L.", lecture.trace, suffixes=(".mp4", ".txt"))])
    assert capsys.readouterr().err == "L.mp4 is left out: install tracer[video]\n"
    assert {file.name for file in tmp_path.iterdir()} == {"L.txt", "README.md"}


def test_the_gallery_in_the_repository_is_whole_and_small() -> None:
    folder = ROOT / "output" / "gallery"
    page = (folder / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)]*)\)", page))
    assert linked == {file.name for file in folder.iterdir()} - {"README.md"}
    assert sum(file.stat().st_size for file in folder.rglob("*")) < 8_000_000
