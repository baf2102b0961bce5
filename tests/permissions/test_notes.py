"""What somebody said may be done with a clip: what is said anew, and what stays."""

from __future__ import annotations

from datetime import date

import pytest

from relay.errors import Refused
from relay.models import ConsentScope, ConsentWay
from relay.permissions import notes, standing
from relay.permissions.notes import ConsentTerms, ShownWords
from tests.moderation.town import OPENS, Town

DAY = date(2030, 1, 31)


@pytest.mark.parametrize(
    ("text", "day"), [("", None), ("-", None), (" - ", None), ("2030-01-31", DAY), ("  2030-01-31 ", DAY)]
)
def test_a_day_as_people_write_it(text, day):
    assert notes.day_of(text) == day


@pytest.mark.parametrize("text", ["31.01.2030", "soon", "2030-02-31", "--"])
def test_what_is_no_day(text):
    with pytest.raises(Refused, match="can't be read as a day") as wrong:
        notes.day_of(text)
    assert "2027-01-31" in str(wrong.value.hint)


@pytest.mark.parametrize("scope", ConsentScope)
def test_a_scope_by_its_name(scope):
    assert notes.scope_of(scope.value) is scope


def test_what_is_no_scope_is_told_with_those_that_are():
    with pytest.raises(Refused) as wrong:
        notes.scope_of("all")
    assert wrong.value.words["scopes"] == ", ".join(ConsentScope)


def test_only_what_is_said_is_said():
    assert ConsentTerms().said() == {}
    assert ConsentTerms(archive=False, broadcast=True, until=DAY).said() == {
        "archive": False, "broadcast": True, "until": DAY,
    }  # fmt: skip
    assert ConsentTerms(until=DAY, for_ever=True).said() == {"until": None}
    assert ConsentTerms(abroad=False, guardian="  Мария\n Иванова ").said() == {
        "abroad": False, "guardian": "Мария Иванова",
    }  # fmt: skip
    assert ConsentTerms(guardian="").said() == {"guardian": ""}, "a guardian can be taken back"


def test_what_is_not_said_anew_stays_until_somebody_says_no(relay):
    clip = Town(relay).has_clip(name="Анна")

    def noted(scope: ConsentScope, said: str = "", **more: object) -> dict[str, object]:
        with relay.transaction() as session:
            row = notes.append(session, clip, scope, said, person="Вера", now=OPENS, **more)  # type: ignore[arg-type]
            assert standing.newest(session, [clip])[clip].id == row.id
            return {name: getattr(row, name) for name in (*notes.KEPT, "evidence", "way", "words", "name")}

    first = ConsentTerms(archive=True, broadcast=True, abroad=False, until=DAY, guardian="Мария")
    shown = ShownWords("Я согласна.", "Анна", "ru", "d1ge57", ConsentWay.link)
    told = noted(ConsentScope.film, "Письмо\n" + "я" * 500, terms=first, shown=shown)
    assert (told["way"], told["words"], told["name"]) == (ConsentWay.link, "Я согласна.", "Анна")
    assert len(str(told["evidence"])) == notes.LONGEST_NOTE
    again = noted(ConsentScope.public, terms=ConsentTerms(abroad=True))
    assert {name: again[name] for name in notes.KEPT} == {
        "archive": True, "broadcast": True, "abroad": True, "until": DAY, "minor": told["minor"], "guardian": "Мария",
    }  # fmt: skip
    assert (again["way"], again["words"]) == (ConsentWay.noted, ""), "what was read then was not read now"
    noted(ConsentScope.refused)
    after = noted(ConsentScope.film)
    assert (after["broadcast"], after["until"], after["guardian"]) == (None, None, ""), "nothing of before a no counts"
