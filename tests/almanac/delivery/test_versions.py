from __future__ import annotations

import json

import pytest

from relay.almanac.delivery import versions
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound
from relay.models import ClipState, Render
from tests.almanac.cinema import has_version
from tests.moderation.town import Town

FILM = ("proryv80", "film")


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for name in ("Анна", "Глеб"):
        town.has_clip(name=name, state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="film", all_approved=True)
    return town


def version(relay: Relay, number: int = 0) -> versions.Version:
    with relay.reading() as session:
        return versions.version(relay, session, *FILM, number)


@pytest.mark.slow
def test_a_version_by_its_number_or_the_newest(relay: Relay, town: Town) -> None:
    with pytest.raises(NotFound, match="no such version"):
        version(relay)
    queries.new(relay, "proryv80", "other", all_approved=True)
    has_version(relay, name="other", number=9)
    has_version(relay)
    has_version(relay, number=2)
    assert [version(relay, number).row.version for number in (0, 1, 2)] == [2, 1, 2]
    assert version(relay, 1).number == 2, "the row's own number"
    assert (version(relay).almanac.name, version(relay).campaign.slug, version(relay).seconds) == (
        "film",
        "proryv80",
        20,
    )
    with pytest.raises(NotFound, match="no such version"):
        version(relay, 3)


@pytest.mark.slow
def test_times_are_those_of_the_campaign(relay: Relay, town: Town) -> None:
    has_version(relay)
    assert version(relay).local(relay.now()) == "2023-01-12T12:00:00+03:00"


@pytest.mark.slow
def test_who_is_on_screen_and_in_a_dissolve_who_comes_in(relay: Relay, town: Town) -> None:
    has_version(relay)
    shown = version(relay)
    clips = [{"clip": 1, "film": {"from": 10, "to": 100}}, {"clip": 2, "film": {"from": 90, "to": 200}}]
    shown.manifest["clips"] = clips
    on_screen = {frame: (shown.clip_at(frame) or {}).get("clip") for frame in (9, 10, 89, 90, 99, 199, 200)}
    assert on_screen == {9: None, 10: 1, 89: 1, 90: 2, 99: 2, 199: 2, 200: None}


@pytest.mark.slow
def test_a_manifest_that_is_lost_or_broken_is_empty(relay: Relay, town: Town) -> None:
    row = has_version(relay)
    path = relay.settings.data_dir / row.manifest
    assert json.loads(path.read_text("utf-8"))["clips"] == versions.manifest(relay, row)["clips"] != []
    for text in (None, "{half", "[1]", "7", "\ud800"):
        path.unlink()
        assert versions.manifest(relay, row) == {}
        path.write_bytes((text or "").encode("utf-8", "surrogatepass"))
        assert versions.manifest(relay, row) == {}
    assert version(relay).clip_at(0) is None


@pytest.mark.slow
def test_a_film_lies_below_the_data_folder_or_is_not_there(relay: Relay, town: Town) -> None:
    (relay.settings.data_dir.parent / "outside.mp4").write_text("x")
    row = has_version(relay)
    assert (versions.film(relay, row).read_bytes()[:4], versions.poster(relay, row).read_bytes()) == (
        b"film",
        b"picture",
    )
    for name in ("", ".", "../outside.mp4", "almanacs/gone.mp4", "/etc/hostname"):
        for look in (versions.film, versions.poster):
            with pytest.raises(NotFound) as missing:
                look(relay, Render.model_validate({**row.model_dump(), "file": name, "poster": name}))
            assert missing.value.line == "The file of this film is not there any more. Render it again."


@pytest.mark.slow
def test_clips_that_were_taken_back_since(relay: Relay, town: Town) -> None:
    third = town.has_clip(state=ClipState.withdrawn)
    fourth = town.has_clip(state=ClipState.withdrawn)
    town.has_clip(state=ClipState.rejected)
    many = [third, *range(1000, 1498), 1, fourth, *range(2000, 2500), 2, 5]
    assert (many.index(fourth), many.index(2)) == (500, 1001), "on both sides of what is asked in one go"
    with relay.reading() as session:
        assert versions.withdrawn_from(session, many) == [third, fourth]
        assert versions.withdrawn_from(session, [1, 2]) == []
        assert versions.withdrawn_from(session, []) == []


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0:00"),
        (9.99, "0:09"),
        (59, "0:59"),
        (60, "1:00"),
        (161.4, "2:41"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (7325.9, "2:02:05"),
        (36_000, "10:00:00"),
    ],
)
def test_a_length_is_told_as_players_do(seconds: float, told: str) -> None:
    assert versions.clock(seconds) == told
