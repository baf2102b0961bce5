from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select, update

from relay.collect import campaigns, crawl, ingest, sources
from relay.collect.found import posts
from relay.collect.hashtags import Hit
from relay.context import Relay
from relay.errors import NotFound, Refused, TryLater
from relay.models import Campaign, Event, Match, MatchKind, NoVideo
from relay.ports import Author, SeenPost
from relay.records import find_campaign
from relay.views import as_json
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource, a_post, a_video

LATE = datetime(2023, 1, 20, tzinfo=UTC)


@pytest.mark.slow
def test_the_listing_has_the_fields_that_others_script_against(
    relay: Relay, campaign: Campaign, network: FakeSource
) -> None:
    sources.add(relay, SLUG, "vk:gorod")
    network.has(a_post("Письмо #proryv80", edited_at=NOON + timedelta(hours=1)))
    crawl.crawl(relay, SLUG)
    assert as_json(posts.listing(relay, SLUG)) == [
        {
            "id": 1,
            "network": "vk",
            "owner_id": "-1",
            "post_id": "1",
            "url": "https://vk.com/wall-1_1",
            "text": "Письмо #proryv80",
            "published_at": "2023-01-12T12:00:00+03:00",
            "edited_at": "2023-01-12T13:00:00+03:00",
            "match": "exact",
            "matched_in": "text",
            "tag": "#proryv80",
            "author": "Анна Иванова",
            "author_id": "7",
            "sources": ["vk:club1"],
            "videos": 1,
            "unfetchable": "",
            "reason": "",
            "put_aside": "",
        }
    ]


@pytest.mark.slow
def test_a_post_shows_videos_that_never_became_a_clip(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    sources.add(relay, SLUG, "vk:gorod")
    blocked = a_video("2", blocked="The video is private.")
    network.has(a_post(videos=(a_video("1", title="Письмо", duration=31.0), blocked)))
    crawl.crawl(relay, SLUG)
    shown = posts.show(relay, 1)
    assert shown.campaign == SLUG
    assert [(video.video_id, video.state, video.reason) for video in shown.videos] == [
        ("1", "found", ""),
        ("2", "unavailable", "The video is private."),
    ]
    assert (shown.videos[0].title, shown.videos[0].duration) == ("Письмо", 31.0)


def test_a_post_that_is_not_there_is_told(relay: Relay) -> None:
    with pytest.raises(NotFound, match="no post number 5"):
        posts.show(relay, 5)


@pytest.mark.slow
def test_a_handed_in_post_needs_no_tag(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.has(a_post("Письмо деда"))
    number = posts.add(relay, SLUG, "https://vk.com/wall-1_1", person="olga")
    shown = posts.show(relay, number)
    assert (shown.match, shown.matched_in, shown.sources) == ("exact", "handed in", [])
    assert [video.state for video in shown.videos] == ["found"]


@pytest.mark.slow
def test_the_same_link_again_changes_nothing(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.has(a_post("Письмо деда"))
    first = posts.add(relay, SLUG, "https://vk.com/wall-1_1", person="olga")
    assert posts.add(relay, SLUG, " https://vk.com/wall-1_1 ", person="olga") == first
    assert len(posts.listing(relay, SLUG)) == 1


@pytest.mark.slow
def test_a_near_miss_that_is_handed_in_counts(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    sources.add(relay, SLUG, "vk:gorod")
    network.has(a_post("#прорыв80"))
    crawl.crawl(relay, SLUG)
    assert posts.listing(relay, SLUG)[0].match == "near"
    posts.add(relay, SLUG, "https://vk.com/wall-1_1", person="olga")
    crawl.crawl(relay, SLUG)
    assert [(post.match, post.matched_in) for post in posts.listing(relay, SLUG)] == [("exact", "handed in")]


@pytest.mark.slow
def test_one_published_after_the_window_never_counts(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.has(a_post("Письмо деда", "1", published_at=LATE), a_post("#proryv80", "2", published_at=LATE))
    for number in ("1", "2"):
        posts.add(relay, SLUG, f"https://vk.com/wall-1_{number}", person="olga")
    assert [post.match for post in posts.listing(relay, SLUG)] == ["outside", "outside"]


def test_a_video_of_unknown_date_counts_because_a_person_says_so(
    relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource
) -> None:
    clock.is_at(LATE)
    network.hands_in("https://vk.com/video7_100")
    shown = posts.show(relay, posts.add(relay, SLUG, "https://vk.com/video7_100", person="olga"))
    assert (shown.network, shown.match, shown.matched_in) == ("hand-in", "exact", "handed in")


@pytest.mark.slow
@pytest.mark.parametrize("link", ["https://vk.com/wall-1_404", "https://example.org/video", "nonsense", ""])
def test_a_link_to_nothing_is_refused(relay: Relay, campaign: Campaign, network: FakeSource, link: str) -> None:
    with pytest.raises(Refused) as refused:
        posts.add(relay, SLUG, link, person="olga")
    assert refused.value.hint
    assert posts.listing(relay, SLUG) == []


@pytest.mark.slow
def test_when_the_network_is_down_it_says_what_to_do(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.is_down("VK can't be reached.")
    with pytest.raises(TryLater, match="VK can't be reached") as told:
        posts.add(relay, SLUG, "https://vk.com/wall-1_1", person="olga")
    assert "Nothing was handed in" in told.value.line


@pytest.mark.slow
def test_a_post_of_nobody_known_is_shown_too(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.has(a_post(author=Author(), videos=()))
    shown = posts.show(relay, posts.add(relay, SLUG, "https://vk.com/wall-1_1", person="olga"))
    assert (shown.author, shown.videos) == ("", [])


# Whole answers, over rows that are written at once


def _other_campaign(relay: Relay) -> None:
    words = {"opens": "2023-01-11", "closes": "2023-01-18", "tz": "UTC"}
    campaigns.new(relay, slug="other", title="x", hashtags=["#proryv80"], **words)


def _kept(relay: Relay, post: SeenPost, hit: Hit, *walls: int, slug: str = SLUG) -> int:
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        for source_id in walls or (None,):
            kept = ingest.keep(session, campaign, post, hit, relay.now(), source_id=source_id)
    return kept.post_id


OURS = Hit(MatchKind.exact, "text", "#proryv80")


@pytest.fixture
def walls(relay: Relay, campaign: Campaign, network: FakeSource) -> list[int]:
    """Two of the campaign, and one of another one."""
    _other_campaign(relay)
    return [sources.add(relay, slug, f"vk:{name}").id or 0 for slug, name in
            ((SLUG, "club1"), (SLUG, "anna"), ("other", "club1"))]  # fmt: skip


@pytest.mark.slow
def test_posts_are_told_oldest_first_with_their_sources_and_what_lacks(relay: Relay, walls: list[int]) -> None:
    blocked = a_video("9", blocked="It is private.", blocked_for_good=True)
    late = _kept(relay, a_post("B", "2", videos=(blocked,)), OURS, walls[1], walls[0])
    two = a_post("A", "1", videos=(a_video("1"), a_video("2")), published_at=NOON - timedelta(hours=1))
    early = _kept(relay, two, Hit(MatchKind.near, "text", "#прорыв80"), walls[0])
    _kept(relay, two, OURS, walls[2], slug="other")
    same = _kept(relay, a_post("C", "3", videos=(), no_video=NoVideo.story), OURS)
    _kept(relay, a_post("D", "4"), OURS, walls[2], slug="other")
    with relay.transaction() as session:
        session.exec(update(Match).where(col(Match.post_id) == same).values(put_aside="Борис"))
    listed = posts.listing(relay, SLUG)
    assert [
        (row.id, row.match, row.sources, row.videos, row.unfetchable, row.reason, row.put_aside) for row in listed
    ] == [
        (early, "near", ["vk:club1"], 2, "", "", ""),
        (late, "exact", ["vk:id7", "vk:club1"], 1, "blocked", "It is private.", ""),
        (same, "exact", [], 0, "story", "", "Борис"),
    ]
    shown = posts.show(relay, early)
    assert (shown.campaign, shown.match, shown.sources) == (SLUG, "near", ["vk:club1"])
    told = as_json(posts.show(relay, late))
    assert {name: value for name, value in told.items() if name not in ("campaign", "videos")} == {
        name: value for name, value in as_json(listed[1]).items() if name != "videos"
    }


@pytest.mark.slow
def test_a_post_is_shown_with_its_videos_in_their_order(relay: Relay, campaign: Campaign) -> None:
    first = a_video("5", "8", title="Письмо", duration=9.5, kind="clip", author=Author("8", "Борис"))
    second = a_video("4", blocked="It is in processing.")
    number = _kept(relay, a_post("A", "1", videos=(first, second)), OURS)
    _kept(relay, a_post("B", "2", videos=(a_video("6"),)), OURS)
    shown = {"id": 1, "network": "vk", "owner_id": "8", "video_id": "5", "url": "https://vk.com/video8_5",
             "kind": "clip", "title": "Письмо", "duration": 9.5, "author": "Борис", "state": "found", "reason": "",
             "next_try_at": None, "sha256": None}  # fmt: skip
    assert as_json(posts.show(relay, number).videos) == [
        shown,
        {**shown, "id": 2, "owner_id": "7", "video_id": "4", "url": "https://vk.com/video7_4", "kind": "video",
         "title": "", "duration": None, "author": "Анна Иванова", "state": "unavailable",
         "reason": "It is in processing.", "next_try_at": "2023-01-12T13:00:00+03:00"},
    ]  # fmt: skip
    with pytest.raises(NotFound) as told:
        posts.show(relay, 999)
    assert told.value.line == "There is no post number 999. See: relay post list CAMPAIGN"


@pytest.mark.slow
def test_what_was_handed_in_is_noted_with_what_it_is(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    outside = a_post("Письмо", "1", published_at=NOON + timedelta(days=30))
    near = a_post("Письмо #прорыв80", "2")
    network.has(outside, near)
    numbers = [posts.add(relay, SLUG, post.url, person="Анна") for post in (outside, near, near)]
    assert [(row.match, row.matched_in, row.tag) for row in posts.listing(relay, SLUG)] == [
        ("exact", "handed in", ""), ("outside", "handed in", ""),
    ]  # fmt: skip
    with relay.reading() as session:
        rows = session.exec(select(Event).where(Event.what == "handed in").order_by(col(Event.id))).all()
    assert [(row.at, row.subject, row.subject_id, row.person, row.details) for row in rows] == [
        (relay.now(), "campaign", campaign.id, "Анна", {"post": number, "url": post.url, "match": kind})
        for number, post, kind in zip(numbers, (outside, near, near), ("outside", "exact", "exact"), strict=True)
    ]


@pytest.mark.slow
def test_each_network_is_asked_whether_a_link_is_its_own(relay: Relay, campaign: Campaign) -> None:
    second = FakeSource("tg")
    both = dataclasses.replace(relay, sources={"vk": FakeSource(), "tg": second})
    second.has(dataclasses.replace(a_post("Письмо #proryv80", "1"), network="tg", url="https://tg.com/1"))
    assert posts.add(both, SLUG, "https://tg.com/1", person="Анна") == 1
    for url, said in (
        ("https://vk.com/wall-1_9", "Nothing that we may see is at https://vk.com/wall-1_9. "
         "Is it deleted, or for friends only?"),
        ("https://example.org/x", "https://example.org/x leads to no network that Relay reads. "
         "Hand the file in: relay clip add"),
    ):  # fmt: skip
        with pytest.raises(Refused) as told:
            posts.add(both, SLUG, url, person="Анна")
        assert told.value.line == said
    second.breaks(TryLater("It does not answer.", code=5, requests=2))
    with pytest.raises(TryLater) as later:
        posts.add(both, SLUG, "https://tg.com/1", person="Анна")
    assert (later.value.line, later.value.code, later.value.requests) == (
        "It does not answer. Nothing was handed in: run the same command again in a few minutes.", 5, 2,
    )  # fmt: skip
