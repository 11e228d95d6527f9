"""A Frame in words: the chain-rule product, why the local derivative is what it is, and where we are.

The words are the same everywhere; a `Style` says how they are spelt: plain for terminals and pipes, Unicode for
pictures.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import isclose, prod
from typing import Final, NamedTuple

from tracer.formatting import full, short, visible, whole
from tracer.formulas import ASCII, ATOM, SIGN, UNICODE, Notation, Term, to_term
from tracer.naming import differential, display_names, expression, formula, term_of
from tracer.ops import OPERANDS, OPS, Case
from tracer.tensorops import TENSOR_OPS
from tracer.tensors import Local, Number, Rule, Tensor, decimal, is_finite, scalar
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
        entrywise: what stands between two tensors that are multiplied entry by entry.
        divider: what stands between two remarks.
    """

    notation: Notation = ASCII
    number: Callable[[Number], str] = full
    d: str = "d"
    dot: str = " * "
    times: str = " * "
    entrywise: str = " * "
    divider: str = " - "

    def figure(self, value: Number, dtype: str = "") -> str:
        """A number, with the notation's minus sign; one of a narrow dtype with no more digits than that has."""
        if isinstance(value, float) and dtype:
            text = whole(value, dtype) or self.number(decimal(value, dtype))
        else:
            text = self.number(value)
        return text.replace("-", self.notation.minus)

    def spelled(self, text: str) -> str:
        """A piece of a rule for tensors, or a name in it."""
        return text

    def derivative(self, above: str, below: str) -> str:
        """`dL/da`; compound names are put in parentheses."""
        return f"{self.d}{differential(above)}/{self.d}{differential(below)}"


PLAIN: Final = Style()
"""As the lecture writes it, in ASCII and with all digits: lossless."""

BRIEF: Final = replace(PLAIN, number=short)
"""The same with short numbers."""

PICTURE: Final = Style(UNICODE, short, dot=" · ", times=" × ", entrywise=" ⊙ ", divider="  ·  ")
"""For pictures: ×, · and a real minus sign."""


class Product(NamedTuple):
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
        values = [self.graph[source].value for source in made.inputs]
        figures = [self._figure_term(value) for value in values if isinstance(value, float)]
        numbers = None
        if op is not None and len(figures) == len(values):
            numbers = to_term(op.written, dict(zip(OPERANDS, figures, strict=False)), self.style.notation)
        written = formula(self.graph, made, self.names, self.style.notation)
        named = written != self.names[node]
        return Product(
            gradient=self.names[node],
            assign="=",
            symbols=written if named else "",
            numbers=numbers.text if numbers else "",
            result=self.style.figure(made.value, made.dtype),
            addition="",
            total="",
        )

    def _figure_term(self, value: float) -> Term:
        return Term(self.style.figure(value), SIGN if value < 0 else ATOM)

    def product(self, frame: Frame) -> Product:
        """The chain-rule product of a frame. The output's own op shows its local derivative in symbols."""
        style, dtype = self.style, self.graph[frame.target].dtype
        symbols = numbers = ""
        if isinstance(frame.local, Rule):
            if not self._says_itself(frame.local):
                symbols, numbers = self.rule(frame.local), self.rule_shapes(frame.local)
        elif frame.op is not None and _is_product(frame):
            if frame.op == self.graph.output:
                symbols = self.local_symbols(frame)
            else:
                symbols, numbers = self._factors(frame.op, frame)
        contribution = style.figure(frame.contribution, dtype)
        addition = f"{style.figure(frame.before, dtype)} + {contribution}" if frame.accumulates else ""
        return Product(
            gradient=style.derivative(self.output, self.names[frame.target]),
            assign=frame.assign,
            symbols=symbols,
            numbers=numbers,
            result=contribution,
            addition=addition,
            total=style.figure(frame.after, dtype) if addition else "",
        )

    def _factors(self, op: int, frame: Frame) -> tuple[str, str]:
        """The upstream gradient times the local derivative, in symbols and in numbers."""
        style, dtype = self.style, self.graph[op].dtype
        derivatives = (
            style.derivative(self.output, self.names[op]),
            style.derivative(self.names[op], self.names[frame.target]),
        )
        figures = style.figure(frame.upstream, dtype), self._local_figure(frame.local, dtype)
        if isinstance(frame.upstream, Tensor):
            return style.entrywise.join(derivatives), style.entrywise.join(figures)
        return style.dot.join(derivatives), style.times.join(figures)

    def rule(self, rule: Rule) -> str:
        """A rule in names: `xᵀ @ dL/dy`. The output's own gradient is 1 and not written as a factor."""
        seed = re.compile(rf"(−?)\{{d{self.graph.output}\}} [×⊙] (?!.*\d/\d)")
        return self._spelled(replace(rule, text=seed.sub(r"\1", rule.text)), self._rule_name)

    def _says_itself(self, rule: Rule) -> bool:
        """Whether a rule says no more than that a derivative of the output is that: `(dL/dx)ᵀ · dL/dL`."""
        output = str(self.graph.output)
        found = (form.fullmatch(rule.text) for form in _TIMES_GRADIENT)
        return any(one is not None and one.groups() == (output, output) for one in found)

    def rule_shapes(self, rule: Rule) -> str:
        """A rule in shapes, so that one sees that they fit: `(3, 2) @ (2, 4)`.

        "" for rules that speak of Jacobians, have one part, or multiply by one number: there is nothing to fit.
        """
        places = list(_PLACE.finditer(rule.text))
        alone = len(places) == 1 and places[0][0] == rule.text
        if alone or any(place[3] or not self.graph[int(place[2])].shape for place in places):
            return ""
        return self._spelled(rule, self._rule_shape)

    def _spelled(self, rule: Rule, spell: Callable[[re.Match[str]], str]) -> str:
        pieces, end = [], 0
        for place in _PLACE.finditer(rule.text):
            pieces += [self._signs(rule.text[end : place.start()]), spell(place)]
            end = place.end()
        return "".join(pieces) + self._signs(rule.text[end:])

    def _signs(self, text: str) -> str:
        return self.style.spelled(self.style.notation.tensors(text))

    def _rule_name(self, place: re.Match[str]) -> str:
        node, turned = int(place[2]), self._signs(place[4])
        if place[3]:
            return self.style.derivative(self.names[node], self.names[int(place[3])])
        if place[1]:
            gradient = self.style.derivative(self.output, self.names[node])
            return f"({gradient}){turned}" if turned else gradient
        named = self.style.spelled(term_of(self.names[node], self.graph[node]).within(ATOM))
        # A name that ends with the sign of a transpose gets no second one at once.
        return f"({named}){turned}" if turned and named.endswith(turned) else named + turned

    def _rule_shape(self, place: re.Match[str]) -> str:
        shape = self.graph[int(place[2])].shape
        return str((*shape[:-2], *shape[:-3:-1]) if place[4] else shape)

    def _local_figure(self, local: Local, dtype: str) -> str:
        return "" if isinstance(local, Rule) else self.style.figure(local, dtype)

    def local_symbols(self, frame: Frame) -> str:
        """The local derivative as a formula in the user's names, `f` or `1 - L**2`; "" where it is just a number."""
        term = self._local_term(frame)
        return "" if term is None or term.number is not None else term.text

    def reason(self, frame: Frame) -> str:
        """Why the local derivative is what it is: `e = a*b, so de/da is the other factor: b = -3.0`."""
        if frame.op is None:
            return self.because(frame)
        so = ":" if self._words(frame) else ", so"
        return f"{self.equation(frame.op)}{so} {self.because(frame)}"

    def because(self, frame: Frame) -> str:
        """The same without the equation: `de/da is the other factor: b = -3.0`.

        A rule has been written out in the product, so that here only its reason stands.
        """
        if frame.op is None:
            return self.note(frame) or f"the start: {self.output} changes exactly as much as itself"
        if isinstance(frame.local, Rule):
            return self._rule_reason(frame, frame.local)
        if self._words(frame):
            return self._words(frame)
        local = self.style.derivative(self.names[frame.op], self.names[frame.target])
        case, term = self._case(frame), self._local_term(frame)
        figure = self.style.figure(frame.local, self.graph[frame.op].dtype)
        if case is None or term is None:
            ways = ": the sum over all ways through the group" if self.graph[frame.op].group else ""
            return f"{local} is {self._case_by_case(frame) or figure}{ways}"
        if term.number is not None:
            number = frame.local if isinstance(frame.local, float) else term.number
            return f"{local} is {self.style.notation.number(number)}: {case.why}"
        number_too = "" if isinstance(frame.local, Tensor) else f" = {figure}"
        return f"{local} is {case.why}: {term.text}{number_too}"

    def _rule_reason(self, frame: Frame, rule: Rule) -> str:
        gradient = self.style.derivative(self.output, self.names[frame.target])
        if not self._says_itself(rule):
            return rule.why or f"{gradient} is {self.rule(rule)}"
        seed = self.style.derivative(self.output, self.output)
        return f"{rule.why or f'{gradient} is the local derivative itself'}, and {seed} is 1"

    def _words(self, frame: Frame) -> str:
        """A reason that stands by itself: that of a rule, or what the tensor op table says of an op; "" elsewhere."""
        if isinstance(frame.local, Rule):
            return frame.local.why
        op = TENSOR_OPS.get(self.graph[frame.op].op) if frame.op is not None else None
        return op.words(frame.slot) if op is not None and frame.slot is not None else ""

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
        return "" if frame.finite and all(map(is_finite, values)) else "not finite"

    def place(self, frame: Frame) -> str:
        """Where we are: `step 2 of 4`."""
        return f"step {frame.step + 1} of {len(self.trace.steps)}"

    def event(self, frame: Frame) -> str:
        """What happens in the step that a frame begins: an op's equation, the start, or something from outside."""
        if frame.op is not None:
            return self.equation(frame.op)
        return "the start" if frame.index == 0 else "set by no op"

    def note(self, frame: Frame) -> str:
        """What there is to say about a gradient that was assigned by hand; "" for all others."""
        return visible(self.trace.note(frame, self.style)) if frame.note else ""

    def caption(self, frame: Frame) -> str:
        """One line under a picture: where we are, and why."""
        why = self.note(frame) or self.accumulation(frame) or self.reason(frame)
        return self.style.divider.join(filter(None, (self.place(frame), why, self.mark(frame))))

    def _case(self, frame: Frame) -> Case | None:
        """The case of the op's local derivative that holds in this frame.

        None for ops that are not in our table, and where it is one case for some entries and another for others.
        """
        cases = self._cases(frame)
        return cases[0] if len(cases) == 1 else None

    def _case_by_case(self, frame: Frame) -> str:
        """Which case holds for which entries: `1 where the input is positive, ...`; "" if nothing is known of them."""
        told = ((self._case_term(frame, case), case.why) for case in self._cases(frame) if case is not None)
        return "; ".join(f"{term.text} where {why}" for term, why in told)

    def _cases(self, frame: Frame) -> list[Case | None]:
        """The cases that hold in this frame, each once; none for ops that are not in our table."""
        node = self.graph[frame.op or 0]
        op = OPS.get(node.op)
        if op is None or frame.slot is None:
            return []
        if len(op.locals[frame.slot]) == 1 and not op.locals[frame.slot][0].when:
            return [op.locals[frame.slot][0]]
        values = [self.graph[source].value for source in node.inputs]
        found = (op.case(frame.slot, *numbers) for numbers in _entries(values[0], values[-1], node.value))
        return list(dict.fromkeys(found))

    def _local_term(self, frame: Frame) -> Term | None:
        case = self._case(frame)
        return None if case is None else self._case_term(frame, case)

    def _case_term(self, frame: Frame, case: Case) -> Term:
        node = self.graph[frame.op or 0]
        letters = dict(zip(OPERANDS, node.inputs, strict=False)) | {"y": node.id}
        terms = {letter: term_of(self.names[source], self.graph[source]) for letter, source in letters.items()}
        return to_term(case.shown, terms, self.style.notation)


def _is_product(frame: Frame) -> bool:
    """Whether the contribution is upstream × local; a gradient that was assigned by hand may be anything."""
    if not frame.verdict:
        return True
    return isclose(scalar(frame.upstream) * scalar(frame.local), scalar(frame.contribution), rel_tol=1e-6)


def _entries(*numbers: Number) -> Iterator[tuple[float, ...]]:
    """The entries of numbers that belong together; none where they are not kept, or their shapes differ."""
    shapes = {number.shape for number in numbers if isinstance(number, Tensor)}
    if len(shapes) > 1 or any(isinstance(number, Tensor) and number.entries is None for number in numbers):
        return
    count = prod(next(iter(shapes), ()))
    columns = [(number.entries or ()) if isinstance(number, Tensor) else (number,) * count for number in numbers]
    yield from zip(*columns, strict=True)


# A place in a rule: the gradient of a node, a derivative, or a node, and whether that is transposed.
_PLACE: Final = re.compile(r"\{(d?)(\d+)(?:/(\d+))?\}(ᵀ?)")
# A derivative of one node times the gradient of a node, in either order.
_TIMES_GRADIENT: Final = (
    re.compile(r"\(?\{(\d+)/\d+\}\)?ᵀ? [·×⊙] \{d(\d+)\}"),
    re.compile(r"\{d(\d+)\} [·×⊙] \{(\d+)/\d+\}"),
)


_COUNTS: Final = {2: "two", 3: "three", 4: "four", 5: "five"}
_TIMES: Final = {2: "twice", 3: "three times", 4: "four times"}
