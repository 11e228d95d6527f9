"""What all tests share. Hypothesis draws the same examples in every run, and few enough to be quick."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tracer.value import Value

# Glyphs and compiled Graphviz are kept beside pytest's own notes, so that tests leave the user's cache alone.
os.environ["XDG_CACHE_HOME"] = str(Path(__file__).parents[1] / ".pytest_cache" / "tracer")

settings.register_profile(
    "tracer",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tracer")


@pytest.fixture
def lecture() -> dict[str, Value]:
    """The lecture's expression, L = (a*b + c) * f, by name."""
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10, label="c")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    f = Value(-2.0, label="f")
    L = d * f
    L.label = "L"
    return {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "L": L}
