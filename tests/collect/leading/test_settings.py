from __future__ import annotations

from collections.abc import Mapping

import pytest

from relay.collect import campaigns
from relay.collect.leading import life, settings
from relay.collect.leading.settings import BothSettings, SettingsConflict
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Campaign
from tests.collect.conftest import SLUG


def change(relay: Relay, was: Mapping[str, str], person: str = "Ольга", **typed: str) -> list[str]:
    return settings.change(relay, SLUG, {**was, **typed}, was, person=person)


@pytest.mark.slow
def test_what_an_organizer_writes_is_kept_and_shown(relay: Relay, campaign: Campaign) -> None:
    was = settings.shown(relay, SLUG)
    assert was == {
        "title": "Прорыв", "language": "ru", "permission": "public-post", "gate": "override",
        "guidelines": "", "introduction": "", "contact": "", "districts": "",
    }  # fmt: skip
    districts = " Волховский\n\nТосненский\nВолховский "
    written = {"guidelines": "Одобряем \x07всё,\r\nчто читают.  \r\n", "districts": districts}
    assert change(relay, was, title="Прорыв.  Голоса", **written) == ["title", "guidelines", "districts"]
    assert settings.shown(relay, SLUG) == {
        **was,
        "title": "Прорыв. Голоса",
        "guidelines": "Одобряем всё,\nчто читают.",
        "districts": "Волховский\nТосненский",
    }
    assert settings.texts(relay, campaigns.get(relay, SLUG)).districts == ["Волховский", "Тосненский"]
    assert change(relay, settings.shown(relay, SLUG)) == []


def test_of_two_people_each_keeps_what_only_they_have_changed(relay: Relay, campaign: Campaign) -> None:
    was = settings.shown(relay, SLUG)
    change(relay, was, guidelines="По имени.")
    change(relay, was, "Анна", contact="Библиотека")
    now = settings.shown(relay, SLUG)
    assert (now["guidelines"], now["contact"]) == ("По имени.", "Библиотека")


@pytest.mark.slow
def test_the_same_field_changed_by_two_is_told_and_nothing_is_written(relay: Relay, campaign: Campaign) -> None:
    was = settings.shown(relay, SLUG)
    change(relay, was, "Анна", title="Голоса")
    with pytest.raises(SettingsConflict) as told:
        change(relay, was, title="Прорыв 80", contact="Я")
    assert told.value.fields == (BothSettings("title", "Голоса", "Прорыв 80"),)
    assert (told.value.person, settings.shown(relay, SLUG)["contact"]) == ("Анна", "")
    assert change(relay, was, title="Голоса") == [], "the same in other hands is no conflict"


def test_twin_whoever_says_nothing_of_what_they_saw_is_told_of_a_conflict(relay: Relay, campaign: Campaign) -> None:
    with pytest.raises(SettingsConflict):
        settings.change(relay, SLUG, {"title": "Голоса"}, {}, person="Ольга")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("title", "  "),
        ("language", "xx"),
        ("guidelines", "а" * 8001),
        ("contact", "а" * 501),
        ("districts", "\n".join(map(str, range(301)))),
    ],
)
def test_what_can_not_be_kept_is_refused(field: str, text: str) -> None:
    with pytest.raises(Refused):
        settings._tidied(field, text)


def test_in_the_archive_nothing_changes(relay: Relay, campaign: Campaign) -> None:
    campaigns.stop(relay, SLUG, person="Ольга")
    life.archive(relay, SLUG, person="Ольга")
    with pytest.raises(Refused, match="is archived"):
        change(relay, settings.shown(relay, SLUG), title="Другое")
    with pytest.raises(NotFound):
        settings.shown(relay, "nothing")
