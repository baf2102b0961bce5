"""What a participant reads on their page, and what becomes of what they write; the desk's side: test_mending.py."""

from __future__ import annotations

import pytest
from sqlmodel import select

from relay.errors import Refused, Stale
from relay.models import (
    Clip,
    ClipState,
    Consent,
    ConsentScope,
    ConsentWay,
    Event,
    EventSubject,
    Mending,
    MendingState,
)
from relay.moderation.review import answers, asks, mending
from relay.moderation.review.answers import PARTICIPANT, Written

pytestmark = pytest.mark.slow


def returned(relay, clip: int, *codes: str, note: str = "") -> str:
    """Gives the secret of the page."""
    mending.send_back(relay, clip, list(codes), person="Анна", note=note)
    return mending.of_clip(relay, clip, "https://relay.test")[-1].link.rpartition("/")[2]


def written(relay) -> list[tuple[str, str, dict[str, object]]]:
    with relay.reading() as session:
        rows = session.exec(select(Event).where(Event.subject == EventSubject.clip).order_by(Event.id)).all()
    return [(row.what, row.person, row.details) for row in rows if row.person == PARTICIPANT]


def test_the_page_tells_what_is_asked_and_how_it_stands(relay, town) -> None:
    clip = town.has_clip(name="Ольга", town="Луга")
    secret = returned(relay, clip, "name", "sound", note="Громче!")
    shown = answers.page(relay, secret)
    assert (shown.clip_id, shown.secret, shown.state, shown.settled) == (clip, secret, MendingState.open, False)
    assert (shown.asks, shown.sentences) == (["name", "sound"], asks.sentences(["name", "sound"], "Громче!"))
    assert shown.needs == asks.needs(["name", "sound"])
    assert (shown.name, shown.town, shown.brought, shown.hand_in) == ("Ольга", "Луга", [], None)
    assert (shown.clip_state, shown.campaign.slug) == (ClipState.awaiting, "proryv80")
    newer = town.has_clip(state=ClipState.approved)
    with relay.transaction() as session:
        session.get_one(Mending, shown.id).new_clip_id = newer
    assert answers.page(relay, secret).clip_state is ClipState.approved, "of the one that took its place"


def test_a_receipt_leads_to_what_is_asked_for_last_as_long_as_something_is(relay, town) -> None:
    first, second, other = (town.has_clip() for _ in range(3))
    for clip in (first, second, other):
        secret = returned(relay, clip, "name")
        if clip == second:
            hers = secret
    found = answers.open_for(relay, [first, second])
    assert found is not None
    assert (found.clip_id, found.secret) == (second, hers)
    assert answers.open_for(relay, []) is None
    answers.answer(relay, hers, Written(name="Ольга"))
    again = answers.open_for(relay, [first, second])
    assert again is not None
    assert again.clip_id == first


def test_what_was_written_is_on_the_clip_at_once_and_in_the_record_word_for_word(relay, town, clock) -> None:
    clip = town.has_clip(name="Olga S.", town="Луга")
    secret = returned(relay, clip, "name", "sound")
    answers.answer(relay, secret, Written(name=" Ольга\n Смирнова ", town="Луга"))
    page = answers.page(relay, secret)
    assert (page.state, page.brought, page.name) == (MendingState.open, ["name"], "Ольга Смирнова")
    with relay.reading() as session:
        assert session.get_one(Mending, page.id).answered_at is None
        assert session.get_one(Clip, clip).corrected == ["name"], "the town is what it was"
    clock.moves(hours=1)
    answers.answer(relay, secret, Written(name="Ольга Смирнова", words="Громче не получится."))
    with relay.reading() as session:
        row = session.get_one(Mending, page.id)
    assert (row.state, row.answered_at, row.brought) == (MendingState.answered, clock(), ["name", "words"])
    assert row.words == "Громче не получится."
    assert written(relay) == [
        ("participant answered", PARTICIPANT, {}),
        ("edited", PARTICIPANT, {"name": ["Olga S.", "Ольга Смирнова"]}),
        ("participant answered", PARTICIPANT, {"answer": "Громче не получится."}),
    ]
    with pytest.raises(Stale, match="don't wait") as stale:
        answers.answer(relay, secret, Written(words="Ещё раз."))
    assert stale.value.state == "awaiting"
    assert len(written(relay)) == 3


def test_what_is_too_long_is_cut_and_what_is_empty_is_refused(relay, town) -> None:
    secret = returned(relay, town.has_clip(), "sound")
    for nothing in (Written(), Written(name=" \n", words="  "), Written(agreed="I allow it."), Written(town="Луга")):
        with pytest.raises(Refused, match="Nothing is written"):
            answers.answer(relay, secret, nothing)
    answers.answer(relay, secret, Written(words="а" * 5000))
    with relay.reading() as session:
        kept = session.exec(select(Mending)).one().words
    assert 200 < len(kept) <= answers.LONGEST_REASON


def test_a_guardians_yes_is_a_consent_of_its_own_with_the_words_of_the_page(relay, town) -> None:
    clip = town.has_clip()
    secret = returned(relay, clip, "guardian")
    with pytest.raises(Refused, match="has to agree"):
        answers.answer(relay, secret, Written(guardian="Мария Смирнова"))
    answers.answer(relay, secret, Written(guardian="Мария  Смирнова", agreed="I allow it."))
    with relay.reading() as session:
        row = session.exec(select(Consent)).one()
    assert (row.clip_id, row.scope, row.person, row.guardian) == (
        clip, ConsentScope.public, PARTICIPANT, "Мария Смирнова",
    )  # fmt: skip
    assert (row.words, row.name, row.way) == ("I allow it.", "Мария Смирнова", ConsentWay.form)
    assert row.evidence == "I allow it. — Мария Смирнова"
    assert written(relay)[-1] == (
        "consent", PARTICIPANT, {"scope": "public", "evidence": "I allow it. — Мария Смирнова"},
    )  # fmt: skip
