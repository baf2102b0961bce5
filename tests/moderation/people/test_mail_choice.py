from __future__ import annotations

import pytest

from relay.context import Relay
from relay.errors import Refused
from relay.models import Account, LetterKind, LetterLine, MailChoice, MailPace, Role, need_id
from relay.moderation.people import accounts, mail_choice

pytestmark = pytest.mark.slow


@pytest.fixture
def olga(relay: Relay) -> Account:
    return accounts.invite(relay, "olga", "Ольга", Role.organizer)


def test_nobody_is_written_to_who_has_not_said_where(relay: Relay, olga: Account) -> None:
    found = mail_choice.of(relay, olga)
    assert (found.address, found.pace, found.reason, found.possible) == ("", MailPace.at_once, "", False)


def test_a_choice_is_kept_and_can_be_changed(relay: Relay, olga: Account) -> None:
    mail_choice.choose(relay, olga, " olga@library.example ", "daily")
    assert mail_choice.of(relay, olga).address == "olga@library.example"
    mail_choice.choose(relay, olga, "", "none")
    found = mail_choice.of(relay, olga)
    assert (found.address, found.pace) == ("", MailPace.none)


@pytest.mark.parametrize(
    ("address", "pace", "said"),
    [
        ("", "daily", "need an address"),
        ("", "at once", "need an address"),
        ("olga@library.example", "hourly", "at once, daily, or never"),
        ("olga@library.example", "", "at once, daily, or never"),
        ("olga", "daily", "no mail address"),
        ("@library.example", "daily", "no mail address"),
        ("ольга@library.example", "daily", "no mail address"),
        ("olga@library.example\nBcc: x@y.example", "daily", "no mail address"),
        (f"{'a' * 250}@library.example", "daily", "no mail address"),
    ],
)
def test_what_is_no_choice_is_refused(relay: Relay, olga: Account, address: str, pace: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        mail_choice.choose(relay, olga, address, pace)
    assert mail_choice.of(relay, olga).address == ""


def test_whoever_wants_none_gets_none_of_what_waits(relay: Relay, olga: Account) -> None:
    from relay.almanac.plan import queries
    from tests.moderation.town import Town

    Town(relay)
    almanac = queries.new(relay, "proryv80", "film")
    with relay.transaction() as session:
        session.add(
            LetterLine(
                account_id=need_id(olga), almanac_id=need_id(almanac), kind=LetterKind.remark, text="x", path="/",
                at=relay.now(),
            )
        )  # fmt: skip
    mail_choice.choose(relay, olga, "olga@library.example", "daily")
    with relay.reading() as session:
        assert session.get(LetterLine, 1) is not None
    mail_choice.choose(relay, olga, "olga@library.example", "none")
    with relay.reading() as session:
        assert session.get(LetterLine, 1) is None


def test_a_new_choice_begins_anew_and_takes_only_ones_own_letters(relay: Relay, olga: Account) -> None:
    from relay.almanac.plan import queries
    from tests.moderation.town import Town

    Town(relay)
    almanac = need_id(queries.new(relay, "proryv80", "film"))
    boris = accounts.invite(relay, "boris", "Борис", Role.editor)
    mail_choice.choose(relay, olga, "olga@library.example", "daily")
    words = {"almanac_id": almanac, "kind": LetterKind.remark, "text": "x", "path": "/", "at": relay.now()}
    with relay.transaction() as session:
        row = session.get_one(MailChoice, need_id(olga))
        row.attempts, row.reason = 3, "no such mailbox"
        session.add(LetterLine(account_id=need_id(olga), **words))
        session.add(LetterLine(account_id=need_id(olga), sent_at=relay.now(), **words))
        session.add(LetterLine(account_id=need_id(boris), **words))
    assert mail_choice.of(relay, olga).reason == "no such mailbox"
    mail_choice.choose(relay, olga, "", "none")
    found = mail_choice.of(relay, olga)
    assert (found.pace, found.reason) == (MailPace.none, "")
    with relay.reading() as session:
        assert session.get_one(MailChoice, need_id(olga)).attempts == 0
        assert [session.get(LetterLine, number) is None for number in (1, 2, 3)] == [True, False, False]
