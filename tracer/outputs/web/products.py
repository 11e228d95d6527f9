"""All products of a trace as a table in HTML: what a reader without JavaScript sees, and what the captions are made of.

The words are those of `wording.py`. Where the player can compute, they are made once with a mark in place of each
number: in the page each number is an element that says which one it is, so that the player fills in numbers and never
words, and where the reason depends on the numbers, as for relu, the reason for every case is there, and all but one are
hidden. Where it cannot, numbers never change, and the words stand as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from tracer.drawing.stage import is_wrong
from tracer.ops import OPS, Case
from tracer.outputs.web.markup import escaped
from tracer.tensors import Number, scalar
from tracer.tracing import Frame, Trace
from tracer.wording import PICTURE, Product, Style, Wording

# What the player calls the numbers of a frame, in one letter each: there are many of them.
_NUMBERS: Final = {
    "value": "v",
    "upstream": "u",
    "local": "l",
    "contribution": "c",
    "before": "b",
    "after": "a",
}
# Stands for a number. No text from outside can contain it: `visible` escapes it.
_MARK: Final = "\x00"


def rows(trace: Trace, style: Style = PICTURE, *, live: bool = True) -> str:
    """The table's bodies: one for the start, then one a step with a row for each of its frames.

    Args:
        trace: what to tell.
        style: how it is spelt.
        live: whether the player may change the numbers.
    """
    table = _table(trace, style, live)
    steps = (_step(table.place(step[0]), map(table.row, step)) for step in trace.steps)
    return _step("", [table.start()]) + "".join(steps)


def caption(trace: Trace, style: Style = PICTURE, *, live: bool = True) -> str:
    """What stands under the graph after the last frame: its product and why."""
    table, last = _table(trace, style, live), trace.frames[-1]
    formula, why = table.words(last)
    return f'<p class="formula">{formula}</p><p class="why"><span>{table.place(last)} · </span>{why}</p>'


def _table(trace: Trace, style: Style, live: bool) -> _Table:
    return _LiveTable(trace, style) if live else _Table(trace, style)


def _step(place: str, rows_: Iterable[str]) -> str:
    return f'<tbody data-place="{place}">{"".join(rows_)}</tbody>'


class _Templates(Wording):
    """The words with a mark in place of each number, and with any case of a local derivative that one likes."""

    def __init__(self, trace: Trace, style: Style) -> None:
        super().__init__(trace, replace(style, number=lambda _: _MARK))
        self.chosen: Case | None = None

    def supposing(self, frame: Frame) -> Frame:
        """The frame as it would be if the chosen case held, as far as its local derivative is the same number then."""
        term = self._local_term(frame)
        return frame if term is None or term.number is None else replace(frame, local=term.number)

    def _cases(self, frame: Frame) -> list[Case | None]:
        return [self.chosen]


class _Table:
    """The words of frames whose numbers do not change."""

    def __init__(self, trace: Trace, style: Style) -> None:
        self._trace = trace
        self._words = Wording(trace, style)

    def start(self) -> str:
        name = escaped(self._words.output)
        formula = _part(f"{name} =") + _part(f"<b>{self._output()}</b>")
        return _row(0, formula, f"forward pass done: every gradient is 0 until {name} starts the way back")

    def row(self, frame: Frame) -> str:
        return _row(frame.index + 1, *self.words(frame), wrong=is_wrong(frame))

    def words(self, frame: Frame) -> tuple[str, str]:
        """A frame's product and why it is what it is."""
        mark = self._words.mark(frame)
        why = self._why(frame) + (f'<span class="mark"> · {mark}</span>' if mark else "")
        return "".join(self._formula(frame)).rstrip(), why

    def place(self, frame: Frame) -> str:
        return escaped(self._words.place(frame))

    def _output(self) -> str:
        node = self._trace.graph[self._trace.graph.output]
        return escaped(self._words.style.figure(node.value, node.dtype))

    def _formula(self, frame: Frame) -> Iterator[str]:
        product = self._words.product(frame)
        yield _part(f"{escaped(product.gradient)} {'=' if product.assign == '=' else '<b>+=</b>'}")
        yield from self._symbols(frame, product)
        numbers, result, addition, total = self._figures(frame, product)
        if numbers:
            yield _part(f"{numbers} =")
        if addition:
            yield _part(result)
            yield _part(f"<b>\u2003{addition} = {total}</b>")
        else:
            yield _part(f"<b>{result}</b>")

    def _symbols(self, frame: Frame, product: Product) -> Iterator[str]:
        if product.symbols:
            yield _part(f"{escaped(product.symbols)} =")

    def _figures(self, frame: Frame, product: Product) -> tuple[str, str, str, str]:
        """A product's parts in numbers: those that are multiplied, the result, the addition and the total."""
        numbers, result, addition, total = map(
            escaped, (product.numbers, product.result, product.addition, product.total)
        )
        return numbers, result, addition, total

    def _why(self, frame: Frame) -> str:
        same_for_all = self._words.note(frame) or self._words.accumulation(frame)
        return escaped(same_for_all) if same_for_all else self._reasons(frame)

    def _reasons(self, frame: Frame) -> str:
        return escaped(self._words.reason(frame))


class _LiveTable(_Table):
    """The words of frames whose numbers the player computes again."""

    def __init__(self, trace: Trace, style: Style) -> None:
        super().__init__(trace, style)
        self._templates = _Templates(trace, style)

    def _output(self) -> str:
        return self._number("value", self._trace.graph[self._trace.graph.output].value)

    def _symbols(self, frame: Frame, product: Product) -> Iterator[str]:
        if frame.op == self._trace.graph.output:
            yield from self._each_case(frame, self._local_symbols)
        else:
            yield from super()._symbols(frame, product)

    def _local_symbols(self, frame: Frame, attributes: str) -> str:
        symbols = self._templates.local_symbols(frame)
        return _part(f"{escaped(symbols)} =", attributes) if symbols else ""

    def _figures(self, frame: Frame, product: Product) -> tuple[str, str, str, str]:
        marked = self._templates.product(frame)
        return (
            self._filled(marked.numbers, frame, "upstream", "local"),
            self._number("contribution", frame.contribution),
            self._filled(marked.addition, frame, "before", "contribution"),
            self._number("after", frame.after),
        )

    def _reasons(self, frame: Frame) -> str:
        return "".join(self._each_case(frame, self._reason))

    def _reason(self, frame: Frame, attributes: str) -> str:
        reason = self._filled(self._templates.reason(frame), frame, "local")
        return f"<span{attributes}>{reason}</span>" if attributes else reason

    def _each_case(self, frame: Frame, words: Callable[[Frame, str], str]) -> Iterator[str]:
        """Words for every case of the local derivative; those of a case that does not hold are hidden."""
        cases, holds = self._cases(frame)
        for number, case in cases.items():
            self._templates.chosen = case
            hidden = "" if number == holds else " hidden"
            attributes = f' data-case="{number}"{hidden}' if len(cases) > 1 else ""
            yield words(self._templates.supposing(frame), attributes)

    def _cases(self, frame: Frame) -> tuple[Mapping[int, Case | None], int]:
        """The cases of a frame's local derivative by number, -1 for none of them, and which of them holds."""
        if frame.op is None or frame.slot is None:
            return {-1: None}, -1
        node = self._trace.graph[frame.op]
        op = OPS[node.op]
        cases: dict[int, Case | None] = dict(enumerate(op.locals[frame.slot]))
        if all(case is not None and case.when for case in cases.values()):
            cases[-1] = None
        operands = [scalar(self._trace.graph[source].value) for source in node.inputs]
        holding = op.case(frame.slot, operands[0], operands[-1], scalar(node.value))
        return cases, next(number for number, case in cases.items() if case is holding)

    def _filled(self, text: str, frame: Frame, *which: str) -> str:
        """Words with their marks replaced by those numbers of a frame, in order."""
        first, *rest = text.split(_MARK)
        numbers = [self._number(name, getattr(frame, name)) for name in which]
        return escaped(first) + "".join(number + escaped(piece) for number, piece in zip(numbers, rest, strict=False))

    def _number(self, which: str, value: Number) -> str:
        return f"<i data-n={_NUMBERS[which]}>{self._words.style.figure(value)}</i>"


def _part(words: str, attributes: str = "") -> str:
    """A piece of a formula that is not broken over lines."""
    return f"<span{attributes}>{words}</span> "


def _row(at: int, formula: str, why: str, *, wrong: bool = False) -> str:
    kind = ' class="wrong"' if wrong else ""
    return f"<tr{kind}><th>{at}</th><td><p>{formula}</p><p>{why}</p></td></tr>"
