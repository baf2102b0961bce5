"""A render that is watched is killed (SIGKILL, nothing can be tidied up) at fifty random moments; the next one goes on
from there.
"""

from __future__ import annotations

import os
import pickle
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from relay.almanac.film import mp4
from relay.almanac.film.cut import Subclip, Words, draw_up
from relay.almanac.film.encoder import make_film
from relay.almanac.film.streaming.stream import FilmStream
from relay.media.toolbox import Toolbox
from tests.almanac.filming import SMALL, Camera

pytestmark = [pytest.mark.media, pytest.mark.slow]
KILLS, IN_A_ROW = 50, 5
WORDS = Words("Прорыв", "январь", "#proryv80")
Kept = dict[Path, tuple[int, int]]


@pytest.fixture
def takes(camera: Camera) -> list[Subclip]:
    paths = [camera.films(f"killed{number}", frames=150, seed=number) for number in range(3)]
    return [camera.take(path, path.stem, first=number) for number, path in enumerate(paths)]


def begun(takes: Sequence[Subclip], folder: Path) -> subprocess.Popen[bytes]:
    """A process that makes the film in `folder`, as `python tests/almanac/film/test_killed.py FOLDER`."""
    (folder / "takes").write_bytes(pickle.dumps(list(takes)))
    words = [sys.executable, "-m", "tests.almanac.film.test_killed", str(folder)]
    root = Path(__file__).parents[3]
    return subprocess.Popen(words, cwd=root, start_new_session=True)


def main(folder: Path) -> None:
    takes = pickle.loads((folder / "takes").read_bytes())
    cut = draw_up(takes, WORDS, SMALL, folder / "cards")
    streams: list[FilmStream] = []

    def watches(*_news: object) -> None:
        for stream in streams:
            for number, made in enumerate(stream.made()):
                if made:
                    assert b"".join(stream.part(number).read())

    (folder / "begun").touch()
    make_film(
        cut,
        toolbox=Toolbox(),
        cache=folder / "shots",
        target=folder / "film.mp4",
        on_progress=watches,
        on_begin=lambda encoder: streams.append(FilmStream(encoder)),
    )


def kept(folder: Path) -> Kept:
    """Shots and sounds that are there, and by what their making can be told from another."""
    shots = folder / "shots"
    paths = [*shots.glob("*.mp4"), *(shots / "sounds").glob("*.[fm]*"), *(shots / "reels").glob("*.aac")]
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}


def killed_at_a_random_moment(takes: Sequence[Subclip], folder: Path, longest: float, moments: random.Random) -> None:
    (folder / "begun").unlink(missing_ok=True)
    child = begun(takes, folder)
    while not (folder / "begun").exists() and child.poll() is None:
        time.sleep(0.01)
    time.sleep(moments.uniform(0, longest))
    os.kill(child.pid, signal.SIGKILL)
    child.wait()


def test_a_render_that_was_killed_goes_on_where_it_was(takes: list[Subclip], tmp_path: Path) -> None:
    """Fifty kills, five in a row for each film: it is the very film, and no shot was encoded twice."""
    moments = random.Random(80)
    unwatched = draw_up(takes, WORDS, SMALL, tmp_path / "cards")
    make_film(unwatched, toolbox=Toolbox(), cache=tmp_path / "unwatched", target=tmp_path / "unwatched.mp4")
    whole = tmp_path / "whole"
    whole.mkdir()
    started = time.monotonic()
    assert begun(takes, whole).wait() == 0
    assert (whole / "film.mp4").read_bytes() == (tmp_path / "unwatched.mp4").read_bytes()
    longest, film = time.monotonic() - started, (whole / "film.mp4").read_bytes()
    stopped = 0
    for row in range(KILLS // IN_A_ROW):
        folder = tmp_path / str(row)
        folder.mkdir()
        before: Kept = {}
        for _ in range(IN_A_ROW):
            killed_at_a_random_moment(takes, folder, longest / IN_A_ROW, moments)
            after = kept(folder)
            assert before.items() <= after.items()
            assert all(mp4.read(path).tracks for path in after if path.suffix == ".mp4")
            stopped += not (folder / "film.mp4").exists()
            before = after
        assert begun(takes, folder).wait() == 0
        assert before.items() <= kept(folder).items()
        assert (folder / "film.mp4").read_bytes() == film
        assert list((folder / "shots" / "work").iterdir()) == []
    assert stopped > KILLS / 3


def test_without_renaming_a_killed_render_would_leave_half_a_shot(takes: list[Subclip], tmp_path: Path) -> None:
    """The twin: half a file under a shot's own name would be taken for the whole, and is found out at the join only."""
    cut = draw_up([replace(take) for take in takes], WORDS, SMALL, tmp_path / "cards")
    film = make_film(cut, toolbox=Toolbox(), cache=tmp_path / "shots", target=tmp_path / "film.mp4")
    shot = next(iter((tmp_path / "shots").glob("*.mp4")))
    shot.write_bytes(shot.read_bytes()[: shot.stat().st_size // 2])
    with pytest.raises(Exception, match="not whole"):
        make_film(cut, toolbox=Toolbox(), cache=tmp_path / "shots", target=tmp_path / "film.mp4")
    assert film.frames == cut.timeline.frames


if __name__ == "__main__":
    main(Path(sys.argv[1]))
