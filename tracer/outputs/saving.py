"""Writing files: the suffix decides the format, and whatever goes wrong, there is the old file or the new one.

A file is rendered in memory, written beside its destination under a passing name, and then put in its place in one
move, so that nobody ever sees half of it. Whether it can be written at all is found out first, before any work.
"""

from __future__ import annotations

import os
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from stat import S_IMODE, S_ISDIR, S_ISREG
from tempfile import TemporaryFile
from typing import Any, NamedTuple

from tracer.outputs.editions import editions
from tracer.outputs.folders import Folder, is_folder
from tracer.outputs.options import Options
from tracer.outputs.progress import Progress
from tracer.outputs.refusing import reason_of, refusal
from tracer.outputs.registry import suffix_of, writer_for
from tracer.tracing import Trace


def save(trace: Trace, path: str | os.PathLike[str], **options: object) -> None:
    """Write a trace to a file whose suffix says the format, or its images to a folder.

    Args:
        trace: what to write.
        path: the file. One that exists is replaced in one move and keeps its permissions; a symbolic link stays one.
            A folder, such as "frames/", gets a file for each image.
        options: see `Options`. The theme "both" writes two files, L-light.svg and L-dark.svg. There are three more:
            `format`, such as "gif", is the format whatever the suffix is; for a folder it is "png" or "svg". `fold`
            and `unfold` say which groups to fold first and which not, as the arguments of `tracer.fold` do.

    Raises:
        OutputError: no such format or option, no such directory, or no permission; nothing has been written.
        SourceError: there is no group to fold of that name, or the trace cannot be folded.
    """
    trace = _folded(trace, options.pop("fold", None), options.pop("unfold", ()))
    form = options.pop("format", "")
    suffix = suffix_of(f"L.{form}") if form else ""
    wanted = editions(os.fsdecode(path), options, suffix)
    to = [destination(edition.path, suffix) for edition in wanted]
    for place, edition in zip(to, wanted, strict=True):
        place.write(trace, edition.options)


def _folded(trace: Trace, groups: Any, unfold: Any) -> Trace:
    """The trace as its groups are wanted; `fold=True` is short for all of them, and False and None for none."""
    if groups in (None, False) and not unfold:
        return trace
    from tracer.folding import fold  # which few pictures need

    return fold(trace, groups or None, unfold=unfold)


def destination(path: str | os.PathLike[str], suffix: str = "") -> Destination | Folder:
    """Where to write what is to be at that path: a folder, if it is one or ends in a separator, or a file.

    Args:
        path: the file or folder.
        suffix: the format, if its name is not to decide it.

    Raises:
        OutputError: it cannot be written; nothing has been done yet.
    """
    return Folder.at(path, suffix) if is_folder(path) else Destination.at(path, suffix)


def rendered(trace: Trace, suffix: str, options: Options, progress: Progress | None = None) -> bytes:
    """The content of the file that a trace becomes.

    Args:
        trace: what to write.
        suffix: which format, a key of `registry.WRITERS`.
        options: how.
        progress: is called after each image with how many are done and how many there are.

    Raises:
        OutputError: it cannot be drawn as the options want it, or would be larger than they allow.
    """
    content = BytesIO()
    writer_for(suffix)(trace, content, options, progress)
    options.check_size(suffix, len(content.getbuffer()))
    return content.getvalue()


class Destination(NamedTuple):
    """A file that can be written, as far as can be told before it is.

    Attributes:
        name: the file as the user named it.
        suffix: what decides its format, a key of `registry.WRITERS`.
        place: where it really is, symbolic links followed.
    """

    name: str
    suffix: str
    place: Path

    @classmethod
    def at(cls, path: str | os.PathLike[str], suffix: str = "") -> Destination:
        """The destination of that name.

        Args:
            path: the file.
            suffix: the format, if its name is not to decide it.

        Raises:
            OutputError: there is no such format or directory, something else is in its place, or it is read-only.
        """
        name = os.fsdecode(path)
        place = _writable_place(name)
        return cls(name, suffix or suffix_of(name), place)

    def write(self, trace: Trace, options: Options, progress: Progress | None = None) -> int:
        """Write a trace there and return the file's size in bytes.

        Raises:
            OutputError: it cannot be written after all, such as to a full disk; what was there before is still there.
        """
        content = rendered(trace, self.suffix, options, progress)
        try:
            replace_file(self.place, content)
        except OSError as problem:
            raise refusal(self.name, reason_of(problem)) from problem
        return len(content)


def replace_file(place: Path, content: bytes) -> None:
    """Put `content` where `place` is, in one move. A new file gets the usual permissions, a replaced one's are kept.

    Raises:
        OSError: it cannot be done; nothing has changed and nothing is left lying about.
    """
    passing = place.with_name(f".tracer-{os.urandom(8).hex()}.tmp")
    try:
        with open(passing, "xb") as file:
            with suppress(FileNotFoundError):
                os.chmod(passing, S_IMODE(os.stat(place).st_mode))
            file.write(content)
        os.replace(passing, place)
    finally:
        with suppress(OSError):  # it is gone when everything went well
            passing.unlink()


def _writable_place(name: str) -> Path:
    """Where a file of that name really is, after everything was tried that can be tried without writing it."""
    try:
        place = Path(os.path.realpath(name))
        _refuse_occupied(name, place)
        if not place.parent.is_dir():
            raise refusal(name, f"there is no directory {place.parent}")
        with TemporaryFile(dir=place.parent):  # says more than permission bits do, and leaves nothing behind
            return place
    except (OSError, ValueError) as problem:
        raise refusal(name, reason_of(problem)) from problem


def _refuse_occupied(name: str, place: Path) -> None:
    """Refuse a place where there is something that is not a file to be replaced."""
    if name.endswith(os.sep):
        raise refusal(name, "that is a directory; name a file in it")
    try:
        mode = os.stat(place).st_mode
    except FileNotFoundError:
        return
    if S_ISDIR(mode):
        raise refusal(name, "that is a directory; name a file in it")
    if not S_ISREG(mode):
        raise refusal(name, "what is there is not a file")
    if not os.access(place, os.W_OK):
        raise refusal(name, "it is read-only")
