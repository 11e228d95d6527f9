"""Python files as sources: how they are run, which Value is the output, and how their mistakes are told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tracer.errors import SourceError
from tracer.graph import Node
from tracer.sources.script import run_script
from tracer.sources.sightings import Sightings
from tracer.tracing import Trace

Written = Callable[..., Path]

LECTURE = """\
from tracer import Value

a = Value(2.0, label='a'); b = Value(-3.0, label='b'); c = Value(10, label='c')
e = a * b; e.label = 'e'
d = e + c; d.label = 'd'
f = Value(-2.0, label='f')
L = d * f; L.label = 'L'
"""
START = "from tracer import Value, recording, trace\na = Value(2.0); b = Value(3.0)\n"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Written:
    """Writes a script into the current directory, and gives the path that a user would type."""
    monkeypatch.chdir(tmp_path)

    def write(text: str | bytes, name: str = "lecture.py") -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def output_of(path: Path, variable: str | None = None) -> Node:
    found = run_script(path, variable)
    return found.graph[found.graph.output]


def refusal(path: Path, variable: str | None = None) -> str:
    with pytest.raises(SourceError) as caught:
        run_script(path, variable)
    return str(caught.value)


def labels(found: Trace) -> list[str]:
    return [node.label for node in found.graph.nodes]


# How it is run.


def test_a_lecture(written: Written) -> None:
    found = run_script(written(LECTURE))
    assert found.graph[found.graph.output].value == -8.0
    assert [frame.label for frame in found.frames] == ["L", "d", "f", "c", "e", "a", "b"]


def test_it_is_the_main_program_with_its_own_arguments_and_folder(written: Written) -> None:
    written("number = 5.0", "deep/helper_of_a_script.py")
    path = written(
        START + "import sys; import helper_of_a_script\n"
        "assert __name__ == '__main__' and __file__ == 'deep/lecture.py', __file__\n"
        "assert sys.argv == ['deep/lecture.py'], sys.argv\n"
        "assert sys.path[0].endswith('deep') and sys.modules['__main__'].a is a\n"
        "L = a * helper_of_a_script.number\n",
        "deep/lecture.py",
    )
    assert output_of(path).value == 10.0


def test_what_it_changes_is_put_back(written: Written) -> None:
    main, arguments, search, out = sys.modules["__main__"], sys.argv, sys.path, sys.stdout
    before = (list(arguments), list(search))
    run_script(written(START + "import sys; L = a*b; sys.argv.append('x'); sys.path.insert(0, '/nowhere')"))
    refusal(written("import sys; sys.argv = sys.path = []; sys.stdout = None; 1/0"))
    assert sys.modules["__main__"] is main
    assert sys.argv is arguments
    assert sys.path is search
    assert sys.stdout is out
    assert (list(arguments), list(search)) == before


def test_what_it_prints_goes_to_standard_error(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    run_script(written(START + "L = a*b; print('hello')"))
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "hello\n")


def test_a_script_may_trace_and_store_by_itself(written: Written) -> None:
    found = run_script(written(LECTURE + "L.backward(); a.grad = 7"))
    assert [frame.grad for frame in found.frames] == [1.0, -2.0, 4.0, -2.0, -2.0, 6.0, -4.0]
    path = written(START + "L = a*b; t = trace(L); t.save('L.json')")
    assert output_of(path).value == 6.0
    assert Trace.from_json(Path("L.json").read_text()).graph.nodes[-1].value == 6.0


def test_a_script_may_end_itself_well(written: Written) -> None:
    for ending in ("sys.exit()", "sys.exit(0)", "raise SystemExit", "def end():\n    sys.exit(0)\nend()"):
        assert output_of(written(START + f"import sys\nL = a*b\n{ending}\nL = None\n")).label == "L"


def test_an_encoding_that_is_declared_is_honoured(written: Written) -> None:
    source = "# -*- coding: latin-1 -*-\n" + START + "größe = a*b\n"
    assert output_of(written(source.encode("latin-1"))).label == "größe"


def test_an_interrupt_passes_through(written: Written) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_script(written("raise KeyboardInterrupt"))


# Which Value is the output.


@pytest.mark.parametrize(
    ("body", "label"),
    [
        ("y = a*b", "y"),
        ("e = a*b; y = e + a; e2 = e", "y"),
        ("y = a*b; z = Value(5)", "y"),
        ("_hidden = a*b; y = _hidden + 1; _after = y*2", "y"),
        ("M = a*b; L = a + b", "L"),
        ("M = a*b; loss = a + b", "loss"),
        ("loss = a*b; L = a + b", "L"),
        ("y = a*b\nfor x in [a, b]: y = y + x", "y"),
        ("del a; y = b", "b"),
    ],
)
def test_the_output_is_what_nothing_else_was_computed_from(written: Written, body: str, label: str) -> None:
    assert output_of(written(START + body)).label == label


def test_a_variable_can_be_named(written: Written) -> None:
    path = written(LECTURE)
    assert output_of(path, "e").value == -6.0
    assert output_of(path, "a").value == 2.0
    assert output_of(written(START + "_y = a*b; z = _y + 1"), "_y").value == 6.0


def test_a_trace_can_be_named(written: Written) -> None:
    found = run_script(written(START + "L = a*b\nwith recording(L) as t:\n    L.grad = 1.0\n    a.grad = 3.5\n"), "t")
    assert isinstance(found, Trace)
    assert [(frame.label, frame.verdict) for frame in found.frames] == [("L", "right"), ("a", "wrong")]


def test_gradients_assigned_by_hand_are_what_a_program_is_about(written: Written) -> None:
    program = START + "L = a*b\nwith recording(L) as t:\n    L.grad = 1.0\n    a.grad = 3.5\n"
    found = run_script(written(program))
    assert isinstance(found, Trace)
    assert [frame.verdict for frame in found.frames] == ["right", "wrong"]
    assert output_of(written(program + "t = trace(L)\n")).label == "L"  # nothing of it was done by hand


def test_a_long_program_is_no_problem(written: Written) -> None:
    assert output_of(written(START + "y = a\nz = b\nfor _ in range(50_000): y = y + z; z = z * 1\n"), "y").label == "y"
    assert refusal(written(START + "y = a\nz = b\nfor _ in range(50_000): y = y + b; z = z * 1\n")) == (
        "lecture.py ends with 2 outputs, y and z; name one: lecture.py:y"
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("L2 = a*b; M = a + b", "lecture.py ends with 2 outputs, L2 and M; name one: lecture.py:L2"),
        ("M = a + b; N = M; x = a - b; y = a/b", "lecture.py ends with 3 outputs, M, x and y; name one: lecture.py:M"),
        ("", "lecture.py ends with 2 outputs, a and b; name one: lecture.py:a"),
        ("del a, b", "lecture.py ends without a Value in a variable; give the output a name, such as L"),
        ("a = _b = b = None", "lecture.py ends without a Value in a variable; give the output a name, such as L"),
    ],
)
def test_it_has_to_be_clear_which_is_the_output(written: Written, body: str, message: str) -> None:
    assert refusal(written(START + body)) == message


@pytest.mark.parametrize(
    ("body", "variable", "message"),
    [
        ("loss = a*b", "los", "lecture.py has no variable los; did you mean loss?"),
        ("loss = a*b", "M", "lecture.py has no variable M; its values are a, b and loss"),
        ("del a, b", "M", "lecture.py has no variable M; nor any other Value"),
        ("x = [a]", "x", "x in lecture.py is a list, not a Value"),
        ("x = a.data", "x", "x in lecture.py is a float, not a Value"),
        ("", "x[0]", "lecture.py:x[0] names no variable; give the output a plain name there, such as L"),
        ("", "net.loss", "lecture.py:net.loss names no variable; give the output a plain name there, such as L"),
        ("", "", "lecture.py: names no variable; give the output a plain name there, such as L"),
    ],
)
def test_a_variable_that_cannot_be_traced(written: Written, body: str, variable: str, message: str) -> None:
    assert refusal(written(START + body), variable) == message


def test_a_name_that_makes_no_sense_is_refused_before_anything_runs(written: Written) -> None:
    assert "names no variable" in refusal(written("open('ran', 'w')"), "losses[2]")
    assert not Path("ran").exists()


# What else can be traced.

ENGINE = "from micrograd.engine import Value as Theirs\n"


def test_a_value_of_somebody_elses_engine(written: Written) -> None:
    path = written(ENGINE + "a = Theirs(2.0); b = Theirs(3.0)\ne = a * b\nL = e + a\n")
    for variable in (None, "L"):
        assert [frame.label for frame in run_script(path, variable).frames] == ["L", "e", "a", "a", "b"]
    assert refusal(written(ENGINE + "a = Theirs(2.0); b = Theirs(3.0); x = a * b; y = a + b")) == (
        "lecture.py ends with 2 outputs, x and y; name one: lecture.py:x"
    )


def test_variables_of_somebody_elses_values_name_what_they_held_first_and_inside_functions(written: Written) -> None:
    body = (
        "def f(u):\n    k = u * b\n    return k.relu()\na = Theirs(2.0); b = Theirs(3.0)\nc = a * b\nc += a\nL = f(c)\n"
    )
    assert run_script(written(ENGINE + body)).names == ("a", "b", "c", "c₂", "k", "L")


def test_a_program_without_such_values_is_not_looked_at_line_by_line(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    monkeypatch.setattr(Sightings, "_look", lambda self, frame, before, depth: looks.append(frame.f_code.co_name))
    run_script(written(START + "for i in range(100):\n    i += 1\nL = a * b\n"))
    assert looks == []


def test_values_that_a_script_does_not_need_any_more_are_not_kept(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = "gone = []\nfor _ in range(3):\n    L = a * a\n    gone.append(weakref.ref(L))\n"
    path = written(
        "import gc, weakref\n"
        + ENGINE
        + "a = Theirs(2.0)\n"
        + loop
        + "gc.collect()\nprint([one() is None for one in gone])\n"
    )
    run_script(path)
    assert capsys.readouterr().err == "[True, True, False]\n"


def test_a_trace_where_there_is_no_value(written: Written) -> None:
    body = "def make(x):\n    h = x * a\n    return h * b\n"
    path = written(START + body + "t = trace(make, 5.0)\ndel a, b\n")
    assert "h" in labels(run_script(path))


def test_a_function(written: Written) -> None:
    path = written(START + "def loss(a, c=3.0, *, b):\n    e = a * b\n    return e + c\n")
    assert labels(run_script(path, "loss")) == ["a", "b", "c", "e", ""]
    assert output_of(path, "loss").value == 9.0


def test_the_main_program_is_left_out(written: Written) -> None:
    guarded = "if __name__ == '__main__':\n    1 / 0\n"
    path = written("x = 2.0\ndef loss(x):\n    return x * x\n" + guarded)
    assert output_of(path, "loss").value == output_of(path).value == 4.0
    assert output_of(written(START + "L = a*b\n" + guarded)).value == 6.0


def test_the_main_program_runs_where_nothing_else_computes_what_is_wanted(written: Written) -> None:
    path = written(START + "e = a*b\nif __name__ == '__main__':\n    L = e + a\n")
    assert (output_of(path).value, output_of(path, "L").value) == (6.0, 8.0)
    assert output_of(written(START + "if __name__ == '__main__':\n    L = a * b\n")).value == 6.0
    assert "ZeroDivisionError" in refusal(written(START + "if __name__ == '__main__':\n    1 / 0\n"))


def test_a_function_is_the_output_where_there_is_no_value(written: Written) -> None:
    assert output_of(written("def loss(x=2.0):\n    return x * x\n")).value == 4.0


def test_functions_are_among_what_can_be_named(written: Written) -> None:
    path = written("def cost(x):\n    return x\n")
    assert refusal(path) == (
        "lecture.py ends without a Value in a variable; give the output a name, such as L, or name a function: "
        "lecture.py:cost"
    )
    assert refusal(path, "cots") == "lecture.py has no variable cots; did you mean cost?"
    assert refusal(path, "zzz") == "lecture.py has no variable zzz; its values are cost"


def test_inputs_for_a_function(written: Written) -> None:
    path = written(START + "def cost(a, x):\n    return a * x\n")
    assert run_script(path, "cost", {"x": 4.0}).graph.nodes[-1].value == 8.0
    assert run_script(path, "cost", {"x": 4.0, "a": 1.5}).graph.nodes[-1].value == 6.0
    for inputs, message in [
        ({"y": 1.0}, "lecture.py:cost has no parameter y"),
        (
            {},
            "lecture.py:cost needs x: give numbers behind it, x=1.0, or let the file have a variable of this name",
        ),
    ]:
        with pytest.raises(SourceError) as caught:
            run_script(path, "cost", inputs)
        assert str(caught.value) == message


@pytest.mark.parametrize("annotation", ["int", "'int'"])
def test_a_whole_number_for_a_function_that_wants_one(written: Written, annotation: str) -> None:
    path = written(
        f"def power(x, n: {annotation}):\n    y = 1.0\n    for _ in range(n):\n        y *= x\n    return y\n"
    )
    assert run_script(path, "power", {"x": 2.0, "n": 3.0}).graph.nodes[-1].value == 8.0
    with pytest.raises(SourceError, match=r"lecture.py:power wants a whole number for n, not 2\.5"):
        run_script(path, "power", {"x": 2.0, "n": 2.5})


def test_a_parameter_that_should_be_a_plain_number_says_how(written: Written) -> None:
    assert refusal(written("def loss(x=2.0, n=3):\n    return sum(x for _ in range(n))\n")).endswith(
        "a Value is no whole number; a parameter that is annotated as int (n: int) gets a plain one"
    )
    assert "x.exp() rather than math.exp(x)" in refusal(written("import math\ndef loss(x=2.0): return math.exp(x)\n"))


def test_mistakes_of_a_function_are_told_in_one_line(written: Written) -> None:
    assert refusal(written("def loss():\n    return 1 / 0\n"), "loss") == (
        "lecture.py, line 2: ZeroDivisionError: division by zero"
    )
    assert refusal(written("def loss():\n    return None\n"), "loss") == (
        "loss() has to return the Value to start from, but returned None"
    )


def test_a_function_that_computes_later_is_refused_in_one_line(
    written: Written, recwarn: pytest.WarningsRecorder
) -> None:
    assert refusal(written("async def loss(a=2.0):\n    return a * a\n"), "loss") == (
        "loss() is async and has computed nothing yet; write it with def instead of async def"
    )
    assert not recwarn.list


def test_a_script_that_traces_a_function_sees_its_variables(written: Written) -> None:
    path = written(START + "def f(x):\n    h = x * a\n    return h + b\nt = trace(f, 2.0)\n")
    assert labels(run_script(path, "t")) == ["a", "b", "x", "h", ""]


def test_a_framework_that_is_missing_says_what_to_install(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    told = refusal(written("import torch.nn"))
    assert told.startswith("lecture.py, line 1: ModuleNotFoundError: ")
    assert told.endswith('; pip install "backprop-tracer[torch]"')


# Labels.


def test_what_is_computed_inside_functions_has_its_names(written: Written) -> None:
    body = "def f(x):\n    h = x * a\n    return h + b\nL = f(a) * f(b)\n"
    assert labels(run_script(written(START + body))) == ["a", "b", "h", "", "h", "", "L"]


def test_values_without_a_label_are_called_as_their_variables(written: Written) -> None:
    assert labels(run_script(written(START + "e = a*b; L = e + 1"))) == ["a", "b", "e", "", "L"]


def test_labels_that_were_given_stay(written: Written) -> None:
    assert labels(run_script(written(START + "a.label = 'α'; L = a*b; L.label = 'loss'"))) == ["α", "b", "loss"]


def test_of_two_names_for_a_value_the_first_is_its_label(written: Written) -> None:
    assert labels(run_script(written(START + "c = a; L = c*b; M = L"))) == ["a", "b", "L"]


def test_names_that_begin_with_an_underscore_are_no_labels(written: Written) -> None:
    assert labels(run_script(written(START + "_e = a*b; L = _e + _e"))) == ["a", "b", "", "L"]


def test_values_that_no_variable_holds_have_no_label(written: Written) -> None:
    assert labels(run_script(written(START + "L = sum([Value(1), Value(2)]) * a"))) == ["a", "", "", "", "", "", "L"]


# Mistakes.

ODD = """\
class Odd(Exception):
    def __str__(self):
        return 1/0

raise Odd
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\n\nx = 1/0", "line 3: ZeroDivisionError: division by zero"),
        ("def f():\n    return {}['key']\n\nf()", "line 2: KeyError: 'key'"),
        ("raise OSError('two\\nlines \\x1b[31m')", "line 1: OSError: two lines \\x1b[31m"),
        ("raise ValueError('long ' * 1000)", "line 1: ValueError:" + " long" * 57 + " lo…"),
        (
            "import json\njson.loads('')",
            "line 2: json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
        ),
        (ODD, "line 5: Odd: <exception str() failed>"),
        ("def f(): f()\nf()", "line 1: RecursionError: maximum recursion depth exceeded"),
        ("from tracer import Value\nValue('2')", "line 2: a Value holds one real number, but was given the str '2'"),
        ("x = 1\nif x\n    pass", "line 2: SyntaxError: expected ':'"),
        ("x = 1\n  y = 2", "line 2: IndentationError: unexpected indent"),
        ("eval('1 +')", "line 1: SyntaxError: invalid syntax (<string>, line 1)"),
        ("import sys\nsys.exit(3)", "line 2: SystemExit: 3"),
        ("import sys\nsys.exit('no data')", "line 2: SystemExit: no data"),
        ("import not_there", "line 1: ModuleNotFoundError: No module named 'not_there'"),
    ],
)
def test_a_mistake_is_told_in_one_line(written: Written, text: str, told: str) -> None:
    assert refusal(written(text)) == f"lecture.py, {told}"


@pytest.mark.parametrize("text", [b"x = '\xff\xfe'", b"# coding: klingon\n", b"# coding: ascii\nx = '\xc3'"])
def test_bytes_that_are_no_text(written: Written, text: bytes) -> None:
    assert refusal(written(text)) == "lecture.py is not a Python file: it is not text in UTF-8"


def test_a_mistake_in_a_module_is_told_where_the_script_asked_for_it(written: Written) -> None:
    written("x = (", "broken_module_of_a_script.py")
    assert refusal(written("\nimport broken_module_of_a_script")) == (
        "lecture.py, line 2: SyntaxError: '(' was never closed (broken_module_of_a_script.py, line 1)"
    )


def test_null_bytes(written: Written) -> None:
    assert "null bytes" in refusal(written(b"x = 1\x00"))


def test_the_original_exception_is_kept(written: Written) -> None:
    with pytest.raises(SourceError) as caught:
        run_script(written("1/0"))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_file_that_cannot_be_run(written: Written, tmp_path: Path) -> None:
    assert refusal(Path("nowhere.py")) == "no such file: nowhere.py"
    written("", "folder.py/lecture.py")
    assert refusal(Path("folder.py")) == "folder.py is a directory, not a Python file"
    assert refusal(Path("folder.py/lecture.py/x.py")) == "folder.py/lecture.py/x.py cannot be read: Not a directory"
    assert refusal(Path("a\nb.py")) == "no such file: a\\nb.py"


def test_paths_are_told_as_they_were_given(written: Written) -> None:
    path = written("1/0", "some/where/lecture.py")
    assert refusal(path) == "some/where/lecture.py, line 1: ZeroDivisionError: division by zero"
    assert refusal(path.absolute()) == f"{path.absolute()}, line 1: ZeroDivisionError: division by zero"
