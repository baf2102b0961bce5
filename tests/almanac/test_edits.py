from __future__ import annotations

import pytest
from sqlmodel import select

from relay.almanac import drafts, edits, plans
from relay.context import Relay
from relay.errors import Refused, Stale
from relay.models import Card, ClipState, Event
from tests.moderation.town import Town

APPROVED = ClipState.approved
FILM = ("proryv80", "film")


@pytest.fixture
def town(relay: Relay) -> Town:
    """Four approved clips of ten seconds, in a film in the order of publication."""
    town = Town(relay)
    for name, district in (("Анна", "Тосненский"), ("Глеб", "Кировский"), ("Дина", "Тосненский"), ("Егор", "")):
        clip = town.has_clip(name=name, state=APPROVED, duration=10)
        with relay.transaction() as session:
            row = town.clip(clip)
            row.district = district
            session.add(row)
    plans.new(relay, *FILM, all_approved=True)
    return town


def order(relay: Relay) -> list[int]:
    return [segment["clip"] for segment in plans.show(relay, *FILM)["segments"]]


def version(relay: Relay) -> str:
    return str(plans.show(relay, *FILM)["version"])


def proposals(relay: Relay) -> list[tuple[str, int]]:
    return [(one["kind"], one["clip"]) for one in plans.proposals(relay, *FILM)]


def chapters(relay: Relay) -> list[tuple[int | None, str]]:
    with relay.reading() as session:
        cards = session.exec(select(Card).order_by(Card.id)).all()  # type: ignore[arg-type]
        return sorted((card.before_clip_id, card.words["title"]) for card in cards)


@pytest.mark.slow
def test_hand_work_stays_when_the_rules_are_followed_again(relay: Relay, town: Town) -> None:
    edits.place(relay, *FILM, 4, before=2, person="Борис")
    edits.trim(relay, *FILM, 1, first=1.0, last=5.0, person="Борис")
    edits.leave_out(relay, *FILM, 3, reason="тихо", person="Борис")
    fifth = town.has_clip(name="Жанна", state=APPROVED)
    plans.plan(relay, *FILM)
    shown = plans.show(relay, *FILM)
    assert order(relay) == [1, 4, 2, fifth]
    assert (shown["segments"][0]["in"], shown["segments"][0]["out"]) == (1.0, 5.0)
    assert shown["left_out"] == [{"clip": 3, "reason": "тихо", "person": "Борис"}]
    assert proposals(relay) == []


@pytest.mark.slow
def test_new_rules_only_propose_and_one_proposal_is_followed_alone(relay: Relay, town: Town) -> None:
    edits.trim(relay, *FILM, 2, first=1.0, person="Борис")
    plans.set_rules(relay, *FILM, {"district": "Тосненский"}, person="Борис")
    assert order(relay) == [1, 2, 3, 4]
    assert proposals(relay) == [("remove", 4), ("remove", 2)]
    plans.plan(relay, *FILM, only={4})
    assert order(relay) == [1, 2, 3]
    plans.plan(relay, *FILM)
    assert order(relay) == [1, 2, 3]  # a person worked on 2
    plans.plan(relay, *FILM, only={2})
    assert order(relay) == [1, 3]
    with pytest.raises(Refused, match="nothing about clip 1"):
        plans.plan(relay, *FILM, only={1})


@pytest.mark.slow
def test_two_almanacs_of_one_pool_share_no_clip(relay: Relay, town: Town) -> None:
    plans.new(relay, "proryv80", "tosno", given={"district": "Тосненский"})
    plans.new(relay, "proryv80", "rest", given={"unused": "yes"})
    assert plans.show(relay, "proryv80", "rest")["segments"] == []
    edits.leave_out(relay, *FILM, 2, person="Борис")
    edits.leave_out(relay, *FILM, 4, person="Борис")
    plans.plan(relay, "proryv80", "rest")
    assert [one["clip"] for one in plans.show(relay, "proryv80", "rest")["segments"]] == [2, 4]


@pytest.mark.slow
def test_everything_can_be_undone_one_by_one(relay: Relay, town: Town) -> None:
    states = [version(relay)]
    for change in (
        lambda: edits.place(relay, *FILM, 4, before=1, person="Борис"),
        lambda: edits.trim(relay, *FILM, 1, last=3.0, person="Борис"),
        lambda: edits.retitle(relay, *FILM, 1, who="Анна Щ.", town="Мга", person="Борис"),
        lambda: edits.leave_out(relay, *FILM, 2, reason="тихо", person="Борис"),
        lambda: edits.pin(relay, *FILM, 3, "opening", person="Борис"),
        lambda: edits.bring_back(relay, *FILM, 2, person="Борис"),
        lambda: plans.set_rules(relay, *FILM, {"order": "best"}, person="Борис"),
        lambda: plans.plan(relay, *FILM, person="Борис"),
    ):
        change()
        if version(relay) != states[-1]:
            states.append(version(relay))
    while states[:-1]:
        assert version(relay) == states.pop()
        edits.undo(relay, *FILM, person="Борис")
    assert version(relay) == states[0]
    with pytest.raises(Refused, match="nothing to undo"):
        edits.undo(relay, *FILM, person="Борис")


@pytest.mark.slow
def test_the_second_of_two_editors_is_told_and_overwrites_nothing(relay: Relay, town: Town) -> None:
    seen = version(relay)
    edits.place(relay, *FILM, 4, before=1, person="Борис", seen=seen)
    with pytest.raises(Stale, match="Борис changed this plan") as stale:
        edits.leave_out(relay, *FILM, 4, person="Ольга", seen=seen)
    assert stale.value.state == version(relay)
    assert order(relay) == [4, 1, 2, 3]


@pytest.mark.slow
def test_twin_without_the_token_the_second_editor_overwrites(relay: Relay, town: Town) -> None:
    edits.place(relay, *FILM, 4, before=1, person="Борис", seen=version(relay))
    edits.leave_out(relay, *FILM, 4, person="Ольга", seen="")
    assert order(relay) == [1, 2, 3]


@pytest.mark.slow
def test_who_was_withdrawn_is_not_brought_in_by_hand(relay: Relay, town: Town) -> None:
    other = town.has_clip(name="Зоя", state=ClipState.rejected)
    with pytest.raises(Refused, match="can't be in this film"):
        edits.place(relay, *FILM, other, person="Борис")
    edits.leave_out(relay, *FILM, 2, person="Борис")
    with relay.transaction() as session:
        clip = town.clip(2)
        clip.state = ClipState.withdrawn
        session.add(clip)
    with pytest.raises(Refused, match="can't be in this film"):
        edits.bring_back(relay, *FILM, 2, person="Борис")


@pytest.mark.slow
def test_chapters_follow_the_clips(relay: Relay, town: Town) -> None:
    plans.plan(relay, *FILM, given={"chapters": "district"})
    assert order(relay) == [2, 1, 3, 4]
    assert chapters(relay) == [(1, "Тосненский"), (2, "Кировский")]
    edits.leave_out(relay, *FILM, 1, person="Борис")
    assert chapters(relay) == [(2, "Кировский"), (3, "Тосненский")]
    edits.undo(relay, *FILM, person="Борис")
    assert chapters(relay) == [(1, "Тосненский"), (2, "Кировский")]
    plans.plan(relay, *FILM, given={"chapters": "none"})
    assert chapters(relay) == []


@pytest.mark.slow
def test_a_chapter_that_a_person_wrote_is_not_touched(relay: Relay, town: Town) -> None:
    with relay.transaction() as session:
        number = plans.find(session, *FILM).id or 0
        session.add(Card(almanac_id=number, before_clip_id=1, kind="chapter", words={"title": "Моё"}))
    plans.plan(relay, *FILM, given={"chapters": "district"})
    assert chapters(relay) == [(1, "Моё"), (2, "Кировский")]


@pytest.mark.slow
def test_each_change_is_on_record(relay: Relay, town: Town) -> None:
    edits.place(relay, *FILM, 4, before=1, person="Борис")
    with relay.reading() as session:
        (event,) = session.exec(select(Event).where(Event.what == drafts.CHANGED)).all()
    assert (event.person, event.details["did"], event.details["clip"]) == ("Борис", "placed", 4)
    edits.untrim(relay, *FILM, 1, person="Борис")  # which was whole anyway
    with relay.reading() as session:
        assert len(session.exec(select(Event).where(Event.what == drafts.CHANGED)).all()) == 1
