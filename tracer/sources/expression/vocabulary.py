"""What can be written in an expression besides numbers and names; all of it comes from the op table."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from tracer.ops import OPS, Op


def _is_call(op: Op) -> bool:
    return "(" in op.written


def written(op: Op) -> str:
    """How an op is written, without its operands: `*` or `exp(...)`."""
    return op.written.partition("(")[0] + "(...)" if _is_call(op) else op.symbol


FUNCTIONS: Final = MappingProxyType(
    {
        name: op
        for op in filter(_is_call, OPS.values())
        for name in (op.written.partition("(")[0], op.name)  # max is also called maximum
    }
)
"""The ops that are written as calls, by each name that they go by."""

OP_SIGNS: Final = tuple(dict.fromkeys(op.symbol for op in OPS.values() if not _is_call(op)))
"""The signs of all other ops: + * - / **."""

SIGNS_BEFORE: Final = ("+", *(op.symbol for op in OPS.values() if op.arity == 1 and not _is_call(op)))
"""The signs that may stand before a value; a plus there changes nothing."""
