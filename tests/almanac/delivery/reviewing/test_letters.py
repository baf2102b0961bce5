from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from relay.almanac.delivery import remarks, sign_off
from relay.almanac.delivery.reviewing import letters
from relay.almanac.delivery.reviewing.letters import GATHERED
from relay.almanac.plan import queries
from relay.context import Relay
from relay.models import ClipState, LetterLine, MailChoice, Role, need_id
from relay.moderation.people import accounts, mail_choice, roles
from tests.almanac.cinema import has_version
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

FILM = ("proryv80", "film")


@pytest.fixture
def town(relay: Relay) -> Town:
    """A film with one version; Olga organizes, Boris edits, Anna moderates, and all of them have an address."""
    town = Town(relay)
    town.has_clip(name="Анна", state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay)
    for login, role in (("olga", Role.organizer), ("boris", Role.editor), ("anna", Role.moderator)):
        wants(relay, accounts.invite(relay, login, login.title(), role).login)
    return town


def wants(relay: Relay, login: str, pace: str = "at once") -> None:
    mail_choice.choose(relay, accounts.of_login(relay, login), f"{login}@library.example", pace)


def waiting(relay: Relay, login: str) -> list[str]:
    number = need_id(accounts.of_login(relay, login))
    with relay.reading() as session:
        mine = select(LetterLine).where(LetterLine.account_id == number).order_by(LetterLine.id)  # type: ignore[arg-type]
        return [str(row.text) for row in session.exec(mine)]


def due(relay: Relay, login: str) -> datetime:
    with relay.reading() as session:
        return session.get_one(MailChoice, accounts.of_login(relay, login).id).next_at


def remark(relay: Relay, person: str = "Boris", **known: object) -> int:
    return remarks.add(relay, *FILM, 1, "громче", person=person, **known)  # type: ignore[arg-type]


@pytest.mark.slow
def test_those_who_make_films_are_told_of_a_remark_and_nobody_of_their_own(relay: Relay, town: Town) -> None:
    remark(relay, seconds=2.4)
    remark(relay)
    assert waiting(relay, "olga") == [
        "Boris remarks on “Голоса памяти”, version 1, at 0:02: громче",
        "Boris remarks on “Голоса памяти”, version 1: громче",
    ]
    assert waiting(relay, "boris") == waiting(relay, "anna") == []


@pytest.mark.slow
def test_answers_and_sign_offs_are_told(relay: Relay, town: Town) -> None:
    number = remark(relay, "Olga")
    remarks.reply(relay, *FILM, number, "сделано", person="Boris")
    asked = sign_off.ask(relay, *FILM, to="К. А. Веденеев", person="Boris")
    other = sign_off.ask(relay, *FILM, to="М. Громова", person="Boris")
    sign_off.remark(relay, other.secret, "тише")
    sign_off.decide(relay, asked.secret, "agreed")
    sign_off.decide(relay, other.secret, "remarks", words="музыку тише")
    assert waiting(relay, "olga") == [
        "Boris answers “громче” on “Голоса памяти”, version 1: сделано",
        "Boris has asked К. А. Веденеев to sign off version 1 of “Голоса памяти”.",
        "Boris has asked М. Громова to sign off version 1 of “Голоса памяти”.",
        "М. Громова remarks on “Голоса памяти”, version 1: тише",
        "К. А. Веденеев agrees to version 1 of “Голоса памяти”.",
        "М. Громова has remarks on version 1 of “Голоса памяти”: музыку тише",
    ]
    assert len(waiting(relay, "boris")) == 4, "Olga's remark, and what the officials said"


@pytest.mark.slow
def test_no_letter_holds_the_link_of_a_sign_off(relay: Relay, town: Town) -> None:
    asked = sign_off.ask(relay, *FILM, to="К. А. Веденеев", person="Boris")
    with relay.reading() as session:
        rows = session.exec(select(LetterLine)).all()
    assert [row.path for row in rows] == ["/almanacs/proryv80/film?version=1#sign-offs"]
    assert not any(asked.secret in f"{row.text} {row.path}" for row in rows)


@pytest.mark.slow
def test_roles_in_the_campaign_count(relay: Relay, town: Town) -> None:
    roles.set_role_in(relay, "anna", "proryv80", Role.editor)
    roles.set_role_in(relay, "boris", "proryv80", Role.viewer)
    accounts.close(relay, "anna")
    remark(relay, "Olga")
    assert waiting(relay, "boris") == waiting(relay, "anna") == []
    accounts.reopen(relay, "anna")
    remark(relay, "Olga")
    assert len(waiting(relay, "anna")) == 1


@pytest.mark.slow
def test_whoever_wants_none_or_has_no_address_is_told_nothing(relay: Relay, town: Town) -> None:
    wants(relay, "olga", "none")
    accounts.invite(relay, "vera", "Vera", Role.editor)
    remark(relay)
    assert waiting(relay, "olga") == waiting(relay, "vera") == []


@pytest.mark.slow
def test_a_letter_waits_for_what_comes_within_minutes(relay: Relay, town: Town, clock: FakeClock) -> None:
    remark(relay)
    first = due(relay, "olga")
    assert first == relay.now() + GATHERED
    clock.moves(seconds=90)
    remark(relay)
    assert due(relay, "olga") == first, "the second goes along"


@pytest.mark.slow
def test_a_daily_letter_goes_in_the_morning_of_the_campaign(relay: Relay, town: Town, clock: FakeClock) -> None:
    wants(relay, "olga", "daily")
    remark(relay)
    assert due(relay, "olga") == datetime(2023, 1, 13, 5, tzinfo=UTC)  # 8 o'clock in Moscow


def test_the_next_morning() -> None:
    evening, night = datetime(2023, 1, 12, 20, tzinfo=UTC), datetime(2023, 1, 12, 4, 59, tzinfo=UTC)
    assert letters.next_morning(evening, "Europe/Moscow") == datetime(2023, 1, 13, 5, tzinfo=UTC)
    assert letters.next_morning(night, "Europe/Moscow") == datetime(2023, 1, 12, 5, tzinfo=UTC)
    assert letters.next_morning(night + timedelta(minutes=1), "Europe/Moscow") == datetime(2023, 1, 13, 5, tzinfo=UTC)


@pytest.mark.slow
def test_long_words_are_cut(relay: Relay, town: Town) -> None:
    remarks.add(relay, *FILM, 1, "слово " * 100, person="Boris")
    (text,) = waiting(relay, "olga")
    assert text.endswith("…")
    assert len(text) < 300
