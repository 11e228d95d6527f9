"""The gallery: every format there is, of each of four examples, in output/gallery, with a page that shows them.

Formats whose packages are not installed are left out, with a note.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import accumulation
import lecture
import neuron

from tracer import trace
from tracer.drawing.theme import THEMES
from tracer.errors import MissingDependencyError
from tracer.folding import fold
from tracer.nn import MLP
from tracer.outputs.registry import WRITERS
from tracer.outputs.transcript import alt_text
from tracer.tracing import Trace

FOLDER = Path(__file__).parents[1] / "output" / "gallery"
# The formats with the largest files are a little less sharp than they could be.
SCALES = {".apng": 1.5, ".mp4": 1.5, ".pptx": 1.0, ".webm": 1.5, ".webp": 1.5}


@dataclass(frozen=True)
class Subject:
    """What is shown.

    Attributes:
        name: of its files.
        about: a sentence on it.
        trace: of its backward pass.
        options: how it is written.
        excerpts: for some formats, which images they show, so that the files stay small.
        themes: whether its SVG comes in all of them.
        suffixes: the formats it comes in.
    """

    name: str
    about: str
    trace: Trace
    options: Mapping[str, object] = field(default_factory=dict)
    excerpts: Mapping[str, str] = field(default_factory=dict)
    themes: bool = False
    suffixes: tuple[str, ...] = tuple(WRITERS)


def subjects() -> tuple[Subject, ...]:
    """The four examples. The last one is large: it goes step by step, and comes once more, folded."""
    network = trace(MLP(3, [4, 4, 1], seed=1)([2.0, 3.0, -1.0]))
    folded = fold(network, depth=2, vectors=False)
    step_by_step = {"by": "step", "width": 700}
    excerpts = dict.fromkeys((".apng", ".gif", ".mp4", ".webm", ".webp"), "0-9") | {".pdf": "0-3", ".pptx": "0-1"}
    return (
        Subject("lecture", "The lecture's expression, L = (a*b + c) * f.", trace(lecture.L), themes=True),
        Subject("neuron", "A neuron with two inputs, o = tanh(w1*x1 + w2*x2 + b).", trace(neuron.o)),
        Subject("accumulation", "Two values that are used twice: their gradients add up.", trace(accumulation.L)),
        Subject("mlp", "A network of nine neurons, MLP(3, [4, 4, 1]), step by step.", network, step_by_step, excerpts),
        Subject("mlp-folded", "The same network, each neuron folded.", folded, suffixes=(".svg",)),
    )


def write_gallery(folder: Path, shown: Iterable[Subject]) -> None:
    """Write each subject in each format into `folder`, and a README.md that shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    page = ["# Gallery", "", "Made by `make gallery`: four examples in every format, and the large one folded.", ""]
    for subject in shown:
        files = [file for suffix in subject.suffixes for file in _written(subject, folder, suffix)]
        page += _section(subject, files)
    (folder / "README.md").write_text("\n".join(page), encoding="utf-8")


def _written(subject: Subject, folder: Path, suffix: str) -> Iterator[Path]:
    """The files of one format of a subject, as they are written."""
    looks = {"": "light"}
    if subject.themes and suffix == ".svg":
        looks |= {f"-{theme}": theme for theme in THEMES if theme != "light"}
    for look, theme in looks.items():
        file = folder / f"{subject.name}{look}{suffix}"
        options = {"theme": theme, **subject.options}
        if suffix in SCALES:
            options["scale"] = SCALES[suffix]
        try:
            subject.trace.save(file, frames=subject.excerpts.get(suffix, ""), **options)
        except MissingDependencyError as error:
            print(f"{file.name} is left out: {error}", file=sys.stderr)
            return
        yield file


def _section(subject: Subject, files: list[Path]) -> Iterator[str]:
    t = subject.trace
    yield f"## {subject.name}"
    yield ""
    yield f"{subject.about} {len(t.graph)} values, {len(t.frames)} gradient assignments in {len(t.steps)} steps."
    yield ""
    pictures = [file for file in files if file.suffix == ".svg"] or [file for file in files if file.suffix == ".gif"]
    for file in pictures:
        yield f'<img src="{escape(file.name)}" alt="{escape(alt_text(t))}" width="700">'
        yield ""
    for file in files:
        excerpt = subject.excerpts.get(file.suffix)
        images = f", images {excerpt.replace('-', ' to ')}" if excerpt else ""
        yield f"- [{file.name}]({file.name}), {file.stat().st_size / 1000:.0f} kB{images}"
    yield ""


if __name__ == "__main__":
    write_gallery(FOLDER, subjects())
