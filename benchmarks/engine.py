"""How fast the engine is beside karpathy/micrograd: `python benchmarks/engine.py`.

On both sides the same work is timed: the forward pass and the backward pass. tracer's backward pass is `trace(loss)`,
after which every frame can be had; micrograd's is `loss.backward()`, which leaves gradients and nothing else. Networks
are made by micrograd's own `nn` module on both sides, with each side's Value put in. Both take turns, and what counts
is the processor's time, with the garbage collector on as it is for users: micrograd's values hold on to each other in
circles, so they need it.
"""

from __future__ import annotations

import gc
import math
import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec, module_from_spec
from statistics import median
from time import process_time
from typing import Any

from micrograd.engine import Value as Theirs

from tracer.sources import trace
from tracer.value import Value as Ours

CHAIN = 100_000


@dataclass(frozen=True)
class Case:
    """One computation to time.

    Attributes:
        name: what it is.
        rounds: how often each side has its turn.
        times: how often it computes in one turn.
        prepare: given a Value class, gives a function that computes the loss anew, and the values to compare.
    """

    name: str
    rounds: int
    times: int
    prepare: Callable[[Any], tuple[Callable[[], Any], list[Any]]]


def network(value: Any, *sizes: Any) -> Any:
    """A network of micrograd's `nn` module on a Value class; the same weights every time."""
    spec = find_spec("micrograd.nn")
    assert spec is not None
    assert spec.loader is not None
    nn = module_from_spec(spec)
    spec.loader.exec_module(nn)
    nn.__dict__["Value"] = value
    random.seed(1337)
    return nn.MLP(*sizes)


def small_network(value: Any) -> tuple[Callable[[], Any], list[Any]]:
    """One sample through MLP(3, [4, 4, 1])."""
    net = network(value, 3, [4, 4, 1])
    return lambda: net([value(2.0), value(3.0), value(-1.0)]), net.parameters()


def demo(value: Any) -> tuple[Callable[[], Any], list[Any]]:
    """The loss of micrograd's demo notebook: MLP(2, [16, 16, 1]), 100 samples, max-margin loss and regularisation."""
    net = network(value, 2, [16, 16, 1])
    samples = moons(100)

    def loss() -> Any:
        scores = [net(list(map(value, point))) for point, _ in samples]
        losses = [(1 + -side * score).relu() for (_, side), score in zip(samples, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in net.parameters())
        net.zero_grad()
        return data_loss + reg_loss

    return loss, net.parameters()


def chain(value: Any) -> tuple[Callable[[], Any], list[Any]]:
    """One op after the other, additions and multiplications in turn."""
    start, grown, shrunk = value(1.0), value(0.001), value(0.999)

    def loss() -> Any:
        x = start
        for _ in range(CHAIN // 2):
            x = (x + grown) * shrunk
        for leaf in (start, grown, shrunk):
            leaf.grad = 0
        return x

    return loss, [start, grown, shrunk]


def moons(count: int) -> list[tuple[tuple[float, float], int]]:
    """Two half circles that interlock, with a little noise: points and the side, 1 or -1, that each is on."""
    noise = random.Random(1337)  # noqa: S311  # no secret
    points = []
    for place in range(count):
        angle, side = math.pi * place / count, 1 if place % 2 else -1
        x, y = (1 - math.cos(angle), 0.5 - math.sin(angle)) if side == 1 else (math.cos(angle), math.sin(angle))
        points.append(((x + noise.gauss(0, 0.1), y + noise.gauss(0, 0.1)), side))
    return points


CASES = [
    Case("MLP(3, [4, 4, 1]), one sample", 7, 1000, small_network),
    Case("micrograd's demo, 100 samples", 5, 1, demo),
    Case(f"a chain of {CHAIN:,} ops", 5, 1, chain),
]


def timed(loss: Callable[[], Any], backward: Callable[[Any], object], times: int) -> float:
    """Seconds that one computation takes, garbage collection included: the mean over `times` of them."""
    gc.collect()
    start = process_time()
    for _ in range(times):
        backward(loss())
    return (process_time() - start) / times


def compare(case: Case) -> tuple[float, float]:
    """Seconds that micrograd and tracer take for a case: the median turn of each."""
    (their_loss, _), (our_loss, _) = case.prepare(Theirs), case.prepare(Ours)
    turns = [
        (timed(their_loss, Theirs.backward, case.times), timed(our_loss, trace, case.times)) for _ in range(case.rounds)
    ]
    return median(theirs for theirs, _ in turns), median(ours for _, ours in turns)


def check_gradients(case: Case) -> None:
    """Make sure that both sides compute the same."""
    gradients = []
    for value, backward in ((Theirs, Theirs.backward), (Ours, trace)):
        loss, leaves = case.prepare(value)
        backward(loss())
        gradients.append([leaf.grad for leaf in leaves])
    assert all(math.isclose(theirs, ours, rel_tol=1e-9) for theirs, ours in zip(*gradients, strict=True))


@contextmanager
def room_for_recursion() -> Iterator[None]:
    """micrograd walks a graph recursively; without this it could not walk a long chain at all."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10 * CHAIN)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def main() -> None:
    """Time all cases and print a table."""
    print(f"{'forward and backward, ms':32}{'micrograd':>12}{'tracer, traced':>17}{'ratio':>9}")
    with room_for_recursion():
        for case in CASES:
            check_gradients(case)
            theirs, ours = compare(case)
            print(f"{case.name:32}{1e3 * theirs:12.3f}{1e3 * ours:17.3f}{theirs / ours:8.1f}x", flush=True)
    print("Medians of processor time, garbage collection included. tracer's frames can all be had afterwards.")
    print("micrograd gets through the chain only because it was given a large recursion limit and stack.")


if __name__ == "__main__":
    threading.stack_size(512 * 2**20)
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
