from __future__ import annotations

from datetime import timedelta

import pytest

from relay.board import waits
from relay.models import (
    Claim,
    ClipState,
    Doubt,
    HandIn,
    HandInState,
    LookState,
    MatchKind,
    Parking,
    Question,
    SecondLook,
    SourceState,
    Sweep,
    Verdict,
    VideoState,
)
from relay.ports import TokenUsage
from tests.fakes.source import FakeSource
from tests.moderation.town import OPENS


@pytest.mark.slow
def test_nothing_waits_where_nothing_is(region):
    found = region.board().waits
    assert {name: getattr(found, name) for name in found.__slots__} == dict.fromkeys(found.__slots__, 0)


@pytest.mark.slow
def test_what_waits(region, clock):
    clip = region.has_clip()
    region.has_clip(state=ClipState.later)
    region.has_reader(doubt=Doubt.post)
    region.has_clip(match=MatchKind.near)
    region.video_of(region.has_reader(), state=VideoState.unavailable)
    region.video_of(region.has_reader(), state=VideoState.fetching)
    region.decided(clip, "Анна", OPENS)
    with region.relay.transaction() as session:
        soon = clock() + timedelta(minutes=5)
        session.add(Claim(clip_id=clip, person="Анна", since=clock(), until=soon))
        session.add(Claim(clip_id=clip + 1, person="Анна", since=OPENS, until=clock()))
        session.add(Question(clip_id=clip, asked_by="Анна", at=OPENS))
        session.add(Question(clip_id=clip, asked_by="Анна", at=OPENS, answered_at=OPENS))
        looks = {"clip_id": clip, "decision_id": 1, "first_by": "Анна", "first": Verdict.approve, "at": OPENS}
        session.add_all([SecondLook(**looks), SecondLook(**looks, state=LookState.agreed)])
        words = {"campaign_id": region.campaign_id, "created_at": OPENS}
        session.add(HandIn(number="1", link_hash="1", state=HandInState.waiting, **words))
        session.add(HandIn(number="2", link_hash="2", state=HandInState.begun, **words))
    found = region.board().waits
    assert found == waits.BoardWaits(
        awaiting=2, later=1, claimed=1, looks=1, questions=1, returned=0, mended=0, doubtful=1, near=1, coming=1,
        stuck=1, hand_ins=1,
    )  # fmt: skip


@pytest.mark.slow
def test_sources_that_are_not_simply_read_are_told_with_their_reason(region):
    region.reads("vk:club1")
    closed = region.reads(
        "vk:club2", state=SourceState.attention, reason="The community is closed.", district="Лужский"
    )
    failing = region.reads("vk:club3", failures=3)
    region.reads("vk:club4", state=SourceState.paused)
    with region.relay.transaction() as session:
        span = {"covers_from": OPENS, "covers_to": OPENS, "started_at": OPENS}
        for hour, complete in ((1, True), (2, True), (3, False)):
            session.add(Sweep(source_id=closed, finished_at=OPENS + timedelta(hours=hour), complete=complete, **span))
    health = region.board().sources
    assert health.states == {"active": 2, "attention": 1, "paused": 1}
    assert [(source.id, source.failures) for source in health.ill] == [(failing, 3), (closed, 0)]
    assert health.ill[1].last_sweep == "2023-01-11T02:00:00+03:00"
    assert health.ill[1].reason == "The community is closed."


class Counting(FakeSource):
    def tokens(self) -> list[TokenUsage]:
        return [
            TokenUsage("one", {"wall.get": (120, 5000)}),
            TokenUsage("two", {"wall.get": (7, 5000), "x": (1, None)}),
        ]


def test_quotas_of_the_networks_that_are_read(region, clock, monkeypatch):
    monkeypatch.setitem(region.relay.sources, "vk", Counting())
    monkeypatch.setitem(region.relay.sources, "ok", Counting("ok"))
    region.reads("vk:club1")
    until = clock() + timedelta(hours=1)
    with region.relay.transaction() as session:
        session.add(Parking(key="vk:two:wall.get", reason="The day's quota is spent.", until=until))
    assert region.board().quotas == [
        waits.BoardQuota("vk", "wall.get", 127, 10_000, "2023-01-12T13:00:00+03:00"),
        waits.BoardQuota("vk", "x", 1, None, None),
    ]
