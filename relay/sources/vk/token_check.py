"""What a token of VK is, and what it may do: asked of VK itself, with four calls that read nothing of anybody's.

A service token is known by what it may not do: `video.get` is for users only, and VK says to each other kind of token
in its own error that it is not theirs (27: a community's, 28: an application's; docs/vk.md, Tokens).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import SecretStr
from sqlmodel import SQLModel

from relay import models
from relay.config import Settings
from relay.ports import Clock
from relay.sources.vk.calls import ApiFault, VkCalls
from relay.sources.vk.errors import Remedy
from relay.sources.vk.tokens import VkTokens
from relay.store import Store

PAUSE = 0.4
"""Three calls a second is what VK promises."""
TRIES = 2
OF_A_COMMUNITY, OF_AN_APPLICATION = 27, 28
ANSWERS = frozenset({Remedy.request, Remedy.closed, Remedy.gone, Remedy.shrink, Remedy.quota, Remedy.flood})
"""Errors that VK says only to somebody who may call the method."""
NEEDED = ("wall.get", "newsfeed.search")


class TokenKind(StrEnum):
    service = "service"
    user = "user"
    group = "group"
    wrong = "wrong"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class TokenVerdict:
    """`line` and `hint` are message ids. `may`: method → yes, no, or None where VK's answer does not tell."""

    kind: TokenKind
    line: str
    hint: str = ""
    may: Mapping[str, bool | None] = field(default_factory=dict)

    @property
    def works(self) -> bool:
        return self.kind is TokenKind.service and all(self.may.get(method) is not False for method in NEEDED)


def probe(
    settings: Settings, token: str, clock: Clock, *, tag: str = "#vk", sleep: Callable[[float], None] = time.sleep
) -> TokenVerdict:
    """Asks VK about `token`. Nothing is counted or kept, whatever comes out: the token is not in use yet."""
    store = Store("sqlite://")
    try:
        models.load_all()
        SQLModel.metadata.create_all(store.engine)
        with_token = settings.model_copy(update={"vk_token": SecretStr(token)})
        calls = VkCalls(VkTokens(with_token, store, clock), clock, sleep)

        def said(method: str, values: dict[str, Any]) -> ApiFault | None:
            for _ in range(TRIES):
                sleep(PAUSE)
                fault = calls.fault_of(method, values)
                if fault is None or fault.kind not in (Remedy.retry, Remedy.rate):
                    return fault
            return fault

        return _judged(said, tag)
    finally:
        store.close()


def _judged(said: Callable[[str, dict[str, Any]], ApiFault | None], tag: str) -> TokenVerdict:
    first = said("video.get", {"videos": "1_1"})
    if first is not None and first.code == OF_A_COMMUNITY:
        return TokenVerdict(
            TokenKind.group,
            "This is a community's token, and VK lets it read no other walls.",
            "Take the service access key of an application instead: id.vk.com/business.",
        )
    if first is None or first.kind in (Remedy.method, Remedy.closed):
        return TokenVerdict(
            TokenKind.user,
            "This is a person's token: it ends within an hour, and acts in that person's name.",
            "Take the service access key of an application instead: id.vk.com/business.",
        )
    if first.code != OF_AN_APPLICATION:
        return _not_told(first)
    may: dict[str, bool | None] = {}
    for method, values in (
        ("wall.get", {"owner_id": 1, "count": 1}),
        ("newsfeed.search", {"q": tag, "count": 1}),
        ("execute", {"code": 'return [API.users.get({"user_ids": 1})];'}),
    ):
        fault = said(method, values)
        if fault is not None and fault.kind is Remedy.token and method in NEEDED and fault.code != OF_AN_APPLICATION:
            return _not_told(fault)
        may[method] = _may(fault)
    if any(may[method] is False for method in NEEDED):
        return TokenVerdict(
            TokenKind.service,
            "This is a service token, but VK does not let it read walls and search by tags.",
            "Make a new application at id.vk.com/business, and take its service access key.",
            may,
        )
    return TokenVerdict(TokenKind.service, "The token works: it is a service token.", may=may)


def _not_told(fault: ApiFault) -> TokenVerdict:
    if fault.kind is Remedy.token:
        return TokenVerdict(TokenKind.wrong, fault.words, "Copy the service access key once more, all of it.")
    return TokenVerdict(TokenKind.unknown, fault.words, fault.hint or "Try again in a few minutes.")


def _may(fault: ApiFault | None) -> bool | None:
    if fault is None or fault.kind in ANSWERS:
        return True
    return None if fault.kind in (Remedy.retry, Remedy.rate, Remedy.person) else False
