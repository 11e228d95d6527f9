"""Layers of networks that libraries compute in one op."""

from __future__ import annotations

from typing import Final

from tracer.tensorops.entries import TensorOp, TensorRule, called, op, rules, words
from tracer.tensorops.products import UNCHANGED

_SCALED: Final = "a weight multiplies the input as it was normalised, so that counts"
_LARGEST: Final = "in each window only the largest entry counted, so it gets the gradient"
_EQUALLY: Final = "all entries of a window counted equally, so each gets its share"
_NEAREST: Final = "an entry adds up the gradients of all places where it was shown"
_WEIGHTED: Final = "an entry adds up the gradients of the places that it is mixed into, by how much"


def _normalised(name: str, *formulas: str) -> TensorOp:
    through = f"{name} hands its gradient on through mean and variance as well, so no entry's share stands alone"
    weight, bias = formulas
    return called(name, words(through), rules(_SCALED, weight, ""), (TensorRule(bias, UNCHANGED), *words(UNCHANGED)))


def _convolution(name: str) -> TensorOp:
    return op(
        name, "conv", "",
        words("an entry adds up upstream gradient times weight over all places of the window that covered it"),
        words("a weight adds up upstream gradient times input over all places of the window"),
        rules(UNCHANGED, "sum(g, axis)"),
    )  # fmt: skip


TABLE: Final = (
    _normalised("layer_norm", "g ⊙ normalized(a)", "g"),
    _normalised("batch_norm", "sum(g ⊙ normalized(a), axis)", "sum(g, axis)"),
    _normalised("group_norm", "sum(g ⊙ normalized(a), axis)", "sum(g, axis)"),
    _convolution("convolution"),
    _convolution("conv_general_dilated"),
    *(op(f"max_pool{n}d", "max pool", "", words(_LARGEST)) for n in (1, 2, 3)),
    *(op(f"avg_pool{n}d", "avg pool", "", words(_EQUALLY)) for n in (1, 2, 3)),
    *(op(f"adaptive_avg_pool{n}d", "avg pool", "", words(_EQUALLY)) for n in (1, 2, 3)),
    op("reduce_window_max", "max pool", "", words(_LARGEST)),
    *(op(f"upsample_nearest{n}d", "upsample", "", words(_NEAREST)) for n in (1, 2, 3)),
    *(op(f"upsample_{kind}2d", "upsample", "", words(_WEIGHTED)) for kind in ("bilinear", "bicubic")),
)
