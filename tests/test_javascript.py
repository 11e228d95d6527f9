"""The op table in JavaScript: the same numbers as in Python, and the player's own unit tests."""

from __future__ import annotations

import json
import math
import random
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.browsing import PLAYER, node
from tests.strategies import Program, programs
from tracer import formatting, trace
from tracer.graph import Graph, Node
from tracer.javascript import rules_module, to_javascript
from tracer.ops import OPS, Op
from tracer.outputs.web.records import plain, records
from tracer.outputs.web.sources import PAGE, script
from tracer.tensors import Tensor, nearest
from tracer.tracing import Trace
from tracer.value import domain_error

UNIT_TESTS = Path(__file__).parent / "player"
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, -3.0, 1e-300, 1e300, 1000.0, -1000.0, math.inf, -math.inf, math.nan)
# Functions of the C library and of the browser may differ in the last digits.
ULPS = 4 * 2.0**-52


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The player's modules, with the one that is made from the op table."""
    folder = tmp_path_factory.mktemp("player")
    for module in PLAYER.glob("*.js"):
        (folder / module.name).write_text(module.read_text("utf-8"), "utf-8")
    (folder / "rules.js").write_text(rules_module(), "utf-8")
    (folder / "package.json").write_text('{"type": "module"}')
    return folder


def run(folder: Path, source: str, data: Any) -> Any:
    """What a module prints as JSON that is given data as JSON; numbers without a word in JSON are text."""
    (folder / "data.json").write_text(json.dumps(_plain(data)))
    (folder / "run.js").write_text(
        'import { readFileSync } from "node:fs";\n'
        'const data = JSON.parse(readFileSync(new URL("data.json", import.meta.url)), (key, value) =>\n'
        '  ["NaN", "Infinity", "-Infinity", "-0"].includes(value) ? Number(value) : value);\n'
        "const print = (value) => console.log(JSON.stringify(value, (key, each) =>\n"
        '  typeof each !== "number" || (Number.isFinite(each) && !Object.is(each, -0)) ? each\n'
        '  : each === 0 ? "-0" : String(each)));\n' + source
    )
    done = subprocess.run([node(), "run.js"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return _numbers(json.loads(done.stdout))


def _plain(value: Any) -> Any:
    if isinstance(value, float) and (not math.isfinite(value) or (value == 0 and math.copysign(1, value) < 0)):
        return {math.inf: "Infinity", -math.inf: "-Infinity", 0.0: "-0"}.get(value, "NaN")
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return float(value) if value in ("NaN", "Infinity", "-Infinity", "-0") else value


def same(one: float, other: float) -> bool:
    """Whether two floats are the same but for the last digits; signs of 0 count, and any NaN is as good as another."""
    if one != one or other != other:
        return one != one and other != other
    if one == other:
        return math.copysign(1, one) == math.copysign(1, other)
    return abs(one - other) <= ULPS * max(abs(one), abs(other))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("a + b * a", "a + b * a"),
        ("(a + b) * a", "(a + b) * a"),
        ("a - (b - a)", "a - (b - a)"),
        ("a / (b * a)", "a / (b * a)"),
        ("-a", "-a"),
        ("-(a + b)", "-(a + b)"),
        ("-y / b", "-y / b"),
        ("b * a**(b - 1)", "b * pow(a, b - 1)"),
        ("-a**2", "-pow(a, 2)"),
        ("1 / cosh(a)**2", "1 / pow(Math.cosh(a), 2)"),
        ("0.0 if a <= 0 else a", "a <= 0 ? 0.0 : a"),
        ("a if a >= b or a != a else b", "a >= b || a !== a ? a : b"),
        ("a if a > 0 and (b == 0 or b == 1) else nan", "a > 0 && (b === 0 || b === 1) ? a : NaN"),
        ("(a if a > 0 else b) + 1", "(a > 0 ? a : b) + 1"),
        ("inf", "Infinity"),
        ("exp(-abs(a))", "Math.exp(-Math.abs(a))"),
    ],
)
def test_formulas_are_printed_as_javascript(formula: str, expected: str) -> None:
    assert to_javascript(formula) == expected


def test_functions_that_are_not_in_the_language_are_refused() -> None:
    with pytest.raises(KeyError):
        to_javascript("system(a)")


def test_every_op_has_an_entry_and_a_page_only_those_that_it_needs() -> None:
    assert all(f"\n{name}: {{" in rules_module() for name in OPS)
    assert "\nmul: {" in rules_module({"mul"})
    assert "\nadd: {" not in rules_module({"mul"})
    assert "tanh" in script(PAGE, frozenset({"tanh"}))
    assert "tanh" not in script(PAGE, frozenset({"mul"}))
    assert "ieee.js" in rules_module({"pow"})
    assert "ieee.js" not in rules_module({"mul"})


def _operands(op: Op) -> Iterator[tuple[float, ...]]:
    """Kinks, edges of domains, huge and tiny numbers, and random ones."""
    draw = random.Random(op.name)
    if op.arity == 1:
        yield from ((a,) for a in SPECIAL)
    else:
        yield from ((a, b) for a in SPECIAL for b in SPECIAL)
    for _ in range(300):
        kinds = (lambda: draw.uniform(-4, 4), lambda: draw.uniform(-40, 40), lambda: float(draw.randint(-4, 4)))
        yield tuple(draw.choice(kinds)() for _ in op.locals)


def test_every_op_gives_the_values_and_local_derivatives_of_python(folder: Path) -> None:
    cases = {name: list(_operands(op)) for name, op in OPS.items()}
    found = run(
        folder,
        'import { RULES } from "./rules.js";\n'
        "print(Object.entries(data).map(([name, all]) => all.map((operands) => {\n"
        "  const rule = RULES[name];\n"
        "  const [a, b, y] = [operands[0], operands.at(-1), rule.forward(...operands)];\n"
        "  return [y, rule.locals.map((f) => f(a, b, y)), rule.cases.map((f) => f(a, b, y))];\n"
        "})));",
        cases,
    )
    for (name, given_), results in zip(cases.items(), found, strict=True):
        op = OPS[name]
        for operands, (y, locals_, chosen) in zip(given_, results, strict=True):
            told = f"{name}{operands}"
            assert same(y, op.forward(*operands)), told
            # What is compared next starts from the same result, whatever its last digit.
            expected = op.local_derivatives(operands, y)
            assert all(map(same, locals_, expected)), f"{told}: {locals_}, not {expected}"
            holding = [op.case(slot, operands[0], operands[-1], y) for slot in range(op.arity)]
            numbers = [-1 if case is None else op.locals[slot].index(case) for slot, case in enumerate(holding)]
            assert chosen == numbers, told


def test_numbers_are_written_as_python_writes_them(folder: Path) -> None:
    draw = random.Random(0)
    numbers = [*SPECIAL, 0.03125, 0.09375, 1234500.0, 1235500.0, 12345e20, 0.99995, 9.9995e5, 1e-320, 1.7e308]
    for _ in range(2000):
        numbers.append(draw.uniform(-10, 10) * 10 ** draw.randint(-12, 12))
        numbers.append(draw.randint(-(10**7), 10**7) / 2 ** draw.randint(0, 12))
        numbers.append(float(draw.randint(0, 99999)) * 10 ** draw.randint(0, 20))
        numbers.append(struct.unpack("d", draw.randbytes(8))[0])
    found = run(
        folder,
        'import { onCard, short } from "./formatting.js";\n'
        "print(data.map((number) => [short(number), onCard(number)]));",
        numbers,
    )
    expected = [[formatting.short(number), formatting.card(number)] for number in numbers]
    # JSON turns "NaN" and the like back into numbers, but not "nan": it is text on both sides.
    assert [pair for pair in zip(numbers, found, expected, strict=True) if pair[1] != pair[2]] == []


def test_tensors_are_written_as_python_writes_them(folder: Path) -> None:
    draw = random.Random(2)
    asked, expected = [], []
    for _ in range(400):
        dtype = draw.choice(("float32", "float16", "bfloat16", "float64", "int64", "uint8", "bool", ""))
        shape = draw.choice(((3,), (1,), (2, 3), (4, 5), (1, 1, 2, 2), (5, 1), (2, 2, 2), (30,)))
        numbers = [draw.choice((draw.uniform(-3, 3) * 10 ** draw.randint(-9, 6), 0.0, -0.0, 1.0, math.inf, math.nan,
                                draw.randint(-64, 64) / 32)) for _ in range(math.prod(shape))]  # fmt: skip
        if dtype in ("int64", "uint8", "bool"):
            numbers = [
                draw.randint(0, 1 if dtype == "bool" else 200) * (-1 if dtype == "int64" else 1) for _ in numbers
            ]
        number = Tensor.of(shape, dtype, [nearest(each, dtype) for each in numbers])
        asked.append(plain(number))
        expected.append([cell for row in formatting.cells(number) for cell in row])
    found = run(folder, 'import { cells } from "./tensors.js";\nprint(data.map(cells));', asked)
    cells = ((each["dtype"], *pair) for each, *both in zip(asked, found, expected, strict=True)
             for pair in zip(*both, strict=True))  # fmt: skip
    assert [cell for cell in cells if cell[1] != cell[2]] == []


def test_tensors_on_one_line(folder: Path) -> None:
    rows = [[1.0, 0.5], [-2.0, 0.1]]
    small = Tensor.of((2, 2), "float32", [nearest(number, "float32") for row in rows for number in row])
    large = Tensor.filled((30, 2), "float32", 0.5)
    labels = Tensor.of((3,), "int64", [2, 0, 1])
    source = (
        'import { inline, zeroLike } from "./tensors.js";\n'
        "print(data.flatMap((tensor) => [tensor, zeroLike(tensor)].map(inline)));"
    )
    assert run(folder, source, [plain(small), plain(large), plain(labels)]) == [
        "[[1.0, 0.5], [-2.0, 0.1]]",
        "[[0.0, 0.0], [0.0, 0.0]]",
        "30×2 from 0.5 to 0.5, mean 0.5, norm 3.873",
        "30×2 from 0.0 to 0.0, mean 0.0, norm 0.0",
        "[2, 0, 1]",
        "[0, 0, 0]",
    ]


def _programs(count: int) -> list[Program]:
    """Random programs over all ops, always the same ones."""
    found: list[Program] = []

    @settings(max_examples=count)
    @given(programs(max_ops=10))
    def collect(program: Program) -> None:
        found.append(program)

    collect()
    return found


ENGINE = """
import { backward, recompute } from "./engine.js";
import { RULES } from "./rules.js";
print(data.map(({ nodes, frames, given }) => {
  const about = frames.map(([step, target, op, slot]) => ({ step, target, op, slot }));
  const run = (each) => backward(each, about).map((frame) => [frame.upstream, frame.local, frame.contribution,
    frame.before, frame.after, frame.accumulates]);
  try {
    const changed = recompute(nodes, RULES, new Map(given));
    return [run(nodes), changed.map((node) => node.value), run(changed)];
  } catch (error) {
    if (error.name !== "DomainError") throw error;
    return [run(nodes), [error.node, error.op, error.operands], null];
  }
}));
"""


def _recomputed(graph: Graph, numbers: dict[int, float]) -> Graph | tuple[int, str, list[float]]:
    """The graph with other numbers in some leaves, or where and with what an op has no finite result then."""
    nodes: list[Node] = []
    for old in graph.nodes:
        if not old.op:
            nodes.append(replace(old, value=numbers.get(old.id, old.value)))
            continue
        op, operands = OPS[old.op], [nodes[source].value for source in old.inputs]
        value = op.forward(*operands)
        if not math.isfinite(value) and all(map(math.isfinite, operands)):
            return old.id, old.op, operands
        nodes.append(replace(old, value=value, local=op.local_derivatives(operands, value)))
    return Graph(tuple(nodes), graph.output)


def test_the_engine_computes_what_python_computes(folder: Path) -> None:
    """Frames from the records are the same bits; with other inputs all but the last digits are."""
    draw = random.Random(1)
    before = [trace(program.build()[-1]) for program in _programs(80)]
    asked, after = [], []
    for each in before:
        leaves = [leaf.id for leaf in each.graph.nodes if leaf.kind == "input"]
        numbers = {leaf: draw.choice((draw.uniform(-3, 3), float(draw.randint(-2, 2)))) for leaf in leaves}
        own = records(each, _NO_PICTURES, "")
        asked.append({"nodes": own["nodes"], "frames": own["frames"], "given": [*numbers.items()]})
        after.append(_recomputed(each.graph, numbers))
    refused = 0
    for old, new, (own, values, changed) in zip(before, after, run(folder, ENGINE, asked), strict=True):
        assert own == [_frame(frame) for frame in old.frames]
        if isinstance(new, tuple):
            refused += 1
            assert (values[0], values[1], changed) == (new[0], new[1], None)
            assert all(map(_close, values[2], new[2]))
            continue
        assert all(map(_close, values, [made.value for made in new.nodes]))
        for frame, expected in zip(changed, Trace(lambda graph=new: graph).frames, strict=True):
            assert all(map(_close, frame, _frame(expected)))
    assert 0 < refused < len(before) / 2


def _frame(frame: Any) -> list[Any]:
    return [frame.upstream, frame.local, frame.contribution, frame.before, frame.after, frame.accumulates]


def _close(one: float, other: float) -> bool:
    """The same, as far as the last digits of the ops on the way allow."""
    if one != one or other != other:
        return one != one and other != other
    return one == other or abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1e-9)


class _NoPictures(dict[str, Any]):
    """Records need to know where chips stand; the engine does not."""

    def __getitem__(self, shape: str) -> Any:
        return type("Picture", (), {"widest": 0.0, "chips": {}})


_NO_PICTURES: Any = _NoPictures()


@pytest.mark.parametrize(
    ("name", "operands"),
    [("log", (0.0,)), ("log", (-1.0,)), ("sqrt", (-1.0,)), ("div", (1.0, 0.0)), ("pow", (0.0, -1.0)),
     ("pow", (-8.0, 0.5)), ("exp", (1000.0,)), ("mul", (1e200, 1e200))],
)  # fmt: skip
def test_a_domain_error_says_what_python_says(folder: Path, name: str, operands: tuple[float, ...]) -> None:
    leaves = [{"name": letter, "value": 1.0} for letter, _ in zip("ab", operands, strict=False)]
    nodes = [*leaves, {"name": "L", "op": name, "inputs": list(range(len(operands))), "value": 1.0}]
    said = run(
        folder,
        'import { recompute } from "./engine.js";\nimport { RULES } from "./rules.js";\n'
        'import { refusal } from "./words.js";\n'
        "try { recompute(data.nodes, RULES, new Map(data.given)); } catch (error) {\n"
        "  print(refusal(error, data.nodes, RULES));\n}",
        {"nodes": nodes, "given": list(enumerate(operands))},
    )
    expected = str(domain_error(OPS[name], operands, tuple("ab"[: len(operands)])))
    for operand in operands:
        expected = expected.replace(f"= {operand!r}", f"= {formatting.short(operand)}".replace("-", "−"))
    assert said == expected


def test_the_players_own_unit_tests() -> None:
    done = subprocess.run(
        [node(), "--test", *map(str, sorted(UNIT_TESTS.glob("*.test.js")))],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_players_sources_are_clean() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "oxlint"), "-c", str(UNIT_TESTS / "oxlintrc.json"), PLAYER, UNIT_TESTS],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    for file in (*PLAYER.glob("*.js"), *PLAYER.glob("*.css"), *UNIT_TESTS.glob("*.js")):
        long = [number for number, line in enumerate(file.read_text("utf-8").splitlines(), 1) if len(line) > 120]
        assert not long, f"{file.name} has long lines: {long}"
