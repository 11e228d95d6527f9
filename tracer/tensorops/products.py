"""Matrix products."""

from __future__ import annotations

from typing import Final

from tracer.tensorops.entries import op, rules, words

UNCHANGED: Final = "a sum hands its gradient on unchanged"
_FACTOR: Final = "a matrix product hands on the other factor, transposed so that the shapes fit"
_OTHER: Final = "a product of vectors hands on the other one"
_SCORES: Final = "it only counts through the scores, whose softmax raises one weight by lowering the others"
_LOOKED_AT: Final = "a value gets the gradients of all that looked at it, by how much they did"

TABLE: Final = (
    op(
        "matmul", "@", "a @ b",
        (*rules(_FACTOR, "g @ bᵀ"), *rules(_OTHER, "g × b"), *rules(_FACTOR, "outer(g, b)")),
        (*rules(_FACTOR, "aᵀ @ g"), *rules(_OTHER, "g × a"), *rules(_FACTOR, "outer(a, g)")),
    ),
    op(
        "dot_general", "@", "",
        rules("a contraction hands on the other factor, so that the shapes fit", "g @ b", "b @ gᵀ", "(b @ g)ᵀ", ""),
        rules("a contraction hands on the other factor, so that the shapes fit", "gᵀ @ a", "a @ g", "(g @ a)ᵀ", ""),
    ),
    op(
        "addmm", "+@", "a + b @ c",
        rules(UNCHANGED, "g"),
        rules(_FACTOR, "g @ cᵀ"),
        rules(_FACTOR, "bᵀ @ g"),
    ),
    op(
        "attention", "attention", "",
        words(_SCORES),
        words(_SCORES),
        rules(_LOOKED_AT, "softmax(a @ bᵀ / root)ᵀ @ g", ""),
    ),
)  # fmt: skip
