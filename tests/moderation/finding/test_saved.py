from __future__ import annotations

import pytest

from relay.errors import NotFound, Refused
from relay.models import Role, SavedList, SavedView
from relay.moderation.finding import saved
from relay.moderation.people import accounts
from tests.moderation.town import Town

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


@pytest.fixture
def readers(relay):
    """Nobody's password is looked at here."""
    return [accounts.invite(relay, name, name.title(), Role.moderator) for name in ("anna", "boris")]


def test_views_stand_by_name_with_whose_they_are(relay, town, readers):
    anna, boris = readers
    other = Town(relay, "other")
    last = saved.keep(relay, town.slug, anna, CLIPS, name="я", query="q=1")
    first = saved.keep(relay, town.slug, boris, CLIPS, name="а", query="q=2", shared=True)
    saved.keep(relay, town.slug, boris, CLIPS, name="не мои", query="q=3")
    saved.keep(relay, town.slug, anna, SavedList.posts, name="посты", query="q=4")
    saved.keep(relay, other.slug, anna, CLIPS, name="иная кампания", query="q=5", shared=True)
    assert saved.listing(relay, town.slug, anna, CLIPS) == [
        saved.KeptView(first, "а", "q=2", True, False, "Boris"),
        saved.KeptView(last, "я", "q=1", False, True, "Anna"),
    ]
    with pytest.raises(NotFound, match="no such view"):
        saved.drop(relay, other.slug, anna, last)
    assert saved.keep(relay, town.slug, boris, CLIPS, name="а", query="q=2") == first
    assert [view.name for view in saved.listing(relay, town.slug, anna, CLIPS)] == ["я"], "it is shared no more"


def test_a_view_has_a_short_name_and_a_filter_of_two_thousand_letters_at_most(relay, town, readers):
    anna, boris = readers
    saved.keep(relay, town.slug, anna, CLIPS, name="н" * 70, query="a" * 2000)
    ((name, _, _),) = names(relay, town, anna)
    assert 50 < len(name) <= 60
    with pytest.raises(Refused, match="too long"):
        saved.keep(relay, town.slug, anna, CLIPS, name="b", query="a" * 2001)
    with relay.transaction() as session:
        for number in range(49):
            session.add(
                SavedView(
                    campaign_id=town.campaign_id, account_id=anna.id, subject=CLIPS, name=str(number), query="",
                    created_at=relay.now(),
                )
            )  # fmt: skip
    with pytest.raises(Refused, match="50 views already"):
        saved.keep(relay, town.slug, anna, CLIPS, name="b", query="")
    saved.keep(relay, town.slug, anna, CLIPS, name="7", query="again")
    saved.keep(relay, town.slug, anna, SavedList.posts, name="b", query="")
    saved.keep(relay, town.slug, boris, CLIPS, name="b", query="")
