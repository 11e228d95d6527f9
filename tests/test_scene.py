"""Scenes: what each image shows, that nothing moves, and that everything fits."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer import OutputError, Value, parse, recording, trace
from tracer.drawing.captions import reason_lines
from tracer.drawing.fonts import measure
from tracer.drawing.measures import COLUMN, LEGIBLE, SMALL, WIDEST
from tracer.drawing.moments import moments
from tracer.drawing.places import Direction
from tracer.drawing.scene import scenes
from tracer.drawing.shapes import Circle, Curve, Part, Rect, Scene, Text
from tracer.drawing.stage import Stage
from tracer.graph import Graph, Node
from tracer.sources.values import Snapshot
from tracer.tracing import Trace

LECTURE = ("e = a*b; d = e + c; L = d*f", {"a": 2, "b": -3, "c": 10, "f": -2})
TWICE = ("p = a*b; s = a + b; L = p*s", {"a": 3, "b": 4})
NEURON = ("o = tanh(w1*x1 + w2*x2 + b)", {"x1": 2, "x2": 0, "w1": -3, "w2": 1, "b": 6.88})
CORNERS = ("L = x*x*1e12 + max(y, 3)**2 + exp(-z)/7", {"x": 1e-9, "y": -0.0, "z": 1e-12})


def traced(source: tuple[str, dict[str, float]]) -> Trace:
    text, inputs = source
    return Trace(Snapshot(parse(text, **inputs)).graph)


def parts(scene: Scene, kind: str) -> dict[str, Part]:
    return {part.key: part for part in scene.parts if part.key.partition(":")[0] == kind}


def texts(part: Part) -> list[Text]:
    return [shape for shape in part.shapes if isinstance(shape, Text)]


def words(part: Part) -> str:
    return "".join(text.text for text in texts(part))


def card_of(scene: Scene, label: str) -> Part:
    (found,) = [part for part in parts(scene, "card").values() if texts(part)[0].text == label]
    return found


def outline(part: Part) -> Rect:
    (frame,) = [shape for shape in part.shapes if isinstance(shape, Rect)]
    return frame


def test_the_first_image_shows_the_forward_pass_and_no_gradient() -> None:
    first = next(scenes(Stage(traced(LECTURE))))
    for part in parts(first, "card").values():
        assert texts(part)[-1].text == "0.0000"
        assert outline(part).stroke == "outline"
    assert not parts(first, "chip")
    assert words(parts(first, "formula")["formula"]) == "L = −8.0"


def test_there_is_one_image_a_frame_with_its_card_its_path_and_its_product() -> None:
    t = traced(LECTURE)
    images = list(scenes(Stage(t)))
    assert len(images) == len(t.frames) + 1 == 8
    for frame, image in zip(t.frames, images[1:], strict=True):
        (lit,) = [part for part in parts(image, "card").values() if outline(part).stroke == "accent"]
        assert texts(lit)[0].text == frame.label
        assert texts(lit)[-1].bold
        lit_edges = {key for key, part in parts(image, "edge").items() if part.shapes[0].stroke == "accent"}
        assert len(lit_edges) == len(parts(image, "chip")) == (0 if frame.op is None else 2)
    assert words(parts(images[6], "formula")["formula"]) == "dL/da = dL/de · de/da = −2.0 × −3.0 = 6.0"
    assert words(parts(images[6], "reason")["reason"]) == (
        "step 4 of 4  ·  e = a × b, so de/da is the other factor: b = −3.0"
    )
    chips = {words(part) for part in parts(images[6], "chip").values()}
    assert chips == {"−2.0", "× −3.0"}


def test_an_accumulation_shows_the_sum() -> None:
    image = list(scenes(Stage(traced(TWICE))))[6]
    assert (
        words(parts(image, "formula")["formula"]) == "dL/da += dL/dp · dp/da = 7.0 × 4.0 = 28.0    12.0 + 28.0 = 40.0"
    )
    assert "a feeds both p and s: its two contributions add up" in words(parts(image, "reason")["reason"])
    assert texts(card_of(image, "a"))[-1].text == "40.0000"


@pytest.mark.parametrize("source", [LECTURE, TWICE, NEURON, CORNERS])
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_nothing_moves_and_nothing_is_cut(source: tuple[str, dict[str, float]], direction: str) -> None:
    images = list(scenes(Stage(traced(source), direction=direction)))  # type: ignore[arg-type]
    assert len({(image.width, image.height) for image in images}) == 1
    for before, after in pairwise(images):
        for key, part in parts(before, "card").items():
            one, other = outline(part), outline(parts(after, "card")[key])
            assert (one.x, one.y, one.width, one.height) == (other.x, other.y, other.width, other.height)
        for kind in ("edge", "op"):
            assert parts(before, kind).keys() == parts(after, kind).keys()
    for image in images:
        for part in image.parts:
            assert all(inside(image, shape) for shape in part.shapes), part
        for part in parts(image, "card").values():
            box = outline(part)
            assert all(box.x <= text.left and text.left + text.width <= box.x + box.width for text in texts(part))


def inside(image: Scene, shape: Rect | Circle | Curve | Text) -> bool:
    match shape:
        case Rect():
            corners = [(shape.x, shape.y), (shape.x + shape.width, shape.y + shape.height)]
        case Circle():
            corners = [
                (shape.x - shape.radius, shape.y - shape.radius),
                (shape.x + shape.radius, shape.y + shape.radius),
            ]
        case Curve():
            corners = list(shape.points)
        case Text():
            corners = [(shape.left, shape.y - shape.size), (shape.left + shape.width, shape.y)]
    return all(0 <= x <= image.width and 0 <= y <= image.height for x, y in corners)


@pytest.mark.parametrize("source", [LECTURE, TWICE, NEURON, CORNERS])
def test_chips_cover_no_card_no_op_and_no_other_chip(source: tuple[str, dict[str, float]]) -> None:
    for image in scenes(Stage(traced(source))):
        chips = [outline(part) for part in parts(image, "chip").values()]
        discs = [part.shapes[0] for part in parts(image, "op").values()]
        boxes = [outline(part) for part in parts(image, "card").values()]
        boxes += [
            Rect(d.x - d.radius * 0.7, d.y - d.radius * 0.7, d.radius * 1.4, d.radius * 1.4, 0, "", "", 0)
            for d in discs
            if isinstance(d, Circle)
        ]
        for number, chip in enumerate(chips):
            assert not any(overlap(chip, box) for box in boxes)
            assert not any(overlap(chip, other) for other in chips[number + 1 :])


def overlap(one: Rect, other: Rect) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@pytest.mark.parametrize("source", [LECTURE, TWICE, NEURON])
def test_the_smallest_text_is_legible_in_a_blog_column(source: tuple[str, dict[str, float]]) -> None:
    for image in scenes(Stage(traced(source))):
        smallest = min(text.size for part in image.parts for text in texts(part))
        assert smallest * min(COLUMN / image.width, 1) >= LEGIBLE


def test_a_graph_too_wide_for_a_column_flows_down() -> None:
    assert Stage(traced(LECTURE)).layout == Stage(traced(LECTURE), direction="LR").layout
    neuron = traced(NEURON)
    assert Stage(neuron, direction="LR").width > WIDEST
    assert Stage(neuron).layout == Stage(neuron, direction="TB").layout


def test_dots_tell_past_present_and_future_apart_by_more_than_hue() -> None:
    image = list(scenes(Stage(traced(LECTURE))))[3]
    dots = [shape for shape in parts(image, "progress")["progress"].shapes if isinstance(shape, Circle)]
    assert [dot.fill for dot in dots] == ["done_outline"] * 2 + ["accent"] + ["background"] * 4
    assert dots[2].radius > dots[0].radius


def test_many_frames_are_counted() -> None:
    source = " + ".join(f"a*{number}" for number in range(2, 30))
    images = list(scenes(Stage(traced((source, {"a": 1.0})))))
    said = [words(parts(image, "progress")["progress"]) for image in images]
    assert said[0] == f"0 of {len(images) - 1}"
    assert len(set(said)) == len(images)


def test_two_neighbouring_images_always_differ() -> None:
    zeros = traced(("L = a*b*c", {"a": 0, "b": 0, "c": 0}))
    for before, after in pairwise(scenes(Stage(zeros))):
        assert before.parts != after.parts


def test_by_step_there_is_one_image_a_step_with_all_its_products() -> None:
    t = traced(LECTURE)
    images = list(scenes(Stage(t, moments(t, "step"))))
    assert len(images) == 5
    lit = [part for part in parts(images[2], "card").values() if outline(part).stroke == "accent"]
    assert {texts(part)[0].text for part in lit} == {"d", "f"}
    formula = parts(images[2], "formula")["formula"]
    assert len({text.y for text in texts(formula)}) == 2


def test_the_forward_pass_can_be_shown_first() -> None:
    t = traced(LECTURE)
    images = list(scenes(Stage(t, moments(t, forward=True))))
    assert len(images) == 3 + 8
    assert words(parts(images[1], "formula")["formula"]) == "d = e + c = −6.0 + 10.0 = 4.0"
    assert [text.text for text in texts(card_of(images[0], "L"))] == ["L", "data", "", "grad", "0.0000"]
    assert outline(card_of(images[0], "e")).stroke == "accent"


@pytest.mark.parametrize(
    ("frames", "expected"), [("0", [0]), ("2-3", [2, 3]), ("6-", [6, 7]), ("3, 1 ,3", [1, 3]), ("0-7", list(range(8)))]
)
def test_images_can_be_chosen(frames: str, expected: list[int]) -> None:
    t = traced(LECTURE)
    everything = moments(t)
    assert moments(t, frames=frames) == tuple(everything[number] for number in expected)


@pytest.mark.parametrize("frames", ["8", "3-2", "a", "-", "1,,2", "1-9", "٣"])
def test_images_that_are_not_there_are_refused(frames: str) -> None:
    with pytest.raises(OutputError, match="frames"):
        moments(traced(LECTURE), frames=frames)


def test_a_wrong_gradient_stays_marked() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    L = a * b
    L.label = "L"
    with recording(L) as t:
        L.grad = 1.0
        a.grad = 5.0
        b.grad = 2.0
    last = list(scenes(Stage(t)))[-1]
    assert outline(card_of(last, "a")).stroke == "wrong"
    assert outline(card_of(last, "b")).stroke == "accent"
    assert "should be" in words(parts(list(scenes(Stage(t)))[2], "reason")["reason"])


@given(st.text(max_size=60), st.floats())
def test_any_label_and_any_number_can_be_drawn(label: str, number: float) -> None:
    x = Value(number, label=label)
    t = trace(-x)
    for image in scenes(Stage(t)):
        shown = "".join(words(part) for part in image.parts)
        assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        assert image.description


def test_descriptions_tell_each_image_in_words() -> None:
    images = list(scenes(Stage(traced(LECTURE))))
    assert images[0].title == "L = (a × b + c) × f"
    assert images[6].description.startswith("dL/da = dL/de · de/da = −2.0 × −3.0 = 6.0. step 4 of 4")
    assert not any(re.search(r"\s{3,}\.", image.description) for image in images)


def with_a_long_word() -> Trace:
    """What another library computed: log_softmax(x) * 3, of numbers."""
    nodes = (
        Node(0, "input", "", "x", 1.0),
        Node(1, "op", "log_softmax", "s", 0.5, (0,), (2.0,)),
        Node(2, "op", "tanh", "t", 0.46, (1,), (0.79,)),
        Node(3, "constant", "", "", 3.0),
        Node(4, "op", "mul", "L", 1.4, (2, 3), (3.0, 0.46)),
    )
    return Trace(lambda: Graph(nodes, 4))


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_long_word_stands_in_a_pill_as_high_as_the_circle_of_a_sign(direction: Direction) -> None:
    for image in scenes(Stage(with_a_long_word(), direction=direction)):
        outlines = {texts(part)[0].text: part.shapes[0] for part in parts(image, "op").values()}
        pill, sign = outlines["log softmax"], outlines["×"]
        assert isinstance(outlines["tanh"], Circle)
        assert isinstance(pill, Rect)
        assert isinstance(sign, Circle)
        assert pill.height == pytest.approx(2 * sign.radius)
        assert pill.radius == pytest.approx(pill.height / 2)
        assert pill.width > measure("log softmax", SMALL) + 10


def test_edges_meet_the_outline_of_a_pill() -> None:
    layout = Stage(with_a_long_word(), direction="LR").layout
    pill = layout.ops[1]
    assert layout.edges["in", 1, 0][-1] == pytest.approx((pill.box.x, pill.y), abs=0.1)
    assert layout.edges["out", 1, 0][0] == pytest.approx((pill.box.x + pill.box.width, pill.y), abs=0.1)


def test_a_remark_on_two_lines_tears_no_name_apart_where_there_is_room() -> None:
    remark = "step 4 of 8  ·  so d(… + a/b)/d(relu(a) × max(a, b)) is 1: a sum hands its gradient on unchanged"
    one, other = reason_lines(remark, 500.0)
    assert (one + " " + other, one.count("("), other.count("(")) == (remark, one.count(")"), other.count(")"))
    torn, rest = reason_lines(f"d({'a × ' * 30}b)", 500.0)
    assert torn.startswith("d(a × a")
    assert rest.endswith("× b)")
