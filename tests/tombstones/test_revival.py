from __future__ import annotations

import pytest
from sqlmodel import select

from relay.models import ClipState, Doubt, Erasure, ErasureCause, Sighting, Verdict, Video
from relay.tombstones import revival, stones
from relay.tombstones.stones import Name


@pytest.mark.slow
@pytest.mark.parametrize("how", ["bytes", "video", "post"])
def test_a_restored_clip_that_a_tombstone_knows_is_withdrawn_at_once(relay, town, key, clock, how) -> None:
    clip, other = town.has_clip(state=ClipState.approved), town.has_clip(state=ClipState.approved)
    with relay.reading() as session:
        video = session.get_one(Video, town.clip(clip).video_id)
    name = {
        "bytes": Name.of_bytes(town.sha256(clip)),
        "video": Name.of_video(video.network, video.owner_id, video.video_id),
        "post": Name.of_post("vk", "101", "1"),
    }[how]
    with relay.transaction() as session:
        stones.put(session, key, [name], erasure="E-000-000-001", at=clock())
        assert revival.hold_back(session, key, clock()) == [clip]
        assert revival.hold_back(session, key, clock()) == []
    assert (town.clip(clip).state, town.clip(other).state) == (ClipState.withdrawn, ClipState.approved)
    assert [decision.verdict for decision in town.decisions(clip)] == [Verdict.withdraw]
    with relay.reading() as session:
        (erasure,) = session.exec(select(Erasure)).all()
    assert (erasure.number, erasure.cause, erasure.sha256) == (
        "E-000-000-001", ErasureCause.restored, town.sha256(clip),
    )  # fmt: skip
    assert erasure.done_at is None


@pytest.mark.slow
def test_without_tombstones_the_restored_clip_is_back(relay, town, key, clock) -> None:
    clip = town.has_clip(state=ClipState.approved)
    with relay.transaction() as session:
        assert revival.hold_back(session, key, clock()) == []
    assert town.clip(clip).state is ClipState.approved


def test_a_post_that_carries_other_videos_too_takes_none_of_them_along(relay, town, key, clock) -> None:
    clip, other = town.has_clip(), town.has_clip()
    with relay.transaction() as session:
        session.add(Sighting(post_id=1, video_id=town.clip(other).video_id, position=1))
        session.flush()
        names = revival.names_of(session, town.clip(clip))
        assert Name.of_post("vk", "101", "1") not in names
        stones.put(session, key, names, erasure="E-1", at=clock())
        assert revival.hold_back(session, key, clock()) == [clip]


@pytest.mark.slow
def test_without_a_file_of_tombstones_everything_waits_for_a_person(relay, town, clock) -> None:
    states = [ClipState.approved, ClipState.awaiting, ClipState.rejected, ClipState.withdrawn]
    clips = [town.has_clip(state=state) for state in states]
    with relay.transaction() as session:
        assert revival.hold_all(session, clock()) == 2
    doubts = [town.clip(clip).doubt for clip in clips]
    assert doubts == [Doubt.restored, Doubt.restored, Doubt.none, Doubt.none]


@pytest.mark.slow
def test_numbers_of_erasures_are_like_nothing_else_and_differ(relay) -> None:
    with relay.reading() as session:
        made = {revival.new_number(session) for _ in range(50)}
    assert len(made) == 50
    assert all(len(number) == 13 and number.startswith("E-") for number in made)
