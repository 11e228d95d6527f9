"""A GIF that several processes encode is the one that a single process writes, whatever becomes of the others."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest

from tests.handmade import lecture
from tests.test_gif import written
from tracer.drawing.theme import LIGHT
from tracer.errors import OutputError
from tracer.outputs import gif_crew, gif_helpers
from tracer.outputs.areas import Area
from tracer.outputs.bands import Plain
from tracer.outputs.gif import write_gif
from tracer.outputs.gif_image import next_image
from tracer.outputs.gif_task import Task
from tracer.outputs.gif_work import LENGTH, work
from tracer.outputs.palette import Indices

ALONE = written(lecture() * 3)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[gif_helpers.Helper]:
    """The helpers of each test, two of them, at work from the third image on."""
    all_of_them: list[gif_helpers.Helper] = []

    def helpers() -> Iterator[gif_helpers.Helper]:
        for _ in range(2):
            all_of_them.append(gif_helpers.Helper())
            yield all_of_them[-1]

    monkeypatch.setattr(gif_crew, "_WORTH_S", 0.0)
    monkeypatch.setattr(gif_helpers, "helpers", helpers)
    return all_of_them


def tasks(count: int) -> list[Task]:
    choose = np.random.default_rng(1)

    def some() -> Indices:
        return choose.integers(0, 90, (20, 30), np.uint8)

    return [
        Task(Area(k, 2 * k, k + 30, 2 * k + 140), (some(), Plain(80, k), some(), some()), 100 + 10 * k)
        for k in range(count)
    ]


def test_helpers_change_nothing(started: list[gif_helpers.Helper]) -> None:
    assert written(lecture() * 3) == ALONE
    assert len(started) == 2
    assert all(helper._process.poll() is not None for helper in started)


def test_helpers_do_encode(started: list[gif_helpers.Helper]) -> None:
    """Given enough time, they send back what they were given."""
    helper = gif_helpers.Helper()
    try:
        for task in tasks(3):
            assert helper.encode(task).result(timeout=60) == next_image(task)
        assert helper._process.poll() is None
    finally:
        helper.end()


def test_images_come_out_in_order(started: list[gif_helpers.Helper]) -> None:
    given = tasks(40)
    found: list[bytes] = []
    with gif_crew.Crew(len(given)) as crew:
        for task in given:
            crew.add(task)
            found += crew.done()
        found += crew.rest()
    assert found == [next_image(task) for task in given]


def test_what_a_helper_does_not_send_back_is_encoded_here(
    started: list[gif_helpers.Helper], monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = gif_helpers.Helper.encode

    def killing(helper: gif_helpers.Helper, task: Task) -> object:
        image = encode(helper, task)
        helper._process.kill()
        return image

    monkeypatch.setattr(gif_helpers.Helper, "encode", killing)
    assert written(lecture() * 3) == ALONE
    assert started


@pytest.mark.parametrize("python", ["", "/nowhere/python3", "/usr/bin/blender"])
def test_without_another_python_all_is_done_here(python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gif_crew, "_WORTH_S", 0.0)
    monkeypatch.setattr(gif_helpers, "cores", lambda: 4)
    monkeypatch.setattr(sys, "executable", python)
    assert written(lecture() * 3) == ALONE
    assert list(gif_helpers.helpers()) == []


def test_there_is_a_helper_for_each_other_core_but_no_more_than_are_of_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gif_helpers, "Helper", object)
    for cores, count in ((1, 0), (2, 1), (4, 3), (64, 3)):
        monkeypatch.setattr(gif_helpers, "cores", lambda cores=cores: cores)
        assert len(list(gif_helpers.helpers())) == count


def test_small_pictures_start_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gif_helpers, "helpers", lambda: pytest.fail("a helper was started"))
    assert written(lecture()).endswith(b";")


def test_helpers_end_when_something_goes_wrong(started: list[gif_helpers.Helper]) -> None:
    with pytest.raises(OutputError, match="more than 12 images"):
        write_gif(BytesIO(), iter(lecture() * 3), LIGHT, [500] * 12, 1.0)
    assert started
    assert all(helper._process.poll() is not None for helper in started)


def test_a_helper_works_until_there_are_no_more_tasks() -> None:
    sent, answers = BytesIO(), BytesIO()
    for task in tasks(3):
        task.write(sent)
    work(BytesIO(sent.getvalue()), answers)
    for task in tasks(3):
        content = answers.getvalue()
        (size,) = LENGTH.unpack_from(content)
        assert content[LENGTH.size : LENGTH.size + size] == next_image(task)
        answers = BytesIO(content[LENGTH.size + size :])
    assert answers.getvalue() == b""
