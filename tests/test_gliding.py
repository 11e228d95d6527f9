"""Tweens: a gradient glides along its edges, from the result through the op to the value it is assigned to."""

from __future__ import annotations

from itertools import pairwise
from math import dist

import pytest

from tracer import Trace, Value, parse, trace
from tracer.drawing.cards import chip
from tracer.drawing.gliding import glide, travels
from tracer.drawing.moments import moments
from tracer.drawing.scene import Painter
from tracer.drawing.shapes import Part, Point, Rect, Scene, Text
from tracer.drawing.stage import Stage
from tracer.drawing.theme import CONTRAST
from tracer.outputs.animating import film_of, picture_of
from tracer.outputs.options import CALM_MS, Options


def lecture() -> Trace:
    return trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))


def parts(scene: Scene) -> dict[str, Part]:
    return {part.key: part for part in scene.parts}


def gliding(scene: Scene) -> list[Part]:
    return [part for part in scene.parts if part.key.startswith("glide:")]


def label(part: Part) -> str:
    (text,) = (shape for shape in part.shapes if isinstance(shape, Text))
    return text.text


def middle(part: Part) -> Point:
    (pill,) = (shape for shape in part.shapes if isinstance(shape, Rect))
    return pill.x + pill.width / 2, pill.y + pill.height / 2


def test_a_gradient_goes_from_the_result_to_its_target() -> None:
    stage = Stage(lecture())
    painter, moment = Painter(stage), stage.moments[6]  # dL/da = dL/de · de/da = −2 × −3 = 6
    scenes = list(glide(painter, moment, 20))
    assert len(scenes) == 20
    ((first,), *_, (last,)) = map(gliding, scenes)
    boxes = {
        node.label: next(s for s in parts(scenes[0])[f"card:{node.id}"].shapes if isinstance(s, Rect))
        for node in stage.trace.graph.nodes
    }
    result, target = boxes["e"], boxes["a"]
    assert dist(middle(first), (result.x, result.y + result.height / 2)) < 3
    assert dist(middle(last), (target.x + target.width, target.y + target.height / 2)) < 3


def test_it_is_the_upstream_gradient_up_to_the_op_and_then_the_contribution() -> None:
    stage = Stage(lecture())
    labels = [label(part) for scene in glide(Painter(stage), stage.moments[6], 40) for part in gliding(scene)]
    assert set(labels) == {"−2.0", "6.0"}
    assert labels == sorted(labels, key=["−2.0", "6.0"].index)
    op = next(part for part in Painter(stage).image(stage.moments[6]).parts if part.key == "op:2")
    (circle, _) = op.shapes
    turns = [
        middle(gliding(scene)[0])
        for scene in glide(Painter(stage), stage.moments[6], 40)
        if label(gliding(scene)[0]) == "6.0"
    ]
    assert dist(turns[0], (circle.x, circle.y)) < circle.radius + 8  # type: ignore[union-attr]


def test_it_never_jumps() -> None:
    stage = Stage(lecture())
    for moment in filter(travels, stage.moments):
        places = [middle(part) for scene in glide(Painter(stage), moment, 40) for part in gliding(scene)]
        steps = [dist(*pair) for pair in pairwise(places)]
        assert max(steps) < 12
        assert min(steps) > 0


def test_until_it_arrives_its_target_is_as_it_was() -> None:
    stage = Stage(lecture())
    painter = Painter(stage)
    before, after = painter.image(stage.moments[5]), painter.image(stage.moments[6])
    (scene, *_) = glide(painter, stage.moments[6], 3)
    target = next(node.id for node in stage.trace.graph.nodes if node.label == "a")
    assert parts(scene)[f"card:{target}"] == parts(before)[f"card:{target}"] != parts(after)[f"card:{target}"]
    # All else is as it will be, but for the chip of the number that is on its way.
    others = {key: part for key, part in parts(scene).items() if not key.startswith("glide:")} | {
        key: parts(after)[key] for key in (f"card:{target}", "chip:out:2:0")
    }
    assert others == parts(after)


def test_what_was_assigned_before_stays_until_a_contribution_is_added_to_it() -> None:
    a = Value(3.0, label="a")
    stage = Stage(trace(a * a + a))
    moment = stage.moments[-1]
    (frame,) = moment.current
    assert frame.accumulates
    (scene, *_) = glide(Painter(stage), moment, 3)
    texts = [shape.text for shape in parts(scene)[f"card:{frame.target}"].shapes if isinstance(shape, Text)]
    assert stage.figure(frame.before) in texts


def test_the_frames_of_a_step_set_out_as_one_and_part_at_the_op() -> None:
    a_trace = lecture()
    stage = Stage(a_trace, moments(a_trace, "step"))
    counts = [len(gliding(scene)) for scene in glide(Painter(stage), stage.moments[-1], 20)]
    assert counts == sorted(counts)
    assert {counts[0], counts[-1]} == {1, 2}


def test_there_is_no_way_for_the_start_and_the_seed() -> None:
    stage = Stage(lecture())
    assert [travels(moment) for moment in stage.moments] == [False, False] + [True] * 6
    assert list(glide(Painter(stage), stage.moments[1], 5)) == []


def test_a_glider_has_the_weight_of_the_theme() -> None:
    stage = Stage(lecture(), theme=CONTRAST)
    (scene, *_) = glide(Painter(stage), stage.moments[3], 2)
    (pill, _) = gliding(scene)[0].shapes
    plain, _ = chip((0, 0), "x")
    assert pill.stroke_width == 1.5 * plain.stroke_width  # type: ignore[union-attr]


@pytest.mark.parametrize(("of", "tick"), [(picture_of, 80), (film_of, 40)])
@pytest.mark.parametrize(
    "options", [{}, {"by": "step"}, {"hold_ms": CALM_MS, "last_hold_ms": CALM_MS}, {"frames": "3-5"}]
)
def test_each_image_still_has_its_time_and_there_are_no_more_than_three_changes_a_second(
    of: object, tick: int, options: dict[str, object]
) -> None:
    still = of(lecture(), Options.of(options))  # type: ignore[operator]
    moving = of(lecture(), Options.of({**options, "tween": True}))  # type: ignore[operator]
    assert sum(moving.durations_ms) == sum(still.durations_ms)
    assert len(list(moving.scenes())) == len(moving.durations_ms) > len(still.durations_ms)
    holds = iter(still.durations_ms)
    hold, ticks = next(holds), 0
    for duration in moving.durations_ms:
        if duration == tick:
            ticks += 1
            continue
        assert ticks * tick + duration == hold >= 333
        assert ticks * tick <= hold / 2
        hold, ticks = next(holds, 0), 0


def test_without_tween_nothing_glides() -> None:
    assert not any(gliding(scene) for scene in picture_of(lecture(), Options()).scenes())
