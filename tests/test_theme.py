"""Themes: what is seen can be seen well, is never told by hue alone, and can be changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from math import nan
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer import OutputError, Trace, Value, parse, recording, trace
from tracer.drawing.cards import LOOKS, Face, State
from tracer.drawing.layout import Box, Disc
from tracer.drawing.moments import moments
from tracer.drawing.scene import scenes
from tracer.drawing.shapes import Circle, Curve, Point, Rect, Scene, Shape, Text
from tracer.drawing.stage import Stage
from tracer.drawing.styles import STYLES, CardStyle, weighted
from tracer.drawing.theme import LIGHT, THEMES, Theme
from tracer.outputs.options import Options

# At least so much contrast, by WCAG 2: of text with what it stands on, and of outlines with what is beside them.
TEXT, OUTLINE, STRONG_TEXT = 4.5, 3.0, 7.0


class Pair(NamedTuple):
    """Roles of two colours that meet in a picture."""

    kind: str
    colour: str
    ground: str


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = (linear(part / 255) for part in bytes.fromhex(colour.removeprefix("#")))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def pairs(scene: Scene) -> Iterator[Pair]:
    """All colours that meet in an image: of text and its ground, and of outlines with what is outside and inside."""
    below: list[Shape] = []
    for part in scene.parts:
        for shape in part.shapes:
            match shape:
                case Text() if shape.text.strip():
                    middle = shape.left + shape.width / 2, shape.y - shape.size * 0.36
                    yield Pair("text", shape.fill, ground(below, middle))
                case Curve():
                    yield Pair("outline", shape.stroke, ground(below, shape.points[len(shape.points) // 2]))
                case Rect() | Circle() if shape.stroke_width:
                    corner = (shape.x, shape.y) if isinstance(shape, Rect) else (shape.x - shape.radius, shape.y)
                    yield Pair("outline", shape.stroke, ground(below, (corner[0] - 2, corner[1] - 2)))
                    if shape.fill != shape.stroke:
                        yield Pair("outline", shape.stroke, shape.fill)
            below.append(shape)


def ground(below: list[Shape], point: Point) -> str:
    """The role of the colour at a point: that of the topmost shape that covers it."""
    for shape in reversed(below):
        if isinstance(shape, Rect | Circle) and covers(shape, point):
            return shape.fill
    return "background"


def covers(shape: Rect | Circle, point: Point) -> bool:
    if isinstance(shape, Circle):
        return (point[0] - shape.x) ** 2 + (point[1] - shape.y) ** 2 <= shape.radius**2
    return 0 <= point[0] - shape.x <= shape.width and 0 <= point[1] - shape.y <= shape.height


def mistaken() -> Trace:
    """A manual backward pass with a wrong gradient, an early one, and right ones."""
    a, b = Value(3.0, label="a"), Value(4.0, label="b")
    p, s = a * b, a + b
    output = p * s
    with recording(output) as t:
        output.grad = 1.0
        p.grad = 7.0
        a.grad = 5.0
        s.grad = 12.0
        b.grad = 33.0
    return t


def many() -> Trace:
    """More frames than there is room for a mark each, with literals, reuse and words in circles."""
    a, b = Value(0.5, label="a"), Value(-1.5, label="b")
    total = a * 2 + b
    for _ in range(5):
        total = (total * a).tanh() + b
    return trace(total)


@cache
def images(theme: str) -> list[Scene]:
    """Images of several traces in a theme, in which everything occurs that pictures can show."""
    traces = [trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2)), mistaken(), many()]
    found: list[Scene] = []
    for t in traces:
        for by in ("assignment", "step"):
            shown = moments(t, by, forward=True)
            found += scenes(Stage(t, shown, theme=THEMES[theme]))
    return found


@cache
def all_pairs(theme: str) -> frozenset[Pair]:
    return frozenset(pair for scene in images(theme) for pair in pairs(scene))


def too_weak(theme: Theme, found: frozenset[Pair], text: float, outline: float) -> list[str]:
    ratios = {pair: contrast(theme[pair.colour], theme[pair.ground]) for pair in found}
    least = {"text": text, "outline": outline}
    return [f"{pair}: {ratio:.2f}" for pair, ratio in ratios.items() if ratio < least[pair.kind]]


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffffff", "#ff0000") == pytest.approx(4.0, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_the_images_show_every_role_and_every_state(theme: str) -> None:
    found = all_pairs(theme)
    assert {"text", "outline"} == {pair.kind for pair in found}
    drawn = {role for pair in found for role in pair[1:]}
    assert drawn == set(LIGHT.colours())
    looks = {(look.fill, look.outline) for look in LOOKS.values()}
    assert looks <= {(shape.fill, shape.stroke) for shape in framed(images(theme))}


def framed(found: list[Scene]) -> list[Rect]:
    shapes = [shape for scene in found for part in scene.parts for shape in part.shapes]
    return [shape for shape in shapes if isinstance(shape, Rect)]


@pytest.mark.parametrize("theme", THEMES)
def test_text_and_outlines_stand_out_from_what_is_behind_them(theme: str) -> None:
    text = STRONG_TEXT if theme == "contrast" else TEXT
    assert not too_weak(THEMES[theme], all_pairs(theme), text, OUTLINE)


@pytest.mark.parametrize("change", [{"muted": "#8a8a8a"}, {"outline": "#b0b0b0"}, {"active": "#804000"}])
def test_a_theme_that_cannot_be_read_is_noticed(change: dict[str, str]) -> None:
    assert too_weak(replace(LIGHT, **change), all_pairs("light"), TEXT, OUTLINE)  # type: ignore[arg-type]


def test_states_are_told_apart_without_any_colour() -> None:
    for one, other in combinations(LOOKS.values(), 2):
        assert (one.weight, one.bold, one.data != "ink") != (other.weight, other.bold, other.data != "ink")


@pytest.mark.parametrize("style", STYLES.values(), ids=list(STYLES))
def test_what_is_lit_is_told_apart_without_any_colour(style: CardStyle) -> None:
    line = ((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0))
    dull = (*style.edge(line, lit=False), style.op_circle(Disc(0, 0, 9), "+", lit=False)[0])
    lit = (*style.edge(line, lit=True), style.op_circle(Disc(0, 0, 9), "+", lit=True)[0])
    for one, other in zip(dull, lit, strict=True):
        assert not isinstance(one, Text)
        assert not isinstance(other, Text)
        assert other.stroke_width > 1.5 * one.stroke_width


LABELS = st.text(max_size=12) | st.sampled_from(["a", "x1", "a very long label", "漢字", "m" * 20])
FIGURES = st.sampled_from(["0.0000", "−3.0000", "−1.000e−12", "nan", "123456.7890"])


@pytest.mark.parametrize("style", STYLES.values(), ids=list(STYLES))
@given(label=LABELS, data=FIGURES, gradient=FIGURES | st.none(), state=st.sampled_from(sorted(LOOKS)))
def test_a_card_holds_its_words_and_none_runs_into_another(
    style: CardStyle, label: str, data: str, gradient: str | None, state: State
) -> None:
    narrowest = style.figures_width([data, gradient or ""])
    size = style.literal_size(label) if gradient is None else style.card_size(label, narrowest)
    frame, *rest = style.card(Box(10, 20, *size), Face(label, data, gradient), state)
    assert isinstance(frame, Rect)
    assert (frame.x, frame.y, frame.width, frame.height) == (10, 20, *size)
    words = [shape for shape in rest if isinstance(shape, Text)]
    assert [text.text for text in words] == ([label] if gradient is None else [label, "data", data, "grad", gradient])
    for text in words:
        assert frame.x < text.left
        assert text.left + text.width < frame.x + frame.width
        assert frame.y < text.y - text.size * 0.8 < text.y + text.size * 0.2 < frame.y + frame.height
    for one, other in combinations(words, 2):
        apart = abs(one.y - other.y) >= 0.9 * max(one.size, other.size)
        assert apart or one.left + one.width < other.left or other.left + other.width < one.left
    for rule in (shape for shape in rest if isinstance(shape, Curve)):
        (left, top), (right, bottom) = rule.points[0], rule.points[-1]
        assert (left, top, bottom) == (right, frame.y, frame.y + frame.height)
        assert not any(text.left < left < text.left + text.width for text in words)


def test_the_classic_theme_draws_records_in_a_row_and_arrows() -> None:
    stage = Stage(trace(parse("a*b", a=2, b=-3)), theme=THEMES["classic"])
    parts = {part.key: part.shapes for part in next(iter(scenes(stage))).parts}
    frame, *rest = parts["card:0"]
    assert isinstance(frame, Rect)
    assert frame.width > 5 * frame.height
    assert not frame.radius
    assert len([shape for shape in rest if isinstance(shape, Curve)]) == 2
    assert [shape.text for shape in rest if isinstance(shape, Text)] == ["a", "data", "2.0000", "grad", "0.0000"]
    line, head = parts["edge:in:2:0"]
    assert isinstance(line, Curve)
    assert isinstance(head, Curve)
    assert head.points[3] == line.points[-1]


@pytest.mark.parametrize("end", [(20.0, 0.0), (0.0, 20.0), (-14.0, 14.0)])
def test_an_arrowhead_points_to_where_the_line_ends(end: Point) -> None:
    _, head = STYLES["records"].edge(((0, 0), (0, 0), end, end), lit=False)
    assert isinstance(head, Curve)
    one, other = head.points[0], head.points[-1]
    assert head.points[3] == end
    for barb in (one, other):
        assert abs(barb[0]) + abs(barb[1]) < abs(end[0]) + abs(end[1])
    middle = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
    assert middle[0] * end[1] == pytest.approx(middle[1] * end[0])  # on the line


def test_the_weight_of_a_theme_is_that_of_all_lines_and_of_no_text() -> None:
    t = trace(parse("a*b", a=2, b=-3))
    plain = list(scenes(Stage(t)))[-1]
    heavy = list(scenes(Stage(t, theme=Theme(weight=1.5))))[-1]
    for one, other in zip(plain.parts, heavy.parts, strict=True):
        assert other.shapes == weighted(one.shapes, 1.5)
    widths = {shape.stroke_width for part in heavy.parts for shape in part.shapes if not isinstance(shape, Text)}
    assert min(widths) >= 1.5


def test_what_a_theme_leaves_out_is_as_in_the_light_one() -> None:
    assert Theme() == LIGHT
    assert Theme(accent="#0b57d0").colours() == LIGHT.colours() | {"accent": "#0b57d0"}
    assert set(THEMES) == {"light", "dark", "classic", "contrast"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ink": "black"}, "spelt \"#rrggbb\", so ink cannot be 'black'"),
        ({"ink": "#fff"}, "ink cannot be '#fff'"),
        ({"ink": "#ffffff;}"}, "ink cannot be '#ffffff;}'"),
        ({"card": None}, "card cannot be None"),
        ({"style": "pretty"}, "style of a theme is one of cards, records, not 'pretty'"),
        ({"weight": 2}, "weight of a theme is from 0.5 to 1.5, not 2"),
        ({"weight": nan}, "not nan"),
        ({"weight": "1"}, "not '1'"),
    ],
)
def test_a_theme_that_makes_no_sense_is_refused_in_words(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(OutputError, match=re.escape(said)):
        Theme(**wrong)


def test_colours_of_ones_own_reach_the_picture(tmp_path: Path) -> None:
    t = trace(parse("a*b", a=2, b=-3))
    own = Theme(accent="#123456", style="records")
    t.save(tmp_path / "L.svg", theme=own)
    assert "#123456" in (tmp_path / "L.svg").read_text()
    assert LIGHT.accent not in (tmp_path / "L.svg").read_text()
    assert Options(theme=own).theme == own
    with pytest.raises(OutputError, match="theme is one of light, dark"):
        Options(theme="pink")
    with pytest.raises(OutputError, match="notation is one of"):
        Options(notation=own)  # type: ignore[arg-type]
