from __future__ import annotations

import pytest

from relay.almanac import formats, interludes, plans, quotes, styles
from relay.almanac.styles import Change
from relay.almanac.themes import Transition
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import ClipState, Track
from tests.moderation.town import OPENS, Town


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for name in ("Анна", "Борис"):
        town.has_clip(name=name, state=ClipState.approved)
    plans.new(relay, "proryv80", "film", all_approved=True)
    return town


def changed(relay: Relay, **words: object) -> dict[str, object]:
    return styles.change(relay, "proryv80", "film", Change(**words), person="boris")  # type: ignore[arg-type]


def track(relay: Relay, town: Town, *, cleared: str = "Договор") -> int:
    with relay.transaction() as session:
        row = Track(
            campaign_id=town.campaign_id,
            sha256="a" * 64,
            title="Время",
            cleared=cleared,
            seconds=60,
            person="anna",
            at=OPENS,
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


@pytest.mark.slow
def test_a_style_is_changed_piece_by_piece_and_taken_away_again(relay: Relay, town: Town) -> None:
    number = track(relay, town)
    changed(relay, theme="paper", music=str(number), under="cards", captions=["ru", "en"], burn="ru")
    shown = changed(relay, into={2: "dip"}, transition="cut", format=formats.read("9:16", "720"), title=" Прорыв ")
    assert shown == styles.show(relay, "proryv80", "film")
    assert {key: shown[key] for key in ("theme", "width", "height", "transition", "into", "music", "under")} == {
        "theme": "paper", "width": 720, "height": 1280, "transition": "cut", "into": {"2": "dip"}, "music": number,
        "under": "cards",
    }  # fmt: skip
    assert (shown["captions"], shown["burn"], shown["title"]) == (["ru", "en"], "ru", "Прорыв")
    again = changed(relay, music="none", captions=["none"], burn="none", transition="none", into={2: "none"})
    assert (again["music"], again["captions"], again["burn"], again["into"]) == (None, [], "", {})
    assert again["transition"] is Transition.dissolve
    assert again["theme"] == "paper"


@pytest.mark.parametrize(
    "words",
    [
        {"theme": "gold"},
        {"transition": "wipe"},
        {"into": {1: "wipe"}},
        {"under": "everything"},
        {"framing": "cats"},
        {"credits": "nobody"},
        {"captions": ["klingon"]},
        {"burn": "x"},
        {"music": "7"},
        {"music": "seven"},
        {"format": formats.Format(fps=30)},
    ],
)
def test_what_is_not_there_is_refused_and_nothing_is_changed(
    relay: Relay, town: Town, words: dict[str, object]
) -> None:
    before = styles.show(relay, "proryv80", "film")
    with pytest.raises(Refused):
        changed(relay, subtitle="x", **words)
    assert styles.show(relay, "proryv80", "film") == before


def test_music_without_clearance_is_not_taken(relay: Relay, town: Town) -> None:
    number = track(relay, town, cleared=" ")
    with pytest.raises(Refused, match=f"Music {number} is not cleared"):
        changed(relay, music=str(number))


@pytest.mark.slow
def test_cards_stand_before_clips_in_their_order(relay: Relay, town: Town) -> None:
    quotes.add(relay, "proryv80", "Мы выстоим.", number="7", author="Мария", link="https://www.prlib.ru/7")

    def add(kind: str, **words: object) -> int:
        before, quote = words.pop("before", None), words.pop("quote", "")
        card = interludes.add(
            relay,
            "proryv80",
            "film",
            kind,
            words=words,
            before=before,
            quote=quote,
            person="boris",  # type: ignore[arg-type]
        )
        assert card.id is not None
        return card.id

    first = add("chapter", title="Дорога  жизни", before=2)
    add("quote", quote="7", before=2)
    add("chapter", title="Конец")
    listed = interludes.listing(relay, "proryv80", "film")
    assert [(row["kind"], row["before"], row["words"]) for row in listed] == [
        ("chapter", 2, {"title": "Дорога жизни"}),
        ("chapter", None, {"title": "Конец"}),
        ("quote", 2, {"text": "Мы выстоим.", "author": "Мария", "link": "https://www.prlib.ru/7"}),
    ]
    with relay.reading() as session:
        found = interludes.of_film(relay, session, plans.find(session, "proryv80", "film"))
    assert [between.kind for between in found[2]] == ["chapter", "quote"]
    interludes.remove(relay, "proryv80", "film", first, person="boris")
    assert len(interludes.listing(relay, "proryv80", "film")) == 2
    with pytest.raises(NotFound):
        interludes.remove(relay, "proryv80", "film", first, person="boris")


@pytest.mark.parametrize(
    ("kind", "words", "said"),
    [
        ("chapter", {}, "A chapter card needs a title."),
        ("quote", {}, "A quote card needs a text, or the number of a quote."),
        ("picture", {}, "A picture card needs the number of a picture."),
        ("map", {}, "There is no card map. Cards: chapter, quote, picture."),
        ("chapter", {"title": "x", "before": 9}, "Clip 9 is not in film."),
        ("chapter", {"title": "x", "seconds": 90.0}, "A card stands for up to 60 s."),
        ("quote", {"quote": "9"}, "There is no quote 9 in this campaign."),
        ("picture", {"picture": 9}, "There is no picture 9 in this campaign."),
    ],
)
def test_a_card_without_what_it_needs_is_refused(
    relay: Relay, town: Town, kind: str, words: dict[str, object], said: str
) -> None:
    texts = {name: words.pop(name) for name in ("title", "text") if name in words}
    with pytest.raises(Refused) as refused:
        interludes.add(relay, "proryv80", "film", kind, words=texts, person="boris", **words)  # type: ignore[arg-type]
    assert refused.value.line == said
