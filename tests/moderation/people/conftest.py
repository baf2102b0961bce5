from __future__ import annotations

from collections.abc import Callable

import pytest
from pyotp import TOTP

from relay.models import Role
from relay.moderation.people import accounts, second_factor


@pytest.fixture
def anna(relay):
    account, password = accounts.create(relay, "Anna", "Анна Соколова", Role.moderator)
    return account.login, password


@pytest.fixture
def app_of(relay, clock) -> Callable[[str], Callable[[], str]]:
    """`app_of("anna")` sets her second factor up; what it gives tells the code that her telephone shows now."""

    def set_up(login: str) -> Callable[[], str]:
        account = accounts.of_login(relay, login)
        second_factor.begin(relay, account)
        app = TOTP(second_factor.begun(relay, account).secret)
        second_factor.confirm(relay, account, app.at(relay.now()))
        clock.moves(seconds=second_factor.STEP_SECONDS)
        return lambda: app.at(relay.now())

    return set_up
