"""The lease of a fetch: lost while the file is looked at, ended by the program's stop, read by a clock that was set.

What `_welcome`, `_postpone` and `_end` write is decided by the lease alone; here it is lost after the last renewal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import DiskFull, Interrupted, NotYet
from relay.intake import breaker, due, fetch, leases
from relay.models import Event, Finding, Inspection, Parking, Video, VideoState
from relay.ports import Fetched, Progress
from relay.upkeep import health
from tests.fakes.clock import FakeClock
from tests.fakes.fetcher import FakeFetcher
from tests.intake.scene import Scene

URL = "https://vk.com/video7_1"


@pytest.fixture
def scene(relay: Relay, tmp_path: Path) -> Scene:
    return Scene(relay, tmp_path)


@pytest.fixture
def fetcher(relay: Relay) -> FakeFetcher:
    assert isinstance(relay.fetcher, FakeFetcher)
    return relay.fetcher


@pytest.fixture
def video(scene: Scene) -> int:
    video = scene.video()
    scene.post(scene.campaign(), video)
    return video


def events(relay: Relay) -> list[str]:
    with relay.reading() as session:
        return list(session.exec(select(Event.what).where(Event.subject == "video")))


def while_it_is_looked_at(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    look = fetch.inspect

    def looks(relay: Relay, sha256: str) -> Inspection:
        happens()
        return look(relay, sha256)

    monkeypatch.setattr(fetch, "inspect", looks)


# Lost while nothing can be renewed


@pytest.mark.slow
def test_who_lost_the_lease_during_the_look_makes_no_clip(
    relay: Relay, scene: Scene, fetcher: FakeFetcher, video: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetcher.has(URL, scene.film())
    while_it_is_looked_at(monkeypatch, lambda: scene.holds(video, "elsewhere-2/y", minutes=30))
    left = fetch.fetch_video(relay, video)
    assert (left.state, left.lease_holder, left.sha256) == (
        VideoState.fetching,
        "elsewhere-2/y",
        hashlib.sha256(b"a film").hexdigest(),
    )
    assert scene.clips() == []
    assert events(relay) == []


@pytest.mark.slow
def test_without_that_guard_it_makes_one_beside_the_other(
    relay: Relay, scene: Scene, fetcher: FakeFetcher, video: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetcher.has(URL, scene.film())
    while_it_is_looked_at(monkeypatch, lambda: scene.holds(video, "elsewhere-2/y", minutes=30))

    def whoever_holds_it(session: Session, video_id: int, _holder: str, **values: object) -> bool:
        session.exec(update(Video).where(col(Video.id) == video_id).values(**values))
        return True

    monkeypatch.setattr(fetch, "release", whoever_holds_it)
    fetch.fetch_video(relay, video)
    assert len(scene.clips()) == 1
    assert events(relay) == ["fetched"]


@pytest.mark.slow
@pytest.mark.parametrize("finding", [Finding.refused, Finding.review, Finding.accepted])
def test_whatever_the_look_finds_the_other_one_s_word_counts(
    relay: Relay, scene: Scene, fetcher: FakeFetcher, video: int, monkeypatch: pytest.MonkeyPatch, finding: Finding
) -> None:
    fetcher.has(URL, scene.film(finding=finding, reason="This file is not a video."))
    while_it_is_looked_at(monkeypatch, lambda: scene.holds(video, "elsewhere-2/y", minutes=30))
    if finding is Finding.refused:
        with pytest.raises(Interrupted):
            fetch.fetch_video(relay, video)
    else:
        fetch.fetch_video(relay, video)
    assert scene.state(video).lease_holder == "elsewhere-2/y"
    assert (scene.clips(), events(relay)) == ([], [])


# The program stops


class Half(FakeFetcher):
    """Writes a part of the file, and then there is trouble."""

    def __init__(self, trouble: Exception) -> None:
        super().__init__()
        self.trouble, self.found = trouble, list[str]()

    def fetch(self, url: str, folder: Path, *, progress: Progress | None = None) -> Fetched:
        self.found = sorted(path.name for path in folder.iterdir())
        (folder / "video.mp4.part").write_bytes(b"half")
        raise self.trouble


@pytest.mark.slow
@pytest.mark.parametrize("trouble", [Interrupted("yt-dlp was stopped."), DiskFull("Full.", hint="Free some.")])
def test_what_came_before_the_program_stopped_is_gone_on_with(
    relay: Relay, scene: Scene, video: int, trouble: Exception
) -> None:
    half = Half(trouble)
    relay = replace(relay, fetcher=half)
    for found in ([], ["video.mp4.part"]):
        with pytest.raises(type(trouble)):
            fetch.fetch_video(relay, video)
        assert half.found == found
    assert (relay.folder("work") / f"fetch-{video}" / "video.mp4.part").read_bytes() == b"half"
    left = scene.state(video)
    assert (left.state, left.attempts, left.lease_holder) == (VideoState.found, 0, "")


@pytest.mark.slow
def test_after_a_try_that_failed_the_next_one_goes_on_with_its_part(
    relay: Relay, scene: Scene, video: int, clock: FakeClock
) -> None:
    half = Half(NotYet("The network does not answer."))
    relay = replace(relay, fetcher=half)
    fetch.fetch_video(relay, video)
    clock.moves(minutes=2)
    fetch.fetch_video(relay, video)
    assert half.found == ["video.mp4.part"]


# How long it lasts


@pytest.mark.slow
def test_a_download_renews_its_lease_once_a_minute(
    relay: Relay, scene: Scene, fetcher: FakeFetcher, clock: FakeClock, video: int
) -> None:
    fetcher.has(URL, scene.film())
    ends = []

    def goes_on(_share: float) -> None:
        clock.moves(seconds=40)
        until = scene.state(video).lease_until
        assert until is not None
        ends.append(until - clock())

    fetch.fetch_video(relay, video, progress=goes_on)
    assert ends == [fetch.LEASE - timedelta(seconds=40), fetch.LEASE - timedelta(seconds=80)]


@pytest.mark.slow
@pytest.mark.parametrize(("apart", "renewed"), [(59, False), (60, True), (61, True), (-3600, True), (-59, False)])
def test_when_it_is_renewed(
    relay: Relay, scene: Scene, fetcher: FakeFetcher, clock: FakeClock, video: int, apart: int, renewed: bool
) -> None:
    """After a minute; and at once when the clock was set back by more than that."""
    fetcher.has(URL, scene.film())
    with leases.attempt(relay, video) as lease:
        assert lease is not None
        before = scene.state(video).lease_until
        clock.moves(seconds=apart)
        lease.renew(now=False)
    assert (scene.state(video).lease_until != before) is renewed


def test_the_look_has_the_longest_lease(
    relay: Relay, scene: Scene, fetcher: FakeFetcher, clock: FakeClock, video: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetcher.has(URL, scene.film())
    seen = []
    while_it_is_looked_at(monkeypatch, lambda: seen.append(scene.state(video).lease_until))
    fetch.fetch_video(relay, video)
    assert seen == [clock() + timedelta(hours=4)]


def test_the_doctor_and_the_watch_know_how_long_a_lease_and_a_block_may_last() -> None:
    """They stand beside the stages and import none of them."""
    from relay.collect import ingest

    assert health.LONGEST_LEASE == fetch.LOOKING_LEASE
    assert due.BLOCKED == ingest.LOOK_AGAIN


@pytest.mark.slow
@pytest.mark.parametrize(
    ("minutes", "free"), [(-1, True), (0, True), (1, False), (30, False), (240, False), (242, True), (24 * 60, True)]
)
def test_a_lease_that_is_over_or_longer_than_any_is_taken_back(
    relay: Relay, scene: Scene, video: int, minutes: int, free: bool
) -> None:
    scene.holds(video, "elsewhere-1/x", minutes=minutes)
    assert fetch.reclaim(relay) == ([video] if free else [])
    assert scene.state(video).state is (VideoState.found if free else VideoState.fetching)


@pytest.mark.slow
def test_a_lease_without_an_end_is_over(relay: Relay, scene: Scene, video: int) -> None:
    scene.holds(video, "elsewhere-1/x", minutes=1)
    with relay.transaction() as session:
        row = session.get_one(Video, video)
        row.lease_until = None
        session.add(row)
    assert fetch.reclaim(relay) == [video]


@pytest.mark.slow
@pytest.mark.parametrize(("attempts", "state"), [(7, VideoState.found), (8, VideoState.unavailable)])
def test_the_eighth_fetch_that_did_not_end_is_the_last_for_a_day(
    relay: Relay, scene: Scene, video: int, attempts: int, state: VideoState, clock: FakeClock
) -> None:
    scene.holds(video, "elsewhere-1/x", minutes=-1, attempts=attempts)
    fetch.reclaim(relay)
    left = scene.state(video)
    assert (left.state, left.next_try_at) == (state, clock() + timedelta(days=1) if attempts == 8 else None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("jump", "others"),
    [({"minutes": -5}, 1), ({"hours": -2}, 1), ({"days": -1}, 1), ({"hours": 2}, 0), ({"days": 3}, 1)],
)
def test_who_lives_keeps_its_videos_over_a_jump(
    relay: Relay, scene: Scene, clock: FakeClock, jump: dict[str, float], others: int
) -> None:
    campaign = scene.campaign()
    mine, looked_at, other = (scene.video() for _ in range(3))
    for number in (mine, looked_at, other):
        scene.post(campaign, number)
    scene.holds(mine, "test/a", minutes=30)
    scene.holds(looked_at, "test/b", minutes=240)
    scene.holds(other, "testing-2/c", minutes=240)
    clock.moves(**jump)
    with leases.at_work("test/a"), leases.at_work("test/b"):
        fetch.reset_lease_ends(relay)
        assert fetch.reclaim(relay) == [other] * others


@pytest.mark.slow
def test_without_that_the_next_look_takes_them_away(relay: Relay, scene: Scene, clock: FakeClock, video: int) -> None:
    scene.holds(video, "test/a", minutes=240)
    clock.moves(minutes=-5)
    with leases.at_work("test/a"):
        assert fetch.reclaim(relay) == [video]


# When it is tried again


@pytest.mark.slow
@pytest.mark.parametrize(
    ("attempts", "minutes"), [(0, 60), (1, 2), (2, 5), (3, 15), (4, 45), (5, 120), (6, 360), (7, 1440), (9, 1440)]
)
def test_a_try_that_is_put_off_for_longer_than_it_can_be_is_due(
    relay: Relay, scene: Scene, clock: FakeClock, video: int, attempts: int, minutes: int
) -> None:
    for ahead, is_due in ((-1, True), (0, True), (minutes - 1, False), (minutes, False), (minutes + 2, True)):
        with relay.transaction() as session:
            row = session.get_one(Video, video)
            row.state, row.attempts = VideoState.unavailable, attempts
            row.next_try_at = clock() + timedelta(minutes=ahead)
            session.add(row)
        assert (fetch.waiting(relay) == [video]) is is_due, ahead


@pytest.mark.parametrize("attempts", range(1, 9))
def test_the_pauses_grow_to_a_day(relay: Relay, attempts: int) -> None:
    pause = due.next_try(attempts, relay.now()) - relay.now()
    assert pause == timedelta(minutes=[2, 5, 15, 45, 120, 360, 1440, 1440][attempts - 1])


@pytest.mark.slow
@pytest.mark.parametrize("jump", [timedelta(minutes=-5), timedelta(hours=-2), timedelta(days=-1)])
def test_after_a_clock_that_was_set_back_a_failed_video_waits_no_longer_than_its_pause(
    relay: Relay, scene: Scene, fetcher: FakeFetcher, clock: FakeClock, video: int, jump: timedelta
) -> None:
    fetcher.fails_once(URL)
    fetcher.has(URL, scene.film())
    fetch.fetch_video(relay, video)
    clock.at += jump
    clock.moves(minutes=2)
    assert fetch.waiting(relay) == [video]
    assert fetch.fetch_video(relay, video).state is VideoState.fetched


@pytest.mark.slow
@pytest.mark.parametrize(("minutes", "tried"), [(0, True), (1, False), (60, False), (62, True), (24 * 60, True)])
def test_a_network_rests_no_longer_than_it_can(
    relay: Relay, scene: Scene, clock: FakeClock, video: int, minutes: int, tried: bool
) -> None:
    with relay.transaction() as session:
        until = clock() + timedelta(minutes=minutes)
        session.add(Parking(key=breaker.key("vk"), reason="It broke.", until=until))
    assert fetch.waiting(relay) == ([video] if tried else [])
    with leases.attempt(relay, video) as lease:
        assert (lease is not None) is tried
