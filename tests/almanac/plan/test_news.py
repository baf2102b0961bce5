from __future__ import annotations

import pytest

from relay.almanac.plan import edits, news, queries
from relay.context import Relay
from relay.errors import NotFound
from relay.models import ClipState
from tests.moderation.town import Town

FILM = ("proryv80", "film")


@pytest.mark.slow
def test_each_change_and_each_undo_is_news(relay: Relay) -> None:
    town = Town(relay)
    one, two = (town.has_clip(state=ClipState.approved) for _ in range(2))
    queries.new(relay, *FILM, all_approved=True)
    told = [news.newest(relay, *FILM)]
    assert (told[0].person, told[0].did) == ("", "")
    edits.place(relay, *FILM, two, before=one, person="Борис")
    told.append(news.newest(relay, *FILM))
    edits.undo(relay, *FILM, person="Ольга")
    told.append(news.newest(relay, *FILM))
    edits.place(relay, *FILM, two, before=one, person="Борис")
    told.append(news.newest(relay, *FILM))
    assert len({one.mark for one in told}) == 4
    assert [(one.person, one.did) for one in told[1:]] == [
        ("Борис", "A clip was moved"),
        ("Ольга", news.UNDONE),
        ("Борис", "A clip was moved"),
    ]
    with pytest.raises(NotFound):
        news.newest(relay, "proryv80", "other")
