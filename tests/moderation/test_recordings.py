"""What people say of two clips, as it is shown and recorded; cards by themselves: tests/recordings/test_cards.py."""

from __future__ import annotations

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.models import Certainty, Clip, ClipState, Event, EventSubject, Said
from relay.moderation import recordings
from relay.moderation.recordings import SharedCard
from relay.moderation.withdrawal import withdraw
from tests.moderation.town import Town
from tests.recordings.test_cards import alike

pytestmark = pytest.mark.slow


@pytest.fixture
def town(relay: Relay) -> Town:
    """1 and 2 are one recording; 3 and 4 possibly are 1, and 5 possibly is 3."""
    town = Town(relay)
    for size in ((640, 360), (1280, 720), (640, 360), (640, 360), (640, 360)):
        town.has_clip(size=size)
    alike(town, 1, 2, seen=0.9, begins=1.5)
    alike(town, 1, 3, Certainty.possible, seen=0.4)
    alike(town, 1, 4, Certainty.possible, seen=0.6)
    alike(town, 3, 5, Certainty.possible, seen=0.5)
    return town


def events(town: Town) -> list[tuple[str, int, str, dict[str, object]]]:
    with town.relay.reading() as session:
        rows = session.exec(select(Event).where(Event.subject == EventSubject.clip).order_by(Event.id)).all()  # type: ignore[arg-type]
    return [(row.what, row.subject_id, row.person, row.details) for row in rows]


def test_who_may_show_the_recording_is_told_the_likeliest_first(town: Town) -> None:
    found = recordings.relatives(town.relay, 1)
    assert [(one.clip.id, one.here, one.certainty, one.seen) for one in found] == [
        (2, True, Certainty.certain, 0.9), (4, False, Certainty.possible, 0.6), (3, False, Certainty.possible, 0.4),
        (5, False, Certainty.none, 0.0),
    ]  # fmt: skip
    recordings.say(town.relay, 4, 1, Said.other, person="Ольга")
    found = recordings.relatives(town.relay, 1)
    assert [(one.clip.id, one.said, one.person) for one in found] == [
        (2, Said.nothing, ""), (3, Said.nothing, ""), (5, Said.nothing, ""), (4, Said.other, "Ольга"),
    ]  # fmt: skip
    assert recordings.relatives(town.relay, 4)[0].clip.id == 1
    with pytest.raises(NotFound):
        recordings.relatives(town.relay, 99)


def test_two_are_shown_from_either_side(town: Town) -> None:
    one, other = recordings.pair(town.relay, 1, 2), recordings.pair(town.relay, 2, 1)
    assert [(each.clip.id, each.begins, each.here, each.heard) for each in (one, other)] == [
        (2, 1.5, True, None), (1, -1.5, True, None),
    ]  # fmt: skip
    strangers = recordings.pair(town.relay, 2, 5)
    assert (strangers.certainty, strangers.said, strangers.begins, strangers.here) == (
        Certainty.none, Said.nothing, 0.0, False,
    )  # fmt: skip
    for clips, told in (((1, 1), "itself"), ((1, 99), "no clip 99")):
        with pytest.raises((Refused, NotFound), match=told):
            recordings.pair(town.relay, *clips)


def test_what_is_said_stands_in_the_record_of_both(town: Town) -> None:
    recordings.say(town.relay, 3, 5, Said.same, person="Ольга")
    recordings.say(town.relay, 5, 3, Said.other, person="Анна", seen=Said.same)
    recordings.say(town.relay, 3, 5, Said.nothing, person="Вера", seen=Said.other)
    with pytest.raises(Stale, match="something else"):
        recordings.say(town.relay, 3, 5, Said.other, person="Вера", seen=Said.same)
    told = [each for each in events(town) if each[3].get("clip")]
    assert told == [
        ("said the same", 3, "Ольга", {"clip": "№ 5"}), ("said the same", 5, "Ольга", {"clip": "№ 3"}),
        ("said another", 5, "Анна", {"clip": "№ 3"}), ("said another", 3, "Анна", {"clip": "№ 5"}),
        ("unsaid", 3, "Вера", {"clip": "№ 5"}), ("unsaid", 5, "Вера", {"clip": "№ 3"}),
    ]  # fmt: skip
    kept = recordings.pair(town.relay, 3, 5)
    assert (kept.certainty, kept.said, kept.person) == (Certainty.possible, Said.nothing, "Вера")


def test_what_was_neither_found_nor_said_is_not_known(town: Town) -> None:
    recordings.say(town.relay, 4, 5, Said.same, person="Ольга")
    assert recordings.pair(town.relay, 4, 5).said is Said.same
    recordings.say(town.relay, 4, 5, Said.nothing, person="Ольга", seen=Said.same)
    with town.relay.reading() as session:
        assert recordings.kinships.between(session, 4, 5) is None


def test_a_card_is_told_with_its_front_its_original_and_where_it_was_posted(town: Town) -> None:
    assert recordings.card_of(town.relay, 1) == recordings.card_of(town.relay, 2)
    shared = recordings.card_of(town.relay, 1)
    assert shared == SharedCard(front=2, original=1, members=[2, 1], chosen_by="", places=2, publics=0)
    assert recordings.card_of(town.relay, 3) is None
    assert recordings.copies(town.relay, [1, 3]) == {1: 2}
    recordings.put_in_front(town.relay, 1, person="Ольга")
    chosen = recordings.card_of(town.relay, 2)
    assert chosen is not None
    assert (chosen.front, chosen.chosen_by) == (1, "Ольга")
    assert [each[:3] for each in events(town) if each[0] == "put in front"] == [("put in front", 1, "Ольга")]


def test_neither_a_clip_alone_nor_a_withdrawn_one_is_put_in_front(town: Town) -> None:
    with town.relay.transaction() as session:
        session.get_one(Clip, 2).state = ClipState.approved
    for clip in (3, 99):
        with pytest.raises((Refused, NotFound)):
            recordings.put_in_front(town.relay, clip, person="Ольга")
    withdraw(town.relay, 2, reason="asked", person="Анна")
    with pytest.raises(Refused, match="shares its card"):
        recordings.put_in_front(town.relay, 2, person="Ольга")
