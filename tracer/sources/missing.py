"""A file that is not there: the error that says so, with the file beside it that was probably meant."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from tracer.errors import SourceError
from tracer.formatting import visible
from tracer.telling import nearest

TRACED: Final = (".py", ".json")
"""What the files that can be traced end in."""

MOST_FILES: Final = 2000
"""So many of the things in a folder are looked at."""


def no_such_file(name: str) -> SourceError:
    """The error for a file that is not there.

    Args:
        name: the file, as the user named it.
    """
    path = Path(name)
    beside = _meant(path)
    question = "" if beside is None else f"; did you mean {visible(str(path.parent / beside))}?"
    return SourceError(f"no such file: {visible(name)}{question}")


def _meant(path: Path) -> str | None:
    """The file in the same folder whose name is most like that of a file that is not there.

    Names are compared without what they end in, or every short name would be like all others.
    """
    names = sorted(_files_in(path.parent), key=lambda name: (Path(name).suffix.lower() == path.suffix.lower(), name))
    by_stem = {Path(name).stem: name for name in names}  # of two with one stem the one that ends in the same
    stem = nearest(path.stem, by_stem)
    return None if stem is None else by_stem[stem]


def _files_in(folder: Path) -> Iterator[str]:
    """The names of the files in a folder that can be traced; none if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, MOST_FILES):
                if entry.name.lower().endswith(TRACED) and entry.is_file():
                    yield entry.name
    except (OSError, ValueError):  # there is no such folder, nobody may look into it, or it can have no such name
        return
