"""Compiles the op table into the functions that compute, as dataclasses compile their `__init__`.

A `Value` is computed often and traced sometimes, so its methods are straight-line code without a look-up: for each op
one forward function, and one backward pass that branches over all ops. Their source is put together here from the op
table, compiled when `tracer.value` is imported, and can be read: `print(forward_source(OPS["mul"]))`.

An op's code is its place in the table, counted from 1. Inputs have code 0 (`LEAF`), literal constants -1 (`CONSTANT`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from textwrap import indent
from typing import Any, Final

from tracer import ieee
from tracer.formulas import to_python
from tracer.ops import OPERANDS, OPS, Op, local_source

CONSTANT: Final = -1
LEAF: Final = 0
CODES: Final[Mapping[str, int]] = {name: code for code, name in enumerate(OPS, start=1)}
BY_CODE: Final[Mapping[int, Op]] = {CODES[name]: op for name, op in OPS.items()}

_NAME: Final = re.compile(r"[a-z]\w*")

_FORWARD: Final = """\
def {name}_op({arguments}):
{check}{read}
    y = {value}
    if y - y:  # 0.0 unless y is infinite or NaN
        refuse_unless_operands_were(op, ({operands}))
    out = new(Value)
    out._data = y
    out._grad = None
    out._code = {code}
    out._a = v
    out._b = {second}
    out.label = ""
    out._walk = 0
    out._born = tick()
    return out
"""

_CHECK_SECOND: Final = """\
    if w.__class__ is not Value:
        w = operand(w)
        if w is NotImplemented:
            return NotImplemented
"""

_BACKWARD: Final = """\
def backward(ops):
    for v in ops:
        g = v._grad
        code = v._code
        {branches}
"""

_ACCUMULATE: Final = """\
before = {target}._grad
c = {contribution}
{target}._grad = c if before is None else before + c
"""


def forward_source(op: Op) -> str:
    """Source of the function that computes `op` on Values: f(v) or f(v, w)."""
    two = op.arity == 2
    values = zip(OPERANDS, ("v", "w")[: op.arity], strict=False)
    return _FORWARD.format(
        name=op.name,
        operands="v, w" if two else "v,",
        arguments="v, w" if two else "v",
        check=_CHECK_SECOND if two else "",
        read="\n".join(f"    {letter} = {value}._data" for letter, value in values),
        value=to_python(op.value),
        code=CODES[op.name],
        second="w" if two else "None",
    )


def backward_source() -> str:
    """Source of the backward pass over op nodes in reverse order of creation: backward(ops).

    Each op node hands `upstream * local derivative` to each operand. An op node's gradient is final when its turn
    comes, because everything that reads it was created later and has had its turn.
    """
    branches = "".join(
        f"{'elif' if code > 1 else 'if'} code == {code}:  # {name}\n{indent(_branch(OPS[name]), '    ')}"
        for name, code in CODES.items()
    )
    return _BACKWARD.format(branches=indent(branches, " " * 8).lstrip())


def _branch(op: Op) -> str:
    locals_ = [local_source(cases) for cases in op.locals]
    named = {name for source in locals_ for name in _NAME.findall(source)}
    read = {"a": "a = p._data", "b": "b = q._data", "y": "y = v._data"}
    lines = ["p = v._a", "q = v._b"][: op.arity]
    lines += [line for name, line in read.items() if name in named]
    lines += [
        _ACCUMULATE.format(target=target, contribution=contribution).rstrip()
        for target, source in zip("pq", locals_, strict=False)
        for contribution in [_contribution(source)]
    ]
    return "\n".join(lines) + "\n"


def _contribution(local: str) -> str:
    """Upstream times local; multiplying by 1 and -1 is left out, which changes no bit of the result."""
    return {"1.0": "g", "-1.0": "-g"}.get(local, f"g * ({local})")


def compile_forward(op: Op, names: Mapping[str, object]) -> Callable[..., Any]:
    """The function that computes `op` on Values; `names` are Value and the helpers that the source calls."""
    namespace = _math() | dict(names) | {"op": op}
    exec(forward_source(op), namespace)  # noqa: S102 (source made from our own table)
    function: Callable[..., Any] = namespace[f"{op.name}_op"]
    return function


def compile_backward() -> Callable[[Any], None]:
    """The backward pass over a list of op nodes in reverse order of creation."""
    namespace = _math()
    exec(backward_source(), namespace)  # noqa: S102 (source made from our own table)
    function: Callable[[Any], None] = namespace["backward"]
    return function


def _math() -> dict[str, Any]:
    return {name: getattr(ieee, name) for name in ieee.__all__} | {"__name__": __name__}
