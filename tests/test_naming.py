"""Names: labels as they are, expressions for what has none, and never two of the same."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import ExitStack
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import Program, programs
from tracer.formatting import visible
from tracer.formulas import UNICODE
from tracer.graph import Graph
from tracer.grouping import group
from tracer.naming import LONGEST_EXPRESSION, LONGEST_NAME, differential, display_names, expression, formula
from tracer.sources.values import Snapshot
from tracer.value import Value


def graph(output: Value) -> Graph:
    """The graph with the labels that were given, and no names from elsewhere."""
    return Snapshot(output).graph()


def name(output: Value) -> str:
    """The name of an op node that is not the output."""
    made = graph(output * 1)
    return display_names(made)[made[made.output].inputs[0]]


A, B, C = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")


class TestNames:
    def test_a_label_is_shown_as_it_was_given(self, lecture: dict[str, Value]) -> None:
        assert display_names(graph(lecture["L"])) == ("a", "b", "c", "e", "d", "f", "L")

    @pytest.mark.parametrize(
        ("output", "wanted"),
        [
            (A * B, "a*b"),
            (A + B, "a + b"),
            (A * B + C, "a*b + c"),
            ((A + B) * C, "(a + b)*c"),
            (A - (B - C), "a - (b - c)"),
            (A / (B * C), "a/(b*c)"),
            (A / B / C, "a/b/c"),
            (2 * A, "2*a"),
            (A * -2, "a*-2"),
            (A**2, "a**2"),
            ((A + B) ** 2, "(a + b)**2"),
            (A**-1, "a**(-1)"),
            (-A, "-a"),
            (A.__neg__().__neg__(), "-(-a)"),
            (-(A + B), "-(a + b)"),
            (-(A**2), "-a**2"),
            ((-A) ** 2, "(-a)**2"),
            ((A * B).tanh(), "tanh(a*b)"),
            (A.maximum(B), "max(a, b)"),
            (A.sigmoid() * 0.1, "sigmoid(a)*0.1"),
        ],
        ids=lambda case: case if isinstance(case, str) else "",
    )
    def test_an_intermediate_without_a_label_is_named_by_the_expression_that_made_it(
        self, output: Value, wanted: str
    ) -> None:
        assert name(output) == wanted

    def test_the_signs_are_those_of_the_notation(self) -> None:
        made = graph((A * B - 2) ** 2 * 1)
        assert "(a × b − 2)²" in display_names(made, UNICODE)

    def test_labels_are_used_inside_expressions(self) -> None:
        s = A + B
        s.label = "s"
        assert name(s * C) == "s*c"

    def test_an_output_without_a_label_is_l_and_leaves_are_numbered(self) -> None:
        assert display_names(graph(Value(1.0) * Value(2.0))) == ("v₁", "v₂", "L")

    def test_a_label_of_spaces_is_none(self) -> None:
        assert display_names(graph(Value(1.0, label=" ") * Value(2.0, label="b\t"))) == ("v₁", "b\t", "L")

    def test_an_output_is_not_called_l_when_something_else_is(self) -> None:
        assert display_names(graph(Value(1.0, label="L") * 2)) == ("L", "2", "output")

    def test_duplicates_are_told_apart(self) -> None:
        s = [Value(float(place), label="s") for place in range(3)]
        taken = Value(0.0, label="s₃")
        names = display_names(graph(s[0] + s[1] + s[2] + taken))
        assert [name for name in names if name.startswith("s") and " " not in name] == ["s", "s₂", "s₄", "s₃"]

    def test_expressions_that_look_alike_are_told_apart(self) -> None:
        names = display_names(graph((A * B) + (A * B)))
        assert names == ("a", "b", "a*b", "(a*b)₂", "L")

    def test_an_expression_is_not_mistaken_for_a_label_that_looks_like_it(self) -> None:
        names = display_names(graph((A * B) + Value(1.0, label="a*b")))
        assert names == ("a", "b", "(a*b)₂", "a*b", "L")

    def test_literals_may_share_a_name(self) -> None:
        assert display_names(graph(2 * A + 2)) == ("a", "2", "2*a", "2", "L")

    def test_long_expressions_are_shortened_but_keep_their_shape(self) -> None:
        weights = [Value(1.0, label=f"weight{place}") for place in range(4)]
        product = weights[0] * weights[1] * weights[2] * weights[3]
        assert len(name(product)) <= LONGEST_NAME
        assert "…" in name(product)
        assert "*" in name(product)

    def test_a_path_in_a_long_name_keeps_its_telling_end(self) -> None:
        weight, bias = (Value(2.0, label=f"params['hidden']['{name}']") for name in "wb")
        assert name(weight * Value(1.0, label="xyz") * A) == "…['hidden']['w']*xyz*a"
        assert name((weight * A + bias).tanh()) == "tanh(…['w']*a + …['b'])"
        dotted = Value(1.0, label="encoder.layers.weight")
        assert name(dotted * Value(1.0, label="inputs")) == "…layers.weight*inputs"

    @pytest.mark.parametrize(
        ("path", "sums"),
        [
            ("layer1/neuron2", ("layer1.neuron2.add", "layer1.neuron2.add₂", "layer1.neuron2.tanh")),
            ("my own", ("my own.add", "(my own.add)₂", "my own.tanh")),
            ("n", ("n.add", "n.add₂", "n.tanh")),
            # Where that would be too long as well, an expression says more than the end of a path.
            ("transformer/block2/attention", ("…w[0]*a + …w[1]*b", "… + …w[2]*c", "tanh(… + …w[2]*c)")),
        ],
    )
    def test_in_a_group_what_is_too_long_is_named_by_what_is_done_there(self, path: str, sums: tuple[str, ...]) -> None:
        with ExitStack() as groups:
            for part in path.split("/"):
                groups.enter_context(group(part))
            w = [Value(0.1, label=f"{path.replace('/', '.')}.weight.w[{place}]") for place in range(3)]
            made = [w[0] * A + w[1] * B]
            made.append(made[0] + w[2] * C)
            made.append(made[1].tanh())
        assert tuple(map(self._name_in_groups, made)) == sums

    @staticmethod
    def _name_in_groups(value: Value) -> str:
        output = value * 1
        made = Snapshot(output).graph()
        return display_names(made)[made[made.output].inputs[0]]

    def test_a_number_is_no_path(self) -> None:
        power = A
        for _ in range(6):
            power = power * 1.1
        assert all("…1" not in name for name in display_names(graph(power)))

    def test_paths_that_end_alike_are_told_apart(self) -> None:
        one, other = (Value(2.0, label=f"params['{layer}']['bias']") for layer in ("encoder", "decoder"))
        made = graph((A * B * one).tanh() + (A * B * other).tanh())
        names = display_names(made)
        assert len(set(names)) == len(names)
        assert "tanh(a*b*…['bias'])" in names
        assert "tanh(a*b*…['bias'])₂" in names

    def test_a_call_in_a_long_name_keeps_its_name(self) -> None:
        long = Value(0.5, label="a_rather_long_label")
        assert name(long.tanh() * long.exp()) == "tanh(…)*exp(…)"

    def test_a_sum_or_product_of_many_keeps_its_first_operand(self) -> None:
        t = [Value(0.5, label=f"t{place}") for place in range(40)]
        total, product = sum(t[2:6], t[0] + t[1]), prod(t[1:9], start=t[0])
        assert (name(total), name(product), name(product * t[9])) == ("t0 + … + t5", "t0*…*t8", "t0*…*t8*t9")
        assert name(total * (t[7] - total)) == "(t0 + …)*(t7 - …)"
        assert name((total * t[6]).tanh()) == "tanh((t0 + … + t5)*t6)"
        assert expression(graph(sum(t[1:], t[0])), UNICODE) == "t0 + … + t38 + t39"

    def test_an_element_keeps_its_place_in_a_long_name(self) -> None:
        assert name(Value(1.0, label="parts[3]") * Value(1.0, label="other_very_long_word")) == "parts[3]*other…"
        assert (
            name(Value(1.0, label="layer1.neuron2.w[3]") * Value(1.0, label="other_word")) == "…neuron2.w[3]*other_word"
        )

    def test_no_parenthesis_stays_open(self) -> None:
        x = Value(1.0, label="something_long")
        call = (x * 2 + x * 3).tanh()
        assert name(call * x) == "tanh(…)*somet…"
        assert all(name.count("(") == name.count(")") for name in display_names(graph(call * x + x * call.exp())))

    def test_a_call_needs_no_parentheses_whatever_is_in_it(self) -> None:
        made = graph(((A * B) + (A * B)).tanh() * C + 1)
        assert "tanh(a*b + (a*b)₂)*c" in display_names(made)
        assert formula(made, made.nodes[-3], display_names(made)) == "tanh(a*b + (a*b)₂)*c"

    @given(programs(max_ops=20))
    def test_no_two_nodes_but_literals_share_a_name_and_none_is_an_id(self, program: Program) -> None:
        made = graph(program.build()[-1])
        names = display_names(made)
        counted = Counter(name for name, node in zip(names, made.nodes, strict=True) if node.kind != "constant")
        assert set(counted.values()) <= {1}
        for name, node in zip(names, made.nodes, strict=True):
            assert name
            assert not re.fullmatch(r"#?\d+", name) or node.kind == "constant" or not node.label
            if node.label and node.label not in names[: node.id]:
                assert name == node.label

    @given(programs(max_ops=20))
    def test_names_are_short(self, program: Program) -> None:
        made = graph(program.build()[-1])
        assert all(len(name) <= LONGEST_NAME + 20 for name in display_names(made))

    @given(st.lists(st.text(min_size=1), min_size=2, max_size=4))
    def test_any_text_will_do_for_a_label(self, labels: list[str]) -> None:
        total = sum(Value(1.0, label=label) for label in labels)
        assert isinstance(total, Value)
        names = display_names(graph(total))
        assert {label for label in labels if not visible(label).isspace()} <= set(names)
        assert len(set(names)) == len(names) or "0" in names


class TestWholeExpressions:
    def test_it_is_written_in_the_leaves(self, lecture: dict[str, Value]) -> None:
        made = graph(lecture["L"])
        assert expression(made) == "(a*b + c)*f"
        assert expression(made, UNICODE) == "(a × b + c) × f"

    def test_one_op_is_written_in_its_inputs(self, lecture: dict[str, Value]) -> None:
        made = graph(lecture["L"])
        names = display_names(made)
        assert [formula(made, node, names) for node in made.nodes if node.op] == ["a*b", "e + c", "d*f"]

    def test_a_leaf_is_its_own_expression(self) -> None:
        assert expression(graph(A)) == "a"

    def test_names_that_are_not_words_get_parentheses(self) -> None:
        assert expression(graph(Value(1.0, label="x y") * A)) == "(x y)*a"
        assert [differential(text) for text in ("a", "w1", "x[2]", "net.w", "a'", "x y", "a*b", "")] == [
            "a",
            "w1",
            "x[2]",
            "net.w",
            "a'",
            "(x y)",
            "(a*b)",
            "()",
        ]

    @given(programs(max_ops=30))
    def test_it_is_never_too_long(self, program: Program) -> None:
        assert len(expression(graph(program.build()[-1]))) <= LONGEST_EXPRESSION + LONGEST_NAME + 20
