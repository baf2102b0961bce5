"""Cards between clips: what each takes in, where it comes to stand, and what is left of it afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from relay.almanac.assets import cards, quotes
from relay.almanac.cards.between import Between
from relay.almanac.plan import edits, queries
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Card, Clip, ClipState, Event, Picture
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_card_is_written_anew_and_keeps_its_place_and_its_number_in_the_selection(relay: Relay, town: Town) -> None:
    quote = add(relay, "quote", quote="7", before=2)
    chapter = add(relay, "chapter", words={"title": "Ладога", "text": "x"}, before=2)
    cards.edit(relay, "proryv80", "film", chapter.id, words={"title": " Кобона ", "title.fr": "Kobona"}, person="b")
    cards.edit(relay, "proryv80", "film", quote.id, words={"text": QUOTE["text"], "author": "М."}, person="b")
    rows = {one.id: one for one in cards.listing(relay, "proryv80", "film")}
    assert rows[chapter.id].words == {"title": "Кобона", "title.fr": "Kobona"}
    assert (rows[chapter.id].before, [*rows]) == (2, [quote.id, chapter.id])
    with relay.reading() as session:
        assert session.get_one(Card, quote.id).words == {"text": QUOTE["text"], "author": "М.", "number": "7"}
    cards.edit(relay, "proryv80", "film", quote.id, words={"text": "Другое."}, person="b")
    with relay.reading() as session:
        assert session.get_one(Card, quote.id).words == {"text": "Другое."}
    with pytest.raises(Refused, match=r"^A chapter card needs a title\."):
        cards.edit(relay, "proryv80", "film", chapter.id, words={"title": " "}, person="b")
    with pytest.raises(NotFound):
        cards.edit(relay, "proryv80", "other", chapter.id, words={"title": "x"}, person="b")


@pytest.mark.slow
def test_a_card_goes_step_by_step_past_cards_and_clips_to_both_ends(relay: Relay, town: Town) -> None:
    one, two = (add(relay, "chapter", words={"title": title}, before=2) for title in ("1", "2"))

    def order() -> list[tuple[int, int | None]]:
        return [(row.id, row.before) for row in sorted(cards.listing(relay, "proryv80", "film"), key=_place)]

    def _place(row: cards.CardView) -> int:
        return row.before or 99

    def step(card: Card, back: bool) -> list[tuple[int, int | None]]:
        cards.step(relay, "proryv80", "film", card.id, back=back, person="b")
        return order()

    assert step(two, True) == [(two.id, 2), (one.id, 2)]
    assert step(two, True) == [(two.id, 1), (one.id, 2)]
    with pytest.raises(Refused, match=r"^The card stands at the beginning already\."):
        step(two, True)
    assert step(one, False) == [(two.id, 1), (one.id, None)]
    with pytest.raises(Refused, match=r"^The card stands at the end already\."):
        step(one, False)
    assert step(two, False) == [(two.id, 2), (one.id, None)]
    assert step(two, False) == [(two.id, None), (one.id, None)]
    cards.move(relay, "proryv80", "film", one.id, before=1, person="b")
    assert order() == [(one.id, 1), (two.id, None)]
    with pytest.raises(Refused, match=r"^Clip 9 is not in film\."):
        cards.move(relay, "proryv80", "film", one.id, before=9, person="b")


@pytest.mark.slow
def test_a_chapter_of_the_rules_that_a_person_moved_stays_where_it_is(relay: Relay, town: Town) -> None:
    with relay.transaction() as session:
        for clip in (1, 2):
            session.get_one(Clip, clip).district = f"Район {clip}"
    queries.plan(relay, "proryv80", "film", given={"chapters": "district"}, person="b")
    made = {row.words["title"]: row.id for row in cards.listing(relay, "proryv80", "film")}
    cards.move(relay, "proryv80", "film", made["Район 2"], before=1, person="b")
    queries.plan(relay, "proryv80", "film", person="b")
    kept = {row.id: row.before for row in cards.listing(relay, "proryv80", "film")}
    assert kept[made["Район 2"]] == 1


def test_a_card_speaks_the_language_of_the_film_where_it_can() -> None:
    words = {"title": "Кобона", "title.fr": "Kobona", "text": "x", "text.fr": ""}
    assert cards.in_language(words, "fr") == {"title": "Kobona", "text": "x"}
    assert cards.in_language(words, "ru") == {"title": "Кобона", "text": "x"}


@pytest.mark.slow
def test_cards_are_counted_whose_clip_has_left_the_film(relay: Relay, town: Town) -> None:
    first, second = (segment.clip for segment in queries.show(relay, *FILM).segments)
    for clip in (first, second, None):
        cards.add(relay, *FILM, "place", words={"place": "Ладога"}, before=clip, person="b")
    assert cards.out_of_sight(relay, *FILM) == 0
    edits.leave_out(relay, *FILM, second, reason="повтор", person="b")
    assert cards.out_of_sight(relay, *FILM) == 1
    assert cards.out_of_sight(relay, "proryv80", "other") == 0
