"""A downloader that no longer understands a network: one alert, a rest, one try at a time, and on again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from relay.alerts import raise_alert
from relay.context import Relay
from relay.intake import breaker, fetch
from relay.models import Alert, Event, Parking, Video, VideoState
from tests.fakes.clock import FakeClock
from tests.fakes.fetcher import FakeFetcher
from tests.intake.scene import Scene

MANY = 5


@pytest.fixture
def scene(relay: Relay, tmp_path: Path) -> Scene:
    return Scene(relay, tmp_path)


@pytest.fixture
def fetcher(relay: Relay) -> FakeFetcher:
    assert isinstance(relay.fetcher, FakeFetcher)
    return relay.fetcher


@pytest.fixture
def videos(scene: Scene) -> list[int]:
    found = [scene.video() for _ in range(MANY)]
    scene.post(scene.campaign(), *found)
    return found


def fetch_all(relay: Relay) -> None:
    for video in fetch.waiting(relay):
        fetch.fetch_video(relay, video)


def alerts(relay: Relay) -> list[Alert]:
    with relay.reading() as session:
        return list(session.exec(select(Alert)))


def rest(relay: Relay) -> Parking | None:
    with relay.reading() as session:
        return session.get(Parking, "extractor:vk")


@pytest.mark.slow
def test_three_in_a_row_are_told_once_and_the_others_are_left_in_peace(
    relay: Relay, videos: list[int], fetcher: FakeFetcher
) -> None:
    fetcher.breaks()
    fetch_all(relay)
    assert len(fetcher.asked) == breaker.BROKEN_AFTER
    (alert,) = alerts(relay)
    assert (alert.key, alert.times) == ("extractor:vk", 1)
    assert fetch.waiting(relay) == []


@pytest.mark.slow
def test_twin_without_the_rest_every_video_is_tried_and_fails(
    relay: Relay, videos: list[int], fetcher: FakeFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "BROKEN_AFTER", 10**6)
    fetcher.breaks()
    fetch_all(relay)
    assert len(fetcher.asked) == MANY


@pytest.mark.slow
def test_one_video_tries_again_and_later_each_time(
    relay: Relay, videos: list[int], fetcher: FakeFetcher, clock: FakeClock
) -> None:
    fetcher.breaks()
    fetch_all(relay)
    pauses = []
    for _ in range(5):
        resting = rest(relay)
        assert resting is not None
        pauses.append((resting.until - clock()).total_seconds() / 60)
        clock.is_at(resting.until)
        asked = len(fetcher.asked)
        fetch_all(relay)
        assert len(fetcher.asked) == asked + 1
    assert pauses == [5, 10, 20, 30, 60]
    assert len(alerts(relay)) == 1


@pytest.mark.slow
def test_while_one_tries_no_other_is_claimed(
    relay: Relay, videos: list[int], fetcher: FakeFetcher, clock: FakeClock
) -> None:
    fetcher.breaks()
    fetch_all(relay)
    clock.moves(minutes=5)
    with relay.transaction() as session:
        assert breaker.claim(session, "vk", clock(), timedelta(minutes=30))
    asked = len(fetcher.asked)
    assert fetch.fetch_video(relay, videos[-1]).state is VideoState.found
    assert len(fetcher.asked) == asked
    assert fetch.waiting(relay) == []


@pytest.mark.slow
def test_when_one_comes_in_all_others_follow_at_once(
    relay: Relay, scene: Scene, videos: list[int], fetcher: FakeFetcher, clock: FakeClock
) -> None:
    fetcher.breaks()
    fetch_all(relay)
    clock.moves(minutes=5)
    fetch_all(relay)
    fetcher.recovers()
    for video in videos:
        fetcher.has(f"https://vk.com/video7_{video}", scene.film(f"film {video}"))
    clock.moves(minutes=10)
    assert len(fetch.waiting(relay)) == 1
    fetch_all(relay)
    assert (rest(relay), alerts(relay)[0].resolved_at) == (None, clock())
    fetch_all(relay)
    assert {scene.state(video).state for video in videos} == {VideoState.fetched}


@pytest.mark.slow
def test_a_try_that_tells_nothing_leaves_the_next_one_to_another(
    relay: Relay, scene: Scene, videos: list[int], fetcher: FakeFetcher, clock: FakeClock
) -> None:
    fetcher.breaks()
    fetch_all(relay)
    clock.moves(minutes=5)
    fetcher.recovers()
    (first,) = fetch.waiting(relay)
    assert fetch.fetch_video(relay, first).state is VideoState.gone
    assert rest(relay) is not None
    (second,) = fetch.waiting(relay)
    assert second != first


@pytest.mark.slow
def test_an_odd_video_among_others_trips_nothing(
    relay: Relay, scene: Scene, videos: list[int], fetcher: FakeFetcher, clock: FakeClock
) -> None:
    from relay.errors import ExtractorBroken

    for number, video in enumerate(videos):
        url = f"https://vk.com/video7_{video}"
        if number % 3:
            fetcher.fails_once(url, ExtractorBroken("The downloader no longer understands the network."))
        fetcher.has(url, scene.film(f"film {video}"))
    fetch_all(relay)
    assert (rest(relay), alerts(relay)) == (None, [])


@pytest.mark.slow
def test_other_networks_go_on(relay: Relay, videos: list[int], fetcher: FakeFetcher, clock: FakeClock) -> None:
    fetcher.breaks()
    fetch_all(relay)
    with relay.reading() as session:
        assert breaker.let_through(session, [(1, "vk"), (2, "tg"), (3, "tg")], clock()) == [2, 3]


@pytest.mark.slow
def test_whoever_checks_the_sources_lifts_the_rest(relay: Relay, videos: list[int], fetcher: FakeFetcher) -> None:
    from relay.collect import sources
    from relay.models import Source

    with relay.transaction() as session:
        session.add(Source(campaign_id=1, address="vk:club1", network="vk", owner_id="-1", created_at=relay.now()))
    fetcher.breaks()
    fetch_all(relay)
    assert fetch.waiting(relay) == []
    sources.check(relay, "proryv80")
    assert len(fetch.waiting(relay)) == MANY - breaker.BROKEN_AFTER


# --- row by row ---

BROKEN = "The downloader no longer understands the network."


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [(0, None), (2, None), (3, 5), (4, 10), (5, 20), (6, 30), (7, 60), (8, 60), (99, 60)],
)
def test_a_rest_grows_to_an_hour(failures: int, minutes: int | None) -> None:
    pause = breaker.pause_after(failures)
    assert pause == (minutes and timedelta(minutes=minutes))


def failing(
    session: Session, clock: FakeClock, *, network: str = "vk", reason: str = BROKEN, times: int = 1, **more: Any
) -> Video:
    """A video that could not be fetched so often."""
    number = str(len(session.exec(select(Video)).all()))
    video = Video(
        network=network, owner_id="1", video_id=number, url=number, state=VideoState.unavailable, reason=reason,
        attempts=times, created_at=clock(),
    )  # fmt: skip
    for name, value in more.items():
        setattr(video, name, value)
    session.add(video)
    session.flush()
    happens(session, clock(), video, times=times)
    return video


def happens(session: Session, at: datetime, video: Video, what: str = "unavailable", times: int = 1) -> None:
    for _ in range(times):
        session.add(Event(at=at, subject="video", subject_id=video.id or 0, what=what))
        video.failures += what == "unavailable"
    session.add(video)
    session.flush()


def rests(session: Session) -> dict[str, tuple[str, datetime]]:
    session.expire_all()
    return {row.key: (row.reason, row.until) for row in session.exec(select(Parking))}


@pytest.mark.slow
def test_only_failures_of_one_network_for_one_reason_are_counted(relay: Relay, clock: FakeClock) -> None:
    def minutes(count: int) -> datetime:
        return clock() + timedelta(minutes=count)

    with relay.transaction() as session:
        one = failing(session, clock)
        failing(session, clock, network="ok", times=5)
        failing(session, clock, reason="The network does not answer.", times=5)
        happens(session, clock(), one, "fetched", times=5)
        session.add(Event(at=clock(), subject="clip", subject_id=one.id or 0, what="unavailable"))
        session.add(Parking(key="extractor:ok", reason="x", until=clock()))
        breaker.failed(session, failing(session, clock), BROKEN, clock())
        assert rests(session) == {"extractor:ok": ("x", clock())}
        assert session.exec(select(Alert)).all() == []

        third = failing(session, clock)
        breaker.failed(session, third, BROKEN, clock())
        assert rests(session) == {"extractor:ok": ("x", clock()), "extractor:vk": (BROKEN, minutes(5))}
        assert third.next_try_at == minutes(5)
        (alert,) = session.exec(select(Alert)).all()
        assert (alert.key, alert.text) == ("extractor:vk", f"No video of vk can be fetched. {BROKEN}")
        assert alert.first_at == clock()

        clock.moves(minutes=30)
        third.next_try_at = minutes(7)
        happens(session, clock(), third)
        breaker.failed(session, third, BROKEN, clock())
        assert rests(session)["extractor:vk"] == (BROKEN, minutes(10))
        assert rests(session)["extractor:ok"] == ("x", minutes(-30))
        assert third.next_try_at == minutes(7)
        happens(session, clock(), third)
        third.next_try_at = minutes(21)
        breaker.failed(session, third, BROKEN, clock())
        assert third.next_try_at == minutes(20)
        assert alert.times == 3


@pytest.mark.slow
def test_a_success_ends_the_count(relay: Relay, clock: FakeClock) -> None:
    with relay.transaction() as session:
        video = failing(session, clock, times=2)
        failing(session, clock, state=VideoState.fetched, fetched_at=clock(), times=1)
        failing(session, clock, network="ok", fetched_at=clock() + timedelta(hours=1))
        breaker.works(session, "vk", clock())
        session.expire_all()
        clock.moves(seconds=1)
        happens(session, clock(), video, times=2)
        breaker.failed(session, video, BROKEN, clock())
        assert rests(session) == {}
        happens(session, clock(), video)
        breaker.failed(session, video, BROKEN, clock())
        assert rests(session) == {"extractor:vk": (BROKEN, clock() + timedelta(minutes=5))}


@pytest.mark.slow
def test_who_is_let_through_while_networks_rest(relay: Relay, clock: FakeClock) -> None:
    ahead = {"vk": timedelta(seconds=1), "ok": timedelta(), "tg": timedelta(minutes=61, seconds=1)}
    ahead |= {"rutube": timedelta(minutes=61)}
    with relay.transaction() as session:
        for network, time in ahead.items():
            session.add(Parking(key=f"extractor:{network}", reason="x", until=clock() + time))
        session.add(Parking(key="youtube", reason="a token's", until=clock() + timedelta(minutes=5)))
        session.flush()
        waiting = enumerate(["vk", "ok", "youtube", "ok", "tg", "vk", "tg", "rutube", "youtube"])
        assert breaker.let_through(session, waiting, clock()) == [1, 2, 4, 8]


@pytest.mark.slow
def test_the_one_try_is_taken_once(relay: Relay, clock: FakeClock) -> None:
    lease = timedelta(minutes=30)
    with relay.transaction() as session:
        session.add(Parking(key="extractor:ok", reason="x", until=clock()))
        session.flush()
        assert breaker.claim(session, "vk", clock(), lease)
        assert breaker.claim(session, "ok", clock(), lease)
        assert rests(session) == {"extractor:ok": ("x", clock() + lease)}
        assert not breaker.claim(session, "ok", clock(), lease)
        session.add(Parking(key="extractor:vk", reason="x", until=clock() + timedelta(hours=2)))
        session.flush()
        assert breaker.claim(session, "vk", clock(), lease), "no rest is as long as that"


@pytest.mark.slow
def test_a_try_that_told_nothing_ends_the_rest_of_its_network(relay: Relay, clock: FakeClock) -> None:
    now, hour = clock(), timedelta(hours=1)
    with relay.transaction() as session:
        for network, until in (("vk", now + hour), ("ok", now + hour), ("tg", now - hour)):
            session.add(Parking(key=f"extractor:{network}", reason="x", until=until))
        session.flush()
        breaker.inconclusive(session, "vk", now)
        breaker.inconclusive(session, "tg", now)
        breaker.inconclusive(session, "rutube", now)
        assert rests(session) == {
            "extractor:vk": ("x", now), "extractor:ok": ("x", now + hour), "extractor:tg": ("x", now - hour),
        }  # fmt: skip


@pytest.mark.slow
def test_a_success_lets_those_begin_anew_that_failed_for_that_reason(relay: Relay, clock: FakeClock) -> None:
    later = clock() + timedelta(hours=1)
    with relay.transaction() as session:
        ours, others = {"next_try_at": later, "times": 4}, "The network does not answer."
        failing(session, clock, **ours)
        failing(session, clock, network="ok", **ours)
        failing(session, clock, state=VideoState.gone, **ours)
        failing(session, clock, reason=others, **ours)
        for network in ("vk", "ok"):
            session.add(Parking(key=f"extractor:{network}", reason=BROKEN, until=later))
            raise_alert(session, f"extractor:{network}", "x", clock())
        breaker.works(session, "vk", clock())
        assert rests(session) == {"extractor:ok": (BROKEN, later)}
        assert [(video.next_try_at, video.attempts) for video in session.exec(select(Video).order_by(Video.id))] == [
            (clock(), 0), (later, 4), (later, 4), (later, 4),
        ]  # fmt: skip
        assert {alert.key: alert.resolved_at for alert in session.exec(select(Alert))} == {
            "extractor:vk": clock(), "extractor:ok": None,
        }  # fmt: skip
        breaker.works(session, "rutube", clock())
        assert session.exec(select(Video).where(Video.attempts == 4)).all()
