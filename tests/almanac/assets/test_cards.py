"""Cards between clips: what each takes in, where it comes to stand, and what is left of it afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from relay.almanac.assets import cards, quotes
from relay.almanac.cards.between import Between
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Card, ClipState, Event, Picture
from relay.views import as_json
from tests.moderation.town import OPENS, Town

FILM = ("proryv80", "film")
QUOTE = {"text": "Мы выстоим.", "author": "Мария", "link": "https://www.prlib.ru/7"}


@pytest.fixture
def town(relay: Relay) -> Town:
    """Two films of the same two clips; a quote and a picture."""
    town = Town(relay)
    for name in ("Анна", "Борис"):
        town.has_clip(name=name, state=ClipState.approved)
    for film in ("other", "film"):
        queries.new(relay, "proryv80", film, all_approved=True)
    quotes.add(relay, "proryv80", QUOTE["text"], number="7", author=QUOTE["author"], link=QUOTE["link"])
    with relay.transaction() as session:
        session.add(
            Picture(
                campaign_id=town.campaign_id, sha256="ab" * 32, title="Полуторка", source="ЦГАКФФД", width=320,
                height=180, person="anna", at=OPENS,
            )
        )  # fmt: skip
    file = relay.folder("incoming") / "file"
    file.write_bytes(b"picture")
    relay.media.put(f"pictures/{'ab' * 32}", file)
    return town


def add(relay: Relay, kind: str, *, film: str = "film", words: dict[str, str] | None = None, **more: Any) -> Card:
    return cards.add(relay, "proryv80", film, kind, words=words or {}, person="boris", **more)


def events(relay: Relay) -> list[tuple[str, int, str, dict[str, object]]]:
    with relay.reading() as session:
        rows = session.exec(select(Event).where(Event.subject == "almanac")).all()
        return [(row.what, row.subject_id, row.person, row.details) for row in rows if row.what.startswith("card")]


@pytest.mark.slow
def test_cards_of_one_place_keep_their_order_and_each_film_has_its_own(relay: Relay, town: Town) -> None:
    for film in ("other", "film"):
        rows = [
            add(relay, "chapter", film=film, words={"title": str(number)}, before=before)
            for number, before in enumerate((2, None, 2, None, None, 2, 1))
        ]
        assert [row.position for row in rows] == [0, 0, 1, 1, 2, 2, 0]
    listed = cards.listing(relay, *FILM)
    assert [one.words["title"] for one in listed] == ["0", "1", "6", "2", "3", "4", "5"]
    with relay.reading() as session:
        found = cards.of_film(relay, session, queries.find(session, *FILM))
    assert {clip: [card.words["title"] for card in cards] for clip, cards in found.items()} == {
        2: ["0", "2", "5"],
        None: ["1", "3", "4"],
        1: ["6"],
    }


def test_each_kind_takes_its_own_words_and_nothing_else(relay: Relay, town: Town) -> None:
    everything = {"title": " Дорога\n жизни ", "text": "Зима", "above": " ", "author": "А", "link": "x", "source": "y"}
    add(relay, "chapter", words=everything, before=2, quote="7", picture=1, seconds=60.0)
    add(relay, "quote", words={"author": " Ольга  Б. ", "title": "x", "text": ""}, before=2, quote="7", picture=1)
    add(relay, "quote", words={"text": "Свой текст", "author": ""}, seconds=2.5)
    add(relay, "picture", words={"title": "", "source": "x  y", "text": "z"}, picture=1, quote="7")
    rest = {"picture": None, "seconds": 0.0}
    assert as_json(cards.listing(relay, *FILM)) == [
        {"id": 1, "kind": "chapter", "before": 2, "words": {"title": "Дорога жизни", "text": "Зима"}, **rest,
         "seconds": 60.0},
        {"id": 3, "kind": "quote", "before": None, "words": {"text": "Свой текст"}, **rest, "seconds": 2.5},
        {"id": 2, "kind": "quote", "before": 2, "words": {**QUOTE, "author": "Ольга Б."}, **rest},
        {"id": 4, "kind": "picture", "before": None, "words": {"title": "Полуторка", "source": "x y"}, **rest,
         "picture": 1},
    ]  # fmt: skip
    with relay.transaction() as session:
        found = cards.of_film(relay, session, queries.find(session, *FILM))
    assert found[2] == (
        Between("chapter", {"title": "Дорога жизни", "text": "Зима"}, 60.0),
        Between("quote", {**QUOTE, "author": "Ольга Б.", "number": "7"}, 0.0),
    )
    text, picture = found[None]
    assert (text.kind, text.seconds, text.photo) == ("quote", 2.5, None)
    assert picture.photo is not None
    assert (picture.photo.sha256, picture.photo.width, picture.photo.height) == ("ab" * 32, 320, 180)


def test_putting_in_and_taking_out_is_on_record_and_touches_no_other_film(relay: Relay, town: Town) -> None:
    add(relay, "chapter", film="other", words={"title": "x"})
    add(relay, "chapter", words={"title": "y"})
    for number in (1, 9):
        with pytest.raises(NotFound) as missing:
            cards.remove(relay, *FILM, number, person="boris")
        assert missing.value.line == f"There is no card {number} in film."
    cards.remove(relay, *FILM, 2, person="anna")
    assert cards.listing(relay, *FILM) == []
    assert len(cards.listing(relay, "proryv80", "other")) == 1
    assert events(relay) == [
        ("card added", 1, "boris", {"card": 1, "kind": "chapter"}),
        ("card added", 2, "boris", {"card": 2, "kind": "chapter"}),
        ("card removed", 2, "anna", {"card": 2, "kind": "chapter"}),
    ]


@pytest.mark.slow
def test_a_card_without_what_it_needs_is_refused_and_nothing_is_put_in(relay: Relay, town: Town) -> None:
    queries.new(relay, "proryv80", "empty")
    refused: list[tuple[str, dict[str, Any], str]] = [
        ("chapter", {"words": {"text": "x", "title": " "}}, "A chapter card needs a title."),
        ("quote", {"words": {"title": "x"}}, "A quote card needs a text, or the number of a quote."),
        ("picture", {"words": {"source": "x"}}, "A picture card needs the number of a picture."),
        ("map", {}, "There is no card map. Cards: chapter, quote, place, picture."),
        ("chapter", {"words": {"title": "x"}, "before": 9}, "Clip 9 is not in film."),
        ("chapter", {"words": {"title": "x"}, "before": 1, "film": "empty"}, "Clip 1 is not in empty."),
        ("chapter", {"words": {"title": "x"}, "seconds": 60.1}, "A card stands for up to 60 s."),
        ("chapter", {"words": {"title": "x"}, "seconds": -0.1}, "A card stands for up to 60 s."),
        ("quote", {"quote": "9"}, "There is no quote 9 in this campaign."),
        ("picture", {"picture": 9}, "There is no picture 9 in this campaign."),
    ]
    for kind, words, said in refused:
        with pytest.raises((Refused, NotFound)) as error:
            add(relay, kind, **words)
        assert error.value.line == said
    assert cards.listing(relay, *FILM) == cards.listing(relay, "proryv80", "empty") == []
    assert events(relay) == []
