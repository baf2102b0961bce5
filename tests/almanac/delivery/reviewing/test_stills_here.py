"""Which frame is cut out, and of which remarks none is, without ffmpeg; with it: test_stills.py."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from relay.almanac.delivery import remarks
from relay.almanac.delivery.reviewing import stills
from relay.almanac.delivery.reviewing.drawing import Stroke, Tool
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound
from relay.models import ClipState
from relay.moderation.withdrawal import withdraw
from tests.almanac.cinema import has_version
from tests.fakes.toolbox import RecordingToolbox
from tests.moderation.town import Town

pytestmark = pytest.mark.slow

FILM = ("proryv80", "film")
DOT = (Stroke(Tool.pen, ((0.5, 0.5),)),)
Cut = tuple[Path, int, float, int]


@pytest.fixture
def cut(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> list[Cut]:
    """A film of two clips, ten seconds each; what was cut out of it: file, frame, frames a second, width."""
    town, found = Town(relay), list[Cut]()
    for name in ("Анна", "Глеб"):
        town.has_clip(name=name, state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, all_approved=True)
    has_version(relay)

    def still(_toolbox: object, film: Path, frame: int, fps: float, place: Path, *, width: int) -> None:
        found.append((film, frame, fps, width))
        place.write_bytes(b"frame")

    monkeypatch.setattr(stills.sidecars, "still", still)
    return found


def test_the_frame_of_a_remark_is_cut_out_once(relay: Relay, cut: list[Cut]) -> None:
    relay = dataclasses.replace(relay, toolbox=RecordingToolbox())
    number: Any = remarks.add(relay, *FILM, 1, "x", seconds=2.0, strokes=DOT, person="Борис")
    first = remarks.still(relay, *FILM, number)
    assert remarks.still(relay, *FILM, number) == first
    film = relay.settings.data_dir.absolute() / "almanacs/proryv80_film-v1.mp4"
    assert [(path.absolute(), *rest) for path, *rest in cut] == [(film, 50, 25, 480)]
    assert first.name.endswith("-50.jpg")


def test_there_is_none_without_a_drawing_and_none_of_whoever_took_their_video_back(
    relay: Relay, cut: list[Cut]
) -> None:
    plain, anna, last, gleb = (
        remarks.add(relay, *FILM, 1, "x", seconds=at, strokes=strokes, person="Борис")
        for at, strokes in ((1.0, ()), (1.0, DOT), (9.96, DOT), (10.0, DOT))
    )
    withdraw(relay, 1, reason="asked", person="Ольга")
    for number in (plain, anna, last):
        with pytest.raises(NotFound, match="no such remark"):
            remarks.still(relay, *FILM, number)
    assert remarks.still(relay, *FILM, gleb).is_file()
    assert [frame for _, frame, *_ in cut] == [250]


def test_without_a_manifest_nobody_can_tell_who_is_on_the_frame(relay: Relay, cut: list[Cut]) -> None:
    number: Any = remarks.add(relay, *FILM, 1, "x", seconds=2.0, strokes=DOT, person="Борис")
    (relay.folder("almanacs") / "proryv80_film-v1.json").unlink()
    with pytest.raises(NotFound):
        remarks.still(relay, *FILM, number)
    assert cut == []
