"""Traces with tensors, as the log, the pictures and the files have them; no library of tensors is needed for that."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tracer.drawing.dot import draw_dot
from tracer.drawing.moments import moments
from tracer.drawing.scene import Painter
from tracer.drawing.shapes import Rect, Text
from tracer.drawing.stage import Stage
from tracer.errors import SourceError
from tracer.sources.logbook import Assigned, Logbook
from tracer.tensors import MOST_ENTRIES, Rule, Tensor
from tracer.tracing import Trace
from tracer.wording import PICTURE, Wording


def matrix(*rows: list[float]) -> Tensor:
    return Tensor.of((len(rows), len(rows[0])), "float32", [number for row in rows for number in row])


@pytest.fixture
def layer() -> Trace:
    """y = x @ W, h = relu(y), L = sum(h): two rows, three inputs, two outputs."""
    book = Logbook()
    x = book.leaf("constant", matrix([1, 2, -1], [0.5, -1, 3]), "x", dtype="float32")
    w = book.leaf("parameter", matrix([0.5, 1], [-1, 0.5], [0.25, -0.5]), "W", "layer", "float32")
    y = book.op("matmul", matrix([-1.75, 2.5], [2, -1.5]), (x, w), "y", "layer", "float32")
    h = book.op("relu", matrix([0, 2.5], [2, 0]), (y,), "h", dtype="float32")
    output = book.op("sum", 4.5, (h,), "L", dtype="float32")
    ones, passed = matrix([1, 1], [1, 1]), matrix([0, 1], [1, 0])
    gradient = matrix([0.5, 1], [-1, 2], [3, -1])
    book.assign(None, Assigned.outright(output, 1.0))
    book.assign(output, Assigned(h, output, 0, 1.0, ones, ones, None, ones))
    book.assign(h, Assigned(y, h, 0, ones, passed, passed, None, passed))
    rule = Rule(f"{{{x}}}ᵀ @ {{d{y}}}", "a matrix product hands on the other factor")
    book.assign(y, Assigned(w, y, 1, passed, rule, gradient, None, gradient))
    return book.trace(output, "layer")


# Words


def test_products(layer: Trace) -> None:
    plain = [Wording(layer).product(frame).text for frame in layer.frames]
    assert plain == [
        "dL/dL = 1.0",
        "dL/dh = [[1.0, 1.0], [1.0, 1.0]]",
        "dL/dy = dL/dh * dh/dy = [[1.0, 1.0], [1.0, 1.0]] * [[0.0, 1.0], [1.0, 0.0]] = [[0.0, 1.0], [1.0, 0.0]]",
        "dL/dW = x.T @ dL/dy = (3, 2) @ (2, 2) = [[0.5, 1.0], [-1.0, 2.0], [3.0, -1.0]]",
    ]
    assert plain[3].isascii()


def test_products_in_pictures(layer: Trace) -> None:
    words = Wording(layer, PICTURE)
    assert words.product(layer.frames[2]).symbols == "dL/dh ⊙ dh/dy"
    assert words.product(layer.frames[3]).symbols == "xᵀ @ dL/dy"
    assert words.title() == "L = sum(relu(x @ W))"


def test_reasons(layer: Trace) -> None:
    words = Wording(layer)
    assert words.reason(layer.frames[3]) == "y = x @ W: a matrix product hands on the other factor"


def test_reasons_that_differ_from_entry_to_entry(layer: Trace) -> None:
    assert Wording(layer).because(layer.frames[2]) == (
        "dh/dy is 0 where the input is not positive, so relu blocks the gradient; "
        "1 where the input is positive, so relu lets the gradient through"
    )


def test_one_reason_for_all_entries() -> None:
    book = Logbook()
    x = book.leaf("input", matrix([1, 2]), "x")
    y = book.op("relu", matrix([1, 2]), (x,), "y")
    output = book.op("sum", 3.0, (y,), "L")
    ones = matrix([1, 1])
    book.assign(None, Assigned.outright(output, 1.0))
    book.assign(output, Assigned(y, output, 0, 1.0, ones, ones, None, ones))
    book.assign(y, Assigned(x, y, 0, ones, ones, ones, None, ones))
    found = book.trace(output, "")
    assert Wording(found).because(found.frames[2]) == (
        "dy/dx is 1: the input is positive, so relu lets the gradient through"
    )


def test_float32_scalars_have_no_made_up_digits() -> None:
    book = Logbook()
    x = book.leaf("input", 0.10000000149011612, "x", dtype="float32")
    output = book.op("mul", 0.010000000707805157, (x, x), "L", dtype="float32")
    book.assign(None, Assigned.outright(output, 1.0))
    for slot, before in ((0, None), (1, 0.10000000149011612)):
        after = 0.10000000149011612 if before is None else 0.20000000298023224
        given = Assigned(x, output, slot, 1.0, 0.10000000149011612, 0.10000000149011612, before, after)
        book.assign(output, given)
    found = book.trace(output, "")
    assert Wording(found).product(found.frames[2]).text == "dL/dx += x = 0.1    0.1 + 0.1 = 0.2"


def test_a_note_stands_for_what_no_op_did(layer: Trace) -> None:
    book = Logbook()
    x = book.leaf("input", 2.0, "x")
    output = book.op("exp", 7.38905609893065, (x,), "L")
    book.assign(None, Assigned.outright(output, 1.0))
    book.assign(output, Assigned(x, output, 0, 1.0, 7.38905609893065, 7.38905609893065, None, 7.38905609893065))
    book.assign("hook", Assigned.outright(x, 1.0, note="a hook changed it on its way"))
    found = book.trace(output, "")
    assert Wording(found).because(found.frames[2]) == "a hook changed it on its way"
    assert Trace.from_json(found.to_json()).frames == found.frames


def test_the_log(layer: Trace) -> None:
    written = StringIO()
    layer.log(Console(file=written, width=200, color_system=None))
    assert "dL/dW = x.T @ dL/dy = (3, 2) @ (2, 2)" in written.getvalue()
    assert "central differences" not in written.getvalue()


def test_tensors_without_a_function_cannot_be_checked_and_it_says_what_to_do(layer: Trace) -> None:
    for found in (layer, Trace.from_json(layer.to_json())):
        assert {(one.answer, one.reason) for one in found.check().nodes} == {
            ("inconclusive", "there is no function here to run again; check the trace in the program that makes it")
        }
        with pytest.raises(SourceError, match=r"W\[0, 0\] cannot be nudged: there is no function here to run again"):
            found.nudge("W[0, 0]")


# Files


def test_json_and_back(layer: Trace) -> None:
    again = Trace.from_json(layer.to_json())
    assert again.frames == layer.frames
    assert [(node.value, node.dtype, node.shape) for node in again.graph.nodes] == [
        (node.value, node.dtype, node.shape) for node in layer.graph.nodes
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"entries": [1.0]},
        {"entries": [1.0, 1.0, 1.0, 2.0]},
        {"shape": [4]},
        {"summary": [0, 0, 0, 0]},
        {"entries": None},
    ],
)
def test_a_tensor_that_does_not_fit_is_refused(layer: Trace, change: dict[str, object]) -> None:
    data = json.loads(layer.to_json())
    tensor = data["frames"][1]["after"] | change
    data["frames"][1]["after"] = {key: value for key, value in tensor.items() if value is not None}
    with pytest.raises(SourceError):
        Trace.from_json(json.dumps(data))


def test_large_tensors_in_json() -> None:
    book = Logbook()
    x = book.leaf("input", Tensor.filled((MOST_ENTRIES + 1,), "float32", 0.5), "x")
    output = book.op("sum", 512.5, (x,), "L")
    ones = Tensor.filled((MOST_ENTRIES + 1,), "float32", 1.0)
    book.assign(None, Assigned.outright(output, 1.0))
    book.assign(output, Assigned(x, output, 0, 1.0, ones, ones, None, ones))
    found = book.trace(output, "")
    assert Trace.from_json(found.to_json()).frames == found.frames
    assert Wording(found).product(found.frames[1]).result == "(1025,) from 1.0 to 1.0, mean 1.0, norm 32.01562118716424"


# Pictures


def test_cards_show_shape_entries_and_gradient(layer: Trace) -> None:
    painter = Painter(Stage(layer))
    scene = painter.image(moments(layer)[-1])
    (card,) = (part for part in scene.parts if part.key == "card:1")
    words = [shape.text for shape in card.shapes if isinstance(shape, Text)]
    assert words[:2] == ["W", "3×2"]
    data, grad = words.index("data"), words.index("grad")
    assert sorted(words[data + 1 : grad]) == sorted(["0.5", "1.0", "−1.0", "0.5", "0.25", "−0.5"])
    assert sorted(words[grad + 1 :]) == sorted(["0.5", "1.0", "−1.0", "2.0", "3.0", "−1.0"])
    frame = card.shapes[0]
    assert isinstance(frame, Rect)
    for shape in card.shapes[1:]:
        assert isinstance(shape, Text)
        assert frame.x <= shape.left
        assert shape.left + shape.width <= frame.x + frame.width
        assert frame.y < shape.y < frame.y + frame.height


def test_nothing_moves(layer: Trace) -> None:
    """Texts that are the same number in two images stand at the same place, and cards keep their size."""
    painter = Painter(Stage(layer))
    first, last = (painter.image(moment) for moment in (moments(layer)[0], moments(layer)[-1]))
    for one, other in zip(first.parts, last.parts, strict=False):
        if one.key.startswith("card:") and one.key == other.key:
            assert isinstance(one.shapes[0], Rect)
            assert isinstance(other.shapes[0], Rect)
            assert (one.shapes[0].x, one.shapes[0].width, one.shapes[0].height) == (
                other.shapes[0].x, other.shapes[0].width, other.shapes[0].height,
            )  # fmt: skip


def test_constants_have_no_gradient(layer: Trace) -> None:
    scene = Painter(Stage(layer)).image(moments(layer)[-1])
    (card,) = (part for part in scene.parts if part.key == "card:0")
    assert "grad" not in [shape.text for shape in card.shapes if isinstance(shape, Text)]


@pytest.mark.parametrize("suffix", ["svg", "gif", "png", "md", "tex"])
def test_it_can_be_saved(layer: Trace, suffix: str, tmp_path: Path) -> None:
    layer.save(tmp_path / f"layer.{suffix}")
    assert (tmp_path / f"layer.{suffix}").stat().st_size > 500


def test_small_tensors_are_matrices_in_latex(layer: Trace, tmp_path: Path) -> None:
    layer.save(tmp_path / "layer.tex")
    written = (tmp_path / "layer.tex").read_text()
    ones = r"\begin{bmatrix}1.0 & 1.0 \\ 1.0 & 1.0\end{bmatrix}"
    passed = r"\begin{bmatrix}0.0 & 1.0 \\ 1.0 & 0.0\end{bmatrix}"
    assert r"\frac{dL}{dh}\odot \frac{dh}{dy} \\" in written
    assert rf"&= {ones}\odot {passed} = {passed}" in written


def test_a_transpose_is_not_transposed_at_once() -> None:
    book = Logbook()
    x = book.leaf("parameter", matrix([1, 2]), "x")
    turned = book.op("transpose", matrix([1], [2]), (x,))
    y = book.op("matmul", matrix([5]), (x, turned), "y")
    ones, given = matrix([1]), matrix([1, 2])
    book.assign(None, Assigned.outright(y, ones))
    book.assign(y, Assigned(x, y, 0, ones, Rule(f"{{d{y}}} @ {{{turned}}}ᵀ"), given, None, given))
    found = book.trace(y, "")
    assert Wording(found).product(found.frames[1]).symbols == "dy/dy @ (x.T).T"
    assert Wording(found, PICTURE).product(found.frames[1]).symbols == "dy/dy @ (xᵀ)ᵀ"


@pytest.mark.parametrize(
    ("rule", "symbols", "reason"),
    [
        (Rule("({1/0})ᵀ · {d1}", "the Jacobian"), "", "the Jacobian, and dL/dL is 1"),
        (Rule("{1/0} · {d1}"), "", "dL/dx is the local derivative itself, and dL/dL is 1"),
        (Rule("{d1} ⊙ {1/0}", "entry by entry"), "", "entry by entry, and dL/dL is 1"),
        (Rule("({1/0})ᵀ · {d1} + {0}", "both"), "(dL/dx).T @ dL/dL + x", "both"),
        (Rule("({0/1})ᵀ · {d1}", "turned"), "(dx/dL).T @ dL/dL", "turned"),
    ],
)
def test_a_derivative_of_the_output_is_not_told_by_itself(rule: Rule, symbols: str, reason: str) -> None:
    book = Logbook()
    x = book.leaf("parameter", matrix([1, 2]), "x")
    L = book.op("odd", 5.0, (x,), "L")
    given = matrix([1, 2])
    book.assign(None, Assigned.outright(L, 1.0))
    book.assign(L, Assigned(x, L, 0, 1.0, rule, given, None, given))
    found = book.trace(L, "")
    words = Wording(found)
    assert words.product(found.frames[1]).symbols == symbols
    assert words.because(found.frames[1]) == reason


@pytest.mark.parametrize("theme", ["light", "dark", "classic"])
def test_in_every_theme(layer: Trace, theme: str, tmp_path: Path) -> None:
    layer.save(tmp_path / "layer.svg", theme=theme)


def test_draw_dot(layer: Trace) -> None:
    assert "W | data [[0.5, 1.0], [-1.0, 0.5], [0.25, -0.5]] | grad" in draw_dot(layer).source
