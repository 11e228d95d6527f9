"""How large the player's pages are, and what of: `python benchmarks/player.py`.

The page of the lecture's example has to stay under 60 kB, that of MLP(3, [4, 4, 1]) with its 116 values under 200 kB.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from time import perf_counter

from tracer import Value, parse, trace
from tracer.nn import MLP
from tracer.outputs.html import page
from tracer.outputs.options import Options
from tracer.outputs.web.parts import Parts

LECTURE = "lecture"
NETWORK = "MLP(3, [4, 4, 1])"
LIMITS = {LECTURE: 60_000, NETWORK: 200_000}
CASES: dict[str, Callable[[], Value]] = {
    LECTURE: lambda: parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2),
    "neuron": lambda: parse("o = tanh(w1*x1 + w2*x2 + b)", x1=2, x2=0, w1=-3, w2=1, b=6.8813735870195432),
    "accumulation": lambda: parse("p = a*b; s = a + b; L = p*s", a=3, b=4),
    NETWORK: lambda: MLP(3, [4, 4, 1], seed=1)([2.0, 3.0, -1.0]),
}


def measured(output: Value) -> dict[str, float]:
    """The bytes of a page and of its parts, and how long it took to write it, in ms."""
    t = trace(output)
    start = perf_counter()
    whole = page(t).encode()
    took = perf_counter() - start
    parts = Parts(t, Options())
    return {
        "page": len(whole),
        "gzipped": len(gzip.compress(whole)),
        "script": len(parts.script.encode()),
        "style": len(parts.style.encode()),
        "fonts": len(parts.fonts.encode()),
        "html": len(parts.player("h1", "h2").encode()),
        "ms": took * 1000,
    }


def main() -> int:
    """Print a line a case; the exit code is 1 if a page is too large."""
    results = {name: measured(output()) for name, output in CASES.items()}
    columns = list(next(iter(results.values())))
    print(f"{'bytes':20}" + "".join(f"{column:>10}" for column in columns))
    for name, found in results.items():
        print(f"{name:20}" + "".join(f"{found[column]:10,.0f}" for column in columns))
    large = [name for name, limit in LIMITS.items() if results[name]["page"] >= limit]
    if large:
        print(f"too large: {', '.join(large)}")
    return bool(large)


if __name__ == "__main__":
    sys.exit(main())
