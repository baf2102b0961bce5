from __future__ import annotations

import pytest
from sqlmodel import select

from relay.collect import campaigns, crawl, near, places, posts
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.intake import fetch
from relay.models import Campaign, Event, Source
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource, a_post, edited


@pytest.fixture
def wall(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    """Four look-alikes: two with one spelling, one split, one glued to a word; and one of ours."""
    source = places.add(relay, SLUG, "vk:club1").id or 0
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
    return next(post["id"] for post in posts.listing(relay, SLUG) if post["post_id"] == post_id)


def _matches(relay: Relay) -> dict[str, tuple[str, str]]:
    return {post["post_id"]: (post["match"], post["matched_in"]) for post in posts.listing(relay, SLUG)}


def test_the_list_says_what_is_alike_and_what_can_be_an_alias(relay: Relay, wall: int) -> None:
    listed = near.listing(relay, SLUG)
    assert [(post["tag"], post["alias"], post["alike"]) for post in listed] == [
        ("#прорыв80", "#прорыв80", 1),
        ("#Прорыв80", "#прорыв80", 1),
        ("#proryv 80", "", 0),
        ("#proryv80", "", 0),
    ]
    assert near.counts(relay, SLUG) == {"waiting": 4, "turned_down": 0}


@pytest.mark.slow
def test_an_accepted_post_is_ours_and_fetched(relay: Relay, wall: int) -> None:
    assert len(fetch.waiting(relay)) == 1
    taken = near.accept(relay, _number(relay, "3"), person="Анна")
    assert taken == {"id": _number(relay, "3"), "campaign": SLUG, "tag": "#proryv 80", "alias": "", "alike": 0}
    assert _matches(relay)["3"] == ("exact", "accepted by Анна")
    assert len(fetch.waiting(relay)) == 2
    assert near.counts(relay, SLUG)["waiting"] == 3


@pytest.mark.slow
def test_accepting_proposes_the_spelling(relay: Relay, wall: int) -> None:
    taken = near.accept(relay, _number(relay, "1"), person="Анна")
    assert (taken["alias"], taken["alike"]) == ("#прорыв80", 1)
    assert near.proposal(relay, SLUG, taken["alias"]) == {"alias": "#прорыв80", "alike": 1}
    assert _matches(relay)["2"] == ("near", "text"), "only a person makes an alias"


@pytest.mark.slow
def test_an_alias_takes_in_all_that_are_spelled_so_and_is_looked_for_everywhere(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    assert near.add_alias(relay, SLUG, "#ПРОРЫВ80", person="Анна") == 2
    assert campaigns.get(relay, SLUG).aliases == ["#прорыв_80", "#прорыв80"]
    assert {key: kind for key, (kind, _) in _matches(relay).items()} == {
        "1": "exact", "2": "exact", "3": "near", "4": "near", "5": "exact",
    }  # fmt: skip
    assert crawl.due(relay) == [wall]
    with relay.reading() as session:
        assert session.get_one(Source, wall).reread_from == campaigns.get(relay, SLUG).opens_at
    crawl.sweep(relay, wall)
    assert network.readings[-1][1] == campaigns.get(relay, SLUG).opens_at
    assert near.proposal(relay, SLUG, "#прорыв80") is None


@pytest.mark.parametrize("alias", ["#proryv 80", "", "#80", "№proryv80", "#proryv80", "прорыв_80", "#PRORYV80"])
def test_what_is_no_tag_or_counts_already_becomes_no_alias(relay: Relay, wall: int, alias: str) -> None:
    with pytest.raises(Refused):
        near.add_alias(relay, SLUG, alias, person="Анна")
    assert campaigns.get(relay, SLUG).aliases == ["#прорыв_80"]


@pytest.mark.slow
def test_what_is_turned_down_leaves_the_list_and_no_alias_brings_it_back(
    relay: Relay, wall: int, network: FakeSource, clock: FakeClock
) -> None:
    near.turn_down(relay, _number(relay, "2"), person="Анна")
    assert [post["text"] for post in near.listing(relay, SLUG, turned_down=True)] == ["И я #Прорыв80!"]
    assert near.counts(relay, SLUG) == {"waiting": 3, "turned_down": 1}
    near.add_alias(relay, SLUG, "#прорыв80", person="Анна")
    assert _matches(relay)["2"][0] == "near"


@pytest.mark.slow
def test_a_post_that_was_turned_down_may_be_taken_in_after_all(relay: Relay, wall: int) -> None:
    number = _number(relay, "2")
    near.turn_down(relay, number, person="Анна")
    near.accept(relay, number, person="Ольга")
    assert _matches(relay)["2"] == ("exact", "accepted by Ольга")
    assert near.counts(relay, SLUG)["turned_down"] == 0


@pytest.mark.slow
def test_two_people_at_once(relay: Relay, wall: int) -> None:
    number = _number(relay, "1")
    near.accept(relay, number, person="Анна")
    for late in (near.accept, near.turn_down):
        with pytest.raises(Stale):
            late(relay, number, person="Борис")
    assert _matches(relay)["1"] == ("exact", "accepted by Анна")
    other = _number(relay, "2")
    near.turn_down(relay, other, person="Анна")
    with pytest.raises(Stale):
        near.turn_down(relay, other, person="Борис")


@pytest.mark.slow
def test_a_post_of_nobody(relay: Relay, wall: int) -> None:
    with pytest.raises(NotFound):
        near.accept(relay, 999, person="Анна")
    with pytest.raises(NotFound):
        near.accept(relay, _number(relay, "1"), person="Анна", slug="another")


@pytest.mark.slow
def test_an_accepted_post_stays_ours_when_it_is_read_again(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    near.accept(relay, _number(relay, "3"), person="Анна")
    clock.moves(hours=1)
    crawl.sweep(relay, wall, deep=True)
    assert _matches(relay)["3"] == ("exact", "accepted by Анна")


@pytest.mark.slow
def test_an_author_who_corrects_the_tag_needs_nobody(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    near.turn_down(relay, _number(relay, "1"), person="Анна")
    clock.moves(hours=1)
    network.has(edited(a_post("Читаю #прорыв80", "1"), "Читаю #proryv80", clock()))
    crawl.sweep(relay, wall)
    assert _matches(relay)["1"] == ("exact", "text")


@pytest.mark.slow
def test_who_did_it_stands_in_the_record(relay: Relay, wall: int) -> None:
    near.accept(relay, _number(relay, "1"), person="Анна")
    near.turn_down(relay, _number(relay, "3"), person="Борис")
    near.add_alias(relay, SLUG, "#прорыв80", person="Ольга")
    with relay.reading() as session:
        events = session.exec(select(Event).where(Event.subject == "campaign")).all()
    assert [(e.what, e.person) for e in events][-3:] == [
        ("accepted", "Анна"),
        ("turned down", "Борис"),
        ("alias", "Ольга"),
    ]
