from __future__ import annotations

from collections.abc import Callable

import pytest

from relay.config import Settings
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources import vk_token
from relay.sources.vk import Fault
from relay.sources.vk_errors import hint_for, kind_of, words_for
from relay.sources.vk_token import TokenKind, TokenVerdict, probe
from tests.fakes.clock import FakeClock


def fault(code: int) -> Fault:
    return Fault(kind_of(code), words_for(code), code, hint=hint_for(code))


@pytest.mark.parametrize(
    ("codes", "kind", "works", "may"),
    [
        ({"video.get": 28}, "service", True, [True, True, True]),
        ({"video.get": 28, "wall.get": 18, "execute": 28}, "service", True, [True, True, False]),
        ({"video.get": 28, "wall.get": 15, "newsfeed.search": 29}, "service", True, [True, True, True]),
        ({"video.get": 28, "newsfeed.search": 28}, "service", False, [True, False, True]),
        ({"video.get": 28, "wall.get": 7}, "service", False, [False, True, True]),
        ({"video.get": 28, "wall.get": 5}, "wrong", False, []),
        ({"video.get": 28, "wall.get": 10}, "service", True, [None, True, True]),
        ({"video.get": 27}, "group", False, []),
        ({}, "user", False, []),
        ({"video.get": 15}, "user", False, []),
        ({"video.get": 7}, "user", False, []),
        ({"video.get": 5}, "wrong", False, []),
        ({"video.get": 1117}, "wrong", False, []),
        ({"video.get": 14}, "unknown", False, []),
        ({"video.get": 10}, "unknown", False, []),
    ],
)
def test_what_vks_answers_mean(codes: dict[str, int], kind: str, works: bool, may: list[bool | None]) -> None:
    verdict = vk_token._judged(lambda method, _values: fault(codes[method]) if method in codes else None, "#tag")
    assert (verdict.kind, verdict.works, list(verdict.may.values())) == (kind, works, may)
    assert verdict.line
    assert works or verdict.hint


@pytest.fixture
def ask(sandbox: Sandbox, clock: FakeClock, settings: Settings) -> Callable[[str], TokenVerdict]:
    reached = settings.model_copy(update={"vk_api_url": sandbox.api_url})
    return lambda token: probe(reached, token, clock, sleep=lambda _seconds: None)


@pytest.mark.slow
def test_tokens_of_every_kind(ask: Callable[[str], TokenVerdict], network: Network) -> None:
    network.also_takes("of-a-person", kind="user")
    network.also_takes("of-a-community", kind="group")
    kinds = {name: ask(name).kind for name in (network.token, "of-a-person", "of-a-community", "nonsense")}
    assert list(kinds.values()) == [TokenKind.service, TokenKind.user, TokenKind.group, TokenKind.wrong]
    assert ask(network.token).may == {"wall.get": True, "newsfeed.search": True, "execute": True}
    network.fails_always("execute", 28)
    verdict = ask(network.token)
    assert (verdict.works, verdict.may["execute"]) == (True, False)


@pytest.mark.slow
def test_a_network_that_is_down_says_nothing_about_the_token(
    ask: Callable[[str], TokenVerdict], network: Network
) -> None:
    network.is_down()
    verdict = ask(network.token)
    assert (verdict.kind, verdict.works) == (TokenKind.unknown, False)
    assert "internet" in verdict.line
    network.heals()
    network.answers_html(9)
    assert ask(network.token).kind is TokenKind.unknown


@pytest.mark.slow
def test_a_test_costs_four_requests_and_one_for_a_wrong_token(
    ask: Callable[[str], TokenVerdict], network: Network
) -> None:
    ask(network.token)
    assert network.requests == 4
    ask("nonsense")
    assert network.requests == 5
    network.rate(1)
    ask(network.token)
    assert network.requests <= 5 + 8


@pytest.mark.slow
def test_no_verdict_shows_the_token(ask: Callable[[str], TokenVerdict], network: Network) -> None:
    network.fails("video.get", 5, message="invalid access_token=secret-secret")
    assert "secret" not in repr(ask("secret-secret"))
