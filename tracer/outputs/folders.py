"""A folder of pictures, an image a file: 00.png, 01.png, and so on.

All of them are written under a passing name first. A new folder then appears in one move, with everything in it; in a
folder that exists, one file after another is put in its place. What else is in there is left alone.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from tempfile import TemporaryFile
from typing import NamedTuple, Self

from tracer.outputs.options import Options
from tracer.outputs.progress import Progress
from tracer.outputs.refusing import reason_of, refusal
from tracer.outputs.registry import PAGES, WRITERS, pages_for
from tracer.tracing import Trace


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a folder is meant, and not a file: it ends in a separator, or a folder is there.

    A name that ends in the suffix of a format is a file's all the same, and refused if a folder is in its place.
    """
    name = os.fsdecode(path)
    separators = tuple(filter(None, (os.sep, os.altsep)))
    return PurePath(name).suffix.lower() not in WRITERS and (name.endswith(separators) or os.path.isdir(name))


class Folder(NamedTuple):
    """A folder that can be written, as far as can be told before it is.

    Attributes:
        name: the folder as the user named it.
        suffix: what the pictures are, a key of `registry.PAGES`.
        place: where it really is, symbolic links followed.
    """

    name: str
    suffix: str
    place: Path

    @classmethod
    def at(cls, path: str | os.PathLike[str], suffix: str = "") -> Self:
        """The folder of that name.

        Args:
            path: the folder.
            suffix: the format of the pictures; PNG if left out.

        Raises:
            OutputError: there are no folders of such pictures, or the place cannot be written.
        """
        name, suffix = os.fsdecode(path), suffix or ".png"
        if suffix not in PAGES:
            raise refusal(name, f"a folder has {' or '.join(PAGES)} files in it, not {suffix}")
        try:
            place = Path(os.path.realpath(name))
            if not place.parent.is_dir():
                raise refusal(name, f"there is no directory {place.parent}")
            with TemporaryFile(dir=place if place.exists() else place.parent):
                return cls(name, suffix, place)
        except (OSError, ValueError) as problem:
            raise refusal(name, reason_of(problem)) from problem

    def write(self, trace: Trace, options: Options, progress: Progress | None = None) -> int:
        """Write the images of a trace there and return the size of all files in bytes.

        Raises:
            OutputError: it cannot be written, or has numbered images of its own that would be mixed up with these.
        """
        count, pages = pages_for(self.suffix)(trace, options, progress)
        names = numbered(count, self.suffix)
        try:
            self._refuse_strangers(names)
            return self._written(names, pages)
        except OSError as problem:
            raise refusal(self.name, reason_of(problem)) from problem

    def _refuse_strangers(self, names: Sequence[str]) -> None:
        """Refuse a folder with images that look as if they belonged to these, left from when there were more."""
        there = os.listdir(self.place) if self.place.exists() else []
        own = re.compile(rf"[0-9]+{re.escape(self.suffix)}")
        strangers = sorted(name for name in there if own.fullmatch(name) and name not in names)
        if strangers:
            more = f" and {len(strangers) - 1} more" if len(strangers) > 1 else ""
            reason = f"{strangers[0]}{more} would be mixed up with these {len(names)} images"
            raise refusal(self.name, f"{reason}; remove what is old, or name another folder")

    def _written(self, names: Sequence[str], pages: Iterable[bytes]) -> int:
        is_new = not self.place.exists()
        passing = (self.place.parent if is_new else self.place) / f".tracer-{os.urandom(8).hex()}.tmp"
        passing.mkdir()
        try:
            size = sum((passing / name).write_bytes(page) for name, page in zip(names, pages, strict=True))
            if is_new:
                os.rename(passing, self.place)
            else:
                for name in names:
                    os.replace(passing / name, self.place / name)
            return size
        finally:
            shutil.rmtree(passing, ignore_errors=True)


def numbered(count: int, suffix: str) -> list[str]:
    """Names for so many files, counted from 0, all of one length and of two digits or more.

    >>> numbered(3, ".png"), numbered(101, ".svg")[-1]
    (['00.png', '01.png', '02.png'], '100.svg')
    """
    digits = max(len(str(count - 1)), 2)
    return [f"{number:0{digits}}{suffix}" for number in range(count)]
