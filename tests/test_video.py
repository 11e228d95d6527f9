"""Videos: decoded, they are the images that went in, each held for its time, in a form that browsers play."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from io import BytesIO
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.handmade import HOSTILE
from tracer import MissingDependencyError, OutputError, Trace, Value, parse, trace
from tracer.drawing.scene import scenes
from tracer.outputs import video
from tracer.outputs.options import Options
from tracer.outputs.raster import rasterise
from tracer.outputs.saving import rendered
from tracer.outputs.staging import stage_of
from tracer.outputs.transcript import title
from tracer.outputs.video import tick_ms

imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg")

Pixels = NDArray[np.uint8]
SUFFIXES = (".mp4", ".webm")


def lecture() -> Trace:
    return trace(parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The example in both formats, at scale 1."""
    folder = tmp_path_factory.mktemp("video")
    for suffix in SUFFIXES:
        (folder / f"L{suffix}").write_bytes(rendered(lecture(), suffix, Options(scale=1.0)))
    return {suffix: folder / f"L{suffix}" for suffix in SUFFIXES}


def ffmpeg(place: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(place), *words]
    return subprocess.run(command, capture_output=True, check=bool(words))


def described(place: Path, pattern: str) -> tuple[str, ...]:
    """What ffmpeg says about a video, as far as a pattern asks for it."""
    (found,) = re.findall(pattern, ffmpeg(place).stderr.decode())
    return tuple(found)


def decoded(place: Path) -> list[Pixels]:
    width, height = map(int, described(place, r"Video: .* (\d+)x(\d+)[ ,]"))
    raw = ffmpeg(place, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-").stdout
    return list(np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3))


def expected(**options: object) -> list[Pixels]:
    stage = stage_of(lecture(), Options.of(options))
    return [rasterise(scene, stage.theme, 1.0) for scene in scenes(stage)]


def about(place: Path) -> dict[str, dict[str, str]]:
    """What ffprobe says about a video."""
    if shutil.which("ffprobe") is None:
        pytest.skip("needs ffprobe")
    words = ["-v", "error", "-show_format", "-show_streams", "-of", "json"]
    found = json.loads(subprocess.run(["ffprobe", *words, str(place)], capture_output=True, check=True).stdout)
    (stream,) = found["streams"]
    return {"stream": stream, "format": found["format"], "tags": found["format"]["tags"]}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_each_image_is_shown_for_its_time(suffix: str, small: dict[str, Path]) -> None:
    seen = decoded(small[suffix])
    assert described(small[suffix], r"Duration: 00:00:(\d+)\.(\d)") == ("12", "4")  # 7 × 1.2 s and 4 s
    assert len(seen) == 7 * 3 + 10
    images = expected()
    nearest = [int(np.argmin([np.abs(frame[: i.shape[0], : i.shape[1]] - i.astype(int)).mean() for i in images])) for frame in seen]  # fmt: skip  # noqa: E501
    assert [(image, len(list(run))) for image, run in groupby(nearest)] == [(image, 3) for image in range(7)] + [
        (7, 10)
    ]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_images_look_as_they_were_drawn(suffix: str, small: dict[str, Path]) -> None:
    for image, frame in zip(expected()[:7], decoded(small[suffix])[2::3], strict=False):
        difference = np.abs(frame[: image.shape[0], : image.shape[1]] - image.astype(int))
        assert difference.mean() < 2
        assert (difference < 24).mean() > 0.98


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_trace_gives_the_same_bytes(suffix: str) -> None:
    options = Options(width=200, frames="0")
    assert rendered(lecture(), suffix, options) == rendered(lecture(), suffix, options)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_sizes_are_even(suffix: str, tmp_path: Path) -> None:
    place = tmp_path / f"L{suffix}"
    place.write_bytes(rendered(lecture(), suffix, Options(width=301, frames="0-1")))
    (frame, *_) = decoded(place)
    assert frame.shape[1] == 302
    assert frame.shape[0] % 2 == 0


@pytest.mark.ffmpeg
@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "h264"), (".webm", "vp9")])
def test_it_is_what_browsers_play(suffix: str, codec: str, small: dict[str, Path]) -> None:
    stream = about(small[suffix])["stream"]
    assert (stream["codec_name"], stream["pix_fmt"]) == (codec, "yuv420p")
    assert (stream["color_space"], stream["color_range"]) == ("bt709", "tv")


@pytest.mark.ffmpeg
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_it_says_what_it_shows(suffix: str, small: dict[str, Path]) -> None:
    tags = {name.lower(): words for name, words in about(small[suffix])["tags"].items()}
    assert tags["title"] == title(lecture())
    assert "7 gradient assignments in 4 steps" in tags["comment"]


def test_the_index_comes_first_so_that_it_plays_while_it_loads(small: dict[str, Path]) -> None:
    content = small[".mp4"].read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize(
    ("durations", "tick"),
    [([1200, 4000], 400), ([500, 500], 500), ([3000, 4000], 500), ([1234, 4000], 40), ([40, 80], 40), ([7], 40)],
)
def test_the_fewest_images_are_taken_that_give_each_its_time(durations: list[int], tick: float) -> None:
    assert tick_ms(durations) == tick


def test_odd_durations_are_right_to_a_25th_of_a_second(tmp_path: Path) -> None:
    place = tmp_path / "L.mp4"
    place.write_bytes(rendered(lecture(), ".mp4", Options(scale=0.5, frames="0-1", hold_ms=707, last_hold_ms=1301)))
    assert len(decoded(place)) == 18 + 33


def test_gradients_glide_if_that_is_wanted(tmp_path: Path) -> None:
    place = tmp_path / "L.mp4"
    place.write_bytes(rendered(lecture(), ".mp4", Options(scale=0.5, frames="2-3", tween=True, last_hold_ms=1200)))
    seen = decoded(place)
    assert len(seen) == 60  # 2.4 s at 25 images a second
    changes = [bool((np.abs(one.astype(int) - other) > 40).any()) for one, other in pairwise(seen)]
    assert 20 <= sum(changes) <= 34


def test_a_video_is_no_larger_than_players_can_show(tmp_path: Path) -> None:
    place = tmp_path / "L.mp4"
    place.write_bytes(rendered(lecture(), ".mp4", Options(scale=8.0, frames="0")))
    (frame, *_) = decoded(place)
    assert frame.shape[1] == 3840


def test_a_video_that_is_too_long_for_its_place_is_refused() -> None:
    with pytest.raises(OutputError, match="would last 144 s, and X allows 140 s"):
        rendered(lecture(), ".mp4", Options(preset="x", hold_ms=20_000))


def test_progress_is_told_after_each_image() -> None:
    told: list[tuple[int, int]] = []
    rendered(lecture(), ".mp4", Options(scale=0.25), lambda done, total: told.append((done, total)))
    assert told == [(number, 8) for number in range(1, 9)]


def test_hostile_labels_are_words_and_nothing_else(tmp_path: Path) -> None:
    for number, label in enumerate([*HOSTILE, "-i /etc/passwd", "a=b;c", "x" * 5000]):
        place = tmp_path / f"{number}.mp4"
        place.write_bytes(rendered(trace(Value(2.0, label=label) * 3.0), ".mp4", Options(scale=0.25, frames="0-1")))
        assert len(decoded(place)) == 3 + 10


def test_without_the_package_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingDependencyError, match=re.escape('pip install "backprop-tracer[video]"')):
        rendered(lecture(), ".mp4", Options())


def test_an_ffmpeg_that_fails_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "_H264", ("-crf", "no number"))
    with pytest.raises(OutputError, match="ffmpeg cannot make the video: ") as refused:
        rendered(lecture(), ".mp4", Options(scale=0.25))
    assert "\n" not in str(refused.value)


# In a browser

# Goes to a time of the video and comes back when that is seen.
SEEK = """
([at]) => new Promise((done, failed) => {
    const video = document.querySelector("video");
    video.onerror = () => failed(video.error.message);
    video.onseeked = () => requestAnimationFrame(() => requestAnimationFrame(() => done(video.duration)));
    const seek = () => { video.currentTime = at; };
    if (video.error) video.onerror(); else if (video.readyState >= 2) seek(); else video.onloadeddata = seek;
})
"""
PLAY = """
async () => {
    const video = document.querySelector("video");
    video.currentTime = 0;
    await video.play();
    await new Promise(later => setTimeout(later, 500));
    return video.currentTime;
}
"""


@pytest.mark.browser
@pytest.mark.filterwarnings("default")  # those of the browser's driver are its own affair
def test_chromium_plays_it_in_the_right_colours(small: dict[str, Path]) -> None:
    pytest.importorskip("playwright")
    from tests.browsing import chromium

    with chromium() as browser:
        for suffix in SUFFIXES:
            place = small[suffix].with_name(f"{suffix[1:]}.html")
            place.write_text(f'<!DOCTYPE html><body style="margin:0"><video src="L{suffix}" muted></video>')
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            page.goto(place.as_uri())
            for number, image in enumerate(expected()):
                assert page.evaluate(SEEK, [0.6 + 1.2 * number]) == pytest.approx(12.4, abs=0.05)
                with Image.open(BytesIO(page.screenshot())) as shot:
                    seen = np.asarray(shot.convert("RGB")).astype(int)
                height, width = image.shape[:2]
                difference = np.abs(seen[:height, :width] - image)
                assert difference.mean() < 2.5, (suffix, number)
                assert (difference < 24).mean() > 0.98, (suffix, number)
            assert 0.1 < page.evaluate(PLAY) < 3
            page.close()
