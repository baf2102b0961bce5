from __future__ import annotations

import threading
import time

import pytest

from relay.errors import Overloaded
from relay.models import Role
from relay.moderation.people import accounts, passwords


@pytest.mark.slow
def test_passwords_are_hashed_with_the_cost_that_is_recommended(relay, monkeypatch):
    monkeypatch.undo()
    account, _ = accounts.create(relay, "anna", "Анна", Role.moderator)
    assert account.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.slow
def test_made_up_passwords_differ():
    assert len({passwords.made_up_password() for _ in range(200)}) == 200


def test_a_few_are_worked_on_together_and_the_others_wait():
    turnstile, inside, most, lock = passwords.Turnstile(at_once=2, most_waiting=10), [], [], threading.Lock()

    def enter() -> None:
        with turnstile.turn():
            with lock:
                inside.append(1)
                most.append(len(inside))
            time.sleep(0.005)
            with lock:
                inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(most), max(most)) == (12, 2)


def test_too_many_are_told_to_come_again_and_so_is_who_waits_too_long():
    full = passwords.Turnstile(at_once=1, most_waiting=0)
    with full.turn(), pytest.raises(Overloaded, match="Many people sign in"), full.turn():
        pass
    slow = passwords.Turnstile(at_once=1, most_waiting=1, wait_seconds=0.01)
    with slow.turn(), pytest.raises(Overloaded, match="Many people sign in"), slow.turn():
        pass
    with slow.turn(), full.turn():
        pass


def test_nobodys_password_is_never_right():
    assert passwords.is_right("", "") is False
    assert passwords.is_right("password of anna", passwords.hashed("password of anna")) is True
    assert passwords.is_right("password of olga", passwords.hashed("password of anna")) is False
