from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from relay.almanac.plan import edits, queries, store
from relay.almanac.plan.document import ClipRow, PlanDocument
from relay.context import Relay
from relay.errors import Refused, Stale
from relay.models import Almanac, Card, Clip, ClipState, Event, EventKind
from relay.views import as_json
from tests.moderation.town import Town

APPROVED = ClipState.approved
OTHERS = (4, "Другие голоса")
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
    queries.new(relay, *FILM, all_approved=True)
    return town


def order(relay: Relay) -> list[int]:
    return [segment.clip for segment in queries.show(relay, *FILM).segments]


def version(relay: Relay) -> str:
    return str(queries.show(relay, *FILM).version)


def proposals(relay: Relay) -> list[tuple[str, int]]:
    return [(one.kind, one.clip) for one in queries.proposals(relay, *FILM)]


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
    queries.plan(relay, *FILM)
    shown = queries.show(relay, *FILM)
    assert order(relay) == [1, 4, 2, fifth]
    assert (shown.segments[0].start, shown.segments[0].end) == (1.0, 5.0)
    assert as_json(shown.left_out) == [{"clip": 3, "reason": "тихо", "person": "Борис"}]
    assert proposals(relay) == []


@pytest.mark.slow
def test_new_rules_only_propose_and_one_proposal_is_followed_alone(relay: Relay, town: Town) -> None:
    edits.trim(relay, *FILM, 2, first=1.0, person="Борис")
    queries.set_rules(relay, *FILM, {"district": "Тосненский"}, person="Борис")
    assert order(relay) == [1, 2, 3, 4]
    assert proposals(relay) == [("remove", 4), ("remove", 2)]
    queries.plan(relay, *FILM, only={4})
    assert order(relay) == [1, 2, 3]
    queries.plan(relay, *FILM)
    assert order(relay) == [1, 2, 3]  # a person worked on 2
    queries.plan(relay, *FILM, only={2})
    assert order(relay) == [1, 3]
    with pytest.raises(Refused, match="nothing about clip 1"):
        queries.plan(relay, *FILM, only={1})


@pytest.mark.slow
def test_two_almanacs_of_one_pool_share_no_clip(relay: Relay, town: Town) -> None:
    queries.new(relay, "proryv80", "tosno", given={"district": "Тосненский"})
    queries.new(relay, "proryv80", "rest", given={"unused": "yes"})
    assert queries.show(relay, "proryv80", "rest").segments == []
    edits.leave_out(relay, *FILM, 2, person="Борис")
    edits.leave_out(relay, *FILM, 4, person="Борис")
    queries.plan(relay, "proryv80", "rest")
    assert [one.clip for one in queries.show(relay, "proryv80", "rest").segments] == [2, 4]


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
        lambda: queries.set_rules(relay, *FILM, {"order": "best"}, person="Борис"),
        lambda: queries.plan(relay, *FILM, person="Борис"),
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
    """Clip 4 is of no district that we know."""
    queries.plan(relay, *FILM, given={"chapters": "district"})
    assert order(relay) == [2, 1, 3, 4]
    assert chapters(relay) == [(1, "Тосненский"), (2, "Кировский"), OTHERS]
    edits.leave_out(relay, *FILM, 1, person="Борис")
    assert chapters(relay) == [(2, "Кировский"), (3, "Тосненский"), OTHERS]
    edits.undo(relay, *FILM, person="Борис")
    assert chapters(relay) == [(1, "Тосненский"), (2, "Кировский"), OTHERS]
    queries.plan(relay, *FILM, given={"chapters": "none"})
    assert chapters(relay) == []


@pytest.mark.slow
def test_a_chapter_that_a_person_wrote_is_not_touched(relay: Relay, town: Town) -> None:
    with relay.transaction() as session:
        number = queries.find(session, *FILM).id or 0
        session.add(Card(almanac_id=number, before_clip_id=1, kind="chapter", words={"title": "Моё"}))
    queries.plan(relay, *FILM, given={"chapters": "district"})
    assert chapters(relay) == [(1, "Моё"), (2, "Кировский"), OTHERS]


@pytest.mark.slow
def test_each_change_is_on_record(relay: Relay, town: Town) -> None:
    edits.place(relay, *FILM, 4, before=1, person="Борис")
    with relay.reading() as session:
        (event,) = session.exec(select(Event).where(Event.what == EventKind.plan_changed)).all()
    assert (event.person, event.details["did"], event.details["clip"]) == ("Борис", "placed", 4)
    edits.untrim(relay, *FILM, 1, person="Борис")  # which was whole anyway
    with relay.reading() as session:
        assert len(session.exec(select(Event).where(Event.what == EventKind.plan_changed)).all()) == 1


def plan(relay: Relay) -> PlanDocument:
    with relay.reading() as session:
        return store.load(session, queries.find(session, *FILM))


def changed(relay: Relay) -> list[tuple[str, str, object]]:
    with relay.reading() as session:
        events = session.exec(select(Event).where(Event.what == EventKind.plan_changed).order_by(Event.id)).all()  # type: ignore[arg-type]
        return [(event.details["did"], event.person, event.details.get("clip")) for event in events]


@pytest.mark.slow
def test_every_deed_is_on_record_and_none_is_done_to_a_plan_that_has_changed(relay: Relay, town: Town) -> None:
    deeds: list[tuple[str, Callable[..., str], dict[str, Any]]] = [
        ("placed", edits.place, {"before": 1}),
        ("trimmed", edits.trim, {"first": 1.0}),
        ("trimmed", edits.trim, {"last": 3.0}),
        ("trimmed", edits.untrim, {}),
        ("retitled", edits.retitle, {"who": "Егор Щ.", "town": "Мга"}),
        ("pinned", edits.pin, {"where": "closing"}),
        ("pinned", edits.pin, {"where": ""}),
        ("left out", edits.leave_out, {"reason": "тихо"}),
        ("brought back", edits.bring_back, {}),
    ]
    rows = []
    for _did, deed, words in deeds:
        with pytest.raises(Stale):
            deed(relay, *FILM, 4, **words, person="Анна", seen="another")
        told = deed(relay, *FILM, 4, **words, person="Борис", seen=rows[-1].token if rows else "")
        rows.append(plan(relay))
        assert told == rows[-1].token
    placed, begun, ended, whole, titled, closing, free, without, back = rows
    assert changed(relay) == [(did, "Борис", 4) for did, _, _ in deeds]
    assert [sheet.order for sheet in (placed, closing, free, without, back)] == [
        [4, 1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3], [1, 2, 3, 4],
    ]  # fmt: skip
    here = frozenset({"place"})
    assert (placed.row(4), whole.row(4)) == (ClipRow(4, by_hand=here), ClipRow(4, by_hand=here))
    assert begun.row(4) == ClipRow(4, first=25, by_hand=here | {"in"})
    assert ended.row(4) == ClipRow(4, first=25, last=75, by_hand=here | {"in", "out"})
    assert titled.row(4) == ClipRow(4, name="Егор Щ.", town="Мга", by_hand=here | {"name", "town"})
    assert closing.row(4).pinned == "closing"
    assert (free.row(4).pinned, free.row(4).by_hand) == ("", frozenset({"name", "town"}))
    assert (without.left_out, back.left_out) == ({4: "тихо"}, {})
    with pytest.raises(Stale):
        edits.undo(relay, *FILM, person="Анна", seen="another")
    assert edits.undo(relay, *FILM, person="Анна", seen=plan(relay).token) == without.token
    assert edits.undo(relay, *FILM, person="Анна") == free.token
    assert changed(relay)[-2:] == [("undone", "Анна", None)] * 2
    with relay.transaction() as session:
        session.get_one(Almanac, 1).rules = {"order": "best"}
    with pytest.raises(Refused) as refused:
        edits.undo(relay, *FILM, person="Анна")
    assert str(refused.value) == "The plan has been changed in another way since; that can't be undone."


@pytest.mark.slow
def test_chapters_of_the_rules_are_set_anew_with_each_deed(relay: Relay, town: Town) -> None:
    queries.plan(relay, *FILM, given={"chapters": "district"})
    assert (plan(relay).order, chapters(relay)) == ([2, 1, 3, 4], [(1, "Тосненский"), (2, "Кировский"), OTHERS])
    deeds: list[tuple[Callable[[], str], list[int], list[int]]] = [
        (lambda: edits.place(relay, *FILM, 1, before=2, person="Борис"), [1, 2, 3, 4], [2, 3, 4]),
        (lambda: edits.leave_out(relay, *FILM, 2, person="Борис"), [1, 3, 4], [3, 4]),
        (lambda: edits.leave_out(relay, *FILM, 3, person="Борис"), [1, 4], []),
        (lambda: edits.bring_back(relay, *FILM, 2, person="Борис"), [2, 1, 4], [2, 4]),
        (lambda: edits.pin(relay, *FILM, 4, "opening", person="Борис"), [4, 2, 1], [2]),
        (lambda: edits.pin(relay, *FILM, 1, "", person="Борис"), [4, 2, 1], [1, 2]),
        (lambda: edits.undo(relay, *FILM, person="Борис"), [4, 2, 1], [2]),
    ]
    for deed, order, begin in deeds:
        deed()
        assert (plan(relay).order, [clip for clip, _ in chapters(relay)]) == (order, begin)


@pytest.mark.slow
def test_what_no_editor_may_do_is_refused_and_changes_nothing(relay: Relay, town: Town) -> None:
    other, before = town.has_clip(name="Зоя", state=ClipState.rejected), plan(relay)
    for deed, told in (
        (lambda: edits.undo(relay, *FILM, person="Борис"), "There is nothing to undo in this plan."),
        (lambda: edits.place(relay, *FILM, other, person="Борис"), f"Clip {other} can't be in this film."),
        (lambda: edits.trim(relay, *FILM, 99, first=1.0, person="Борис"), "Clip 99 is not in this almanac."),
        (lambda: edits.bring_back(relay, *FILM, 1, person="Борис"), "Nobody has left out clip 1."),
    ):
        with pytest.raises(Refused) as refused:
            deed()
        assert str(refused.value) == told
    assert plan(relay) == before
    queries.set_rules(relay, *FILM, {"district": "Тосненский"}, person="Борис")
    edits.leave_out(relay, *FILM, 2, person="Борис")
    edits.bring_back(relay, *FILM, 2, person="Борис")
    assert plan(relay).order == [1, 3, 4, 2], "at the end: no rule wants it"
    edits.leave_out(relay, *FILM, 2, person="Борис")
    with relay.transaction() as session:
        session.get_one(Clip, 2).state = ClipState.withdrawn
    with pytest.raises(Refused) as refused:
        edits.bring_back(relay, *FILM, 2, person="Борис")
    assert str(refused.value) == "Clip 2 can't be in this film."
    assert refused.value.hint == "It has to be an approved clip of this campaign."
    assert plan(relay).left_out == {2: ""}
