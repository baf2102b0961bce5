from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import SQLModel, col, func, select

from relay import alerts
from relay.collect import campaigns, crawl, hashtags, ingest, sources
from relay.collect.found import posts
from relay.context import Relay
from relay.errors import ConfigError, Refused, TryLater
from relay.models import (
    Alert,
    Campaign,
    Event,
    HiddenPost,
    Match,
    Post,
    Sighting,
    Source,
    SourceState,
    Spotting,
    Sweep,
    Video,
    VideoState,
)
from relay.ports import Page, Quota
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource, Killed, a_post, a_video, edited

PROCESSING = a_video("100", blocked="VK is still processing the video.")


@pytest.fixture
def wall(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    return sources.add(relay, SLUG, "vk:club1").id or 0


def _count(relay: Relay, *tables: type[SQLModel]) -> list[int]:
    with relay.reading() as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


def _all(relay: Relay, table: type[Any]) -> Sequence[Any]:
    with relay.reading() as session:
        return session.exec(select(table).order_by(table.id)).all()


def _matches(relay: Relay) -> dict[str, str]:
    return {post.post_id: post.match for post in posts.listing(relay, SLUG)}


def _source(relay: Relay, source_id: int) -> Source:
    with relay.reading() as session:
        return session.get_one(Source, source_id)


@pytest.mark.slow
def test_only_what_carries_the_tag_is_kept(relay: Relay, wall: int, network: FakeSource) -> None:
    network.has(
        a_post("Письмо деда #proryv80", "1"),
        a_post("Читаем #прорыв80", "2"),
        a_post("Ярмарка в субботу #город", "3"),
        a_post("Раньше всех #proryv80", "4", published_at=NOON - timedelta(days=9)),
        a_post("Раньше всех #прорыв80", "5", published_at=NOON - timedelta(days=9)),
        a_post("алиас #прорыв_80", "6"),
    )
    sweep = crawl.sweep(relay, wall)
    assert _matches(relay) == {"4": "outside", "1": "exact", "2": "near", "6": "exact"}
    assert (sweep.complete, sweep.posts_seen, sweep.posts_matched, sweep.posts_new) == (True, 6, 2, 4)
    assert _count(relay, Post, Match, Spotting, Video, Sighting) == [4, 4, 4, 4, 4]


@pytest.mark.slow
def test_the_ledger_and_the_mark_say_what_was_read(relay: Relay, clock: FakeClock, wall: int) -> None:
    sweep = crawl.sweep(relay, wall)
    campaign = campaigns.get(relay, SLUG)
    assert (sweep.covers_from, sweep.covers_to) == (campaign.opens_at, clock())
    source = _source(relay, wall)
    assert (source.covered_from, source.high_water) == (campaign.opens_at, clock())
    clock.moves(hours=30)
    second = crawl.sweep(relay, wall)
    assert second.covers_from == clock() - timedelta(hours=30 + 24), "the overlap was left out"


@pytest.mark.slow
def test_deep_reads_the_whole_window_again(relay: Relay, clock: FakeClock, wall: int, network: FakeSource) -> None:
    clock.is_at(datetime(2023, 1, 17, tzinfo=UTC))
    crawl.sweep(relay, wall)
    crawl.sweep(relay, wall)
    crawl.sweep(relay, wall, deep=True)
    opens = campaigns.get(relay, SLUG).opens_at
    assert [since for _, since, _ in network.readings] == [opens, clock() - timedelta(hours=24), opens]


@pytest.mark.slow
def test_crawling_twice_adds_nothing(relay: Relay, clock: FakeClock, wall: int, network: FakeSource) -> None:
    sources.add(relay, SLUG, "vk:tag")
    network.has(*(a_post(post_id=str(number)) for number in range(1, 8)))
    crawl.crawl(relay, SLUG)
    tables = (Post, Match, Video, Sighting, Spotting)
    first = _count(relay, *tables)
    assert first == [7, 7, 7, 7, 14]
    clock.moves(minutes=10)
    sweeps = crawl.crawl(relay, SLUG)
    assert _count(relay, *tables) == first
    assert [sweep.posts_new for sweep in sweeps] == [0, 0]


@pytest.mark.slow
def test_a_post_behind_a_pinned_one_is_found(relay: Relay, clock: FakeClock, wall: int, network: FakeSource) -> None:
    pinned = a_post("Правила #proryv80", "1", published_at=NOON - timedelta(hours=20), pinned=True)
    network.has(pinned)
    crawl.sweep(relay, wall)
    clock.moves(hours=1)
    network.has(a_post("Моё видео #proryv80", "2", published_at=NOON + timedelta(minutes=30)))
    crawl.sweep(relay, wall)
    assert _matches(relay) == {"1": "exact", "2": "exact"}


@pytest.mark.slow
def test_a_tag_that_an_edit_adds_is_found(relay: Relay, clock: FakeClock, wall: int, network: FakeSource) -> None:
    post = a_post("Письмо деда", "1")
    network.has(post)
    crawl.sweep(relay, wall)
    assert _matches(relay) == {}
    clock.moves(hours=3)
    network.has(edited(post, "Письмо деда #proryv80", clock()))
    crawl.sweep(relay, wall)
    assert _matches(relay) == {"1": "exact"}
    assert posts.listing(relay, SLUG)[0].edited_at == "2023-01-12T15:00:00+03:00"


def _late_tag_is_found(relay: Relay, wall: int, network: FakeSource) -> bool:
    """Six newer posts stand before the one that is edited five hours after it was published."""
    post = a_post("Письмо деда", "1", published_at=NOON - timedelta(hours=5))
    network.has(post, *(a_post(post_id=str(n), published_at=NOON - timedelta(hours=4)) for n in range(2, 8)))
    crawl.sweep(relay, wall)
    network.has(edited(post, "Письмо деда #proryv80", NOON))
    crawl.sweep(relay, wall)
    return "1" in _matches(relay)


@pytest.mark.slow
def test_the_overlap_finds_a_tag_behind_newer_posts(relay: Relay, wall: int, network: FakeSource) -> None:
    assert _late_tag_is_found(relay, wall, network)


@pytest.mark.slow
def test_without_the_overlap_it_is_lost(relay: Relay, wall: int, network: FakeSource) -> None:
    """The twin: an overlap that is shorter than people are late."""
    short = replace(relay, settings=relay.settings.model_copy(update={"overlap_hours": 1.0}))
    assert not _late_tag_is_found(short, wall, network)
    crawl.sweep(short, wall, deep=True)
    assert "1" in _matches(short), "the deep sweep is there for what the overlap misses"


@pytest.mark.slow
def test_a_look_alike_that_is_corrected_becomes_ours(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    post = a_post("#прорыв80", "1")
    network.has(post)
    crawl.sweep(relay, wall)
    clock.moves(hours=1)
    network.has(edited(post, "#proryv80", clock()))
    crawl.sweep(relay, wall)
    shown = posts.listing(relay, SLUG)[0]
    assert (shown.match, shown.tag, shown.text) == ("exact", "#proryv80", "#proryv80")


@pytest.mark.slow
def test_what_counted_once_is_not_lost_when_the_tag_goes(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    post = a_post("#proryv80", "1")
    network.has(post)
    crawl.sweep(relay, wall)
    network.has(edited(post, "#прорыв80", clock()))
    crawl.sweep(relay, wall)
    assert _matches(relay) == {"1": "exact"}


@pytest.mark.slow
def test_an_older_edition_does_not_overwrite_a_newer_one(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    post = a_post("#proryv80 старый текст", "1")
    network.has(edited(post, "#proryv80 новый текст", clock()))
    crawl.sweep(relay, wall)
    network.has(post)
    crawl.sweep(relay, wall)
    assert posts.listing(relay, SLUG)[0].text == "#proryv80 новый текст"


@pytest.mark.slow
def test_a_post_seen_by_two_sources_is_one_post(relay: Relay, wall: int, network: FakeSource) -> None:
    sources.add(relay, SLUG, "vk:tag")
    network.has(a_post())
    crawl.crawl(relay, SLUG)
    (shown,) = posts.listing(relay, SLUG)
    assert shown.sources == ["vk:club1", "vk:tag"]


@pytest.mark.slow
def test_a_repost_is_another_post_with_the_same_video(relay: Relay, wall: int, network: FakeSource) -> None:
    sources.add(relay, SLUG, "vk:anna")
    video = a_video("100")
    network.has(a_post(post_id="1", owner_id="7", videos=(video,)), a_post(post_id="2", videos=(video,)))
    crawl.crawl(relay, SLUG)
    assert _count(relay, Post, Video, Sighting) == [2, 1, 2]


@pytest.mark.slow
def test_several_videos_of_a_post_keep_their_order(relay: Relay, wall: int, network: FakeSource) -> None:
    network.has(a_post(videos=tuple(a_video(str(number)) for number in (30, 10, 20))))
    crawl.sweep(relay, wall)
    shown = posts.show(relay, posts.listing(relay, SLUG)[0].id)
    assert [video.video_id for video in shown.videos] == ["30", "10", "20"]


# Videos that can't be fetched yet


@pytest.mark.slow
def test_a_video_in_processing_waits_and_is_found_when_ready(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    network.has(a_post(videos=(PROCESSING,)))
    crawl.sweep(relay, wall)
    (video,) = _all(relay, Video)
    assert (video.state, video.reason) == (VideoState.unavailable, "VK is still processing the video.")
    assert video.next_try_at == clock() + ingest.LOOK_AGAIN
    network.has(a_post(videos=(a_video("100", duration=31.0),)))
    crawl.sweep(relay, wall)
    (video,) = _all(relay, Video)
    assert (video.state, video.reason, video.next_try_at, video.duration) == (VideoState.found, "", None, 31.0)
    assert [event.what for event in _all(relay, Event) if event.subject == "video"] == ["found"]


@pytest.mark.slow
def test_a_video_blocked_for_good_is_refused_with_its_reason(relay: Relay, wall: int, network: FakeSource) -> None:
    hosted = a_video("100", blocked="The video is hosted on YouTube, not on VK.", blocked_for_good=True)
    network.has(a_post(videos=(hosted,)))
    crawl.sweep(relay, wall)
    (video,) = _all(relay, Video)
    assert (video.state, video.reason) == (VideoState.refused, "The video is hosted on YouTube, not on VK.")
    network.has(a_post())
    crawl.sweep(relay, wall)
    assert _all(relay, Video)[0].state is VideoState.found


@pytest.mark.slow
def test_a_try_to_fetch_says_more_than_a_sweep(relay: Relay, wall: int, network: FakeSource) -> None:
    network.has(a_post())
    crawl.sweep(relay, wall)
    for state in (VideoState.unavailable, VideoState.gone, VideoState.fetched):
        _fetch_ends(relay, state)
        for post in (a_post(), a_post(videos=(PROCESSING,))):
            network.has(post)
            crawl.sweep(relay, wall)
            assert _all(relay, Video)[0].state is state


def _fetch_ends(relay: Relay, state: VideoState) -> None:
    with relay.transaction() as session:
        video = session.exec(select(Video)).one()
        video.state, video.attempts = state, 1
        session.add(video)


# Trouble


@pytest.mark.slow
def test_a_network_that_is_down_leaves_a_hole_in_the_ledger(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    network.is_down("VK does not answer.")
    sweep = crawl.sweep(relay, wall)
    assert (sweep.complete, sweep.fault, sweep.requests) == (False, "VK does not answer.", 1)
    source = _source(relay, wall)
    assert (source.state, source.failures, source.high_water) == (SourceState.active, 1, None)
    assert _count(relay, Alert) == [0]


@pytest.mark.slow
def test_failures_wait_longer_and_longer_and_then_tell(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    network.is_down()
    waits = []
    for _ in range(9):
        crawl.sweep(relay, wall)
        waits.append((_source(relay, wall).next_sweep_at or clock()) - clock())
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (10, 20, 40, 80)]
    assert max(waits) == crawl.LONGEST_BACKOFF
    (alert,) = _all(relay, Alert)
    assert alert.times == 8
    assert "Город" not in alert.text
    assert "readings in a row that failed: 9." in alert.text
    network.recovers()
    crawl.sweep(relay, wall)
    assert _all(relay, Alert)[0].resolved_at == clock()
    assert _source(relay, wall).failures == 0


@pytest.mark.slow
def test_a_parked_token_raises_one_alert_and_loses_no_source(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    sources.add(relay, SLUG, "vk:tag")
    network.has(a_post())
    network.parks("VK asks for a captcha.", key="vk:abc", action_url="https://id.vk.com/captcha")
    assert [sweep.complete for sweep in crawl.crawl(relay, SLUG)] == [False, False]
    network.parks("VK asks for a captcha.", key="vk:abc")
    crawl.crawl(relay, SLUG)
    (alert,) = _all(relay, Alert)
    assert (alert.key, alert.times, alert.action_url) == ("vk:abc", 4, "https://id.vk.com/captcha")
    assert {source.state for source in sources.listing(relay, SLUG)} == {"active"}
    network.recovers()
    clock.moves(minutes=30)
    crawl.crawl(relay, SLUG)
    assert _all(relay, Alert)[0].resolved_at == clock()
    assert _matches(relay) == {"1": "exact"}


def test_pages_that_are_there_are_stored_at_once_and_trouble_spoils_none_of_them() -> None:
    others = dict.fromkeys(map(str, range(crawl.AT_ONCE)), 0.0)

    def pages() -> Iterator[Page]:
        yield Page((), 1, others=others)
        yield Page((), 2, more=True, others=others)
        yield Page((), 3)
        yield Page((), 4)
        yield Page((), 5, others=others)
        yield Page((), 6)
        raise TryLater("VK took too long.")

    stored: list[list[int]] = []
    with pytest.raises(TryLater):
        for ready in crawl._at_once(pages()):
            stored.append([page.requests for page in ready])
    assert stored == [[1], [2, 3], [4, 5], [6]], "a page that brings few posts waits for the next"


@pytest.mark.slow
def test_while_a_token_rests_one_source_asks_for_all(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    others = [sources.add(relay, SLUG, f"vk:club{number}").id or 0 for number in (2, 3)]
    begun = clock()
    network.parks("VK asks for a captcha.", key="vk:abc", until=begun + timedelta(hours=1))
    crawl.crawl(relay, SLUG)
    for _ in range(3):
        clock.moves(minutes=10)
        assert crawl.due(relay) == [wall]
        crawl.sweep(relay, wall)
    assert _source(relay, others[0]).next_sweep_at == begun + timedelta(hours=1), "when the rest is over"
    network.recovers()
    clock.moves(minutes=10)
    crawl.sweep(relay, wall)
    assert crawl.due(relay) == others


@pytest.mark.slow
def test_a_closed_wall_needs_attention_and_comes_back(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    network.closes("vk:club1", "VK shows this only to members.")
    crawl.sweep(relay, wall)
    source = _source(relay, wall)
    assert (source.state, source.reason) == (SourceState.attention, "VK shows this only to members.")
    assert (source.next_sweep_at or clock()) - clock() == crawl.CLOSED_AGAIN
    assert crawl.due(relay) == []
    clock.moves(days=1)
    assert crawl.due(relay) == [wall]
    network.recovers()
    crawl.sweep(relay, wall)
    source = _source(relay, wall)
    assert (source.state, source.reason) == (SourceState.active, "")
    with relay.reading() as session:
        assert alerts.open_alerts(session) == []


@pytest.mark.slow
def test_a_wall_that_is_gone_is_not_asked_again(relay: Relay, clock: FakeClock, wall: int, network: FakeSource) -> None:
    network.closes("vk:club1", "The page was deleted.", gone=True)
    crawl.sweep(relay, wall)
    assert _source(relay, wall).state is SourceState.gone
    clock.moves(days=30)
    assert crawl.due(relay) == []


@pytest.mark.slow
def test_trouble_with_one_source_stops_no_other(relay: Relay, wall: int, network: FakeSource) -> None:
    sources.add(relay, SLUG, "vk:club2")
    network.has(a_post(owner_id="-2"))
    network.closes("vk:club1")
    told: list[Sweep] = []
    sweeps = crawl.crawl(relay, SLUG, on_sweep=told.append)
    assert [sweep.complete for sweep in sweeps] == [False, True]
    assert told == sweeps
    assert _matches(relay) == {"1": "exact"}


@pytest.mark.slow
def test_a_post_that_nobody_can_read_stops_no_sweep(relay: Relay, wall: int, network: FakeSource) -> None:
    network.has(a_post())
    network.shows_nonsense("post -1_9: has no date")
    sweep = crawl.sweep(relay, wall)
    assert sweep.complete
    assert sweep.fault == "Posts that could not be read: 1; the first: post -1_9: has no date."
    assert _matches(relay) == {"1": "exact"}
    (event,) = [event for event in _all(relay, Event) if event.what == "unreadable"]
    assert event.details == {"posts": ["post -1_9: has no date"]}


@pytest.mark.slow
def test_a_bug_escapes(relay: Relay, wall: int, network: FakeSource) -> None:
    network.breaks(AttributeError("a bug"))
    with pytest.raises(AttributeError, match="a bug"):
        crawl.sweep(relay, wall)
    assert _count(relay, Sweep) == [0]


@pytest.mark.slow
def test_a_missing_token_is_told_at_once(relay: Relay, wall: int, network: FakeSource) -> None:
    network.breaks(ConfigError("There is no access token for VK."))
    with pytest.raises(ConfigError):
        crawl.crawl(relay, SLUG)


# Killed, and at once


@pytest.mark.slow
@pytest.mark.parametrize(("at_once", "stored"), [(1, 6), (5, 6), (500, 0)])
def test_killed_between_pages_it_loses_and_doubles_nothing(
    relay: Relay,
    clock: FakeClock,
    wall: int,
    network: FakeSource,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
    stored: int,
) -> None:
    """Whether the pages before are stored by then, or were waiting for more."""
    monkeypatch.setattr(crawl, "AT_ONCE", at_once)
    network.has(*(a_post(post_id=str(n), published_at=NOON - timedelta(minutes=n)) for n in range(1, 11)))
    network.is_killed_after(2)
    with pytest.raises(Killed):
        crawl.sweep(relay, wall)
    assert _count(relay, Post, Sweep) == [stored, 0]
    assert _source(relay, wall).high_water is None, "the mark moved although the reading was not complete"
    crawl.sweep(relay, wall)
    assert _count(relay, Post, Match, Video, Sighting, Sweep) == [10, 10, 10, 10, 1]


@pytest.mark.slow
def test_killed_in_a_later_sweep_it_goes_back_to_the_old_mark(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    crawl.sweep(relay, wall)
    mark = _source(relay, wall).high_water
    clock.moves(days=3)
    network.has(*(a_post(post_id=str(n), published_at=NOON + timedelta(hours=6 * n)) for n in range(1, 12)))
    network.is_killed_after(1)
    with pytest.raises(Killed):
        crawl.sweep(relay, wall)
    clock.moves(hours=1)
    sweep = crawl.sweep(relay, wall)
    assert sweep.covers_from == (mark or clock()) - timedelta(hours=24)
    assert len(_matches(relay)) == 11


@pytest.mark.slow
def test_two_sweeps_at_once_agree(relay: Relay, wall: int, network: FakeSource) -> None:
    network.has(*(a_post(post_id=str(number)) for number in range(1, 16)))
    gate = threading.Barrier(2)

    def run() -> Sweep:
        gate.wait()
        return crawl.sweep(relay, wall)

    with ThreadPoolExecutor(2) as pool:
        sweeps = [future.result() for future in [pool.submit(run), pool.submit(run)]]
    assert sum(sweep.posts_new for sweep in sweeps) == 15
    assert _count(relay, Post, Match, Video, Sighting, Spotting, Sweep) == [15, 15, 15, 15, 15, 2]


@pytest.mark.slow
def test_a_clock_that_was_put_back_leaves_no_hole(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    clock.moves(days=5)
    crawl.sweep(relay, wall)
    clock.moves(days=-4)
    crawl.sweep(relay, wall)
    assert _source(relay, wall).high_water == clock()
    assert network.readings[-1][1] == max(clock() - timedelta(hours=24), campaigns.get(relay, SLUG).opens_at)


@pytest.mark.slow
def test_a_slow_sweep_does_not_put_the_mark_back(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    network.has(a_post())

    def another_is_faster() -> None:
        clock.moves(hours=2)
        crawl.sweep(relay, wall)

    network.page_size = 1
    network.has(a_post(post_id="2"))
    network.after_page(1, another_is_faster)
    crawl.sweep(relay, wall)
    assert _source(relay, wall).high_water == clock()


# When


@pytest.mark.slow
def test_sources_are_due_at_their_time(relay: Relay, clock: FakeClock, wall: int, campaign: Campaign) -> None:
    assert crawl.due(relay) == [wall]
    crawl.sweep(relay, wall)
    assert crawl.due(relay) == []
    clock.moves(minutes=10)
    assert crawl.due(relay) == [wall]
    sources.pause(relay, SLUG, "vk:club1", person="olga")
    assert crawl.due(relay) == []


@pytest.mark.slow
def test_only_running_campaigns_are_swept(relay: Relay, clock: FakeClock) -> None:
    campaigns.new(
        relay, slug="later", title="T", hashtags=["#later"], opens="2023-03-01", closes="2023-03-02", tz="UTC"
    )
    sources.add(relay, "later", "vk:club1")
    assert crawl.due(relay) == []
    with pytest.raises(Refused, match="has not begun"):
        crawl.crawl(relay, "later")


@pytest.mark.slow
def test_a_campaign_without_sources_is_told(relay: Relay, campaign: Campaign) -> None:
    with pytest.raises(Refused, match="no source to read"):
        crawl.crawl(relay, SLUG)


class Counted(FakeSource):
    """A network that counts calls as VK does."""

    def quota(self, *, search: bool) -> Quota:
        return Quota(1000 if search else 5000, tokens=1, spent=0)


@pytest.mark.slow
def test_many_sources_share_the_quota(relay: Relay, clock: FakeClock, campaign: Campaign) -> None:
    counted = replace(relay, sources={"vk": Counted()})
    for number in range(1, 101):
        sources.add(counted, SLUG, f"vk:club{number}")
    sources.add(counted, SLUG, "vk:tag")
    crawl.sweep(counted, 1)
    crawl.sweep(counted, 101)
    waits = [(_source(relay, number).next_sweep_at or clock()) - clock() for number in (1, 101)]
    assert waits == [timedelta(minutes=30), timedelta(minutes=10)], "100 walls, 4000 calls, a little more often by day"


@pytest.mark.slow
def test_without_a_quota_a_new_wall_is_watched_closely(relay: Relay, clock: FakeClock, campaign: Campaign) -> None:
    """The twin: nobody shares anything where the network counts nothing."""
    for number in range(1, 101):
        sources.add(relay, SLUG, f"vk:club{number}")
    crawl.sweep(relay, 1)
    assert (_source(relay, 1).next_sweep_at or clock()) - clock() == timedelta(minutes=10)


@pytest.mark.slow
def test_posts_that_come_late_still_count_and_later_ones_never(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    clock.is_at(datetime(2023, 1, 19, tzinfo=UTC))
    campaigns.tick(relay)
    crawl.sweep(relay, wall)
    network.has(
        a_post(post_id="1", published_at=datetime(2023, 1, 18, 20, tzinfo=UTC)),
        a_post(post_id="2", published_at=datetime(2023, 1, 18, 22, tzinfo=UTC)),
    )
    clock.moves(days=20)
    crawl.crawl(relay, SLUG, deep=True)
    assert _matches(relay) == {"1": "exact", "2": "outside"}


@pytest.mark.slow
def test_each_campaign_judges_a_post_for_itself(relay: Relay, wall: int, network: FakeSource) -> None:
    campaigns.new(relay, slug="other", title="T", hashtags=["#дети"], opens="2023-01-01", closes="2023-02-01", tz="UTC")
    campaigns.start(relay, "other", person="olga")
    sources.add(relay, "other", "vk:club1")
    network.has(a_post("#proryv80 #дети"), a_post("#дети", "2"))
    crawl.crawl(relay, SLUG)
    crawl.crawl(relay, "other")
    assert _matches(relay) == {"1": "exact"}
    assert [post.post_id for post in posts.listing(relay, "other")] == ["1", "2"]
    assert _count(relay, Post, Match) == [2, 3]


@pytest.mark.slow
def test_every_post_of_the_ledger_is_there(relay: Relay, wall: int, network: FakeSource) -> None:
    network.has(*(a_post(post_id=str(number)) for number in range(1, 5)))
    sweep = crawl.sweep(relay, wall)
    with relay.reading() as session:
        (row,) = session.exec(select(Sweep).where(col(Sweep.complete))).all()
    assert (row.posts_total, row.requests) == (sweep.posts_total, sweep.requests) == (4, 2)


# Every bound, one by one


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mark", "covered", "deep", "back"),
    [
        (None, None, False, "opens"),
        (NOON, None, False, "opens"),
        (NOON, timedelta(seconds=1), False, "opens"),  # the campaign opens earlier than it was ever read
        (NOON, timedelta(0), False, NOON - timedelta(hours=5)),
        (NOON, timedelta(seconds=-1), False, NOON - timedelta(hours=5)),
        (NOON, timedelta(0), True, "opens"),
        (NOON + timedelta(days=1), timedelta(0), False, NOON - timedelta(hours=5)),  # the clock was put back
        (NOON - timedelta(days=9), timedelta(0), False, "opens"),
    ],
)
def test_how_far_back_a_sweep_reads(campaign: Campaign, mark: Any, covered: Any, deep: bool, back: Any) -> None:
    source = Source(campaign_id=1, network="vk", address="vk:club1", created_at=NOON, high_water=mark)
    source.covered_from = None if covered is None else campaign.opens_at + covered
    since = crawl.since_when(campaign, source, NOON, timedelta(hours=5), deep=deep)
    assert since == (campaign.opens_at if back == "opens" else back)


@pytest.mark.slow
def test_how_far_back_a_source_was_ever_read_is_not_forgotten(
    relay: Relay, clock: FakeClock, wall: int, campaign: Campaign
) -> None:
    crawl.sweep(relay, wall)
    first = _source(relay, wall).covered_from
    clock.moves(days=4)
    assert crawl.sweep(relay, wall).covers_from > campaign.opens_at == first
    assert _source(relay, wall).covered_from == first


@pytest.mark.slow
def test_while_a_token_rests_for_a_year_the_others_ask_again_in_six_hours(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    other = sources.add(relay, SLUG, "vk:club2").id or 0
    network.parks(until=clock() + timedelta(days=365))
    for source_id in (wall, other):
        crawl.sweep(relay, source_id)
    assert _source(relay, other).next_sweep_at == clock() + crawl.LONGEST_BACKOFF
    network.parks(until=clock() + timedelta(hours=2))
    crawl.sweep(relay, other)
    assert _source(relay, other).next_sweep_at == clock() + timedelta(hours=2)


@pytest.mark.slow
def test_a_last_sweep_reads_the_whole_window(relay: Relay, clock: FakeClock, wall: int, campaign: Campaign) -> None:
    crawl.sweep(relay, wall)
    clock.moves(days=4)
    campaigns.stop(relay, SLUG, person="olga")
    row = crawl.sweep(relay, wall)
    assert (row.deep, row.covers_from) == (True, campaign.opens_at)


@pytest.mark.parametrize(
    ("reread_from", "alias", "answers"),
    [(None, "", True), (datetime(2023, 1, 1, tzinfo=UTC), "", False), (None, "#прорыв", False)],
)
def test_a_reading_answers_only_what_was_asked_when_it_began(
    reread_from: datetime | None, alias: str, *, answers: bool
) -> None:
    asked = hashtags.wanted(["#proryv80"], [])
    reading = SimpleNamespace(
        campaign=SimpleNamespace(hashtags=["#proryv80"], aliases=[alias] if alias else []),
        source=SimpleNamespace(reread_from=reread_from),
        asked_back=None,
        wanted=asked,
    )
    assert crawl._answers(reading) is answers  # type: ignore[arg-type]


def test_where_people_wait_for_hidden_posts_all_are_looked_at(relay: Relay, wall: int) -> None:
    (before,) = crawl._begin(relay, [wall], deep=False)
    with relay.transaction() as session:
        session.add(HiddenPost(source_id=wall, url="https://vk.com/wall-1_1"))
    (after,) = crawl._begin(relay, [wall], deep=False)
    assert before.request.wanted is not None
    assert before.request.wanted("#proryv80")
    assert not before.request.wanted("Ярмарка")
    assert after.request.wanted is None
