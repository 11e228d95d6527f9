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
    # Each hangs on nothing, because TeX refuses a second one on the same thing.
    | {"ᵀ": r"\ensuremath{{}^{\top}}"}
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

_DIGITS: Final = rf"[{''.join(_RAISED)}]+|[{''.join(_LOWERED)}]+"
_PIECE: Final = re.compile(rf"{_DIGITS}|.", re.DOTALL)

_NUMBER: Final = r"(?<![^\W\d_])[0-9]+(?:\.[0-9]+)?(?:e[-−]?[0-9]+)?(?![^\W\d_])"
_TOKEN: Final = re.compile(
    rf"(?P<number>{_NUMBER})|(?P<function>[A-Za-z][A-Za-z0-9_]*(?=\())|(?P<word>[A-Za-z][A-Za-z0-9]*)"
    rf"| (?P<sign>[-+×·=/−]) |(?P<other>{_DIGITS}|.)",
    re.DOTALL,
)

# Where a line can be broken if it has to; TeX would rather break it at a sign, for which it reckons 700 at most.
_BREAK: Final = r"\penalty900 "
_BREAKS: Final = " _,.:;/|\\"
# No name has to be broken that has no more letters than that.
_SYLLABLE: Final = re.compile(r".{1,24}")


def text(words: str) -> str:
    r"""A line of text, which can be broken at spaces.

    >>> print(text("50% of {x_1}"))
    50\% of \{x\_1\}
    """
    return _SPACE.sub(" ", "".join(map(_piece, _PIECE.findall(visible(words)))))


def formula(words: str) -> str:
    r"""A formula as pictures have it, or a label, for a formula.

    >>> print(formula("tanh(x1 × w) + 2.5e−7"))
    \operatorname{tanh}(\mathit{x1}\times w)+2.5\cdot 10^{-7}
    >>> print(formula("mse_loss(y)"))
    \operatorname{mse\_loss}(y)
    """
    return "".join(_translated(token) for token in _TOKEN.finditer(visible(words)))


def breakable(words: str) -> str:
    r"""A formula for a line of text, which can be broken wherever one may have to, inside of long names too.

    TeX by itself breaks formulas only at signs such as + and =.

    >>> print(breakable("hidden_size × the_weights"))
    \mathit{hidden}\_\penalty900 \mathit{size}\times \mathit{the}\_\penalty900 \mathit{weights}
    """
    return "".join(_breakable(token) for token in _TOKEN.finditer(visible(words)))


def letters(words: str) -> int:
    """How many letters TeX shows for a label or a formula, more or less: of those that it lacks, their numbers.

    >>> letters("w·x"), letters("汉")
    (3, 8)
    """
    return sum(len(f"[U+{ord(sign):04X}]") if _is_foreign(sign) else 1 for sign in visible(words))


def _breakable(token: re.Match[str]) -> str:
    if token.lastgroup == "word":
        return _BREAK.join(map(_word, _SYLLABLE.findall(token[0])))
    ends = token.lastgroup == "other" and (token[0] in _BREAKS or _is_foreign(token[0]))
    return _translated(token) + (_BREAK if ends else "")


def _is_foreign(piece: str) -> bool:
    """Whether a character is of a script that is not TeX's own, of which many may stand in a row."""
    return not piece.isascii() and piece not in _CHARACTERS and piece[0] not in _RAISED | _LOWERED


def _translated(token: re.Match[str]) -> str:
    match token.lastgroup:
        case "number":
            mantissa, _, exponent = token[0].replace("−", "-").partition("e")
            return rf"{mantissa}\cdot 10^{{{exponent}}}" if exponent else mantissa
        case "function":
            return rf"\operatorname{{{''.join(map(_character, token[0]))}}}"
        case "word":
            return _word(token[0])
        case "sign":
            return {"×": r"\times ", "·": r"\cdot ", "−": "-"}.get(token["sign"], token["sign"])
        case _:
            return "-" if token[0] in "-−" else _piece(token[0])


def _word(letters: str) -> str:
    return letters if len(letters) == 1 else rf"\mathit{{{letters}}}"


def _piece(piece: str) -> str:
    """Digits above or below the line, or one character."""
    for sign, digits in (("^", _RAISED), ("_", _LOWERED)):
        if piece[0] in digits:
            return rf"\ensuremath{{{{}}{sign}{{{''.join(digits[digit] for digit in piece)}}}}}"
    return _character(piece)


def _character(character: str) -> str:
    if character in _CHARACTERS:
        return _CHARACTERS[character]
    if character.isascii():
        return character
    if _ACCENTED.fullmatch(character):
        return rf"\text{{{character}}}"
    return rf"\text{{[U+{ord(character):04X}]}}"
