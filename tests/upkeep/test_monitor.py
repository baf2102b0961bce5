from __future__ import annotations

import dataclasses
import threading
import time
from datetime import timedelta

import pytest

from relay.alerts import raise_alert
from relay.clocks import Jump
from relay.context import Relay
from relay.ports import Notification
from relay.upkeep.monitor import LAST_ROUND_SECONDS, Monitor
from tests.fakes.channel import FakeChannel
from tests.fakes.machine import FakeMachine


class Box(FakeChannel):
    """A channel that tells when it is used, and that can hang."""

    def __init__(self) -> None:
        super().__init__()
        self.rang, self.hangs = threading.Event(), threading.Event()
        self.hangs.set()

    def send(self, letter: Notification) -> str:
        self.rang.set()
        self.hangs.wait(20)
        return super().send(letter)


def trouble(relay: Relay, box: FakeChannel) -> Relay:
    """An alert that waits to be told."""
    relay.store.channels = ("mail",)
    with relay.transaction() as session:
        raise_alert(session, "k", "VK wants a captcha.", relay.now())
    return dataclasses.replace(relay, channels={"mail": box})


@pytest.mark.slow
def test_what_is_to_be_sent_is_sent_every_few_seconds_until_it_stops(relay):
    box = Box()
    monitor = Monitor(trouble(relay, box), every=0.01)
    monitor.start()
    assert box.rang.wait(10)
    monitor.stop()
    assert not monitor._thread.is_alive()
    assert ("open", "VK wants a captcha.") in box.told


@pytest.mark.slow
def test_before_its_time_it_looks_at_nothing(relay):
    box = Box()
    monitor = Monitor(trouble(relay, box), every=60)
    monitor.start()
    monitor.stop()
    assert box.tries == 0
    assert Monitor(relay)._every == 15


def test_one_that_was_never_started_can_be_stopped(relay):
    Monitor(relay).stop()


@pytest.mark.slow
def test_a_mail_server_that_hangs_does_not_hold_up_the_end(relay, monkeypatch):
    monkeypatch.setattr("relay.upkeep.monitor.LAST_ROUND_SECONDS", 0.05)
    box = Box()
    box.hangs.clear()
    monitor = Monitor(trouble(relay, box), every=0.01)
    monitor.start()
    assert box.rang.wait(10)
    asked = time.monotonic()
    monitor.stop()
    waited = time.monotonic() - asked
    box.hangs.set()
    monitor._thread.join()
    assert waited < 5
    assert LAST_ROUND_SECONDS <= 10  # whoever stops a service gives it little more


@pytest.mark.slow
def test_letters_that_fail_do_not_end_the_rounds(relay):
    box = FakeChannel()
    box.is_down()
    monitor = Monitor(trouble(relay, box))
    monitor.round()
    monitor.round()
    assert box.tries == 1  # and the next try after a pause


@pytest.mark.slow
def test_a_round_looks_first_and_then_sends_what_it_has_found(relay):
    box = FakeChannel()
    told = trouble(relay, box)
    full = dataclasses.replace(told, settings=relay.settings.model_copy(update={"min_free_gb": 1e9}))
    Monitor(full).round()
    assert [letter.key for letter in box.sent] == ["k", "disk"]


@pytest.mark.slow
def test_it_checks_as_often_as_it_is_told_and_leaves_a_jump_of_the_clock_to_others(relay):
    machine = FakeMachine()
    box = Box()
    told = dataclasses.replace(trouble(relay, box), clock=machine.now)
    monitor = Monitor(told, every=0.001)
    looks = []

    def look():
        looks.append(1)
        if len(looks) == 2:
            monitor._stopping.set()
        return Jump(timedelta(hours=1)) if len(looks) == 1 else None

    monitor._wall_clock.check = look
    monitor._loop()
    assert (len(looks), box.tries) == (2, 1)


def test_the_end_waits_for_a_round_that_was_begun():
    assert LAST_ROUND_SECONDS == 5
