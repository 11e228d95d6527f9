"""The log: each chain-rule product on a line, grouped by step, with its reason and its numerical check."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.text import Text

from tracer.checking import Check, NodeCheck
from tracer.outputs.console import Page, at_once, open_console
from tracer.outputs.terminal_check import MARKS, checked_together, print_check, print_nudge, summary
from tracer.tracing import Frame, Trace
from tracer.wording import Product, Wording

__all__ = ["Log", "print_check", "print_log", "print_nudge"]

# From here on the reasons stand beside the products instead of under them.
_WIDE: Final = 88
# Below this there is no room to spare for indentation.
_NARROW: Final = 50


def print_log(
    trace: Trace, console: Console | None = None, *, check: Check | None = None, all_digits: bool | None = None
) -> None:
    """Print the log of a trace.

    Args:
        trace: what to tell.
        console: where to; standard output if left out.
        check: the numerical verification to show with it, if it was made.
        all_digits: print numbers in full (True) or in short (False); left out, short on a terminal and full in a pipe.
    """
    page = Page(console or open_console(), all_digits)
    with at_once(page.console):
        Log(trace, page, check).print()


class Log:
    """The log of one trace on one page."""

    def __init__(self, trace: Trace, page: Page, check: Check | None) -> None:
        self.trace = trace
        self.page = page
        self.check = check
        self.formulas = Wording(trace, page.formulas)
        self.words = Wording(trace, page.words)
        self._last = {frame.target: frame.index for frame in trace.frames}
        self._checked = _by_node(check)
        narrow = not page.is_plain and page.width < _NARROW
        self._indent = 0 if page.is_plain or narrow else 2
        self._reason_indent = self._indent + (2 if narrow else 4)
        self._column = self._reason_column()

    def print(self) -> None:
        """Print all of it."""
        page = self.page
        page.write(page.text((self.words.title(), "title")))
        for frames in self.trace.steps:
            page.write()
            page.write(self._heading(frames[0]))
            for frame in frames:
                self._print_frame(frame)
        endings = [*self.trace.remarks]
        if endings or self.check is not None:
            page.write()
        for remark in endings:
            page.write(page.text((remark, "unsure")))
        if self.check is not None:
            page.write(summary(self.check, page))

    def _heading(self, frame: Frame) -> Text:
        return self.page.text((f"{self.words.place(frame)}{self.page.words.divider}{self.words.event(frame)}", "step"))

    def _print_frame(self, frame: Frame) -> None:
        page = self.page
        products = self._product_lines(frame)
        remarks = self._remarks(frame)
        if not self._column:
            for number, line in enumerate(products):
                page.write(line, self._indent + (2 if number else 0), hang=4)
            for remark in remarks:
                page.write(remark, self._reason_indent, hang=0)
            return
        room = page.width - self._column - 1
        beside = [piece for remark in remarks for piece in remark.wrap(page.console, room)]
        for number in range(max(len(products), len(beside))):
            line = Text(" " * self._indent)
            line.append_text(products[number] if number < len(products) else Text())
            line.pad_right(max(self._column - line.cell_len, 0))
            line.append_text(beside[number] if number < len(beside) else Text())
            line.rstrip()
            page.write(line)

    def _product_lines(self, frame: Frame) -> list[Text]:
        """The product on one line, or on several where the terminal is too narrow for it."""
        product = self.formulas.product(frame)
        pieces = self._pieces(product)
        if frame.verdict:
            pieces.append(self.page.text(" ", MARKS[frame.verdict]))
        if mark := self.words.mark(frame):
            pieces.append(self.page.text("    ", (mark, "wrong")))
        whole = Text().join(pieces)
        room = self.page.width - self._indent
        if self.page.is_plain or whole.cell_len <= room:
            return [whole]
        lines = [pieces[0]]
        for piece in pieces[1:]:
            if lines[-1].cell_len + piece.cell_len <= room - 2:
                lines[-1].append_text(piece)
            else:
                piece = piece.copy()
                stripped = len(piece.plain) - len(piece.plain.lstrip())
                lines.append(piece[stripped:])
        return lines

    def _pieces(self, product: Product) -> list[Text]:
        """The product cut before each `=`, where a line may be broken."""
        page = self.page
        right = [
            (part, style)
            for part, style in ((product.symbols, "symbols"), (product.numbers, "numbers"), (product.result, "result"))
            if part
        ]
        if product.addition:
            right[-1] = (product.result, "numbers")
        pieces = [page.text((product.gradient, "gradient"), f" {product.assign} ", right[0])]
        pieces += [page.text(" = ", part) for part in right[1:]]
        if product.addition:
            pieces.append(page.text("    ", (product.addition, "numbers")))
            pieces.append(page.text(" = ", (product.total, "result")))
        return pieces

    def _remarks(self, frame: Frame) -> list[Text]:
        """What stands with a product: a note on it, why it is so, and what the numerical check says."""
        page, words = self.page, self.words
        lines = [page.text((frame.note, MARKS[frame.verdict][1] if frame.verdict else "why"))] if frame.note else []
        if not frame.note:
            lines.append(page.text((words.because(frame), "why")))
            if frame.accumulates:
                lines.append(page.text((words.accumulation(frame), "why")))
        found = self._checked.get(frame.target)
        if found is not None and self._last[frame.target] == frame.index:  # the gradient is complete
            lines.append(checked_together(found, page))
        return lines

    def _reason_column(self) -> int:
        """Where reasons stand beside products, the column they begin in; 0 where they stand under them."""
        if self.page.is_plain or self.page.width < _WIDE:
            return 0
        widest = max(self._indent + len(self.formulas.product(frame).text) for frame in self.trace.frames) + 3
        return widest if self.page.width - widest >= 36 else 0


def _by_node(check: Check | None) -> dict[int, list[NodeCheck]]:
    """What was found out about each node; of a vector about each of its entries."""
    found: dict[int, list[NodeCheck]] = {}
    for one in check.nodes if check else ():
        found.setdefault(one.node, []).append(one)
    return found
