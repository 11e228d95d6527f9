"""What sources with numbers of their own say to other numbers."""

from __future__ import annotations

from collections.abc import Mapping

from tracer.errors import SourceError
from tracer.telling import shown


def refuse_inputs(source: str, inputs: Mapping[str, float]) -> None:
    """Make sure that what has its own numbers is given no others.

    Raises:
        SourceError: it is.
    """
    if inputs:
        given = ", ".join(f"{shown(name)}={number:g}" for name, number in inputs.items())
        raise SourceError(f"{shown(source)} has its own numbers, so it takes no inputs such as {shown(given)}")
