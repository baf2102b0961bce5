from __future__ import annotations

import pytest
from sqlmodel import col, select

from relay.models import (
    Clip,
    ClipState,
    Erasure,
    ErasureCause,
    HandIn,
    HandInState,
    RecordingPrint,
    Tombstone,
    TombstoneKind,
    Video,
    VideoState,
    need_id,
)
from relay.tombstones import burial, stones
from relay.tombstones.stones import KEPT_OUT, Name, Recording
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


def buried(relay, key, clip: int, clock, person: str = "Анна") -> Erasure:
    with relay.transaction() as session:
        return burial.bury(
            session, key, session.get_one(Clip, clip), cause=ErasureCause.person, person=person, now=clock()
        )


def test_a_clip_is_taken_back_once_with_all_that_it_is_known_by(relay, town, key, clock) -> None:
    clip, other = town.has_clip(), town.has_clip()
    with relay.transaction() as session:
        for number, pictures in ((clip, b"hers"), (other, b"theirs")):
            sha256 = town.sha256(number)
            session.add(
                RecordingPrint(sha256=sha256, version=1, pictures=pictures, sounds=b"s", border=True, at=clock())
            )
    row = buried(relay, key, clip, clock)
    assert (row.clip_id, row.cause, row.person, row.asked_at) == (clip, ErasureCause.person, "Анна", clock())
    assert (row.sha256, row.digest) == (town.sha256(clip), Name.of_bytes(town.sha256(clip)).digest(key))
    clock.moves(days=1)
    again = buried(relay, key, clip, clock, "Борис")
    assert (again.id, again.person) == (row.id, "Анна")
    with relay.reading() as session:
        assert burial.of_clip(session, clip).number == row.number
        assert burial.of_clip(session, other) is None
        kinds = sorted(session.exec(select(Tombstone.kind)).all())
        assert kinds == sorted(["bytes", "video", "post", "recording"])
        assert {stone.erasure for stone in session.exec(select(Tombstone))} == {row.number}
        assert [one for _, one in stones.recordings(session, key)] == [Recording(b"hers", b"s", border=True)]
        video = session.get_one(Video, town.clip(clip).video_id)
        name = Name.of_video(video.network, video.owner_id, video.video_id)
        assert stones.keeps_out(session, key, [name]) is not None
        assert stones.keeps_out(session, key, [Name.of_bytes(town.sha256(other))]) is None


def test_its_videos_are_fetched_no_more_and_those_that_are_here_stay_so(relay, town, key, clock) -> None:
    clip, here, stranger = town.has_clip(), town.has_clip(), town.has_clip()
    words = {"state": VideoState.fetching, "lease_holder": "work", "lease_until": clock(), "next_try_at": clock()}
    with relay.transaction() as session:
        for number in (clip, stranger):
            session.get_one(Video, town.clip(number).video_id).sqlmodel_update(words)
    for number in (clip, here):
        buried(relay, key, number, clock)
    with relay.reading() as session:
        found = [session.get_one(Video, town.clip(number).video_id) for number in (clip, here, stranger)]
    gone, stays, fetching = found
    assert (gone.state, gone.reason, gone.next_try_at, gone.lease_holder, gone.lease_until) == (
        VideoState.refused, KEPT_OUT, None, "", None,
    )  # fmt: skip
    assert (stays.state, stays.reason) == (VideoState.fetched, "")
    assert (fetching.state, fetching.lease_holder) == (VideoState.fetching, "work")


def test_who_was_withdrawn_before_there_were_erasures_is_told_in_order(relay, town, key, clock) -> None:
    clips = [town.has_clip(state=state) for state in (ClipState.withdrawn, ClipState.rejected, ClipState.withdrawn)]
    with relay.reading() as session:
        assert [need_id(clip) for clip in burial.unburied(session)] == [clips[0], clips[2]]
    buried(relay, key, clips[0], clock)
    with relay.reading() as session:
        assert [need_id(clip) for clip in burial.unburied(session)] == [clips[2]]


def test_the_same_file_in_other_campaigns_is_several_clips(relay, town, clock) -> None:
    first, other = town.clip(town.has_clip()), Town(relay, "other")
    with relay.transaction() as session:
        twin = Clip(
            campaign_id=other.campaign_id, sha256=first.sha256, video_id=first.video_id, created_at=clock(),
            published_at=clock(),
        )  # fmt: skip
        session.add(twin)
    town.has_clip()
    with relay.reading() as session:
        assert [need_id(clip) for clip in burial.same_bytes(session, first)] == [first.id, twin.id]


def test_a_hand_in_that_is_taken_back_is_known_by_its_receipt_and_its_file_may_come_again(
    relay, town, key, clock
) -> None:
    with relay.transaction() as session:
        row = HandIn(
            campaign_id=town.campaign_id, number="1-1", link_hash="x" * 64, state=HandInState.waiting,
            created_at=clock(),
        )  # fmt: skip
        session.add(row)
        burial.bury_receipt(session, key, row, clock())
    with relay.reading() as session:
        (stone,) = session.exec(select(Tombstone).order_by(col(Tombstone.id))).all()
        assert (stone.kind, stone.erasure, stone.at) == (TombstoneKind.post, "", clock())
        assert stones.keeps_out(session, key, [Name.of_receipt("x" * 64)]) is not None
        assert stones.keeps_out(session, key, [Name.of_receipt("y" * 64)]) is None
