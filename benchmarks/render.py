"""How fast pictures are made beside the usual way: `python benchmarks/render.py`.

The usual way is what people do today: the package graphviz starts a `dot` for each image, and Pillow puts the PNGs into
a GIF. It needs Graphviz installed. Both sides draw the same traces at the same number of images, of as many pixels; the
usual way is timed on a few images of the large one and counted up, as it takes too long to wait for. Times are medians
of wall-clock seconds, both sides in turn. tracer uses all cores for the large one; the usual way has no use for them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from math import sqrt
from pathlib import Path
from statistics import median

import graphviz
from PIL import Image

from tracer import Trace, Value, nn, parse, trace
from tracer.outputs.options import Options
from tracer.outputs.saving import rendered

LECTURE = ("e = a*b; d = e + c; L = d*f", {"a": 2, "b": -3, "c": 10, "f": -2})
SAMPLED = 4

# The usual way as a script of its own, to be timed from start to end.
SCRIPT = """
import graphviz, io
from PIL import Image
values = {"a": 2.0, "b": -3.0, "c": 10.0, "e": -6.0, "d": 4.0, "f": -2.0, "L": -8.0}
gradients = [("L", 1.0), ("d", -2.0), ("f", 4.0), ("c", -2.0), ("e", -2.0), ("a", 6.0), ("b", -4.0)]
made = {"e": ("*", "a", "b"), "d": ("+", "e", "c"), "L": ("*", "d", "f")}
images = []
for shown in range(len(gradients) + 1):
    now = dict(gradients[:shown])
    dot = graphviz.Digraph(format="png", graph_attr={"rankdir": "LR"})
    for name, data in values.items():
        dot.node(name, "{ %s | data %.4f | grad %.4f }" % (name, data, now.get(name, 0.0)), shape="record")
    for name, (op, *operands) in made.items():
        dot.node(name + op, op)
        dot.edge(name + op, name)
        for operand in operands:
            dot.edge(operand, name + op)
    images.append(Image.open(io.BytesIO(dot.pipe())).convert("RGB"))
images[0].save("usual.gif", save_all=True, append_images=images[1:], duration=1200, loop=0)
"""


def lecture() -> Trace:
    """The lecture's expression: 8 images."""
    text, inputs = LECTURE
    return trace(parse(text, **inputs))


def network() -> Trace:
    """A network of some 116 values."""
    net = nn.MLP(3, [4, 4, 1], seed=1)
    x = [Value(number, label=f"x{place}") for place, number in enumerate((2.0, 3.0, -1.0))]
    return trace(net(x))


def usual_image(t: Trace, shown: int) -> Image.Image:
    """One image of the usual way: a `dot` process that lays everything out anew."""
    gradients = {frame.target: frame.after for frame in t.frames[:shown]}
    dot = graphviz.Digraph(format="png", graph_attr={"rankdir": "LR"})
    for node in t.graph.nodes:
        name, gradient = graphviz.escape(t.names[node.id]), gradients.get(node.id, 0.0)
        label = f"{{ {name} | data {node.value:.4f} | grad {gradient:.4f} }}"
        dot.node(str(node.id), label, shape="record")
        if node.inputs:
            dot.node(f"{node.id}op", node.op)
            dot.edge(f"{node.id}op", str(node.id))
            for source in node.inputs:
                dot.edge(str(source), f"{node.id}op")
    with Image.open(BytesIO(dot.pipe())) as image:
        return image.convert("RGB")


def usual_gif(t: Trace, moments: range) -> bytes:
    """A GIF the usual way."""
    first, *rest = [usual_image(t, shown) for shown in moments]
    file = BytesIO()
    first.save(file, "GIF", save_all=True, append_images=rest, duration=1200, loop=0)
    return file.getvalue()


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes, in s."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def same_size(t: Trace) -> float:
    """The scale at which tracer's images of a trace have as many pixels as the usual way's."""
    with Image.open(BytesIO(rendered(t, ".png", Options(scale=1.0)))) as ours:
        usual = usual_image(t, 0)
        return sqrt(usual.width * usual.height / (ours.width * ours.height))


def compare(name: str, t: Trace, sampled: int, rounds: int) -> None:
    """Print a line for one trace; the usual way makes `sampled` of its images."""
    count = len(t.frames) + 1
    scale = same_size(t)
    # Fonts, the layout and sprites are warm, as they are from the second file on.
    rendered(t, ".gif", Options(scale=scale))
    step = max(count // sampled, 1)
    usual, ours = [], []
    for _ in range(rounds):
        moments = range(0, count, step)
        usual.append(seconds(lambda moments=moments: usual_gif(t, moments)) * count / len(moments))
        ours.append(seconds(lambda: rendered(t, ".gif", Options(scale=scale))))
    by_step = median(seconds(lambda: rendered(t, ".gif", Options(scale=scale, by="step"))) for _ in range(rounds))
    steps = len(t.steps) + 1
    note = f"usual way from {len(range(0, count, step))} of {count} images" if step > 1 else ""
    print(f"{name:28}{median(usual):10.3f} s{median(ours):10.3f} s{median(usual) / median(ours):8.1f}x   {note}")
    per_image, per_step = 1e3 * median(ours) / count, 1e3 * by_step / steps
    print(f"{'':28}{per_image:.1f} ms an image with {count} images, {per_step:.1f} ms with {steps}; scale {scale:.2f}")


def compare_processes(rounds: int) -> None:
    """Print a line for whole processes: `tracer render` and the usual script, from start to end."""
    text, inputs = LECTURE
    command = shutil.which("tracer", path=Path(sys.executable).parent)
    ours = [command] if command else [sys.executable, "-m", "tracer"]
    ours += ["render", text, *(f"{name}={x}" for name, x in inputs.items())]
    ours += ["--scale", f"{same_size(lecture()):.3f}"]
    with tempfile.TemporaryDirectory() as folder:
        # Python keeps what it has compiled, as it does for packages that are installed, and tracer what it has drawn,
        # in places of our own.
        environment = {
            **os.environ,
            "XDG_CACHE_HOME": str(Path(folder, "cache")),
            "PYTHONPYCACHEPREFIX": str(Path(folder, "compiled")),
            "PYTHONDONTWRITEBYTECODE": "",
        }

        def run(command: list[str]) -> float:
            return seconds(
                lambda: subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)
            )

        commands = [[sys.executable, "-c", SCRIPT], [*ours, "-o", str(Path(folder, "L.gif"))]]
        turns = [[run(command) for command in commands] for _ in range(rounds + 1)][1:]
    usual, own = (median(times) for times in zip(*turns, strict=True))
    print(f"{'whole process, the example':28}{usual:10.3f} s{own:10.3f} s{usual / own:8.1f}x")


def main() -> None:
    """Compare, or say what is missing."""
    if shutil.which("dot") is None:
        sys.exit("the usual way needs Graphviz's command dot, which is not installed")
    print(f"{'':28}{'usual way':>12}{'tracer':>12}{'ratio':>9}")
    compare("the example", lecture(), sampled=8, rounds=7)
    compare("MLP(3, [4, 4, 1])", network(), sampled=SAMPLED, rounds=3)
    compare_processes(rounds=9)


if __name__ == "__main__":
    main()
