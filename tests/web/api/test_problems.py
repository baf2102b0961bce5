"""Whatever goes wrong is one document: which code, which kind, when to try again, in whose language."""

from __future__ import annotations

from typing import Any

import pytest

from relay.almanac.assets import quotes
from relay.errors import NotFound, NotShown, Overloaded, Refused, RelayError, SourceError, Stale, StoreError
from relay.language.sentence import filled
from relay.models import ClipState
from relay.web.api import problems
from relay.web.client import Misdirected
from relay.web.failures import RETRY_SECONDS
from relay.web.rate_limit import TooManyTries
from tests.web.api.conftest import fails

HERE = "/campaigns/proryv80/quotes"


@pytest.fixture
def told(relay, program, monkeypatch):
    """`told(error)`: what a program is answered where a service raises the error."""
    olga = program("olga")

    def answered(error: Exception, **more: Any) -> Any:
        def raises(*_words: object) -> None:
            raise error

        monkeypatch.setattr(quotes, "listing", raises)
        return olga.get(HERE, **more)

    return answered


def test_each_error_has_its_code_its_kind_and_its_time(told):
    for error, status, kind, wait in (
        (NotShown("Taken back."), 410, "not-shown", None),
        (NotFound("None."), 404, "not-found", None),
        (Stale("Faster.", state=ClipState.approved), 409, "stale", None),
        (problems.PreconditionFailed("Changed."), 412, "changed", None),
        (problems.Unseen("Say it."), 428, "unseen", None),
        (TooManyTries("Too many."), 429, "too-many", "60"),
        (Misdirected("Not ours."), 421, "refused", None),
        (Refused("A rule."), 400, "refused", None),
        (Overloaded("Full."), 503, "unavailable", str(RETRY_SECONDS)),
        (SourceError("VK is away."), 503, "unavailable", str(RETRY_SECONDS)),
        (StoreError("The database."), 503, "unavailable", "60"),
        (RelayError("Anything else."), 503, "unavailable", "60"),
    ):
        response = told(error)
        document = fails(response, status, kind)
        assert response.headers.get("retry-after") == wait, kind
        assert document["detail"] == str(error)
        assert document.get("state") == ("approved" if kind == "stale" else None)


@pytest.mark.slow
def test_a_hint_stands_beside_only_where_there_is_one(told):
    assert "hint" not in told(Refused("A rule.")).json()
    words = {"count": 3}
    assert told(Refused("A rule.", hint="Take {count}.", **words)).json()["hint"] == "Take 3."
    assert told(Refused("A rule.", hint=filled("Only {count}.", count=2))).json()["hint"] == "Only 2."


def test_it_is_told_in_the_language_of_this_request_or_of_the_person_or_of_the_house(told, relay):
    error = NotFound("There is nothing of this name.")
    for language, more in (
        ("fr", {"params": {"lang": "fr"}, "headers": {"accept-language": "ru"}}),
        ("ru", {"headers": {"accept-language": "tlh, ru;q=0.5"}}),
        ("fr", {"params": {"lang": "tlh"}, "headers": {"accept-language": "fr"}}),
        (relay.settings.language, {"headers": {"accept-language": "tlh"}}),
    ):
        response = told(error, **more)
        assert response.headers["content-language"] == language
        assert (response.json()["detail"] == str(error)) == (language == "en")


def test_of_what_can_not_be_read_twenty_places_are_named(program):
    olga = program("olga")
    wrong = {f"field{number}": 1 for number in range(25)}
    document = fails(olga.post(HERE, json={"text": "A", **wrong}), 400, "unreadable")
    assert len(document["errors"]) == 20
    assert document["errors"][0]["where"] == "body.field0"
    assert document["errors"][0]["why"]
    response = olga.request("PUT", HERE)
    fails(response, 405, "not-this-way")
    assert set(response.headers["allow"].split(", ")) <= {"GET", "POST"}
    fails(olga.get("/nowhere"), 404, "not-found")
