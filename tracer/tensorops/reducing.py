"""Ops that make few numbers of many: sums, norms, the largest; and those that go through entries one after another."""

from __future__ import annotations

from typing import Final

from tracer.tensorops.entries import TensorOp, called, op, rules, words

_SPREAD: Final = "each entry counted once in the sum, so each gets its gradient"
_SOFTMAX: Final = "each entry counts by its share of the sum of exponentials, its softmax"
_CENTRED: Final = "an entry counts by how far it is from the mean"
_OTHERS: Final = "an entry counts by the product of all the others"


def _extreme(name: str, which: str) -> TensorOp:
    """One that picks an entry."""
    only = f"only the {which} entry counted, so it gets the gradient"
    ties = f"the gradient goes to the {which} entry; of several that are equal, to one of them or in equal parts"
    picked = rules(only, "g ⊙ (a == y)", "broadcast(g, shape) ⊙ (a == broadcast(y, shape))")
    return op(name, "max" if which == "largest" else "min", "", (*picked, *words(ties)))


def _product(name: str) -> TensorOp:
    return op(name, "∏", "", rules(_OTHERS, "g ⊙ y / a", "broadcast(g ⊙ y, shape) / a", ""))


_NORM: Final = (
    *rules("the norm grows along the entries, scaled to length 1", "g ⊙ a / y", "broadcast(g / y, shape) ⊙ a"),
    *rules("a sum of absolute values only knows signs", "g ⊙ sign(a)", "broadcast(g, shape) ⊙ sign(a)"),
    *words("an entry counts by its own share of the norm"),
)

TABLE: Final = (
    op("sum", "Σ", "", rules(_SPREAD, "broadcast(g, shape)")),
    op("mean", "mean", "", rules("each entry counts one nth", "broadcast(g, shape) / n")),
    op(
        "softmax", "softmax", "",
        rules("raising one entry lowers the others, as all of them sum to 1", "y ⊙ (g − sum(g ⊙ y, axis))"),
    ),
    op(
        "log_softmax", "log softmax", "",
        rules("raising one entry lowers the others, as all exponentials sum to 1", "g − exp(y) ⊙ sum(g, axis)"),
    ),
    called("logsumexp", rules(_SOFTMAX, "g ⊙ exp(a − y)", "broadcast(g, shape) ⊙ exp(a − broadcast(y, shape))")),
    called(
        "var",
        rules(
            _CENTRED,
            "g ⊙ 2 × (a − mean(a)) / m", "broadcast(g, shape) ⊙ 2 × (a − mean(a, axis)) / m",
        ),
    ),
    called(
        "std",
        rules(
            _CENTRED,
            "g ⊙ (a − mean(a)) / (m × y)", "broadcast(g / y, shape) ⊙ (a − mean(a, axis)) / m",
        ),
    ),
    called("norm", _NORM),
    _product("prod"),
    _product("reduce_prod"),
    *(_extreme(name, "largest") for name in ("max", "amax", "reduce_max")),
    *(_extreme(name, "smallest") for name in ("min", "amin", "reduce_min")),
    called("median", words("only the entry in the middle counted, so it gets the gradient")),
    called(
        "cumsum",
        rules(
            "an entry is in its own sum and in all later ones, so it adds up their gradients",
            "flip(cumsum(flip(g, axis), axis), axis)",
        ),
    ),
    called("cumprod", words("an entry is in its own product and in all later ones, and counts by the other factors")),
    called("logcumsumexp", words("an entry is in its own sum and in all later ones, and counts by its share of each")),
)  # fmt: skip
