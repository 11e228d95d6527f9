"""Which writer makes which kind of file, by suffix. **To add a format, add an entry**: nothing else knows them all.

A writer is a function `write(trace, file, options, progress)` that writes to an open binary file. Entries are text, so
that a writer, and the heavy packages it needs, are imported when somebody asks for that format and not before.

Folders of pictures have a table of their own, of functions `pages(trace, options, progress)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, BinaryIO, Final, Protocol

from tracer.errors import OutputError
from tracer.outputs.options import Options
from tracer.outputs.progress import Progress
from tracer.tracing import Trace

WRITERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".apng": "tracer.outputs.animated_raster:write_apng",
        ".gif": "tracer.outputs.images:write",
        ".html": "tracer.outputs.html:write",
        ".json": "tracer.outputs.records:write",
        ".md": "tracer.outputs.transcript:write_markdown",
        ".mp4": "tracer.outputs.video:write_mp4",
        ".pdf": "tracer.outputs.slides:write_pdf",
        ".png": "tracer.outputs.still:write",
        ".pptx": "tracer.outputs.slides:write_pptx",
        ".svg": "tracer.outputs.animated_svg:write",
        ".tex": "tracer.outputs.latex:write",
        ".txt": "tracer.outputs.transcript:write_text",
        ".webm": "tracer.outputs.video:write_webm",
        ".webp": "tracer.outputs.animated_raster:write_webp",
    }
)

PAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".png": "tracer.outputs.still:png_pages",
        ".svg": "tracer.outputs.still:svg_pages",
    }
)


class Writer(Protocol):
    """Writes a trace to an open binary file, and tells `progress`, if there is one, after each image."""

    def __call__(self, trace: Trace, file: BinaryIO, options: Options, progress: Progress | None) -> None:
        """Write `trace` to `file`."""


class Pages(Protocol):
    """Makes a file of each image."""

    def __call__(self, trace: Trace, options: Options, progress: Progress | None) -> tuple[int, Iterator[bytes]]:
        """How many images there are, and the content of their files, each made when it is asked for."""


def suffix_of(path: str) -> str:
    """The suffix that decides the format of a file, as the registry spells it: ".gif" for L.GIF.

    Raises:
        OutputError: no writer makes such files; the message lists the suffixes there are.
    """
    suffix = PurePath(path).suffix.lower()
    if suffix not in WRITERS:
        problem = f"nothing writes {suffix} files" if suffix else "its name has no suffix to tell the format by"
        raise OutputError(f"cannot write {path}: {problem}; the suffixes are {', '.join(WRITERS)}")
    return suffix


def writer_for(suffix: str) -> Writer:
    """The writer of a suffix of the registry. This is what imports it."""
    writer: Writer = _imported(WRITERS[suffix])
    return writer


def pages_for(suffix: str) -> Pages:
    """What makes the files of a folder of pictures; `suffix` is a key of `PAGES`. This is what imports it."""
    pages: Pages = _imported(PAGES[suffix])
    return pages


def _imported(entry: str) -> Any:
    module, function = entry.split(":")
    return getattr(import_module(module), function)
