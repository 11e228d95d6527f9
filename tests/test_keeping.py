"""What is kept between runs: it is found again, it changes nothing, and it does no harm where it is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tracer.drawing import graphviz_answers, graphviz_engine, keeping
from tracer.drawing.graphviz_engine import run_graphviz
from tracer.errors import LayoutError
from tracer.outputs import sheets, spritecache
from tracer.outputs.spritecache import SpriteCache

SMALL = "digraph { a -> b }"
SHEET = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache directory of the test's own, which does not exist yet."""
    folder = tmp_path / "home" / "backprop-tracer"
    monkeypatch.setattr(keeping, "user_cache_path", lambda *_, **__: folder)
    return folder


def test_what_was_kept_is_found(folder: Path) -> None:
    assert keeping.kept("x.bin") is None
    for content in (b"one", b"two"):
        keeping.keep("x.bin", content)
        assert keeping.kept("x.bin") == content
    assert [file.name for file in folder.iterdir()] == ["x.bin"]


def test_without_a_home_directory_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "user_cache_path", lambda *_, **__: Path("~/.cache"))
    monkeypatch.chdir(tmp_path)
    keeping.keep("x.bin", b"one")
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_nothing_is_said(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder.parent.write_text("a file in the way")
    keeping.keep("x.bin", b"one")
    assert keeping.kept("x.bin") is None
    assert capfd.readouterr() == ("", "")


def test_a_full_disk_leaves_no_litter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", fail)
    keeping.keep("x.bin", b"one")
    assert list(folder.iterdir()) == []


# Layouts


@pytest.fixture
def runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What Graphviz is really asked."""
    asked: list[bytes] = []
    real = graphviz_engine._in_process()

    def run(dot: bytes, format: str, engine: str, timeout_s: float) -> bytes:
        asked.append(dot)
        return real(dot, format, engine, timeout_s)

    monkeypatch.setattr(graphviz_engine, "_in_process", lambda: run)
    return asked


def test_a_layout_is_made_once(runs: list[bytes]) -> None:
    first = run_graphviz(SMALL)
    assert run_graphviz(SMALL) == first
    assert len(runs) == 1


def test_other_questions_have_other_answers(runs: list[bytes]) -> None:
    answers = {run_graphviz(SMALL), run_graphviz(SMALL + " "), run_graphviz(SMALL, engine="circo")}
    run_graphviz("digraph { a -> c }")
    assert len(runs) == 4
    assert len(answers) == 2  # a space more changes nothing in the answer


def test_another_graphviz_is_asked_again(runs: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    run_graphviz(SMALL)
    monkeypatch.setattr(graphviz_answers, "_FORMAT", graphviz_answers._FORMAT + 1)
    run_graphviz(SMALL)
    assert len(runs) == 2


def test_questions_of_one_name_are_told_apart(folder: Path, runs: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphviz_answers, "_name", lambda _: "layout-same.bin")
    one, other = run_graphviz(SMALL), run_graphviz("digraph { a -> b -> c }")
    assert one != other
    assert run_graphviz(SMALL) == one
    assert len(runs) == 3


@pytest.mark.parametrize("keep", [0, 3, 8, 40, -1])
def test_half_a_file_is_no_answer(keep: int, folder: Path, runs: list[bytes]) -> None:
    first = run_graphviz(SMALL)
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:keep])
    assert run_graphviz(SMALL) == first
    assert len(runs) == 2
    assert run_graphviz(SMALL) == first
    assert len(runs) == 2


def test_one_wrong_byte_is_noticed(folder: Path, runs: list[bytes]) -> None:
    first = run_graphviz(SMALL)
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    content[-20] ^= 1
    file.write_bytes(content)
    assert run_graphviz(SMALL) == first
    assert len(runs) == 2


def test_what_went_wrong_is_not_kept(folder: Path, runs: list[bytes]) -> None:
    for _ in range(2):
        with pytest.raises(LayoutError, match="refused"):
            run_graphviz("digraph {")
    assert len(runs) == 2
    assert not folder.exists()


def test_only_the_last_layouts_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphviz_answers, "_MOST_FILES", 3)
    for number in range(6):
        graphviz_answers.learn(b"%d" % number, b"answer")
        (folder / graphviz_answers._name(graphviz_answers._whole(b"%d" % number))).touch()
        os.utime(folder / graphviz_answers._name(graphviz_answers._whole(b"%d" % number)), (number, number))
    graphviz_answers.learn(b"last", b"answer")
    assert len(list(folder.iterdir())) == 3
    assert graphviz_answers.known(b"last") == b"answer"
    assert graphviz_answers.known(b"0") is None


def test_large_layouts_are_not_kept(folder: Path) -> None:
    graphviz_answers.learn(b"question", bytes(graphviz_answers._MOST_BYTES))
    assert not folder.exists()


# Sprites


def saved(*contents: str) -> None:
    cache = SpriteCache()
    for content in contents:
        assert cache.get(content, 3, 2, 1.0) is None
        cache.keep(content, 1.0, SHEET)
    cache._save()


def found(content: str, width: int = 3, height: int = 2, scale: float = 1.0) -> bool:
    sheet = SpriteCache().get(content, width, height, scale)
    assert sheet is None or (sheet == SHEET).all()
    return sheet is not None


def test_sheets_are_found_in_another_process(folder: Path) -> None:
    saved("<a/>", "<b/>")
    assert found("<a/>")
    assert found("<b/>")
    assert not found("<c/>")
    assert not found("<a/>", 2, 3)
    assert not found("<a/>", scale=2.0)


def test_what_another_process_has_rendered_is_not_rendered_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = []
    for _ in range(2):
        monkeypatch.setattr(sheets, "_KEPT", SpriteCache())
        rendered.append(sheets.rendered('<circle cx="1.4" cy="1" r="1" fill="#b8410a"/>', 3, 2, 1.0))
        sheets._KEPT._save()
        monkeypatch.setattr(sheets, "svg_to_bytes", None)
    assert (rendered[0] == rendered[1]).all()


def test_sheets_of_another_renderer_are_not_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved("<a/>")
    monkeypatch.setattr(spritecache.resvg_py, "__version__", "another")
    assert not found("<a/>")


def test_no_damage_to_the_file_does_harm(folder: Path) -> None:
    saved("<a/>", "<b/>")
    file = folder / "sprites.bin"
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        found("<a/>")
        assert not found("<b/>")
    for place in range(len(whole)):
        for bits in (1, 0xFF):
            damaged = bytearray(whole)
            damaged[place] ^= bits
            file.write_bytes(damaged)
            found("<a/>")
            found("<b/>")


def test_the_file_does_not_grow_without_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spritecache, "_MOST_BYTES", 1000)
    saved(*(f"<old{number}/>" for number in range(40)))
    size = (folder / "sprites.bin").stat().st_size
    assert 500 < size < 2000
    assert found("<old0/>")
    cache = SpriteCache()
    assert cache.get("<old3/>", 3, 2, 1.0) is not None
    assert cache.get("<new/>", 3, 2, 1.0) is None
    cache.keep("<new/>", 1.0, SHEET)
    cache._save()
    assert found("<old3/>")
    assert found("<new/>")
    assert not found("<old0/>")
    assert (folder / "sprites.bin").stat().st_size < size
