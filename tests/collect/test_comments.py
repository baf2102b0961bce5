"""A tag that stands only in a comment: what is asked, what it costs, and what a person is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlmodel import col, select

from relay.collect import campaigns, comments, crawl, hashtags, planner, schedule, sources
from relay.collect.found import near_misses, posts
from relay.collect.planner import Budget
from relay.context import Relay
from relay.errors import Stale
from relay.intake import fetch
from relay.models import Campaign, Event, EventKind, Source
from relay.ports import Author, Comment, SeenPost
from relay.views import as_json
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource, a_post, a_video

WANTED = hashtags.wanted(["#proryv80"])
SILENT = a_post("Письмо деда", "1")
"""Anna's video on the wall of a public, without the tag."""


@pytest.fixture
def wall(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    comments.set_for(relay, SLUG, on=True, person="olga")
    network.has(SILENT)
    return sources.add(relay, SLUG, "vk:club1").id or 0


def a_comment(text: str, by: str = "7", number: str = "1") -> Comment:
    return Comment(number, "https://vk.com/wall-1_1?reply=1", Author(by, "Анна"), text, NOON)


def _matches(relay: Relay) -> list[tuple[str, str, str]]:
    return [(post.post_id, post.match, post.matched_in) for post in posts.listing(relay, SLUG)]


# Deciding


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([], None),
        ([("Спасибо", "7")], None),
        ([("забыла: #proryv80", "7")], ("#proryv80", True)),
        ([("#прорыв80", "7")], ("#прорыв80", True)),
        ([("#proryv80", "9")], ("#proryv80", False)),
        ([("#прорыв80", "9")], None),
        ([("#proryv80", "9"), ("#прорыв80", "7")], ("#прорыв80", True)),
        ([("#прорыв80", "7"), ("вот: #Proryv80", "7")], ("#Proryv80", True)),
        ([("это не #proryv80лето, а #лето", "9")], None),
    ],
)
def test_which_comment_counts(said: list[tuple[str, str]], found: tuple[str, bool] | None) -> None:
    """The author's own goes before anybody else's, and only the author's may be a look-alike."""
    told = comments.judge(SILENT, [a_comment(text, by) for text, by in said], WANTED)
    assert (told and (told.tag, told.own)) == found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("post", "asked"),
    [
        (a_post("Письмо", comments=1), True),
        (a_post("Письмо #прорыв80", comments=1), True),
        (a_post("Письмо #proryv80", comments=1), False),
        (a_post("Письмо", comments=0), False),
        (a_post("Письмо", comments=1, videos=()), False),
        (a_post("Письмо", comments=1, published_at=NOON - timedelta(days=30)), False),
    ],
    ids=["silent", "look-alike", "ours already", "no comment", "no video", "outside"],
)
def test_which_posts_are_worth_a_call(relay: Relay, campaign: Campaign, post: SeenPost, asked: bool) -> None:
    assert bool(comments.worth_asking(campaign, [post], WANTED)) is asked


def test_what_is_asked_for_and_in_which_order() -> None:
    def shown(number: str, count: int, hours: int = 0) -> SeenPost:
        return a_post("Письмо", number, comments=count, published_at=NOON - timedelta(hours=hours))

    seen = [shown("1", 3, 2), shown("2", 300, 1), shown("3", 9), shown("4", 5), shown("5", 2, 9)]
    plan = comments.threads(seen, {"-1_3": 4, "-1_4": 5}, 10)
    asked = [(post.post_id, [(thread.newest, thread.count) for thread in calls]) for post, calls in plan]
    assert asked == [
        ("2", [(False, 100), (True, 100)]),
        ("1", [(False, 100)]),
        ("5", [(False, 100)]),
        ("3", [(True, 15)]),
    ]
    assert [post.post_id for post, _ in comments.threads(seen, {}, 3)] == ["3", "4", "2"][:2]


@pytest.mark.parametrize(
    ("per_token", "tokens", "spent", "this_hour", "calls"),
    [
        (500, 1, 0, 0, 50),
        (100, 1, 0, 0, 14),
        (100, 1, 13, 13, 1),
        (100, 1, 40, 14, 0),
        (100, 1, 79, 0, 1),
        (100, 1, 80, 0, 0),
        (100, 2, 80, 0, 27),
        (1, 1, 0, 0, 0),
        (2, 1, 0, 0, 1),
        (None, 1, 999, 99, 50),
    ],
)
def test_what_an_hour_may_spend(per_token: int | None, tokens: int, spent: int, this_hour: int, calls: int) -> None:
    assert planner.comment_calls(Budget(per_token, tokens, spent), this_hour) == calls


# Sweeping


def test_a_tag_in_the_authors_comment_waits_among_the_near_misses(relay: Relay, wall: int, network: FakeSource) -> None:
    network.says_below(SILENT, "Ой, забыла тег: #proryv80")
    crawl.sweep(relay, wall)
    assert _matches(relay) == [("1", "near", "comment")]
    (waiting,) = near_misses.listing(relay, SLUG)
    assert as_json(waiting.comment) == {
        "text": "Ой, забыла тег: #proryv80",
        "author": "Анна Иванова",
        "author_id": "7",
        "url": "https://vk.com/wall-1_1?reply=1",
        "tag": "#proryv80",
        "own": True,
    }
    assert fetch.waiting(relay) == [], "nothing is fetched before a person has decided"
    near_misses.accept(relay, posts.listing(relay, SLUG)[0].id, person="Анна")
    assert _matches(relay) == [("1", "exact", "accepted by Анна")]
    assert len(fetch.waiting(relay)) == 1


def test_anybody_else_may_point_it_out_too(relay: Relay, wall: int, network: FakeSource) -> None:
    network.says_below(SILENT, "Это же #proryv80", by="9", name="Пётр")
    crawl.sweep(relay, wall)
    (waiting,) = near_misses.listing(relay, SLUG)
    assert (waiting.comment.own, waiting.comment.author) == (False, "Пётр")


def test_of_each_post_only_what_stands_below_it_is_shown(relay: Relay) -> None:
    with relay.transaction() as session:
        for number in (1, 2):
            comment = {"text": str(number), "author": "Анна", "url": "", "tag": "#proryv80", "own": False}
            words = {"campaign": SLUG, "comment": comment}
            session.add(Event(at=relay.now(), subject="post", subject_id=number, what=comments.FOUND, details=words))
    with relay.reading() as session:
        assert comments.below(session, [2], SLUG) == {2: comments.FoundComment("2", "Анна", "", "#proryv80", own=False)}
        assert comments.below(session, [1, 2], "another") == {}


@pytest.mark.slow
def test_a_campaign_that_does_not_look_into_comments_spends_nothing(
    relay: Relay, wall: int, network: FakeSource
) -> None:
    comments.set_for(relay, SLUG, on=False, person="olga")
    network.says_below(SILENT, "#proryv80")
    crawl.sweep(relay, wall)
    assert (network.threads, _matches(relay)) == ([], [])
    crawl.crawl(relay, SLUG, comments=True)
    assert _matches(relay) == [("1", "near", "comment")]


def test_twin_without_the_comments_the_post_is_missed(
    relay: Relay, wall: int, network: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.says_below(SILENT, "#proryv80")
    monkeypatch.setattr(comments, "worth_asking", lambda campaign, posts, wanted: [])
    crawl.sweep(relay, wall)
    assert _matches(relay) == []


@pytest.mark.slow
def test_only_posts_whose_comments_grew_are_asked_about_again(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    network.says_below(SILENT, "Спасибо")
    for _ in range(3):
        crawl.sweep(relay, wall)
        clock.moves(minutes=20)
    assert len(network.threads) == 1
    network.says_below(SILENT, "забыла #proryv80")
    crawl.sweep(relay, wall)
    assert [(thread.newest, thread.count) for thread in network.threads] == [(False, 100), (True, 11)]
    assert _matches(relay) == [("1", "near", "comment")]
    network.says_below(SILENT, "и ещё раз #proryv80")
    crawl.sweep(relay, wall)
    assert len(network.threads) == 2, "what was found needs no further call"


@pytest.mark.slow
def test_twin_without_the_memory_every_sweep_pays_again(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comments, "counts_read", lambda session, source: {})
    network.says_below(SILENT, "Спасибо")
    for _ in range(3):
        crawl.sweep(relay, wall)
        clock.moves(minutes=20)
    assert len(network.threads) == 3


@pytest.mark.slow
def test_the_budget_is_never_exceeded_and_the_rest_comes_later(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    many = [a_post("Письмо", str(n), published_at=NOON - timedelta(minutes=n)) for n in range(2, 9)]
    network.has(*many)
    for post in many:
        network.says_below(post, "забыла #proryv80")
    network.allows_comment_calls(10, spent=5)
    crawl.sweep(relay, wall)
    assert [thread.post_id for thread in network.threads] == ["2", "3"][: len(network.threads)]
    spent = len(network.threads)
    assert 0 < spent <= 3
    network.allows_comment_calls(500)
    crawl.sweep(relay, wall)
    assert sorted(thread.post_id for thread in network.threads) == [str(n) for n in range(2, 9)]


@pytest.mark.slow
def test_a_fault_in_the_comments_leaves_the_sweep_whole_and_is_made_good(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.says_below(SILENT, "забыла #proryv80")
    usual = network.comments
    monkeypatch.setattr(network, "comments", partial(_stumbles, network))
    row = crawl.sweep(relay, wall)
    assert (row.complete, row.fault) == (True, "")
    assert _matches(relay) == []
    network.recovers()
    monkeypatch.setattr(network, "comments", usual)
    clock.moves(minutes=10)
    crawl.sweep(relay, wall)
    assert _matches(relay) == [("1", "near", "comment")]


def _stumbles(network: FakeSource, threads: object) -> object:
    network.is_down()
    return FakeSource.comments(network, threads)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_search_is_not_asked_for_comments(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    comments.set_for(relay, SLUG, on=True, person="olga")
    network.has(a_post("Наш #proryv80", "5"), SILENT)
    network.says_below(SILENT, "#proryv80")
    crawl.sweep(relay, sources.add(relay, SLUG, "vk:tag").id or 0)
    assert network.threads == []


@pytest.mark.slow
@pytest.mark.parametrize("act", [near_misses.turn_down, near_misses.accept])
def test_what_a_person_has_decided_costs_no_more_calls(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource, act: object
) -> None:
    network.says_below(SILENT, "#proryv80", by="9")
    crawl.sweep(relay, wall)
    act(relay, posts.listing(relay, SLUG)[0].id, person="Анна")  # type: ignore[operator]
    before = _matches(relay)
    network.says_below(SILENT, "ну точно #proryv80")
    crawl.sweep(relay, wall)
    assert (len(network.threads), _matches(relay)) == (1, before)


def test_no_alias_takes_in_what_stands_in_a_comment(relay: Relay, wall: int, network: FakeSource) -> None:
    network.says_below(SILENT, "#прорыв80")
    network.has(a_post("Читаю #прорыв80", "2"))
    crawl.sweep(relay, wall)
    assert near_misses.add_alias(relay, SLUG, "#прорыв80", person="Анна") == 1
    assert sorted(_matches(relay)) == [("1", "near", "comment"), ("2", "exact", "text")]


@pytest.mark.slow
def test_an_author_who_puts_the_tag_into_the_post_needs_nobody(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    network.says_below(SILENT, "забыла #proryv80")
    crawl.sweep(relay, wall)
    clock.moves(minutes=20)
    network.has(a_post("Письмо деда #proryv80", "1", edited_at=clock()))
    crawl.sweep(relay, wall)
    assert _matches(relay) == [("1", "exact", "text")]


@pytest.mark.slow
def test_the_switch_is_recorded_once(relay: Relay, campaign: Campaign) -> None:
    for on in (True, True, False):
        comments.set_for(relay, SLUG, on=on, person="olga")
    with relay.reading() as session:
        switched = (EventKind.comments_on, EventKind.comments_off)
        told = session.exec(select(Event.what).where(col(Event.what).in_(switched))).all()
    assert list(told) == ["comments on", "comments off"]
    assert campaigns.status(relay, SLUG).comments is False


@pytest.mark.slow
def test_the_plan_shows_the_budget(relay: Relay, wall: int, network: FakeSource) -> None:
    network.allows_comment_calls(500, spent=7)
    assert as_json(schedule.show(relay, SLUG).comments) == [
        {"network": "vk", "tokens": 1, "quota": 500, "planned_share": 400, "spent": 7}
    ]
    comments.set_for(relay, SLUG, on=False, person="olga")
    assert schedule.show(relay, SLUG).comments == []


@pytest.mark.slow
def test_two_people_at_once(relay: Relay, wall: int, network: FakeSource) -> None:
    network.says_below(SILENT, "#proryv80")
    crawl.sweep(relay, wall)
    number = posts.listing(relay, SLUG)[0].id
    near_misses.accept(relay, number, person="Анна")
    with pytest.raises(Stale):
        near_misses.turn_down(relay, number, person="Борис")


@pytest.mark.slow
def test_comments_are_noted_by_the_source_they_stand_on(relay: Relay, wall: int, network: FakeSource) -> None:
    network.says_below(SILENT, "Спасибо")
    crawl.sweep(relay, wall)
    with relay.reading() as session:
        event = session.exec(select(Event).where(Event.what == EventKind.comments_read)).one()
        source = session.exec(select(Source)).one()
    assert (event.subject, event.subject_id, event.details) == ("source", source.id, {"-1_1": 1})


def test_the_videos_owner_is_an_author_too() -> None:
    post = a_post(
        "Делимся", "4", author=Author("-1", "Город"), videos=(a_video("9", "8", author=Author("8", "Борис")),)
    )
    said = comments.judge(post, [a_comment("#прорыв80", by="8")], WANTED)
    assert said is not None and said.own
    assert said.comment.at < datetime(2024, 1, 1, tzinfo=UTC)


# Every bound, one by one


@pytest.mark.slow
@pytest.mark.parametrize(
    ("at", "asked"),
    [
        ("2023-01-10T20:59:59", False),
        ("2023-01-10T21:00:00", True),
        ("2023-01-18T20:59:59", True),
        ("2023-01-18T21:00:00", False),
    ],
)
def test_only_posts_of_the_window_are_worth_a_call(relay: Relay, campaign: Campaign, at: str, asked: bool) -> None:
    post = a_post("Письмо", comments=1, published_at=datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert bool(comments.worth_asking(campaign, [post], WANTED)) is asked


@pytest.mark.parametrize(
    ("most", "posts"), [(0, []), (1, ["3"]), (2, ["3", "4"]), (3, ["3", "4"]), (4, ["3", "4", "2"])]
)
def test_a_post_is_asked_about_when_all_its_calls_fit(most: int, posts: list[str]) -> None:
    def shown(number: str, count: int, hours: int) -> SeenPost:
        return a_post("Письмо", number, comments=count, published_at=NOON - timedelta(hours=hours))

    seen = [shown("3", 9, 0), shown("4", 100, 1), shown("2", 101, 2)]
    plan = comments.threads(seen, {}, most)
    assert [post.post_id for post, _ in plan] == posts


@pytest.mark.parametrize(("read", "now", "asked"), [(0, 1, True), (5, 5, False), (5, 6, True), (6, 5, False)])
def test_only_a_number_that_has_grown_is_news(read: int, now: int, asked: bool) -> None:
    post = a_post("Письмо", "1", comments=now)
    known = {"-1_1": read} if read else {}
    assert bool(comments.threads([post], known, 10)) is asked
