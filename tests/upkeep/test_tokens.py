from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from relay.context import Relay
from relay.models import Parking
from relay.ports import Used
from relay.upkeep import tokens
from tests.fakes.source import FakeSource

CALLS = {"wall.get": (12, 5000), "users.get": (3, None)}


class WithTokens(FakeSource):
    def tokens(self) -> list[Used]:
        return [Used("aaaa1111", CALLS), Used("bbbb2222", {})]


@pytest.fixture
def relay(relay: Relay) -> Relay:
    return dataclasses.replace(relay, sources={"tg": FakeSource("tg"), "vk": WithTokens()})


def rests(relay: Relay, key: str, minutes: int, reason: str = "VK asks for a captcha.") -> None:
    with relay.transaction() as session:
        session.add(Parking(key=key, reason=reason, until=relay.now() + timedelta(minutes=minutes)))


def states(relay: Relay) -> dict[str, str]:
    return {each["token"]: each["state"] for each in tokens.listing(relay)}


def test_a_token_is_told_by_the_end_of_its_digest_with_what_it_was_used_for(relay):
    first, second = tokens.listing(relay)
    assert first == {
        "network": "vk",
        "token": "…1111",
        "state": "works",
        "reason": "",
        "until": None,
        "calls": [
            {"method": "wall.get", "made": 12, "allowed": 5000, "until": None, "reason": ""},
            {"method": "users.get", "made": 3, "allowed": None, "until": None, "reason": ""},
        ],
    }
    assert (second["token"], second["calls"]) == ("…2222", [])


def test_a_token_that_rests_is_told_with_the_reason_and_the_time(relay):
    rests(relay, "vk:aaaa1111", 5)
    first = tokens.listing(relay)[0]
    assert (first["state"], first["reason"]) == ("rests", "VK asks for a captcha.")
    assert first["until"] == relay.now() + timedelta(minutes=5)
    assert states(relay)["…2222"] == "works"


def test_one_method_that_rests_leaves_the_others_at_work(relay):
    rests(relay, "vk:aaaa1111:users.get", 5, "Its quota is used up.")
    rests(relay, "vk:aaaa1111:newsfeed.search", 9, "VK refuses.")
    first = tokens.listing(relay)[0]
    assert (first["state"], first["reason"]) == ("works in part", "VK refuses.")
    calls = {call["method"]: (call["made"], call["allowed"], call["reason"]) for call in first["calls"]}
    assert calls == {
        "wall.get": (12, 5000, ""),
        "users.get": (3, None, "Its quota is used up."),
        "newsfeed.search": (0, None, "VK refuses."),
    }
    assert [call["until"] is None for call in first["calls"]] == [True, False, False]


@pytest.mark.parametrize("key", ["vk:bbbb", "vk:aaaa11112", "tg:aaaa1111", "aaaa1111"])
def test_what_rests_is_this_token_and_no_other(relay, key):
    rests(relay, key, 5)
    assert states(relay) == {"…1111": "works", "…2222": "works"}


@pytest.mark.parametrize(("minutes", "state"), [(1, "rests"), (0, "works"), (-1, "works")])
def test_a_rest_ends_at_its_time(relay, minutes, state):
    rests(relay, "vk:aaaa1111", minutes)
    assert states(relay)["…1111"] == state
