"""Folding traces with tensors: what is handed on is what the library handed on, bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tracer import SourceError, Trace, trace
from tracer.folding import Folded
from tracer.sources.logbook import Assigned, Logbook
from tracer.tensors import MOST_ENTRIES, Rule, Tensor, nearest
from tracer.wording import Wording

# What other libraries have to say about themselves.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")


def vector(*numbers: float) -> Tensor:
    return Tensor.of((len(numbers),), "float32", [nearest(number, "float32") for number in numbers])


class Recorder:
    """Writes down a graph, and gradients that are made up: folding has to keep to them, whatever they are."""

    def __init__(self) -> None:
        self.book = Logbook()
        self.sums: dict[int, Tensor | float] = {}

    def leaf(self, label: str, *numbers: float, kind: Any = "input", scope: str = "") -> int:
        return self.book.leaf(kind, vector(*numbers), label, scope, "float32")

    def op(self, name: str, *inputs: int, scope: str = "", label: str = "") -> int:
        value = 2.5 if label == "L" else vector(*range(2))
        node = self.book.op(name, value, inputs, label, scope, "float32")
        for slot in range(len(inputs)):
            self.book.local(node, slot, Rule(f"{{{node}/{inputs[slot]}}} of {{d{node}}}", "made up"))
        return node

    def seed(self, node: int) -> None:
        self.sums[node] = 1.0
        self.book.assign(None, Assigned.outright(node, 1.0))

    def hand(self, op: int, slot: int, target: int, *numbers: float) -> None:
        given, before = vector(*numbers), self.sums.get(target)
        self.sums[target] = given if before is None else before + given  # type: ignore[operator]
        local = Rule(f"{{{op}/{target}}} of {{d{op}}}", "made up")
        about = Assigned(target, op, slot, self.sums[op], local, given, before, self.sums[target])
        self.book.assign(op, about)


def two_results() -> Trace:
    """A cell whose two results share an op: s = a(x), h = b(s), c = d(s, k), and L = out(h, c, x)."""
    made = Recorder()
    x = made.leaf("x", 1, 2)
    k = made.leaf("k", 3, 4, kind="parameter", scope="cell")
    s = made.op("alpha", x, scope="cell")
    h = made.op("beta", s, scope="cell", label="h")
    c = made.op("delta", s, k, scope="cell/inner", label="c")
    L = made.op("out", h, c, x, label="L")
    made.seed(L)
    made.hand(L, 0, h, 0.1, 0.2)
    made.hand(L, 1, c, 0.3, 0.4)
    made.hand(L, 2, x, 0.5, 0.6)
    made.hand(c, 0, s, 0.7, 0.8)
    made.hand(c, 1, k, 0.9, 1.0)
    made.hand(h, 0, s, 1.1, 1.2)
    made.hand(s, 0, x, 1.3, 1.4)
    return made.book.trace(L, "")


def assert_recorded(folded: Folded) -> None:
    """Every gradient is, bit for bit, that of the whole trace, and the file of it can be read back."""
    whole = folded.whole
    for node, gradient in folded.gradients.items():
        [origin] = folded.origins[node]
        assert repr(gradient) == repr(whole.gradients[origin])
        assert repr(folded.graph[node].value) == repr(whole.graph[origin].value)
    assert {folded.origins[node][0] for node in folded.gradients} == {
        node for (node,) in folded.origins if node in whole.gradients
    }
    assert Trace.from_json(folded.to_json()).frames == folded.frames


def test_results_that_share_ops_hand_on_together() -> None:
    folded = two_results().fold()
    assert folded.names == ("x", "h", "c", "L")
    assert [(node.op, node.inputs, node.group) for node in folded.graph.nodes] == [
        ("", (), ""), ("cell", (0,), "cell"), ("cell", (0,), "cell"), ("out", (1, 2, 0), "")
    ]  # fmt: skip
    about = [(frame.step, frame.label, frame.op, frame.slot) for frame in folded.frames]
    assert about == [(0, "L", None, None), (1, "c", 3, 1), (1, "h", 3, 0), (1, "x", 3, 2), (2, "x", 1, 0)]
    words = Wording(folded)
    assert words.product(folded.frames[-1]).symbols == "(dh/dx).T @ dL/dh + (dc/dx).T @ dL/dc"
    assert folded.frames[-1].contribution == vector(1.3, 1.4)
    assert_recorded(folded)


def test_rules_of_values_that_stay_speak_of_the_folded_graph() -> None:
    folded = two_results().fold("cell/inner")
    assert folded.names == ("x", "k", "alpha(x)", "h", "c", "L")
    words = Wording(folded)
    assert [words.product(frame).symbols for frame in folded.frames if frame.label == "x"] == [
        "dL/dx of dL/dL", "d(alpha(x))/dx of dL/d(alpha(x))"
    ]  # fmt: skip
    told = [words.product(frame).symbols for frame in folded.frames if frame.label in ("k", "alpha(x)")]
    assert told == ["(dc/dk).T @ dL/dc", "(dc/d(alpha(x))).T @ dL/dc", "dh/d(alpha(x)) of dL/dh"]
    assert_recorded(folded)


def test_a_parameter_that_only_a_group_reads_is_inside_it_and_named_data_is_not() -> None:
    made = Recorder()
    data = made.leaf("x", 1, 2, kind="constant")
    w = made.leaf("w", 1, 2, kind="parameter", scope="net")
    h = made.op("net op", data, w, scope="net")
    L = made.op("out", h, label="L")
    made.seed(L)
    made.hand(L, 0, h, 1, 2)
    made.hand(h, 1, w, 3, 4)
    folded = made.book.trace(L, "").fold()
    assert folded.names == ("x", "net", "L")
    assert [frame.label for frame in folded.frames] == ["L", "net"]
    assert_recorded(folded)


def large(count: int, between: bool) -> Trace:
    """A group that hands to x in several ways; x is so large that only a summary of its gradients is kept."""
    made = Recorder()
    x = made.book.leaf("input", Tensor.filled((MOST_ENTRIES + 1,), "float32", 1.0), "x", "", "float32")
    inner = [made.op("inner", x, scope="net") for _ in range(count)]
    outside = made.op("outside", x)
    net = made.op("join", *inner, scope="net", label="net")
    L = made.op("out", net, outside, label="L")
    made.seed(L)
    made.hand(L, 0, net, 1, 2)
    made.hand(L, 1, outside, 3, 4)
    for slot, op in enumerate(inner):
        made.hand(net, slot, op, 5, 6)
    before: Tensor | None = None
    order = [*inner[:1], outside, *inner[1:]] if between else [*inner, outside]
    for number, op in enumerate(order):
        part = Tensor.filled((MOST_ENTRIES + 1,), "float32", float(number))
        after = Tensor.filled((MOST_ENTRIES + 1,), "float32", float(sum(range(number + 1))))
        local = Rule(f"{{d{op}}}", "")
        made.book.assign((op, "x"), Assigned(x, op, 0, made.sums[op], local, part, before, after))
        before = after
    return made.book.trace(L, "")


def test_gradients_of_which_only_a_summary_was_kept_are_taken_as_they_stand() -> None:
    folded = large(3, between=False).fold()
    contribution = folded.frames[-2].contribution
    assert folded.frames[-1].accumulates
    assert contribution == Tensor.filled((MOST_ENTRIES + 1,), "float32", 3.0)
    assert repr(folded.gradients[0]) == repr(folded.whole.gradients[0])


def test_what_cannot_be_added_up_is_refused() -> None:
    folded = large(2, between=True).fold()
    with pytest.raises(SourceError, match="the gradients of x cannot be added up"):
        _ = folded.frames


def test_a_folded_trace_without_a_function_is_written_but_not_checked(tmp_path: Path) -> None:
    folded = two_results().fold()
    assert {one.answer for one in folded.check().nodes} == {"inconclusive"}
    for suffix in (".svg", ".md", ".tex", ".html", ".txt"):
        folded.save(tmp_path / f"L{suffix}")
    assert "cell" in (tmp_path / "L.md").read_text()


def test_labels_in_rules_are_no_commands_in_tex(tmp_path: Path) -> None:
    made = Recorder()
    x = made.leaf(r"\input{y}", 1, 2)
    h = made.op("inner", x, scope="net", label=r"\frac{a}")
    L = made.op("out", h, label="L")
    made.seed(L)
    made.hand(L, 0, h, 1, 2)
    made.hand(h, 0, x, 3, 4)
    for folded in (made.book.trace(L, ""), made.book.trace(L, "").fold()):
        folded.save(tmp_path / "L.tex")
        tex = (tmp_path / "L.tex").read_text()
        assert r"\input" not in tex
        assert r"\frac{a}" not in tex


def test_functions_of_jax_fold() -> None:
    jax = pytest.importorskip("jax")
    jnp = jax.numpy

    @jax.jit
    def attention(q: Any, k: Any, v: Any) -> Any:
        return jax.nn.softmax(q @ k.T / 2**0.5, axis=1) @ v

    @jax.jit
    def layer(x: Any, w: Any) -> Any:
        return jnp.tanh(x @ w)

    def loss(q: Any, k: Any, v: Any, w: Any) -> Any:
        return jnp.sum(layer(attention(q, k, v), w) ** 2)

    q, k, v, w = jnp.array([[0.5, -1.0]]), jnp.ones((3, 2)), jnp.arange(6.0).reshape(3, 2), jnp.eye(2)
    folded = trace(loss, q, k, v, w).fold()
    assert [node.group for node in folded.graph.nodes if node.group] == ["attention", "layer"]
    assert_recorded(folded)


torch = pytest.importorskip("torch")


class Cell(torch.nn.Module):  # type: ignore[name-defined, misc]
    """An LSTM cell whose gates come from one sum."""

    def __init__(self) -> None:
        super().__init__()
        self.gates = torch.nn.Linear(3, 8)

    def forward(self, x: Any, h: Any, c: Any) -> Any:
        a, f, g, o = self.gates(torch.cat([x, h], 1)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(a) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


def lstm(cells: int) -> Trace:
    torch.manual_seed(0)
    net = torch.nn.ModuleDict({f"cell{at}": Cell() for at in range(cells)} | {"head": torch.nn.Linear(2, 1)})

    def loss(x: Any, h: Any, c: Any, y: Any) -> Any:
        for at in range(cells):
            h, c = net[f"cell{at}"](x, h, c)
        return ((net["head"](h) - y) ** 2).mean()

    state = [torch.zeros(1, 2, requires_grad=True), torch.ones(1, 2, requires_grad=True)]
    return trace(loss, torch.randn(1, 1), *state, torch.ones(1, 1), model=net)


def test_an_lstm_folded_by_module_has_the_gradients_that_autograd_had() -> None:
    whole = lstm(3)
    folded = whole.fold()
    assert len(folded.graph) < len(whole.graph) / 3
    assert [node.op for node in folded.graph.nodes if node.group] == [
        "cell0", "cell0", "cell1", "cell1", "cell2", "head"
    ]  # fmt: skip
    assert_recorded(folded)
    for path in ("cell1", "cell1/gates", "head"):
        assert_recorded(whole.fold(unfold=path))
    told = [Wording(folded).product(frame).symbols for frame in folded.frames]
    assert any(" + " in symbols for symbols in told)


def test_single_numbers_of_a_library_are_as_recorded_too() -> None:
    def loss(a: Any, b: Any) -> Any:
        return (a * b).tanh() * a

    whole = trace(loss, torch.tensor(0.3, requires_grad=True), torch.tensor(-0.7, requires_grad=True))
    for node in whole.graph.nodes:
        if node.op == "mul" and node.id != whole.graph.output:
            object.__setattr__(node, "scope", "inner")
    assert_recorded(whole.fold("inner"))


def test_an_lstm_folded_by_module_is_checked() -> None:
    folded = lstm(1).fold()
    assert {one.answer for one in folded.check().nodes} == {"right"}
