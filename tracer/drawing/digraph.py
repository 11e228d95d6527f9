"""A `graphviz.Digraph` that shows itself where no Graphviz is installed, in a notebook for example."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import graphviz  # type: ignore[import-untyped]

from tracer.drawing.graphviz_engine import FORMATS, run_graphviz


class Digraph(graphviz.Digraph):  # type: ignore[misc]
    """A `graphviz.Digraph` that is drawn by the Graphviz inside tracer where that knows the format, such as SVG.

    For all else, and where options are given that only the program has, the `dot` of the system is used as ever.
    """

    def pipe(self, format: str | None = None, *args: Any, **options: Any) -> Any:
        """The drawing as bytes, or as text where an `encoding` is given: see `graphviz.Digraph.pipe`."""
        wanted = format or self.format
        if args or wanted not in FORMATS or options.keys() - {"engine", "encoding", "quiet"}:
            return super().pipe(format, *args, **options)
        drawing = run_graphviz(self.source, wanted, options.get("engine") or self.engine)
        encoding = options.get("encoding")
        return drawing.decode(encoding) if encoding else drawing

    def render(self, filename: Any = None, *args: Any, **options: Any) -> Any:
        """Save the source, and the drawing beside it: see `graphviz.Digraph.render`."""
        wanted = options.get("format") or self.format
        if args or wanted not in FORMATS or options.keys() - {"cleanup", "directory", "engine", "format", "quiet"}:
            return super().render(filename, *args, **options)
        source = self.save(filename, directory=options.get("directory"))
        drawing = f"{source}.{wanted}"
        Path(drawing).write_bytes(self.pipe(wanted, engine=options.get("engine")))
        if options.get("cleanup"):
            os.remove(source)
        return drawing
