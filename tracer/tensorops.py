"""The tensor op table: how ops on arrays are written, and by which rule each hands its gradient on.

Ops that work entry by entry are in the op table (`ops.py`); their local derivatives are numbers. The ops here mix
entries, so that a local derivative would be a matrix as large as both sides together. What everybody writes instead is
a rule, such as `aᵀ @ g` for the second factor of `a @ b`. Rules are text: `a`, `b`, `c` are the operands, `y` is the
result and `g` the upstream gradient; `shape`, `axis`, `part` and `n` stand for what the call was given. `xᵀ` swaps the
last two axes, and functions are called as NumPy calls them, with reduced axes kept where a formula needs them.

From an entry come the formulas in the log and under the pictures; and because the text can be computed, every rule is
verified against what the library did before it is shown. Where the entries of an operand were used several times over,
as happens in broadcasting, the rule is summed over the axes along which that was.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class TensorRule(NamedTuple):
    """What an op hands to one of its operands: a formula, and a clause that says why."""

    formula: str
    why: str


class TensorOp(NamedTuple):
    """An entry of the tensor op table.

    Attributes:
        name: how it is called, unique, and in no other table: "matmul".
        glyph: its symbol in a picture.
        written: how it is written, as a formula; "" for a call by name.
        rules: for each operand the rules that it may follow, of which the first that holds counts; an op with more
            operands than entries uses the last one for the rest.
    """

    name: str
    glyph: str
    written: str
    rules: tuple[tuple[TensorRule, ...], ...]

    def rules_for(self, slot: int) -> tuple[TensorRule, ...]:
        """The rules that operand `slot` may follow."""
        return self.rules[min(slot, len(self.rules) - 1)] if self.rules else ()


def _rules(why: str, *formulas: str) -> tuple[TensorRule, ...]:
    return tuple(TensorRule(formula, why) for formula in formulas)


def _op(name: str, glyph: str, written: str, *rules: tuple[TensorRule, ...]) -> TensorOp:
    return TensorOp(name, glyph, written, rules)


_FACTOR: Final = "a matrix product hands on the other factor, transposed so that the shapes fit"
_UNCHANGED: Final = "a sum hands its gradient on unchanged"
_BACK: Final = "the entries are the same, so their gradients go back to where they came from"
_SPREAD: Final = "each entry counted once in the sum, so each gets its gradient"
_READ: Final = "gradients go to the entries that were read, 0 to the others"

_TABLE: Final = (
    _op(
        "matmul", "@", "a @ b",
        _rules(_FACTOR, "g @ bᵀ", "outer(g, b)"),
        _rules(_FACTOR, "aᵀ @ g", "outer(a, g)"),
    ),
    _op(
        "addmm", "+@", "a + b @ c",
        _rules(_UNCHANGED, "g"),
        _rules(_FACTOR, "g @ cᵀ"),
        _rules(_FACTOR, "bᵀ @ g"),
    ),
    _op("transpose", "ᵀ", "aᵀ", _rules("what was transposed is transposed back", "gᵀ")),
    _op("permute", "permute", "", _rules("the axes go back to where they were", "permute(g, axis)")),
    _op("reshape", "reshape", "", _rules(_BACK, "reshape(g, shape)")),
    _op("copy", "copy", "", _rules("a copy hands its gradient on unchanged", "g")),
    _op("broadcast", "broadcast", "", _rules("an entry that is used several times adds up its gradients", "g")),
    _op("sum", "Σ", "", _rules(_SPREAD, "broadcast(g, shape)")),
    _op("mean", "mean", "", _rules("each entry counts one nth", "broadcast(g, shape) / n")),
    _op(
        "softmax", "softmax", "",
        _rules("raising one entry lowers the others, as all of them sum to 1", "y ⊙ (g − sum(g ⊙ y, axis))"),
    ),
    _op(
        "log_softmax", "log softmax", "",
        _rules("raising one entry lowers the others, as all exponentials sum to 1", "g − exp(y) ⊙ sum(g, axis)"),
    ),
    _op("concat", "concat", "", _rules("each piece gets the part of the gradient where it went", "g[part]")),
    _op("stack", "stack", "", _rules("each piece gets the part of the gradient where it went", "g[part]")),
    _op("split", "split", "", _rules("the gradients of the pieces are put together again", "concat(g, axis)")),
    _op("unstack", "unstack", "", _rules("the gradients of the pieces are put together again", "stack(g, axis)")),
    _op("slice", "[ ]", "", _rules(_READ, "scatter(g, shape)")),
    _op("index", "[ ]", "", _rules(_READ, "scatter(g, shape)")),
)  # fmt: skip

TENSOR_OPS: Final[Mapping[str, TensorOp]] = MappingProxyType({op.name: op for op in _TABLE})

STRETCHED: Final[Mapping[str, tuple[TensorRule, ...]]] = MappingProxyType(
    {
        "add": _rules(_UNCHANGED, "g", "g"),
        "sub": _rules("what is subtracted counts the other way round", "g", "−g"),
        "mul": _rules("the other factor counts, entry by entry", "g ⊙ b", "g ⊙ a"),
        "div": _rules("one over the divisor counts, and minus the quotient over it", "g / b", "−g ⊙ y / b"),
    }
)
"""Rules for ops that work entry by entry where an operand is stretched to fit the other: for each operand one."""
