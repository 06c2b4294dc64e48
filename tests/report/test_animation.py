"""Pictures that move, read back by programs that know nothing of ours."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shapespace.errors import BadInput
from shapespace.report.animation import HOLD, save_animation

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")


def from_ink_to_paper(n: int, side: int) -> np.ndarray:
    """Return even pictures, from black to white in even steps."""
    return np.linspace(0, 1, n)[:, None, None] * np.ones((n, side, side))


def test_animations_run_there_and_back(tmp_path):
    file = save_animation(from_ink_to_paper(4, 32), tmp_path / "film", "apng")
    with Image.open(file) as film:
        greys = []
        for frame in range(film.n_frames):
            film.seek(frame)
            greys.append(film.convert("L").getpixel((5, 5)))
        assert film.size == (256, 256)
        assert film.info["loop"] == 0
    distinct = [grey for i, grey in enumerate(greys) if i == 0 or grey != greys[i - 1]]
    assert distinct == [0, 85, 170, 255, 170, 85]


def probe(file: Path) -> dict:
    """Decode a film with ffprobe and return what its only stream is."""
    asked = "stream=codec_name,width,height,pix_fmt,nb_read_frames,r_frame_rate"
    done = subprocess.run(
        [
            "ffprobe",
            "-v",
            "error",
            "-count_frames",
            "-show_entries",
            asked,
            "-of",
            "json",
            file,
        ],
        capture_output=True,
        check=True,
    )
    (stream,) = json.loads(done.stdout)["streams"]
    return stream


@needs_ffmpeg
@pytest.mark.parametrize(("side", "size"), [(32, 256), (27, 242), (224, 224), (300, 300)])
def test_mp4_is_what_every_player_plays(tmp_path, side, size):
    # 27 pixels become 243, and the format wants even numbers.
    file = save_animation(from_ink_to_paper(5, side), tmp_path / "film", "mp4")
    assert file == tmp_path / "film.mp4"
    assert probe(file) == {
        "codec_name": "h264",
        "width": size,
        "height": size,
        "pix_fmt": "yuv420p",
        "r_frame_rate": "25/2",
        "nb_read_frames": str(2 * HOLD + 2 * 5 - 3),
    }


@needs_ffmpeg
def test_mp4_keeps_the_greys_and_their_order(tmp_path):
    file = save_animation(from_ink_to_paper(5, 32), tmp_path / "film", "mp4")
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", file, "-f", "rawvideo", "-pix_fmt", "gray", "-"],
        capture_output=True,
        check=True,
    )
    frames = np.frombuffer(done.stdout, np.uint8).reshape(-1, 256, 256)
    steps = [0.0, 0.25, 0.5, 0.75, 1.0]
    expected = [0.0] * HOLD + steps[1:] + [1.0] * HOLD + steps[-2:0:-1]
    assert frames.mean(axis=(1, 2)) / 255 == pytest.approx(expected, abs=0.02)


def test_mp4_without_ffmpeg_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="needs the program ffmpeg"):
        save_animation(from_ink_to_paper(3, 32), tmp_path / "film", "mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("n", "kind", "words"), [(1, "gif", "2 frames"), (2, "webp", "no animation")]
)
def test_what_is_no_animation_is_refused(tmp_path, n, kind, words):
    with pytest.raises(BadInput, match=words):
        save_animation.__wrapped__(np.ones((n, 8, 8)), tmp_path / "x", kind)
