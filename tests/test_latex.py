r"""LaTeX: the derivation and the graph, which compile whatever labels contain."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.handmade import HOSTILE
from tracer import Trace, Value, parse, trace
from tracer.outputs.options import Options
from tracer.outputs.saving import rendered
from tracer.outputs.textex import breakable, formula, text

needs_pdflatex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")


def lecture() -> Trace:
    return trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))


def latex(a_trace: Trace, **options: object) -> str:
    return rendered(a_trace, ".tex", Options.of(options)).decode()


def derivation(document: str) -> list[str]:
    (block,) = re.findall(r"\\begin\{align\*\}\n(.*?)\\end\{align\*\}", document, re.DOTALL)
    return [line.removesuffix(r" \\") for line in block.splitlines()]


def compiled(document: str, folder: Path) -> str:
    """What the PDF that pdflatex makes of a document says; nothing in it runs off the page."""
    (folder / "L.tex").write_text(document)
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "L.tex"], cwd=folder, capture_output=True
    )
    told = done.stdout.decode(errors="replace")
    assert done.returncode == 0, told[-2000:]
    assert re.findall(r"Overfull .hbox.*", told) == []
    pypdf = pytest.importorskip("pypdf")
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(folder / "L.pdf").pages)


def test_the_derivation_is_an_align_block_grouped_by_step() -> None:
    assert derivation(latex(lecture())) == [
        r"\intertext{Step 1 of 4: the start}",
        r"\frac{dL}{dL} &= 1.0",
        r"\intertext{Step 2 of 4: $L=d\times f$}",
        r"\frac{dL}{dd} &= f = -2.0",
        r"\frac{dL}{df} &= d = 4.0",
        r"\intertext{Step 3 of 4: $d=e+c$}",
        r"\frac{dL}{dc} &= \frac{dL}{dd}\cdot \frac{dd}{dc} = -2.0\times 1.0 = -2.0",
        r"\frac{dL}{de} &= \frac{dL}{dd}\cdot \frac{dd}{de} = -2.0\times 1.0 = -2.0",
        r"\intertext{Step 4 of 4: $e=a\times b$}",
        r"\frac{dL}{da} &= \frac{dL}{de}\cdot \frac{de}{da} = -2.0\times -3.0 = 6.0",
        r"\frac{dL}{db} &= \frac{dL}{de}\cdot \frac{de}{db} = -2.0\times 2.0 = -4.0",
    ]


def test_an_accumulation_shows_its_sum() -> None:
    lines = derivation(latex(trace(parse("p = a*b; s = a + b; L = p*s", a=3, b=4)), notation="∂"))
    assert (
        r"\frac{\partial L}{\partial a} &\mathrel{+}= \frac{\partial L}{\partial p}\cdot \frac{\partial p}{\partial a}"
        r" = 7.0\times 4.0 = 28.0, \qquad 12.0 + 28.0 = 40.0"
    ) in lines


def test_long_formulas_have_a_second_line() -> None:
    lines = derivation(latex(trace(parse("exp(alpha*beta + gamma)*delta", alpha=1, beta=2, gamma=3, delta=4))))
    assert any(line.startswith("&= ") for line in lines)


def test_long_labels_leave_formulas_on_the_page() -> None:
    long = Value(2.0, label="weights " * 40)
    output = long * long + long
    output.label = "loss " * 40
    rows = "\n".join(derivation(latex(trace(output))))
    assert r"d(\mathit{weights}\ \mathit{weights}\ \mathit{weights}\ \mathit{weights}\ensuremath{\ldots})" in rows
    assert r"\mathit{weights}\ " * 4 not in rows
    assert r"\mathit{loss}\ " * 7 not in rows


def test_the_graph_is_the_finished_one() -> None:
    document = latex(lecture())
    assert [document.count(f"% {kind}") for kind in ("card:", "op:", "edge:", "chip:", "formula")] == [7, 3, 9, 0, 0]
    for number in ("6.0000", "10.0000"):
        assert document.count(f"{{{number}}}") == 1
    assert "fill=traceractive" not in document


def test_its_colours_are_those_of_the_theme() -> None:
    assert r"\definecolor{tracerbackground}{HTML}{0D1117}" in latex(lecture(), theme="dark")
    assert "fill=tracerbackground" in latex(lecture(), theme="dark")
    assert "fill=tracerbackground" not in latex(lecture())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a × b + c", r"a\times b+c"),
        ("a·b − x1", r"a\ensuremath{\cdot}b-\mathit{x1}"),
        ("1.5e−12", r"1.5\cdot 10^{-12}"),
        ("x²", r"x\ensuremath{{}^{2}}"),
        ("s₁₂", r"s\ensuremath{{}_{12}}"),
        ("s₁²", r"s\ensuremath{{}_{1}}\ensuremath{{}^{2}}"),
        ("σ(x)", r"\ensuremath{\sigma}(x)"),
        ("max(a, b)", r"\operatorname{max}(a\text{,}\ b)"),
        ("nan", r"\mathit{nan}"),
    ],
)
def test_formulas_as_tex(words: str, expected: str) -> None:
    assert formula(words) == expected


# What TeX makes of these characters is up to us: none is left alone, and there is no command but our own.
COMMANDS = {
    "ensuremath", "text", "mathit", "operatorname", "times", "cdot", "backslash", "ldots",
    "partial", "nabla", "surd", "approx", "pm", "odot", "rightarrow", "infty", "leq", "geq", "neq", "prime", "top",
    "penalty",
}  # fmt: skip


@pytest.mark.parametrize("spelt", [text, formula, breakable])
@given(words=st.text(max_size=20) | st.sampled_from(HOSTILE) | st.text("ᵀ⊙×⋅₂²−\\{}$", max_size=9))
@settings(max_examples=150)
def test_nothing_in_a_text_is_a_command(spelt: object, words: str) -> None:
    tex = spelt(words)  # type: ignore[operator]
    greek = {"alpha", "beta", "gamma", "delta", "varepsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
             "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "varphi", "chi", "psi", "omega"}  # fmt: skip
    commands = set(re.findall(r"\\([A-Za-z]+)", tex))
    assert commands <= COMMANDS | greek | {name.capitalize() for name in greek}
    plain = re.sub(r"\\[A-Za-z]+|\\[{}&%$#_ ^~]", "", tex)
    assert not set(plain) & set("\\$%&#~\n\r")
    assert all(re.fullmatch(r"\d+", digits) for digits in re.findall(r"_\{(.*?)\}", plain))
    depth = 0
    for character in re.sub(r"\\[{}]", "", tex):
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0


@needs_pdflatex
def test_it_compiles_and_says_what_it_should(tmp_path: Path) -> None:
    said = compiled(latex(lecture()), tmp_path)
    assert "Backpropagation through" in said
    for words in ("Step 4 of 4", "data", "grad", "2.0000", "6.0000", "10.0000"):
        assert words in said


@needs_pdflatex
@pytest.mark.parametrize("theme", ["dark", "classic", "contrast"])
def test_it_compiles_in_every_theme(theme: str, tmp_path: Path) -> None:
    a_trace = trace(parse("tanh(a*b + c)*exp(-d/3)**2 - 1e-7*max(a, b)", a=1e-9, b=-1e12, c=0.5, d=3))
    assert "Step 2" in compiled(latex(a_trace, theme=theme, notation="∂"), tmp_path)


@needs_pdflatex
def test_hostile_labels_compile(tmp_path: Path) -> None:
    labels = [*HOSTILE, r"\input{/etc/passwd}", r"\end{document}", "^^5c", "%", "é ñ Å", "--", "<<>>", "x_1^2", "~^"]
    product, *others = (Value(1.5, label=label) for label in labels if label)
    for other in others:
        product = product * other
    a_trace = trace(product)
    said = "".join(compiled(latex(a_trace, direction="TB"), tmp_path).split())
    assert "root:" not in said
    assert f"Step{len(a_trace.steps)}of{len(a_trace.steps)}" in said
    assert "input{/etc/passwd}" in said


@needs_pdflatex
@pytest.mark.parametrize(
    "label",
    [
        "a name in words that goes on and on and on " * 3,
        "a_name_without_spaces_that_goes_on_and_on_and_on_" * 3,
        "Supercalifragilisticexpialidocious" * 4,
        "汉字" * 60,
        "layer1/neuron1.w[0]" * 9,
    ],
)
def test_long_names_stay_on_the_page(label: str, tmp_path: Path) -> None:
    product = Value(1.5, label=label) * Value(2.0, label="b")
    product.label = label[::-1].strip()
    square = product**2
    square.label = "L" + label
    compiled(latex(trace(square)), tmp_path)


@needs_pdflatex
def test_long_computations_stay_on_the_page(tmp_path: Path) -> None:
    names = [f"w{place}" for place in range(40)]
    a_trace = trace(parse(" + ".join(f"{name}*exp({name})" for name in names), **dict.fromkeys(names, 1.0)))
    said = compiled(latex(a_trace), tmp_path)
    assert "w39" in said
    assert f"Step {len(a_trace.steps)} of {len(a_trace.steps)}" in said


@needs_pdflatex
@given(label=st.text("₀₁⁰²ᵀ′x_1^", min_size=1, max_size=8))
@settings(max_examples=12, deadline=None)
def test_raised_and_lowered_signs_compile_in_any_order(label: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("signs")
    compiled(latex(trace(Value(1.5, label=label) * Value(2.0, label=label[::-1]))), folder)
