"""Which texts seem to be read is kept for people, made anew with the texts, and what people said stays."""

from __future__ import annotations

import dataclasses

import pytest
from sqlmodel import select

from relay.almanac.assets import quotes
from relay.almanac.hearing import proposals
from relay.context import Relay
from relay.errors import NotFound
from relay.media.hearing.heard import HeardWord, Hearing
from relay.models import (
    ClipState,
    HeardRecording,
    QuoteVerdict,
    ReadingAnswer,
    ReadingBasis,
    ReadingProposal,
    ReadingSearch,
)
from tests.almanac.hearing.said import BREAD, RADIO, heard
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    quotes.add(relay, town.slug, BREAD, number="7")
    quotes.add(relay, town.slug, RADIO, number="8")
    return town


def rows(relay: Relay) -> list[tuple[int, int, str, ReadingAnswer]]:
    with relay.reading() as session:
        wanted = select(ReadingProposal).order_by(ReadingProposal.clip_id, ReadingProposal.place)  # type: ignore[arg-type]
        return [(row.clip_id, row.place, row.number, row.answer) for row in session.exec(wanted)]


def answered(relay: Relay, answer: ReadingAnswer, place: int = 0) -> None:
    with relay.transaction() as session:
        row = session.exec(select(ReadingProposal).where(ReadingProposal.place == place)).one()
        row.answer, row.person = answer, "anna"
        row.said = row.number if answer is ReadingAnswer.confirmed else ""
        session.add(row)


def test_what_was_heard_is_proposed_in_the_order_of_the_clip(town: Town) -> None:
    clip = town.has_clip()
    heard(town, clip, f"Здравствуйте меня зовут Мария {RADIO} и ещё вот что {BREAD} спасибо")
    proposals.renew(town.relay, clip)
    first, second = proposals.of_clip(town.relay, clip)
    assert [(one.place, one.number, one.verdict, one.basis, one.answer) for one in (first, second)] == [
        (0, "8", QuoteVerdict.read, ReadingBasis.heard, ReadingAnswer.proposed),
        (1, "7", QuoteVerdict.read, ReadingBasis.heard, ReadingAnswer.proposed),
    ]
    assert (second.excerpt, second.best[0].number) == (BREAD.rstrip("."), "7")
    assert first.start == 3.0 < first.end < second.start < second.end
    assert first.texts["8"] == RADIO
    with town.relay.reading() as session:
        row = session.get_one(ReadingSearch, clip)
        assert row.model == "d01c3014881c"
        assert row.texts == proposals.digest_of({"7": BREAD, "8": RADIO})


def test_another_text_of_the_selection_is_proposed_as_soon_as_it_is_there(town: Town) -> None:
    clip = town.has_clip()
    heard(town, clip, "Снег таял в чайнике долго, а воды из него выходило полстакана.")
    proposals.renew(town.relay, clip)
    assert rows(town.relay) == []
    quotes.add(town.relay, town.slug, "Снег таял в чайнике долго, а воды из него выходило полстакана.", number="9")
    proposals.renew(town.relay, clip)
    assert rows(town.relay) == [(clip, 0, "9", ReadingAnswer.proposed)]


@pytest.mark.parametrize("answer", [ReadingAnswer.confirmed, ReadingAnswer.refused])
def test_what_a_person_said_stays_when_it_is_made_anew(town: Town, answer: ReadingAnswer) -> None:
    clip = town.has_clip()
    heard(town, clip, f"{RADIO} {BREAD}")
    proposals.renew(town.relay, clip)
    answered(town.relay, answer, place=1)
    quotes.add(town.relay, town.slug, "Снег таял в чайнике долго.", number="9")
    for _ in range(2):
        proposals.renew(town.relay, clip)
    assert rows(town.relay) == [(clip, 0, "8", ReadingAnswer.proposed), (clip, 1, "7", answer)]
    assert proposals.of_clip(town.relay, clip)[1].person == "anna"


def test_twin_without_what_was_said_it_is_proposed_once_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = town.has_clip()
    heard(town, clip, BREAD)
    proposals.renew(town.relay, clip)
    answered(town.relay, ReadingAnswer.refused)
    monkeypatch.setattr(proposals, "_is_settled", lambda _row, _answer: False)
    proposals.renew(town.relay, clip)
    assert rows(town.relay) == [(clip, 0, "7", ReadingAnswer.proposed)]


def test_where_none_of_the_texts_was_read_a_new_one_is_proposed_nonetheless(town: Town) -> None:
    clip = town.has_clip()
    heard(town, clip, BREAD)
    proposals.renew(town.relay, clip)
    answered(town.relay, ReadingAnswer.refused)
    quotes.remove(town.relay, town.slug, "7", person="anna")
    quotes.add(town.relay, town.slug, BREAD, number="70")
    proposals.renew(town.relay, clip)
    assert rows(town.relay) == [(clip, 0, "70", ReadingAnswer.proposed)]


def test_nothing_is_proposed_of_a_clip_that_was_taken_back_or_that_nobody_has_heard(town: Town) -> None:
    silent, gone = town.has_clip(), town.has_clip(state=ClipState.withdrawn)
    heard(town, gone, BREAD)
    for clip in (silent, gone, 99):
        proposals.renew(town.relay, clip)
    assert rows(town.relay) == []
    assert proposals.of_clip(town.relay, silent) == []
    for clip in (gone, 99):
        with pytest.raises(NotFound):
            proposals.of_clip(town.relay, clip)


def test_a_clip_in_which_nobody_speaks_was_looked_at_too(town: Town) -> None:
    clip = town.has_clip()
    heard(town, clip, "")
    proposals.renew(town.relay, clip)
    with town.relay.reading() as session:
        assert session.get(ReadingSearch, clip) is not None


def test_words_of_another_host_s_model_are_as_good_and_the_voice_alone_is_no_reading(town: Town) -> None:
    clip = town.has_clip()
    with town.relay.transaction() as session:
        nothing = Hearing(9.0, "", 0.0, ((1.0, 8.0),), (), frozenset(), "")
        values = {"sha256": town.sha256(clip), "document": nothing.as_json(), "at": town.relay.now()}
        session.add(HeardRecording(model="", **values))
        words = tuple(HeardWord(word, at / 2, at / 2 + 0.4, 0.9) for at, word in enumerate(BREAD.split()))
        other = dataclasses.replace(nothing, segments=(words,), model="ffff")
        session.add(HeardRecording(model="ffff", **{**values, "document": other.as_json()}))
    proposals.renew(town.relay, clip)
    assert rows(town.relay) == [(clip, 0, "7", ReadingAnswer.proposed)]


def test_what_was_found_by_the_sound_stays_where_no_words_were_recognised(town: Town) -> None:
    clip = town.has_clip()
    heard(town, clip, BREAD)
    proposals.renew(town.relay, clip)
    with town.relay.transaction() as session:
        row = session.exec(select(ReadingProposal)).one()
        row.basis = ReadingBasis.aligned
        session.add(row)
    heard(town, clip, "")
    proposals.renew(town.relay, clip)
    assert rows(town.relay) == [(clip, 0, "7", ReadingAnswer.proposed)]
    heard(town, clip, RADIO)
    proposals.renew(town.relay, clip)
    assert rows(town.relay) == [(clip, 0, "8", ReadingAnswer.proposed)]
