from __future__ import annotations

import pytest
from sqlmodel import select

from relay.almanac.assets import cards, looks, pictures, styles
from relay.almanac.assets.styles import Change
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.models import Card, LookChange
from tests.almanac.assets.film import FILM, has_film, has_picture

pytestmark = pytest.mark.slow


def says(relay: Relay) -> list[tuple[int, int | None, str]]:
    return [(one.id, one.before, one.words.get("title", "")) for one in cards.listing(relay, *FILM)]


def test_each_change_of_a_look_is_undone_and_the_one_before_it_after_that(relay: Relay):
    first, *_ = has_film(relay)
    card = cards.add(relay, *FILM, "chapter", words={"title": "Ладога"}, before=first, person="boris")
    cards.edit(relay, *FILM, card.id, words={"title": "Кобона"}, person="boris")
    styles.change(relay, *FILM, Change(theme="paper", title="Прорыв"), person="olga")
    cards.remove(relay, *FILM, card.id, person="olga")
    assert (says(relay), looks.last(relay, *FILM)) == ([], looks.LastChange("removed a card", "olga"))
    looks.undo(relay, *FILM, person="boris")
    assert says(relay) == [(card.id, first, "Кобона")]
    looks.undo(relay, *FILM, person="boris")
    assert (styles.show(relay, *FILM).theme, queries.show(relay, *FILM).title) == ("night", "Голоса памяти")
    assert [looks.undo(relay, *FILM, person="boris") for _ in range(2)] == ["changed a card", "added a card"]
    assert says(relay) == []
    with pytest.raises(Refused, match=r"^There is nothing to undo here\."):
        looks.undo(relay, *FILM, person="boris")
    with relay.reading() as session:
        assert [row.undone for row in session.exec(select(LookChange))] == [True] * 4


def test_two_editors_never_overwrite_each_other(relay: Relay):
    first, *_ = has_film(relay)
    seen = looks.token(relay, *FILM)
    cards.add(relay, *FILM, "chapter", words={"title": "Ладога"}, before=first, person="Борис", seen=seen)
    for deed in (
        lambda: cards.add(relay, *FILM, "chapter", words={"title": "x"}, person="Ольга", seen=seen),
        lambda: styles.change(relay, *FILM, Change(theme="paper"), person="Ольга", seen=seen),
        lambda: looks.undo(relay, *FILM, person="Ольга", seen=seen),
    ):
        with pytest.raises(Stale, match=r"^Борис changed the look of this film while you had it open\."):
            deed()
    assert len(says(relay)) == 1
    assert styles.show(relay, *FILM).theme == "night"


def test_twin_who_says_nothing_of_what_was_seen_overwrites(relay: Relay):
    has_film(relay)
    styles.change(relay, *FILM, Change(theme="paper"), person="Борис")
    styles.change(relay, *FILM, Change(theme="ice"), person="Ольга")
    assert styles.show(relay, *FILM).theme == "ice"


def test_what_was_changed_in_another_way_since_is_not_undone(relay: Relay):
    first, *_ = has_film(relay)
    card = cards.add(relay, *FILM, "chapter", words={"title": "Ладога"}, before=first, person="boris")
    with relay.transaction() as session:
        session.get_one(Card, card.id).words = {"title": "Кобона"}
    assert looks.last(relay, *FILM) is None
    with pytest.raises(Refused, match=r"^The film has been changed in another way since; that can't be undone\."):
        looks.undo(relay, *FILM, person="boris")


def test_a_card_whose_picture_is_gone_does_not_come_back(relay: Relay):
    has_film(relay)
    number = has_picture(relay)
    card = cards.add(relay, *FILM, "picture", words={}, picture=number, person="boris")
    cards.remove(relay, *FILM, card.id, person="boris")
    pictures.remove(relay, "proryv80", number, person="boris")
    with pytest.raises(Refused, match=r"^Picture 1 is not there any more, so its card can't come back\."):
        looks.undo(relay, *FILM, person="boris")
    assert says(relay) == []


def test_a_film_that_is_not_there_has_no_look(relay: Relay):
    has_film(relay)
    for name in ("other", ""):
        with pytest.raises(NotFound):
            looks.token(relay, "proryv80", name)
        with pytest.raises(NotFound):
            cards.add(relay, "proryv80", name, "chapter", words={"title": "x"}, person="boris")
