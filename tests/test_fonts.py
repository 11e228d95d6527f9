"""Text without system fonts: widths, outlines, characters that no font has, and the glyph cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from tests.handmade import HOSTILE
from tracer.drawing.fonts import measure, outline, placed, shown
from tracer.drawing.glyphs import INTER, JETBRAINS_MONO, UNITS, Glyph

ANY_TEXT = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=40)

# In a process of its own: what text costs and gives there, and whether the font files were read.
PROBE = """
import json, sys
from tracer.drawing.fonts import measure, outline
texts = ["dL/da = 7.0 × −4.0", "x1", "ŷ"]
widths = [measure(text, 13, bold) for text in texts for bold in (False, True)]
print(json.dumps([widths, [outline(text) for text in texts], "fontTools" in sys.modules]))
"""


@pytest.mark.parametrize(("bold", "weight"), [(False, 400), (True, 700)])
def test_widths_are_those_of_the_font(bold: bool, weight: int) -> None:
    font = ImageFont.truetype(str(INTER), UNITS, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([14, weight])
    for character in "abcxyzABCXYZ.,:;()[]+-*/=×·−∂Σσ√→≈…Δθα":
        assert measure(character, UNITS, bold) == pytest.approx(font.getlength(character), abs=1)


def test_what_inter_lacks_comes_from_jetbrains_mono() -> None:
    font = ImageFont.truetype(str(JETBRAINS_MONO), 1000, layout_engine=ImageFont.Layout.BASIC)
    assert measure("∈", 1000) == pytest.approx(font.getlength("∈"), abs=1)


def test_digits_of_numbers_are_all_of_one_width() -> None:
    assert len({measure(f"{digit}.{digit}", 13) for digit in range(10)}) == 1
    assert measure("1.111e-1", 13) == measure("8.888e-8", 13)


def test_digits_of_names_are_set_like_letters() -> None:
    assert measure("x1", 13) < measure("x", 13) + measure("1", 13)
    assert measure("w11", 13) - measure("w1", 13) == measure("x1", 13) - measure("x", 13)


def test_bold_is_wider_and_width_grows_with_size() -> None:
    assert measure("gradient", 13, bold=True) > measure("gradient", 13)
    assert measure("gradient", 26) == 2 * measure("gradient", 13)


def test_a_text_without_characters_has_no_width() -> None:
    assert measure("", 13) == 0
    assert outline("") == ""


@given(ANY_TEXT.filter(bool), st.booleans())
def test_no_text_vanishes(text: str, bold: bool) -> None:
    assert measure(text, 12, bold) > 0
    assert outline(text, bold) or all(unicodedata.category(character) == "Zs" for character in text)


@given(ANY_TEXT, st.booleans())
def test_a_text_is_as_wide_as_the_glyphs_that_are_drawn(text: str, bold: bool) -> None:
    glyphs = list(placed(text, bold))
    width = sum(glyph.advance for _, glyph in glyphs)
    assert measure(text, UNITS, bold) == width
    assert all(0 <= origin <= width for origin, glyph in glyphs if glyph.advance)


@given(ANY_TEXT)
def test_outlines_are_path_data_and_nothing_else(text: str) -> None:
    assert set(outline(text)) <= set("MlqcCz0123456789- ")


def test_outlines_stay_where_the_glyphs_are() -> None:
    """Follow the pen through all relative commands: they end where they began and reach the glyph's bounds."""
    for _, glyph in placed("dL/da += 7.0 × −4.0 ŷ漢"):
        points = [point for contour in glyph.contours for point in points_of(contour)]
        if points:
            assert min(x for x, _ in points) == glyph.left
            assert max(y for _, y in points) == glyph.top


def points_of(contour: tuple[int, int, str]) -> list[tuple[int, int]]:
    x, y, commands = contour
    points = [(x, y)]
    for piece in commands.rstrip("z").replace("-", " -").replace("q", "|").replace("l", "|").split("|")[1:]:
        numbers = [int(number) for number in piece.split()]
        points += [(x + dx, y + dy) for dx, dy in zip(numbers[::2], numbers[1::2], strict=True)]
        x, y = points[-1]
    return points


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\nb", r"a\nb"),
        ("\t", r"\t"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\u202eabc", r"\u202eabc"),
        ("\ud800", r"\ud800"),
        ("\uffff", r"\uffff"),
        ("\U0010ffff", r"\U0010ffff"),
    ],
)
def test_what_has_no_shape_is_spelt(text: str, seen: str) -> None:
    assert shown(text) == seen
    assert measure(text, 13) == measure(seen, 13)


@given(ANY_TEXT)
def test_a_shown_text_stays_as_it_is(text: str) -> None:
    assert shown(shown(text)) == shown(text)


def test_characters_that_no_font_has_are_boxes_with_their_number() -> None:
    one, other, high = (outline(character) for character in "漢字😀")
    assert len({one, other, high}) == 3
    assert measure("漢", 12) == measure("😀", 12) == 12


def test_marks_stand_on_the_character_before_them() -> None:
    assert measure("x\u0302", 13) == measure("x", 13)
    (_, letter), (origin, mark) = placed("x\u0302")
    middle = origin + (mark.left + mark.right) / 2
    assert middle == pytest.approx(letter.advance / 2, abs=1)
    assert outline("y\u0302") == outline("ŷ")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_has_a_width_and_an_outline(text: str) -> None:
    assert measure(text, 13) >= 0
    assert isinstance(outline(text, bold=True), str)


def test_a_long_text_is_no_problem() -> None:
    assert measure("x" * 10_000, 13) == pytest.approx(10_000 * measure("x", 13))


def probe(cache: Path | str, **environment: str) -> tuple[list[float], list[str], bool]:
    """Run `PROBE` with that cache directory."""
    found = subprocess.run(
        [sys.executable, "-c", PROBE],
        capture_output=True,
        text=True,
        check=True,
        env={"XDG_CACHE_HOME": str(cache), "PYTHONPATH": os.pathsep.join(sys.path), **environment},
    )
    assert not found.stderr
    widths, outlines, read = json.loads(found.stdout)
    return widths, outlines, read


needs_xdg = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the cache is elsewhere")


@needs_xdg
def test_glyphs_are_read_once_and_then_come_from_the_cache(tmp_path: Path) -> None:
    *first, read_first = probe(tmp_path)
    (kept,) = tmp_path.rglob("glyphs.json")
    content = kept.read_bytes()
    *second, read_second = probe(tmp_path)
    assert (read_first, read_second) == (True, False)
    assert first == second
    assert kept.read_bytes() == content


@needs_xdg
@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"fonts": 1, "glyphs": {}}', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    *whole, _ = probe(tmp_path)
    (kept,) = tmp_path.rglob("glyphs.json")
    content = kept.read_bytes()
    kept.write_bytes(damage)
    *repaired, read = probe(tmp_path)
    assert read
    assert repaired == whole
    assert kept.read_bytes() == content


@needs_xdg
def test_glyphs_of_other_fonts_are_not_used(tmp_path: Path) -> None:
    *whole, _ = probe(tmp_path)
    (kept,) = tmp_path.rglob("glyphs.json")
    content = json.loads(kept.read_text())
    content["fonts"][1][2] -= 1
    content["glyphs"] = {name: Glyph(1, 0, 0, 1, 1, ()) for name in content["glyphs"]}
    kept.write_text(json.dumps(content))
    assert probe(tmp_path)[:2] == tuple(whole)


@needs_xdg
def test_nothing_but_outlines_is_taken_from_the_cache(tmp_path: Path) -> None:
    *whole, _ = probe(tmp_path)
    (kept,) = tmp_path.rglob("glyphs.json")
    kept.write_text(kept.read_text().replace("z", '\\"/><script/>'))
    assert probe(tmp_path)[:2] == tuple(whole)


@needs_xdg
def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    assert probe(occupied)[:2] == probe(tmp_path / "new")[:2]
    assert occupied.read_text() == ""
