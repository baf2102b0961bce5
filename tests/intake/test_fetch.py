"""From a found video to a clip. The look at the file is done beforehand here; see test_inspect.py for the real one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from relay import processes
from relay.context import Relay
from relay.errors import DiskFull, Interrupted, NotFound, StorageDown
from relay.intake import clips, fetch
from relay.intake.clips import credit
from relay.models import Alert, CampaignState, ClipVideo, Finding, MatchKind, VideoState
from tests.fakes.clock import FakeClock
from tests.fakes.fetcher import FakeFetcher
from tests.intake.scene import Scene, some_prints
from tests.test_processes import a_child


@pytest.fixture
def fetcher(relay: Relay) -> FakeFetcher:
    assert isinstance(relay.fetcher, FakeFetcher)
    return relay.fetcher


def url(video_number: int) -> str:
    return f"https://vk.com/video7_{video_number}"


@pytest.mark.slow
def test_a_video_becomes_a_clip(relay: Relay, scene: Scene, fetcher: FakeFetcher) -> None:
    campaign, video = scene.campaign(), scene.video()
    scene.post(campaign, video, hours=-2)
    fetcher.has(url(1), scene.film(), title="Письмо деда")
    told: list[float] = []

    done = fetch.fetch_video(relay, video, progress=told.append)

    assert done.state is VideoState.fetched
    assert (done.title, done.lease_holder, done.attempts) == ("Письмо деда", "", 1)
    assert relay.media.local(f"originals/{done.sha256}").read_bytes() == b"a film"
    (clip,) = scene.clips()
    assert (clip.campaign_id, clip.sha256, clip.video_id, clip.name) == (campaign, done.sha256, video, "Анна Иванова")
    assert clip.published_at == relay.now() - timedelta(hours=2)
    assert clip.family is None
    assert told == [0.5, 1.0]
    assert not list((relay.settings.data_dir / "work").iterdir())


@pytest.mark.slow
def test_only_exact_matches_of_campaigns_that_run_are_due(relay: Relay, scene: Scene) -> None:
    running, draft = scene.campaign(), scene.campaign("later", CampaignState.draft)
    stopped = scene.campaign("over", CampaignState.stopped)
    ours, near, outside, early, late, _nobody = (scene.video() for _ in range(6))
    scene.post(running, ours)
    scene.post(running, ours)
    scene.post(running, near, kind=MatchKind.near)
    scene.post(running, outside, kind=MatchKind.outside)
    scene.post(draft, early)
    scene.post(stopped, late)

    assert fetch.waiting(relay) == [ours, late]
    assert fetch.waiting(relay, campaign_id=stopped) == [late]


@pytest.mark.slow
def test_what_is_not_due_is_left_alone(relay: Relay, scene: Scene, fetcher: FakeFetcher) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    scene.holds(video, "elsewhere-1/x", minutes=10)

    assert fetch.fetch_video(relay, video).state is VideoState.fetching
    assert fetcher.asked == []
    with pytest.raises(NotFound):
        fetch.fetch_video(relay, 999)


@pytest.mark.slow
def test_taking_in_twice_fetches_once(relay: Relay, scene: Scene, fetcher: FakeFetcher) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    fetcher.has(url(1), scene.film())

    fetch.fetch_video(relay, video)
    fetch.fetch_video(relay, video)

    assert len(fetcher.asked) == 1
    assert len(scene.clips()) == 1
    assert fetch.waiting(relay) == []


@pytest.mark.slow
def test_a_network_that_is_away_is_asked_again_later_and_later(
    relay: Relay, scene: Scene, fetcher: FakeFetcher, clock: FakeClock
) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    fetcher.is_down()
    pauses = []
    for _ in range(8):
        failed = fetch.fetch_video(relay, video)
        assert failed.state is VideoState.unavailable
        assert failed.reason == "The network does not answer."
        assert failed.next_try_at is not None
        assert fetch.waiting(relay) == []
        pauses.append((failed.next_try_at - relay.now()).total_seconds() / 60)
        clock.is_at(failed.next_try_at)
        assert fetch.waiting(relay) == [video]
    assert pauses == [2, 5, 15, 45, 120, 360, 1440, 1440]

    fetcher.recovers()
    fetcher.has(url(1), scene.film())
    assert fetch.fetch_video(relay, video).state is VideoState.fetched


@pytest.mark.slow
def test_a_deleted_video_is_gone_for_good(relay: Relay, scene: Scene, fetcher: FakeFetcher) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    fetcher.loses(url(1))

    done = fetch.fetch_video(relay, video)

    assert (done.state, done.reason) == (VideoState.gone, "The video was deleted or is private.")
    assert fetch.waiting(relay) == []
    assert scene.clips() == []


def test_a_refused_file_leaves_its_reason_and_nothing_else(relay: Relay, scene: Scene, fetcher: FakeFetcher) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    path = relay.folder("outside") / "picture.gif"
    path.write_bytes(b"GIF89a and so on")
    fetcher.has(url(1), path)

    done = fetch.fetch_video(relay, video)

    assert (done.state, done.reason) == (VideoState.refused, "This is an animated picture, not a video.")
    assert scene.clips() == []
    assert list(relay.media.list()) == []


@pytest.mark.slow
def test_a_web_page_instead_of_a_video_may_be_a_video_next_time(
    relay: Relay, scene: Scene, fetcher: FakeFetcher, clock: FakeClock
) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    page = relay.folder("outside") / "page"
    page.write_bytes(b"<!doctype html><title>429</title>")
    fetcher.has(url(1), page)

    for expected in (VideoState.unavailable, VideoState.unavailable, VideoState.refused):
        done = fetch.fetch_video(relay, video)
        assert done.state is expected
        clock.moves(days=1)
    assert done.reason == "This is a web page, not a video."


@pytest.mark.slow
@pytest.mark.parametrize("finding", Finding)
@pytest.mark.parametrize("measured", [True, False], ids=["measured", "unmeasured"])
def test_a_file_without_a_length_is_whole_only_when_the_look_says_so(
    relay: Relay, scene: Scene, fetcher: FakeFetcher, clock: FakeClock, finding: Finding, measured: bool
) -> None:
    """What was measured is judged at once; what may have been cut is fetched twice more before a person sees it."""
    video = scene.video()
    scene.post(scene.campaign(), video)
    fetcher.has(url(1), scene.film("half a film", finding=finding, reason="It ends early."))
    if not measured:
        fetcher.tells_no_length(url(1))
    ends = {
        Finding.accepted: VideoState.fetched,
        Finding.review: VideoState.fetched,
        Finding.refused: VideoState.refused,
    }
    seen = []
    for _ in range(3):
        seen.append(fetch.fetch_video(relay, video).state)
        clock.moves(days=1)
    doubtful = not measured and finding is not Finding.accepted
    assert seen == [*[VideoState.unavailable] * (2 * doubtful), *[ends[finding]] * (3 - 2 * doubtful)]
    assert len(fetcher.asked) == (3 if doubtful else 1)
    assert len(scene.clips()) == (finding is not Finding.refused)


def test_a_file_that_may_be_cut_says_so(relay: Relay, scene: Scene, fetcher: FakeFetcher) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    fetcher.has(url(1), scene.film("half a film", finding=Finding.review))
    fetcher.tells_no_length(url(1))
    assert "does not say how long the file is" in fetch.fetch_video(relay, video).reason


@pytest.mark.slow
def test_a_full_disk_costs_no_attempt_and_is_told(relay: Relay, scene: Scene, fetcher: FakeFetcher) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    fetcher.has_no_room()

    with pytest.raises(DiskFull):
        fetch.fetch_video(relay, video)

    left = scene.state(video)
    assert (left.state, left.attempts, left.lease_holder) == (VideoState.found, 0, "")
    assert fetch.waiting(relay) == [video]
    with relay.reading() as session:
        assert session.exec(select(Alert)).one().key == "disk"


@pytest.mark.slow
def test_while_the_object_store_is_down_a_video_waits_and_the_try_does_not_count(
    relay: Relay, scene: Scene, fetcher: FakeFetcher, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_down(_key: str, _path: object) -> None:
        raise StorageDown("There is no bucket {bucket}.", bucket="town")

    video = scene.video()
    scene.post(scene.campaign(), video)
    fetcher.has(url(1), scene.film())
    with monkeypatch.context() as patched:
        patched.setattr(relay.media, "put", is_down)
        with pytest.raises(StorageDown):
            fetch.fetch_video(relay, video)
    left = scene.state(video)
    assert (left.state, left.attempts, left.reason) == (VideoState.unavailable, 0, "There is no bucket town.")
    assert (left.lease_holder, fetch.waiting(relay)) == ("", [])
    clock.moves(minutes=2)
    assert fetch.waiting(relay) == [video]
    assert fetch.fetch_video(relay, video).state is VideoState.fetched


@pytest.mark.slow
def test_a_program_that_stops_leaves_the_video_due(relay: Relay, scene: Scene, fetcher: FakeFetcher) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    fetcher.fails_once(url(1), Interrupted("yt-dlp was stopped."))  # type: ignore[arg-type]

    with pytest.raises(Interrupted):
        fetch.fetch_video(relay, video)

    assert fetch.waiting(relay) == [video]
    fetcher.has(url(1), scene.film())
    assert fetch.fetch_video(relay, video).attempts == 1


@pytest.mark.slow
def test_the_same_bytes_in_two_videos_are_one_clip(relay: Relay, scene: Scene, fetcher: FakeFetcher) -> None:
    campaign, first, second = scene.campaign(), scene.video(), scene.video(author="Борис", author_id="8")
    scene.post(campaign, first, hours=-1)
    scene.post(campaign, second, hours=-5)
    for number in (1, 2):
        fetcher.has(url(number), scene.film())

    fetch.fetch_video(relay, first)
    fetch.fetch_video(relay, second)

    (clip,) = scene.clips()
    assert clip.published_at == relay.now() - timedelta(hours=5)
    with relay.reading() as session:
        assert {pair.video_id for pair in session.exec(select(ClipVideo))} == {first, second}


@pytest.mark.slow
def test_a_repost_of_one_video_is_one_clip_with_the_earliest_time(
    relay: Relay, scene: Scene, fetcher: FakeFetcher
) -> None:
    campaign, video = scene.campaign(), scene.video()
    scene.post(campaign, video, hours=-1)
    scene.post(campaign, video, hours=-9)
    scene.post(campaign, video, hours=-20, kind=MatchKind.outside)
    fetcher.has(url(1), scene.film())

    fetch.fetch_video(relay, video)

    assert [clip.published_at for clip in scene.clips()] == [relay.now() - timedelta(hours=9)]


@pytest.mark.slow
def test_each_campaign_has_its_own_clip_and_a_later_one_fetches_nothing(
    relay: Relay, scene: Scene, fetcher: FakeFetcher
) -> None:
    first, second, video = scene.campaign(), scene.campaign("other"), scene.video()
    scene.post(first, video)
    scene.post(second, video)
    fetcher.has(url(1), scene.film())
    fetch.fetch_video(relay, video)
    assert [clip.campaign_id for clip in scene.clips()] == [first, second]

    third = scene.campaign("third")
    scene.post(third, video)
    assert fetch.waiting(relay) == []
    assert len(clips.adopt(relay)) == 1
    assert clips.adopt(relay) == []
    assert [clip.campaign_id for clip in scene.clips()] == [first, second, third]
    assert len(fetcher.asked) == 1


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        ([("7", "Анна Иванова"), ("8", "Борис")], "Анна Иванова"),
        ([("-1", "Подслушано"), ("8", "Борис")], "Борис"),
        ([("-1", "Подслушано"), ("", "")], "Подслушано"),
        ([("7", "  "), ("-1", "Подслушано"), ("9", "Вера")], "Вера"),
        ([], ""),
    ],
)
def test_the_credit_belongs_to_the_resident(authors: list[tuple[str, str]], expected: str) -> None:
    assert credit(authors) == expected


@pytest.mark.slow
def test_copies_of_one_recording_become_a_family_with_the_smallest_number(
    relay: Relay, scene: Scene, fetcher: FakeFetcher
) -> None:
    campaign = scene.campaign()
    left, right, other = some_prints(1), some_prints(2), some_prints(3)
    for number, prints in enumerate([left, other, right, left + right], start=1):
        video = scene.video()
        scene.post(campaign, video)
        fetcher.has(scene.state(video).url, scene.film(f"film {number}", prints=prints))
        fetch.fetch_video(relay, video)

    families = {clip.id: clip.family for clip in scene.clips()}
    assert families == {1: 1, 2: None, 3: 1, 4: 1}


@pytest.mark.slow
def test_families_stay_within_a_campaign(relay: Relay, scene: Scene, fetcher: FakeFetcher) -> None:
    for number, slug in enumerate(("one", "two"), start=1):
        video = scene.video()
        scene.post(scene.campaign(slug), video)
        fetcher.has(scene.state(video).url, scene.film(f"film {number}", prints=some_prints(1)))
        fetch.fetch_video(relay, video)

    assert [clip.family for clip in scene.clips()] == [None, None]


@pytest.mark.slow
def test_a_lease_that_ran_out_goes_back_to_the_queue(relay: Relay, scene: Scene, clock: FakeClock) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    scene.holds(video, "elsewhere-1/x", minutes=30)

    assert fetch.reclaim(relay) == []
    clock.moves(minutes=31)
    assert fetch.reclaim(relay) == [video]
    assert fetch.waiting(relay) == [video]


@pytest.mark.slow
def test_a_dead_process_of_this_host_holds_nothing(relay: Relay, scene: Scene) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    with a_child() as child:
        scene.holds(video, f"{processes.name_of(child.pid)}/ab", minutes=240)
        left = relay.folder("work", f"fetch-{video}-ab") / "video.mp4.part"
        left.write_bytes(b"half")
        assert fetch.reclaim(relay) == []
    assert fetch.reclaim(relay) == [video]
    assert (relay.folder("work") / f"fetch-{video}" / "video.mp4.part").read_bytes() == b"half"


def test_a_sleeper_keeps_its_hand_off_the_next_one_s_file(
    relay: Relay, scene: Scene, fetcher: FakeFetcher, clock: FakeClock
) -> None:
    """Its lease has run out, another one fetches the same video, and then it wakes up with its own file in hand."""
    video = scene.video()
    scene.post(scene.campaign(), video)
    fetcher.has(url(1), scene.film("what the network showed first"))
    awake = replace(relay, holder="awake")
    folders: list[set[str]] = []

    def asleep(share: float) -> None:
        if share < 1:
            return
        clock.moves(minutes=31)
        assert fetch.reclaim(awake) == [video]
        fetcher.has(url(1), scene.film("what it shows now"))
        fetch.fetch_video(awake, video, progress=lambda _share: folders.append(_fetching(relay)))

    with pytest.raises(Interrupted):
        fetch.fetch_video(relay, video, progress=asleep)

    assert {len(both) for both in folders} == {2}
    (clip,) = scene.clips()
    assert scene.state(video).sha256 == clip.sha256 == hashlib.sha256(b"what it shows now").hexdigest()
    assert relay.media.local(f"originals/{clip.sha256}").read_bytes() == b"what it shows now"
    assert list(relay.media.list("originals/")) == [f"originals/{clip.sha256}"]
    assert _fetching(relay) == set()


def _fetching(relay: Relay) -> set[str]:
    return {path.name for path in relay.folder("work").glob("fetch-*")}


@pytest.mark.slow
def test_a_video_that_kills_its_worker_is_not_tried_for_ever(relay: Relay, scene: Scene) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    scene.holds(video, "elsewhere-1/x", minutes=-1, attempts=8)

    fetch.reclaim(relay)

    left = scene.state(video)
    assert left.state is VideoState.unavailable
    assert left.reason == "Fetches that did not end: 8."
    assert fetch.waiting(relay) == []


@pytest.mark.slow
def test_a_kill_is_no_try_that_a_network_has_failed(
    relay: Relay, scene: Scene, fetcher: FakeFetcher, clock: FakeClock
) -> None:
    """Its fetchers were killed three times; then the network does not answer, once, as if it were the first try."""
    video = scene.video()
    scene.post(scene.campaign(), video)
    for attempts in (1, 2, 3):
        scene.holds(video, "elsewhere-1/x", minutes=-1, attempts=attempts)
        assert fetch.reclaim(relay) == [video]
    fetcher.has(url(1), scene.film())
    fetcher.fails_once(url(1))
    put_off = fetch.fetch_video(relay, video)
    assert put_off.state is VideoState.unavailable
    assert put_off.next_try_at == clock() + timedelta(minutes=fetch.BACKOFF_MINUTES[0])
    clock.moves(minutes=5)
    assert fetch.fetch_video(relay, video).state is VideoState.fetched


@pytest.mark.slow
def test_whoever_lost_the_lease_writes_nothing(relay: Relay, scene: Scene, fetcher: FakeFetcher) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    fetcher.has(url(1), scene.film())

    def taken_over(share: float) -> None:
        scene.holds(video, "elsewhere-2/y", minutes=30)

    with pytest.raises(Interrupted):
        fetch.fetch_video(relay, video, progress=taken_over)

    assert scene.state(video).lease_holder == "elsewhere-2/y"
    assert scene.clips() == []
