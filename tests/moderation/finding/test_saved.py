from __future__ import annotations

import pytest

from relay.errors import NotFound, Refused
from relay.models import Role, SavedList
from relay.moderation.finding import saved
from relay.moderation.people import accounts

CLIPS = SavedList.clips


@pytest.fixture
def people(relay):
    return [
        accounts.create(relay, name, name, Role.moderator, password="password of theirs")[0]
        for name in ("anna", "boris")
    ]


def names(relay, town, person, of=CLIPS):
    return [(view.name, view.query, view.own) for view in saved.listing(relay, town.slug, person, of)]


@pytest.mark.slow
def test_a_view_is_one_s_own_until_it_is_shared(relay, town, people):
    anna, boris = people
    saved.keep(relay, town.slug, anna, CLIPS, name="Без имени", query="named=false")
    saved.keep(relay, town.slug, anna, CLIPS, name="Для всех", query="state=later", shared=True)
    assert names(relay, town, anna) == [("Без имени", "named=false", True), ("Для всех", "state=later", True)]
    assert names(relay, town, boris) == [("Для всех", "state=later", False)]
    assert names(relay, town, anna, SavedList.posts) == []


def test_the_same_name_again_is_another_filter(relay, town, people):
    first = saved.keep(relay, town.slug, people[0], CLIPS, name=" Мои ", query="a")
    assert saved.keep(relay, town.slug, people[0], CLIPS, name="Мои", query="b") == first
    assert names(relay, town, people[0]) == [("Мои", "b", True)]


def test_only_one_s_own_is_dropped_or_what_an_organizer_may(relay, town, people):
    anna, boris = people
    own = saved.keep(relay, town.slug, anna, CLIPS, name="Мои", query="a")
    shared = saved.keep(relay, town.slug, anna, CLIPS, name="Общие", query="a", shared=True)
    for view, organizer in ((own, False), (own, True), (shared, False), (99, True)):
        with pytest.raises(NotFound):
            saved.drop(relay, town.slug, boris, view, any_shared=organizer)
    assert saved.drop(relay, town.slug, boris, shared, any_shared=True) is CLIPS
    assert saved.drop(relay, town.slug, anna, own) is CLIPS
    assert names(relay, town, anna) == []


@pytest.mark.slow
def test_bounds(relay, town, people, monkeypatch):
    monkeypatch.setattr(saved, "MOST_VIEWS", 1)
    for name, query in ((" ", "a"), ("b", "a" * 2001)):
        with pytest.raises(Refused):
            saved.keep(relay, town.slug, people[0], CLIPS, name=name, query=query)
    saved.keep(relay, town.slug, people[0], CLIPS, name="a", query="")
    with pytest.raises(Refused, match="already"):
        saved.keep(relay, town.slug, people[0], CLIPS, name="b", query="")
