"""The look at the record that is taken by itself once a day, and by hand."""

from __future__ import annotations

import dataclasses

import pytest

from relay.alerts import open_alerts
from relay.chain.verifying import FaultKind
from relay.context import Relay
from relay.errors import StoreError
from relay.upkeep.record import days, looks
from tests.chain.record import RecordOfTests
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.slow


def alerts(relay: Relay) -> list[tuple[str, str]]:
    with relay.reading() as session:
        return [(row.key, row.text) for row in open_alerts(session)]


def test_who_tampers_is_told_of_once_a_day_until_it_is_right_again(relay: Relay, clock: FakeClock) -> None:
    record = RecordOfTests(relay)
    record.goes_on(3)
    clock.moves(days=1)
    looks.daily(relay)
    assert alerts(relay) == []
    record.tampers("UPDATE event SET person = 'Вера' WHERE id IN (1, 2)")
    looks.daily(relay)
    assert alerts(relay) == [], "it was looked at today"
    clock.moves(days=1)
    looks.daily(relay)
    ((key, text),) = alerts(relay)
    assert key == looks.ALERT
    assert text == "The record was changed by somebody who is not Relay. Places: 2."
    assert looks.verify(relay).head.position == looks.head(relay).position


def test_heads_that_were_kept_or_are_brought_are_compared_and_one_that_is_spoilt_is_a_fault(
    relay: Relay, clock: FakeClock
) -> None:
    record = RecordOfTests(relay)
    record.goes_on(2)
    clock.moves(days=1)
    days.daily(relay)
    (kept,), _ = days.kept(relay)
    assert looks.head(relay, clock().date().replace(day=12)) == kept
    assert looks.verify(relay).is_whole
    strange = dataclasses.replace(kept, digest="0" * 64)
    assert [fault.kind for fault in looks.verify(relay, [strange]).faults] == [FaultKind.head_lost]
    days.file_of(relay, clock().date().replace(day=12)).write_text("spoilt")
    (fault,) = looks.verify(relay).faults
    assert (fault.kind, fault.what) == (FaultKind.head_lost, "2023-01-12.json")


def test_without_the_key_nothing_can_be_said(relay: Relay) -> None:
    relay.store.chain_keys = None
    for ask in (looks.verify, looks.head):
        with pytest.raises(StoreError, match="key is not there"):
            ask(relay)
    looks.daily(relay)
    assert alerts(relay) == []
