from __future__ import annotations

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Event, EventKind, Role
from relay.moderation.people import accounts, api_tokens
from relay.moderation.people.api_tokens import MOST_DAYS, MOST_TOKENS
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.slow


@pytest.fixture
def anna(relay: Relay) -> str:
    return accounts.create(relay, "anna", "Анна", Role.moderator, password="password of anna")[0].login


def test_a_token_is_shown_once_and_listed_without_itself(relay: Relay, anna: str, clock: FakeClock) -> None:
    made = api_tokens.make(relay, anna, " отчёт\nдля музея ", days=10, may_write=True)
    (row,) = api_tokens.listing(relay, anna)
    assert made.token.startswith("relay_")
    assert (row.name, row.may_write, row.state, row.last_used_at) == ("отчёт для музея", True, "works", None)
    assert made.token not in str(row)
    clock.moves(minutes=10 * 24 * 60)
    assert api_tokens.listing(relay)[0].state == "expired"


@pytest.mark.parametrize("days", [0, -1, MOST_DAYS + 1, 10**9])
def test_days_have_bounds(relay: Relay, anna: str, days: int) -> None:
    with pytest.raises(Refused, match="works for 1 to"):
        api_tokens.make(relay, anna, "script", days=days)


def test_a_token_has_a_name_and_an_account(relay: Relay, anna: str) -> None:
    with pytest.raises(Refused, match="needs a name"):
        api_tokens.make(relay, anna, "  ")
    with pytest.raises(NotFound):
        api_tokens.make(relay, "nobody", "script")


def test_an_account_has_only_so_many_and_ended_ones_do_not_count(relay: Relay, anna: str) -> None:
    for number in range(MOST_TOKENS):
        api_tokens.make(relay, anna, f"script {number}")
    with pytest.raises(Refused, match="has 20 tokens"):
        api_tokens.make(relay, anna, "one more")
    api_tokens.revoke(relay, anna, 1)
    api_tokens.make(relay, anna, "one more")


def test_nobody_revokes_anothers_token(relay: Relay, anna: str) -> None:
    accounts.create(relay, "boris", "Борис", Role.editor, password="password of boris")
    made = api_tokens.make(relay, anna, "script")
    for login, number in (("boris", made.id), (anna, 99), (anna, 2**31 - 1)):
        with pytest.raises(NotFound):
            api_tokens.revoke(relay, login, number)
    assert api_tokens.present(relay, made.token) is not None


def test_the_record_says_who_made_and_who_revoked_it_once(relay: Relay, anna: str) -> None:
    made = api_tokens.make(relay, anna, "script", person="Ольга")
    for _twice in range(2):
        api_tokens.revoke(relay, anna, made.id)
    with relay.reading() as session:
        wanted = select(Event).where(Event.what.in_([EventKind.token_made, EventKind.token_revoked]))  # type: ignore[attr-defined]
        told = [(event.what.value, event.person) for event in session.exec(wanted)]
    assert told == [("token made", "Ольга"), ("token revoked", "Анна")]


@pytest.mark.parametrize("token", ["", "relay_", "relay_forged", "\0", "é" * 50])
def test_what_is_no_token_is_nobody(relay: Relay, anna: str, token: str) -> None:
    assert api_tokens.present(relay, token) is None


def test_a_form_that_is_sent_again_makes_no_second_token(relay: Relay, anna: str) -> None:
    made = api_tokens.make(relay, anna, "отчёт")
    with pytest.raises(Refused, match="a token of that name"):
        api_tokens.make(relay, anna, "отчёт ")
    api_tokens.revoke(relay, anna, made.id)
    assert api_tokens.make(relay, anna, "отчёт").id != made.id
