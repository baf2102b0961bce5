from __future__ import annotations

import os

import pytest

from relay.almanac.delivery import previews, remarks
from relay.almanac.plan import edits, queries
from relay.context import Relay
from relay.errors import NotFound
from relay.models import ClipState
from relay.moderation.withdrawal import withdraw
from tests.almanac.cinema import PICTURE, has_preview, has_version
from tests.moderation.town import Town

FILM = ("proryv80", "film")


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for name in ("Анна", "Глеб"):
        town.has_clip(name=name, state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    return town


@pytest.mark.slow
def test_there_is_none_until_one_is_made(relay: Relay, town: Town) -> None:
    assert previews.newest(relay, *FILM) is None
    for ask in (previews.as_version, previews.film, previews.poster):
        with pytest.raises(NotFound, match="no preview"):
            ask(relay, *FILM)
    has_preview(relay)
    found = previews.newest(relay, *FILM)
    assert found is not None
    assert (found.seconds, found.has_poster, found.newer) == (20.0, True, True)
    assert previews.poster(relay, *FILM).read_bytes() == PICTURE


@pytest.mark.slow
def test_one_that_is_older_than_the_newest_version_says_so(relay: Relay, town: Town) -> None:
    path = has_preview(relay)
    before = relay.now().timestamp() - 60
    os.utime(path, (before, before))
    has_version(relay)
    found = previews.newest(relay, *FILM)
    assert found is not None
    assert (found.newer, found.at) == (False, "2023-01-12T11:59:00+03:00")


@pytest.mark.slow
def test_whoever_took_their_video_back_is_shown_in_no_preview(relay: Relay, town: Town) -> None:
    has_preview(relay)
    assert previews.film(relay, *FILM).is_file()
    withdraw(relay, 1, reason="asked", person="Ольга")
    assert previews.newest(relay, *FILM) is None
    for ask in (previews.film, previews.poster):
        with pytest.raises(NotFound, match="no preview"):
            ask(relay, *FILM)


@pytest.mark.slow
def test_an_old_preview_without_a_manifest_is_shown_all_the_same(relay: Relay, town: Town) -> None:
    path = has_preview(relay)
    path.with_suffix(".json").unlink()
    path.with_suffix(".jpg").unlink()
    found = previews.newest(relay, *FILM)
    assert found is not None
    assert (found.seconds, found.has_poster) == (0.0, False)


def test_open_remarks_are_found_in_the_preview(relay: Relay, town: Town) -> None:
    has_version(relay)
    remarks.add(relay, *FILM, 1, "Глеб", seconds=12.0, person="Ольга")
    done = remarks.add(relay, *FILM, 1, "сделано", seconds=13.0, person="Ольга")
    remarks.settle(relay, *FILM, done, done=True, person="Борис")
    remarks.add(relay, *FILM, 1, "Анна", seconds=2.0, person="Ольга")
    remarks.add(relay, *FILM, 1, "весь фильм", person="Ольга")
    edits.leave_out(relay, *FILM, 1, reason="", person="Борис")
    has_preview(relay)
    found = remarks.for_preview(relay, *FILM, previews.as_version(relay, *FILM))
    assert [(one.text, one.seconds) for one in found] == [("Глеб", 2.0)]
