from __future__ import annotations

import pytest

from relay.context import Relay
from relay.moderation.people import passwords
from tests.moderation.town import Town, cheap_hasher


@pytest.fixture
def town(relay: Relay) -> Town:
    return Town(relay)


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same argon2id with a thousandth of the work: a hundred guesses in a test are not the point of the work."""
    monkeypatch.setattr(passwords, "password_hasher", cheap_hasher)
