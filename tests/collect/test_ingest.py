"""What is written of a post that a source shows, again or differently: matches only rise, nothing is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import select

from relay.collect import campaigns, hashtags, ingest, sources
from relay.collect.hashtags import Hit
from relay.context import Relay
from relay.models import Campaign, Event, Match, MatchKind, Post, Sighting, Spotting, Video, VideoState
from relay.ports import Author, SeenPost
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource, a_post, a_video, edited

HOUR = timedelta(hours=1)
NEAR, OUTSIDE, EXACT = MatchKind.near, MatchKind.outside, MatchKind.exact


@pytest.fixture
def source(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    return sources.add(relay, SLUG, "vk:club1").id or 0


def wanted(relay: Relay) -> hashtags.Wanted:
    campaign = campaigns.get(relay, SLUG)
    return hashtags.wanted(campaign.hashtags, campaign.aliases)


def shows(relay: Relay, source: int, *posts: SeenPost) -> ingest.PageCount:
    """As a sweep does."""
    campaign = campaigns.get(relay, SLUG)
    judged = [(post, ingest.judge(campaign, post, wanted(relay))) for post in posts]
    with relay.transaction() as session:
        return ingest.keep_all(
            session, campaign, [(post, hit) for post, hit in judged if hit], relay.now(), source_id=source
        )


def hits(relay: Relay, source: int, post: SeenPost, kind: MatchKind, where: str = "text") -> ingest.PageCount:
    campaign = campaigns.get(relay, SLUG)
    with relay.transaction() as session:
        return ingest.keep_all(
            session, campaign, [(post, Hit(kind, where, "#proryv80"))], relay.now(), source_id=source
        )


def rows(relay: Relay, table: type[Any]) -> list[Any]:
    with relay.reading() as session:
        return list(session.exec(select(table).order_by(table.id)))


def kind_of(relay: Relay) -> MatchKind:
    (match,) = rows(relay, Match)
    kind: MatchKind = match.kind
    return kind


# What belongs to the campaign


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "at", "kind"),
    [
        ("#proryv80", NOON, EXACT),
        ("#прорыв_80", NOON, EXACT),  # an alias
        ("#прорыв80", NOON, NEAR),
        ("#almanac", NOON, None),
        # the window: 11 to 18 January in Moscow, to the second
        ("#proryv80", "2023-01-10T20:59:59", OUTSIDE),
        ("#proryv80", "2023-01-10T21:00:00", EXACT),
        ("#proryv80", "2023-01-18T20:59:59", EXACT),
        ("#proryv80", "2023-01-18T21:00:00", OUTSIDE),
        ("#прорыв80", "2023-01-18T21:00:00", None),  # not worth a person's time
    ],
)
def test_what_a_post_is_to_the_campaign(campaign: Campaign, text: str, at: Any, kind: MatchKind | None) -> None:
    published = NOON if at is NOON else NOON.fromisoformat(f"{at}+00:00")
    tags = hashtags.wanted(campaign.hashtags, campaign.aliases)
    hit = ingest.judge(campaign, a_post(text, published_at=published), tags)
    assert (hit.kind if hit else None) == kind


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "dated", "inside", "kind", "where"),
    [
        ("#proryv80", True, True, EXACT, "text"),
        ("#proryv80", True, False, OUTSIDE, "text"),
        ("Письмо", True, True, EXACT, "handed in"),
        ("Письмо", True, False, OUTSIDE, "handed in"),
        ("Письмо", False, False, EXACT, "handed in"),  # nobody knows its date
        ("#прорыв80", True, True, EXACT, "handed in"),  # a look-alike that a person vouches for
        ("#прорыв80", True, False, OUTSIDE, "handed in"),
    ],
)
def test_a_person_vouches_for_what_is_handed_in(
    campaign: Campaign, text: str, dated: bool, inside: bool, kind: MatchKind, where: str
) -> None:
    tags = hashtags.wanted(campaign.hashtags, campaign.aliases)
    post = a_post(text, published_at=NOON if inside else NOON + timedelta(days=30))
    hit = ingest.judge_handed_in(campaign, post, tags, dated=dated)
    assert (hit.kind, hit.matched_in) == (kind, where)


# Matches only rise


@pytest.mark.slow
@pytest.mark.parametrize("first", [NEAR, OUTSIDE, EXACT])
@pytest.mark.parametrize("then", [NEAR, OUTSIDE, EXACT])
@pytest.mark.parametrize("changed", [False, True])
def test_a_match_only_rises_whether_the_post_was_edited_or_not(
    relay: Relay, source: int, first: MatchKind, then: MatchKind, changed: bool
) -> None:
    """A look-alike is less than the tag outside the window, and that less than the tag in it."""
    order = [NEAR, OUTSIDE, EXACT]
    post = a_post()
    hits(relay, source, post, first)
    again = replace(post, edited_at=NOON) if changed else post
    page = hits(relay, source, again, then)
    assert kind_of(relay) == max(first, then, key=order.index)
    assert (page.new, page.matched) == (0, int(then is EXACT))


@pytest.mark.slow
def test_after_an_alias_was_accepted_an_unchanged_look_alike_is_ours(relay: Relay, source: int) -> None:
    post = a_post("#прорыв80")
    shows(relay, source, post)
    assert kind_of(relay) is NEAR
    with relay.transaction() as session:
        session.exec(update(Campaign).values(aliases=["прорыв_80", "прорыв80"]))
    shows(relay, source, post)
    assert kind_of(relay) is EXACT
    (match,) = rows(relay, Match)
    assert (match.matched_in, match.tag) == ("text", "#прорыв80")


@pytest.mark.slow
def test_a_match_that_stays_keeps_why(relay: Relay, source: int) -> None:
    hits(relay, source, a_post(), EXACT, "video title")
    hits(relay, source, replace(a_post(), edited_at=NOON), EXACT, "text")
    (match,) = rows(relay, Match)
    assert match.matched_in == "video title"


# What is counted


@pytest.mark.slow
def test_a_page_counts_what_carries_the_tag_and_what_is_new(relay: Relay, source: int) -> None:
    posts = [a_post(post_id="1"), a_post("#прорыв80", "2"), a_post(post_id="3", published_at=NOON + timedelta(days=30))]
    page = shows(relay, source, *posts, a_post("Ярмарка", "4"))
    assert (page.matched, page.new) == (1, 3)
    page = shows(relay, source, *posts, a_post(post_id="5"))
    assert (page.matched, page.new) == (2, 1)
    assert [row.post_id for row in rows(relay, Post)] == ["1", "2", "3", "5"]


@pytest.mark.slow
def test_a_post_that_stands_twice_on_a_page_is_one(relay: Relay, source: int) -> None:
    page = shows(relay, source, a_post(), a_post())
    assert (page.new, len(rows(relay, Post)), len(rows(relay, Match)), len(rows(relay, Sighting))) == (1, 1, 1, 1)


def test_two_posts_of_a_page_that_carry_one_video_are_two_sightings(relay: Relay, source: int) -> None:
    video = a_video("100")
    page = shows(relay, source, *(a_post(post_id=name, videos=(video,)) for name in ("1", "2")))
    assert (page.new, len(rows(relay, Video)), len(rows(relay, Sighting))) == (2, 1, 2)


@pytest.mark.slow
def test_numbers_that_are_alike_on_another_wall_are_another_post(relay: Relay, source: int) -> None:
    shows(relay, source, a_post(post_id="1", owner_id="-1"), a_post(post_id="2", owner_id="-2"))
    shows(relay, source, a_post(post_id="1", owner_id="-2"), a_post(post_id="2", owner_id="-1"))
    assert len(rows(relay, Post)) == 4


@pytest.mark.slow
def test_every_source_that_shows_a_post_is_noted_once(relay: Relay, source: int) -> None:
    other = sources.add(relay, SLUG, "vk:tag").id or 0
    for number in (source, source, other, other):
        shows(relay, number, a_post())
    assert [row.source_id for row in rows(relay, Spotting)] == [source, other]


@pytest.mark.slow
def test_a_post_that_is_shown_again_has_been_seen_now(relay: Relay, source: int, clock: FakeClock) -> None:
    shows(relay, source, a_post())
    clock.moves(hours=1)
    shows(relay, source, a_post())
    (post,) = rows(relay, Post)
    assert (post.first_seen_at, post.last_seen_at) == (NOON, NOON + HOUR)


# Edits


@pytest.mark.slow
def test_an_edit_is_kept_and_noted(relay: Relay, source: int, clock: FakeClock) -> None:
    shows(relay, source, a_post("Читаю #proryv80"))
    shows(relay, source, edited(a_post(), "Читаю письмо #proryv80", NOON + HOUR))
    (post,) = rows(relay, Post)
    assert (post.text, post.edited_at) == ("Читаю письмо #proryv80", NOON + HOUR)
    (event,) = [event for event in rows(relay, Event) if event.what == "post edited"]
    assert event.details == {"text": ["Читаю #proryv80", "Читаю письмо #proryv80"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("known", "seen", "kept"),
    [
        (NOON, NOON - HOUR, "old"),  # a stale cache
        (NOON, None, "old"),
        (NOON, NOON, "new"),
        (NOON, NOON + HOUR, "new"),
        (None, NOON, "new"),
        (None, None, "new"),
    ],
)
def test_an_older_edition_turns_nothing_back(relay: Relay, source: int, known: Any, seen: Any, kept: str) -> None:
    shows(relay, source, replace(a_post("old #proryv80"), edited_at=known))
    shows(relay, source, replace(a_post("new #proryv80"), edited_at=seen))
    (post,) = rows(relay, Post)
    assert post.text == f"{kept} #proryv80"


@pytest.mark.slow
def test_a_name_that_a_network_leaves_out_is_not_forgotten(relay: Relay, source: int) -> None:
    shows(relay, source, a_post(author=Author("7", "Анна Иванова")))
    shows(relay, source, replace(a_post("Ещё #proryv80"), author=Author("8", ""), edited_at=NOON))
    (post,) = rows(relay, Post)
    assert (post.author, post.author_id) == ("Анна Иванова", "8")


# Videos


@pytest.mark.slow
def test_what_a_network_says_of_a_video_is_taken_and_what_it_leaves_out_is_kept(relay: Relay, source: int) -> None:
    full = a_video(title="Письмо", description="Отрывок", duration=30, access_key="k1", url="https://vk.com/v?k1")
    shows(relay, source, a_post(videos=(full,)))
    bare = a_video(title="", description="", duration=0, author=Author("", ""))
    shows(relay, source, a_post(videos=(bare,)))
    (video,) = rows(relay, Video)
    assert (video.title, video.description, video.duration, video.author) == ("Письмо", "Отрывок", 30, "Анна Иванова")
    assert (video.url, video.access_key) == ("https://vk.com/v?k1", "k1")
    shows(
        relay, source, a_post(videos=(replace(full, title="Письмо деда", access_key="k2", url="https://vk.com/v?k2"),))
    )
    (video,) = rows(relay, Video)
    assert (video.title, video.url, video.access_key) == ("Письмо деда", "https://vk.com/v?k2", "k2")


@pytest.mark.slow
def test_a_video_that_an_edit_adds_is_found(relay: Relay, source: int) -> None:
    shows(relay, source, a_post(videos=(a_video("1"),)))
    shows(relay, source, a_post(videos=(a_video("1"), a_video("2"))))
    assert [row.video_id for row in rows(relay, Video)] == ["1", "2"]
    assert [row.position for row in rows(relay, Sighting)] == [0, 1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("blocked", "for_good", "state", "again"),
    [
        ("", False, VideoState.found, None),
        ("VK is still processing the video.", False, VideoState.unavailable, HOUR),
        ("A stream.", True, VideoState.refused, None),
    ],
)
@pytest.mark.parametrize("known", [False, True])
def test_what_a_network_does_not_show_yet_is_looked_at_in_an_hour(
    relay: Relay, source: int, blocked: str, for_good: bool, state: VideoState, again: timedelta | None, known: bool
) -> None:
    if known:
        shows(relay, source, a_post(videos=(a_video(blocked="Something else."),)))
    shows(relay, source, a_post(videos=(a_video(blocked=blocked, blocked_for_good=for_good),)))
    (video,) = rows(relay, Video)
    assert (video.state, video.reason) == (state, blocked)
    assert video.next_try_at == (None if again is None else NOON + again)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "attempts", "moves"),
    [
        (VideoState.found, 0, True),
        (VideoState.unavailable, 0, True),
        (VideoState.refused, 0, True),
        (VideoState.fetching, 0, False),
        (VideoState.fetched, 0, False),
        (VideoState.found, 1, False),
        (VideoState.unavailable, 3, False),
        (VideoState.gone, 1, False),
    ],
)
def test_what_a_try_found_out_says_more_than_a_list_of_posts(
    relay: Relay, source: int, state: VideoState, attempts: int, moves: bool
) -> None:
    shows(relay, source, a_post(videos=(a_video(),)))
    with relay.transaction() as session:
        session.exec(update(Video).values(state=state, attempts=attempts, reason="So it was."))
    shows(relay, source, a_post(videos=(a_video(blocked="VK is still processing the video."),)))
    (video,) = rows(relay, Video)
    assert video.state is (VideoState.unavailable if moves else state)
    assert [event.what for event in rows(relay, Event) if event.subject == "video"] == ["unavailable"] * moves


@pytest.mark.slow
def test_a_video_that_moves_while_it_is_looked_at_is_left_to_the_other(relay: Relay, source: int) -> None:
    """Somebody has begun to fetch it since the row was read."""
    shows(relay, source, a_post(videos=(a_video(),)))
    (known,) = rows(relay, Video)
    with relay.transaction() as session:
        session.exec(update(Video).values(attempts=1, state=VideoState.fetching))
        ingest._move(session, known.id, known, a_video(blocked="Hidden."), NOON)
    (video,) = rows(relay, Video)
    assert (video.state, video.reason) == (VideoState.fetching, "")


@pytest.mark.slow
def test_posts_of_other_campaigns_are_new_to_this_one(relay: Relay, source: int) -> None:
    shows(relay, source, a_post())
    dates = {"opens": "2023-01-11", "closes": "2023-01-18", "tz": "Europe/Moscow"}
    other = campaigns.new(relay, slug="other", title="T", hashtags=["#proryv80"], **dates)
    with relay.transaction() as session:
        kept = ingest.keep_all(session, other, [(a_post(), Hit(EXACT, "text", "#proryv80"))], NOON, source_id=source)
    assert (kept.new, len(rows(relay, Post)), len(rows(relay, Match))) == (1, 1, 2)


@pytest.mark.slow
def test_a_new_title_alone_forgets_nothing_else_of_the_video(relay: Relay, source: int) -> None:
    """The row is written, and what came empty this time stays as it was."""
    full = a_video(title="Письмо", description="Отрывок", duration=30, access_key="k1", url="https://vk.com/v?k1")
    shows(relay, source, a_post(videos=(full,)))
    shows(relay, source, a_post(videos=(a_video(title="Письмо деда", author=Author("", ""), url="https://vk.com/v"),)))
    (video,) = rows(relay, Video)
    assert (video.title, video.description, video.duration) == ("Письмо деда", "Отрывок", 30)
    assert (video.author, video.author_id) == ("Анна Иванова", "7")
    assert (video.url, video.access_key) == ("https://vk.com/v?k1", "k1")
