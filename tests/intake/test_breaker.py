"""A downloader that no longer understands a network: one alert, a rest, one try at a time, and on again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.intake import breaker, fetch
from relay.models import Alert, Parking, VideoState
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
        fetch.take_in(relay, video)


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
        assert breaker.takes(session, "vk", clock(), timedelta(minutes=30))
    asked = len(fetcher.asked)
    assert fetch.take_in(relay, videos[-1]).state is VideoState.found
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
    assert fetch.take_in(relay, first).state is VideoState.gone
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


def test_other_networks_go_on(relay: Relay, videos: list[int], fetcher: FakeFetcher, clock: FakeClock) -> None:
    fetcher.breaks()
    fetch_all(relay)
    with relay.reading() as session:
        assert breaker.let_through(session, [(1, "vk"), (2, "tg"), (3, "tg")], clock()) == [2, 3]


@pytest.mark.slow
def test_whoever_checks_the_sources_lifts_the_rest(relay: Relay, videos: list[int], fetcher: FakeFetcher) -> None:
    from relay.collect import places
    from relay.models import Source

    with relay.transaction() as session:
        session.add(Source(campaign_id=1, address="vk:club1", network="vk", owner_id="-1", created_at=relay.now()))
    fetcher.breaks()
    fetch_all(relay)
    assert fetch.waiting(relay) == []
    places.check(relay, "proryv80")
    assert len(fetch.waiting(relay)) == MANY - breaker.BROKEN_AFTER
