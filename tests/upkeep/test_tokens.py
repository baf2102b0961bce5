from __future__ import annotations

import dataclasses
from dataclasses import asdict
from datetime import timedelta

import pytest

from relay.context import Relay
from relay.models import Parking
from relay.ports import TokenUsage
from relay.upkeep import tokens
from tests.fakes.source import FakeSource

CALLS = {"wall.get": (12, 5000), "users.get": (3, None)}


class WithTokens(FakeSource):
    def tokens(self) -> list[TokenUsage]:
        return [TokenUsage("aaaa1111", CALLS), TokenUsage("bbbb2222", {})]


@pytest.fixture
def relay(relay: Relay) -> Relay:
    return dataclasses.replace(relay, sources={"tg": FakeSource("tg"), "vk": WithTokens()})


def rests(relay: Relay, key: str, minutes: int, reason: str = "VK asks for a captcha.") -> None:
    with relay.transaction() as session:
        session.add(Parking(key=key, reason=reason, until=relay.now() + timedelta(minutes=minutes)))


def states(relay: Relay) -> dict[str, str]:
    return {each.token: each.state for each in tokens.listing(relay)}


def test_a_token_is_told_by_the_end_of_its_digest_with_what_it_was_used_for(relay):
    first, second = tokens.listing(relay)
    assert asdict(first) == {
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
    assert (second.token, second.calls) == ("…2222", [])


@pytest.mark.slow
def test_a_token_that_rests_is_told_with_the_reason_and_the_time(relay):
    rests(relay, "vk:aaaa1111", 5)
    first = tokens.listing(relay)[0]
    assert (first.state, first.reason) == ("rests", "VK asks for a captcha.")
    assert first.until == relay.now() + timedelta(minutes=5)
    assert states(relay)["…2222"] == "works"


def test_one_method_that_rests_leaves_the_others_at_work(relay):
    rests(relay, "vk:aaaa1111:users.get", 5, "Its quota is used up.")
    rests(relay, "vk:aaaa1111:newsfeed.search", 9, "VK refuses.")
    first = tokens.listing(relay)[0]
    assert (first.state, first.reason) == ("works in part", "VK refuses.")
    calls = {call.method: (call.made, call.allowed, call.reason) for call in first.calls}
    assert calls == {
        "wall.get": (12, 5000, ""),
        "users.get": (3, None, "Its quota is used up."),
        "newsfeed.search": (0, None, "VK refuses."),
    }
    assert [call.until is None for call in first.calls] == [True, False, False]


@pytest.mark.parametrize("key", ["vk:bbbb", "vk:aaaa11112", "tg:aaaa1111", "aaaa1111"])
def test_what_rests_is_this_token_and_no_other(relay, key):
    rests(relay, key, 5)
    assert states(relay) == {"…1111": "works", "…2222": "works"}


@pytest.mark.parametrize(("minutes", "state"), [(1, "rests"), (0, "works"), (-1, "works")])
def test_a_rest_ends_at_its_time(relay, minutes, state):
    rests(relay, "vk:aaaa1111", minutes)
    assert states(relay)["…1111"] == state


@pytest.mark.slow
def test_a_whole_token_that_rests_goes_before_its_methods_and_both_are_told(relay):
    rests(relay, "vk:aaaa1111:wall.get", 9, "Its quota is used up.")
    rests(relay, "vk:aaaa1111", 5, "VK asks for a captcha.")
    rests(relay, "vk:bbbb2222:wall.get", 7, "VK refuses.")
    soon = {minutes: relay.now() + timedelta(minutes=minutes) for minutes in (5, 7, 9)}
    plain = {"allowed": 5000, "made": 12}
    assert [asdict(token) for token in tokens.listing(relay)] == [
        {"network": "vk", "token": "…1111", "state": "rests", "reason": "VK asks for a captcha.", "until": soon[5],
         "calls": [{"method": "wall.get", "until": soon[9], "reason": "Its quota is used up.", **plain},
                   {"method": "users.get", "made": 3, "allowed": None, "until": None, "reason": ""}]},
        {"network": "vk", "token": "…2222", "state": "works in part", "reason": "VK refuses.", "until": soon[7],
         "calls": [{"method": "wall.get", "made": 0, "allowed": None, "until": soon[7], "reason": "VK refuses."}]},
    ]  # fmt: skip


def test_a_rest_that_lies_further_ahead_than_any_can_was_written_by_a_wrong_clock(relay):
    rests(relay, "vk:aaaa1111", 60 * 24 * 365 * 10)
    assert states(relay)["…1111"] == "works"


def test_four_signs_tell_a_token_and_no_more():
    assert tokens.tail("0123456789abcdef") == "…cdef"
