from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.erasure import target
from relay.erasure.target import Removed
from relay.models import Clip, Erasure, ErasureCause, HandIn, HandInState
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


def erasure(relay: Relay, clip: int, sha256: str, digest: str) -> int:
    with relay.transaction() as session:
        row = Erasure(
            number="E-1", clip_id=clip, cause=ErasureCause.withdrawn, sha256=sha256, digest=digest, asked_at=relay.now()
        )
        session.add(row)
        session.flush()
        return row.id or 0


def test_removed_files_are_counted_by_place_with_their_bytes_and_what_is_gone_is_none(tmp_path: Path) -> None:
    removed = Removed()
    inner = tmp_path / "work" / "a" / "b"
    inner.mkdir(parents=True)
    for path, size in ((tmp_path / "one", 3), (tmp_path / "two", 5), (inner / "three", 7), (inner.parent / "four", 11)):
        path.write_bytes(b"x" * size)
    removed.file("looks", tmp_path / "one")
    removed.file("looks", tmp_path / "one")
    removed.file("stills", tmp_path / "two")
    removed.folder("work", tmp_path / "work")
    removed.folder("work", tmp_path / "work")
    assert (removed.files, removed.bytes) == ({"looks": 1, "stills": 1, "work": 2}, 26)
    assert list(tmp_path.iterdir()) == []


def test_a_target_is_all_that_stands_on_the_bytes_of_every_campaign(relay: Relay) -> None:
    town, other = Town(relay), Town(relay, "other")
    clip, stranger = town.has_clip(), town.has_clip()
    with relay.transaction() as session:
        mine = session.get_one(Clip, clip)
        words = {"video_id": mine.video_id, "created_at": relay.now(), "published_at": relay.now()}
        session.add(Clip(campaign_id=other.campaign_id, sha256=mine.sha256, **words))
        for number, video in (("1-1", mine.video_id), ("2-2", town.clip(stranger).video_id), ("3-3", None)):
            session.add(
                HandIn(
                    campaign_id=town.campaign_id, number=number, link_hash=number, state=HandInState.taken_in,
                    video_id=video, created_at=relay.now(),
                )
            )  # fmt: skip
    number = erasure(relay, clip, town.sha256(clip), "digest")
    with relay.reading() as session:
        found = target.load(session, session.get_one(Erasure, number))
        twin = session.exec(select(Clip.id).where(Clip.campaign_id == other.campaign_id)).one()
    assert (found.number, found.erasure_id, found.sha256, found.digest) == ("E-1", number, town.sha256(clip), "digest")
    assert found.clips == {clip, twin}
    assert found.videos == {town.clip(clip).video_id}
    assert found.hand_ins == {1}


def test_once_its_rows_are_done_it_is_found_by_what_has_taken_the_place_of_its_hash(relay: Relay) -> None:
    town = Town(relay)
    clip = town.has_clip()
    number = erasure(relay, clip, "", town.sha256(clip))
    with relay.reading() as session:
        found = target.load(session, session.get_one(Erasure, number))
    assert (found.sha256, found.clips) == ("", {clip})
    assert found.hand_ins == frozenset()


def test_what_was_removed_adds_up_in_the_row(relay: Relay) -> None:
    clip = Town(relay).has_clip()
    number = erasure(relay, clip, "a" * 64, "d")

    def noted(removed: Removed) -> tuple[dict[str, int], int]:
        with relay.reading() as session:
            found = target.load(session, session.get_one(Erasure, number))
        target.note(relay, found, removed)
        with relay.reading() as session:
            row = session.get_one(Erasure, number)
            return row.removed, row.bytes

    first = Removed(bytes=7)
    first.files["looks"] = 2
    assert noted(first) == ({"looks": 2}, 7)
    second = Removed(bytes=5)
    second.files.update({"looks": 1, "work": 1})
    assert noted(second) == ({"looks": 3, "work": 1}, 12)
    assert noted(Removed(bytes=99)) == ({"looks": 3, "work": 1}, 12), "bytes of no file"
