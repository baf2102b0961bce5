from __future__ import annotations

import pytest
from sqlmodel import update

from relay.models import Clip, ClipState
from relay.moderation import desk
from relay.moderation.finding import clips as finding
from relay.search import counting
from relay.search.counting import CountMemory
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


class StillClock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def seconds(relay) -> StillClock:
    """Of a memory that takes two clips for few."""
    made = StillClock()
    with relay.reading() as session:
        counting.remember(session, CountMemory(cap=2, good_for=20.0, clock=made))
    return made


@pytest.fixture
def town(relay) -> Town:
    return Town(relay)


def awaiting(relay) -> int:
    return desk.counts(relay, "proryv80")["awaiting"]


def test_few_are_counted_each_time(relay, town, seconds):
    seen = []
    for _ in range(2):
        town.has_clip()
        seen.append(awaiting(relay))
    assert seen == [1, 2]


def test_many_are_shown_as_they_were_a_moment_ago_and_then_counted_again(relay, town, seconds):
    for _ in range(3):
        town.has_clip()
    assert awaiting(relay) == 3
    town.has_clip()
    seconds.at += 19.9
    assert awaiting(relay) == 3
    seconds.at += 0.2
    assert awaiting(relay) == 4


def test_what_has_become_few_is_exact_again(relay, town, seconds):
    for _ in range(4):
        town.has_clip()
    assert awaiting(relay) == 4
    with relay.transaction() as session:
        session.exec(update(Clip).where(Clip.id < 4).values(state=ClipState.approved))
    assert awaiting(relay) == 4
    seconds.at += 20.1
    assert desk.counts(relay, "proryv80") == {
        "awaiting": 1, "approved": 3, "rejected": 0, "later": 0, "withdrawn": 0
    }  # fmt: skip
    with relay.transaction() as session:
        session.exec(update(Clip).where(Clip.id == 4).values(state=ClipState.later))
    assert awaiting(relay) == 0, "one state is remembered, another one is not"


def test_one_campaign_is_not_told_the_numbers_of_another(relay, town, seconds):
    for _ in range(3):
        town.has_clip()
    other = Town(relay, "other")
    other.number = 10
    other.has_clip()
    assert (awaiting(relay), desk.counts(relay, "other")["awaiting"]) == (3, 1)


def test_what_there_is_to_filter_by_is_looked_for_each_time_only_while_clips_are_few(relay, town, seconds):
    def towns() -> list[str]:
        return finding.choices(relay, "proryv80").towns

    town.has_clip(town="Луга")
    assert towns() == ["Луга"]
    town.has_clip(town="Мга")
    assert towns() == ["Луга", "Мга"]
    town.has_clip(town="Тосно")
    assert towns() == ["Луга", "Мга", "Тосно"]
    town.has_clip(town="Волхов")
    assert towns() == ["Луга", "Мга", "Тосно"]
    seconds.at += 20.1
    assert towns() == ["Волхов", "Луга", "Мга", "Тосно"]
