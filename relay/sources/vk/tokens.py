"""The access tokens of VK: which there are, what each has been used for, and a vk_api for each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from relay.config import Settings
from relay.errors import ConfigError
from relay.ports import Clock, Quota, TokenUsage
from relay.sources.quotas import TokenQuotas
from relay.sources.vk.links import NETWORK
from relay.sources.vk.token_file import TokenWords, digest
from relay.store import Store

if TYPE_CHECKING:
    import requests
    from vk_api import VkApi

API_VERSION = "5.199"
WALL, SEARCH, COMMENTS = "wall.get", "newsfeed.search", "wall.getComments"


class VkTokens:
    """Tokens by their digests. Opens nothing before somebody asks for a client.

    `session` makes the HTTP session in place of `http.open_session`.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        session: Callable[[Settings], requests.Session] | None = None,
    ) -> None:
        self._settings, self._open = settings, session
        self._now = TokenWords(settings)
        self.allowance = TokenQuotas(store, clock, NETWORK, settings.vk_rate)
        self._quotas = {
            WALL: settings.vk_wall_quota,
            SEARCH: settings.vk_search_quota,
            COMMENTS: settings.vk_comments_quota,
        }
        self._lock = threading.Lock()
        self._clients: dict[str, VkApi] = {}

    def all(self) -> dict[str, str]:
        """The tokens by their digests. Raises ConfigError where there is none."""
        tokens = {digest(word): word for word in self._words()}
        if not tokens:
            raise ConfigError(
                "There is no access token for VK.",
                hint="Put the service token of your VK application into RELAY_VK_TOKEN (see .env.example).",
            )
        return tokens

    def quota(self, method: str) -> Quota:
        """What a day holds for the method, of all tokens that may use it now."""
        books = self.allowance.books([digest(word) for word in self._words()], method)
        in_use = [book for book in books if not book.rests] or books
        spent, this_hour = sum(book.spent for book in in_use), sum(book.this_hour for book in in_use)
        return Quota(self._quotas[method], len(in_use), spent, this_hour)

    def most_calls(self, method: str) -> int | None:
        """How often one token may call the method in 24 hours; None: nobody counts."""
        return self._quotas.get(method)

    def usage(self) -> list[TokenUsage]:
        """See ports.HasTokens."""
        spent = self.allowance.spent
        return [
            TokenUsage(token, {method: (spent(token, method), quota) for method, quota in self._quotas.items()})
            for token in map(digest, self._words())
        ]

    def ranked(self, method: str) -> list[str]:
        """The digests, first of the token that has most calls left."""
        tokens = list(self.all())
        if len(tokens) == 1:
            return tokens
        quota = self._quotas.get(method)
        return sorted(tokens, key=lambda token: -self.allowance.left(token, method, quota))

    def client(self, token: str) -> VkApi:
        """One vk_api per token. Its own handlers are taken out: the one for error 6 calls itself without end."""
        from jconfig.memory import MemoryConfig  # type: ignore[import-untyped]
        from vk_api import VkApi

        from relay.sources.vk.http import open_session

        with self._lock:
            if token not in self._clients:
                client = VkApi(
                    token=self.all()[token],
                    api_version=API_VERSION,
                    session=(self._open or open_session)(self._settings),
                    config=MemoryConfig,
                )
                client.RPS_DELAY = 0.0
                client.error_handlers.clear()
                self.allowance.forget_others(self.all())
                self._clients[token] = client
            return self._clients[token]

    def without_tokens(self, text: str) -> str:
        """The text without our tokens."""
        for token in self.all().values():
            text = text.replace(token, "…")
        return text

    def _words(self) -> list[str]:
        return self._now()
