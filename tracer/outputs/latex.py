r"""A trace as a LaTeX document: the derivation as formulas, and the finished graph as TikZ, to compile or to copy from.

It needs nothing but amsmath, geometry and TikZ. The graph is the Scene that all other pictures show, shape by shape;
all of what it says stays text in the fonts of the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from tracer.drawing.measures import GRAPH_TOP, MARGIN
from tracer.drawing.moments import finished
from tracer.drawing.scene import Painter
from tracer.drawing.shapes import Circle, Curve, Rect, Scene, Shape, Text
from tracer.drawing.stage import Stage
from tracer.drawing.theme import Theme
from tracer.formatting import cells, rows, short
from tracer.formulas import UNICODE
from tracer.naming import differential
from tracer.outputs.options import Options
from tracer.outputs.progress import Progress
from tracer.outputs.staging import stage_of
from tracer.outputs.svg import number
from tracer.outputs.textex import breakable, formula, letters, text
from tracer.tensors import Number, Rule, Tensor, decimal
from tracer.tracing import Frame, Trace
from tracer.wording import PICTURE, Style, Wording

# A px in "big points", 72 of which are an inch.
_BP: Final = 0.75
_PREAMBLE: Final = r"""\documentclass{article}
\usepackage[margin=2cm]{geometry}
\usepackage{amsmath}
\usepackage{tikz}
% Fonts that can be had in every size.
\IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{\usepackage{fix-cm}}
\allowdisplaybreaks
\pagestyle{empty}
\AtBeginDocument{\raggedright}
% Text that is no wider than its place: \tracertext{width}{size}{text}
\newsavebox{\tracerbox}
\newcommand{\tracertext}[3]{%
  \sbox{\tracerbox}{\fontsize{#2}{#2}\selectfont\sffamily #3}%
  \ifdim\wd\tracerbox>#1\relax\resizebox{#1}{!}{\usebox{\tracerbox}}\else\usebox{\tracerbox}\fi}
% A formula that is no wider than a third of a line: \tracernarrow{formula}
\newcommand{\tracernarrow}[1]{%
  \sbox{\tracerbox}{$\displaystyle #1$}%
  \ifdim\wd\tracerbox>.3\linewidth\vcenter{\hbox{\resizebox{.3\linewidth}{!}{\usebox{\tracerbox}}}}\else #1\fi}
% A picture that is neither wider nor higher than the page.
\newsavebox{\tracerpage}
\newcommand{\tracerfit}[1]{%
  \sbox{\tracerpage}{#1}%
  \ifdim\wd\tracerpage>\linewidth\sbox{\tracerpage}{\resizebox{\linewidth}{!}{\usebox{\tracerpage}}}\fi
  \ifdim\ht\tracerpage>\textheight\sbox{\tracerpage}{\resizebox{!}{\textheight}{\usebox{\tracerpage}}}\fi
  \usebox{\tracerpage}}
"""
_GRAPH: Final = ("card:", "edge:", "op:", "sheets:")
_PAPER: Final = "#ffffff"
# Formulas of more characters than that get a second line.
_LONG: Final = 64
# Longer names are cut. Three derivatives, side by side, still fit on a line; what is too wide pushes all of `align` off
# the page.
_LONGEST_NAME: Final = 32
# Derivatives and factors of more letters than that may be too wide.
_WIDE: Final = 24
_BREAK: Final = " \\\\\n&= "


class _TexStyle(Style):
    """Derivatives as fractions, and everything else as formulas."""

    def figure(self, value: Number, dtype: str = "") -> str:
        """A number, or a small tensor as a matrix."""
        if isinstance(value, Tensor) and rows(value) is not None:
            lines = (" & ".join(map(formula, row)) for row in cells(value))
            return r"\begin{bmatrix}" + r" \\ ".join(lines) + r"\end{bmatrix}"
        if isinstance(value, float) and dtype:
            value = decimal(value, dtype)
        return formula(self.number(value))

    def spelled(self, text: str) -> str:
        """A piece of a rule for tensors, or a name in it."""
        return formula(text)

    def derivative(self, above: str, below: str) -> str:
        """A derivative of one name by another."""
        d = r"\partial " if self.d == "∂" else "d"
        fraction = rf"\frac{{{d}{formula(differential(above))}}}{{{d}{formula(differential(below))}}}"
        return _narrow(fraction, max(letters(above), letters(below)))


class _TexWording(Wording):
    """Words with names that leave a formula room on a page."""

    def __init__(self, trace: Trace, style: Style) -> None:
        super().__init__(trace, style)
        self.names = tuple(map(_cut, self.names))


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def write(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write a trace as a LaTeX document."""
    stage = stage_of(trace, options)
    scene = Painter(stage).image(finished(stage.trace))
    style = _TexStyle(UNICODE, short, options.notation, dot=r"\cdot ", times=r"\times ", entrywise=r"\odot ")
    words = _TexWording(trace, style)
    lines = [
        _PREAMBLE,
        *_colours(stage.theme),
        r"\begin{document}",
        rf"\section*{{Backpropagation through \boldmath${breakable(words.title())}$}}",
        *derivation(words),
        r"\begin{center}",
        *picture(stage, scene),
        r"\end{center}",
        r"\end{document}",
    ]
    file.write(("\n".join(lines) + "\n").encode())
    if progress is not None:
        progress(1, 1)


def derivation(words: Wording) -> Iterator[str]:
    """The chain rule of every frame, grouped by step, as an `align*` block."""
    rows: list[str] = []
    plain = Wording(words.trace, PICTURE)
    for frames in words.trace.steps:
        rows.append(rf"\intertext{{{_heading(words, frames[0])}}}")
        for frame in frames:
            row = _row(words, frame, broken=len(plain.product(frame).text) > _LONG)
            rows.append(row + (r" \\" if frame is not frames[-1] else ""))
    yield r"\begin{align*}"
    yield from rows
    yield r"\end{align*}"


def picture(stage: Stage, scene: Scene) -> Iterator[str]:
    """The graph of a Scene as a `tikzpicture`, made smaller where the page has not enough room for it."""
    yield r"\tracerfit{%"
    yield rf"\begin{{tikzpicture}}[x={_BP}bp,y=-{_BP}bp,line join=round]"
    if stage.theme.background.lower() != _PAPER:
        height = stage.layout.height + 2 * MARGIN
        yield _tikz(Rect(0, GRAPH_TOP - MARGIN, stage.width, height, 0, "background", "background", 0))
    for part in scene.parts:
        if part.key.startswith(_GRAPH):
            yield f"% {part.key}"
            yield from map(_tikz, part.shapes)
    yield r"\end{tikzpicture}}"


def _narrow(formula: str, length: int) -> str:
    """A formula of so many letters, made to fit if it is a wide one."""
    return rf"\tracernarrow{{{formula}}}" if length > _WIDE else formula


def _heading(words: Wording, frame: Frame) -> str:
    what = words.event(frame) if frame.op is None else f"${breakable(words.equation(frame.op))}$"
    return f"{text(words.place(frame).capitalize())}: {what}"


def _row(words: Wording, frame: Frame, *, broken: bool) -> str:
    product = words.product(frame)
    # Only the local derivative of the output's own op is not written with fractions, but as a formula.
    is_formula = frame.op == words.graph.output and not isinstance(frame.local, Rule)
    symbols = _narrow(formula(product.symbols), letters(product.symbols)) if is_formula else product.symbols
    numbers = " = ".join(filter(None, (product.numbers, product.result)))
    assign = r"&\mathrel{+}=" if frame.accumulates else "&="
    sums = rf", \qquad {product.addition} = {product.total}" if product.addition else ""
    middle = rf"{symbols}{_BREAK if broken else ' = '}" if symbols else ""
    return f"{product.gradient} {assign} {middle}{numbers}{sums}"


def _colours(theme: Theme) -> Iterable[str]:
    for role, colour in theme.colours().items():
        yield rf"\definecolor{{{_colour(role)}}}{{HTML}}{{{colour.removeprefix('#').upper()}}}"


def _colour(role: str) -> str:
    return "tracer" + role.replace("_", "")


def _tikz(shape: Shape) -> str:
    match shape:
        case Rect():
            corners = f",rounded corners={number(shape.radius * _BP)}bp" if shape.radius else ""
            place = f"{_at(shape.x, shape.y)} rectangle {_at(shape.x + shape.width, shape.y + shape.height)}"
            return rf"\path[{_look(shape)}{corners}] {place};"
        case Circle():
            return rf"\path[{_look(shape)}] {_at(shape.x, shape.y)} circle[radius={number(shape.radius * _BP)}bp];"
        case Curve():
            start, *rest = (_at(*point) for point in shape.points)
            pieces = (rest[place : place + 3] for place in range(0, len(rest), 3))
            line = "".join(f" .. controls {a} and {b} .. {c}" for a, b, c in pieces)
            return rf"\path[{_pen(shape)}] {start}{line};"
        case Text():
            return _text(shape)


def _look(shape: Rect | Circle) -> str:
    pen = f",{_pen(shape)}" if shape.stroke_width else ""
    return f"fill={_colour(shape.fill)}{pen}"


def _pen(shape: Rect | Circle | Curve) -> str:
    return f"draw={_colour(shape.stroke)},line width={number(shape.stroke_width * _BP)}bp"


def _text(shape: Text) -> str:
    anchor = {"start": "base west", "middle": "base", "end": "base east"}[shape.anchor]
    words = text(shape.text) if not shape.bold else rf"\bfseries {text(shape.text)}"
    content = rf"\tracertext{{{number(shape.width * _BP)}bp}}{{{number(shape.size * _BP)}bp}}{{{words}}}"
    look = f"anchor={anchor},inner sep=0pt,text={_colour(shape.fill)}"
    return rf"\node[{look}] at {_at(shape.x, shape.y)} {{{content}}};"


def _at(x: float, y: float) -> str:
    return f"({number(x)},{number(y)})"
