"""One word of a person: the text is the clip's, its exact words are captions, and all of it can be taken back."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from relay.almanac.assets import quotes
from relay.almanac.captions import editing, store
from relay.almanac.captions.editing import TypedCue
from relay.almanac.hearing import answers, proposals, reading_view
from relay.almanac.hearing.answers import CaptionsNow
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import (
    CaptionOrigin,
    ClipState,
    Event,
    EventKind,
    ReadingAnswer,
    ReadingProposal,
)
from relay.moderation import desk
from tests.almanac.hearing.said import BREAD, RADIO, heard
from tests.moderation.town import Town

pytestmark = pytest.mark.slow

LONG = (
    "Хлеб мы делили ниткой, потому что от ножа оставались крошки. Крошки мы собирали пальцем и ели последними. "
    "Мама говорила, что так сытнее."
)


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    quotes.add(relay, town.slug, BREAD, number="7")
    quotes.add(relay, town.slug, RADIO, number="8")
    return town


@pytest.fixture
def clip(town: Town) -> int:
    """Somebody reads the second text, and then the first."""
    number = town.has_clip()
    heard(town, number, f"Здравствуйте меня зовут Мария {RADIO} и ещё вот что {BREAD} спасибо")
    proposals.renew(town.relay, number)
    return number


def captions(relay: Relay, clip: int) -> list[tuple[str, str]]:
    return [
        (view.origin.value, " | ".join(str(cue["text"]).replace("\n", " ") for cue in view.cues))
        for view in store.listing(relay, clip)
    ]


def doubtful(relay: Relay, clip: int) -> list[int]:
    (track,) = editing.bench(relay, clip).tracks
    return [doubt.cue for doubt in track.doubts if doubt.fault.value == "unsure"]


def answers_of(relay: Relay, clip: int) -> list[tuple[str, ReadingAnswer, str]]:
    return [(one.number, one.answer, one.person) for one in proposals.of_clip(relay, clip)]


def told(relay: Relay) -> list[tuple[str, str, dict[str, Any]]]:
    ours = (EventKind.reading_confirmed, EventKind.reading_refused, EventKind.reading_unsaid)
    with relay.reading() as session:
        return [
            (event.what.value, event.person, dict(event.details))
            for event in session.exec(select(Event).order_by(Event.id)).all()  # type: ignore[arg-type]
            if event.what in ours
        ]


def test_a_text_that_is_confirmed_is_the_clip_s_and_stands_as_captions(town: Town, clip: int) -> None:
    relay = town.relay
    done = answers.confirm(relay, clip, 0, person="anna")
    assert (done.answer, done.quote, done.captions, done.language) == ("confirmed", "8", CaptionsNow.made, "ru")
    row = town.clip(clip)
    assert (row.quote, row.corrected) == ("8", ["quote"])
    assert captions(relay, clip) == [("reading", RADIO)]
    (view,) = store.listing(relay, clip)
    assert view.cues[0]["from"] == 3.0
    assert view.person == "anna"
    assert doubtful(relay, clip) == []
    assert answers_of(relay, clip)[0] == ("8", ReadingAnswer.confirmed, "anna")
    assert told(relay) == [("reading confirmed", "anna", {"number": "8", "from": 3.0, "to": 6.4})]


def test_two_texts_are_captions_in_the_order_of_the_clip_whichever_is_confirmed_first(town: Town, clip: int) -> None:
    relay = town.relay
    answers.confirm(relay, clip, 1, person="anna")
    assert (town.clip(clip).quote, captions(relay, clip)) == ("7", [("reading", BREAD)])
    answers.confirm(relay, clip, 0, person="anna")
    assert town.clip(clip).quote == "8", "what is read first"
    assert captions(relay, clip) == [("reading", f"{RADIO} | {BREAD}")]


def test_confirming_twice_changes_nothing(town: Town, clip: int) -> None:
    relay = town.relay
    first = answers.confirm(relay, clip, 0, person="anna")
    versions = editing.versions(relay, clip, "ru")
    assert answers.confirm(relay, clip, 0, person="boris") == first
    assert editing.versions(relay, clip, "ru") == versions
    assert answers_of(relay, clip)[0][2] == "anna"


def test_taking_it_back_brings_back_what_was(town: Town, clip: int) -> None:
    relay = town.relay
    desk.edit(relay, clip, person="anna", quote="12")
    for place in (0, 1):
        answers.confirm(relay, clip, place, person="anna")
    with pytest.raises(Refused):
        answers.take_back(relay, clip, 0, person="boris", quote="7")
    done = answers.take_back(relay, clip, 0, person="boris", quote="8")
    assert (done.answer, done.quote, done.captions) == ("proposed", "7", CaptionsNow.made)
    assert captions(relay, clip) == [("reading", BREAD)]
    done = answers.take_back(relay, clip, 1, person="boris")
    assert (done.answer, done.quote, done.captions) == ("proposed", "12", CaptionsNow.none)
    assert {person for _, _, person in answers_of(relay, clip)} == {""}, "nobody has said anything now"
    assert captions(relay, clip) == []
    assert [what for what, _, _ in told(relay)] == ["reading confirmed"] * 2 + ["reading unsaid"] * 2
    with pytest.raises(Refused):
        answers.take_back(relay, clip, 1, person="boris")


def test_a_setting_that_names_no_model_takes_nothing_from_what_was_heard(
    town: Town, clip: int, tmp_path: Path
) -> None:  # fmt: skip
    wrong = town.relay.settings.model_copy(update={"speech_model": str(tmp_path)})
    relay = dataclasses.replace(town.relay, settings=wrong)
    assert reading_view.look(relay, clip, town.sha256(clip)) is not None
    assert answers.confirm(relay, clip, 0, person="anna").captions is CaptionsNow.made
    silent = town.has_clip()
    heard(town, silent, "")
    assert reading_view.look(relay, silent, town.sha256(silent)) is not None


def test_what_somebody_changed_since_is_not_taken_back(town: Town, clip: int) -> None:
    relay = town.relay
    answers.confirm(relay, clip, 0, person="anna")
    desk.edit(relay, clip, person="boris", quote="99")
    editing.save(relay, clip, [TypedCue("1", "3", "Радио молчало.")], language="ru", person="boris")
    done = answers.take_back(relay, clip, 0, person="anna")
    assert (done.quote, done.captions) == ("99", CaptionsNow.kept)
    assert captions(relay, clip) == [("hand", "Радио молчало.")]


def test_captions_of_a_person_stay_until_somebody_asks_for_the_text_in_their_place(town: Town, clip: int) -> None:
    relay = town.relay
    editing.save(relay, clip, [TypedCue("1", "3", "Радио молчало.")], language="ru", person="boris")
    done = answers.confirm(relay, clip, 0, person="anna")
    assert (done.quote, done.captions) == ("8", CaptionsNow.kept)
    assert captions(relay, clip) == [("hand", "Радио молчало.")]
    assert answers.confirm(relay, clip, 0, person="anna", replace=True).captions is CaptionsNow.made
    assert captions(relay, clip) == [("reading", RADIO)]
    assert answers.take_back(relay, clip, 0, person="anna").captions is CaptionsNow.kept
    assert captions(relay, clip) == [("hand", "Радио молчало.")]


def test_twin_without_the_guard_a_person_s_captions_are_lost(
    town: Town, clip: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "BY_PEOPLE", frozenset())
    editing.save(town.relay, clip, [TypedCue("1", "3", "Радио молчало.")], language="ru", person="boris")
    answers.confirm(town.relay, clip, 0, person="anna")
    assert captions(town.relay, clip) == [("reading", RADIO)]


def test_captions_that_the_program_made_give_way(town: Town, clip: int) -> None:
    relay = town.relay
    store.keep(relay, clip, [store.Cue(0, 2, "Радио.")], language="ru", origin=CaptionOrigin.quote, person="anna")
    assert answers.confirm(relay, clip, 0, person="anna").captions is CaptionsNow.made
    answers.take_back(relay, clip, 0, person="anna")
    assert captions(relay, clip) == [("quote", "Радио.")]


def test_only_what_was_read_is_written_and_what_was_not_heard_is_marked(town: Town) -> None:
    relay, clip = town.relay, town.has_clip()
    quotes.edit(relay, town.slug, quote_id(relay, "7"), text=LONG, number="7", author="", link="", person="anna")
    first, middle, last = LONG.split(". ", maxsplit=1)[0], "бу ба бо бы бе бя бю ба", LONG.split(". ")[2]
    heard(town, clip, f"{first} {middle} {last}")
    proposals.renew(relay, clip)
    answers.confirm(relay, clip, 0, person="anna")
    ((origin, text),) = captions(relay, clip)
    assert (origin, text.replace(" | ", " ")) == ("reading", LONG)
    (track,) = editing.bench(relay, clip).tracks
    unsure = [track.cues[number].text.replace("\n", " ") for number in doubtful(relay, clip)]
    assert unsure == ["Крошки мы собирали пальцем и ели последними."]

    other = town.has_clip()
    heard(town, other, f"Здравствуйте {LONG.split('. ', 1)[1]}")
    proposals.renew(relay, other)
    answers.confirm(relay, other, 0, person="anna")
    ((_, text),) = captions(relay, other)
    assert text.replace(" | ", " ") == LONG.split(". ", 1)[1]


def test_a_text_that_was_written_anew_since_it_was_recognised_makes_no_captions(town: Town, clip: int) -> None:
    relay = town.relay
    answers.confirm(relay, clip, 0, person="anna")
    other = town.has_clip()
    heard(town, other, BREAD)
    proposals.renew(relay, other)
    anew = "О войне дедушка не рассказывал. Медали лежали в комоде."
    for number in "78":
        quotes.edit(relay, town.slug, quote_id(relay, number), text=anew, number=number, person="anna")
    assert answers.confirm(relay, clip, 0, person="anna").captions is CaptionsNow.kept
    assert answers.confirm(relay, clip, 1, person="anna").captions is CaptionsNow.kept
    assert captions(relay, clip) == [("reading", RADIO)], "what was made of the words that were said"
    assert answers.confirm(relay, other, 0, person="anna").captions is CaptionsNow.none


def quote_id(relay: Relay, number: str) -> int:
    return next(view.id for view in quotes.listing(relay, "proryv80") if view.number == number)


def test_another_of_the_proposed_texts_may_be_confirmed_and_no_other(town: Town) -> None:
    relay, clip = town.relay, town.has_clip()
    quotes.add(relay, town.slug, BREAD.replace("крошки", "корки"), number="70")
    heard(town, clip, BREAD)
    proposals.renew(relay, clip)
    assert answers.confirm(relay, clip, 0, person="anna", quote="70").quote == "70"
    assert captions(relay, clip) == [("reading", BREAD.replace("крошки", "корки"))]
    (shown,) = proposals.of_clip(relay, clip)
    assert (shown.number, shown.excerpt) == ("70", "")
    assert answers.confirm(relay, clip, 0, person="anna").quote == "70", "what was said stays"
    for wrong in ("8", "404"):
        with pytest.raises(Refused):
            answers.confirm(relay, clip, 0, person="anna", quote=wrong)
    assert answers.confirm(relay, clip, 0, person="boris", quote="7").quote == "7"
    answers.take_back(relay, clip, 0, person="anna")
    assert (town.clip(clip).quote, captions(relay, clip)) == ("", [])


def test_none_of_these_texts_is_read(town: Town, clip: int) -> None:
    relay = town.relay
    answers.confirm(relay, clip, 0, person="anna")
    done = answers.refuse(relay, clip, 0, person="boris", quote="8")
    assert (done.answer, done.quote, done.captions) == ("refused", "", CaptionsNow.none)
    assert (town.clip(clip).quote, captions(relay, clip)) == ("", [])
    answers.refuse(relay, clip, 0, person="anna")
    assert answers_of(relay, clip)[0] == ("8", ReadingAnswer.refused, "boris")
    with pytest.raises(Refused):
        answers.refuse(relay, clip, 1, person="anna", quote="8")


def test_what_is_not_there_is_not_answered(town: Town, clip: int) -> None:
    gone = town.has_clip(state=ClipState.withdrawn)
    with town.relay.transaction() as session:
        row = session.exec(select(ReadingProposal)).first()
        assert row is not None
        session.add(ReadingProposal(**row.model_dump(exclude={"id", "clip_id"}), clip_id=gone))
    for number, place in ((clip, 5), (99, 0), (gone, 0)):
        with pytest.raises(NotFound):
            answers.confirm(town.relay, number, place, person="anna")
        with pytest.raises(NotFound):
            answers.refuse(town.relay, number, place, person="anna")


def test_a_text_that_was_confirmed_stays_confirmed_when_it_leaves_the_selection(town: Town, clip: int) -> None:
    """Its captions stand; nothing else is proposed in its place."""
    relay = town.relay
    answers.confirm(relay, clip, 1, person="anna")
    assert answers_of(relay, clip)[1][1] is ReadingAnswer.confirmed
    quotes.add(relay, town.slug, "Снег таял в чайнике долго.", number="9")
    proposals.renew(relay, clip)
    assert answers_of(relay, clip)[1] == ("7", ReadingAnswer.confirmed, "anna")
    assert captions(relay, clip) == [("reading", BREAD)]
