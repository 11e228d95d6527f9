"""Manual backpropagation: every hand-made assignment is a frame, judged by the chain rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tracer import RecordingError, StaleValueError, Value, recording, trace
from tracer.tracing import Trace
from tracer.wording import PICTURE, Wording


class Lecture:
    """The lecture's expression, made anew for each test."""

    def __init__(self) -> None:
        self.a, self.b, self.c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
        self.f = Value(-2.0, label="f")
        self.e = self.a * self.b
        self.d = self.e + self.c
        self.L = self.d * self.f
        for name in "edL":
            getattr(self, name).label = name


class TwoUses:
    """L = p*s with p = a*b and s = a + b: a and b each get two contributions."""

    def __init__(self) -> None:
        self.a, self.b = Value(3.0, label="a"), Value(4.0, label="b")
        self.p = self.a * self.b
        self.s = self.a + self.b
        self.L = self.p * self.s
        for name in "psL":
            getattr(self, name).label = name


def test_a_right_pass_in_the_users_own_order_has_only_right_frames() -> None:
    g = Lecture()
    with recording(g.L) as t:
        g.L.grad = 1.0
        g.f.grad = g.d.data
        g.d.grad = g.f.data
        g.e.grad = 1.0 * g.d.grad
        g.a.grad = g.b.data * g.e.grad
        g.b.grad = g.a.data * g.e.grad
        g.c.grad = g.d.grad
    assert [frame.label for frame in t.frames] == ["L", "f", "d", "e", "a", "b", "c"]
    assert {frame.verdict for frame in t.frames} == {"right"}
    assert [frame.step for frame in t.frames] == [0, 1, 1, 2, 3, 3, 4]
    assert t.gradients == trace(g.L).gradients
    assert t.remarks == ()


def test_a_right_frame_reads_like_the_chain_rules_own() -> None:
    g = Lecture()
    with recording(g.L) as t:
        g.L.grad, g.d.grad, g.e.grad, g.a.grad = 1, -2, -2, 6
    assert Wording(t).product(t.frames[-1]).text == "dL/da = dL/de * de/da = -2.0 * -3.0 = 6.0"


def wrong_start(g: Lecture) -> None:
    g.L.grad = 2.0


def wrong_sign(g: Lecture) -> None:
    g.L.grad, g.d.grad, g.c.grad = 1.0, -2.0, 2.0


def no_upstream(g: Lecture) -> None:
    g.L.grad, g.d.grad, g.e.grad, g.a.grad = 1.0, -2.0, -2.0, -3.0


def no_local(g: Lecture) -> None:
    g.L.grad, g.d.grad, g.e.grad, g.a.grad = 1.0, -2.0, -2.0, -2.0


def carried_on(g: Lecture) -> None:
    g.L.grad, g.d.grad, g.e.grad = 1.0, 5.0, 5.0


def just_wrong(g: Lecture) -> None:
    g.L.grad, g.d.grad = 1.0, 7.0


def counted_twice(g: Lecture) -> None:
    g.L.grad, g.f.grad = 1.0, 4.0
    g.f.grad += 4.0


@pytest.mark.parametrize(
    ("mistake", "note"),
    [
        (wrong_start, "should be dL/dL = 1.0, not 2.0"),
        (wrong_sign, "has the wrong sign; should be dL/dc = dL/dd * dd/dc = -2.0 * 1.0 = -2.0"),
        (no_upstream, "leaves out the upstream gradient dL/de; should be dL/da = dL/de * de/da = -2.0 * -3.0 = 6.0"),
        (no_local, "leaves out the local derivative de/da; should be dL/da = dL/de * de/da = -2.0 * -3.0 = 6.0"),
        (carried_on, "carries on the mistake in dL/dd, 5.0; should be dL/de = dL/dd * dd/de = -2.0 * 1.0 = -2.0"),
        (just_wrong, "should be dL/dd = f = -2.0, not 7.0"),
        (counted_twice, "adds 4.0 to 4.0, which had it already; should be dL/df = d = 4.0"),
    ],
)
def test_a_mistake_is_recognised_and_explained(mistake: Callable[[Lecture], None], note: str) -> None:
    g = Lecture()
    with recording(g.L) as t:
        mistake(g)
    assert (t.frames[-1].verdict, t.frames[-1].note) == ("wrong", note)


def test_an_assignment_before_its_upstream_is_early_even_when_it_is_right() -> None:
    g = Lecture()
    with recording(g.L) as t:
        g.L.grad = 1.0
        g.a.grad = 6.0
        g.b.grad = g.a.data * g.e.grad
    assert [frame.verdict for frame in t.frames] == ["right", "early", "early"]
    assert t.frames[1].note == "right, but dL/de was not known yet"
    assert t.frames[2].note == "dL/de was not known yet; should be dL/db = dL/de * de/db = -2.0 * 2.0 = -4.0"


def test_an_upstream_with_one_of_two_contributions_is_not_known_yet() -> None:
    x = Value(2.0, label="x")
    y = x * 3
    y.label = "y"
    L = y * y
    L.label = "L"
    with recording(L) as t:
        L.grad = 1.0
        y.grad = 6.0
        x.grad = 18.0
        y.grad += 6.0
        x.grad = 36.0
    assert [frame.verdict for frame in t.frames] == ["right", "right", "early", "right", "right"]


def test_an_overwrite_where_there_should_be_a_sum_is_wrong() -> None:
    g = TwoUses()
    with recording(g.L) as t:
        g.L.grad, g.p.grad, g.s.grad = 1.0, 7.0, 12.0
        g.a.grad = 28.0
        g.a.grad = 12.0
    frame = t.frames[-1]
    assert (frame.verdict, frame.before, frame.after, frame.accumulates) == ("wrong", 0.0, 12.0, False)
    assert frame.note == (
        "overwrites 28.0 instead of adding to it; "
        "should be dL/da += dL/ds * ds/da = 12.0 * 1.0 = 12.0    28.0 + 12.0 = 40.0"
    )


@pytest.mark.parametrize("first", ["p", "s"])
def test_contributions_may_be_added_in_either_order(first: str) -> None:
    g = TwoUses()
    parts = {"p": 28.0, "s": 12.0}
    second = "s" if first == "p" else "p"
    with recording(g.L) as t:
        g.L.grad, g.p.grad, g.s.grad = 1.0, 7.0, 12.0
        g.a.grad = parts[first]
        g.a.grad += parts[second]
    assert [frame.verdict for frame in t.frames[-2:]] == ["right", "right"]
    assert t.frames[-1].accumulates
    assert (t.frames[-1].before, t.frames[-1].contribution, t.frames[-1].after) == (parts[first], parts[second], 40.0)


def test_several_contributions_in_one_line_are_right_and_shown_without_a_product() -> None:
    g = TwoUses()
    with recording(g.L) as t:
        g.L.grad, g.p.grad, g.s.grad = 1.0, 7.0, 12.0
        g.a.grad = 7.0 * 4.0 + 12.0
    assert t.frames[-1].verdict == "right"
    assert Wording(t).product(t.frames[-1]).text == "dL/da = 40.0"


def test_a_correction_counts() -> None:
    g = Lecture()
    with recording(g.L) as t:
        g.L.grad, g.d.grad = 1.0, 2.0
        g.d.grad = -2.0
    assert [frame.verdict for frame in t.frames] == ["right", "wrong", "right"]


def test_typed_numbers_count_to_six_digits() -> None:
    x = Value(1.0, label="x")
    L = x.tanh()
    L.label = "L"
    with recording(L) as t:
        L.grad = 1
        x.grad = 0.419974
        x.grad = 0.42
    assert [frame.verdict for frame in t.frames] == ["right", "right", "wrong"]


def test_what_is_missing_is_said() -> None:
    g = Lecture()
    with recording(g.L) as t:
        g.L.grad, g.d.grad = 1.0, -2.0
    assert t.missing == ("f", "c", "e", "a", "b")
    assert t.remarks == ("not assigned: f, c, e, a, b",)


def test_gradients_are_cleared_first_and_other_values_do_not_count() -> None:
    g, other = Lecture(), Value(1.0, label="other")
    g.L.backward()
    with recording(g.L) as t:
        assert g.a.grad == 0.0
        other.grad = 5.0
        g.L.grad = 1.0
    assert [frame.label for frame in t.frames] == ["L"]


def test_the_trace_can_be_read_while_it_grows() -> None:
    g = Lecture()
    with recording(g.L) as t:
        assert t.frames == ()
        g.L.grad = 1.0
        assert len(t.frames) == 1
        g.f.grad = 4.0
        assert len(t.frames) == len(t.steps) == 2


def test_recordings_end_with_their_block_even_after_an_error() -> None:
    g = Lecture()
    recorded = []

    def half_a_pass() -> None:
        with recording(g.L) as t:
            recorded.append(t)
            g.L.grad = 1.0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_a_pass()
    g.f.grad = 4.0
    assert len(recorded[0].frames) == 1


def test_two_recordings_at_once_are_refused() -> None:
    g = Lecture()
    with recording(g.L), pytest.raises(RecordingError, match="end it before"), recording(g.L):
        pass


def test_a_stale_graph_is_refused() -> None:
    g = Lecture()
    g.a.data = 5.0
    with pytest.raises(StaleValueError), recording(g.L):
        pass


def test_before_plus_contribution_is_after() -> None:
    g = TwoUses()
    with recording(g.L) as t:
        for value, gradient in ((g.L, 1.0), (g.p, 7.1), (g.s, 12.0), (g.a, 0.1), (g.a, 0.3), (g.b, 33.0)):
            value.grad = gradient
    assert all(frame.before + frame.contribution == frame.after for frame in t.frames)


def test_values_without_a_label_are_named_by_their_variables() -> None:
    a, b = Value(2.0), Value(3.0)
    L = a * b
    with recording(L) as t:
        L.grad = 1.0
        a.grad = 3.0
        b.grad = 2.0
    assert [frame.label for frame in t.frames] == ["L", "a", "b"]


def test_notes_are_spelt_as_the_place_spells_everything_else() -> None:
    a, b = Value(2.0, label="a*"), Value(-3.0, label="b")
    L = a * b + a
    L.label = "L"
    words = replace(PICTURE, d="∂")
    with recording(L) as t:
        L.grad = 1.0
        a.grad = 1.0
        a.grad = b.data * 1.0
        assert t.note(t.frames[2], words).startswith("∂L/∂((a*) × b) was not known yet; should be ∂L/∂(a*) += ")
        b.grad = 7.0
    assert Wording(t, words).caption(t.frames[2]) == (
        "step 3 of 3  ·  ∂L/∂((a*) × b) was not known yet; should be "
        "∂L/∂(a*) += ∂L/∂((a*) × b) · ∂((a*) × b)/∂(a*) = 1.0 × −3.0 = −3.0    1.0 + −3.0 = −2.0"
    )
    assert t.note(t.frames[3], words).endswith("should be ∂L/∂b = ∂L/∂((a*) × b) · ∂((a*) × b)/∂b = 1.0 × 2.0 = 2.0")
    assert Trace.from_json(t.to_json()).note(t.frames[3], words) == t.frames[3].note  # what was noted is all it knows
