from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from relay.almanac.delivery import posters, versions
from relay.almanac.delivery.posters import FilmedClip, PosterChoice, choice, choice_at, frame_of
from relay.almanac.plan import edits, queries
from relay.context import Relay
from relay.errors import NotFound, Refused, ToolFailed
from relay.models import ClipState, Event
from tests.almanac.cinema import has_version
from tests.fakes.toolbox import RecordingToolbox
from tests.moderation.town import Town

FILM = [FilmedClip(7, 100, 200, 50), FilmedClip(8, 188, 300, 0), FilmedClip(9, 400, 420, 10)]
"""A title of 100 frames, two clips with a dissolve, a card of 100 frames, a short clip; 600 frames, 25 a second."""


@pytest.mark.parametrize(
    ("frame", "kept"),
    [
        (0, PosterChoice(7, before=4.0)),
        (60, PosterChoice(7, before=1.6)),
        (100, PosterChoice(7, at=2.0)),
        (150, PosterChoice(7, at=4.0)),
        (190, PosterChoice(8, at=0.08)),
        (350, PosterChoice(9, before=2.0)),
        (419, PosterChoice(9, at=1.16)),
        (420, PosterChoice(9, after=0.0)),
        (599, PosterChoice(9, after=7.16)),
    ],
)
def test_a_moment_is_kept_by_the_clip_on_screen_or_the_nearest_one_and_found_again(
    frame: int, kept: PosterChoice
) -> None:
    assert choice_at(frame, FILM, 25) == kept
    assert frame_of(kept, FILM, 600, 25) == frame


@pytest.mark.parametrize(
    ("kept", "clips", "frame"),
    [
        (PosterChoice(7, at=4.0), [FilmedClip(9, 0, 50, 0), FilmedClip(7, 300, 400, 50)], 350),
        (PosterChoice(7, at=4.0), [FilmedClip(7, 0, 200, 0)], 100),
        (PosterChoice(7, at=4.0), [FilmedClip(7, 0, 90, 0)], 77),
        (PosterChoice(7, at=4.0), [FilmedClip(7, 0, 12, 0)], 7),
        (PosterChoice(7, at=1.0), [FilmedClip(7, 100, 200, 50)], 112),
        (PosterChoice(7, before=4.0), [FilmedClip(7, 50, 90, 0)], 0),
        (PosterChoice(7, after=90.0), [FilmedClip(7, 50, 90, 0)], 599),
        (PosterChoice(7, at=4.0), [FilmedClip(8, 0, 200, 0)], None),
        (PosterChoice(7, at=4.0), [], None),
    ],
    ids=["moved", "trimmed elsewhere", "its end was trimmed away", "nearly all of it was", "its beginning was",
         "the film begins later", "the film ends sooner", "the clip has left", "no clips"],
)  # fmt: skip
def test_it_goes_where_its_clip_goes(kept: PosterChoice, clips: list[FilmedClip], frame: int | None) -> None:
    assert frame_of(kept, clips, 600, 25) == frame


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ({}, None),
        ({"poster": "old"}, None),
        ({"poster": {}}, None),
        ({"poster": {"clip": 7, "at": 1.5}}, PosterChoice(7, at=1.5)),
    ],
)
def test_what_a_style_says_of_it(style: dict[str, Any], kept: PosterChoice | None) -> None:
    assert choice(style) == kept


class Photographer(RecordingToolbox):
    """Takes a still that says at which second it was taken."""

    def run(self, argv: Any, *, folder: Path, **more: Any) -> Any:
        (folder / argv[-1]).write_text(argv[argv.index("-ss") + 1])
        return super().run(argv, folder=folder, **more)


@pytest.fixture
def studio(relay: Relay) -> Relay:
    """Three clips of ten seconds, and a version."""
    town = Town(relay)
    for name in ("Анна", "Борис", "Вера"):
        town.has_clip(name=name, state=ClipState.approved)
    relay = replace(relay, toolbox=Photographer())
    queries.new(relay, "proryv80", "film", all_approved=True)
    has_version(relay)
    return relay


def picture(relay: Relay, number: int = 1) -> str:
    with relay.reading() as session:
        return versions.poster(relay, versions.version(relay, session, "proryv80", "film", number).row).read_text()


@pytest.mark.slow
def test_an_editor_takes_a_moment_and_it_is_the_films_picture_at_once(studio: Relay) -> None:
    assert posters.told(studio, "proryv80", "film") == posters.PosterView(by_hand=False)
    found = posters.choose(studio, "proryv80", "film", at=13.5, person="boris")
    assert found == posters.PosterView(by_hand=True, clip=2, name="Борис", seconds=13.48, clock="0:13")
    assert picture(studio) == "13.480000"
    with studio.reading() as session:
        event = session.exec(select(Event).where(Event.what == "styled")).one()
        assert queries.find(session, "proryv80", "film").style == {"poster": {"clip": 2, "at": 3.48}}
    assert (event.person, event.details) == ("boris", {"poster": {"clip": 2, "at": 3.48}})


@pytest.mark.slow
def test_new_versions_show_the_same_picture_wherever_its_clip_stands(studio: Relay) -> None:
    posters.choose(studio, "proryv80", "film", at=13.5, person="boris")
    edits.place(studio, "proryv80", "film", 2, before=1, person="boris")
    has_version(studio, number=2)
    posters.choose(studio, "proryv80", "film", at=13.5, version=1, person="boris")
    assert picture(studio, 2) == "3.480000"
    assert posters.told(studio, "proryv80", "film").seconds == 3.48
    edits.leave_out(studio, "proryv80", "film", 2, person="boris")
    assert posters.told(studio, "proryv80", "film").lost


@pytest.mark.slow
def test_one_of_a_clip_and_none_again(studio: Relay) -> None:
    assert posters.choose_in_clip(studio, "proryv80", "film", 3, at=4.0, person="boris").clock == "0:24"
    assert picture(studio) == "24.000000"
    assert posters.forget(studio, "proryv80", "film", person="boris") == posters.PosterView(by_hand=False)
    assert picture(studio) == "1.000000", "as sidecars.poster_frame has it for a film without a title"
    with studio.reading() as session:
        assert queries.find(session, "proryv80", "film").style == {}


@pytest.mark.slow
def test_what_can_not_be_chosen_is_said(studio: Relay) -> None:
    with pytest.raises(Refused, match="The film has no moment 0:30"):
        posters.choose(studio, "proryv80", "film", at=30.0, person="boris")
    with pytest.raises(Refused, match="no moment before its beginning"):
        posters.choose_in_clip(studio, "proryv80", "film", 3, at=-1.0, person="boris")
    with pytest.raises(Refused, match="Clip 30 is not in this film"):
        posters.choose_in_clip(studio, "proryv80", "film", 30, at=1.0, person="boris")
    with pytest.raises(NotFound):
        posters.choose(studio, "proryv80", "film", at=1.0, version=9, person="boris")
    (studio.folder("almanacs") / "proryv80_film-v1.json").write_text(json.dumps({}))
    with pytest.raises(Refused, match="not known any more"):
        posters.choose(studio, "proryv80", "film", at=1.0, person="boris")


@pytest.mark.slow
def test_a_version_whose_film_is_gone_or_broken_keeps_its_picture(studio: Relay) -> None:
    class Blind(RecordingToolbox):
        def run(self, argv: Any, **more: Any) -> Any:
            raise ToolFailed("moov atom not found")

    posters.choose_in_clip(replace(studio, toolbox=Blind()), "proryv80", "film", 3, at=4.0, person="boris")
    assert picture(studio) == "picture"
    (studio.folder("almanacs") / "proryv80_film-v1.mp4").unlink()
    posters.choose_in_clip(studio, "proryv80", "film", 3, at=4.0, person="boris")
    assert picture(studio) == "picture"
