from __future__ import annotations

import pytest

from relay.almanac.delivery import versions
from relay.almanac.delivery.reviewing import comparing
from relay.almanac.delivery.reviewing.comparing import PREVIEW, ComparedClip, SinceLast
from relay.almanac.plan import edits, queries
from relay.context import Relay
from relay.errors import NotFound
from relay.models import ClipState
from relay.moderation.withdrawal import withdraw
from relay.web.words import films
from tests.almanac.cinema import has_preview, has_version
from tests.moderation.town import Town

FILM = ("proryv80", "film")


@pytest.fixture
def town(relay: Relay) -> Town:
    """A film of three clips; in its second version the last one comes first, and the first one is not in it."""
    town = Town(relay)
    for name in ("Анна", "Глеб", "Дина"):
        town.has_clip(name=name, state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay)
    edits.place(relay, *FILM, 3, before=1, person="Борис")
    edits.leave_out(relay, *FILM, 1, reason="", person="Борис")
    has_version(relay, number=2)
    return town


def since(relay: Relay, number: int) -> SinceLast:
    with relay.reading() as session:
        return comparing.since_last(relay, session, versions.version(relay, session, *FILM, number))


def said(found: SinceLast) -> list[str]:
    return [str(films.change(one)) for one in found.changes]


@pytest.mark.slow
def test_a_version_says_what_is_new_in_it(relay: Relay, town: Town) -> None:
    assert since(relay, 1) == SinceLast(None, [])
    second = since(relay, 2)
    assert (second.before, said(second)) == (1, ["Not in it any more: Анна.", "In another place: Глеб."])


@pytest.mark.slow
def test_a_participant_who_withdrew_is_not_named(relay: Relay, town: Town) -> None:
    withdraw(relay, 1, reason="asked", person="Ольга")
    assert said(since(relay, 2)) == [
        "Not in it any more: somebody who has taken their video back.",
        "In another place: Глеб.",
    ]


@pytest.mark.slow
def test_another_format_is_beside_its_own_kind(relay: Relay, town: Town) -> None:
    has_version(relay, number=3, format_="9:16")
    has_version(relay, number=4)
    assert [since(relay, number).before for number in (3, 4)] == [2, 2], "the first of a format is beside the newest"


@pytest.mark.slow
def test_a_lost_manifest_says_nothing(relay: Relay, town: Town) -> None:
    (relay.settings.data_dir / "almanacs" / "proryv80_film-v1.json").unlink()
    assert since(relay, 2) == SinceLast(None, [])


@pytest.mark.slow
def test_two_versions_are_found_in_each_other(relay: Relay, town: Town) -> None:
    found = comparing.side_by_side(relay, *FILM, 1, 2)
    assert [(one.clip, one.left, one.right, one.seconds) for one in found.common] == [
        (2, 10.0, 10.0, 10.0),
        (3, 20.0, 0.0, 10.0),
    ]
    assert found.clips == [
        ComparedClip(1, "Анна", 0.0, None),
        ComparedClip(2, "Глеб", 10.0, 10.0),
        ComparedClip(3, "Дина", 20.0, 0.0),
    ]
    assert (found.left.version, found.right.version, found.left.seconds) == (1, 2, 30.0)
    with pytest.raises(NotFound):
        comparing.side_by_side(relay, *FILM, 1, 3)


@pytest.mark.slow
def test_a_preview_stands_beside_a_version(relay: Relay, town: Town) -> None:
    with pytest.raises(NotFound, match="no preview"):
        comparing.side_by_side(relay, *FILM, 2, PREVIEW)
    edits.bring_back(relay, *FILM, 1, person="Борис")
    has_preview(relay)
    found = comparing.side_by_side(relay, *FILM, 2, PREVIEW)
    assert (found.right.version, found.right.seconds) == (0, 30.0)
    assert [str(films.change(one)) for one in found.changes] == ["New: Анна."]
