from __future__ import annotations

from pathlib import Path

import pytest

from relay.alerts import raise_alert
from relay.bootstrap import open_relay
from relay.channels.mail import Mail
from relay.errors import NotSent
from relay.language.sentence import prefixed
from relay.ports import Notification
from tests.cli.test_commands import Run, home, run

__all__ = ["home", "run"]  # fixtures


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> list[Notification]:
    """Mail is set up; what would be sent is put here, in place of the socket."""
    sent: list[Notification] = []

    def send(_self: Mail, letter: Notification) -> str:
        sent.append(letter)
        return "250 2.0.0 Ok: queued"

    monkeypatch.setenv("RELAY_ALERT_MAIL", "olga@library.example")
    monkeypatch.setenv("RELAY_SMTP_URL", "smtp://127.0.0.1:9")
    monkeypatch.setattr(Mail, "send", send)
    return sent


def trouble() -> None:
    relay = open_relay()
    with relay.transaction() as session:
        raise_alert(session, "source:1", prefixed("Тихвин (vk:club1)", "The community is closed."), relay.now())


@pytest.mark.slow
def test_nothing_needs_a_person(home: Path, run: Run) -> None:
    assert run("alert", "list").out == "Nothing needs a person.\n"
    assert run("alert", "list", "--json").document == []


@pytest.mark.slow
def test_alerts_are_listed_with_what_to_do(home: Path, run: Run, mail: list[Notification]) -> None:
    trouble()
    answer = run("alert", "list", "--json")
    (alert,) = answer.document
    assert (alert["key"], alert["times"], alert["over"]) == ("source:1", 1, None)
    assert alert["advice"].startswith("Open the page in a browser.")
    assert [(message["channel"], message["state"]) for message in alert["told"]] == [("mail", "waiting")]
    told = run("alert", "list", language="ru").out
    assert "Сообщество закрыто." in told
    assert "Откройте страницу" in told


@pytest.mark.slow
def test_what_is_written_by_a_command_is_sent_by_the_schedule(home: Path, run: Run, mail: list[Notification]) -> None:
    trouble()
    assert run("work", "--once").code == 0
    assert run("work", "--once").code == 0
    assert [letter.key for letter in mail] == ["source:1"]


@pytest.mark.slow
def test_a_test_message_says_what_came_back(home: Path, run: Run, mail: list[Notification]) -> None:
    answer = run("alert", "test")
    assert (answer.code, answer.out) == (0, "Mail: sent. The answer: 250 2.0.0 Ok: queued\n")
    assert mail[0].state == "test"
    assert run("alert", "test", "--json").document == [
        {"channel": "mail", "sent": True, "line": "250 2.0.0 Ok: queued"}
    ]


@pytest.mark.slow
def test_a_test_message_that_does_not_get_out(
    home: Path, run: Run, mail: list[Notification], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Mail, _letter: Notification) -> str:
        raise NotSent("The mail server refuses name or password.", hint="Check RELAY_SMTP_URL.")

    monkeypatch.setattr(Mail, "send", refuse)
    answer = run("alert", "test")
    assert answer.code == 1
    assert answer.out == "Mail: not sent. The mail server refuses name or password. Check RELAY_SMTP_URL.\n"
    assert answer.line == "Not every channel works."


@pytest.mark.slow
def test_without_a_channel_it_says_how_to_get_one(home: Path, run: Run) -> None:
    answer = run("alert", "test")
    assert answer.code == 1
    assert "RELAY_ALERT_MAIL" in answer.line


@pytest.mark.slow
def test_tokens_are_listed_without_themselves(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "RELAY_VK_TOKEN" in run("token", "list").out
    monkeypatch.setenv("RELAY_VK_TOKEN", "canary-one,canary-two")
    rows = run("token", "list", "--json").document
    assert [row["state"] for row in rows] == ["works", "works"]
    assert len({row["token"] for row in rows}) == 2
    assert all(len(row["token"]) == 5 for row in rows)
    shown = run("token", "list").out
    assert "Reading walls 0/5000" in shown
    assert "canary" not in shown


@pytest.mark.slow
def test_the_doctor_tells_of_messages_that_do_not_get_out(
    home: Path, run: Run, mail: list[Notification], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Mail, _letter: Notification) -> str:
        raise NotSent("The mail server can't be reached.", hint="Check RELAY_SMTP_URL.")

    monkeypatch.setattr(Mail, "send", refuse)
    trouble()
    run("work", "--once")
    found = {finding["what"]: finding for finding in run("doctor", "--json").document}
    assert found["messages"]["wrong"] is True
    assert found["messages"]["text"] == (
        "mail: waiting: 1, given up: 0. The mail server can't be reached. Check RELAY_SMTP_URL."
    )
    assert found["relay work"]["text"] == "has nothing to do"
