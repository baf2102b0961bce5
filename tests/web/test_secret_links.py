"""Whoever tries links, receipts or tickets that lead nowhere has to wait, whichever of them it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from httpx import Response

from relay.context import Relay
from relay.intake.hand_in import hand_ins
from relay.models import Role
from relay.moderation.people import accounts, links
from relay.web import access
from relay.web.rate_limit import RateLimit
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town
from tests.web.conftest import Browser
from tests.web.participant import FORM, PAGE, TUS
from tests.web.test_access import REQUESTS

MOST = 3
BY_SECRET = {
    name: ("POST" if name == "uploads" else method, path)
    for name, (method, path, _fields) in REQUESTS.items()
    if access.POLICY[name] is access.PUBLIC and "/forged" in path
}
"""Every page that a secret in its address opens, made from the table of all requests: none can be forgotten."""


def tried(browser: Browser, method: str, path: str) -> Response:
    if method == "POST":
        browser.headers.update(TUS)
        return browser.sends(path)
    return browser.request(method, path, headers=TUS)


def test_all_kinds_of_them_are_there():
    assert {name.partition("_")[0] for name in BY_SECRET} >= {"link", "receipt", "take", "upload", "answer", "sign"}


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "twin"])
@pytest.mark.parametrize("name", BY_SECRET)
def test_whoever_tries_many_has_to_wait(app: FastAPI, town: Town, vera: Browser, name: str, guarded: bool) -> None:
    """The twin never tires of answering."""
    app.state.rate_limit = RateLimit(most=MOST if guarded else 10**6)
    answers = [tried(vera, *BY_SECRET[name]).status_code for _ in range(MOST + 2)]
    assert set(answers[:MOST]) <= {400, 404}, name
    assert set(answers[MOST:]) == ({429} if guarded else set(answers[:MOST])), name


@pytest.mark.slow
def test_wrong_tries_of_one_kind_count_for_the_others(
    app: FastAPI, relay: Relay, town: Town, visit: Callable[[str], Browser], clock: FakeClock
) -> None:
    """And a right link is not answered meanwhile either: nobody learns which one it was."""
    app.state.rate_limit = RateLimit(most=MOST)
    accounts.create(relay, "anna", "Анна", Role.moderator)
    right = links.sign_in_link(relay, "anna", "http://desk.test")
    vera = visit("vera")
    for name in ("receipt", "link_form", "sign_off"):
        assert tried(vera, *BY_SECRET[name]).status_code in (400, 404)
    assert vera.get(right).status_code == 429
    clock.moves(minutes=10)
    assert vera.get(right).status_code == 200


@pytest.mark.slow
def test_right_links_are_never_counted(app: FastAPI, relay: Relay, town: Town, vera: Browser) -> None:
    app.state.rate_limit = RateLimit(most=MOST)
    hand_ins.switch(relay, town.slug, is_open=True, person="Ольга")
    receipt = vera.sends(PAGE, **FORM).headers["location"]
    assert [vera.get(receipt).status_code for _ in range(MOST * 3)] == [200] * (MOST * 3)
