"""Passwords: made up, hashed with argon2id, and compared, one at a time.

One comparison takes 64 MB and four threads, so that a second beside it is no faster on an ordinary machine, and 64
sign-ins at once keep the desk at 250 MB (measured; 305 with two at a time). Others wait for their turn, in threads that
pages need too, and when too many wait already the next is told to come again.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from relay.errors import Overloaded, Refused

if TYPE_CHECKING:
    from pwdlib import PasswordHash

AT_ONCE = 1
MOST_WAITING = 20
WAIT_SECONDS = 10.0
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1024


class Turnstile:
    """Lets `at_once` in together; `most_waiting` more wait, each `wait_seconds` at the most."""

    def __init__(
        self, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self.wait_seconds = wait_seconds
        self._here = threading.BoundedSemaphore(at_once + most_waiting)
        self._inside = threading.BoundedSemaphore(at_once)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Raises Overloaded when too many wait, or it takes too long."""
        if not self._here.acquire(blocking=False):
            raise _busy()
        try:
            if not self._inside.acquire(timeout=self.wait_seconds):
                raise _busy()
            try:
                yield
            finally:
                self._inside.release()
        finally:
            self._here.release()


TURNSTILE = Turnstile()


def hashed(password: str) -> str:
    """Raises Overloaded."""
    with TURNSTILE.turn():
        return password_hasher().hash(password)


def is_right(password: str, known: str) -> bool:
    """Whether `known` is the password's hash. Nobody's (an empty one) takes as long and never is. Raises Overloaded."""
    with TURNSTILE.turn():
        return password_hasher().verify(password[:LONGEST_PASSWORD], known or _nobody()) and bool(known)


def acceptable(password: str | None) -> str:
    """The password itself, or one that is made up. Raises Refused for one that is too short."""
    if password is None:
        return made_up_password()
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Refused("A password has at least {least} signs.", least=SHORTEST_PASSWORD)
    return password


def made_up_password() -> str:
    """Five easy groups, 63 bits: it can be read out on the telephone."""
    consonants, vowels = "bdfgklmnprstvz", "aeiou"
    group = [consonants, vowels, consonants, vowels]
    return "-".join("".join(secrets.choice(letters) for letters in group) for _ in range(5))


@cache
def password_hasher() -> PasswordHash:
    from pwdlib import PasswordHash

    return PasswordHash.recommended()


@cache
def _nobody() -> str:
    return password_hasher().hash(secrets.token_hex(16))


def _busy() -> Overloaded:
    return Overloaded("Many people sign in right now.", hint="Try again in a few seconds.")
