from __future__ import annotations

import threading

import pytest
from sqlmodel import select

from relay.errors import NotFound
from relay.models import Claim, ClipState, Presence, Verdict
from relay.moderation import claims, desk
from relay.moderation.team import queue
from tests.moderation.town import Town


def approve(relay, clip, person="Анна"):
    return desk.decide(relay, clip, Verdict.approve, person=person, seen=ClipState.awaiting)


def give(relay, person="Анна", **how):
    return queue.hand_out(relay, "proryv80", person, **how)


@pytest.mark.slow
def test_the_queue_goes_by_time_and_comes_round_again(relay, town):
    first, second, third = (town.has_clip() for _ in range(3))
    for ask in (give, lambda relay, **how: queue.first(relay, "proryv80", **how)):
        assert ask(relay, after=third) == first
        assert ask(relay, after=first) == second
        assert ask(relay, after=first, backwards=True) == third
        assert ask(relay, after=third, backwards=True) == second
    approve(relay, second)
    assert give(relay, after=first) == third
    assert give(relay, after=second) == third
    approve(relay, first)
    approve(relay, third)
    assert give(relay) is None
    assert give(relay, state=ClipState.approved) == first
    with pytest.raises(NotFound):
        queue.hand_out(relay, "nowhere", "Анна")


@pytest.mark.slow
def test_the_queue_of_one_campaign_begins_at_its_beginning_behind_a_clip_of_another(relay, town):
    first, other = town.has_clip(), Town(relay, "other")
    other.number = 1
    between = other.has_clip()
    town.number = 2
    last = town.has_clip()
    assert give(relay, after=between) == first
    assert give(relay, after=first) == last


@pytest.mark.slow
def test_colleagues_get_two_clips_and_each_gets_the_same_one_again(relay, town):
    first, second, third = (town.has_clip() for _ in range(3))
    assert [give(relay, "Анна"), give(relay, "Борис"), give(relay, "Вера")] == [first, second, third]
    assert [give(relay, "Анна"), give(relay, "Борис"), give(relay, "Вера")] == [first, second, third]
    assert give(relay, "Глеб") is None, "all of them are with colleagues"
    approve(relay, first)
    assert give(relay, "Глеб") is None
    claims.release(relay, second, "Борис")
    assert give(relay, "Глеб") == second


@pytest.mark.slow
def test_whoever_goes_on_gives_the_clip_back(relay, town):
    first, second, third = (town.has_clip() for _ in range(3))
    assert give(relay, "Анна") == first
    assert give(relay, "Борис") == second
    assert give(relay, "Анна", after=first) == third
    assert give(relay, "Борис", after=second, backwards=True) == first
    assert give(relay, "Анна", after=third) == second


@pytest.mark.slow
def test_what_stands_beside_a_clip(relay, town):
    first, second, third = (town.has_clip() for _ in range(3))
    assert [give(relay, "Анна"), give(relay, "Борис")] == [first, second]

    def beside(person, clip):
        return queue.beside(relay, "proryv80", person, state=ClipState.awaiting, after=clip)

    assert beside("Анна", first).following.id == beside("Борис", second).following.id == third
    approve(relay, third)
    seen = beside("Борис", second)
    assert (seen.following, seen.last, seen.decided) == (None, None, 0)
    assert (seen.counts["awaiting"], [person.name for person in seen.present]) == (2, ["Анна", "Борис"])
    seen = beside("Анна", first)
    assert (seen.following, seen.last.clip_id, seen.decided) == (None, third, 1)


@pytest.mark.slow
def test_what_is_decided_is_looked_through_without_being_claimed(relay, town):
    clip = town.has_clip(state=ClipState.approved)
    assert [give(relay, who, state=ClipState.approved) for who in ("Анна", "Борис")] == [clip, clip]
    with relay.reading() as session:
        assert session.exec(select(Claim)).all() == []
        assert {row.person for row in session.exec(select(Presence))} == {"Анна", "Борис"}


def _rush(relay, people: int, hand_out) -> list[int | None]:
    """All ask at the very same moment."""
    start, given = threading.Barrier(people), []

    def moderator(number: int) -> None:
        start.wait()
        given.append(hand_out(f"moderator {number}"))

    threads = [threading.Thread(target=moderator, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


@pytest.mark.slow
def test_of_eight_who_ask_at_once_no_two_get_the_same_clip(relay, town):
    clips = [town.has_clip() for _ in range(6)]
    given = _rush(relay, 8, lambda person: give(relay, person))
    assert sorted(clip for clip in given if clip) == clips
    assert given.count(None) == 2


@pytest.mark.slow
def test_twin_without_claims_all_eight_get_the_first_one(relay, town):
    clips = [town.has_clip() for _ in range(6)]
    assert _rush(relay, 8, lambda person: queue.first(relay, "proryv80")) == [clips[0]] * 8


@pytest.mark.slow
def test_eight_moderators_empty_a_queue_and_nobody_judges_twice(relay, town):
    clips = [town.has_clip() for _ in range(40)]

    def works(person: str) -> int:
        done, clip = 0, give(relay, person)
        while clip is not None:
            desk.decide(relay, clip, Verdict.approve, person=person, seen=ClipState.awaiting, at_desk=True)
            done, clip = done + 1, give(relay, person, after=clip)
        return done

    assert sum(filter(None, _rush(relay, 8, works))) == len(clips)
    assert [len(town.decisions(clip)) for clip in clips] == [1] * len(clips)
