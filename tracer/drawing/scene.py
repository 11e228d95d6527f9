"""Moment + positions → Scene.

The first image shows the forward pass done and every gradient 0. In each later one the card of the current frame stands
out, the path that its gradient takes is lit, and its product stands below as a formula with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracer.drawing.captions import formula_shapes, progress, progress_width, reason, reason_lines, title
from tracer.drawing.cards import Face, State, chip, sheets, sheets_room
from tracer.drawing.fitting import magnified
from tracer.drawing.layout import Box, EdgeKey
from tracer.drawing.measures import CAPTION_GAP, MARGIN
from tracer.drawing.moments import Moment
from tracer.drawing.shapes import Part, Point, Scene, Shape
from tracer.drawing.stage import Caption, Stage, is_wrong
from tracer.drawing.styles import weighted
from tracer.formatting import shape_text
from tracer.graph import Graph, Node
from tracer.tensors import zero_like
from tracer.tracing import Frame


def scenes(stage: Stage) -> Iterator[Scene]:
    """All images of a stage in order."""
    painter = Painter(stage)
    for moment in stage.moments:
        yield painter.image(moment)


class Painter:
    """Makes the Scenes of one stage. Parts that have not changed since an earlier image are that image's own."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._cards: dict[tuple[int, Face, State], tuple[Part, ...]] = {}
        self._edges: dict[tuple[EdgeKey, bool], Part] = {}
        self._ops: dict[tuple[int, bool], Part] = {}

    def image(self, moment: Moment) -> Scene:
        """The image of one moment."""
        stage = self.stage
        caption = stage.caption(moment)
        return Scene(
            stage.width,
            stage.height,
            (*self._above(moment), *self._graph(moment), *self._below(moment, caption)),
            title=stage.words.title(),
            description=f"{caption.text}. {caption.remark}.",
        )

    def _above(self, moment: Moment) -> Iterator[Part]:
        stage = self.stage
        room = stage.room - progress_width(stage.trace) - 2 * MARGIN
        yield self._words("title", title(stage.words.title(), room))
        yield self._words("progress", progress(stage.trace, moment, stage.column - MARGIN))

    def _below(self, moment: Moment, caption: Caption) -> Iterator[Part]:
        stage = self.stage
        middle, room, below = stage.column / 2, stage.room, stage.below
        shapes = formula_shapes(caption.formulas, stage.formula, middle, CAPTION_GAP, room)
        yield self._words("formula", shapes, below)
        fill = "wrong" if any(map(is_wrong, moment.current)) else "muted"
        remark = reason(reason_lines(caption.remark, room), middle, stage.remark_baseline, fill)
        yield self._words("reason", remark, below)
        if stage.advice:
            yield self._words("advice", reason([stage.advice], middle, stage.advice_baseline, "muted"), below)

    def _graph(self, moment: Moment) -> Iterator[Part]:
        layout = self.stage.layout
        lit = _lit_edges(moment, self.stage.trace.graph)
        ops = {frame.op for frame in moment.current} | {moment.op}
        # Lit edges come last, so that they run over the others where they cross.
        for key in sorted(layout.edges, key=lambda key: key in lit):
            yield self._edge(key, key in lit)
        for op in layout.ops:
            yield self._op(op, op in ops)
        yield from self._all_cards(moment)
        # The frames of a step share the chip of their upstream gradient.
        yield from {part.key: part for frame in moment.current for part in self._chips(frame)}.values()

    def _edge(self, key: EdgeKey, lit: bool) -> Part:
        if (key, lit) not in self._edges:
            layout = self.stage.layout
            # Where many lines run on top of each other, all but one of them are drawn from where they part.
            line = layout.edges[key] if lit else layout.branches.get(key, layout.edges[key])
            points = tuple(map(self._moved, line))
            shapes = self.stage.cards.edge(points, lit=lit)
            self._edges[key, lit] = self._part(f"edge:{key[0]}:{key[1]}:{key[2]}", shapes)
        return self._edges[key, lit]

    def _op(self, op: int, lit: bool) -> Part:
        if (op, lit) not in self._ops:
            disc = self.stage.layout.ops[op]
            x, y = self._moved((disc.x, disc.y))
            glyph = self.stage.glyph(self.stage.trace.graph[op])
            shapes = self.stage.cards.op_circle(disc._replace(x=x, y=y), glyph, lit=lit)
            self._ops[op, lit] = self._part(f"op:{op}", shapes)
        return self._ops[op, lit]

    def _all_cards(self, moment: Moment) -> Iterator[Part]:
        latest = {frame.target: frame for frame in self.stage.trace.frames[: moment.shown]}
        for node in self.stage.trace.graph.nodes:
            frame = latest.get(node.id)
            yield from self._card(node, self._face(node, frame, moment), _state(node, frame, moment))

    def _face(self, node: Node, frame: Frame | None, moment: Moment) -> Face:
        figure = self.stage.figure
        known = node.kind != "op" or node.id <= moment.computed
        gradient = None if node.kind == "constant" else figure(zero_like(node.value) if frame is None else frame.after)
        return Face(
            self.stage.labels[node.id],
            figure(node.value) if known else "",
            gradient,
            shape_text(node.shape),
            self.stage.columns.get(node.id, ()),
        )

    def _card(self, node: Node, face: Face, state: State) -> tuple[Part, ...]:
        """A card, with sheets under it if it is that of a folded group."""
        key = (node.id, face, state)
        if key not in self._cards:
            box, room = self.stage.layout.cards[node.id], sheets_room(node)
            x, y = self._moved((box.x, box.y))
            shapes = self.stage.cards.card(Box(x, y, box.width - room, box.height - room), face, state)
            below = (self._part(f"sheets:{node.id}", sheets(shapes)),) if node.group else ()
            self._cards[key] = (*below, self._part(f"card:{node.id}", shapes))
        return self._cards[key]

    def _chips(self, frame: Frame) -> Iterator[Part]:
        stage, layout = self.stage, self.stage.layout
        if frame.op is None or frame.slot is None:
            return
        for key, label in (
            (("out", frame.op, 0), stage.upstream_chip(frame)),
            (("in", frame.op, frame.slot), stage.local_chip(frame)),
        ):
            yield self._part(f"chip:{key[0]}:{key[1]}:{key[2]}", chip(self._moved(layout.chips[key]), label))

    def _part(self, key: str, shapes: tuple[Shape, ...]) -> Part:
        return Part(key, weighted(shapes, self.stage.theme.weight))

    def _words(self, key: str, shapes: tuple[Shape, ...], down: float = 0.0) -> Part:
        """Words around the graph, as large as the picture's width calls for."""
        return self._part(key, magnified(shapes, self.stage.magnification, down))

    def _moved(self, point: Point) -> Point:
        """From the layout's own coordinates to the canvas."""
        return point[0] + self.stage.left, point[1] + self.stage.top


def _lit_edges(moment: Moment, graph: Graph) -> set[EdgeKey]:
    """The edges along which something travels at a moment."""
    lit: set[EdgeKey] = set()
    for frame in moment.current:
        if frame.op is not None and frame.slot is not None:
            lit |= {("in", frame.op, frame.slot), ("out", frame.op, 0)}
    if moment.op is not None:
        lit |= {("in", moment.op, slot) for slot in range(len(graph[moment.op].inputs))}
        lit.add(("out", moment.op, 0))
    return lit


def _state(node: Node, frame: Frame | None, moment: Moment) -> State:
    """How a node's card looks, given its latest frame."""
    if node.id == moment.op:
        return "computed"
    if frame is None:
        return "waiting"
    if is_wrong(frame):
        return "wrong"
    return "active" if frame in moment.current else "done"
