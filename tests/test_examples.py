"""Every example runs, prints its log and writes its picture."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
# The Value examples, how many images their GIF has, and a line of their log.
EXAMPLES = {
    "lecture": (8, "dL/da = dL/de * de/da = -2.0 * -3.0 = 6.0"),
    "neuron": (11, "do/dn = 1 - o**2 = 0.4999999999999999"),
    "accumulation": (8, "dL/da += dL/dp * dp/da = 7.0 * 4.0 = 28.0    12.0 + 28.0 = 40.0"),
    "manual": (8, "dL/da = dL/ds * ds/da = 12.0 * 1.0 = 12.0 ✗"),
    "names": (11, "dL/ds₂ = 1 - L**2 = 0.4999999999999999"),
    "network": (11, "dy/dlayer1.neuron1 = 0.8359100861754378"),
    "micrograd_tuples": (9, "dL/dx = dL/d(w*x) * d(w*x)/dx = 0.46045435881856595 * -1.5 = -0.690681538227849"),
    "micrograd_bug": (6, "dL/da = dL/dp * dp/da = 1.0 * -2.0 = -2.0 ✗"),
}


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the examples beside an empty output folder."""
    folder = tmp_path_factory.mktemp("workshop")
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "output").mkdir()
    return folder


def done(name: str, workshop: Path) -> subprocess.CompletedProcess[str]:
    """What running an example has come to."""
    return subprocess.run(
        [sys.executable, f"examples/{name}.py"],
        cwd=workshop,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONUTF8": "1", "PATH": ""},
        check=False,
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_prints_its_log_and_writes_its_picture(name: str, workshop: Path) -> None:
    images, line = EXAMPLES[name]
    run = done(name, workshop)
    assert (run.returncode, run.stderr) == (0, "")
    assert line in run.stdout.splitlines()
    made = workshop / "output" / f"{name}.gif"
    with Image.open(made) as gif:
        assert gif.n_frames == images
    assert made.read_bytes() == (ROOT / "output" / f"{name}.gif").read_bytes(), "run: python examples/{name}.py"


# Examples with code of other libraries: which they need, how many images their GIF has, how a line of their log begins.
OTHERS = {
    "micrograd_loss": ("micrograd", 11, "dloss/derror = 2*error = -1.0"),
    "pytorch_linear": ("torch", 7, "dL/dweight.T = x.T @ dL/dbefore = (3, 2) @ (2, 2) ="),
    "pytorch_cross_entropy": ("torch", 4, "dL/d(log_softmax(logits)) = -one_hot(labels) / 2 = [[-0.5, 0.0, 0.0],"),
    "pytorch_lstm": ("torch", 20, "dL/dgates = concat(dL/da, dL/df, dL/dg, dL/do, axis=1) ="),
    "pytorch_attention": ("torch", 11, "dL/dv = weights.T @ dL/dout = (3, 2) @ (2, 2) ="),
    "pytorch_modules": ("torch", 10, "dL/dh = (dc₂/dh).T @ dL/dc₂ + (dh₂/dh).T @ dL/dh₂ ="),
    "jax_mlp": ("jax", 16, "dL/dparams['hidden']['w'] = x.T @"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_example_with_another_library(name: str, workshop: Path) -> None:
    library, images, line = OTHERS[name]
    pytest.importorskip(library)
    run = done(name, workshop)
    assert run.returncode == 0, run.stderr
    assert any(written.startswith(line) for written in run.stdout.splitlines())
    with Image.open(workshop / "output" / f"{name}.gif") as gif:
        assert gif.n_frames == images


# How many gradients the check of such an example finds right.
CHECKED = {
    "micrograd_loss": 10,
    "pytorch_linear": 6,
    "pytorch_cross_entropy": 3,
    "pytorch_lstm": 19,
    "pytorch_attention": 10,
    "jax_mlp": 15,
}


@pytest.mark.parametrize("name", CHECKED)
def test_the_command_verifies_the_example_with_another_library(name: str, workshop: Path) -> None:
    pytest.importorskip(OTHERS[name][0])
    run = subprocess.run(
        [sys.executable, "-m", "tracer", "check", f"examples/{name}.py:t"],
        cwd=workshop,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONUTF8": "1", "PATH": "", "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1] == f"✓ all {CHECKED[name]} gradients agree with central differences"
