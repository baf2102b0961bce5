from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from relay.almanac.plan import store
from relay.almanac.plan.document import ClipRow, PlanDocument
from relay.almanac.plan.rules import Candidate
from relay.context import Relay
from relay.errors import NotFound, Stale
from relay.models import Almanac, Card, Event, EventKind, LeftOut, PlanChange, Segment
from relay.records import add_event
from tests.moderation.town import Town

FILM = ("proryv80", "film")
AT = datetime(2023, 1, 12, 9, 0, 0, 999, tzinfo=UTC)
FIRST = ClipRow(1, first=5, last=90, name="Ольга", town="Тосно", by_hand=frozenset({"place", "in"}), pinned="opening")
SHEET = PlanDocument((FIRST, ClipRow(3), ClipRow(2)), {4: "тихо"}, {"order": "district"})


@pytest.fixture
def town(relay: Relay) -> Town:
    """Four clips, a film without any, another film with one, and a film of the same name in another campaign."""
    elsewhere = Town(relay, "before")
    town = Town(relay)
    for _ in range(4):
        town.has_clip()
    with relay.transaction() as session:
        for name in ("other", "film"):
            session.add(Almanac(campaign_id=town.campaign_id, name=name, title=name, created_at=relay.now()))
        session.flush()
        session.add(Almanac(campaign_id=elsewhere.campaign_id, name="film", title="x", created_at=relay.now()))
        session.add(Segment(almanac_id=1, clip_id=4, position=1))
        session.add(LeftOut(almanac_id=1, clip_id=3, reason="другое", person="Вера", at=relay.now()))
        session.add(Card(almanac_id=1, before_clip_id=4, kind="chapter", words={"title": "Кириши", "rule": "district"}))
    return town


def change(relay: Relay, sheet: PlanDocument, person: str = "Борис", seen: str = "", **details: object) -> None:
    with store.changing(relay, *FILM, did="change", person=person, seen=seen, **details) as draft:
        draft.sheet = sheet


def test_the_mark_of_a_plan_goes_with_its_changes_and_with_nothing_else(relay: Relay, town: Town) -> None:
    def marked() -> str:
        with relay.reading() as session:
            return store.mark(session, store.find(session, *FILM))

    assert marked() == "0"
    change(relay, SHEET)
    first = marked()
    assert first != "0"
    with relay.transaction() as session:
        add_event(session, relay.now(), store.find(session, *FILM), EventKind.styled, "Борис")
    assert marked() == first
    change(relay, PlanDocument())
    assert marked() != first


def now(relay: Relay, name: str = "film") -> PlanDocument:
    with relay.reading() as session:
        return store.load(session, store.find(session, "proryv80", name))


def events(relay: Relay) -> list[Event]:
    with relay.reading() as session:
        return list(session.exec(select(Event).where(Event.subject == "almanac").order_by(Event.id)))  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_plan_is_read_as_it_was_written_and_no_other_is_touched(relay: Relay, town: Town) -> None:
    other = now(relay, "other")
    change(relay, SHEET)
    assert now(relay) == SHEET
    assert now(relay).order == [1, 3, 2]
    assert now(relay, "other") == other == PlanDocument((ClipRow(4),), {3: "другое"}, {})


@pytest.mark.slow
def test_segments_stand_in_their_places_and_keep_their_numbers(relay: Relay, town: Town) -> None:
    change(relay, SHEET)
    before = numbers(relay)
    assert [position for _number, position in before.values()] == [1, 2, 3]
    change(relay, PlanDocument((ClipRow(2), FIRST), {4: "тихо"}, {"order": "district"}))
    after = numbers(relay)
    assert {clip: number for clip, (number, _) in after.items()} == {clip: before[clip][0] for clip in (1, 2)}
    assert [after[clip][1] for clip in (2, 1)] == [1, 2]


def numbers(relay: Relay) -> dict[int, tuple[int | None, int]]:
    with relay.reading() as session:
        rows = session.exec(select(Segment).where(Segment.almanac_id == 2).order_by(Segment.position)).all()  # type: ignore[arg-type]
        return {row.clip_id: (row.id, row.position) for row in rows}


@pytest.mark.slow
def test_who_took_a_clip_out_last_and_why_is_kept(relay: Relay, town: Town, clock) -> None:
    change(relay, PlanDocument(left_out={1: "тихо", 2: "темно"}), person="Борис")
    clock.moves(hours=1)
    change(relay, PlanDocument(left_out={1: "тихо", 2: "очень темно"}), person="Анна")
    with relay.reading() as session:
        assert store.who_left_out(session, store.find(session, *FILM)) == {1: "Борис", 2: "Анна"}
        rows = session.exec(select(LeftOut).where(LeftOut.almanac_id == 2).order_by(LeftOut.clip_id)).all()  # type: ignore[arg-type]
        assert [(relay.now() - row.at).total_seconds() for row in rows] == [3600, 0]
    change(relay, PlanDocument(left_out={2: "очень темно"}))
    assert now(relay).left_out == {2: "очень темно"}


@pytest.mark.slow
def test_each_change_is_an_event_with_its_token_and_what_undoes_it(relay: Relay, town: Town) -> None:
    change(relay, SHEET, clip=3)
    ((event,), (undo,)) = events(relay), changes(relay)
    assert (event.subject, event.subject_id, event.what) == ("almanac", 2, "plan changed")
    assert (event.person, event.at) == ("Борис", relay.now())
    assert event.details == {"did": "change", "clip": 3}
    assert (undo.almanac_id, undo.did, undo.clip_id, undo.person, undo.at) == (2, "change", 3, "Борис", relay.now())
    assert (undo.before, undo.token) == ({"order": [], "left_out": {}, "rules": {}}, SHEET.token)
    assert now(relay).token == SHEET.token
    change(relay, now(relay))
    assert len(events(relay)) == 1, "what changes nothing is no change"


@pytest.mark.slow
def test_the_slower_of_two_editors_overwrites_nothing(relay: Relay, town: Town) -> None:
    seen = now(relay).token
    change(relay, SHEET, seen=seen)
    with pytest.raises(Stale) as stale:
        change(relay, PlanDocument((ClipRow(2),)), person="Анна", seen=seen)
    assert str(stale.value) == "Борис changed this plan while you had it open."
    assert stale.value.hint == "Nothing of yours was saved: look at it as it is now, and do it again."
    assert stale.value.state == SHEET.token
    assert now(relay) == SHEET
    change(relay, PlanDocument((ClipRow(2),)), person="Анна", seen=SHEET.token)
    assert now(relay).order == [2]


@pytest.mark.slow
def test_who_names_no_state_changes_the_newest(relay: Relay, town: Town) -> None:
    change(relay, SHEET, person="")
    change(relay, PlanDocument((ClipRow(2),)), person="")
    assert now(relay).order == [2]
    for name in ("film", "other"):
        with (
            pytest.raises(Stale, match=r"^Relay changed this plan"),
            store.changing(relay, "proryv80", name, did="x", seen="another"),
        ):
            raise AssertionError("it was not seen as it is")


@pytest.mark.slow
def test_what_is_not_there_is_told_and_writes_nothing(relay: Relay, town: Town) -> None:
    for place, told in (
        (("proryv80", "none"), "There is no almanac none in proryv80."),
        (("nowhere", "film"), "There is no campaign nowhere."),
        (("before", "other"), "There is no almanac other in before."),
    ):
        with pytest.raises(NotFound) as missing, store.changing(relay, *place, did="x"):
            raise AssertionError("there is nothing to change")
        assert str(missing.value) == told
        with relay.reading() as session, pytest.raises(NotFound) as missing:
            store.find(session, *place)
        assert str(missing.value) == told
    assert events(relay) == []


def changes(relay: Relay) -> list[PlanChange]:
    with relay.reading() as session:
        return list(session.exec(select(PlanChange).order_by(col(PlanChange.id))))


def took_back(relay: Relay, number: int | None) -> None:
    with relay.transaction() as session:
        session.exec(update(PlanChange).where(col(PlanChange.id) == number).values(undone=True))


def last(relay: Relay, name: str = "film") -> int | None:
    with relay.reading() as session:
        change = store.last_change(session, store.find(session, "proryv80", name))
        return change.id if change is not None else None


@pytest.mark.slow
def test_the_last_change_is_the_newest_that_nobody_took_back(relay: Relay, town: Town) -> None:
    assert last(relay) is None
    change(relay, PlanDocument((ClipRow(1),)))
    change(relay, PlanDocument((ClipRow(1), ClipRow(2))))
    first, second = (change.id for change in changes(relay))
    assert last(relay) == second
    assert last(relay, "other") is None
    with relay.transaction() as session:
        words = {"at": relay.now(), "details": {}}
        session.add(Event(subject="almanac", subject_id=2, what="rendered", **words))  # type: ignore[arg-type]
        session.add(Event(subject="clip", subject_id=2, what=EventKind.plan_changed, **words))  # type: ignore[arg-type]
    assert last(relay) == second
    took_back(relay, second)
    assert last(relay) == first
    took_back(relay, first)
    assert last(relay) is None


POOL = [Candidate(1, district="Тосненский"), Candidate(2, district="Кировский"), Candidate(3, district="Кировский")]


def cards(relay: Relay) -> dict[int | None, str]:
    with relay.reading() as session:
        found = session.exec(select(Card).where(Card.almanac_id == 2)).all()
        return {card.before_clip_id: card.words["title"] for card in found}


def set_chapters(relay: Relay, sheet: PlanDocument) -> None:
    with relay.transaction() as session:
        store.set_chapters(session, store.find(session, *FILM), sheet, POOL)


@pytest.mark.slow
def test_chapters_of_the_rules_follow_the_clips_and_those_of_a_person_stay(relay: Relay, town: Town) -> None:
    by_district = {"chapters": "district"}
    set_chapters(relay, PlanDocument((ClipRow(1), ClipRow(2), ClipRow(3)), rules=by_district))
    assert cards(relay) == {1: "Тосненский", 2: "Кировский"}
    with relay.transaction() as session:
        session.add(Card(almanac_id=2, before_clip_id=3, kind="chapter", words={"title": "Письма с фронта"}))
        session.add(Card(almanac_id=2, before_clip_id=2, kind="quote", words={"title": "Карточка"}))
    set_chapters(relay, PlanDocument((ClipRow(3), ClipRow(2), ClipRow(1)), rules=by_district))
    assert cards(relay) == {3: "Письма с фронта", 2: "Карточка", 1: "Тосненский"}
    set_chapters(relay, PlanDocument((ClipRow(3), ClipRow(2), ClipRow(1))))
    assert cards(relay) == {3: "Письма с фронта", 2: "Карточка"}


@pytest.mark.slow
def test_a_chapter_that_stays_where_it_is_keeps_its_card(relay: Relay, town: Town) -> None:
    sheet = PlanDocument((ClipRow(1), ClipRow(2)), rules={"chapters": "district"})
    with relay.transaction() as session:
        session.add(Card(almanac_id=2, before_clip_id=None, kind="chapter", words={"title": "Конец"}))
    set_chapters(relay, sheet)
    assert cards(relay) == {None: "Конец", 1: "Тосненский", 2: "Кировский"}
    with relay.reading() as session:
        before = {card.id for card in session.exec(select(Card))}
    set_chapters(relay, sheet)
    with relay.reading() as session:
        assert {card.id for card in session.exec(select(Card))} == before
        assert [card.words.get("rule") for card in session.exec(select(Card).order_by(Card.before_clip_id))] == [  # type: ignore[arg-type]
            None, "district", "district", "district",
        ]  # fmt: skip


@pytest.mark.slow
def test_a_clip_that_a_person_placed_begins_no_chapter(relay: Relay, town: Town) -> None:
    placed = ClipRow(1, by_hand=frozenset({"place"}))
    set_chapters(relay, PlanDocument((placed, ClipRow(2)), rules={"chapters": "district"}))
    assert cards(relay) == {2: "Кировский"}
