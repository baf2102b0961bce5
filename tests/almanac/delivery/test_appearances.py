from __future__ import annotations

import json

import pytest

from relay.almanac.delivery.appearances import Screening, screenings
from relay.models import Almanac, Render
from tests.moderation.town import Town


@pytest.fixture
def town(relay):
    return Town(relay)


def made(relay, town, name, version, clips):
    """A version of a film with these clips, by number and second; None: its manifest is not there."""
    with relay.transaction() as session:
        almanac = Almanac(campaign_id=town.campaign_id, name=name, title=f"Film {name}", created_at=relay.now())
        if version == 1:
            session.add(almanac)
            session.flush()
            made.ids[name] = almanac.id
        session.add(
            Render(almanac_id=made.ids[name], version=version, file="x.mp4", manifest=f"almanacs/{name}{version}.json",
                   sha256="0" * 64, frames=1, fps=25, shots_encoded=1, shots_reused=0, seconds=1, at=relay.now())
        )  # fmt: skip
    if clips is not None:
        shown = [{"clip": clip, "film": {"from_seconds": at}} for clip, at in clips.items()]
        (relay.folder("almanacs") / f"{name}{version}.json").write_text(json.dumps({"clips": shown}))


made.ids = {}


@pytest.mark.slow
def test_the_newest_version_of_each_film_counts(relay, town):
    clip, other = town.has_clip(), town.has_clip()
    made(relay, town, "a", 1, {clip: 10.0, other: 20.0})
    made(relay, town, "a", 2, {other: 20.0})
    made(relay, town, "b", 1, {other: 5.0, clip: 192.4})
    assert screenings(relay, [clip]) == [Screening("b", "Film b", 1, 192.4)]
    assert screenings(relay, [clip, other]) == [
        Screening("a", "Film a", 2, 20.0),
        Screening("b", "Film b", 1, 5.0),
        Screening("b", "Film b", 1, 192.4),
    ]


@pytest.mark.slow
def test_films_of_other_campaigns_and_of_other_clips_are_left_out(relay, town):
    clip, other = town.has_clip(), town.has_clip()
    elsewhere = Town(relay, "elsewhere")
    made(relay, elsewhere, "c", 1, {clip: 1.0})
    made(relay, town, "d", 1, {other: 2.0})
    made(relay, town, "e", 1, {other: 3.0, clip: 4.0})
    made(relay, town, "b", 1, {clip: 5.0})
    with relay.transaction() as session:
        session.get_one(Almanac, made.ids["e"]).title = ""
    assert screenings(relay, [clip]) == [Screening("e", "e", 1, 4.0), Screening("b", "Film b", 1, 5.0)]


@pytest.mark.slow
def test_a_film_without_its_manifest_is_left_out(relay, town):
    clip = town.has_clip()
    made(relay, town, "a", 1, None)
    (relay.folder("almanacs") / "b1.json").write_text("{")
    made(relay, town, "b", 1, None)
    made(relay, town, "c", 1, {clip: 7.0})
    assert screenings(relay, [clip]) == [Screening("c", "Film c", 1, 7.0)]
    made(relay, town, "c", 2, None)
    assert screenings(relay, [clip]) == []
    assert screenings(relay, []) == []
