"""Long pictures in columns: nothing is lost, overlaps or is cut, and lines go on where they should."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_layout import CHIP, Task, check, crossed, samples, usual
from tests.test_rails import recurrent
from tracer import Value, trace
from tracer.drawing.curves import after, rounded, simplified, until
from tracer.drawing.layout import Layout
from tracer.drawing.measures import WIDEST
from tracer.drawing.stage import Stage
from tracer.drawing.wrapping import wrapped

WIDTH = 740.0


def chain(length: int, *, literals: bool = True) -> Value:
    value = Value(0.5, label="x")
    for _ in range(length):
        value = value * 1.1 if literals else value.tanh()
    return value


def folded(task: Task, widest: float = WIDTH) -> Layout:
    return wrapped(task.laid_out(), task.chips, widest)


def columns(layout: Layout) -> int:
    """How many times the cards, in their order, start again from the top, and one more."""
    tops = [box.y for node, box in layout.cards.items() if node in layout.ops]
    return 1 + sum(later < earlier for earlier, later in pairwise(tops))


def test_a_long_chain_stands_in_columns() -> None:
    task = usual(chain(60), "TB")
    plain, layout = task.laid_out(), folded(task)
    assert columns(plain) == 1
    assert columns(layout) >= 3
    assert layout.width <= WIDTH
    assert layout.height < plain.height / 2.5
    check(task, layout)
    assert not crossed(task, layout)


def test_a_picture_of_usual_height_stays_as_it_is() -> None:
    task = usual(chain(10), "TB")
    assert folded(task) == task.laid_out()


def test_a_picture_for_which_there_is_no_room_stays_as_it_is() -> None:
    task = usual(chain(60), "TB")
    assert folded(task, 150) == task.laid_out()


def test_there_are_as_many_columns_as_there_is_room_for() -> None:
    task = usual(chain(60), "TB")
    assert columns(folded(task, 400)) == 2


@pytest.mark.parametrize("steps", [12, 25])
def test_lines_in_the_gutter_keep_apart(steps: int) -> None:
    task = usual(recurrent(steps), "TB")
    layout = folded(task)
    assert columns(layout) > 1
    check(task, layout)
    assert not crossed(task, layout)
    assert all(branch[-1] == pytest.approx(layout.edges[key][-1]) for key, branch in layout.branches.items())
    # The lines that leave a card are one; those of different cards are at least some px from each other.
    middle = layout.height / 2
    found: dict[float, set[int]] = {}
    for (way, op, slot), line in layout.edges.items():
        source = task.graph[op].inputs[slot] if way == "in" else -op
        for x, y in samples(line, 60):
            if abs(y - middle) < 300 and line[0][1] > line[-1][1]:
                found.setdefault(round(x), set()).add(source)
    lanes = sorted((x, sources) for x, sources in found.items())
    for (x, one), (other, another) in combinations(lanes, 2):
        assert one == another or one & another or other - x >= 4


@settings(max_examples=15, deadline=None)
@given(st.integers(16, 70), st.booleans(), st.integers(0, 3), st.floats(300, 900))
def test_whatever_the_chain_nothing_overlaps(length: int, literals: bool, shared: int, widest: float) -> None:
    used = [Value(float(number), label=f"s{number}") for number in range(shared)]
    value = chain(length % 7, literals=literals)
    for step in range(length):
        value = value + used[step % shared] if shared and step % 2 else value.tanh()
    task = usual(value, "TB")
    layout = folded(task, widest)
    check(task, layout)
    assert not crossed(task, layout)


def test_only_pictures_that_choose_their_direction_are_wrapped() -> None:
    t = trace(chain(40))
    assert columns(Stage(t, direction="TB").layout) == 1
    stage = Stage(t)
    assert columns(stage.layout) > 1
    assert stage.width <= WIDEST


# The lines


def test_what_comes_before_and_after_a_place_is_the_line() -> None:
    line = ((0.0, 0.0), (10.0, 0.0), (20.0, 5.0), (30.0, 5.0), (40.0, 5.0), (50.0, 9.0), (60.0, 9.0))
    for place in (7.0, 30.0, 44.0):
        before, rest = until(line, place), after(line, place)
        assert before[0] == line[0]
        assert rest[-1] == line[-1]
        assert before[-1] == pytest.approx(rest[0], abs=1e-3)
        assert before[-1][0] == pytest.approx(place, abs=1e-3)


def test_straight_pieces_become_one() -> None:
    straight = ((0.0, 3.0), (1.0, 3.0), (2.0, 3.0), (3.0, 3.0), (4.0, 3.0), (5.0, 3.0), (6.0, 3.0))
    assert simplified(straight) == ((0.0, 3.0), (2.0, 3.0), (4.0, 3.0), (6.0, 3.0))
    bent = (*straight, (7.0, 3.0), (8.0, 9.0), (9.0, 9.0))
    assert simplified(bent) == ((0.0, 3.0), (2.0, 3.0), (4.0, 3.0), (6.0, 3.0), (7.0, 3.0), (8.0, 9.0), (9.0, 9.0))


def test_corners_are_round_and_ends_are_kept() -> None:
    line = rounded([(0, 0), (0, 50), (40, 50), (40, 10)], 8)
    assert (line[0], line[-1]) == ((0, 0), (40, 10))
    assert len(line) % 3 == 1
    assert min((x - 0) ** 2 + (y - 50) ** 2 for x, y in samples(line)) > 4
    assert all(0 <= x <= 40 and 0 <= y <= 50 for x, y in samples(line))


def test_chips_have_a_size_where_the_layout_is_cut() -> None:
    task = usual(chain(60), "TB")
    assert set(folded(task).chips) == set(task.chips)
    assert set(task.chips.values()) == {CHIP}
