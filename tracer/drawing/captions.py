"""The words around the graph: the expression on top, where we are, the product as a formula, and the reason for it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

from tracer.drawing.cards import fitted, text
from tracer.drawing.fonts import measure
from tracer.drawing.measures import (
    DOT,
    DOT_PITCH,
    FORMULA,
    FORMULA_LEADING,
    LINE,
    MARGIN,
    MOST_DOTS,
    REASON,
    REASON_LEADING,
    SMALL,
    STEP_GAP,
    TITLE,
    TITLE_BASELINE,
)
from tracer.drawing.moments import Moment
from tracer.drawing.shapes import Circle, Rect, Shape
from tracer.tracing import Frame, Trace
from tracer.wording import Product


class Run(NamedTuple):
    """A piece of a line in one style."""

    words: str
    fill: str = "ink"
    bold: bool = False


Line = tuple[Run, ...]
# A formula in two parts, between which a line may be broken; the second may be empty.
Formula = tuple[Line, Line]


def line_width(line: Line, size: float) -> float:
    """How wide a line of runs is, in px."""
    return sum(measure(run.words, size, run.bold) for run in line)


def centred(line: Line, middle: float, baseline: float, size: float) -> tuple[Shape, ...]:
    """A line of runs, centred on `middle`; neighbours in the same style become one text."""
    x = middle - line_width(line, size) / 2
    shapes: list[Shape] = []
    for (fill, bold), runs in groupby(line, key=lambda run: (run.fill, run.bold)):
        shape = text(x, baseline, "".join(run.words for run in runs), size, fill, bold=bold)
        shapes.append(shape)
        x += shape.width
    return tuple(shapes)


def formula_lines(product: Product, *, wrong: bool = False) -> Formula:
    """The product as a formula, cut in two where a line is to be broken; the second part may be empty."""
    lit = "wrong" if wrong else "accent"
    head = Run(f"{product.gradient} ")
    assign = Run(product.assign, bold=product.assign == "+=")
    symbols = (Run(f" {product.symbols}"),) if product.symbols else ()
    rest = [product.numbers] if product.numbers else []
    if not product.addition:
        result: Line = (Run(product.result, lit, bold=True),)
    else:
        result = (Run(product.result), Run("    "), Run(f"{product.addition} = {product.total}", lit, bold=True))
    numbers: Line = tuple(Run(f"{figures} = ") for figures in rest) + result
    if not symbols:
        return (head, assign, Run(" "), *numbers), ()
    return (head, assign, *symbols), (Run(" = "), *numbers)


class FormulaStyle(NamedTuple):
    """How large the formulas of a trace are written and on how many lines, so that all of them fit."""

    size: float
    lines: int

    @property
    def height(self) -> float:
        """Room for the formula, from its first baseline to its last, in px."""
        return (self.lines - 1) * self.size * FORMULA_LEADING


def formula_style(captions: Iterable[tuple[Formula, ...]], room: float) -> FormulaStyle:
    """The largest style in which all formulas of every image fit `room` px: on a line each if possible, then on two."""
    groups = list(captions)
    most = max(len(group) for group in groups)
    for size in FORMULA[:2]:
        if all(line_width(first + second, size) <= room for group in groups for first, second in group):
            return FormulaStyle(size, most)
    for size in FORMULA:
        if all(line_width(part, size) <= room for group in groups for formula in group for part in formula):
            return FormulaStyle(size, 2 * most)
    return FormulaStyle(FORMULA[-1], 2 * most)


def formula_shapes(
    group: tuple[Formula, ...], style: FormulaStyle, middle: float, baseline: float, room: float
) -> tuple[Shape, ...]:
    """The shapes of an image's formulas, in the middle of their place; what does not fit `room` ends in an ellipsis."""
    lines: list[Line] = []
    for first, second in group:
        if line_width(first + second, style.size) <= room:
            lines.append(first + second)
        else:
            lines += [_shortened(part, style.size, room) for part in (first, second) if part]
    leading = style.size * FORMULA_LEADING
    top = baseline + (style.height - (len(lines) - 1) * leading) / 2
    placed = [centred(line, middle, top + number * leading, style.size) for number, line in enumerate(lines)]
    return tuple(shape for shapes in placed for shape in shapes)


def _shortened(line: Line, size: float, room: float) -> Line:
    """The line with its longest runs shortened, as many and as far as they have to be."""
    runs = list(line)
    widths = [measure(run.words, size, run.bold) for run in runs]
    for place in sorted(range(len(runs)), key=lambda place: -widths[place]):
        excess = sum(widths) - room
        if excess <= 0:
            break
        run = runs[place]
        words = fitted(run.words, size, max(widths[place] - excess, 0), bold=run.bold)
        runs[place] = run._replace(words=words)
        widths[place] = measure(words, size, run.bold)
    return tuple(runs)


def reason_lines(words: str, room: float) -> list[str]:
    """A remark on at most two lines of `room` px, which are about equally long.

    What is in parentheses, such as the name in `d(a × b)/da`, is not torn apart if both lines have room for that.
    """
    if measure(words, REASON) <= room:
        return [words]
    pieces = words.split(" ")
    depths = accumulate(piece.count("(") - piece.count(")") for piece in pieces)
    outside = [cut for cut, depth in enumerate(depths, 1) if depth <= 0 and cut < len(pieces)]
    halves = _halves(pieces, outside)
    if any(measure(line, REASON) > room for line in halves):
        halves = _halves(pieces, range(1, len(pieces)))
    return [fitted(line, REASON, room) for line in halves]


def _halves(pieces: list[str], cuts: Sequence[int]) -> tuple[str, str]:
    """Pieces of a line on two lines, cut where these are about equally long."""

    def split(cut: int) -> tuple[str, str]:
        return " ".join(pieces[:cut]), " ".join(pieces[cut:])

    def widths(cut: int) -> list[float]:
        return [measure(line, REASON) for line in split(cut)]

    # The later the cut, the longer the first line and the shorter the second: the best is where they are about equal.
    equal = bisect_left(cuts, True, key=lambda cut: widths(cut)[0] >= widths(cut)[1])
    near = cuts[max(equal - 1, 0) : equal + 1]
    return split(min(near, key=lambda cut: max(widths(cut)))) if near else (" ".join(pieces), "")


def reason(lines: list[str], middle: float, baseline: float, fill: str) -> tuple[Shape, ...]:
    """The shapes of a remark under the formula."""
    return tuple(
        text(middle, baseline + number * REASON_LEADING, words, REASON, fill, anchor="middle")
        for number, words in enumerate(lines)
    )


def title(words: str, room: float) -> tuple[Shape, ...]:
    """The whole computation, top left."""
    return (text(MARGIN, TITLE_BASELINE, fitted(words, TITLE, room), TITLE, "muted"),)


def progress_width(trace: Trace) -> float:
    """How wide the marks of progress are, in px."""
    if len(trace.frames) > MOST_DOTS:
        return measure(_count(len(trace.frames), len(trace.frames)), SMALL) + _BAR + 10
    return (len(trace.frames) - 1) * DOT_PITCH + (len(trace.steps) - 1) * STEP_GAP + 4 * DOT


_BAR = 120.0


def progress(trace: Trace, moment: Moment, right: float) -> tuple[Shape, ...]:
    """Where we are, top right: a dot a frame, grouped by step; a bar and a count where there are too many.

    Args:
        trace: the trace.
        moment: what the image shows.
        right: where the marks end, in px.
    """
    middle = TITLE_BASELINE - TITLE * 0.36
    if len(trace.frames) > MOST_DOTS:
        return _bar(moment.shown, len(trace.frames), right, middle)
    x = right - progress_width(trace) + 2 * DOT
    shapes: list[Shape] = []
    for frame in trace.frames:
        if frame.index and frame.step != trace.frames[frame.index - 1].step:
            x += STEP_GAP
        shapes.append(_dot(x, middle, frame, moment))
        x += DOT_PITCH
    return tuple(shapes)


def _dot(x: float, y: float, frame: Frame, moment: Moment) -> Circle:
    if frame in moment.current:
        lit = "wrong" if frame.verdict in ("wrong", "early") else "accent"
        return Circle(x, y, DOT * 1.4, lit, lit, LINE)
    if frame.index < moment.shown:
        return Circle(x, y, DOT, "done_outline", "done_outline", LINE)
    return Circle(x, y, DOT, "background", "outline", LINE)


def _count(shown: int, total: int) -> str:
    return f"{shown} of {total}"


def _bar(shown: int, total: int, right: float, middle: float) -> tuple[Shape, ...]:
    label = text(right, middle + SMALL * 0.36, _count(shown, total), SMALL, "muted", anchor="end")
    left = right - measure(_count(total, total), SMALL) - 10 - _BAR
    track = Rect(left, middle - 3, _BAR, 6, 3, "background", "outline", 1.0)
    if not shown:
        return label, track
    return label, track, Rect(left, middle - 3, max(_BAR * shown / total, 6), 6, 3, "done_outline", "done_outline", 1.0)
