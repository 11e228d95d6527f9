"""Finds the rule by which a library handed a gradient on, and makes sure that it holds.

A rule of the tensor op table is computed with the library's own arrays and compared with the contribution that the
library computed. Only a rule that gives the same, but for rounding, is shown. Where there is none, what is shown is
what holds for every op: the contribution is the transposed Jacobian times the upstream gradient; with the words that
the table has for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType
from typing import Any, Final, Protocol

from tracer.tensorops import STRETCHED, TENSOR_OPS, TensorRule
from tracer.tensors import Rule

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_VALUE: Final = re.compile(r"\{\d+\}")
_OPERANDS: Final = "abc"
_SIGNS: Final = str.maketrans("⊙×−", "**-")


class Arrays(Protocol):
    """What a library can do with its arrays; the names are those that rules use."""

    def functions(self, use: Use) -> Mapping[str, Callable[..., Any]]:
        """The functions that rules call, for one use of an op."""

    def agree(self, one: Any, other: Any) -> bool:
        """Whether two arrays of one shape differ by no more than rounding."""


@dataclass(frozen=True, slots=True)
class Use:
    """One op node as a rule sees it.

    Attributes:
        op: name of the op.
        inputs: ids of the nodes it reads.
        outputs: ids of the nodes it makes: one, but for ops such as split.
        operands: the arrays it reads; None where a number or nothing was read.
        results: the arrays it makes.
        upstream: the gradients of these; None where there is none.
        attributes: text for `axis`, `n` and so on, as far as the call was given any.
        parts: for each operand the part of the result where it went, as text.
    """

    op: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operands: Sequence[Any]
    results: Sequence[Any]
    upstream: Sequence[Any]
    attributes: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[str] = ()


def best_rule(use: Use, slot: int, contribution: Any, arrays: Arrays, *, entrywise: bool) -> Rule:
    """The rule by which operand `slot` was handed its contribution, from the tables if they have one that holds."""
    rule = find_rule(use, slot, contribution, arrays)
    if rule is None and entrywise:
        return entrywise_rule(use, slot, _shape(contribution), _shape(use.results[0]))
    return rule or jacobian_rule(use, slot)


def telling_rule(use: Use, slot: int, contribution: Any, arrays: Arrays) -> Rule | None:
    """The rule, where it says more than a local derivative in numbers would.

    That is so where many entries became one number and the rule tells how their values count, as in losses.
    """
    if _shape(use.results[0]) or not _shape(contribution):
        return None
    rule = find_rule(use, slot, contribution, arrays) if use.op in TENSOR_OPS else None
    return rule if rule is not None and _VALUE.search(rule.text) else None


def find_rule(use: Use, slot: int, contribution: Any, arrays: Arrays) -> Rule | None:
    """The rule of the tables by which operand `slot` was handed its contribution; None if there is none."""
    target = _shape(contribution)
    for rule in _candidates(use.op, slot):
        if not rule.formula:
            continue
        formula = _filled(rule.formula, use, slot, arrays)
        computed = _computed(formula, use, arrays)
        if computed is None:
            continue
        shape = _shape(computed)
        axes = () if _is_summed(formula, shape, target) else _stretched_axes(shape, target)
        if axes is None:
            continue
        if arrays.agree(_sum_over(computed, axes, target), contribution):
            return Rule(_summed(_in_nodes(formula, use), axes), rule.why)
    return None


def jacobian_rule(use: Use, slot: int) -> Rule:
    """What holds for every op: `(dy/dx)ᵀ · dL/dy`, over all its results that have a gradient."""
    source = use.inputs[slot]
    results = zip(use.outputs, use.upstream, strict=True)
    terms = [f"({{{output}/{source}}})ᵀ · {{d{output}}}" for output, gradient in results if gradient is not None]
    return Rule(" + ".join(terms), _words(use, slot) or "the Jacobian, transposed, times the upstream gradient")


def entrywise_rule(use: Use, slot: int, shape: tuple[int, ...], result: tuple[int, ...]) -> Rule:
    """What holds for an op that works entry by entry, its operand of one shape stretched to another."""
    text = f"{{d{use.outputs[0]}}} ⊙ {{{use.outputs[0]}/{use.inputs[slot]}}}"
    axes = _stretched_axes(result, shape) or ()
    stretched = "an entry that is used several times adds up its gradients" if axes else ""
    return Rule(_summed(text, axes), stretched or _words(use, slot))


def _words(use: Use, slot: int) -> str:
    return TENSOR_OPS[use.op].words(slot) if use.op in TENSOR_OPS else ""


def _candidates(op: str, slot: int) -> Sequence[TensorRule]:
    if op in STRETCHED:
        return STRETCHED[op][slot : slot + 1]
    return TENSOR_OPS[op].rules_for(slot) if op in TENSOR_OPS else ()


def _filled(formula: str, use: Use, slot: int, arrays: Arrays) -> str:
    """A formula with what the call was given in it; where several gradients are meant by `g`, with all of them."""
    given = dict(use.attributes)
    given["shape"] = str(_shape(use.operands[slot])) if use.operands[slot] is not None else "()"
    if slot < len(use.parts):
        given["part"] = use.parts[slot]
    if len(use.outputs) == 1 and use.upstream[0] is not None and not _shape(use.upstream[0]):
        formula = formula.replace("g ⊙ ", "g × ")  # a single number
    if len(use.outputs) > 1:
        given["g"] = ", ".join(f"g{place}" for place in range(len(use.outputs)))
    return _WORD.sub(lambda word: given.get(word[0], word[0]), formula)


def _computed(formula: str, use: Use, arrays: Arrays) -> Any:
    """What a formula gives; None where it makes no sense for these shapes."""
    names = dict(zip(_OPERANDS, use.operands, strict=False)) | {"y": use.results[0]}
    names |= {"g": use.upstream[0]} | {f"g{place}": gradient for place, gradient in enumerate(use.upstream)}
    if any(names[word] is None for word in _WORD.findall(formula) if word in names):
        return None
    try:
        # The formula comes from our table; what was filled in are numbers.
        return eval(_compiled(formula), {"__builtins__": {}, **arrays.functions(use), **names})  # noqa: S307
    except (ArithmeticError, IndexError, NameError, RuntimeError, TypeError, ValueError):
        return None


@lru_cache(maxsize=512)
def _compiled(formula: str) -> CodeType:
    return compile(formula.replace("ᵀ", ".mT").translate(_SIGNS), "<rule>", "eval")


def _in_nodes(formula: str, use: Use) -> str:
    """A formula with nodes in place of its letters, as a `Rule` has it."""
    nodes = {letter: f"{{{node}}}" for letter, node in zip(_OPERANDS, use.inputs, strict=False)}
    nodes |= {"y": f"{{{use.outputs[0]}}}", "g": f"{{d{use.outputs[0]}}}"}
    nodes |= {f"g{place}": f"{{d{node}}}" for place, node in enumerate(use.outputs)}
    return _WORD.sub(lambda word: nodes.get(word[0], word[0]), formula)


def _stretched_axes(shape: tuple[int, ...], target: tuple[int, ...]) -> tuple[int, ...] | None:
    """The axes over which an array is summed to come from one shape to another; None where that leads nowhere."""
    extra = len(shape) - len(target)
    if extra < 0:
        return None
    axes = list(range(extra))
    for place, (size, wanted) in enumerate(zip(shape[extra:], target, strict=True), start=extra):
        if size != wanted:
            if wanted != 1:
                return None
            axes.append(place)
    return tuple(axes)


def _is_summed(formula: str, shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Whether a formula is a sum as a whole, which keeps its axes, and the target only lacks those."""
    return formula.startswith("sum(") and [size for size in shape if size > 1] == [size for size in target if size > 1]


def _summed(text: str, axes: tuple[int, ...]) -> str:
    if not axes:
        return text
    return f"sum({text}, axis={axes[0] if len(axes) == 1 else axes})"


def _shape(array: Any) -> tuple[int, ...]:
    return tuple(array.shape)


def _sum_over(array: Any, axes: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """An array summed over some axes and brought into a shape."""
    return (array.sum(axes) if axes else array).reshape(shape)
