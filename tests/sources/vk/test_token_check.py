from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from relay.config import Settings
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources.vk import http as vk_wire
from relay.sources.vk import token_check as vk_token
from relay.sources.vk.calls import ApiFault
from relay.sources.vk.errors import hint_for, kind_of, words_for
from relay.sources.vk.token_check import TokenKind, TokenVerdict, probe
from tests.fakes.clock import FakeClock


def fault(code: int) -> ApiFault:
    return ApiFault(kind_of(code), words_for(code), code, hint=hint_for(code))


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


# Word for word, without a server

ELSE = "Take the service access key of an application instead: id.vk.com/business."
AGAIN = "Copy the service access key once more, all of it."
ALL = {"wall.get": True, "newsfeed.search": True, "execute": True}


@pytest.mark.parametrize(
    ("codes", "verdict"),
    [
        (
            {"video.get": 28},
            TokenVerdict(TokenKind.service, "The token works: it is a service token.", may=ALL),
        ),
        (
            {"video.get": 27},
            TokenVerdict(TokenKind.group, "This is a community's token, and VK lets it read no other walls.", ELSE),
        ),
        (
            {},
            TokenVerdict(
                TokenKind.user,
                "This is a person's token: it ends within an hour, and acts in that person's name.",
                ELSE,
            ),
        ),
        (
            {"video.get": 28, "wall.get": 28},
            TokenVerdict(
                TokenKind.service,
                "This is a service token, but VK does not let it read walls and search by tags.",
                "Make a new application at id.vk.com/business, and take its service access key.",
                {**ALL, "wall.get": False},
            ),
        ),
        ({"video.get": 5}, TokenVerdict(TokenKind.wrong, "VK refuses the access token.", AGAIN)),
        (
            {"video.get": 28, "newsfeed.search": 1117},
            TokenVerdict(TokenKind.wrong, "The access token has expired.", AGAIN),
        ),
        (
            {"video.get": 10},
            TokenVerdict(TokenKind.unknown, "VK has an internal fault.", "Try again in a few minutes."),
        ),
        (
            {"video.get": 29},
            TokenVerdict(TokenKind.unknown, words_for(29), hint_for(29)),
        ),
        (
            {"video.get": 28, "execute": 5, "wall.get": 14, "newsfeed.search": 6},
            TokenVerdict(
                TokenKind.service,
                "The token works: it is a service token.",
                may={"wall.get": None, "newsfeed.search": None, "execute": False},
            ),
        ),
    ],
)
def test_the_whole_verdict(codes: dict[str, int], verdict: TokenVerdict) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def said(method: str, values: dict[str, Any]) -> ApiFault | None:
        asked.append((method, values))
        return fault(codes[method]) if method in codes else None

    assert vk_token._judged(said, "#tag") == verdict
    assert (
        asked
        == [
            ("video.get", {"videos": "1_1"}),
            ("wall.get", {"owner_id": 1, "count": 1}),
            ("newsfeed.search", {"q": "#tag", "count": 1}),
            ("execute", {"code": 'return [API.users.get({"user_ids": 1})];'}),
        ][: len(asked)]
    )


@pytest.mark.parametrize(
    ("code", "may"),
    [
        (100, True),
        (15, True),
        (18, True),
        (13, True),
        (29, True),
        (9, True),
        (10, None),
        (6, None),
        (14, None),
        (7, False),
        (28, False),
        (900, False),
        (77777, False),
    ],
)
def test_which_errors_vk_says_only_to_somebody_who_may_ask(code: int, *, may: bool | None) -> None:
    codes = {"video.get": 28, "newsfeed.search": code}
    verdict = vk_token._judged(lambda method, _values: fault(codes[method]) if method in codes else None, "#tag")
    assert verdict.may["newsfeed.search"] is may
    assert verdict.works is (may is not False)


def test_only_a_service_token_works() -> None:
    for kind in TokenKind:
        assert TokenVerdict(kind, "x", may=ALL).works is (kind is TokenKind.service)
        assert TokenVerdict(kind, "x").works is (kind is TokenKind.service)


class Session(requests.Session):
    """Answers with errors by their number, in their order."""

    def __init__(self, *codes: int) -> None:
        super().__init__()
        self.codes, self.asked = list(codes), list[dict[str, Any]]()

    def post(self, url: str, values: dict[str, Any], **_more: Any) -> Any:  # type: ignore[override]
        self.asked.append({"method": url.rpartition("/")[2], **values})
        code = self.codes.pop(0)
        answer = {"error": {"error_code": code}} if code else {"response": []}
        return SimpleNamespace(ok=True, json=lambda: answer)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("codes", "kind", "methods"),
    [
        ((28, 0, 0, 0), "service", ["video.get", "wall.get", "newsfeed.search", "execute"]),
        ((10, 28, 0, 6, 0, 0), "service", ["video.get"] * 2 + ["wall.get"] + ["newsfeed.search"] * 2 + ["execute"]),
        ((10, 6), "unknown", ["video.get"] * 2),
        ((5,), "wrong", ["video.get"]),
    ],
)
def test_a_token_is_tried_at_the_pace_that_vk_promises(
    settings: Settings,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    codes: tuple[int, ...],
    kind: str,
    methods: list[str],
) -> None:
    session, slept = Session(*codes), list[float]()
    monkeypatch.setattr(vk_wire, "open_session", lambda _settings: session)
    verdict = probe(settings, "tried", clock, sleep=slept.append)
    assert verdict.kind == kind
    assert [asked["method"] for asked in session.asked] == methods
    assert {asked["access_token"] for asked in session.asked} == {"tried"}
    assert slept == [0.4] * len(methods)
    assert settings.vk_token.get_secret_value() == "", "the settings stay as they were"
    assert [asked["q"] for asked in session.asked if "q" in asked] == ["#vk"] * methods.count("newsfeed.search")
