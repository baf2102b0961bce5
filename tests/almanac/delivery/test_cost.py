from __future__ import annotations

from typing import Any

import pytest

from relay.almanac.delivery import cost
from relay.almanac.delivery.cost import Past, PlannedClip, compare, estimate
from relay.almanac.delivery.render import drawn
from relay.almanac.film.needs import FilmNeeds
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.plan import edits, queries
from relay.context import Relay
from relay.models import ClipState
from relay.views import as_json
from tests.almanac.cinema import has_version
from tests.moderation.town import Town

FILM = ("proryv80", "film")


def view(clip: int, name: str = "Анна", first: int = 0, last: int = 250) -> PlannedClip:
    return PlannedClip(clip=clip, name=name, town="", first=first, last=last, start=0.0, end=10.0)


def manifest(*views: PlannedClip, title: str = "Голоса") -> dict[str, Any]:
    clips = [{**as_json(one), "source": {"from": one.first, "to": one.last}} for one in views]
    return {"title": title, "clips": clips}


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ([view(1), view(2), view(3)], []),
        ([view(1), view(2)], [("out", 3)]),
        ([view(1), view(2), view(4), view(3)], [("in", 4)]),
        ([view(3), view(1), view(2)], [("moved", 3)]),
        ([view(1, "Анна Щ."), view(2), view(3)], [("named", 1)]),
        ([view(1), view(2, last=200), view(3)], [("trimmed", 2)]),
    ],
)
def test_what_is_different_is_named(now: list[PlannedClip], found: list[tuple[str, int]]) -> None:
    before = manifest(view(1), view(2), view(3))
    assert [(one.what, one.clip) for one in compare(before, now, "Голоса")] == found


def test_a_new_title_is_told() -> None:
    (one,) = compare(manifest(view(1)), [view(1)], "Память")
    assert cost.SENTENCES[one.what].format(**as_json(one)) == "The title “Голоса” becomes “Память”."


def test_times_are_worked_out_from_earlier_versions() -> None:
    cold, join = Past(1000, 40, 0, 21.0), Past(1000, 0, 40, 1.0)
    assert estimate(1000, 1000, [cold, join]) == pytest.approx(21.0)
    assert estimate(500, 1000, [cold, join]) == pytest.approx(11.0)
    assert estimate(0, 100, []) == cost.LEAST_SECONDS


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for name in ("Анна", "Глеб"):
        clip = town.has_clip(name=name, town="Мга", state=ClipState.approved, duration=10)
        part = relay.folder("incoming") / "part"
        part.write_bytes(name.encode())
        relay.media.put(f"originals/{town.sha256(clip)}", part)
    queries.new(relay, *FILM, all_approved=True)
    return town


def rendered(relay: Relay) -> None:
    """As if every shot of the plan had been encoded."""
    cut, shots = drawn(relay, *FILM), ShotCache(relay.folder("shots"))
    for key in FilmNeeds(cut, shots, relay.toolbox.ffmpeg_version).keys:
        path = shots.shot(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    has_version(relay)


@pytest.mark.media
def test_a_changed_name_costs_the_shots_that_show_it(relay: Relay, town: Town) -> None:
    first = cost.diff(relay, *FILM)
    assert ([one.what for one in first.changes], first.changed) == (["first"], 2)
    assert first.cost.shots == first.cost.all_shots
    rendered(relay)
    assert cost.diff(relay, *FILM).cost.shots == 0
    edits.retitle(relay, *FILM, 1, who="Анна Щ.", town=None, person="Борис")
    found = cost.diff(relay, *FILM)
    assert [(one.what, one.was, one.name) for one in found.changes] == [("named", "Анна, Мга", "Анна Щ., Мга")]
    assert (found.changed, found.clips, found.version) == (1, 2, 1)
    assert 0 < found.cost.shots < found.cost.all_shots
    assert found.cost.frames < found.cost.all_frames


@pytest.mark.media
def test_who_was_withdrawn_is_told_as_such(relay: Relay, town: Town) -> None:
    rendered(relay)
    with relay.transaction() as session:
        clip = town.clip(2)
        clip.state = ClipState.withdrawn
        session.add(clip)
    assert [one.what for one in cost.diff(relay, *FILM).changes] == ["withdrawn"]


@pytest.mark.slow
def test_a_film_that_can_not_be_made_says_why(relay: Relay, town: Town) -> None:
    with relay.transaction() as session:
        clip = town.clip(2)
        clip.state = ClipState.rejected
        session.add(clip)
    found = cost.diff(relay, *FILM)
    assert "Clip 2 (Глеб) is not approved any more." in found.refused
    assert found.cost.shots == 0
