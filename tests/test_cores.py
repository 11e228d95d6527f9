"""Work in threads gives what the same work gives one by one."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tracer.outputs import cores as module
from tracer.outputs.cores import cores, in_threads


@pytest.fixture(params=[1, 2, 64])
def count(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many threads there are, on machines of different sizes."""
    number: int = request.param
    monkeypatch.setattr(module, "cores", lambda: number)
    return min(number, 4)


def others() -> int:
    return sum(thread.name.startswith("encoding") for thread in threading.enumerate())


def test_results_come_in_order(count: int) -> None:
    order = threading.Condition()
    done: list[int] = []

    def work(item: int) -> int:
        """Of two that run at once the later one ends first."""
        with order:
            if count > 1 and item % 2 == 0 and item < 10:
                order.wait_for(lambda: item + 1 in done, timeout=60)
            done.append(item)
            order.notify_all()
        return item * item

    assert list(in_threads(work, range(11))) == [item * item for item in range(11)]
    assert (done == sorted(done)) == (count == 1)
    assert others() == 0


def test_only_a_few_items_are_taken_ahead(count: int) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(50):
            taken.append(item)
            yield item

    for place, _ in enumerate(in_threads(str, items())):
        assert len(taken) <= place + count + 1


def test_no_items_give_no_results(count: int) -> None:
    assert list(in_threads(str, [])) == []


@pytest.mark.parametrize("failure", [ValueError("no"), KeyboardInterrupt()])
def test_failures_come_through_and_nothing_goes_on(count: int, failure: BaseException) -> None:
    started: list[int] = []

    def work(item: int) -> int:
        started.append(item)
        if item == 3:
            raise failure
        return item

    results = in_threads(work, range(1000))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(type(failure)):
        next(results)
    assert len(started) < 20
    assert others() == 0


def test_who_wants_no_more_stops_it(count: int) -> None:
    results = in_threads(str, range(1000))
    assert next(results) == "0"
    results.close()  # type: ignore[attr-defined]
    assert others() == 0


def test_there_is_a_core() -> None:
    assert cores() >= 1
