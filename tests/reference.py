"""An independent answer to "what are the gradients of this program?".

Nothing here knows the op table's formulas, a local derivative or the chain rule. A program is computed with 120 digits,
each op by a function of mpmath, and the gradient of the output with respect to a line of it (a leaf or an intermediate)
is the central difference of the output for a step of 1e-40, which leaves some 70 digits that are right.

How near floats have to come to that is not a guess either. `tolerances` shakes the program: it moves every result by an
ulp up or down, as rounding does, and watches the exact gradients of the moved program.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from mpmath import mp, mpf

from tests.strategies import Program

DIGITS = 120
STEP = mpf(10) ** -40
ULP = mpf(2) ** -52
SHAKES = 4
# The answers' own error.
OWN = mpf(10) ** -70

FUNCTIONS: dict[str, Callable[..., mpf]] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "sub": lambda a, b: a - b,
    "neg": lambda a: -a,
    "div": lambda a, b: a / b,
    "pow": mp.power,
    "exp": mp.exp,
    "log": mp.log,
    "sqrt": mp.sqrt,
    "sin": mp.sin,
    "cos": mp.cos,
    "tanh": mp.tanh,
    "sigmoid": lambda a: 1 / (1 + mp.exp(-a)),
    "relu": lambda a: a if a > 0 else mpf(0),
    "abs": lambda a: -a if a < 0 else a,
    "maximum": max,
    "minimum": min,
}


def values(program: Program) -> list[mpf]:
    """Every line's value."""
    with mp.workdps(DIGITS):
        return _run(program, _still(program))


def gradients(program: Program) -> list[mpf]:
    """For each line d(output)/d(line); 0 for literals and for lines that the output does not depend on."""
    with mp.workdps(DIGITS):
        return _gradients(program, _still(program))


def value_tolerances(program: Program) -> list[mpf]:
    """For each line how far from `values` a computation in floats may end up."""
    with mp.workdps(DIGITS):
        spread = _spread(program, _run)
        return [8 * far + ULP * abs(value) for far, value in zip(spread, values(program), strict=True)]


def tolerances(program: Program) -> list[mpf]:
    """For each line how far from `gradients` a backward pass in floats may end up.

    First, forward: the results are rounded, so the gradients are those of a program nearby. Second, backward: every
    product and sum is rounded as well, in proportion to the contributions before they cancel each other.
    """
    with mp.workdps(DIGITS):
        ops = sum(bool(line.op) for line in program.lines)
        sizes = zip(_spread(program, _gradients), _magnitudes(program), strict=True)
        return [OWN + 4 * far + ops * ULP * size for far, size in sizes]


def _spread(program: Program, compute: Callable[[Program, Sequence[mpf]], list[mpf]]) -> list[mpf]:
    """How far numbers move, line by line, when the program is shaken."""
    exact = compute(program, _still(program))
    spread = [mpf(0)] * len(exact)
    for seed in range(SHAKES):
        signs = random.Random(seed)
        shaken = compute(program, [1 + signs.choice((-1, 1)) * ULP for _ in program.lines])
        spread = [max(far, abs(new - old)) for far, new, old in zip(spread, shaken, exact, strict=True)]
    return spread


def _still(program: Program) -> list[mpf]:
    return [mpf(1)] * len(program.lines)


def _run(program: Program, factors: Sequence[mpf], replaced: int = -1, by: mpf | None = None) -> list[mpf]:
    """Every line's value, op results multiplied by `factors`, and one line's value replaced."""
    found: list[mpf] = []
    for place, line in enumerate(program.lines):
        if place == replaced:
            found.append(by)
        elif line.op:
            found.append(FUNCTIONS[line.op](*(found[source] for source in line.inputs)) * factors[place])
        else:
            found.append(mpf(line.number))
    return found


def _gradients(program: Program, factors: Sequence[mpf]) -> list[mpf]:
    slopes = [mpf(0)] * len(program.lines)
    for place, value in enumerate(_run(program, factors)):
        if not program.lines[place].literal:
            up, down = (_run(program, factors, place, value + step)[-1] for step in (STEP, -STEP))
            slopes[place] = (up - down) / (2 * STEP)
    return slopes


def _magnitudes(program: Program) -> list[mpf]:
    """For each line the sizes of all contributions to its gradient, added up along all paths."""
    here = _run(program, _still(program))
    sizes = [mpf(0)] * len(here)
    sizes[-1] = mpf(1)
    for place in range(len(here) - 1, -1, -1):
        line = program.lines[place]
        operands = [here[source] for source in line.inputs]
        for slot, source in enumerate(line.inputs):
            if not sizes[place] or program.lines[source].literal:
                continue
            up, down = (FUNCTIONS[line.op](*_moved(operands, slot, step)) for step in (STEP, -STEP))
            sizes[source] += sizes[place] * abs((up - down) / (2 * STEP))
    return sizes


def _moved(operands: Sequence[mpf], slot: int, step: mpf) -> list[mpf]:
    return [value + step if place == slot else value for place, value in enumerate(operands)]
