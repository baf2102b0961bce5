from __future__ import annotations

import pytest
from sqlmodel import select

from relay.almanac.plan import queries, reaches
from relay.context import Relay
from relay.errors import NotFound
from relay.models import Event, EventKind, FilmReach
from tests.moderation.town import Town

FILM = ("proryv80", "film")


def test_where_a_film_goes_is_kept_whole_in_one_order_and_told_once(relay: Relay) -> None:
    Town(relay)
    queries.new(relay, *FILM)
    assert reaches.of_film(relay, *FILM) == []
    first, second, *_ = FilmReach
    for _ in range(2):
        assert reaches.set_for(relay, *FILM, {second, first}, person="Анна") == [first, second]
        assert reaches.of_film(relay, *FILM) == [first, second]
    assert reaches.set_for(relay, *FILM, [second], person="Борис") == [second]
    assert reaches.set_for(relay, *FILM, [], person="Вера") == []
    assert reaches.of_film(relay, *FILM) == []
    with relay.reading() as session:
        rows = session.exec(select(Event).where(Event.what == EventKind.uses_changed).order_by(Event.id)).all()
    assert [(row.person, row.details) for row in rows] == [
        ("Анна", {"uses": f"{first.value}, {second.value}"}), ("Борис", {"uses": second.value}), ("Вера", {"uses": ""}),
    ]  # fmt: skip
    for ask in (
        lambda: reaches.of_film(relay, "proryv80", "other"),
        lambda: reaches.set_for(relay, "other", "film", [], person="Анна"),
    ):
        with pytest.raises(NotFound):
            ask()
