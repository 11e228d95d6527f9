"""Losses, of which each makes one number of predictions and of what they should have been."""

from __future__ import annotations

from typing import Final

from tracer.tensorops.entries import TensorOp, TensorRule, called, op, words

_SHARED: Final = "; the mean divides by the number of entries"


def _loss(name: str, glyph: str, *operands: tuple[str, str], otherwise: str) -> TensorOp:
    """A loss whose gradient is a formula times the upstream one, in a mean over n.

    Args:
        name: its name.
        glyph: what stands in a picture.
        operands: for each operand the formula, which multiplies g, and why. Several are divided by `|`.
        otherwise: what to say where weights or the like make another formula of it.
    """
    return op(name, glyph, "", *(_both(formulas.split(" | "), why, otherwise) for formulas, why in operands))


def _both(formulas: list[str], why: str, otherwise: str) -> tuple[TensorRule, ...]:
    shared = (TensorRule(f"{formula} / n", why + _SHARED) for formula in formulas)
    plain = (TensorRule(formula, why) for formula in formulas)
    return (*shared, *plain, *words(otherwise))


_SQUARE: Final = "the slope of a square is twice the error"
_CLIPPED: Final = "a small error counts in proportion, a large one only by its sign"
_SLOPE: Final = "each entry counts by its error, over the slope of the sigmoid that it came from"
_ERROR: Final = "sigmoid and cross-entropy together leave the plain error, what is predicted minus what is right"

TABLE: Final = (
    _loss(
        "mse_loss",
        "mse loss",
        ("g ⊙ 2 × (a − b)", _SQUARE),
        ("g ⊙ 2 × (b − a)", f"{_SQUARE}, seen from the other side"),
        otherwise="each entry counts by its error",
    ),
    _loss(
        "smooth_l1_loss",
        "smooth l1",
        ("g ⊙ clip(a − b, −1, 1) | g ⊙ clip((a − b) / beta, −1, 1)", _CLIPPED),
        ("g ⊙ clip(b − a, −1, 1) | g ⊙ clip((b − a) / beta, −1, 1)", _CLIPPED),
        otherwise=_CLIPPED,
    ),
    _loss(
        "huber_loss",
        "huber loss",
        ("g ⊙ clip(a − b, −delta, delta)", _CLIPPED),
        ("g ⊙ clip(b − a, −delta, delta)", _CLIPPED),
        otherwise=_CLIPPED,
    ),
    _loss(
        "binary_cross_entropy",
        "bce loss",
        ("g ⊙ (a − b) / (a ⊙ (1 − a))", _SLOPE),
        ("−g ⊙ log(a / (1 − a))", "a label counts by the logit of what is predicted"),
        otherwise="each entry counts by its error and by its weight",
    ),
    _loss(
        "binary_cross_entropy_with_logits",
        "bce logits",
        ("g ⊙ (sigmoid(a) − b)", _ERROR),
        ("−g ⊙ a", "a label counts by the logit of what is predicted"),
        otherwise="each entry counts by its error and by its weight",
    ),
    called(
        "nll_loss",
        (
            TensorRule("−g × one_hot(b) / n", "only the entries of the right labels counted, each one nth"),
            TensorRule("−g × one_hot(b)", "only the entries of the right labels counted"),
            *words("only the entries of the right labels counted, by their weights"),
        ),
    ),
)
