"""What can go wrong, in words.

Every error that a user can cause is a `TracerError`. Its message is one line that says which value, what rule and what
to do; the command line prints it as it is and never shows a traceback for it.
"""

from __future__ import annotations


class TracerError(Exception):
    """Base of every error that tracer raises on purpose."""


class DomainError(TracerError, ArithmeticError):
    """An op got finite numbers for which it has no finite result: log(0), 0**-1, (-8)**0.5, exp(1000).

    Attributes:
        op: name of the op, as in the op table.
        operands: the numbers it was given.
        labels: the operands' labels, "" where there is none.
    """

    def __init__(self, message: str, op: str, operands: tuple[float, ...], labels: tuple[str, ...]) -> None:
        super().__init__(message)
        self.op = op
        self.operands = operands
        self.labels = labels


class NotANumberError(TracerError, TypeError):
    """Something that is not one real number was given where a Value holds one."""


class StaleValueError(TracerError):
    """A value's data was changed after other values had been computed from it."""


class CycleError(TracerError):
    """A value depends on itself, which only happens when a graph was edited by hand."""


class ExpressionError(TracerError, ValueError):
    """An expression or its inputs cannot be accepted.

    Attributes:
        line: line of the expression, from 1; 0 when the error has no place.
        column: column in that line, from 1; 0 when the error has no place.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class SourceError(TracerError):
    """A script, a trace file or an object cannot be traced."""


class RecordingError(TracerError):
    """Manual backpropagation was recorded in a way that makes no sense, such as two recordings at once."""


class OutputError(TracerError):
    """A picture or file cannot be written where, or as, it was asked for."""


class LayoutError(TracerError):
    """Graphviz did not lay the graph out: no such engine, out of memory or out of time."""


class MissingDependencyError(TracerError, ImportError):
    """An optional package is needed; the message says what to install."""
