from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select, update

from relay.collect import campaigns, crawl, ingest, sources
from relay.collect.found import near_misses, posts
from relay.collect.hashtags import Hit
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.intake import fetch
from relay.models import Campaign, Event, Match, MatchKind, Source
from relay.ports import Author, SeenPost
from relay.records import find_campaign
from relay.views import as_json
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource, a_post, a_video, edited

HOUR = timedelta(hours=1)


@pytest.fixture
def wall(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    """Four look-alikes: two with one spelling, one split, one glued to a word; and one of ours."""
    source = sources.add(relay, SLUG, "vk:club1").id or 0
    network.has(
        a_post("Читаю #прорыв80", "1"),
        a_post("И я #Прорыв80!", "2"),
        a_post("Наш #proryv 80", "3"),
        a_post("слово#proryv80", "4"),
        a_post("Точно #proryv80", "5"),
    )
    crawl.sweep(relay, source)
    return source


def _number(relay: Relay, post_id: str) -> int:
    return next(post.id for post in posts.listing(relay, SLUG) if post.post_id == post_id)


def _matches(relay: Relay) -> dict[str, tuple[str, str]]:
    return {post.post_id: (post.match, post.matched_in) for post in posts.listing(relay, SLUG)}


@pytest.mark.slow
def test_the_list_says_what_is_alike_and_what_can_be_an_alias(relay: Relay, wall: int) -> None:
    listed = near_misses.listing(relay, SLUG)
    assert [(post.tag, post.alias, post.alike) for post in listed] == [
        ("#прорыв80", "#прорыв80", 1),
        ("#Прорыв80", "#прорыв80", 1),
        ("#proryv 80", "", 0),
        ("#proryv80", "", 0),
    ]
    assert near_misses.counts(relay, SLUG) == {"waiting": 4, "turned_down": 0}


@pytest.mark.slow
def test_an_accepted_post_is_ours_and_fetched(relay: Relay, wall: int) -> None:
    assert len(fetch.waiting(relay)) == 1
    taken = near_misses.accept(relay, _number(relay, "3"), person="Анна")
    assert as_json(taken) == {"id": _number(relay, "3"), "campaign": SLUG, "tag": "#proryv 80", "alias": "", "alike": 0}
    assert _matches(relay)["3"] == ("exact", "accepted by Анна")
    assert len(fetch.waiting(relay)) == 2
    assert near_misses.counts(relay, SLUG)["waiting"] == 3


@pytest.mark.slow
def test_accepting_proposes_the_spelling(relay: Relay, wall: int) -> None:
    taken = near_misses.accept(relay, _number(relay, "1"), person="Анна")
    assert (taken.alias, taken.alike) == ("#прорыв80", 1)
    assert as_json(near_misses.proposal(relay, SLUG, taken.alias)) == {"alias": "#прорыв80", "alike": 1}
    assert _matches(relay)["2"] == ("near", "text"), "only a person makes an alias"


@pytest.mark.slow
def test_an_alias_takes_in_all_that_are_spelled_so_and_is_looked_for_everywhere(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    assert near_misses.add_alias(relay, SLUG, "#ПРОРЫВ80", person="Анна") == 2
    assert campaigns.get(relay, SLUG).aliases == ["#прорыв_80", "#прорыв80"]
    assert {key: kind for key, (kind, _) in _matches(relay).items()} == {
        "1": "exact", "2": "exact", "3": "near", "4": "near", "5": "exact",
    }  # fmt: skip
    assert crawl.due(relay) == [wall]
    with relay.reading() as session:
        assert session.get_one(Source, wall).reread_from == campaigns.get(relay, SLUG).opens_at
    crawl.sweep(relay, wall)
    assert network.readings[-1][1] == campaigns.get(relay, SLUG).opens_at
    assert near_misses.proposal(relay, SLUG, "#прорыв80") is None


@pytest.mark.slow
@pytest.mark.parametrize("alias", ["#proryv 80", "", "#80", "№proryv80", "#proryv80", "прорыв_80", "#PRORYV80"])
def test_what_is_no_tag_or_counts_already_becomes_no_alias(relay: Relay, wall: int, alias: str) -> None:
    with pytest.raises(Refused):
        near_misses.add_alias(relay, SLUG, alias, person="Анна")
    assert campaigns.get(relay, SLUG).aliases == ["#прорыв_80"]


@pytest.mark.slow
def test_what_is_turned_down_leaves_the_list_and_no_alias_brings_it_back(
    relay: Relay, wall: int, network: FakeSource, clock: FakeClock
) -> None:
    near_misses.turn_down(relay, _number(relay, "2"), person="Анна")
    assert [post.text for post in near_misses.listing(relay, SLUG, turned_down=True)] == ["И я #Прорыв80!"]
    assert near_misses.counts(relay, SLUG) == {"waiting": 3, "turned_down": 1}
    near_misses.add_alias(relay, SLUG, "#прорыв80", person="Анна")
    assert _matches(relay)["2"][0] == "near"


@pytest.mark.slow
def test_a_post_that_was_turned_down_may_be_taken_in_after_all(relay: Relay, wall: int) -> None:
    number = _number(relay, "2")
    near_misses.turn_down(relay, number, person="Анна")
    near_misses.accept(relay, number, person="Ольга")
    assert _matches(relay)["2"] == ("exact", "accepted by Ольга")
    assert near_misses.counts(relay, SLUG)["turned_down"] == 0


@pytest.mark.slow
def test_two_people_at_once(relay: Relay, wall: int) -> None:
    number = _number(relay, "1")
    near_misses.accept(relay, number, person="Анна")
    for late in (near_misses.accept, near_misses.turn_down):
        with pytest.raises(Stale):
            late(relay, number, person="Борис")
    assert _matches(relay)["1"] == ("exact", "accepted by Анна")
    other = _number(relay, "2")
    near_misses.turn_down(relay, other, person="Анна")
    with pytest.raises(Stale):
        near_misses.turn_down(relay, other, person="Борис")


@pytest.mark.slow
def test_a_post_of_nobody(relay: Relay, wall: int) -> None:
    with pytest.raises(NotFound):
        near_misses.accept(relay, 999, person="Анна")
    with pytest.raises(NotFound):
        near_misses.accept(relay, _number(relay, "1"), person="Анна", slug="another")


@pytest.mark.slow
def test_an_accepted_post_stays_ours_when_it_is_read_again(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    near_misses.accept(relay, _number(relay, "3"), person="Анна")
    clock.moves(hours=1)
    crawl.sweep(relay, wall, deep=True)
    assert _matches(relay)["3"] == ("exact", "accepted by Анна")


@pytest.mark.slow
def test_an_author_who_corrects_the_tag_needs_nobody(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    near_misses.turn_down(relay, _number(relay, "1"), person="Анна")
    clock.moves(hours=1)
    network.has(edited(a_post("Читаю #прорыв80", "1"), "Читаю #proryv80", clock()))
    crawl.sweep(relay, wall)
    assert _matches(relay)["1"] == ("exact", "text")


@pytest.mark.slow
def test_who_did_it_stands_in_the_record(relay: Relay, wall: int) -> None:
    near_misses.accept(relay, _number(relay, "1"), person="Анна")
    near_misses.turn_down(relay, _number(relay, "3"), person="Борис")
    near_misses.add_alias(relay, SLUG, "#прорыв80", person="Ольга")
    with relay.reading() as session:
        events = session.exec(select(Event).where(Event.subject == "campaign")).all()
    assert [(e.what, e.person) for e in events][-3:] == [
        ("accepted", "Анна"),
        ("turned down", "Борис"),
        ("alias", "Ольга"),
    ]


# Whole answers, over rows that are written at once


def has(relay: Relay, post: SeenPost, tag: str, slug: str = SLUG, **more: Any) -> int:
    """A post that a source has shown, with its match; gives its number."""
    kind, where = more.pop("kind", MatchKind.near), more.pop("where", "text")
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        kept = ingest.keep(session, campaign, post, Hit(kind, where, tag), relay.now())
        ours = update(Match).where(col(Match.post_id) == kept.post_id, col(Match.campaign_id) == campaign.id)
        session.exec(ours.values(kind=kind, **more))
    return kept.post_id


def a_campaign(relay: Relay, slug: str) -> None:
    words = {"opens": "2023-01-11", "closes": "2023-01-18", "tz": "UTC"}
    campaigns.new(relay, slug=slug, title="x", hashtags=["#proryv80"], **words)


def rows(relay: Relay) -> list[tuple[str, str, str]]:
    with relay.reading() as session:
        found = session.exec(select(Match).order_by(col(Match.id)))
        return [(match.kind.value, match.matched_in, match.turned_down) for match in found]


def events(relay: Relay) -> list[tuple[Any, ...]]:
    with relay.reading() as session:
        found = session.exec(select(Event).where(col(Event.what).in_(("accepted", "turned down", "alias"))))
        return [(row.at, row.subject, row.subject_id, row.what, row.person, row.details) for row in found]


@pytest.mark.slow
def test_the_list_of_what_waits_is_oldest_first_with_all_that_helps_to_judge(relay: Relay, campaign: Campaign) -> None:
    a_campaign(relay, "other")
    videos = (a_video("1", title="Первое"), a_video("2"), a_video("3", title="Третье"))
    late = has(relay, a_post("B", "2", videos=videos), "#Прорыв80")
    early = has(relay, a_post("A", "1", published_at=NOON - HOUR, author=Author("9", "Борис")), "#прорыв80")
    has(relay, a_post("C", "3"), "#proryv80лет", turned_down="Анна")
    has(relay, a_post("D", "4"), "#прорыв80", kind=MatchKind.exact)
    has(relay, a_post("E", "5"), "#прорыв80", "other")
    below = has(relay, a_post("F", "6", published_at=NOON + HOUR), "#прорыв80", where="comment")
    said = {"text": "забыла", "author": "Анна", "author_id": "7", "url": "u", "tag": "#прорыв80", "own": True}
    with relay.transaction() as session:
        for number, what, subject, slug in (
            (below, "tag in a comment", "post", SLUG),
            (late, "tag in a comment", "post", "other"),
            (late, "post edited", "post", SLUG),
            (early, "tag in a comment", "video", SLUG),
        ):
            details = {"campaign": slug, "comment": said}
            session.add(Event(at=NOON, subject=subject, subject_id=number, what=what, details=details))
    first = {
        "id": early, "url": "https://vk.com/wall-1_1", "author": "Борис", "text": "A", "titles": [],
        "published_at": "2023-01-12T11:00:00+03:00", "tag": "#прорыв80", "matched_in": "text", "comment": None,
        "alias": "#прорыв80", "alike": 1, "turned_down": "",
    }  # fmt: skip
    second = {
        **first, "id": late, "url": "https://vk.com/wall-1_2", "author": "Анна Иванова", "text": "B",
        "titles": ["Первое", "Третье"], "published_at": "2023-01-12T12:00:00+03:00", "tag": "#Прорыв80",
    }  # fmt: skip
    third = {
        **first, "id": below, "url": "https://vk.com/wall-1_6", "author": "Анна Иванова", "text": "F",
        "published_at": "2023-01-12T13:00:00+03:00", "matched_in": "comment", "comment": said,
    }  # fmt: skip
    assert as_json(near_misses.listing(relay, SLUG)) == [first, second, third]
    assert as_json(near_misses.listing(relay, SLUG, size=1)) == [first], "and what is alike is counted in all of them"
    assert [(post.text, post.turned_down) for post in near_misses.listing(relay, SLUG, turned_down=True)] == [
        ("C", "Анна")
    ]
    assert near_misses.counts(relay, SLUG) == {"waiting": 3, "turned_down": 1}
    assert as_json(near_misses.proposal(relay, SLUG, "#ПРОРЫВ80")) == {"alias": "#прорыв80", "alike": 2}
    assert near_misses.proposal(relay, SLUG, "#proryv80") is None
    assert near_misses.proposal(relay, SLUG, "#proryv 80") is None


@pytest.mark.slow
def test_who_accepts_is_noted_and_all_others_wait_on(relay: Relay, campaign: Campaign) -> None:
    a_campaign(relay, "other")
    ours = has(relay, a_post("A", "1"), "#прорыв80", turned_down="Борис")
    has(relay, a_post("A", "1"), "#прорыв80", "other")
    has(relay, a_post("B", "2"), "#Прорыв80")
    has(relay, a_post("C", "3"), "#прорыв80", where="comment")
    taken = near_misses.accept(relay, ours, person="Анна")
    assert as_json(taken) == {"id": ours, "campaign": SLUG, "tag": "#прорыв80", "alias": "#прорыв80", "alike": 1}
    assert rows(relay) == [
        ("exact", "accepted by Анна", ""), ("near", "text", ""), ("near", "text", ""), ("near", "comment", ""),
    ]  # fmt: skip
    assert events(relay) == [
        (relay.now(), "campaign", 1, "accepted", "Анна", {"post": ours, "tag": "#прорыв80"}),
    ]
    assert near_misses.accept(relay, ours, person="Анна", slug="other").campaign == "other"
    with pytest.raises(Stale) as told:
        near_misses.accept(relay, ours, person="Анна")
    assert (told.value.line, told.value.state) == (f"Post {ours} is no near miss.", "exact")
    for number, slug in ((ours, "nothing"), (999, None)):
        with pytest.raises(NotFound) as missing:
            near_misses.accept(relay, number, person="Анна", slug=slug)
        assert missing.value.line == f"There is no post number {number}. See: relay post list CAMPAIGN"


@pytest.mark.slow
def test_who_turns_down_is_noted_once_whether_named_or_not(relay: Relay, campaign: Campaign) -> None:
    first, second = has(relay, a_post("A", "1"), "#прорыв80"), has(relay, a_post("B", "2"), "#прорыв80")
    near_misses.turn_down(relay, first, person="Анна")
    near_misses.turn_down(relay, second, person="")
    assert rows(relay) == [("near", "text", "Анна"), ("near", "text", "?")]
    with pytest.raises(Stale) as told:
        near_misses.turn_down(relay, first, person="Борис")
    assert (told.value.line, told.value.state) == (f"Post {first} is turned down already.", "turned down")
    assert events(relay) == [
        (relay.now(), "campaign", 1, "turned down", "Анна", {"post": first, "tag": "#прорыв80"}),
        (relay.now(), "campaign", 1, "turned down", "", {"post": second, "tag": "#прорыв80"}),
    ]


@pytest.mark.slow
def test_an_alias_takes_in_what_is_spelled_so_and_has_everything_read_again(relay: Relay, campaign: Campaign) -> None:
    a_campaign(relay, "other")
    sources.add(relay, SLUG, "vk:club1")
    for number, (tag, more) in enumerate(
        [
            ("#прорыв80", {}),
            ("#Прорыв80", {}),
            ("#прорыв80", {"turned_down": "Анна"}),
            ("#прорыв80", {"where": "comment"}),
            ("#прорыв80", {"kind": MatchKind.outside}),
            ("#прорыв81", {}),
            ("#прорыв80", {"slug": "other"}),
        ]
    ):
        has(relay, a_post("A", str(number)), tag, **more)
    assert near_misses.add_alias(relay, SLUG, " прорыв80", person="Анна") == 2
    assert [kind for kind, _, _ in rows(relay)] == ["exact", "exact", "near", "near", "outside", "near", "near"]
    assert campaigns.get(relay, SLUG).aliases == ["#прорыв_80", "#прорыв80"]
    assert events(relay) == [(relay.now(), "campaign", 1, "alias", "Анна", {"alias": "#прорыв80", "posts": 2})]
    with relay.reading() as session:
        source = session.exec(select(Source)).one()
    assert (source.reread_from, source.next_sweep_at) == (campaign.opens_at, campaign.opens_at)
    for alias, said in (
        ("#ПРОРЫВ80", "#прорыв80 counts already."),
        ("a b", "'a b' can't be an alias. An alias is one tag: letters, digits and _ only."),
    ):
        with pytest.raises(Refused) as told:
            near_misses.add_alias(relay, SLUG, alias, person="Анна")
        assert told.value.line == said
