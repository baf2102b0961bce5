from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relay.collect import crawl, places, posts
from relay.context import Relay
from relay.errors import NotFound, Refused, TryLater
from relay.models import Campaign
from relay.ports import Author
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource, a_post, a_video

LATE = datetime(2023, 1, 20, tzinfo=UTC)


@pytest.mark.slow
def test_the_listing_has_the_fields_that_others_script_against(
    relay: Relay, campaign: Campaign, network: FakeSource
) -> None:
    places.add(relay, SLUG, "vk:gorod")
    network.has(a_post("Письмо #proryv80", edited_at=NOON + timedelta(hours=1)))
    crawl.crawl(relay, SLUG)
    assert posts.listing(relay, SLUG) == [
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


def test_a_post_shows_videos_that_never_became_a_clip(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    places.add(relay, SLUG, "vk:gorod")
    blocked = a_video("2", blocked="The video is private.")
    network.has(a_post(videos=(a_video("1", title="Письмо", duration=31.0), blocked)))
    crawl.crawl(relay, SLUG)
    shown = posts.show(relay, 1)
    assert shown["campaign"] == SLUG
    assert [(video["video_id"], video["state"], video["reason"]) for video in shown["videos"]] == [
        ("1", "found", ""),
        ("2", "unavailable", "The video is private."),
    ]
    assert (shown["videos"][0]["title"], shown["videos"][0]["duration"]) == ("Письмо", 31.0)


def test_a_post_that_is_not_there_is_told(relay: Relay) -> None:
    with pytest.raises(NotFound, match="no post number 5"):
        posts.show(relay, 5)


def test_a_handed_in_post_needs_no_tag(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.has(a_post("Письмо деда"))
    number = posts.add(relay, SLUG, "https://vk.com/wall-1_1", person="olga")
    shown = posts.show(relay, number)
    assert (shown["match"], shown["matched_in"], shown["sources"]) == ("exact", "handed in", [])
    assert [video["state"] for video in shown["videos"]] == ["found"]


def test_the_same_link_again_changes_nothing(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.has(a_post("Письмо деда"))
    first = posts.add(relay, SLUG, "https://vk.com/wall-1_1", person="olga")
    assert posts.add(relay, SLUG, " https://vk.com/wall-1_1 ", person="olga") == first
    assert len(posts.listing(relay, SLUG)) == 1


@pytest.mark.slow
def test_a_near_miss_that_is_handed_in_counts(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    places.add(relay, SLUG, "vk:gorod")
    network.has(a_post("#прорыв80"))
    crawl.crawl(relay, SLUG)
    assert posts.listing(relay, SLUG)[0]["match"] == "near"
    posts.add(relay, SLUG, "https://vk.com/wall-1_1", person="olga")
    crawl.crawl(relay, SLUG)
    assert [(post["match"], post["matched_in"]) for post in posts.listing(relay, SLUG)] == [("exact", "handed in")]


def test_one_published_after_the_window_never_counts(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.has(a_post("Письмо деда", "1", published_at=LATE), a_post("#proryv80", "2", published_at=LATE))
    for number in ("1", "2"):
        posts.add(relay, SLUG, f"https://vk.com/wall-1_{number}", person="olga")
    assert [post["match"] for post in posts.listing(relay, SLUG)] == ["outside", "outside"]


def test_a_video_of_unknown_date_counts_because_a_person_says_so(
    relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource
) -> None:
    clock.is_at(LATE)
    network.hands_in("https://vk.com/video7_100")
    shown = posts.show(relay, posts.add(relay, SLUG, "https://vk.com/video7_100", person="olga"))
    assert (shown["network"], shown["match"], shown["matched_in"]) == ("hand-in", "exact", "handed in")


@pytest.mark.parametrize("link", ["https://vk.com/wall-1_404", "https://example.org/video", "nonsense", ""])
def test_a_link_to_nothing_is_refused(relay: Relay, campaign: Campaign, network: FakeSource, link: str) -> None:
    with pytest.raises(Refused) as refused:
        posts.add(relay, SLUG, link, person="olga")
    assert refused.value.hint
    assert posts.listing(relay, SLUG) == []


def test_when_the_network_is_down_it_says_what_to_do(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.is_down("VK can't be reached.")
    with pytest.raises(TryLater, match="VK can't be reached") as told:
        posts.add(relay, SLUG, "https://vk.com/wall-1_1", person="olga")
    assert "Nothing was handed in" in told.value.line


def test_a_post_of_nobody_known_is_shown_too(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.has(a_post(author=Author(), videos=()))
    shown = posts.show(relay, posts.add(relay, SLUG, "https://vk.com/wall-1_1", person="olga"))
    assert (shown["author"], shown["videos"]) == ("", [])
