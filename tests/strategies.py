"""Hypothesis strategies that every test may use.

    from tests.strategies import programs, outputs

    @given(programs())               # a Program: plain data; program.build() gives its Values, the last is the output
    @given(outputs(max_ops=6))       # a Value with a random graph behind it, ready for trace()

Programs draw from all of the op table, so an op that is added there is tested without a word here. They reuse lines,
contain literals and lines that lead nowhere, and have labels or none. They stay tame: finite, of moderate size, not
saturated, and away from kinks and from the edges of domains; those have tests of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from hypothesis import strategies as st

from tracer.errors import DomainError
from tracer.ops import OPS, Op
from tracer.value import Value, constant, method_name

# How tame a program is.
SMALLEST_NUMBER = 1e-6  # other than 0
LARGEST_VALUE = 1e4
LARGEST_LOCAL = 1e6
SMALLEST_LOCAL = 1e-9  # other than 0
FROM_KINK = 1e-6


@dataclass(frozen=True)
class Line:
    """A line of a program: a leaf, a literal, or an op on earlier lines."""

    number: float = 0.0
    op: str = ""
    inputs: tuple[int, ...] = ()
    literal: bool = False
    label: str = ""


@dataclass(frozen=True)
class Program:
    """Lines to be computed in order; the last one is the output and an op."""

    lines: tuple[Line, ...]

    def build(self) -> list[Value]:
        """The program as Values, one a line."""
        values: list[Value] = []
        for line in self.lines:
            values.append(_value(line, values))
        return values


def numbers() -> st.SearchStrategy[float]:
    """Moderate numbers, round ones among them; none is tiny but for 0."""
    anything = st.floats(-4, 4)
    rounded = anything.map(lambda number: round(number, 3))
    exact = anything.filter(lambda number: abs(number) > SMALLEST_NUMBER)
    return st.one_of(st.integers(-4, 4).map(float), rounded, exact)


@st.composite
def programs(draw: st.DrawFn, max_ops: int = 12, labels: bool = True) -> Program:
    """Random programs of at most `max_ops` ops; about half of the lines have labels if `labels`."""
    lines = [Line(number) for number in draw(st.lists(numbers(), min_size=1, max_size=4))]
    lines += [Line(number, literal=True) for number in draw(st.lists(numbers(), max_size=2))]
    for _ in range(draw(st.integers(1, max_ops))):
        op = draw(st.sampled_from(tuple(OPS.values())))
        latest = len(lines) - 1
        inputs = [draw(st.one_of(st.just(latest), st.integers(0, latest))) for _ in range(op.arity)]
        line = Line(op=op.name, inputs=tuple(inputs))
        if _is_tame(lines, line, op):
            lines.append(line)
    if not lines[-1].op:
        lines.append(Line(op="mul", inputs=(0, 0)))
    if labels:
        lines = _labelled(lines, draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines))))
    return Program(tuple(lines))


def outputs(max_ops: int = 12, labels: bool = True) -> st.SearchStrategy[Value]:
    """Outputs of random programs as Values."""
    return programs(max_ops, labels).map(lambda program: program.build()[-1])


def _value(line: Line, earlier: Sequence[Value]) -> Value:
    if line.literal:
        return constant(line.number)
    if not line.op:
        return Value(line.number, label=line.label)
    value: Value = getattr(Value, method_name(OPS[line.op]))(*(earlier[source] for source in line.inputs))
    value.label = line.label
    return value


def _labelled(lines: list[Line], wanted: list[bool]) -> list[Line]:
    return [
        Line(line.number, line.op, line.inputs, line.literal, f"x{place}" if label and not line.literal else "")
        for place, (line, label) in enumerate(zip(lines, wanted, strict=True))
    ]


def _is_tame(lines: Sequence[Line], line: Line, op: Op) -> bool:
    """Whether the line can be added to the program: see above."""
    values = Program(tuple(lines)).build()
    try:
        result = _value(line, values).data
    except DomainError:
        return False
    operands = [values[source].data for source in line.inputs]
    literal = [lines[source].literal for source in line.inputs]
    locals_ = [local for local, skip in zip(op.local_derivatives(operands, result), literal, strict=True) if not skip]
    moderate = all(local == 0 or SMALLEST_LOCAL <= abs(local) <= LARGEST_LOCAL for local in locals_)
    return abs(result) <= LARGEST_VALUE and moderate and not _is_near_kink(op, operands, result)


def _is_near_kink(op: Op, operands: Sequence[float], result: float) -> bool:
    """Whether another case of a local derivative holds close by."""
    for slot, cases in enumerate(op.locals):
        if len(cases) == 1:
            continue
        here = op.case(slot, operands[0], operands[-1], result)
        for signs in product((-1, 1), repeat=op.arity):
            beside = [value + sign * FROM_KINK for value, sign in zip(operands, signs, strict=True)]
            if op.case(slot, beside[0], beside[-1], op.forward(*beside)) is not here:
                return True
    return False
