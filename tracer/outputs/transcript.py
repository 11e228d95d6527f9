"""A trace in words, for those who cannot see its picture or want to quote it: a transcript and an alt text.

A transcript has every step with its products and reasons, then every value with its data and its gradient. It comes as
plain text and as Markdown; other formats embed it where they can hold words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, Final

from tracer.formatting import visible
from tracer.outputs.markdown import escaped, table
from tracer.outputs.options import Options
from tracer.outputs.progress import Progress
from tracer.tensors import zero_like
from tracer.tracing import Frame, Trace
from tracer.wording import BRIEF, PICTURE, Product, Style, Wording

# An alt text is listened to in one go: of many gradients it says only the first few.
_MOST_TOLD: Final = 8


def write_text(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write the transcript of a trace as plain text in UTF-8; only the notation means anything to it."""
    file.write(plain_text(trace, options.notation).encode())


def write_markdown(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write the transcript of a trace as Markdown in UTF-8; only the notation means anything to it."""
    file.write(markdown(trace, options.notation).encode())


def title(trace: Trace, d: str = "d") -> str:
    """What a picture of the trace is called: `Backpropagation through L = (a × b + c) × f`."""
    return f"Backpropagation through {Wording(trace, _in(PICTURE, d)).title()}"


def alt_text(trace: Trace, d: str = "d") -> str:
    """What a picture of the trace shows, in two sentences: the text for `alt=` of an image.

    Args:
        trace: what the picture shows.
        d: the sign of a derivative, "d" or "∂".
    """
    return f"{title(trace, d)}, step by step. {_told(trace, Wording(trace, _in(PICTURE, d)))}"


def plain_text(trace: Trace, d: str = "d") -> str:
    """The transcript of a trace as plain text.

    Args:
        trace: what to tell.
        d: the sign of a derivative, "d" or "∂".
    """
    return f"Backpropagation through {Wording(trace, _in(BRIEF, d)).title()}\n{description(trace, d)}"


def description(trace: Trace, d: str = "d") -> str:
    """The transcript as plain text without its title, for formats that hold the title by itself."""
    words = Wording(trace, _in(BRIEF, d))
    lines = [_told(trace, words)]
    for frames in trace.steps:
        lines += ["", _heading(words, frames[0])]
        for frame in frames:
            lines += [f"  {words.product(frame).text}", f"    {_why(words, frame)}"]
    lines += ["", "Values"]
    for name, made, data, gradient in _values(trace, words):
        lines.append(f"  {f'{name} = {made}' if made else name}: data {data}, grad {gradient}")
    lines += ["", *map(visible, trace.remarks)] if trace.remarks else []
    return "\n".join(lines) + "\n"


def markdown(trace: Trace, d: str = "d") -> str:
    """The transcript of a trace as Markdown (CommonMark with tables); labels are shown as they are.

    Args:
        trace: what to tell.
        d: the sign of a derivative, "d" or "∂".
    """
    words = Wording(trace, _in(PICTURE, d))
    blocks = [f"# {escaped(title(trace, d))}", escaped(_told(trace, words))]
    for frames in trace.steps:
        rows = [(_on_one_line(words.product(frame)), _why(words, frame)) for frame in frames]
        blocks += [f"## {escaped(_heading(words, frames[0]))}", table(("gradient", "why"), rows)]
    blocks += ["## Values", table(("value", "made as", "data", "gradient"), _values(trace, words))]
    blocks += map(escaped, map(visible, trace.remarks))
    return "\n\n".join(blocks) + "\n"


def _in(style: Style, d: str) -> Style:
    return replace(style, d=d)


def _told(trace: Trace, words: Wording) -> str:
    """How many gradients there are, what those of the leaves are, and whether all of them are right."""
    assigned = f"{_counted(len(trace.frames), 'gradient assignment')} in {_counted(len(trace.steps), 'step')}"
    leaves = [node for node in trace.graph.nodes if node.kind not in ("op", "constant") and node.id in trace.gradients]
    found = [f"{_derivative(words, node.id)} = {words.style.figure(trace.gradients[node.id])}" for node in leaves]
    if len(found) > _MOST_TOLD:
        found[_MOST_TOLD - 1 :] = [f"{len(found) - _MOST_TOLD + 1} more"]
    result = f"; in the end {_joined(found)}" if found else ""
    faults = sum(frame.verdict in ("wrong", "early") for frame in trace.frames)
    verdict = f", {faults} of them not right" if faults else ""
    return f"{assigned}{verdict}{result}."


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _joined(parts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _derivative(words: Wording, node: int) -> str:
    return words.style.derivative(words.output, words.names[node])


def _heading(words: Wording, frame: Frame) -> str:
    return f"{words.place(frame).capitalize()}: {words.event(frame)}"


def _on_one_line(product: Product) -> str:
    """The product where spaces are not kept, as in Markdown."""
    line = product._replace(addition="", total="").text
    return f"{line}; {product.addition} = {product.total}" if product.addition else line


def _why(words: Wording, frame: Frame) -> str:
    """Why a gradient is what it is; for one that was assigned by hand, what is to be said about it."""
    note = f"{frame.verdict}: {words.note(frame)}" if frame.note else ""
    return "; ".join(filter(None, (note or words.because(frame), words.accumulation(frame), words.mark(frame))))


def _values(trace: Trace, words: Wording) -> Iterator[tuple[str, str, str, str]]:
    """For each value its name, how it was made, its data and its gradient; literals are left out."""
    for node in trace.graph.nodes:
        if node.kind != "constant":
            name, figure = words.names[node.id], words.style.figure
            made = words.equation(node.id).removeprefix(f"{name} = ") if node.kind == "op" else ""
            yield (
                name,
                "" if made == name else made,
                figure(node.value),
                figure(trace.gradients.get(node.id, zero_like(node.value))),
            )
