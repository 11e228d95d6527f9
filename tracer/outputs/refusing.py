"""How it is said that something cannot be written."""

from __future__ import annotations

from tracer.errors import OutputError


def refusal(name: str, reason: str) -> OutputError:
    """The error that says what cannot be written, as the user named it, and why not."""
    return OutputError(f"cannot write {name}: {reason}")


def reason_of(problem: OSError | ValueError) -> str:
    """Why the system refused something, in its own words."""
    text = problem.strerror if isinstance(problem, OSError) else None
    return (text or str(problem)).lower()
