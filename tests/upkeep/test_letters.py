"""Letters to people who make films, against a real mail server on loopback (aiosmtpd)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlmodel import select

from relay.almanac.delivery import remarks, sign_off
from relay.almanac.plan import queries
from relay.context import Relay
from relay.models import ClipState, LetterLine, MailChoice, Role
from relay.moderation.people import accounts, mail_choice
from relay.upkeep import letters
from relay.upkeep.letters import MOST_LINES, PAUSE
from relay.upkeep.outbox import CLAIM
from tests.almanac.cinema import has_version
from tests.channels.test_mail import Office, serving
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

FILM = ("proryv80", "film")


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def desk(relay: Relay, office: Office) -> Iterator[Relay]:
    """A film with one version; Olga organizes and reads Russian, Boris edits. Both have said where to."""
    town = Town(relay)
    town.has_clip(name="Анна", state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay)
    with serving(office) as port:
        settings = relay.settings.model_copy(
            update={
                "smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"),
                "alert_from": "relay@library.example",
                "public_url": "https://relay.library.example/",
            }
        )
        desk = dataclasses.replace(relay, settings=settings)
        for login, role, language in (("olga", Role.organizer, "ru"), ("boris", Role.editor, "en")):
            account = accounts.invite(desk, login, login.title(), role, language=language)
            mail_choice.choose(desk, account, f"{login}@library.example", "at once")
        yield desk


def remark(relay: Relay, text: str, person: str = "Boris") -> int:
    return remarks.add(relay, *FILM, 1, text, seconds=2.0, person=person)


def choice(relay: Relay, login: str) -> MailChoice:
    with relay.reading() as session:
        return session.get_one(MailChoice, accounts.of_login(relay, login).id)


def unsent(relay: Relay) -> int:
    with relay.reading() as session:
        return len(session.exec(select(LetterLine).where(LetterLine.sent_at == None)).all())  # noqa: E711


def test_what_came_within_minutes_is_one_letter_in_the_readers_language(
    desk: Relay, office: Office, clock: FakeClock
) -> None:
    number = remark(desk, "громче")
    clock.moves(seconds=60)
    remarks.reply(desk, *FILM, number, "и тише музыку", person="Boris")
    assert letters.send_due(desk) == 0, "it is gathered first"
    clock.moves(minutes=2)
    assert letters.send_due(desk) == 1
    (message,) = office.taken
    assert office.to == [["olga@library.example"]]
    assert message["Subject"] == "Relay: Новое о фильме «Голоса памяти»"
    text = message.get_content()
    for words in (
        "Здравствуйте, Olga!",
        "Boris: замечание к фильму «Голоса памяти», версия 1, 0:02: громче",
        "https://relay.library.example/almanacs/proryv80/film?version=1#remark-1",
        "Boris: ответ на «громче», фильм «Голоса памяти», версия 1: и тише музыку",
        "https://relay.library.example/me#letters",
    ):
        assert words in text, words
    assert letters.send_due(desk) == 0
    assert unsent(desk) == 0


@pytest.mark.slow
def test_nobody_is_written_to_of_their_own_doing_and_everybody_in_their_language(
    desk: Relay, office: Office, clock: FakeClock
) -> None:
    remark(desk, "тише", "Olga")
    clock.moves(minutes=2)
    assert letters.send_due(desk) == 1
    assert office.to == [["boris@library.example"]]
    assert office.taken[0]["Subject"] == "Relay: News of the film “Голоса памяти”"


@pytest.mark.slow
def test_between_two_letters_there_is_a_pause_however_much_is_said(
    desk: Relay, office: Office, clock: FakeClock
) -> None:
    remark(desk, "раз")
    clock.moves(minutes=2)
    letters.send_due(desk)
    for number in range(12):
        remark(desk, f"ещё {number}")
        clock.moves(seconds=40)
        letters.send_due(desk)
    assert len(office.taken) == 1
    clock.moves(seconds=PAUSE.total_seconds())
    assert letters.send_due(desk) == 1
    assert office.taken[1].get_content().count("ещё") == 12


@pytest.mark.slow
def test_twin_without_the_gathering_each_remark_is_a_letter(
    desk: Relay, office: Office, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from relay.almanac.delivery.reviewing import letters as written

    monkeypatch.setattr(written, "GATHERED", timedelta())
    monkeypatch.setattr(letters, "PAUSE", timedelta())
    for number in range(3):
        remark(desk, f"раз {number}")
        letters.send_due(desk)
    assert len(office.taken) == 3


@pytest.mark.slow
def test_a_daily_letter_comes_once_a_day(desk: Relay, office: Office, clock: FakeClock) -> None:
    mail_choice.choose(desk, accounts.of_login(desk, "olga"), "olga@library.example", "daily")
    for number in range(3):
        remark(desk, f"раз {number}")
        clock.moves(hours=1)
        letters.send_due(desk)
    assert office.taken == []
    clock.moves(hours=18)
    assert letters.send_due(desk) == 1
    remark(desk, "завтра")
    clock.moves(hours=2)
    assert letters.send_due(desk) == 0


def test_no_letter_holds_the_secret_of_a_sign_off(desk: Relay, office: Office, clock: FakeClock) -> None:
    asked = sign_off.ask(desk, *FILM, to="К. А. Веденеев", person="Boris")
    sign_off.decide(desk, asked.secret, "agreed")
    clock.moves(minutes=3)
    assert letters.send_due(desk) == 2, "Olga is told of both, Boris of the verdict"
    assert not any(asked.secret in message.get_content() for message in office.taken)
    assert sorted(to for (to,) in office.to) == ["boris@library.example", "olga@library.example"]


@pytest.mark.slow
def test_a_server_that_is_down_loses_nothing_and_says_why(desk: Relay, office: Office, clock: FakeClock) -> None:
    office.answer = "451 4.3.0 Try later"
    remark(desk, "громче")
    clock.moves(minutes=2)
    assert letters.send_due(desk) == 0
    failed = choice(desk, "olga")
    assert (failed.attempts, str(failed.reason)) == (1, "The mail server says: 451 4.3.0 Try later")
    assert failed.next_at == desk.now() + timedelta(minutes=1)
    assert letters.send_due(desk) == 0, "not before its time"
    office.answer = "250 OK"
    clock.moves(minutes=1)
    assert letters.send_due(desk) == 1
    assert (choice(desk, "olga").attempts, choice(desk, "olga").reason) == (0, "")


def test_what_can_not_be_sent_for_days_is_given_up(desk: Relay, office: Office, clock: FakeClock) -> None:
    office.answer = "451 4.3.0 Try later"
    remark(desk, "старое")
    clock.moves(minutes=2)
    letters.send_due(desk)
    clock.moves(days=4)
    office.answer = "250 OK"
    assert letters.send_due(desk) == 0
    assert (office.taken, unsent(desk)) == ([], 0)


@pytest.mark.slow
def test_of_two_processes_one_sends(desk: Relay, office: Office, clock: FakeClock) -> None:
    remark(desk, "громче")
    clock.moves(minutes=2)
    number = accounts.of_login(desk, "olga").id or 0
    assert letters._claimed(desk, number) is not None
    assert letters._claimed(desk, number) is None
    assert letters.send_due(desk) == 0
    clock.moves(seconds=CLAIM.total_seconds())
    assert letters.send_due(desk) == 1, "what a process that died had claimed is sent a little later"


@pytest.mark.slow
def test_a_second_copy_is_known_as_one(desk: Relay, office: Office, clock: FakeClock) -> None:
    remark(desk, "громче")
    clock.moves(minutes=2)
    number = accounts.of_login(desk, "olga").id or 0
    letter = letters._claimed(desk, number)
    assert letter is not None
    for _ in range(2):
        letters._send(desk, letter)
    first, second = office.taken
    assert first["Message-ID"] == second["Message-ID"] != ""


@pytest.mark.slow
def test_whoever_may_not_change_films_any_more_reads_nothing_of_them(
    desk: Relay, office: Office, clock: FakeClock
) -> None:
    remark(desk, "тише", "Olga")
    accounts.set_role(desk, "boris", Role.viewer)
    clock.moves(minutes=2)
    assert (letters.send_due(desk), unsent(desk)) == (0, 0)


@pytest.mark.slow
def test_without_a_mail_server_it_waits(relay: Relay, desk: Relay, clock: FakeClock) -> None:
    remark(desk, "громче")
    clock.moves(minutes=2)
    assert letters.send_due(relay) == 0
    assert unsent(desk) == 1


@pytest.mark.slow
def test_a_long_letter_ends_somewhere(desk: Relay, office: Office, clock: FakeClock) -> None:
    for number in range(MOST_LINES + 2):
        remark(desk, f"замечание {number}.")
    clock.moves(minutes=2)
    letters.send_due(desk)
    text = office.taken[0].get_content()
    assert text.count("#remark-") == MOST_LINES
    assert "И ещё 2" in text
