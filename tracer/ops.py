"""The op table: everything tracer knows about an op, written once, as data.

An entry gives the op's symbol, how it is written, how its value is computed and, for each operand, the local derivative
and the reason for it in words. Formulas are text in the language of `formulas.py`: `a` and `b` are the operands, `y` is
the result. From an entry come the functions of `Value` (compiled in `value.py`), the formulas and words of the log and
the pictures, and the parametrisation of the tests. **To add an op, add an entry**: nothing else knows any op by name.

A local derivative that is not the same formula everywhere is a list of cases; the first whose condition holds counts,
and where none holds (an operand is NaN, or there is no derivative) it is NaN. At a kink the usual choice is made:

* relu'(0) = 0 and abs'(0) = 0;
* where maximum or minimum has a tie, each operand gets half.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final, NamedTuple

from tracer import ieee
from tracer.formulas import to_python


class Case(NamedTuple):
    """One case of a local derivative.

    Attributes:
        formula: the derivative, computed as it stands.
        why: words that complete "so dy/da is ...".
        when: the condition under which this case holds; "" always holds.
        taught: the formula as courses write it, where that is not how it is best computed.
    """

    formula: str
    why: str
    when: str = ""
    taught: str = ""

    @property
    def shown(self) -> str:
        """The formula that people are shown."""
        return self.taught or self.formula


Local = tuple[Case, ...]


@dataclass(frozen=True)
class Op:
    """An entry of the op table.

    Attributes:
        name: how code calls it, unique: "mul".
        symbol: how people call it, unique but for the sign of neg: "*"; also `Value._op`.
        written: how it is written, as a formula: "a * b", "tanh(a)".
        locals: for each operand, its local derivative as cases.
        value: how it is computed, where that differs from how it is written.
        domain: what the operands have to be, in words, where not every number will do.
        glyph: the symbol in a picture, where it differs.
    """

    name: str
    symbol: str
    written: str
    locals: tuple[Local, ...]
    value: str
    domain: str
    glyph: str

    @property
    def arity(self) -> int:
        """How many operands it takes: 1 or 2."""
        return len(self.locals)

    @cached_property
    def forward(self) -> Callable[..., float]:
        """The value as a function of the operands: forward(a) or forward(a, b); never raises on floats."""
        return _function(OPERANDS[: self.arity], to_python(self.value))

    @cached_property
    def local(self) -> tuple[Callable[..., float], ...]:
        """The local derivative for each operand, as functions of (a, b, y); `b` is ignored by one-operand ops."""
        return tuple(_function("aby", local_source(cases)) for cases in self.locals)

    def local_derivatives(self, operands: Sequence[float], y: float) -> tuple[float, ...]:
        """The local derivative for each operand, given the operands and the result."""
        a, b = operands[0], operands[-1]
        return tuple(float(local(a, b, y)) for local in self.local)

    @cached_property
    def _choosers(self) -> tuple[Callable[..., float], ...]:
        return tuple(_function("aby", _chooser_source(cases)) for cases in self.locals)

    def case(self, slot: int, a: float, b: float, y: float) -> Case | None:
        """The case of the local derivative that holds for operand `slot`; None where there is none."""
        chosen = int(self._choosers[slot](a, b, y))
        return None if chosen < 0 else self.locals[slot][chosen]


OPERANDS: Final = "ab"
_NAMES: Final = {name: getattr(ieee, name) for name in ieee.__all__} | {"abs": abs}


def local_source(cases: Local) -> str:
    """Python source of a local derivative: its cases as one conditional expression, NaN where none holds."""
    source = "nan"
    for case in reversed(cases):
        formula = to_python(case.formula)
        source = f"({formula} if {case.when} else {source})" if case.when else formula
    return source


def _chooser_source(cases: Local) -> str:
    """Python source of the number of the case that holds, -1 where none does."""
    source = "-1"
    for number, case in reversed(list(enumerate(cases))):
        source = f"({number} if {case.when} else {source})" if case.when else str(number)
    return source


def _function(arguments: str, source: str) -> Callable[..., float]:
    # The source comes from the table below, never from a user.
    function: Callable[..., float] = eval(f"lambda {', '.join(arguments)}: {source}", dict(_NAMES))  # noqa: S307
    return function


def _d(formula: str, why: str, *, taught: str = "") -> Local:
    """A local derivative that is the same formula everywhere."""
    return (Case(formula, why, taught=taught),)


def _op(
    name: str, symbol: str, written: str, *locals_: Local, value: str = "", domain: str = "", glyph: str = ""
) -> Op:
    return Op(name, symbol, written, locals_, value or written, domain, glyph or symbol)


# The commonest ops come first: the compiled backward pass asks for them in this order.
_TABLE: Final = (
    _op(
        "add", "+", "a + b",
        _d("1", "a sum hands its gradient on unchanged"),
        _d("1", "a sum hands its gradient on unchanged"),
    ),
    _op(
        "mul", "*", "a * b",
        _d("b", "the other factor"),
        _d("a", "the other factor"),
        glyph="×",
    ),
    _op(
        "relu", "relu", "relu(a)",
        (
            Case("1", "the input is positive, so relu lets the gradient through", when="a > 0"),
            Case("0", "the input is not positive, so relu blocks the gradient", when="a <= 0"),
        ),
        value="0.0 if a <= 0 else a",
    ),
    _op(
        "tanh", "tanh", "tanh(a)",
        _d("1 / cosh(a)**2", "one minus the square of the output", taught="1 - y**2"),
    ),
    _op(
        "sub", "-", "a - b",
        _d("1", "the minuend counts as it is"),
        _d("-1", "what is subtracted counts the other way round"),
        glyph="−",
    ),
    _op(
        "neg", "-", "-a",
        _d("-1", "a minus sign turns the gradient round"),
        glyph="−",
    ),
    _op(
        "div", "/", "a / b",
        _d("1 / b", "one over the divisor"),
        _d("-y / b", "minus the quotient over the divisor"),
        domain="the divisor must not be 0",
        glyph="÷",
    ),
    _op(
        "pow", "**", "a ** b",
        (
            Case("b * a**(b - 1)", "the exponent times the next lower power", when="b != 0"),
            Case("0", "anything to the power of 0 is 1, whatever the base", when="b == 0"),
        ),
        (
            Case("y * log(a)", "the power times the logarithm of its base", when="a > 0"),
            Case("0", "0 stays 0 whatever the exponent", when="a == 0"),
        ),
        domain="a negative base takes whole exponents, and 0 takes none below 0",
        glyph="xⁿ",
    ),
    _op(
        "exp", "exp", "exp(a)",
        _d("y", "the output itself"),
        glyph="eˣ",
    ),
    _op(
        "log", "log", "log(a)",
        _d("1 / a", "one over the input"),
        domain="the input must be above 0",
    ),
    _op(
        "sqrt", "sqrt", "sqrt(a)",
        (
            Case("1 / (2 * y)", "one over twice the root", when="y > 0"),
            Case("inf", "the square root rises vertically at 0", when="y == 0"),
        ),
        domain="the input must not be below 0",
        glyph="√",
    ),
    _op(
        "sin", "sin", "sin(a)",
        _d("cos(a)", "the cosine of the input"),
    ),
    _op(
        "cos", "cos", "cos(a)",
        _d("-sin(a)", "minus the sine of the input"),
    ),
    _op(
        "sigmoid", "sigmoid", "sigmoid(a)",
        _d(
            "exp(-abs(a)) / (1 + exp(-abs(a)))**2",
            "the output times one minus the output",
            taught="y * (1 - y)",
        ),
        value="1 / (1 + exp(-a)) if a >= 0 else exp(a) / (1 + exp(a))",
        glyph="σ",
    ),
    _op(
        "abs", "abs", "abs(a)",
        (
            Case("1", "the input is positive, so abs leaves it as it is", when="a > 0"),
            Case("-1", "the input is negative, so abs turns it round", when="a < 0"),
            Case("0", "at its kink the derivative of abs is taken to be 0", when="a == 0"),
        ),
        glyph="|x|",
    ),
    _op(
        "maximum", "max", "max(a, b)",
        (
            Case("1", "it is the larger one, so it gets the whole gradient", when="a > b"),
            Case("0", "it is not the larger one, so it gets nothing", when="a < b"),
            Case("0.5", "the two are equal, so each gets half", when="a == b"),
        ),
        (
            Case("1", "it is the larger one, so it gets the whole gradient", when="b > a"),
            Case("0", "it is not the larger one, so it gets nothing", when="b < a"),
            Case("0.5", "the two are equal, so each gets half", when="a == b"),
        ),
        value="a if a >= b or a != a else b",
    ),
    _op(
        "minimum", "min", "min(a, b)",
        (
            Case("1", "it is the smaller one, so it gets the whole gradient", when="a < b"),
            Case("0", "it is not the smaller one, so it gets nothing", when="a > b"),
            Case("0.5", "the two are equal, so each gets half", when="a == b"),
        ),
        (
            Case("1", "it is the smaller one, so it gets the whole gradient", when="b < a"),
            Case("0", "it is not the smaller one, so it gets nothing", when="b > a"),
            Case("0.5", "the two are equal, so each gets half", when="a == b"),
        ),
        value="a if a <= b or a != a else b",
    ),
)  # fmt: skip

OPS: Final[Mapping[str, Op]] = MappingProxyType({op.name: op for op in _TABLE})
