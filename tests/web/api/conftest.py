from __future__ import annotations

from collections.abc import Callable
from itertools import chain, count
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from httpx import Response

from relay.context import Relay
from relay.models import Role
from relay.moderation.people import accounts, api_tokens, roles
from tests.web.conftest import NAMES, ROLES, InProcess


class Program(httpx.Client):
    """A script with somebody's token: it keeps no cookies and sends no form."""

    def __init__(self, app: FastAPI, token: str, *, raises: bool = True) -> None:
        headers = {"accept-language": "en", **({"authorization": f"Bearer {token}"} if token else {})}
        transport = InProcess(app, raises=raises)
        super().__init__(transport=transport, base_url="http://desk.test/api/v1", headers=headers, trust_env=False)

    def reads(self, path: str, **query: Any) -> Any:
        """The document, which has to be there."""
        response = self.get(path, params=query or None)
        assert response.status_code == 200, (path, response.status_code, response.text)
        return response.json()

    def does(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        response = self.request(method, path, json=body)
        assert response.status_code == status, (path, response.status_code, response.text)
        return response.json() if response.content else None


def fails(response: Response, status: int, kind: str) -> dict[str, Any]:
    """A problem document, whole."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = response.json()
    assert (told["type"], told["status"]) == (f"/api#{kind}", status)
    assert told["title"] and told["detail"]
    return told


@pytest.fixture
def token(relay: Relay) -> Callable[..., str]:
    """`token("anna")`: one of Anna's, who moderates; `token("gleb", campaign="spring")` organizes that one only."""

    names = chain(["script"], (f"script {number}" for number in count(2)))

    def of(who: str, *, may_write: bool = True, campaign: str = "", days: int = 30) -> str:
        if who not in {account.login for account in accounts.listing(relay)}:
            accounts.create(relay, who, NAMES.get(who, who.title()), ROLES.get(who), password=f"password of {who}")
        if campaign:
            roles.set_role_in(relay, who, campaign, Role.organizer)
        return api_tokens.make(relay, who, next(names), days=days, may_write=may_write).token

    return of


@pytest.fixture
def program(app: FastAPI, token: Callable[..., str]) -> Callable[..., Program]:
    def of(who: str, **more: Any) -> Program:
        return Program(app, token(who, **more))

    return of
