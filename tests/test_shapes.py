"""Graphs of every shape: nothing overlaps, nothing is cut, nothing moves, and what a column cannot show says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import outputs
from tests.test_scene import inside, outline, overlap, parts, texts
from tracer import Value, trace
from tracer.drawing.layout import Layout
from tracer.drawing.measures import COLUMN, LEGIBLE, RECORD_HEIGHT, STACK_ROW, WIDEST
from tracer.drawing.moments import moments
from tracer.drawing.scene import Painter
from tracer.drawing.shapes import Circle, Rect, Scene
from tracer.drawing.spines import spines
from tracer.drawing.stage import Stage
from tracer.drawing.theme import CLASSIC, LIGHT, Theme
from tracer.graph import Graph
from tracer.nn import MLP
from tracer.outputs.options import Options
from tracer.outputs.staging import scale_of


def neuron() -> Value:
    x1, x2, w1, w2 = (Value(number, label=label) for number, label in ((2, "x1"), (0, "x2"), (-3, "w1"), (1, "w2")))
    return (x1 * w1 + x2 * w2 + Value(6.88, label="b")).tanh()


def network() -> Value:
    return MLP(3, [4, 4, 1], seed=1)([2.0, 3.0, -1.0])


def powers() -> Value:
    x = Value(0.5, label="x")
    for _ in range(60):
        x = x * 1.1
    return x


def recurrent() -> Value:
    x, c = Value(0.5, label="x"), Value(0.1, label="c")
    for _ in range(30):
        x = (x + c).tanh()
    return x


def recurrent_network() -> Value:
    w, h, b = (Value(number, label=label) for number, label in ((0.5, "w"), (0.2, "h0"), (0.1, "b")))
    for step in range(25):
        h = (w * h + b).tanh()
        h.label = f"h{step + 1}"
    return h


def sum_of_products() -> Value:
    first, *rest = (Value(float(n), label=f"x{n}") * Value(n / 7, label=f"w{n}") for n in range(20))
    for product in rest:
        first = first + product
    return first


def terms() -> list[Value]:
    return [Value(float(number), label=f"x{number}") for number in range(40)]


def sum_of_40() -> Value:
    first, *rest = terms()
    for term in rest:
        first = first + term
    return first


def pairs() -> Value:
    """A sum of 40 that is not a chain."""
    sums = terms()
    while len(sums) > 1:
        sums = [one + other for one, other in zip(sums[::2], sums[1::2], strict=False)] + sums[len(sums) & ~1 :]
    return sums[0]


def twelve_consumers() -> Value:
    x = Value(2.0, label="x")
    first, *rest = (x * Value(float(number), label=f"w{number}") for number in range(12))
    for product in rest:
        first = first + product
    return first


def labels() -> Value:
    a, b = Value(2.0, label="a" * 200), Value(3.0)
    c, d, e = Value(1.0, label="🙂🚀"), Value(-1.0, label="重み行列"), Value(1.0, label="rate of the second layer")
    product = a * b
    product.label = "x|y{z}>"
    loss = (product + c) * d + e
    loss.label = "損失"
    return loss


def numbers() -> Value:
    tiny, huge, zero, nan, inf, big = (
        Value(number, label=label)
        for number, label in (
            (1e-12, "tiny"),
            (1e12, "huge"),
            (-0.0, "zero"),
            (float("nan"), "nan"),
            (float("inf"), "inf"),
            (-123456.789, "big"),
        )
    )
    return tiny * huge + zero * big + nan * inf + tiny * big


def negative_zeros() -> Value:
    return Value(-0.0, label="a") * Value(5.0, label="b") + Value(-0.0, label="c")


SHAPES = (
    neuron,
    network,
    powers,
    recurrent,
    recurrent_network,
    sum_of_40,
    sum_of_products,
    pairs,
    twelve_consumers,
    labels,
    numbers,
    negative_zeros,
)


def images(stage: Stage, most: int = 6) -> list[Scene]:
    """The first image of a stage, the last, and some in between."""
    painter, last = Painter(stage), len(stage.moments) - 1
    return [painter.image(stage.moments[place]) for place in sorted({last * n // most for n in range(most + 1)})]


def solid(image: Scene) -> dict[str, Rect]:
    """Everything that takes room, but for lines and words, by its key."""
    found = {key: outline(part) for kind in ("card", "chip") for key, part in parts(image, kind).items()}
    for key, part in parts(image, "op").items():
        circle = part.shapes[0]
        if isinstance(circle, Rect):  # a pill
            found[key] = circle
            continue
        assert isinstance(circle, Circle)
        # What of the square around a circle is not empty, even in its corners.
        half = circle.radius * 0.7
        found[key] = Rect(circle.x - half, circle.y - half, 2 * half, 2 * half, 0, "", "", 0)
    return found


def assert_well_drawn(shown: Iterable[Scene]) -> None:
    """Nothing overlaps, nothing is cut, and nothing moves."""
    drawn = list(shown)
    assert len({(image.width, image.height) for image in drawn}) == 1
    for image in drawn:
        for part in image.parts:
            assert all(inside(image, shape) for shape in part.shapes), part.key
        for part in parts(image, "card").values():
            box = outline(part)
            assert all(box.x <= text.left and text.left + text.width <= box.x + box.width for text in texts(part))
            for one, other in combinations(texts(part), 2):
                apart = max(other.left - one.left - one.width, one.left - other.left - other.width)
                assert one.y != other.y or apart > 2, f"{one.text} touches {other.text}"
        assert not list(overlapping(solid(image)))
    for before, after in pairwise(map(solid, drawn)):
        for key in before.keys() & after.keys():
            one, other = before[key], after[key]
            assert (one.x, one.y, one.width, one.height) == (other.x, other.y, other.width, other.height)


def overlapping(boxes: dict[str, Rect]) -> Iterable[tuple[str, str]]:
    """Each pair that overlaps: from left to right, so that few pairs have to be looked at."""
    open_boxes: list[tuple[str, Rect]] = []
    for key, box in sorted(boxes.items(), key=lambda item: item[1].x):
        open_boxes = [(other, beside) for other, beside in open_boxes if beside.x + beside.width > box.x]
        yield from ((key, other) for other, beside in open_boxes if overlap(box, beside))
        open_boxes.append((key, box))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_well_drawn(shape: Callable[[], Value]) -> None:
    assert_well_drawn(images(Stage(trace(shape()))))


@pytest.mark.parametrize("shape", [neuron, twelve_consumers, labels, numbers])
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_every_shape_is_well_drawn_by_step_and_either_way(shape: Callable[[], Value], direction: str) -> None:
    t = trace(shape())
    stage = Stage(t, moments(t, "step", forward=True), direction)  # type: ignore[arg-type]
    assert_well_drawn(images(stage, most=40))


@settings(max_examples=25, deadline=None)
@given(outputs(max_ops=14), st.sampled_from([None, "LR", "TB"]))
def test_any_program_is_well_drawn(output: Value, direction: str | None) -> None:
    assert_well_drawn(images(Stage(trace(output), direction=direction)))  # type: ignore[arg-type]


LABELS = st.lists(st.text(max_size=40), min_size=4, max_size=4)
# Their products and sums stay finite, or are nan or infinite as IEEE 754 has it.
NUMBERS = st.one_of(st.floats(-1e150, 1e150), st.sampled_from([-0.0, float("nan"), float("inf")]))


@settings(max_examples=25, deadline=None)
@given(LABELS, st.lists(NUMBERS, min_size=3, max_size=3))
def test_any_labels_and_numbers_are_well_drawn(given_labels: list[str], given_numbers: list[float]) -> None:
    a, b, c = (Value(number, label=label) for number, label in zip(given_numbers, given_labels, strict=False))
    output = a * b + c * a
    output.label = given_labels[3]
    assert_well_drawn(images(Stage(trace(output))))


@pytest.mark.parametrize("shape", SHAPES)
def test_all_text_is_legible_in_a_column_or_the_words_are_and_say_what_to_do(shape: Callable[[], Value]) -> None:
    stage = Stage(trace(shape()))
    image = images(stage)[1]
    shrunk = min(COLUMN / image.width, 1)
    small = {part.key for part in image.parts for text in texts(part) if text.size * shrunk < LEGIBLE}
    assert small.isdisjoint({"title", "progress", "formula", "reason", "advice"})
    said = [text.text for part in image.parts if part.key == "advice" for text in texts(part)]
    assert bool(said) == bool(small) == (stage.width > WIDEST)


def test_advice_speaks_of_folding_what_has_groups() -> None:
    assert "fold its groups" in Stage(trace(network())).advice
    assert "put parts into groups" in Stage(trace(pairs())).advice
    assert Stage(trace(powers())).advice == ""


def down(shape: Callable[[], Value]) -> Layout:
    """The layout of a shape in one piece, down the page."""
    return Stage(trace(shape()), direction="TB").layout


def graph_of(shape: Callable[[], Value]) -> Graph:
    return trace(shape()).graph


# The most px² of picture that each px² of card may come to. A graph with room for every chip takes about three.
ROOMY = [
    (neuron, 13.5),
    (network, 8.5),
    (powers, 6),
    (recurrent, 7),
    (recurrent_network, 9.5),
    (sum_of_40, 5),
    (sum_of_products, 5.2),
    (twelve_consumers, 6.9),
]


@pytest.mark.parametrize(("shape", "most"), ROOMY)
def test_pictures_are_not_mostly_empty(shape: Callable[[], Value], most: float) -> None:
    stage = Stage(trace(shape()))
    cards = sum(box.width * box.height for box in stage.layout.cards.values())
    assert stage.width * stage.height <= most * cards


@pytest.mark.parametrize("shape", [neuron, recurrent, recurrent_network, sum_of_products, twelve_consumers])
@pytest.mark.parametrize("theme", [LIGHT, CLASSIC])
def test_shapes_that_have_shared_or_many_operands_fit_a_column(shape: Callable[[], Value], theme: Theme) -> None:
    stage = Stage(trace(shape()), theme=theme)
    assert stage.width <= WIDEST
    assert not stage.advice
    assert_well_drawn(images(stage))


def test_records_are_rows_where_there_is_room_and_stacked_where_there_is_not() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")

    def height(stage: Stage) -> float:
        return next(iter(stage.layout.cards.values())).height

    assert height(Stage(trace(a * b), theme=CLASSIC)) == RECORD_HEIGHT
    assert height(Stage(trace(neuron()), theme=CLASSIC)) == 3 * STACK_ROW
    # As rows they would fit, but not in several columns.
    long = Stage(trace(powers()), theme=CLASSIC)
    assert height(long) == 3 * STACK_ROW
    assert long.height < 4000


@pytest.mark.parametrize("shape", [powers, sum_of_40])
def test_a_long_chain_is_drawn_straight_and_fits_a_column(shape: Callable[[], Value]) -> None:
    middles = [box.x + box.width / 2 for node, box in down(shape).cards.items() if graph_of(shape)[node].kind == "op"]
    assert max(middles) - min(middles) < 1
    assert Stage(trace(shape())).width <= WIDEST


def test_short_and_branching_graphs_have_no_spine() -> None:
    def graph(output: Value) -> Graph:
        return trace(output).graph

    assert not spines(graph(neuron()))
    assert not spines(graph(pairs()))
    assert not spines(graph(network()))
    assert len(spines(graph(powers()))) == 59


@pytest.mark.parametrize(("shape", "scale"), [(neuron, 2.0), (twelve_consumers, 1.5), (network, 1.0)])
def test_large_pictures_are_less_sharp_if_no_scale_is_given(shape: Callable[[], Value], scale: float) -> None:
    stage = Stage(trace(shape()))
    assert scale_of(stage, Options()) == scale
    assert scale_of(stage, Options(scale=3.0)) == 3.0
    assert scale_of(stage, Options(width=700)) == 700 / stage.width
