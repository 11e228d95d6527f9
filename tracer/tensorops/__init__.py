"""The tensor op table: how ops on arrays are written, and by which rule each hands its gradient on.

Ops that work entry by entry are in the op table (`ops.py`); their local derivatives are numbers. The ops here mix
entries, so that a local derivative would be a matrix as large as both sides together. What everybody writes instead is
a rule, such as `aᵀ @ g` for the second factor of `a @ b`. Rules are text: `a`, `b`, `c` are the operands, `y` is the
result and `g` the upstream gradient; `shape`, `axis`, `part`, `n` and the like stand for what the call was given. `xᵀ`
swaps the last two axes, `⊙` multiplies entry by entry and `×` with a number, and functions are called as NumPy calls
them, with reduced axes kept where a formula needs them.

From an entry come the formulas in the log and under the pictures; and because the text can be computed, every rule is
verified against what the library did before it is shown. Where the entries of an operand were used several times over,
as happens in broadcasting, the rule is summed over the axes along which that was.

Where no short formula holds, an entry says in words what the op does with its gradient. So do those of ops that work
entry by entry and that only libraries have, such as gelu: their local derivatives are shown as numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tracer.tensorops import entrywise, layers, losses, moving, products, reducing
from tracer.tensorops.entries import TensorOp, TensorRule, rules

__all__ = ["STRETCHED", "TENSOR_OPS", "TensorOp", "TensorRule"]

_TABLE: Final = (*products.TABLE, *moving.TABLE, *reducing.TABLE, *losses.TABLE, *layers.TABLE, *entrywise.TABLE)

TENSOR_OPS: Final[Mapping[str, TensorOp]] = MappingProxyType({op.name: op for op in _TABLE})

STRETCHED: Final[Mapping[str, tuple[TensorRule, ...]]] = MappingProxyType(
    {
        "add": rules(products.UNCHANGED, "g", "g"),
        "sub": rules("what is subtracted counts the other way round", "g", "−g"),
        "mul": rules("the other factor counts, entry by entry", "g ⊙ b", "g ⊙ a"),
        "div": rules("one over the divisor counts, and minus the quotient over it", "g / b", "−g ⊙ y / b"),
    }
)
"""Rules for ops that work entry by entry where an operand is stretched to fit the other: for each operand one."""
