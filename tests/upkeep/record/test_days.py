"""The head of each day is kept and goes to people, once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date

import pytest
from pydantic import SecretStr

from relay.alerts import open_alerts
from relay.chain.heads import head_of
from relay.chain.verifying import ChainFault, FaultKind
from relay.context import Relay
from relay.errors import StoreError
from relay.store import Store
from relay.upkeep.record import days, looks
from tests.chain.record import RecordOfTests
from tests.channels.test_mail import Office, serving
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

DAY = date(2023, 1, 12)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def desk(relay: Relay, office: Office) -> Iterator[Relay]:
    with serving(office) as port:
        mail = {"smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"), "alert_from": "relay@library.example"}
        told = {"record_mail": "archive@library.example, notary@example.org", "language": "en"}
        yield dataclasses.replace(relay, settings=relay.settings.model_copy(update={**mail, **told}))


def happens(relay: Relay, count: int = 1) -> None:
    record = RecordOfTests(relay)
    for _ in range(count):
        with relay.transaction() as session:
            record.happens(session, relay.now())


@pytest.mark.slow
def test_the_day_that_has_ended_is_kept_once_as_it_stood(relay: Relay, clock: FakeClock) -> None:
    happens(relay, 2)
    assert days.daily(relay) is not None, "of a day on which nothing was there yet nothing is kept"
    assert days.kept(relay) == ([], [])
    clock.moves(days=1)
    happens(relay)
    kept = days.daily(relay)
    assert kept is not None
    assert (kept.position, days.kept(relay)) == (2, ([kept], []))
    assert days.file_of(relay, DAY).stat().st_mode & 0o777 == 0o600
    happens(relay)
    assert days.daily(relay) is None
    assert [head.position for head in days.kept(relay)[0]] == [2]
    assert looks.head(relay, DAY) == kept
    assert looks.head(relay).position == 4


def test_those_who_keep_it_are_written_to_once(desk: Relay, office: Office, clock: FakeClock) -> None:
    happens(desk)
    clock.moves(days=1)
    days.daily(desk)
    days.daily(desk)
    assert office.to == [["archive@library.example"], ["notary@example.org"]]
    assert len({message["Message-ID"] for message in office.taken}) == 2
    assert office.taken[0]["Subject"] == "Relay: the head of the record, 12 January 2023"
    words = looks.head(desk).words
    assert words in office.taken[0].get_content().splitlines()
    assert looks.verify(desk, [head_of(words)]).is_whole
    clock.moves(days=1)
    days.daily(desk)
    assert len(office.to) == 4


@pytest.mark.slow
def test_a_server_that_fails_is_asked_again(desk: Relay, office: Office, clock: FakeClock) -> None:
    happens(desk)
    clock.moves(days=1)
    office.answer = "451 later"
    days.daily(desk)
    assert office.taken == []
    office.answer = "250 OK"
    days.daily(desk)
    assert len(office.taken) == 2


@pytest.mark.slow
def test_without_a_mail_server_it_is_kept_all_the_same(relay: Relay, clock: FakeClock) -> None:
    happens(relay)
    clock.moves(days=1)
    days.daily(relay)
    assert len(days.kept(relay)[0]) == 1
    assert not (relay.folder(days.FOLDER) / days.SENT).exists()


@pytest.mark.slow
def test_what_is_taken_off_the_end_shows_by_the_head_in_the_data_folder(relay: Relay, clock: FakeClock) -> None:
    happens(relay, 3)
    clock.moves(days=1)
    days.daily(relay)
    record = RecordOfTests(relay)
    record.tampers("DELETE FROM event WHERE id = 3", "DELETE FROM chainlink WHERE position = 3")
    assert looks.verify(relay).faults == [ChainFault(FaultKind.head_lost, position=3)]
    days.file_of(relay, DAY).unlink()
    assert looks.verify(relay).is_whole, "the twin: nothing was kept"


def test_without_a_key_nothing_is_kept_and_nothing_is_said_to_be_whole(relay: Relay) -> None:
    plain = dataclasses.replace(relay, store=Store(str(relay.store.url.render_as_string(hide_password=False))))
    assert days.daily(plain) is None
    for look in (looks.verify, looks.head, looks.keys_of):
        with pytest.raises(StoreError, match="key is not there"):
            look(plain)
    plain.store.close()


@pytest.mark.slow
def test_the_day_ends_in_the_zone_of_the_campaign(relay: Relay) -> None:
    for words in ("2023-01-13T00:00:00+00:00", "2023-01-13T00:00:00+03:00"):
        with relay.reading() as session:
            assert days.end_of(session, DAY).isoformat() == words
        if words.endswith("+00:00"):
            Town(relay)


@pytest.mark.slow
def test_who_tampers_with_the_record_is_an_alert_on_the_next_day(relay: Relay, clock: FakeClock) -> None:
    happens(relay, 2)
    clock.moves(days=1)
    looks.daily(relay)
    record = RecordOfTests(relay)
    record.tampers("UPDATE event SET person = 'Вера' WHERE id = 1")
    looks.daily(relay)
    assert told(relay) == [], "once a day is enough"
    clock.moves(days=1)
    happens(relay)
    looks.daily(relay)
    assert told(relay) == ["The record was changed by somebody who is not Relay. Places: 1."]
    record.tampers("UPDATE event SET person = 'Анна' WHERE id = 1")
    clock.moves(days=1)
    looks.daily(relay)
    assert told(relay) == []


def told(relay: Relay) -> list[str]:
    with relay.reading() as session:
        return [alert.text for alert in open_alerts(session)]


def test_a_kept_head_that_cannot_be_read_is_told_beside_all_else(relay: Relay, clock: FakeClock) -> None:
    happens(relay, 2)
    clock.moves(days=1)
    happens(relay)
    assert days.daily(relay) is not None
    days.file_of(relay, DAY).write_text("{}")
    RecordOfTests(relay).tampers("UPDATE event SET person = 'Вера' WHERE id = 1")
    assert days.daily(relay) is None
    assert looks.verify(relay).faults == [
        ChainFault(FaultKind.row_changed, "event", 1, 1),
        ChainFault(FaultKind.head_lost, what=f"{DAY}.json"),
    ]
