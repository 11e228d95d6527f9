"""Scenes as an animated GIF.

imageio encodes each image (`gif_image`, on several cores where it takes long: `gif_crew`): only what has changed since
the image before is in it (`patches`), and what has not changed inside of that rectangle is transparent. Where many rows
behind each other are of one colour (`bands`), it is known without an encoder what they become (`lzw`). The images are
then strung together one by one. (Given all of them at once, Pillow, which imageio calls, drops images that look like
the one before, and keeps two copies of every image in memory.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import BinaryIO, Final

from tracer.drawing.shapes import Scene
from tracer.drawing.theme import Theme
from tracer.errors import OutputError
from tracer.outputs.gif_crew import Crew
from tracer.outputs.gif_image import first_image
from tracer.outputs.gif_task import Task
from tracer.outputs.palette import Palette, palette_of
from tracer.outputs.patches import patches
from tracer.outputs.progress import Progress, counted
from tracer.outputs.raster import images

SHORTEST_MS: Final = 20
"""Browsers slow down what is shorter."""

LONGEST_MS: Final = 655_350
LARGEST: Final = 65_535
"""A GIF has 16 bits for a duration in hundredths of a second, and for a width or a height."""

_TRAILER: Final = b";"


def write_gif(
    file: BinaryIO,
    scenes: Iterable[Scene],
    theme: Theme,
    durations_ms: Sequence[int],
    scale: float = 2.0,
    *,
    loop: int = 0,
    colours: int = 128,
    progress: Progress | None = None,
) -> None:
    """Write Scenes as an animated GIF of exactly as many images, even where two of them look the same.

    Args:
        file: an open binary file.
        scenes: the images, all of one size; they are taken one at a time.
        theme: the colours of their roles.
        durations_ms: for each image how long it stays, in ms. A GIF counts hundredths of a second.
        scale: device pixels to a px.
        loop: how often the animation plays; 0 is for ever.
        colours: the most that the palette may have, up to 256. Fewer make the file smaller and edges rougher.
        progress: is called after each image with how many are done and how many there are.

    Raises:
        OutputError: there is no image, durations are out of range or not as many as images, or images are too large.
    """
    _check_durations(durations_ms, scenes)
    palette = palette_of(theme, colours)
    count, done = len(durations_ms), 0
    encoded = _encoded(_tasks(scenes, theme, durations_ms, scale, palette), palette, loop, count)
    for image in counted(encoded, count, progress):
        file.write(image)
        done += 1
    if done != count:
        raise _mismatch(str(done), count)
    file.write(_TRAILER)


def _tasks(
    scenes: Iterable[Scene], theme: Theme, durations_ms: Sequence[int], scale: float, palette: Palette
) -> Iterator[Task]:
    """What is to be encoded, image by image."""
    for place, patch in enumerate(patches(images(scenes, theme, scale), palette)):
        if place == len(durations_ms):
            raise _mismatch(f"more than {place}", place)
        if max(patch.area.width, patch.area.height) > LARGEST:
            raise OutputError(
                f"a GIF is at most {LARGEST} pixels wide and high, not {patch.area.width} × {patch.area.height}; "
                "use a smaller scale"
            )
        yield Task(patch.area, patch.bands, durations_ms[place])


def _encoded(tasks: Iterator[Task], palette: Palette, loop: int, count: int) -> Iterator[bytes]:
    """The images in order, each as soon as it and all before it are done."""
    for first in tasks:
        yield first_image(first, palette.colours.tobytes(), loop)
        break
    with Crew(count - 1) as crew:
        for task in tasks:
            crew.add(task)
            yield from crew.done()
        yield from crew.rest()


def _check_durations(durations_ms: Sequence[int], scenes: Iterable[Scene]) -> None:
    if not durations_ms:
        raise OutputError("an animation has at least one image")
    if isinstance(scenes, Sized) and len(scenes) != len(durations_ms):
        raise _mismatch(str(len(scenes)), len(durations_ms))
    for duration in durations_ms:
        if not SHORTEST_MS <= duration <= LONGEST_MS:
            raise OutputError(f"an image of a GIF stays from {SHORTEST_MS} to {LONGEST_MS} ms, not {duration}")


def _mismatch(found: str, durations: int) -> OutputError:
    return OutputError(f"each image needs a duration, but there are {found} images and {durations} durations")
