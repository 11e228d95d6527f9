"""A trace as a video: MP4 with H.264, which plays everywhere, or WebM with VP9, which is smaller.

imageio hands the images to ffmpeg, which comes as a package. A video has so many images a second; the fewest are taken
at which each of ours stays for exactly as long as it should, since repeating an image costs next to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from math import ceil, gcd
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from tracer.errors import MissingDependencyError, OutputError
from tracer.outputs.animating import Animation, film_of
from tracer.outputs.options import Options
from tracer.outputs.progress import Progress, counted
from tracer.outputs.raster import images
from tracer.outputs.transcript import alt_text, title
from tracer.tracing import Trace

# The shortest and the longest that one image of a video stays, in ms: 25 images a second, and 2.
_TICKS_MS: Final = (40, 500)
# What players can be relied on to play: a larger video is drawn at a smaller scale.
_LARGEST: Final = (3840, 2160)
# Colours are converted as high-definition video has them, and the file says so; or players would have to guess.
_COLOURS: Final = (
    "-vf", "scale=out_color_matrix=bt709:out_range=tv",
    "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
)  # fmt: skip
# No date and nothing left to chance, so that the same trace gives the same file.
_SAME: Final = ("-fflags", "+bitexact")
# How good the picture is (`crf`; less is better), and how hard the encoder tries: more takes several times as long and
# makes files no smaller, or by a fifth.
_H264: Final = ("-crf", "20", "-preset", "veryfast", "-tune", "stillimage", "-movflags", "+faststart")
_VP9: Final = ("-crf", "24", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "6", "-row-mt", "1")


def write_mp4(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write a trace as an MP4, each image held for its duration."""
    _write(trace, file, options, progress, ".mp4", "libx264", _H264)


def write_webm(trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
    """Write a trace as a WebM, each image held for its duration."""
    _write(trace, file, options, progress, ".webm", "libvpx-vp9", _VP9)


def _write(
    trace: Trace,
    file: BinaryIO,
    options: Options,
    progress: Progress | None,
    suffix: str,
    codec: str,
    quality: Sequence[str],
) -> None:
    _require_ffmpeg()
    film = film_of(trace, options)
    tick = tick_ms(film.durations_ms)
    words = (f"title={title(trace, options.notation)}", f"comment={alt_text(trace, options.notation)}")
    parameters = [*_COLOURS, *_SAME, *quality, *(part for word in words for part in ("-metadata", word))]
    with TemporaryDirectory(prefix="tracer-") as folder:
        place = Path(folder, f"video{suffix}")
        _encode(place, film, tick, codec, parameters, progress)
        file.write(place.read_bytes())


def tick_ms(durations_ms: Sequence[int]) -> float:
    """How long one image of the video stays, in ms: the longest time of which each duration is a multiple.

    Durations for which that would be too short are rounded to a 25th of a second.

    >>> tick_ms([1200, 1200, 4000]), tick_ms([1200, 1200]), tick_ms([1201, 4000])
    (400.0, 400.0, 40.0)
    """
    shortest, longest = _TICKS_MS
    common = gcd(*durations_ms)
    return float(shortest) if common < shortest else common / ceil(common / longest)


def _require_ffmpeg() -> None:
    try:
        from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[import-untyped]
    except ImportError as problem:
        raise MissingDependencyError('videos need ffmpeg: pip install "backprop-tracer[video]"') from problem
    try:
        get_ffmpeg_exe()
    except RuntimeError as problem:  # there is none in the package for this machine, and none is installed
        raise MissingDependencyError("videos need ffmpeg: install it, so that the command ffmpeg is found") from problem


def _encode(
    place: Path, film: Animation, tick: float, codec: str, parameters: list[str], progress: Progress | None
) -> None:
    from imageio.v2 import get_writer

    writer = get_writer(
        place,
        format="FFMPEG",
        mode="I",
        fps=1000 / tick,
        codec=codec,
        quality=None,  # the parameters say it
        pixelformat="yuv420p",  # the one that browsers play
        macro_block_size=2,
        output_params=parameters,
        ffmpeg_log_level="error",
    )
    try:
        with writer:
            timed = zip(_even_images(film), film.durations_ms, strict=True)
            for pixels, duration in counted(timed, len(film.durations_ms), progress):
                for _ in range(max(round(duration / tick), 1)):
                    writer.append_data(pixels)
    except OSError as problem:  # ffmpeg has stopped; what it said is in the error
        raise OutputError(f"ffmpeg cannot make the video: {_last_line(problem)}") from problem


def _even_images(film: Animation) -> Iterator[NDArray[np.uint8]]:
    """The images with an even number of rows and columns, as videos want them; what is missing is background."""
    stage = film.stage
    scale = min(film.scale, _LARGEST[0] / stage.width, _LARGEST[1] / stage.height)
    for image in images(film.scenes(), stage.theme, scale):
        height, width = image.pixels.shape[:2]
        yield np.pad(image.pixels[..., :3], ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _last_line(problem: OSError) -> str:
    return next(filter(None, reversed(str(problem).strip().split(os.linesep))), "it gives no reason")
