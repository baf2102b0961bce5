from __future__ import annotations

from collections.abc import Iterator

import pytest

from relay.almanac.assets import cards, styles
from relay.almanac.assets.styles import Change
from relay.almanac.delivery import cost, missing_glyphs
from relay.almanac.plan import edits, queries
from relay.context import Relay
from relay.models import Campaign, Caption, ClipState
from relay.views import as_json
from tests.almanac.fonts import only_ours
from tests.moderation.town import Town

FILM = ("proryv80", "film")


@pytest.fixture(autouse=True)
def no_han(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with only_ours(monkeypatch):
        yield


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for name in ("Әсел გიორგი", "李雷", "Вэй 李雷"):
        town.has_clip(name=name, town="Мга", state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, all_approved=True)
    return town


def told(relay: Relay) -> list[tuple[int | None, str, str, list[str], str]]:
    found = missing_glyphs.of_film(relay, *FILM)
    return [(one.clip, one.what, one.text, one.letters, one.instead) for one in found]


@pytest.mark.slow
def test_names_that_no_font_can_draw_are_told_with_their_clips(relay: Relay, town: Town) -> None:
    assert told(relay) == [
        (2, "whole", "李雷", ["李", "雷"], "Участник"),
        (3, "name", "Вэй 李雷", ["李", "雷"], ""),
    ]


@pytest.mark.slow
def test_a_name_that_was_written_in_other_letters_is_told_no_more(relay: Relay, town: Town) -> None:
    edits.retitle(relay, *FILM, 2, who="Ли Лэй", town=None, person="Борис")
    edits.retitle(relay, *FILM, 3, who="Вэй", town="Улан-Удэ ᠤ", person="Борис")
    assert told(relay) == [(3, "town", "Улан-Удэ ᠤ", ["ᠤ"], "")]


@pytest.mark.slow
def test_those_who_are_thanked_besides_are_told_too(relay: Relay, town: Town) -> None:
    edits.leave_out(relay, *FILM, 2, reason="тихо", person="Борис")
    assert [one[0] for one in told(relay)] == [3, 2]
    styles.change(relay, *FILM, Change(credits="film"), person="Борис")
    assert [one[0] for one in told(relay)] == [3]


@pytest.mark.slow
def test_cards_and_drawn_captions_are_told(relay: Relay, town: Town) -> None:
    cards.add(relay, *FILM, "chapter", words={"title": "Глава 李"}, before=1, person="Борис")
    link = {"text": "Да.", "link": "https://a.example/李"}
    cards.add(relay, *FILM, "quote", words=link, before=1, person="Борис")
    styles.change(relay, *FILM, Change(subtitle="1943 雷"), person="Борис")
    with relay.transaction() as session:
        cues = [{"from": 0.0, "to": 2.0, "text": "Мы 李 ехали"}]
        session.add(Caption(clip_id=1, language="ru", cues=cues, origin="file", person="Борис", at=relay.now()))
        session.add(Caption(clip_id=1, language="en", cues=[{"from": 0.0, "to": 2.0, "text": "雷"}], origin="file",
                            person="Борис", at=relay.now()))  # fmt: skip
    assert [(clip, text) for clip, _, text, _, _ in told(relay)][2:] == [(None, "1943 雷"), (None, "Глава 李")]
    assert [what for _, what, *_ in told(relay)] == ["whole", "name", "card", "card"], "no caption is drawn"
    styles.change(relay, *FILM, Change(burn="ru", title="Прорыв 李"), person="Борис")
    assert told(relay)[2:] == [
        (1, "caption", "Мы 李 ехали", ["李"], ""),
        (None, "card", "Прорыв 李", ["李"], ""),
        (None, "card", "1943 雷", ["雷"], ""),
        (None, "card", "Глава 李", ["李"], ""),
    ]
    with relay.transaction() as session:
        campaign = session.get_one(Campaign, town.campaign_id)
        campaign.title = "Голоса 雷"
        session.add(campaign)
    styles.change(relay, *FILM, Change(title="", burn="none", subtitle=""), person="Борис")
    assert told(relay)[2:] == [(None, "card", "Голоса 雷", ["雷"], ""), (None, "card", "Глава 李", ["李"], "")]


@pytest.mark.slow
def test_a_diff_tells_it_before_anything_is_made(relay: Relay, town: Town) -> None:
    assert cost.diff(relay, *FILM).undrawn == missing_glyphs.of_film(relay, *FILM)


@pytest.mark.parametrize(
    ("name", "town", "language", "wanted"),
    [
        ("李雷", "ᠤ", "en", [("whole", "李雷", ["李", "雷"], "A participant"), ("town", "ᠤ", ["ᠤ"], "")]),
        ("李雷", "Мга", "xx", [("whole", "李雷", ["李", "雷"], "A participant")]),
        ("Ли  李", "", "ru", [("name", "Ли 李", ["李"], "")]),
        ("", "Мга", "ru", []),
    ],
)
def test_what_of_a_person_can_not_be_drawn(
    name: str, town: str, language: str, wanted: list[tuple[str, str, list[str], str]]
) -> None:
    assert as_json(list(missing_glyphs.of_person(3, name, town, language))) == [
        {"clip": 3, "what": what, "text": text, "letters": letters, "instead": instead}
        for what, text, letters, instead in wanted
    ]


@pytest.mark.slow
def test_what_is_told_is_a_sentence(relay: Relay, town: Town) -> None:
    said = [
        sentence.format(**facts) for sentence, facts in map(missing_glyphs.line, missing_glyphs.of_film(relay, *FILM))
    ]
    assert said == [
        "Clip 2: no font has the letters of the name “李雷”; the film says “Участник” in its place. "
        "Write it in other letters: relay clip edit 2 --name …",
        "Clip 3: no font has these letters of the name “Вэй 李雷”: 李 雷. "
        "Write it in others: relay clip edit 3 --name …",
    ]
    for what, clip, said in (
        (
            "town",
            3,
            "Clip 3: no font has these letters of the town “x”: 李 雷. Write it in others: relay clip edit 3 --town …",
        ),
        ("caption", 3, "Clip 3: no font has these letters of the caption “x”: 李 雷."),
        ("card", None, "No font has these letters of the card “x”: 李 雷."),
    ):
        one = missing_glyphs.UndrawnText(clip, missing_glyphs.Where(what), "x", ["李", "雷"], "")
        sentence, facts = missing_glyphs.line(one)
        assert sentence.format(**facts) == said


@pytest.mark.slow
def test_nothing_is_told_of_names_that_can_be_drawn(relay: Relay) -> None:
    town = Town(relay)
    for name in ("Анна 😀", "გიორგი", "محمد", "", "Та̄рыг"):
        town.has_clip(name=name, town="Мга", state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, all_approved=True)
    assert told(relay) == []
