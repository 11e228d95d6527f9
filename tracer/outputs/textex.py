r"""Text from outside as TeX: shown as it is, whatever it contains, and never a command.

Characters become TeX that means the same in text and in formulas. Those that pdfTeX's fonts lack become their numbers,
[U+6C49]: an editor's search finds them, and the document compiles.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from tracer.formatting import visible

_GREEK: Final = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho",
    "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma",
    "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
_SIGNS: Final = {
    "×": "times", "·": "cdot", "⋅": "cdot", "∂": "partial", "∇": "nabla", "√": "surd", "≈": "approx", "±": "pm",
    "⊙": "odot", "→": "rightarrow", "∞": "infty", "≤": "leq", "≥": "geq", "≠": "neq", "…": "ldots", "′": "prime",
    "\\": "backslash",
}  # fmt: skip
_RAISED: Final = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
_LOWERED: Final = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_CHARACTERS: Final = MappingProxyType(
    {sign: rf"\ensuremath{{\{name}}}" for sign, name in (_GREEK | _SIGNS).items()}
    | {sign: rf"\ensuremath{{^{{{digit}}}}}" for sign, digit in _RAISED.items()}
    | {"ᵀ": r"\ensuremath{^{\top}}"}
    | {sign: rf"\ensuremath{{_{{{digit}}}}}" for sign, digit in _LOWERED.items()}
    | {sign: rf"\{sign}" for sign in "{}&%$#_"}
    | {sign: rf"\ensuremath{{{sign}}}" for sign in "<>|*"}
    # Two of these in a row would become one other character.
    | {sign: rf"\text{{{sign}}}" for sign in "-`',!?\""}
    | {"−": r"\ensuremath{-}", "^": r"\text{\^{}}", "~": r"\text{\~{}}", " ": r"\ "}
)
# Accented letters that TeX's oldest fonts can put together.
_ACCENTED: Final = re.compile("[À-ÅÇ-ÏÑ-ÖÙ-Ýà-åç-ïñ-öù-ýÿ]")

# Single spaces can be left to TeX; of several it would make one.
_SPACE: Final = re.compile(r"(?<=[^ \\])\\ (?=[^ \\]|\\[^ ])")

_NUMBER: Final = r"(?<![^\W\d_])[0-9]+(?:\.[0-9]+)?(?:e[-−]?[0-9]+)?(?![^\W\d_])"
_TOKEN: Final = re.compile(
    rf"(?P<number>{_NUMBER})|(?P<function>[A-Za-z][A-Za-z0-9_]*(?=\())|(?P<word>[A-Za-z][A-Za-z0-9]*)"
    r"| (?P<sign>[-+×·=/−]) |(?P<other>.)",
    re.DOTALL,
)


def text(words: str) -> str:
    r"""A line of text, which can be broken at spaces.

    >>> print(text("50% of {x_1}"))
    50\% of \{x\_1\}
    """
    return _SPACE.sub(" ", "".join(map(_character, visible(words))))


def formula(words: str) -> str:
    r"""A formula as pictures have it, or a label, for a formula.

    >>> print(formula("tanh(x1 × w) + 2.5e−7"))
    \operatorname{tanh}(\mathit{x1}\times w)+2.5\cdot 10^{-7}
    >>> print(formula("mse_loss(y)"))
    \operatorname{mse\_loss}(y)
    """
    return "".join(_translated(token) for token in _TOKEN.finditer(visible(words)))


def _translated(token: re.Match[str]) -> str:
    match token.lastgroup:
        case "number":
            mantissa, _, exponent = token[0].replace("−", "-").partition("e")
            return rf"{mantissa}\cdot 10^{{{exponent}}}" if exponent else mantissa
        case "function":
            return rf"\operatorname{{{''.join(map(_character, token[0]))}}}"
        case "word":
            return token[0] if len(token[0]) == 1 else rf"\mathit{{{token[0]}}}"
        case "sign":
            return {"×": r"\times ", "·": r"\cdot ", "−": "-"}.get(token["sign"], token["sign"])
        case _:
            return "-" if token[0] in "-−" else _character(token[0])


def _character(character: str) -> str:
    if character in _CHARACTERS:
        return _CHARACTERS[character]
    if character.isascii():
        return character
    if _ACCENTED.fullmatch(character):
        return rf"\text{{{character}}}"
    return rf"\text{{[U+{ord(character):04X}]}}"
