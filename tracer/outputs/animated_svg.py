"""A trace as an animated SVG: one file with nothing but CSS in it, which plays wherever an image is shown.

The shapes are those of `svg.py`, each of them once. A clock, the custom property `--t`, counts the images; each shape
that is not always seen has an opacity that depends on the clock and is 0 or 1:

    #t1a2b3 {--t: 8; animation: t1a2b3 12.4s step-end infinite}
    @keyframes t1a2b3 {0% {--t: 0} 9.68% {--t: 1} ... to {--t: 7}}
    #t1a2b3 .b {opacity: min(var(--t) - 2, 5 - var(--t))}          seen in images 3 and 4

Whoever does not animate, because they cannot or because the reader wants less motion, shows the finished graph, which
is one image more than the clock counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate
from typing import BinaryIO, Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from tracer.drawing.fonts import shown
from tracer.drawing.scene import Painter
from tracer.drawing.shapes import Scene
from tracer.drawing.theme import Theme
from tracer.errors import OutputError
from tracer.outputs.options import Options
from tracer.outputs.progress import Progress, counted
from tracer.outputs.showings import showings
from tracer.outputs.staging import durations_ms, stage_of, still_of
from tracer.outputs.svg import NAMESPACE, number, svg
from tracer.outputs.svg_elements import Elements
from tracer.outputs.transcript import description, title
from tracer.tracing import Trace

# Stands for the name of the document until its content is known. No text can contain it: XML does not hold it.
_NAME: Final = "\0"
# Enough that two pictures of one page get different names.
_NAME_LENGTH: Final = 5


def write(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write a trace as an animated SVG, or as a plain one if it has a single image."""
    stage = stage_of(trace, options)
    painter = Painter(stage)
    document = animated_svg(
        [painter.image(moment) for moment in counted(stage.moments, len(stage.moments), progress)],
        stage.theme,
        durations_ms(stage, options),
        still=painter.image(still_of(stage, options)),
        loop=options.loop,
        title=title(trace, options.notation),
        description=description(trace, options.notation),
    )
    file.write(document.encode())


def animated_svg(
    images: Sequence[Scene],
    theme: Theme,
    durations_ms: Sequence[int],
    *,
    still: Scene | None = None,
    loop: int = 0,
    title: str = "",
    description: str = "",
) -> str:
    """Scenes as one SVG document that shows them in turn.

    All names in it are its own, made from its content: two such documents can stand in one page.

    Args:
        images: what to show, at least one, all of one size.
        theme: the colours of their roles.
        durations_ms: for each image how long it stays, in ms.
        still: what to show where nothing moves, of the same size; the last image if left out.
        loop: how often the animation plays; 0 is for ever. In the end the last image stays.
        title: what the picture is called.
        description: what it shows, in words; it may have many lines.

    Raises:
        OutputError: there is no image, or there are not as many durations as images.
    """
    if not images or len(images) != len(durations_ms):
        raise OutputError(
            "an animation has at least one image, and each image a duration, but there are "
            f"{len(images)} images and {len(durations_ms)} durations"
        )
    # A single image does not move, and so it is the still one.
    every = images if still is None or still == images[-1] or len(images) == 1 else [*images, still]
    elements = Elements(showings(every), len(every), theme, _NAME)
    root = _frame(images[0], theme, title, description)
    style = Element("style")
    style.text = "\n".join([*_clock(durations_ms, loop, len(every) - 1), *elements.rules()]) + "\n"
    root[2:2] = [style, elements.definitions()]
    root.extend(elements.painted())
    for element in root:
        element.tail = "\n"
    # A space before /> is not needed; in text and attributes there is no >, for it is written &gt;.
    document = ElementTree.tostring(root, encoding="unicode").replace(" />", "/>") + "\n"
    return document.replace(_NAME, "t" + sha256(document.encode()).hexdigest()[:_NAME_LENGTH])


def _frame(image: Scene, theme: Theme, title: str, description: str) -> Element:
    """The document of an image as `svg.py` writes it, without its shapes, with names and words of its own."""
    empty = svg(Scene(image.width, image.height, (), title="-", description="-"), theme)
    root = ElementTree.fromstring(empty)  # noqa: S314  # our own
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    root.set("xmlns", NAMESPACE)
    root.set("id", _NAME)
    root.set("aria-labelledby", f"{_NAME}-t {_NAME}-d")
    for element, ending, words in zip(root, ("-t", "-d"), (title, description), strict=False):
        element.set("id", _NAME + ending)
        element.text = "\n".join(map(shown, words.splitlines()))
    return root


def _clock(durations_ms: Sequence[int], loop: int, still: int) -> list[str]:
    """The rules that count the images; none where there is only one. `still` is where the clock stands if it does."""
    last = len(durations_ms) - 1
    if not last:
        return []
    whole = sum(durations_ms)
    starts = [0, *accumulate(durations_ms[:-1])]
    keyframes = "".join(f"{number(100 * start / whole, 4)}%{{--t:{image}}}" for image, start in enumerate(starts))
    times = f"{loop} forwards" if loop else "infinite"
    return [
        f"#{_NAME}{{--t:{still};animation:{_NAME} {number(whole / 1000, 3)}s step-end {times}}}",
        f"#{_NAME}:hover{{animation-play-state:paused}}",
        f"@keyframes {_NAME}{{{keyframes}to{{--t:{last}}}}}",
        f"@media(prefers-reduced-motion:reduce){{#{_NAME}{{animation:none}}}}",
    ]
