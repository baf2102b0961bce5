"""The walk over everything that was made of a clip, on files that are only words; real ones: test_drill.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from relay.almanac.delivery import versions
from relay.almanac.plan import queries
from relay.erasure import certificate, places, taking_back, walk
from relay.erasure.target import ErasureTarget, Removed
from relay.erasure.walk import ErasureStep
from relay.errors import NotShown, ToolFailed
from relay.models import (
    Caption,
    Clip,
    ClipState,
    Decision,
    Erasure,
    ErasureCause,
    Event,
    Inspection,
    RecordingPrint,
    Render,
    Segment,
    Tombstone,
    Verdict,
    VideoState,
)
from relay.moderation import withdrawal
from relay.tombstones import file
from relay.tombstones.entrance import is_kept_out, key_of
from relay.tombstones.stones import Name
from tests.erasure.scene import FILM, LaidOut

pytestmark = pytest.mark.slow
WHY = "she asked by telephone"


class Killed(BaseException):
    """As a kill: nothing catches it."""


def withdrawn(laid_out: LaidOut) -> list[int]:
    withdrawal.withdraw(laid_out.relay, laid_out.clip, reason=WHY, person="olga")
    return walk.due(laid_out.relay)


def rows(relay, table):
    with relay.reading() as session:
        return session.exec(select(table)).all()


def test_nothing_of_it_is_left_anywhere(relay, laid_out: LaidOut) -> None:
    before = laid_out.leftovers()
    assert len(before) > 25, "else this test looks for nothing"
    assert taking_back.withdraw(relay, laid_out.clip, reason=WHY, person="olga") == [laid_out.clip]
    assert laid_out.leftovers() == []
    assert [row.done_at for row in rows(relay, Erasure)] == [relay.now()]


@pytest.mark.parametrize("without", places.PLACES)
def test_the_scan_finds_what_a_walk_without_a_place_leaves(relay, laid_out: LaidOut, monkeypatch, without) -> None:
    """The twin of the test above, for each place."""
    if without == "old databases" and relay.store.path is None:
        pytest.skip("no copies are made of a database on a server")
    monkeypatch.setattr(walk, "PLACES", {name: place for name, place in places.PLACES.items() if name != without})
    taking_back.withdraw(relay, laid_out.clip, reason=WHY, person="olga")
    assert laid_out.leftovers() != []


def test_what_is_of_others_stays(relay, laid_out: LaidOut) -> None:
    taking_back.withdraw(relay, laid_out.clip, reason=WHY, person="olga")
    for key in ("originals/{}", "posters/{}.jpg", "storyboards/{}.jpg", "proxies/{}.mp4"):
        assert relay.media.has(key.format(laid_out.stays))
    assert len(list(relay.folder("looks").glob(f"{laid_out.stays}*"))) == 3
    assert [path.name[:64] for path in relay.folder("shots", "faces").iterdir()] == [laid_out.stays]
    with relay.reading() as session:
        assert versions.film(relay, versions.version(relay, session, *FILM).row).name == "proryv80_film-v2.mp4"


def test_versions_that_show_it_are_closed_by_their_manifests_and_not_by_the_plan(relay, laid_out: LaidOut) -> None:
    with relay.transaction() as session:  # it was left out of the plan since
        session.delete(session.exec(select(Segment).where(Segment.clip_id == laid_out.clip)).one())
    taking_back.withdraw(relay, laid_out.clip, reason=WHY, person="olga")
    closed = {row.version: row.closed_at is not None for row in rows(relay, Render)}
    assert closed == {1: True, 2: False}
    with relay.reading() as session, pytest.raises(NotShown, match="not shown any more"):
        versions.version(relay, session, *FILM, 1)
    assert [row.version for row in queries.show(relay, *FILM).renders] == [2]


def test_plans_lose_it_at_once_and_it_is_fetched_no_more(relay, laid_out: LaidOut) -> None:
    withdrawn(laid_out)
    assert [one.clip for one in queries.show(relay, *FILM).segments] == [laid_out.other]
    (video,) = laid_out.videos()
    assert video.state is VideoState.fetched, "what was counted stays true"
    assert is_kept_out(relay, Name.of_bytes(laid_out.sha256))
    assert is_kept_out(relay, Name.of_video(video.network, video.owner_id, video.video_id))


def test_the_record_keeps_that_it_was_there_and_not_what_it_was(relay, laid_out: LaidOut) -> None:
    taking_back.withdraw(relay, laid_out.clip, reason=WHY, person="olga")
    clip = laid_out.town.clip(laid_out.clip)
    assert clip.state is ClipState.withdrawn
    with relay.reading() as session:
        look = session.get_one(Inspection, clip.sha256)
        decisions = session.exec(select(Decision.verdict).where(Decision.clip_id == clip.id)).all()
        told = [event.details for event in session.exec(select(Event).where(col(Event.subject) == "video"))]
    assert (look.poster, look.prints, look.bytes) == ("", None, 0)
    assert decisions == [Verdict.withdraw]
    assert told[0]["sha256"] == clip.sha256 != laid_out.sha256
    assert rows(relay, Caption) == rows(relay, RecordingPrint) == []


STEPS = [step for step in ErasureStep if step is not ErasureStep.places]


@pytest.mark.parametrize("at", [*STEPS, *places.PLACES])
def test_killed_at_any_step_it_goes_on_and_loses_nothing(relay, laid_out: LaidOut, at: str) -> None:
    waiting = withdrawn(laid_out)

    def dies(step: ErasureStep, place: str) -> None:
        if at in (step, place):
            raise Killed

    with pytest.raises(Killed):
        walk.carry_out(relay, waiting, on_step=dies)
    assert walk.due(relay) == waiting
    assert walk.carry_out(relay, waiting) == []
    assert laid_out.leftovers() == []
    assert walk.due(relay) == []
    shown = certificate.of_clip(relay, laid_out.clip)
    assert [film.version for film in shown.films] == [1]
    assert shown.removed["originals"] == 1
    assert len(rows(relay, Erasure)) == 1


@pytest.mark.parametrize("place", places.PLACES)
def test_killed_right_after_a_place_it_goes_on(relay, laid_out: LaidOut, monkeypatch, place: str) -> None:
    def dies_after(relay, target: ErasureTarget, removed: Removed, do: Callable = places.PLACES[place]) -> bool:
        do(relay, target, removed)
        raise Killed

    waiting = withdrawn(laid_out)
    monkeypatch.setattr(walk, "PLACES", {**places.PLACES, place: dies_after})
    with pytest.raises(Killed):
        walk.carry_out(relay, waiting)
    monkeypatch.setattr(walk, "PLACES", places.PLACES)
    assert walk.carry_out(relay, waiting) == []
    assert laid_out.leftovers() == []


def test_done_twice_it_is_done_once(relay, laid_out: LaidOut) -> None:
    waiting = withdrawn(laid_out)
    walk.carry_out(relay, waiting)
    first = certificate.of_clip(relay, laid_out.clip)
    walk.carry_out(relay, waiting)
    assert taking_back.withdraw(relay, laid_out.clip, reason=WHY, person="olga") == [laid_out.clip]
    assert certificate.of_clip(relay, laid_out.clip) == first
    assert len([row for row in rows(relay, Event) if row.what == "erased"]) == 1


def test_what_fails_is_noted_and_done_by_the_worker(relay, laid_out: LaidOut, monkeypatch) -> None:
    def fails(*_words: object) -> bool:
        raise ToolFailed("The disk does not answer.")

    monkeypatch.setattr(walk, "PLACES", {**places.PLACES, "vault": fails})
    taking_back.withdraw(relay, laid_out.clip, reason=WHY, person="olga")
    (row,) = rows(relay, Erasure)
    assert (row.tries, row.trouble, row.done_at) == (1, "The disk does not answer.", None)
    monkeypatch.setattr(walk, "PLACES", places.PLACES)
    assert taking_back.tend(relay) == 1
    assert laid_out.leftovers() == []
    assert (taking_back.tend(relay), rows(relay, Erasure)[0].trouble) == (0, "")


def test_the_same_file_in_another_campaign_goes_with_it(relay, laid_out: LaidOut) -> None:
    other = type(laid_out.town)(relay, "other")
    with relay.transaction() as session:
        mine = session.get_one(Clip, laid_out.clip)
        twin = Clip(
            campaign_id=other.campaign_id, sha256=mine.sha256, video_id=mine.video_id, state=ClipState.approved,
            created_at=relay.now(), published_at=relay.now(),
        )  # fmt: skip
        session.add(twin)
    assert taking_back.withdraw(relay, laid_out.clip, reason=WHY, person="olga") == [laid_out.clip, twin.id]
    assert laid_out.leftovers() == []
    assert {row.state for row in rows(relay, Clip) if row.id != laid_out.other} == {ClipState.withdrawn}
    assert [bool(row.done_at) for row in rows(relay, Erasure)] == [True, True]


def test_clips_that_were_withdrawn_before_there_were_erasures_get_theirs(relay, laid_out: LaidOut) -> None:
    with relay.transaction() as session:
        clip = session.get_one(Clip, laid_out.clip)
        clip.state = ClipState.withdrawn
        session.add(clip)
    assert taking_back.tend(relay) == 1
    assert laid_out.leftovers() == []
    assert (rows(relay, Erasure)[0].cause, rows(relay, Erasure)[0].person) == (ErasureCause.withdrawn, walk.OLDER)


def test_tombstones_lie_beside_the_backups_afterwards(relay, laid_out: LaidOut, tmp_path) -> None:
    beside = tmp_path / "backups"
    beside.mkdir()
    file.note_place(relay, beside)
    taking_back.withdraw(relay, laid_out.clip, reason=WHY, person="olga")
    known = {row.digest for row in rows(relay, Tombstone)}
    assert len(known) == 4  # bytes, video, post, recording
    assert {row.digest for row in file.read(beside / file.NAME, key_of(relay))} == known
