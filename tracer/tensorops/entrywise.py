"""Ops that work entry by entry and that only libraries have: words for local derivatives that are shown as numbers."""

from __future__ import annotations

from typing import Final

from tracer.tensorops.entries import called, rules, words

_WITHIN: Final = "the gradient passes where the input was within the limits, and is blocked where it was not"
_CHOSEN: Final = "the gradient passes where this one was chosen, and is blocked elsewhere"
_ELU: Final = "its slope is the same wherever the input is positive; where it is not, it fades out as an exponential"
_SMOOTH: Final = "its slope is close to 1 where the input is large, and fades to 0 where it is very negative"
_CONDITION: Final = "a choice has no slope"

TABLE: Final = (
    *(called(name, words(_WITHIN)) for name in ("clamp", "clamp_min", "clamp_max", "hardtanh")),
    called("where", words(_CONDITION), rules(_CHOSEN, "where(a, g, 0)"), rules(_CHOSEN, "where(a, 0, g)")),
    called("select_n", words(_CONDITION), words(_CHOSEN)),
    called("masked_fill", words("what was filled in hands nothing back, every other entry all of its gradient")),
    called("tril", words("the entries that were kept hand their gradient on, the others were set to 0")),
    called("triu", words("the entries that were kept hand their gradient on, the others were set to 0")),
    called("dropout", words("what was dropped gets no gradient; the rest is scaled as it was on the way forward")),
    called("leaky_relu", words("its slope is 1 where the input is positive, and small where it is not")),
    called(
        "prelu",
        words("its slope is 1 where the input is positive, and the learnt one where it is not"),
        words("the slope counts where the input is negative, by that input"),
    ),
    called("celu", words(_ELU)),
    called("elu", words(_ELU)),
    called("gelu", words(_SMOOTH)),
    called("silu", words("its slope is the sigmoid of the input, and the input times the slope of that sigmoid")),
    called("mish", words(_SMOOTH)),
    called("softplus", words("its slope is the sigmoid of the input")),
    called("logaddexp", words("its slope is the exponential of this one over the sum of both: its softmax")),
    called("log_sigmoid", words("its slope is one minus the sigmoid of the input")),
    called(
        "hardswish",
        words("its slope rises in a straight line from 0 to 1, with bends at the ends"),
    ),
    called("hardsigmoid", words("its slope is the same everywhere between the limits, and 0 outside")),
    called("glu", words("one half is multiplied by the sigmoid of the other, so each counts by the other")),
    called("erf", words("its slope is the bell curve 2/√π · exp(−x²) at the input")),
    called("erfc", words("its slope is minus the bell curve 2/√π · exp(−x²) at the input")),
    called("expm1", words("its slope is the exponential of the input")),
    called("log1p", words("its slope is one over one plus the input")),
    called("log2", words("its slope is one over the input and the logarithm of 2")),
    called("log10", words("its slope is one over the input and the logarithm of 10")),
    called("rsqrt", words("its slope is minus half of the output, cubed")),
    called("reciprocal", words("its slope is minus the square of the output")),
    called("tan", words("its slope is one plus the square of the output")),
    called("sinh", words("its slope is the cosh of the input")),
    called("cosh", words("its slope is the sinh of the input")),
    called("exp2", words("its slope is the output times the logarithm of 2")),
    *(called(name, words("it has steps and no slope")) for name in ("sign", "round", "floor", "ceil")),
)
