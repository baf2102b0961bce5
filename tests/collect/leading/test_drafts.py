from __future__ import annotations

import pytest

from relay.collect.leading import drafts
from relay.collect.leading.answers import SetupAnswers
from relay.context import Relay
from relay.errors import NotFound
from relay.language.sentence import filled
from relay.models import Role
from relay.moderation.people import accounts

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
