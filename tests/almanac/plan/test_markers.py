from __future__ import annotations

import pytest

from relay.almanac.plan import edits, markers, news, queries
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import ClipState
from tests.moderation.town import Town

FILM = ("proryv80", "film")

pytestmark = pytest.mark.slow


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for name in ("Анна", "Борис"):
        town.has_clip(name=name, state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, all_approved=True)
    return town


def shown(relay: Relay) -> list[tuple[int, float, str]]:
    return [(one.clip, one.seconds, one.text) for one in markers.listing(relay, *FILM)]


def test_a_marker_goes_along_with_its_clip(relay: Relay, town: Town) -> None:
    before = queries.show(relay, *FILM).version
    markers.add(relay, *FILM, 2, 4.0, "здесь  дрогнул голос", person="Борис")
    markers.add(relay, *FILM, 1, 1.51, person="Ольга")
    assert shown(relay) == [(1, 1.52, ""), (2, 4.0, "здесь дрогнул голос")]
    assert queries.show(relay, *FILM).version == before, "it changes nothing of the film"
    edits.place(relay, *FILM, 2, before=1, person="Борис")
    assert [clip for clip, _, _ in shown(relay)] == [2, 1]
    edits.leave_out(relay, *FILM, 1, person="Борис")
    assert [clip for clip, _, _ in shown(relay)] == [2]
    edits.undo(relay, *FILM, person="Борис")
    assert [clip for clip, _, _ in shown(relay)] == [2, 1]


def test_other_editors_hear_of_it(relay: Relay, town: Town) -> None:
    before = news.newest(relay, *FILM)
    number = markers.add(relay, *FILM, 1, 1.0, person="Ольга")
    set_ = news.newest(relay, *FILM)
    markers.remove(relay, *FILM, number, person="Борис")
    gone = news.newest(relay, *FILM)
    assert len({before.mark, set_.mark, gone.mark}) == 3
    assert [(one.person, one.did) for one in (set_, gone)] == [
        ("Ольга", "A place was marked"),
        ("Борис", "A marker was taken away"),
    ]


def test_what_can_not_be_marked_is_told(relay: Relay, town: Town) -> None:
    fresh = town.has_clip(state=ClipState.approved)
    with pytest.raises(Refused, match="is not in film"):
        markers.add(relay, *FILM, fresh, 1.0, person="Борис")
    with pytest.raises(Refused, match="not so long"):
        markers.add(relay, *FILM, 1, 10.5, person="Борис")
    number = markers.add(relay, *FILM, 1, 10.0, person="Борис")
    queries.new(relay, "proryv80", "other", all_approved=True)
    with pytest.raises(NotFound):
        markers.remove(relay, "proryv80", "other", number, person="Борис")
    markers.remove(relay, *FILM, number, person="Борис")
    with pytest.raises(NotFound, match="not there any more"):
        markers.remove(relay, *FILM, number, person="Ольга")
