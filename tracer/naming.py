"""What nodes are called where they are shown, and expressions written with those names.

A label is shown as it was given. A node without one is named by the expression that made it, `a*b`, never by an id; an
output without one is L, as in the lecture; a leaf without one is v₁, v₂, ... Two nodes are never shown by the same
name: the second `s` is s₂. Names stay names however large the graph: where an expression would get too long, it is
shortened, or gives way to the node's group and what is done there, `layer2.neuron3.tanh`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from tracer.formulas import ASCII, ATOM, PRODUCT, SIGN, SUM, Notation, Term, to_term
from tracer.graph import Graph, Node
from tracer.ops import OPERANDS, OPS
from tracer.tensorops import TENSOR_OPS

LONGEST_NAME: Final = 24
LONGEST_EXPRESSION: Final = 120
# A name may be that much longer where it then shows the telling ends of paths: `x @ …['hidden']['w']`.
_LONGER: Final = 4
_LONGEST_PART: Final = 16
# A place in a list tells nothing without the list: `w[0]` is one step.
_STEP: Final = re.compile(r"(?:\.\w+|\[(?!\d+\])[^\[\]]*\])(?:\[\d+\])*")
_WORD: Final = re.compile(r"[\w.\[\]'′…]+(?<![²³])")
_CALL: Final = re.compile(r"\w+\((.*)\)")
_PATH_END: Final = re.compile(r"…[\w\[]")
_CALLED: Final = re.compile(r"(\w+)\(.*\)", re.DOTALL)
_LONGEST_CALL: Final = 8
_FIRST: Final = {SUM: re.compile(r"\w{1,4} [+−-] "), PRODUCT: re.compile(r"\w{1,4}(?:\*| × )")}
_LETTER: Final = re.compile(r"\b[abc](?![a-z])")
_SUBSCRIPTS: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def display_names(graph: Graph, notation: Notation = ASCII) -> tuple[str, ...]:
    """For each node the name it is shown by. Only literals may share one: there are many 2s."""
    taken = {node.label for node in graph.nodes if node.label}
    used: set[str] = set()
    numbers: Counter[str] = Counter()
    terms: list[Term] = []
    briefs: list[Term] = []
    by_group: set[int] = set()
    leaves = 0
    for node in graph.nodes:
        if isinstance(node.value, float) and node.kind == "constant" and not node.label:
            terms.append(_literal(node.value, notation))
            briefs.append(terms[-1])
            continue
        if node.kind != "op" and not node.label:
            leaves += 1
        term = _own_term(graph, node, (terms, briefs), leaves, taken, notation)
        # In a group there is a better name than an expression with gaps in it, or one of such names.
        if _is_made_in_group(node, graph) and ("…" in term.text or not by_group.isdisjoint(node.inputs)):
            done = _done_in_group(node)
            if len(done.text) <= LONGEST_NAME:
                term = done
                by_group.add(node.id)
        if term.text in used or (term.text in taken and not node.label):
            term = _told_apart(term, used, taken, numbers)
        used.add(term.text)
        terms.append(term)
        briefs.append(_brief(node, term, briefs, notation))
    return tuple(term.text for term in terms)


def term_of(name: str, node: Node) -> Term:
    """A node's name as a part of formulas: parentheses go around it where it is not one word."""
    if isinstance(node.value, float) and node.kind == "constant":
        return Term(name, SIGN if node.value < 0 else ATOM, node.value)
    return Term(name, ATOM if _WORD.fullmatch(name) or _is_call(name) else SUM)


def _is_call(name: str) -> bool:
    """Whether a name is one call: the parenthesis behind its first word is closed at its end, not before."""
    inner = _CALL.fullmatch(name)
    if inner is None:
        return False
    depth = 0
    for letter in inner[1]:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return depth == 0


def differential(name: str) -> str:
    """What follows the d: `a`, or `(a*b)` where the name is not one word.

    >>> differential("a"), differential("a*b")
    ('a', '(a*b)')
    """
    return name if _WORD.fullmatch(name) else f"({name})"


def formula(graph: Graph, node: Node, names: tuple[str, ...], notation: Notation = ASCII) -> str:
    """How an op node is made, in the names of its inputs: `e + c`."""
    operands = [term_of(names[source], graph[source]) for source in node.inputs]
    return _written(node, operands, notation).text


def expression(graph: Graph, notation: Notation = ASCII) -> str:
    """The whole computation, written in its leaves: `(a*b + c)*f`.

    Where that would be too long, larger and larger parts are shown by their own names, and of many operands of a call
    only a few.
    """
    names = display_names(graph, notation)
    terms: list[Term] = []
    for node in graph.nodes:
        own = term_of(names[node.id], node)
        # "index(layer1)" would not say which entry; `layer1[2]` does.
        is_whole = node.kind == "op" and not (node.op == "index" and node.label)
        whole = _written(node, [terms[source] for source in node.inputs], notation) if is_whole else own
        if len(whole.text) > LONGEST_EXPRESSION and node.id == graph.output:
            whole = _written(node, [term_of(names[source], graph[source]) for source in node.inputs], notation)
        terms.append(own if len(whole.text) > LONGEST_EXPRESSION else whole)
    return terms[graph.output].text


def _own_term(
    graph: Graph, node: Node, earlier: tuple[list[Term], list[Term]], leaves: int, taken: set[str], notation: Notation
) -> Term:
    """What a node is called, before it is told apart from others; `earlier` are the terms so far, in full and brief."""
    if node.label:
        return term_of(node.label, node)
    if node.id == graph.output:
        return Term("L" if "L" not in taken else "output")
    if node.kind != "op":
        return Term("v" + str(leaves).translate(_SUBSCRIPTS))
    operands, briefs = ([terms[source] for source in node.inputs] for terms in earlier)
    whole = _written(node, operands, notation)
    if len(whole.text) <= LONGEST_NAME:
        return whole
    for parts in ([_path_end(term, 2) for term in operands], briefs):
        shorter = _written(node, parts, notation)
        if len(shorter.text) <= LONGEST_NAME + _LONGER and _PATH_END.search(shorter.text):
            return shorter
    return _written(node, [_shortened(term) for term in operands], notation)


def _is_made_in_group(node: Node, graph: Graph) -> bool:
    return node.kind == "op" and bool(node.scope) and not node.label and node.id != graph.output


def _done_in_group(node: Node) -> Term:
    """What a node of a group is called by its op: `layer2.neuron3.tanh`."""
    return term_of(f"{node.scope.replace('/', '.')}.{node.op.rpartition('.')[2]}", node)


def _path_end(term: Term, steps: int) -> Term:
    """A path such as `params['hidden']['w']` without its beginning: `…['hidden']['w']`; other terms as they are."""
    if term.number is not None or not _WORD.fullmatch(term.text):
        return term
    found = _STEP.findall(term.text)[-steps:]
    end = "…" + "".join(found).removeprefix(".")
    return Term(end) if found and len(end) < len(term.text) else term


def _brief(node: Node, term: Term, briefs: list[Term], notation: Notation) -> Term:
    """A term as short as it can be as a part of others, with the telling ends of the paths in it."""
    if node.kind == "op" and not node.label:
        written = _written(node, [briefs[source] for source in node.inputs], notation)
        return written if len(written.text) <= min(_LONGEST_PART, len(term.text)) else _shortened(term)
    end = _path_end(term, 1)
    return end if len(end.text) <= _LONGEST_PART else _shortened(term)


def _shortened(term: Term) -> Term:
    """A name in a name that got too long: a long word keeps its beginning, a formula becomes an ellipsis.

    A call keeps its function, `tanh(…)`, an element its place, `parts[3]`, and a sum or a product of many its first
    operand, `t0 + …`.
    """
    if len(term.text) <= 6 or (len(term.text) <= 8 and term.text.endswith("]") and _WORD.fullmatch(term.text)):
        return term
    called = _CALLED.match(term.text)
    if called and term.binding == ATOM and len(called[1]) <= _LONGEST_CALL:
        return Term(f"{called[1]}(…)")
    if term.binding == ATOM and _WORD.match(term.text):
        return Term(term.text[:5].rstrip() + "…")
    first = _FIRST[term.binding].match(term.text) if term.binding in _FIRST else None
    return Term(f"{first[0]}…", term.binding) if first else Term("…")


def _written(node: Node, operands: list[Term], notation: Notation) -> Term:
    op = OPS.get(node.op)
    if op is not None:
        return to_term(op.written, dict(zip(OPERANDS, operands, strict=False)), notation)
    written = TENSOR_OPS[node.op].written if node.op in TENSOR_OPS else ""
    if not written:  # an op of another library, or a folded group: shown as a call
        return Term(_call(node.op, [term.text for term in operands]))
    names = {letter: term.within(ATOM) for letter, term in zip("abc", operands, strict=False)}
    text = _LETTER.sub(lambda letter: names[letter[0]], notation.tensors(written))
    return Term(text, ATOM if " " not in written else SUM)


def _call(name: str, operands: list[str]) -> str:
    """A call; where that would be too long, only the first two operands of many, and the last one."""
    text = f"{name}({', '.join(operands)})"
    if len(text) <= LONGEST_EXPRESSION or len(operands) < 5:
        return text
    return f"{name}({', '.join([*operands[:2], '…', operands[-1]])})"


def _told_apart(term: Term, used: set[str], taken: set[str], numbers: Counter[str]) -> Term:
    """The term with the next free small number behind it; `numbers` are the last ones given."""
    number = max(numbers[term.text], 1) + 1
    while (numbered := term.within(ATOM) + str(number).translate(_SUBSCRIPTS)) in used or numbered in taken:
        number += 1
    numbers[term.text] = number
    return Term(numbered, ATOM)


def _literal(value: float, notation: Notation) -> Term:
    return Term(notation.number(value), SIGN if value < 0 else ATOM, value)
