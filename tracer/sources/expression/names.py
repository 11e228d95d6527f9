"""Which names an expression computes, which it is given, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tracer.errors import ExpressionError
from tracer.sources.expression.statements import Statement
from tracer.sources.expression.tokens import Place
from tracer.sources.expression.vocabulary import FUNCTIONS
from tracer.telling import listed, shown, suggestion


def inputs_of(statements: Sequence[Statement]) -> dict[str, Place]:
    """The names that are used but not computed, in order of appearance, and where each appears first.

    Raises:
        ExpressionError: a name is computed twice, after it was used, or in vain.
    """
    inputs: dict[str, Place] = {}
    computed: dict[str, Place] = {}
    for statement in statements:
        for read in statement.reads:
            if read.name == statement.name and read.name not in computed:
                raise read.place.error(f"{shown(read.name)} cannot be computed from itself; give the result a new name")
            if read.name not in computed:
                inputs.setdefault(read.name, read.place)
        if statement.name:
            _check_new(statement, computed, inputs)
            computed[statement.name] = statement.place
        elif statement is not statements[-1]:
            raise statement.place.error("only the last statement can do without a name; write name = before this one")
    _check_used(statements)
    return inputs


def _check_new(statement: Statement, computed: Mapping[str, Place], inputs: Mapping[str, Place]) -> None:
    """Refuse a statement whose name stands for something already."""
    name, place = statement.name, statement.place
    if name in FUNCTIONS:
        raise place.error(f"{name} is a function; give the result another name")
    if name in computed:
        raise place.error(f"{shown(name)} has a value already ({computed[name]}); give the result a new name")
    if name in inputs:
        raise place.error(f"{shown(name)} is used before it is computed ({inputs[name]}); put this statement first")


def _check_used(statements: Sequence[Statement]) -> None:
    """Refuse the first statement that the last one does not depend on."""
    needed = {read.name for read in statements[-1].reads}
    unused: Statement | None = None
    for statement in reversed(statements[:-1]):
        if statement.name in needed:
            needed.update(read.name for read in statement.reads)
        else:
            unused = statement
    if unused is not None:
        raise unused.place.error(f"{shown(unused.name)} is never used by the output; use it or leave it out")


def check_inputs(inputs: Mapping[str, Place], statements: Sequence[Statement], given: Mapping[str, float]) -> None:
    """Compare the inputs that an expression has with those that are given.

    Raises:
        ExpressionError: an input is computed in the expression, unknown to it, or missing.
    """
    computed = {statement.name: statement.place for statement in statements if statement.name}
    for name in given:
        if name in computed:
            raise computed[name].error(f"{shown(name)} is computed here, so it cannot be given as an input")
        if name not in inputs:
            raise ExpressionError(f"there is no {shown(name)} in the expression; {_known(name, inputs)}")
    missing = [name for name in inputs if name not in given]
    if missing:
        raise inputs[missing[0]].error(_unset(missing, {*inputs, *computed}))


def _known(name: str, inputs: Iterable[str]) -> str:
    inputs = list(inputs)
    return suggestion(name, inputs, f"its inputs are {listed(inputs)}" if inputs else "it has no inputs")


def _unset(missing: Sequence[str], known: set[str]) -> str:
    """What to say of inputs that have no number."""
    if len(missing) > 1:
        return f"{listed(missing)} have no value; give each one, such as {shown(missing[0])}=2"
    name = missing[0]
    close = suggestion(name, sorted(known - {name}))
    return f"{shown(name)} has no value; {close or f'give it one, such as {shown(name)}=2'}"
