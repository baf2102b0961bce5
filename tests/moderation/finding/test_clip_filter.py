from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import col, select, update

from relay.models import (
    Clip,
    ClipState,
    ClipTag,
    ClipVideo,
    Consent,
    ConsentScope,
    Doubt,
    Quote,
    Sighting,
    Source,
    Spotting,
    TextOrigin,
    Verdict,
    Video,
)
from relay.moderation import desk
from relay.moderation.finding.clip_filter import Agreed, Came, ClipOrder, FrameShape, TextFrom

pytestmark = pytest.mark.slow  # the pages and the work on many reach most of it


@pytest.fixture
def changes(relay):
    def changed(clip, **values):
        with relay.transaction() as session:
            session.exec(update(Clip).where(col(Clip.id) == clip).values(**values))

    return changed


def test_each_filter_parts_the_clips(relay, town, changes, finds):
    """One clip has what is asked for, the other has not."""
    one = town.has_clip(name="Ольга", town="Мга", flags=("silent",), size=(720, 1280), duration=10, family=1)
    other = town.has_clip(town="Тосно", state=ClipState.approved, size=(720, 720), duration=60, flags=("quiet",))
    changes(other, origin=TextOrigin.family)
    changes(one, quote="Жди меня", district="Кировский", handed_in="123", doubt=Doubt.post)
    with relay.transaction() as session:
        session.exec(update(Video).where(col(Video.id) == 1).values(network="tg"))
        session.add(Quote(campaign_id=1, number="Жди меня", text="Жди меня, и я вернусь"))
        session.add(ClipTag(clip_id=one, tag="9 мая", person="a", at=relay.now()))
        source = Source(campaign_id=1, address="vk:club1", network="vk", created_at=relay.now())
        session.add(source)
        session.flush()
        post = session.exec(
            select(Sighting.post_id)
            .join(ClipVideo, ClipVideo.video_id == Sighting.video_id)
            .where(ClipVideo.clip_id == one)
        ).first()
        session.add(Spotting(post_id=post, source_id=source.id, at=relay.now()))
        for scope in (ConsentScope.refused, ConsentScope.film):
            session.add(Consent(clip_id=one, scope=scope, person="a", at=relay.now()))
    assert finds() == [one, other]
    asked = {
        "state": ((ClipState.awaiting,), (ClipState.approved,)),
        "network": (("tg",), ("vk",)),
        "district": (("Кировский",), ("-",)),
        "town": (("Мга", "Луга"), ("Тосно",)),
        "tag": (("9 мая",), ("-",)),
        "flag": (("silent", "black"), ("quiet",)),
        "shape": ((FrameShape.upright,), (FrameShape.square, FrameShape.wide)),
        "consent": ((Agreed.film,), (Agreed.unknown,)),
        "came": (Came.handed_in, Came.crawled),
        "text": (True, False),
        "named": (True, False),
        "quote": (("Жди меня",), ("-",)),
        "origin": ((TextFrom.selection,), (TextFrom.family, TextFrom.own)),
        "double": (True, False),
        "doubtful": (True, False),
        "max": (10.0, None),
        "min": (None, 10.5),
    }
    for name, (of_one, of_other) in asked.items():
        if of_one is not None:
            assert finds(**{name: of_one}) == [one], name
        if of_other is not None:
            assert finds(**{name: of_other}) == [other], name
    assert finds(source=(source.id,)) == [one]
    assert finds(origin=(TextFrom.unknown,)) == [], "one reads a text of the selection"
    assert finds(consent=(Agreed.refused,)) == [], "the newest consent counts"
    assert finds(town=("Мга",), named=False) == []
    assert finds(flag=("sil_nt",)) == [], "no sign stands for any other"


def test_days_of_publication_are_the_campaign_s(town, finds):
    first = town.has_clip()  # 2023-01-11 01:00 in Moscow, the day before in UTC
    for _ in range(30):
        last = town.has_clip()
    assert finds(since=date(2023, 1, 11), until=date(2023, 1, 11))[0] == first
    assert finds(until=date(2023, 1, 10)) == []
    assert finds(since=date(2023, 1, 12))[-1] == last


def test_who_decided_last_and_when(relay, town, clock, finds):
    one, other, third = (town.has_clip() for _ in range(3))
    desk.decide(relay, one, Verdict.approve, person="Анна", seen=ClipState.awaiting)
    desk.decide(relay, other, Verdict.later, person="Анна", seen=ClipState.awaiting)
    clock.moves(days=2)
    desk.decide(relay, other, Verdict.approve, person="Борис", seen=ClipState.later)
    desk.decide(relay, third, Verdict.approve, person="Анна", seen=ClipState.awaiting)
    desk.undo(relay, third, person="Анна")
    day = clock().date()
    assert (finds(by=("Анна",)), finds(by=("Борис",)), finds(by=("Анна", "Борис"))) == ([one], [other], [one, other])
    assert finds(decided_since=day) == [other], "what was taken back is not decided"
    assert finds(decided_until=day - timedelta(days=1)) == [one]
    assert finds(sort=ClipOrder.decided)[:2] != [one, other]


def test_every_order(town, changes, finds):
    one = town.has_clip(name="Яна", duration=5)
    other = town.has_clip(duration=50)
    third = town.has_clip(name="Анна", duration=20)
    assert finds(sort=ClipOrder.oldest) == [one, other, third]
    assert finds(sort=ClipOrder.newest) == [third, other, one]
    assert finds(sort=ClipOrder.longest) == [other, third, one]
    assert finds(sort=ClipOrder.shortest) == [one, third, other]
    assert finds(sort=ClipOrder.name) == [third, one, other], "nobody's name comes last"


def test_a_number_is_a_clip_s_own_or_a_word(town, finds):
    one = town.has_clip(text="1943 год")
    other = town.has_clip(text="Письмо")
    assert finds(q=str(other)) == finds(q=f"#{other}") == [other]
    assert finds(q="1943") == [one]
