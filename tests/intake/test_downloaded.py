"""Between the download of a video and the look at it: the row names the bytes, and the network is asked once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select, update

from relay.context import Relay
from relay.errors import Interrupted, NotFound, Refused, StorageDown, ToolFailed
from relay.intake import breaker, clips, fetch
from relay.models import Campaign, CampaignState, Event, EventKind, Finding, Parking, Video, VideoState
from relay.tombstones import stones
from relay.tombstones.entrance import key_of
from relay.tombstones.stones import Name
from tests.fakes.clock import FakeClock
from tests.fakes.fetcher import FakeFetcher
from tests.intake.scene import Scene

URL = "https://vk.com/video7_1"
SHA = hashlib.sha256(b"a film").hexdigest()


@pytest.fixture
def fetcher(relay: Relay) -> FakeFetcher:
    assert isinstance(relay.fetcher, FakeFetcher)
    return relay.fetcher


@pytest.fixture
def video(scene: Scene, fetcher: FakeFetcher) -> int:
    """One that a campaign waits for."""
    number = scene.video()
    scene.post(scene.campaign(), number)
    fetcher.has(URL, scene.film(), title="Письмо деда")
    return number


def refuses(*_words: object) -> None:
    raise Refused("Not here.")


def while_it_is_looked_at(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Instead of the look; what `happens` returns is thrown where it is an error."""

    def looks(_relay: Relay, _sha256: str) -> Any:
        if isinstance(error := happens(), Exception):
            raise error
        raise AssertionError

    monkeypatch.setattr(fetch, "inspect", looks)


def dies_while_it_looks(relay: Relay, video: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process is killed, and that is noticed."""

    class Killed(BaseException):
        pass

    def dies() -> object:
        raise Killed

    with monkeypatch.context() as here:
        while_it_is_looked_at(here, dies)
        with pytest.raises(Killed):
            fetch.fetch_video(replace(relay, holder="north~1-7-70"), video)
    with relay.transaction() as session:
        session.exec(update(Video).values(lease_until=relay.now()))
    assert fetch.reclaim(relay) == [video]


def test_a_download_leaves_the_look_to_whoever_comes(relay: Relay, scene: Scene, video: int) -> None:
    assert fetch.to_look(relay) == []
    left = fetch.download(relay, video)
    assert (left.state, left.sha256, left.title, left.attempts) == (VideoState.found, SHA, "Письмо деда", 0)
    assert left.lease_holder == ""
    assert fetch.to_look(relay) == fetch.waiting(relay) == [video]
    assert scene.clips() == []
    elsewhere = replace(relay, holder="south")
    done = fetch.fetch_video(elsewhere, video)
    assert (done.state, done.sha256, done.attempts) == (VideoState.fetched, SHA, 1)
    assert [clip.sha256 for clip in scene.clips()] == [SHA]
    assert fetch.to_look(relay) == fetch.waiting(relay) == []
    with relay.reading() as session:
        told = [event.what for event in session.exec(select(Event).order_by(Event.id))]
    assert told == [EventKind.fetched, EventKind.made]


def test_the_network_is_asked_once_however_often_it_is_handed_in(
    relay: Relay, video: int, fetcher: FakeFetcher
) -> None:
    for _ in range(3):
        fetch.download(relay, video)
    for _ in range(3):
        fetch.fetch_video(relay, video)
        fetch.download(relay, video)
    assert fetcher.asked == [URL]


def test_who_is_killed_in_the_look_need_not_be_fetched_again(
    relay: Relay, scene: Scene, video: int, fetcher: FakeFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies_while_it_looks(relay, video, monkeypatch)
    assert fetch.to_look(relay) == [video]
    assert fetch.fetch_video(relay, video).state is VideoState.fetched
    assert fetcher.asked == [URL]
    assert len(scene.clips()) == 1


def test_twin_bytes_that_no_row_names_are_fetched_again(
    relay: Relay, video: int, fetcher: FakeFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_name_bytes", lambda *_words: False)
    dies_while_it_looks(relay, video, monkeypatch)
    assert fetch.fetch_video(relay, video).state is VideoState.fetched
    assert fetcher.asked == [URL, URL]


def test_what_only_a_look_can_tell_to_be_whole_is_looked_at_at_once(
    relay: Relay, video: int, fetcher: FakeFetcher
) -> None:
    fetcher.tells_no_length(URL)
    assert fetch.download(relay, video).state is VideoState.fetched


def test_bytes_that_are_gone_are_fetched_again(relay: Relay, video: int, fetcher: FakeFetcher) -> None:
    fetch.download(relay, video)
    relay.media.delete(f"originals/{SHA}")
    assert fetch.fetch_video(relay, video).state is VideoState.fetched
    assert fetcher.asked == [URL, URL]


@pytest.mark.parametrize("error", [NotFound("The media store has none."), StorageDown("It is away.")])
def test_a_store_that_fails_in_the_look_puts_it_off(
    relay: Relay, video: int, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The lease is given back at once, not after the hours that a look may take."""
    with monkeypatch.context() as here:
        while_it_is_looked_at(here, lambda: error)
        left = fetch.fetch_video(relay, video)
    assert (left.state, left.lease_holder, left.reason) == (VideoState.unavailable, "", str(error))
    assert fetch.to_look(relay) == []
    clock.moves(minutes=2)
    assert fetch.to_look(relay) == [video]
    assert fetch.fetch_video(relay, video).state is VideoState.fetched


def test_a_look_that_failed_is_done_again_without_the_network(
    relay: Relay, video: int, clock: FakeClock, fetcher: FakeFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as here:
        while_it_is_looked_at(here, lambda: ToolFailed("ffmpeg ended with -9."))
        left = fetch.fetch_video(relay, video)
    assert (left.state, left.failed_checks, left.sha256) == (VideoState.unavailable, 1, SHA)
    clock.moves(minutes=2)
    assert fetch.fetch_video(relay, video).state is VideoState.fetched
    assert fetcher.asked == [URL]


def test_what_is_refused_in_the_look_leaves_no_bytes_and_is_not_named(
    relay: Relay, scene: Scene, video: int, fetcher: FakeFetcher
) -> None:
    fetcher.has(URL, scene.film("noise", finding=Finding.refused, reason="The picture is too small."))
    fetch.download(relay, video)
    left = fetch.fetch_video(relay, video)
    assert (left.state, left.sha256) == (VideoState.refused, None)
    assert list(relay.media.list()) == []
    assert fetch.to_look(relay) == []


@pytest.mark.parametrize("name", [Name.of_bytes(SHA), Name.of_video("vk", "7", "1")])
def test_what_is_taken_back_before_the_look_is_gone_with_it(relay: Relay, scene: Scene, video: int, name: Name) -> None:
    fetch.download(relay, video)
    with relay.transaction() as session:
        stones.put(session, key_of(relay), [name], erasure="E-1", at=relay.now())
    left = fetch.fetch_video(relay, video)
    assert (left.state, left.sha256) == (VideoState.refused, None)
    assert list(relay.media.list()) == []
    assert scene.clips() == []


def test_bytes_on_which_a_clip_stands_stay(
    relay: Relay, scene: Scene, video: int, fetcher: FakeFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch.fetch_video(relay, video)
    other = scene.video()
    fetcher.has(scene.state(other).url, scene.film())
    fetch.download(relay, other)
    assert clips.uses(relay, SHA)
    monkeypatch.setattr("relay.tombstones.entrance.let_in", refuses)
    left = fetch.fetch_video(relay, other)
    assert (left.state, left.sha256) == (VideoState.refused, SHA)
    assert relay.media.has(f"originals/{SHA}")


def test_a_look_says_nothing_of_a_network_that_rests(
    relay: Relay, video: int, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on while the network rests, and neither ends nor shortens that."""
    fetch.download(relay, video)
    with relay.transaction() as session:
        session.add(Parking(key=breaker.key("vk"), reason="broken", until=clock() + breaker.PAUSES[0]))
    with monkeypatch.context() as here:
        while_it_is_looked_at(here, lambda: Interrupted("It stops."))
        with pytest.raises(Interrupted):
            fetch.fetch_video(relay, video)
    assert fetch.waiting(relay) == []
    assert fetch.to_look(relay) == [video]
    assert fetch.fetch_video(relay, video).state is VideoState.fetched
    with relay.reading() as session:
        assert session.get_one(Parking, breaker.key("vk")).until == clock() + breaker.PAUSES[0]


def test_a_download_says_that_the_network_works(
    relay: Relay, scene: Scene, video: int, fetcher: FakeFetcher, clock: FakeClock
) -> None:
    with relay.transaction() as session:
        session.add(Parking(key=breaker.key("vk"), reason="broken", until=clock()))
    fetch.download(relay, video)
    with relay.reading() as session:
        assert session.get(Parking, breaker.key("vk")) is None


def test_a_network_that_rests_is_not_asked_for_a_download(
    relay: Relay, video: int, fetcher: FakeFetcher, clock: FakeClock
) -> None:
    with relay.transaction() as session:
        session.add(Parking(key=breaker.key("vk"), reason="broken", until=clock() + breaker.PAUSES[0]))
    assert fetch.download(relay, video).state is VideoState.found
    assert fetcher.asked == []


def test_a_campaign_that_goes_into_the_archive_meanwhile_keeps_no_bytes_without_a_clip(
    relay: Relay, scene: Scene, video: int
) -> None:
    fetch.download(relay, video)
    with relay.transaction() as session:
        session.exec(update(Campaign).values(state=CampaignState.archived))
    assert fetch.waiting(relay) == []
    assert fetch.to_look(relay) == [video]
    fetch.fetch_video(relay, video)
    assert len(scene.clips()) == 1
