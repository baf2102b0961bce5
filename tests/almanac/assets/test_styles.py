from __future__ import annotations

import pytest
from sqlmodel import select

from relay.almanac import formats
from relay.almanac.assets import styles
from relay.almanac.assets.styles import Change
from relay.almanac.cards.themes import Transition
from relay.almanac.plan import queries
from relay.almanac.plan.store import find
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Almanac, ClipState, Event, Track
from relay.views import as_json
from tests.moderation.town import OPENS, Town


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for name in ("Анна", "Борис"):
        town.has_clip(name=name, state=ClipState.approved)
    queries.new(relay, "proryv80", "film", all_approved=True)
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
    names = ("theme", "width", "height", "transition", "into", "music", "under")
    assert {key: getattr(shown, key) for key in names} == {
        "theme": "paper", "width": 720, "height": 1280, "transition": "cut", "into": {"2": "dip"}, "music": number,
        "under": "cards",
    }  # fmt: skip
    assert (shown.captions, shown.burn, shown.title) == (["ru", "en"], "ru", "Прорыв")
    again = changed(relay, music="none", captions=["none"], burn="none", transition="none", into={2: "none"})
    assert (again.music, again.captions, again.burn, again.into) == (None, [], "", {})
    assert again.transition is Transition.dissolve
    assert again.theme == "paper"


@pytest.mark.slow
def test_what_is_not_there_is_refused_and_nothing_is_changed(relay: Relay, town: Town) -> None:
    before = styles.show(relay, "proryv80", "film")
    ways = "dissolve, cut, dip."
    refused: list[tuple[dict[str, object], str]] = [
        ({"theme": "gold"}, "There is no theme gold. Themes: night, paper, granite, ice."),
        ({"transition": "wipe"}, f"'wipe' is none of these: {ways}"),
        ({"into": {1: "wipe"}}, f"'wipe' is none of these: {ways}"),
        ({"under": "everything"}, "'everything' is none of these: film, cards."),
        ({"framing": "cats"}, "'cats' is none of these: faces, whole."),
        ({"credits": "nobody"}, "'nobody' is none of these: all, film."),
        ({"captions": ["ru", "klingon"]}, "'klingon' is no language. Write it in two letters, like ru or en."),
        ({"captions": ["none", "ru"]}, "'none' is no language. Write it in two letters, like ru or en."),
        ({"burn": "x"}, "'x' is no language. Write it in two letters, like ru or en."),
        ({"music": "7"}, "There is no music 7 in this campaign."),
        ({"music": "seven"}, "'seven' is no number of a piece of music. See: relay music list."),
        ({"music": "٧"}, "'٧' is no number of a piece of music. See: relay music list."),
        (
            {"format": formats.Format(fps=30)},
            "The rate of an almanac is set when it is made. For one film take: relay almanac render --fps.",
        ),
    ]
    for words, said in refused:
        with pytest.raises((Refused, NotFound)) as error:
            changed(relay, subtitle="x", **words)
        assert error.value.line == said
    assert styles.show(relay, "proryv80", "film") == before
    assert styled(relay) == []


def styled(relay: Relay) -> list[Event]:
    with relay.reading() as session:
        return list(session.exec(select(Event).where(Event.what == "styled")).all())


@pytest.mark.slow
def test_a_film_without_wishes_looks_as_the_house_and_the_theme_are(relay: Relay, town: Town) -> None:
    assert as_json(styles.show(relay, "proryv80", "film")) == {
        "name": "film", "theme": "night", "width": 1920, "height": 1080, "fps": 25, "loudness": -16.0,
        "transition": Transition.dissolve, "into": {}, "captions": [], "burn": "", "music": None, "under": "film",
        "framing": "faces", "credits": "all", "origins": "hidden", "title": "Прорыв. Голоса памяти", "subtitle": "",
        "language": "ru", "names": "full", "children": "full", "accent": "", "ground": "", "letters": "",
    }  # fmt: skip
    changed(relay, transition="cut", into={1: "dip"}, framing="whole", credits="film", subtitle="  Письма\n с фронта ")
    shown = changed(relay, into={2: "cut", 1: "none"}, format=formats.read("1:1", "720", fps=25, loudness=-14))
    assert (shown.into, shown.transition, shown.framing) == ({"2": "cut"}, "cut", "whole")
    assert (shown.width, shown.height, shown.loudness, shown.fps) == (720, 720, -14, 25)
    assert (shown.credits, shown.subtitle) == ("film", "Письма с фронта")
    assert changed(relay, format=formats.read("16:9")).loudness == -14, "what is not named stays"
    first, second, _ = styled(relay)
    assert (first.at, first.subject, first.subject_id, first.person) == (relay.now(), "almanac", 1, "boris")
    assert first.details == {
        "transition": "cut", "into": {"1": "dip"}, "framing": "whole", "credits": "film",
        "subtitle": "  Письма\n с фронта ",
    }  # fmt: skip
    assert second.details["into"] == {"2": "cut", "1": "none"}


@pytest.mark.slow
def test_music_without_clearance_is_not_taken(relay: Relay, town: Town) -> None:
    number = track(relay, town, cleared=" ")
    with pytest.raises(Refused, match=f"Music {number} is not cleared"):
        changed(relay, music=str(number))


@pytest.mark.slow
def test_what_is_taken_away_is_kept_nowhere(relay: Relay, town: Town) -> None:
    number = track(relay, town)
    changed(relay, theme="paper", music=str(number), captions=["ru"], burn="ru", transition="dip", into={1: "cut"})
    with relay.reading() as session:
        assert session.exec(select(Almanac.style)).one() == {
            "theme": "paper", "music": number, "captions": ["ru"], "burn": "ru", "transition": "dip",
            "into": {"1": "cut"},
        }  # fmt: skip
    changed(relay, music="none", captions=["none"], burn="none", transition="none", into={1: "none"})
    with relay.reading() as session:
        assert session.exec(select(Almanac.style)).one() == {"theme": "paper"}


@pytest.mark.slow
def test_cards_have_a_language_names_colours_and_letters_of_the_films_own(relay: Relay, town: Town) -> None:
    wanted = Change(
        language="fr", names="initials", children="first", accent="F2C96B", ground="#5b0f16", letters="paper",
        titles={"fr": {"title": "Voix", "subtitle": ""}},
    )  # fmt: skip
    shown = styles.change(relay, "proryv80", "film", wanted, person="boris")
    assert (shown.language, shown.names, shown.children) == ("fr", "initials", "first")
    assert (shown.accent, shown.ground, shown.letters) == ("#f2c96b", "#5b0f16", "paper")
    assert styles.titles(relay, "proryv80", "film")["title.fr"] == "Voix"
    with relay.reading() as session:
        almanac = find(session, "proryv80", "film")
        look = styles.of(almanac).theme
        assert styles.title_of(almanac, "fr") == ("Voix", "")
        assert styles.title_of(almanac, "ru") == ("Прорыв. Голоса памяти", "")
    assert (look.colours.ground, look.colours.accent, look.fonts.display) == (
        *((91, 15, 22), (242, 201, 107), "Source Serif 4 600"),
    )
    shown = changed(relay, language="none", accent="none", ground="none", letters="none")
    assert (shown.language, shown.accent, shown.ground, shown.letters) == ("ru", "", "", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Change(accent="red"), "red is no colour."),
        (Change(accent="#09101e"), "This accent could hardly be told from the ground."),
        (Change(ground="#808080"), "Nothing could be read well on this ground."),
        (Change(language="xx"), "Cards can't be in xx."),
        (Change(names="nick"), "'nick' is none of these: full, initials, first."),
        (Change(letters="comic"), "There is no theme comic."),
    ],
)
def test_what_a_card_can_not_be_is_refused_and_nothing_is_changed(
    relay: Relay, town: Town, wanted: Change, said: str
) -> None:
    before = styles.show(relay, "proryv80", "film")
    with pytest.raises(Refused) as refused:
        styles.change(relay, "proryv80", "film", wanted, person="boris")
    assert refused.value.line.startswith(said)
    assert styles.show(relay, "proryv80", "film") == before
