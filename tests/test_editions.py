"""Theme "both": which files it makes, and the HTML that shows the right one of them."""

from __future__ import annotations

import os
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.handmade import HOSTILE
from tracer import OutputError, Trace, parse, trace
from tracer.cli import main
from tracer.drawing.theme import DARK, LIGHT
from tracer.outputs.editions import Edition, editions, snippet
from tracer.outputs.options import Options
from tracer.outputs.saving import save


@pytest.fixture
def product() -> Trace:
    return trace(parse("a*b", a=2, b=3))


class Read(HTMLParser):
    """Tags and their attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_one_theme_is_one_file() -> None:
    assert editions("L.svg", {"theme": "dark", "loop": 2}) == (Edition("L.svg", Options(theme="dark", loop=2)),)
    assert editions("L.svg", {}) == (Edition("L.svg", Options()),)


@pytest.mark.parametrize(
    ("path", "light", "dark"),
    [
        ("L.svg", "L-light.svg", "L-dark.svg"),
        ("out/L.v2.GIF", "out/L.v2-light.GIF", "out/L.v2-dark.GIF"),
        ("a.b/L", "a.b/L-light", "a.b/L-dark"),
        ("frames/", "frames-light/", "frames-dark/"),
    ],
)
def test_both_is_two_files_beside_each_other(path: str, light: str, dark: str) -> None:
    path, light, dark = (name.replace("/", os.sep) for name in (path, light, dark))
    found = editions(path, {"theme": "both", "hold_ms": 500})
    assert found == (
        Edition(light, Options(theme="light", hold_ms=500)),
        Edition(dark, Options(theme="dark", hold_ms=500)),
    )


@pytest.mark.parametrize("name", ["L.json", "L.md", "L.TXT"])
def test_words_have_no_colours(name: str) -> None:
    assert [edition.path for edition in editions(name, {"theme": "both"})] == [name]
    assert [edition.path for edition in editions("L", {"theme": "both"}, name[1:].lower())] == ["L"]


def test_wrong_options_are_refused() -> None:
    with pytest.raises(OutputError, match="hold_ms is from 20"):
        editions("L.svg", {"theme": "both", "hold_ms": 1})


def test_both_files_are_written(product: Trace, tmp_path: Path) -> None:
    save(product, tmp_path / "L.svg", theme="both")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["L-dark.svg", "L-light.svg"]
    for name, theme in (("light", LIGHT), ("dark", DARK)):
        assert f'fill="{theme.background}"' in (tmp_path / f"L-{name}.svg").read_text()


def test_nothing_is_written_if_one_of_them_cannot_be(product: Trace, tmp_path: Path) -> None:
    (tmp_path / "L-dark.svg").mkdir()
    with pytest.raises(OutputError, match=r"L-dark\.svg: that is a directory"):
        save(product, tmp_path / "L.svg", theme="both")
    assert not (tmp_path / "L-light.svg").exists()


def test_the_page_chooses() -> None:
    assert snippet("out/L.svg", "what it shows") == (
        "<picture>\n"
        '  <source media="(prefers-color-scheme: dark)" srcset="out/L-dark.svg">\n'
        '  <img alt="what it shows" src="out/L-light.svg">\n'
        "</picture>"
    )
    assert snippet("L.mp4", "") == snippet("L.md", "") == snippet("frames/", "") == ""
    assert 'src="L-light"' in snippet("L", "", ".gif")


def test_a_file_can_have_any_name() -> None:
    assert 'src="a%20b%3F%23/%FF-light.svg"' in snippet(os.path.join("a b?#", os.fsdecode(b"\xff.svg")), "")


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_and_names_stay_what_they_are(words: str) -> None:
    name = "".join(letter for letter in words if letter.isprintable() and letter not in "/\\")
    read = Read(snippet(f"L{name}.svg", words))
    assert [tag for tag, _ in read.tags] == ["picture", "source", "img"]
    _, source, image = (attributes for _, attributes in read.tags)
    assert set(image) == {"alt", "src"}
    assert set(source) == {"media", "srcset"}
    assert (image["alt"] or "").split() == words.split()
    assert not set(image["src"] or "") & set(" \"'<>,")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["render", "a*b", "a=2", "b=3", *words])


def test_the_command_line_writes_both_and_prints_the_page(tmp_path: Path) -> None:
    files = [str(tmp_path / name) for name in ("L.svg", "L.md", "L.gif")]
    done = run("--theme", "both", *(word for file in files for word in ("-o", file)))
    assert done.exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "L-dark.gif", "L-dark.svg", "L-light.gif", "L-light.svg", "L.md",
    ]  # fmt: skip
    shown = [attributes["src"] for tag, attributes in Read(done.stdout).tags if tag == "img"]
    assert [os.path.basename(source or "") for source in shown] == ["L-light.svg", "L-light.gif"]
    assert done.stdout.count("Backpropagation through L = a × b, step by step. ") == 2
    assert done.stderr.count("wrote ") == 5


def test_the_command_line_prints_no_page_for_one_theme(tmp_path: Path) -> None:
    assert run("-o", str(tmp_path / "L.svg")).stdout == ""


def test_standard_output_has_room_for_one_picture(tmp_path: Path) -> None:
    done = run("--theme", "both", "-o", "-", "--format", "svg")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "theme both makes two files: name one instead of standard output" in done.stderr
    assert run("--theme", "both", "-o", "-", "--format", "txt").stdout.startswith("Backpropagation through L = a*b\n")
