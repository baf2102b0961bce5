from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from relay.config import Settings
from relay.errors import ConfigError
from relay.ports import Quota, TokenUsage
from relay.sources.vk.token_file import digest
from relay.sources.vk.tokens import COMMENTS, SEARCH, WALL, VkTokens
from relay.store import Store
from tests.fakes.clock import FakeClock

ONE, TWO = "vk1.a.one", "vk1.a.two"
QUOTAS = {"vk_wall_quota": 100, "vk_search_quota": 50, "vk_comments_quota": 10}


@pytest.fixture
def tokens(settings: Settings, store: Store, clock: FakeClock) -> VkTokens:
    told = {"vk_token": SecretStr(f" {ONE},{TWO} , "), **QUOTAS}
    return VkTokens(settings.model_copy(update=told), store, clock)


def test_tokens_are_known_by_their_digests_and_none_is_told(
    tokens: VkTokens, settings: Settings, store: Store, clock: FakeClock
) -> None:
    assert tokens.all() == {digest(ONE): ONE, digest(TWO): TWO}
    assert tokens.without_tokens(f"access_token={ONE}&x={TWO}") == "access_token=…&x=…"
    with pytest.raises(ConfigError, match="no access token"):
        VkTokens(settings, store, clock).all()


def test_a_day_holds_what_all_tokens_hold_that_may_be_used_now(tokens: VkTokens, clock: FakeClock) -> None:
    for token, calls in ((ONE, 3), (TWO, 4)):
        for _ in range(calls):
            tokens.allowance.take(digest(token), WALL)
    assert tokens.quota(WALL) == Quota(100, 2, 7, 7)
    assert tokens.quota(SEARCH) == Quota(50, 2, 0, 0)
    tokens.allowance.rest(tokens.allowance.token_key(digest(ONE)), "captcha", clock() + timedelta(hours=1))
    assert tokens.quota(WALL) == Quota(100, 1, 4, 4)
    tokens.allowance.rest(tokens.allowance.token_key(digest(TWO)), "captcha", clock() + timedelta(hours=1))
    assert tokens.quota(WALL) == Quota(100, 2, 7, 7), "where all rest, all are told"
    assert [tokens.most_calls(method) for method in (WALL, SEARCH, COMMENTS, "users.get")] == [100, 50, 10, None]


def test_the_token_with_most_calls_left_comes_first(tokens: VkTokens) -> None:
    for _ in range(2):
        tokens.allowance.take(digest(ONE), SEARCH, 50)
    assert tokens.ranked(SEARCH) == [digest(TWO), digest(ONE)]
    for _ in range(3):
        tokens.allowance.take(digest(TWO), SEARCH, 50)
    assert tokens.ranked(SEARCH) == [digest(ONE), digest(TWO)]
    assert tokens.usage() == [
        TokenUsage(digest(ONE), {WALL: (0, 100), SEARCH: (2, 50), COMMENTS: (0, 10)}),
        TokenUsage(digest(TWO), {WALL: (0, 100), SEARCH: (3, 50), COMMENTS: (0, 10)}),
    ]
