from __future__ import annotations

import pytest

from relay.collect.leading import drafts
from relay.collect.leading.answers import SetupAnswers
from relay.context import Relay
from relay.errors import NotFound
from relay.language.sentence import filled
from relay.models import Role
from relay.moderation.people import accounts
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.slow


def test_answers_are_kept_for_whoever_gave_them(relay: Relay) -> None:
    olga, _ = accounts.create(relay, "olga", "Ольга", Role.organizer, password="password of olga")
    boris, _ = accounts.create(relay, "boris", "Борис", Role.organizer, password="password of boris")
    number = drafts.begin(relay, olga, SetupAnswers(title="Прорыв", hashtags=["#proryv80"]), language="fr")
    drafts.answer(relay, olga, number, slug="proryv", aliases=[])
    told = filled("There is no campaign {slug}.", slug="x")
    drafts.note_trial(relay, olga, number, {"places": [{"why": told}]})
    kept = drafts.get(relay, olga, number)
    assert (kept.answers.title, kept.answers.slug, kept.language) == ("Прорыв", "proryv", "fr")
    assert kept.tried["places"][0]["why"].words == {"slug": "x"}, "sentences stay sentences"
    assert drafts.answer(relay, olga, number, slug="proryv").tried, "the same answer changes nothing"
    assert not drafts.answer(relay, olga, number, slug="other").tried, "other answers were not tried"
    assert [one.id for one in drafts.of(relay, olga)] == [number]

    assert drafts.of(relay, boris) == []
    for look in (drafts.get, drafts.answer):
        with pytest.raises(NotFound):
            look(relay, boris, number)
    drafts.drop(relay, boris, number)
    assert drafts.get(relay, olga, number).id == number
    drafts.drop(relay, olga, number)
    drafts.drop(relay, olga, number)
    with pytest.raises(NotFound):
        drafts.get(relay, olga, number)


def test_drafts_are_one_persons_and_listed_the_last_changed_first(relay: Relay, clock: FakeClock) -> None:
    olga, boris = (accounts.invite(relay, login, login.title(), Role.organizer) for login in ("olga", "boris"))
    begun = clock()
    first = drafts.begin(relay, olga, SetupAnswers(title="Первая"), language="ru")
    clock.moves(minutes=1)
    second = drafts.begin(relay, olga, SetupAnswers(title="Вторая"), language="fr")
    theirs = drafts.begin(relay, boris, SetupAnswers(title="Чужая"), language="en")
    assert [(each.id, each.answers.title, each.changed_at) for each in drafts.of(relay, olga)] == [
        (second, "Вторая", clock()), (first, "Первая", begun),
    ]  # fmt: skip
    clock.moves(minutes=1)
    drafts.note_trial(relay, olga, first, {"posts": 3})
    assert [each.id for each in drafts.of(relay, olga)] == [first, second]
    clock.moves(minutes=1)
    assert drafts.answer(relay, olga, second, title="Вторая").changed_at == clock()
    assert [each.id for each in drafts.of(relay, olga)] == [second, first]
    changed = drafts.answer(relay, olga, first, title="Иная", language="en")
    assert (changed.answers.title, changed.language, changed.tried) == ("Иная", "en", {})
    assert drafts.get(relay, olga, first) == changed

    for number in (theirs, theirs + 1):
        for look in (drafts.get, drafts.answer):
            with pytest.raises(NotFound, match="no such page"):
                look(relay, olga, number)
        with pytest.raises(NotFound):
            drafts.note_trial(relay, olga, number, {})
        drafts.drop(relay, olga, number)
    assert [each.id for each in drafts.of(relay, boris)] == [theirs]
    drafts.drop(relay, olga, second)
    assert [each.id for each in drafts.of(relay, olga)] == [first]
