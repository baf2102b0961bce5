"""One film of every video in the shared corpus: whole, in time, as loud as it should be. Takes minutes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest

from relay.almanac.film.cut import Cut, Subclip, Words, draw_up
from relay.almanac.film.encoder import Film, make_film
from relay.almanac.formats import House
from tests.almanac.filming import SMALL, Camera
from tests.conftest import SHARED

pytestmark = [pytest.mark.media, pytest.mark.slow]
WORDS = Words("Прорыв", "Чтения жителей области", "#proryv80", "11–18 января 2023")
SECONDS = 4


def videos() -> list[Path]:
    """The film job's clips, and of the rest what the intake takes in."""
    corpus = SHARED / "corpus"
    found = sorted((corpus / "film").glob("[0-9]*"))
    listing = corpus / "media" / "manifest.csv"
    if listing.is_file():
        with listing.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["expected"] == "accepted"]
        found += [corpus / "media" / row["file"] for row in rows]
    return found


@pytest.fixture(scope="module")
def takes(shared: Path, camera: Camera) -> list[Subclip]:
    """At most four seconds of each, every third from a second later on."""
    made = [camera.take(path, path.stem) for path in videos()]
    firsts = [25 if number % 3 == 2 and take.footage.seconds > 2 else 0 for number, take in enumerate(made)]
    return [replace(take, first=first, last=first + 25 * SECONDS) for take, first in zip(made, firsts, strict=True)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("corpus")


def filmed(camera: Camera, takes: Sequence[Subclip], house: House, folder: Path, name: str) -> tuple[Cut, Film]:
    cut = draw_up(takes, WORDS, house, folder / "cards")
    return cut, make_film(cut, toolbox=camera.toolbox, cache=folder / "shots", target=folder / f"{name}.mp4")


def test_the_film_of_all_is_whole_and_in_time(camera: Camera, takes: list[Subclip], folder: Path) -> None:
    """Strict decoding says nothing, every frame is there, times only grow, sound lasts as long as the picture."""
    cut, film = filmed(camera, takes, SMALL, folder, "film")
    assert len(camera.looks_at(film.path, size=(64, 36))) == film.frames == cut.timeline.frames
    assert abs(len(camera.hears(film.path)) / 48_000 - cut.timeline.frames / 25) <= 1 / 25
    for kind, step in (("video", 512), ("audio", 1024)):
        with av.open(str(film.path)) as container:
            packets = list(container.demux(container.streams.get({kind: 0})))
        decoded = [packet.dts for packet in packets if packet.dts is not None]
        shown = sorted(packet.pts for packet in packets if packet.pts is not None)
        assert decoded == sorted(set(decoded))
        assert {later - earlier for earlier, later in pairwise(shown)} == {step}


@pytest.mark.parametrize("target", [-16.0, -23.0])
def test_the_film_of_all_is_as_loud_as_it_should_be(
    camera: Camera, takes: list[Subclip], folder: Path, target: float
) -> None:
    _, film = filmed(camera, takes, replace(SMALL, loudness=target), folder, f"film{target:g}")
    heard = camera.loudness(film.path)
    assert heard.integrated == pytest.approx(target, abs=0.5)
    assert heard.peak is not None
    assert heard.peak <= -1.0


@pytest.mark.parametrize("fps", [30, 50])
def test_the_film_job_at_other_rates(camera: Camera, takes: list[Subclip], folder: Path, fps: int) -> None:
    cut, film = filmed(camera, takes[:20], replace(SMALL, fps=fps), folder, f"film{fps}")
    assert len(camera.looks_at(film.path, size=(64, 36))) == film.frames == cut.timeline.frames
