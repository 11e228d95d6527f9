"""A Stage: everything about the pictures of one trace that is the same in every image.

The graph is laid out once, cards have room for the widest number that they will ever show, formulas are set in one
size. So from image to image nothing moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from tracer.drawing.captions import (
    Formula,
    FormulaStyle,
    Run,
    formula_lines,
    formula_style,
    line_width,
    progress_width,
    reason_lines,
)
from tracer.drawing.cards import Figures, chip_size, columns_of, fitted, op_size, sheets_room
from tracer.drawing.fitting import advice, magnification
from tracer.drawing.layout import Direction, EdgeKey, Layout, lay_out
from tracer.drawing.measures import (
    BOTTOM,
    CAPTION_GAP,
    CARD_LABEL_WIDEST,
    FORMULA,
    GLYPH_WIDEST,
    GRAPH_TOP,
    LABEL,
    MARGIN,
    NARROWEST,
    REASON_LEADING,
    SMALL,
    WIDEST,
)
from tracer.drawing.moments import Moment, moments
from tracer.drawing.places import Size
from tracer.drawing.styles import NARROWER, STYLES, CardStyle
from tracer.drawing.theme import LIGHT, Theme
from tracer.drawing.wrapping import HIGH, wrapped
from tracer.formatting import cells, shape_text, visible
from tracer.graph import Node
from tracer.ops import OPS
from tracer.tensorops import TENSOR_OPS
from tracer.tensors import Number, Rule, Tensor, zero_like
from tracer.tracing import Frame, Trace
from tracer.wording import PICTURE, Style, Wording

# Of a step with many frames only the first few are written out.
_MOST_FORMULAS = 3
# Room for a rule on an edge, in px.
_RULE_WIDEST = 150.0


class Caption(NamedTuple):
    """What stands under the graph in one image: formulas, a remark, and the same as plain text."""

    formulas: tuple[Formula, ...]
    remark: str
    text: str


class Stage:
    """Sizes, places and words for the images of one trace.

    Args:
        trace: what to show.
        shown: the moments to show; left out, the start and one a frame.
        direction: "LR" or "TB"; left out, left to right unless that would make the text too small in a blog column.
        style: how formulas are spelt.
        theme: what it looks like; its style and weight decide how large things are.
        system: let the Graphviz that is installed lay the graph out, instead of the built-in one.
    """

    def __init__(
        self,
        trace: Trace,
        shown: Sequence[Moment] = (),
        direction: Direction | None = None,
        style: Style = PICTURE,
        theme: Theme = LIGHT,
        *,
        system: bool = False,
    ) -> None:
        self.trace = trace
        self.theme = theme
        self.cards: CardStyle = STYLES[theme.style]
        self.moments = tuple(shown) or moments(trace)
        self.words = Wording(trace, style)
        self.labels = {node.id: self._label(node) for node in trace.graph.nodes}
        self.columns = self._columns()
        self._system = system
        self.layout = self._laid_out(direction)
        captions = [self.caption(moment) for moment in self.moments]
        self.width = self._width(captions)
        self.left = (self.width - self.layout.width) / 2
        # Lengths from here on are those of the words; in the picture they are `magnification` times as large.
        self.magnification = magnification(self.width)
        self.column = self.width / self.magnification
        self.room = self.column - 2 * MARGIN
        self.formula: FormulaStyle = formula_style((caption.formulas for caption in captions), self.room)
        self.remark_baseline = CAPTION_GAP + self.formula.height + 25
        self.advice = advice(trace.graph, self.width)
        lines = max(len(reason_lines(caption.remark, self.room)) for caption in captions)
        self.advice_baseline = self.remark_baseline + lines * REASON_LEADING
        lowest = self.advice_baseline if self.advice else self.advice_baseline - REASON_LEADING
        # In px of the picture: where the graph begins, and where the words below it do.
        self.top = round(GRAPH_TOP * self.magnification)
        self.below = self.top + self.layout.height
        self.height = round(self.below + (lowest + BOTTOM) * self.magnification)

    def caption(self, moment: Moment) -> Caption:
        """The words under the graph at one moment."""
        if moment.op is not None:
            return self._forward_caption(moment.op)
        if not moment.current:
            return self._end_caption() if moment.shown else self._start_caption()
        words = self.words
        products = [words.product(frame) for frame in moment.current]
        formulas = tuple(
            formula_lines(product, wrong=is_wrong(frame))
            for product, frame in zip(products, moment.current, strict=True)
        )
        first = moment.current[0]
        remark = words.caption(first)
        if len(formulas) > 1:
            equation = words.equation(first.op) if first.op is not None else ""
            remark = words.style.divider.join(filter(None, (words.place(first), equation)))
        return Caption(formulas[:_MOST_FORMULAS], remark, "; ".join(product.text for product in products))

    def _start_caption(self) -> Caption:
        output = self.words.output
        return self._output_caption(f"forward pass done: every gradient is 0 until {output} starts the way back")

    def _end_caption(self) -> Caption:
        done = "backward pass done"
        if self.trace.remarks or any(map(is_wrong, self.trace.frames)):
            return self._output_caption(done)
        return self._output_caption(f"{done}: every gradient of {self.words.output} is known")

    def _output_caption(self, remark: str) -> Caption:
        output = self.words.output
        made = self.trace.graph[self.trace.graph.output]
        value = self.words.style.figure(made.value, made.dtype)
        line = (Run(f"{output} = "), Run(value, bold=True))
        return Caption(((line, ()),), remark, f"{output} = {value}")

    def _forward_caption(self, op: int) -> Caption:
        product = self.words.computation(op)
        ops = [node.id for node in self.trace.graph.nodes if node.kind == "op"]
        remark = f"forward pass{self.words.style.divider}{ops.index(op) + 1} of {len(ops)}"
        return Caption((formula_lines(product),), remark, product.text)

    def figure(self, value: Number) -> Figures:
        """A number, or the entries of a tensor, as they stand on a card."""
        grid = tuple(tuple(cell.replace("-", self.words.style.notation.minus) for cell in row) for row in cells(value))
        return grid if isinstance(value, Tensor) else grid[0][0]

    def upstream_chip(self, frame: Frame) -> str:
        """What the chip on the op's outgoing edge says."""
        return self.chip(frame.upstream)

    def local_chip(self, frame: Frame) -> str:
        """What the chip on the edge to the target says."""
        if isinstance(frame.local, Rule):
            # The upstream gradient that a Jacobian is multiplied with has a chip of its own.
            rule = replace(frame.local, text=frame.local.text.removesuffix(f" · {{d{frame.op}}}"))
            return fitted(self.words.rule(rule), SMALL, _RULE_WIDEST)
        return f"{'⊙' if isinstance(frame.upstream, Tensor) else '×'} {self.chip(frame.local)}"

    def chip(self, number: Number) -> str:
        """A number as it stands on a chip; of a tensor its shape."""
        return shape_text(number.shape) if isinstance(number, Tensor) else self.words.style.figure(number)

    def glyph(self, node: Node) -> str:
        """The symbol in an op's circle, or the word in its pill."""
        op = OPS.get(node.op) or TENSOR_OPS.get(node.op)
        # A folded group, or an op of another library: of its path only the last part.
        sign = op.glyph if op else visible(node.op.rpartition(".")[2] or node.op)
        return fitted(sign, SMALL, GLYPH_WIDEST)

    def _label(self, node: Node) -> str:
        name = visible(self.words.names[node.id])
        if node.kind == "constant" and node.label and not isinstance(node.value, Tensor):
            name = f"{name} = {self.words.style.figure(node.value, node.dtype)}"
        return fitted(name, LABEL, CARD_LABEL_WIDEST, bold=True)

    def _laid_out(self, direction: Direction | None) -> Layout:
        """The graph in the style of the theme, or in a narrower one where that would be too wide or very high."""
        layout, narrower = self._in_style(direction), NARROWER.get(self.theme.style)
        fits = layout.width + 2 * MARGIN <= WIDEST
        if narrower is None or (fits and layout.height <= HIGH):
            return layout
        usual, self.cards = self.cards, narrower
        other = self._in_style(direction)
        if fits and layout.width * layout.height <= other.width * other.height:
            self.cards = usual
            return layout
        return other

    def _in_style(self, direction: Direction | None) -> Layout:
        sizes, chips = self._sizes(), self._chips()
        graph = self.trace.graph
        ops = {node.id: op_size(self.glyph(node)) for node in graph.nodes if node.kind == "op"}
        radii = {op: radius for op, (radius, _) in ops.items()}
        longer = {op: length for op, (_, length) in ops.items() if length}

        def laid_out(direction: Direction) -> Layout:
            return lay_out(graph, sizes, chips, radii, direction, longer=longer, system=self._system)

        if direction is not None:
            return laid_out(direction)
        across = laid_out("LR")
        if across.width + 2 * MARGIN <= WIDEST:
            return across
        down = laid_out("TB")
        return wrapped(down, chips, WIDEST - 2 * MARGIN) if down.width < across.width else across

    def _sizes(self) -> dict[int, tuple[float, float]]:
        """For each node the size of its card. All have room for the widest number of the trace, so that they align."""
        valued = [node for node in self.trace.graph.nodes if node.kind != "constant"]
        # No set of numbers: 0.0 and -0.0 are equal, and the one with the minus sign is wider.
        numbers = [0.0, *(node.value for node in valued), *(frame.after for frame in self.trace.frames)]
        figures = map(self.figure, numbers)
        narrowest = self.cards.figures_width({figure for figure in figures if isinstance(figure, str)})
        return {node.id: self._size(node, narrowest) for node in self.trace.graph.nodes}

    def _columns(self) -> dict[int, tuple[float, ...]]:
        """For each tensor how wide its columns are, in px, with room for all that they will ever show."""
        shown: dict[int, list[Number]] = {}
        for node in self.trace.graph.nodes:
            if isinstance(node.value, Tensor):
                shown[node.id] = [node.value, zero_like(node.value)]
        for frame in self.trace.frames:
            if frame.target in shown:
                shown[frame.target].append(frame.after)
        grids = {node: map(self.figure, numbers) for node, numbers in shown.items()}
        return {node: columns_of(grid for grid in of if not isinstance(grid, str)) for node, of in grids.items()}

    def _size(self, node: Node, narrowest: float) -> Size:
        width, height = self._card_size(node, narrowest)
        room = sheets_room(node)
        return width + room, height + room

    def _card_size(self, node: Node, narrowest: float) -> Size:
        label, constant = self.labels[node.id], node.kind == "constant"
        if isinstance(node.value, Tensor):
            rows, shape = len(self.figure(node.value)), shape_text(node.shape)
            return self.cards.tensor_size(label, shape, self.columns[node.id], rows, constant=constant)
        return self.cards.literal_size(label) if constant else self.cards.card_size(label, narrowest)

    def _chips(self) -> dict[EdgeKey, tuple[float, float]]:
        """For each edge that a frame lights up, the room that its chip needs."""
        chips: dict[EdgeKey, tuple[float, float]] = {}
        for frame, into, out in self.lit_edges():
            chips[into] = chip_size(self.local_chip(frame))
            chips[out] = chip_size(self.upstream_chip(frame))
        return chips

    def lit_edges(self) -> Iterator[tuple[Frame, EdgeKey, EdgeKey]]:
        """The frames that light up edges, with the edge to the target and the edge that leaves the op."""
        for frame in self.trace.frames:
            if frame.op is not None and frame.slot is not None:
                yield frame, ("in", frame.op, frame.slot), ("out", frame.op, 0)

    def _width(self, captions: list[Caption]) -> int:
        """Wide enough for the graph and for most formulas, but no wider than a blog column allows, for words alone."""
        formulas = max(line_width(a + b, FORMULA[1]) for caption in captions for a, b in caption.formulas)
        words = min(max(formulas, NARROWEST - 2 * MARGIN, progress_width(self.trace) + 160), WIDEST - 2 * MARGIN)
        return round(max(self.layout.width, words) + 2 * MARGIN)


def is_wrong(frame: Frame) -> bool:
    """Whether the frame shows a gradient that was assigned by hand and is not as it should be."""
    return frame.verdict in ("wrong", "early")
