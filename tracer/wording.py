"""A Frame in words: the chain-rule product, why the local derivative is what it is, and where we are.

The words are the same everywhere; a `Style` says how they are spelt: plain for terminals and pipes, Unicode for
pictures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from math import isclose, isfinite
from typing import Final

from tracer.formatting import full, short, visible
from tracer.formulas import ASCII, ATOM, SIGN, UNICODE, Notation, Term, to_term
from tracer.naming import differential, display_names, expression, formula, term_of
from tracer.ops import OPERANDS, OPS, Case
from tracer.tracing import Frame, Trace


@dataclass(frozen=True, slots=True)
class Style:
    """How words and numbers are spelt.

    Attributes:
        notation: the signs in formulas.
        number: a float as text.
        d: the sign of a derivative, "d" or "∂".
        dot: what stands between two derivatives.
        times: what stands between two numbers.
        divider: what stands between two remarks.
    """

    notation: Notation = ASCII
    number: Callable[[float], str] = full
    d: str = "d"
    dot: str = " * "
    times: str = " * "
    divider: str = " - "

    def figure(self, value: float) -> str:
        """A number, with the notation's minus sign."""
        return self.number(value).replace("-", self.notation.minus)

    def derivative(self, above: str, below: str) -> str:
        """`dL/da`; compound names are put in parentheses."""
        return f"{self.d}{differential(above)}/{self.d}{differential(below)}"


PLAIN: Final = Style()
"""As the lecture writes it, in ASCII and with all digits: lossless."""

BRIEF: Final = replace(PLAIN, number=short)
"""The same with short numbers."""

PICTURE: Final = Style(UNICODE, short, dot=" · ", times=" × ", divider="  ·  ")
"""For pictures: ×, · and a real minus sign."""


@dataclass(frozen=True, slots=True)
class Product:
    """The chain-rule product of one frame, in its parts.

    For `dL/da += dL/dp * dp/da = 7.0 * 4.0 = 28.0    12.0 + 28.0 = 40.0` these are `dL/da`, `+=`, `dL/dp * dp/da`,
    `7.0 * 4.0`, `28.0`, `12.0 + 28.0` and `40.0`. Parts that a frame has no use for are "".
    """

    gradient: str
    assign: str
    symbols: str
    numbers: str
    result: str
    addition: str
    total: str

    @property
    def text(self) -> str:
        """The whole line."""
        right = " = ".join(filter(None, (self.symbols, self.numbers, self.result)))
        line = f"{self.gradient} {self.assign} {right}"
        return f"{line}    {self.addition} = {self.total}" if self.addition else line


class Wording:
    """The words for the frames of one trace in one style."""

    def __init__(self, trace: Trace, style: Style = PLAIN) -> None:
        self.trace = trace
        self.graph = trace.graph
        self.style = style
        names = trace.names if style.notation == ASCII else display_names(trace.graph, style.notation)
        self.names = tuple(map(visible, names))
        self._counts = Counter(frame.target for frame in trace.frames)

    @property
    def output(self) -> str:
        """The name of the output."""
        return self.names[self.graph.output]

    def title(self) -> str:
        """The whole computation: `L = (a*b + c)*f`."""
        return self._title

    @cached_property
    def _title(self) -> str:  # every image of a trace has it, and it takes a walk through the whole graph
        return f"{self.output} = {visible(expression(self.graph, self.style.notation))}"

    def equation(self, node: int) -> str:
        """How one node was made: `e = a*b`; for a leaf just its name. A node named by its formula is not repeated."""
        made = self.graph[node]
        if made.kind != "op":
            return self.names[node]
        written = formula(self.graph, made, self.names, self.style.notation)
        return written if written == self.names[node] else f"{self.names[node]} = {written}"

    def computation(self, node: int) -> Product:
        """How an op node is computed, in the same parts as a product: `e = a*b = 2.0 * -3.0 = -6.0`."""
        made = self.graph[node]
        op = OPS.get(made.op)
        figures = [self._figure_term(self.graph[source].value) for source in made.inputs]
        numbers = to_term(op.written, dict(zip(OPERANDS, figures, strict=False)), self.style.notation) if op else None
        written = formula(self.graph, made, self.names, self.style.notation)
        named = written != self.names[node]
        return Product(
            gradient=self.names[node],
            assign="=",
            symbols=written if named else "",
            numbers=numbers.text if numbers else "",
            result=self.style.figure(made.value),
            addition="",
            total="",
        )

    def _figure_term(self, value: float) -> Term:
        return Term(self.style.figure(value), SIGN if value < 0 else ATOM)

    def product(self, frame: Frame) -> Product:
        """The chain-rule product of a frame. The output's own op shows its local derivative in symbols."""
        style = self.style
        symbols = numbers = ""
        if frame.op is not None and _is_product(frame):
            if frame.op == self.graph.output:
                symbols = self.local_symbols(frame)
            else:
                symbols = style.dot.join(
                    (
                        style.derivative(self.output, self.names[frame.op]),
                        style.derivative(self.names[frame.op], self.names[frame.target]),
                    )
                )
                numbers = style.times.join((style.figure(frame.upstream), style.figure(frame.local)))
        addition = f"{style.figure(frame.before)} + {style.figure(frame.contribution)}" if frame.accumulates else ""
        return Product(
            gradient=style.derivative(self.output, self.names[frame.target]),
            assign=frame.assign,
            symbols=symbols,
            numbers=numbers,
            result=style.figure(frame.contribution),
            addition=addition,
            total=style.figure(frame.after) if addition else "",
        )

    def local_symbols(self, frame: Frame) -> str:
        """The local derivative as a formula in the user's names, `f` or `1 - L**2`; "" where it is just a number."""
        term = self._local_term(frame)
        return "" if term is None or term.number is not None else term.text

    def reason(self, frame: Frame) -> str:
        """Why the local derivative is what it is: `e = a*b, so de/da is the other factor: b = -3.0`."""
        if frame.op is None:
            return self.because(frame)
        return f"{self.equation(frame.op)}, so {self.because(frame)}"

    def because(self, frame: Frame) -> str:
        """The same without the equation: `de/da is the other factor: b = -3.0`."""
        if frame.op is None:
            return f"the start: {self.output} changes exactly as much as itself"
        local = self.style.derivative(self.names[frame.op], self.names[frame.target])
        case, term = self._case(frame), self._local_term(frame)
        if case is None or term is None:
            return f"{local} is {self.style.figure(frame.local)}"
        if term.number is not None:
            return f"{local} is {self.style.notation.number(frame.local)}: {case.why}"
        return f"{local} is {case.why}: {term.text} = {self.style.figure(frame.local)}"

    def accumulation(self, frame: Frame) -> str:
        """Why a gradient is added to: `a feeds both p and s: its two contributions add up`; "" for the first one."""
        if not frame.accumulates:
            return ""
        name = self.names[frame.target]
        consumers = list(dict.fromkeys(self.graph.consumers[frame.target]))
        reached = [self.names[node] for node in consumers if node in self.graph.reached]
        count = self._counts[frame.target]
        if len(reached) == 1:
            fed = f"{reached[0]} {_TIMES.get(count, f'{count} times')}"
        elif len(reached) == 2:
            fed = f"both {reached[0]} and {reached[1]}"
        else:
            fed = f"{len(reached)} values"
        return f"{name} feeds {fed}: its {_COUNTS.get(count, str(count))} contributions add up"

    def mark(self, frame: Frame) -> str:
        """What to put behind a frame in which a number, or a value it is about, is inf or NaN; "" elsewhere."""
        values = [self.graph[node].value for node in (frame.target, frame.op) if node is not None]
        return "" if frame.finite and all(map(isfinite, values)) else "not finite"

    def place(self, frame: Frame) -> str:
        """Where we are: `step 2 of 4`."""
        return f"step {frame.step + 1} of {len(self.trace.steps)}"

    def caption(self, frame: Frame) -> str:
        """One line under a picture: where we are, and why."""
        why = frame.note or self.accumulation(frame) or self.reason(frame)
        return self.style.divider.join(filter(None, (self.place(frame), why, self.mark(frame))))

    def _case(self, frame: Frame) -> Case | None:
        """The case of the op's local derivative that holds in this frame; None for ops that are not in our table."""
        node = self.graph[frame.op or 0]
        op = OPS.get(node.op)
        if op is None or frame.slot is None:
            return None
        operands = [self.graph[source].value for source in node.inputs]
        return op.case(frame.slot, operands[0], operands[-1], node.value)

    def _local_term(self, frame: Frame) -> Term | None:
        case = self._case(frame)
        if case is None:
            return None
        node = self.graph[frame.op or 0]
        letters = dict(zip(OPERANDS, node.inputs, strict=False)) | {"y": node.id}
        terms = {letter: term_of(self.names[source], self.graph[source]) for letter, source in letters.items()}
        return to_term(case.shown, terms, self.style.notation)


def _is_product(frame: Frame) -> bool:
    """Whether the contribution is upstream × local; a gradient that was assigned by hand may be anything."""
    return not frame.verdict or isclose(frame.upstream * frame.local, frame.contribution, rel_tol=1e-6)


_COUNTS: Final = {2: "two", 3: "three", 4: "four", 5: "five"}
_TIMES: Final = {2: "twice", 3: "three times", 4: "four times"}
