from __future__ import annotations

import pytest

from relay.collect import campaigns, crawl, sources
from relay.collect.found import posts
from relay.collect.leading import life, tags
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Campaign, Source, need_id
from tests.collect.conftest import SLUG
from tests.fakes.source import FakeSource, a_post

pytestmark = pytest.mark.slow


@pytest.fixture
def wall(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    source = need_id(sources.add(relay, SLUG, "vk:club1"))
    network.has(a_post("Читаю #прорыв80", "1"), a_post("Точно #proryv80", "2"), a_post("Это #прорыв_80", "3"))
    crawl.sweep(relay, source)
    return source


def kinds(relay: Relay) -> dict[str, str]:
    return {post.post_id: post.match for post in posts.listing(relay, SLUG)}


def test_a_new_hashtag_takes_in_what_waits_and_everything_is_read_again(relay: Relay, wall: int) -> None:
    assert kinds(relay) == {"1": "near", "2": "exact", "3": "exact"}
    assert tags.add_hashtag(relay, SLUG, "Прорыв80", person="Ольга") == 1
    assert kinds(relay)["1"] == "exact"
    assert campaigns.get(relay, SLUG).hashtags == ["#proryv80", "#Прорыв80"]
    with relay.reading() as session:
        source = session.get_one(Source, wall)
        assert source.reread_from == campaigns.get(relay, SLUG).opens_at
    with pytest.raises(Refused, match="counts already"):
        tags.add_hashtag(relay, SLUG, "#прорыв80", person="Ольга")


def test_a_spelling_becomes_a_hashtag(relay: Relay, wall: int) -> None:
    tags.add_hashtag(relay, SLUG, "#прорыв_80", person="Ольга")
    found = campaigns.get(relay, SLUG)
    assert (found.hashtags, found.aliases) == (["#proryv80", "#прорыв_80"], [])


def test_a_spelling_is_added_like_a_near_miss(relay: Relay, wall: int) -> None:
    assert tags.add_alias(relay, SLUG, "#прорыв80", person="Ольга") == 1
    assert "#прорыв80" in campaigns.get(relay, SLUG).aliases
    for odd in ("", "#про рыв", "#а #б", "#123"):
        with pytest.raises(Refused):
            tags.add_alias(relay, SLUG, odd, person="Ольга")


def test_what_was_found_by_a_tag_stays_when_it_is_taken_away(relay: Relay, wall: int, network: FakeSource) -> None:
    tags.drop(relay, SLUG, "#прорыв_80", person="Ольга")
    network.has(a_post("Ещё #прорыв_80", "4"))
    crawl.sweep(relay, wall)
    assert kinds(relay)["3"] == "exact"
    assert kinds(relay).get("4") != "exact", "and nothing new comes by it"
    assert campaigns.get(relay, SLUG).aliases == []


def test_the_last_hashtag_stays(relay: Relay, campaign: Campaign) -> None:
    with pytest.raises(Refused, match="only hashtag"):
        tags.drop(relay, SLUG, "#proryv80", person="Ольга")
    with pytest.raises(NotFound):
        tags.drop(relay, SLUG, "#other", person="Ольга")
    campaigns.stop(relay, SLUG, person="Ольга")
    life.archive(relay, SLUG, person="Ольга")
    for change in (tags.add_hashtag, tags.add_alias, tags.drop):
        with pytest.raises(Refused, match="is archived"):
            change(relay, SLUG, "#прорыв_80", person="Ольга")
