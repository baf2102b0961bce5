"""Letters that bring officials the link of a sign-off, against a real mail server on loopback (aiosmtpd)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
from pydantic import SecretStr
from sqlmodel import select

from relay.almanac.delivery import sign_off
from relay.almanac.delivery.reviewing import mailing
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import ClipState, MailedLink, Recall
from relay.upkeep import official_letters
from relay.upkeep.outbox import CLAIM
from tests.almanac.cinema import has_version
from tests.channels.test_mail import Office, serving
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

FILM = ("proryv80", "film")
TO = "К. А. Веденеев"
MAIL = "vedeneev@district.example"


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def desk(relay: Relay, office: Office) -> Iterator[Relay]:
    """A film with one version, and a mail server."""
    Town(relay).has_clip(name="Анна", state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay)
    with serving(office) as port:
        words = {
            "smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"),
            "alert_from": "relay@library.example",
            "public_url": "https://relay.library.example/",
        }
        yield dataclasses.replace(relay, settings=relay.settings.model_copy(update=words))


def asked(relay: Relay, *, days: int = 7, mail: str = MAIL, language: str = "") -> sign_off.SignOffLink:
    return sign_off.ask(relay, *FILM, to=TO, position="глава", days=days, mail=mail, language=language, person="Борис")


def link_in(message: EmailMessage) -> str:
    found = re.search(r"https://relay\.library\.example/sign-off/(\S+)", message.get_content())
    assert found is not None
    return found[1]


def states(relay: Relay, number: int = 1) -> list[tuple[str, str]]:
    return [(letter.kind, letter.state) for letter in mailing.listing(relay, *FILM).get(number, [])]


@pytest.mark.slow
def test_an_official_gets_a_link_of_their_own_and_signs_by_it(desk: Relay, office: Office, clock: FakeClock) -> None:
    by_hand = asked(desk)
    assert states(desk) == [("asked", "waiting"), ("reminder", "planned")]
    assert official_letters.send_due(desk) == 1
    (message,) = office.taken
    assert office.to == [[MAIL]]
    assert message["Subject"] == "Согласование фильма «Голоса памяти»"
    text = message.get_content()
    for words in (f"Здравствуйте, {TO}!", "Борис просит вас посмотреть версию 1", "(Europe/Moscow)"):
        assert words in text, words
    assert states(desk) == [("asked", "sent"), ("reminder", "planned")]
    secret = link_in(message)
    assert secret != by_hand.secret, "Relay keeps no copy of that one"
    for each in (secret, by_hand.secret):
        assert sign_off.shown(desk, each).person == TO
    sign_off.decide(desk, secret, "agreed")
    assert sign_off.shown(desk, by_hand.secret).state == "agreed", "both lead to the one protocol"
    assert states(desk) == [("asked", "sent")], "who has answered is not reminded"
    clock.moves(days=6, hours=1)
    assert official_letters.send_due(desk) == 0


@pytest.mark.slow
def test_no_secret_of_a_letter_is_kept_or_logged(
    desk: Relay, office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    asked(desk)
    office.answer = "451 4.3.0 Try later"
    official_letters.send_due(desk)
    office.answer = "250 OK"
    mailing.again(desk, 1, mail="other@district.example", person="Борис")
    official_letters.send_due(desk)
    secret = link_in(office.taken[-1])
    with desk.reading() as session:
        kept = session.exec(select(MailedLink.link_hash)).all()
    assert sign_off.digest(secret) in kept
    assert not any(secret.encode() in path.read_bytes() for path in desk.settings.data_dir.rglob("relay.db*"))
    logged = capfd.readouterr()
    assert secret not in logged.out + logged.err


@pytest.mark.slow
def test_the_language_is_chosen_and_the_reminder_comes_a_day_before_the_end(
    desk: Relay, office: Office, clock: FakeClock
) -> None:
    asked(desk, language="en")
    official_letters.send_due(desk)
    clock.moves(days=5, hours=23)
    assert official_letters.send_due(desk) == 0
    clock.moves(hours=1)
    assert official_letters.send_due(desk) == 1
    assert [message["Subject"] for message in office.taken] == [
        "Sign-off of the film “Голоса памяти”",
        "Reminder: sign-off of the film “Голоса памяти”",
    ]
    assert "Your answer is still awaited." in office.taken[1].get_content()
    assert sign_off.shown(desk, link_in(office.taken[1])).state == "open"
    assert sign_off.shown(desk, link_in(office.taken[0])).state == "open", "the first one still leads there"


@pytest.mark.slow
def test_who_has_two_days_is_not_reminded(desk: Relay) -> None:
    asked(desk, days=2)
    assert states(desk) == [("asked", "waiting")]


@pytest.mark.slow
@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_when_the_link_has_ended_all_have_and_nothing_is_sent(
    desk: Relay, office: Office, clock: FakeClock, end: str
) -> None:
    asked(desk)
    official_letters.send_due(desk)
    if end == "revoked":
        sign_off.revoke(desk, 1, person="Борис")
    else:
        clock.moves(days=8)
    with pytest.raises(NotFound):
        sign_off.shown(desk, link_in(office.taken[0]))
    assert official_letters.send_due(desk) == 0
    assert states(desk) == [("asked", "sent")]
    with pytest.raises(Refused):
        mailing.again(desk, 1, mail="", person="Борис")


@pytest.mark.slow
def test_nobody_is_sent_to_a_version_that_is_not_shown_any_more(desk: Relay, office: Office) -> None:
    asked(desk)
    with desk.transaction() as session:
        session.add(Recall(render_id=1, clip_id=1, at=desk.now()))
    assert official_letters.send_due(desk) == 0
    assert office.taken == []


def test_a_server_that_is_down_is_told_and_tried_again(desk: Relay, office: Office, clock: FakeClock) -> None:
    asked(desk)
    office.answer = "451 4.3.0 Try later"
    assert official_letters.send_due(desk) == 0
    (letter, _reminder) = mailing.listing(desk, *FILM)[1]
    assert (letter.state, letter.reason) == ("failing", "The mail server says: 451 4.3.0 Try later")
    assert official_letters.send_due(desk) == 0, "not before its time"
    office.answer = "250 OK"
    clock.moves(minutes=1)
    assert official_letters.send_due(desk) == 1
    assert states(desk)[0] == ("asked", "sent")


@pytest.mark.slow
def test_what_can_not_be_sent_for_days_is_given_up_and_says_why(desk: Relay, office: Office, clock: FakeClock) -> None:
    asked(desk)
    office.answer = "550 5.1.1 No such user"
    official_letters.send_due(desk)
    clock.moves(days=3)
    official_letters.send_due(desk)
    (letter, _reminder) = mailing.listing(desk, *FILM)[1]
    assert letter.state == "given_up"
    assert "550" in letter.reason
    office.answer = "250 OK"
    mailing.again(desk, 1, mail="right@district.example", person="Борис")
    assert official_letters.send_due(desk) == 1
    assert office.to == [["right@district.example"]]


@pytest.mark.slow
def test_of_two_processes_one_sends(desk: Relay, clock: FakeClock) -> None:
    asked(desk)
    assert official_letters._claimed(desk, 1) is not None
    assert official_letters._claimed(desk, 1) is None
    assert official_letters.send_due(desk) == 0
    clock.moves(seconds=CLAIM.total_seconds())
    assert official_letters.send_due(desk) == 1, "what a process that died had claimed is sent a little later"


@pytest.mark.slow
def test_twin_without_the_claim_two_processes_send(desk: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(desk)
    monkeypatch.setattr(official_letters, "CLAIM", timedelta())
    assert official_letters._claimed(desk, 1) is not None
    assert official_letters._claimed(desk, 1) is not None


@pytest.mark.slow
def test_letters_by_hand_are_bounded(desk: Relay, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(desk)
    with pytest.raises(Refused, match="is on its way"):
        mailing.again(desk, 1, mail=MAIL, person="Борис")
    for _ in range(mailing.MOST_LETTERS - 1):
        official_letters.send_due(desk)
        mailing.again(desk, 1, mail="", person="Борис")
    official_letters.send_due(desk)
    with pytest.raises(Refused, match="There were 5 letters"):
        mailing.again(desk, 1, mail="", person="Борис")
    assert len(office.taken) == mailing.MOST_LETTERS
    monkeypatch.setattr(mailing, "MOST_A_DAY", mailing.MOST_LETTERS)
    with pytest.raises(Refused, match="letters a day"):
        asked(desk)


@pytest.mark.slow
def test_twin_without_the_bound_letters_go_out_for_ever(
    desk: Relay, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "MOST_LETTERS", 100)
    asked(desk)
    for _ in range(8):
        official_letters.send_due(desk)
        mailing.again(desk, 1, mail="", person="Борис")
    assert len(office.taken) == 8


@pytest.mark.slow
def test_a_wrong_address_makes_no_sign_off_and_without_a_server_there_is_no_letter(desk: Relay, relay: Relay) -> None:
    with pytest.raises(Refused, match="no mail address"):
        asked(desk, mail="vedeneev")
    with pytest.raises(Refused, match="no language"):
        asked(desk, language="xx")
    with pytest.raises(Refused, match="No mail server"):
        asked(relay)
    assert sign_off.listing(relay, *FILM) == []
    asked(relay, mail="")
    assert mailing.listing(relay, *FILM) == {}
    assert official_letters.send_due(relay) == 0


def test_a_link_that_was_given_by_hand_is_mailed_later(desk: Relay, office: Office) -> None:
    asked(desk, mail="")
    with pytest.raises(Refused, match="needs an address"):
        mailing.again(desk, 1, mail="", person="Борис")
    mailing.again(desk, 1, mail=MAIL, person="Борис")
    assert states(desk) == [("asked", "waiting"), ("reminder", "planned")]
    assert official_letters.send_due(desk) == 1
    with pytest.raises(NotFound):
        mailing.again(desk, 99, mail=MAIL, person="Борис")
