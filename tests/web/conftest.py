from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from httpx import Response

from relay import installation_key
from relay.config import Settings
from relay.context import Relay
from relay.media.toolbox import Toolbox
from relay.media.vault import Vault
from relay.models import Role
from relay.moderation.people import accounts, passwords, sessions
from relay.store import Store
from relay.web.app import create_app
from relay.web.background.errands import Errands
from relay.web.background.export_jobs import ExportJobs
from relay.web.background.render_jobs import RenderJobs
from relay.web.desk.timeline import live as plan_live
from relay.web.live_hub import Hub
from relay.web.rate_limit import RateLimit
from tests.databases import SECRET
from tests.fakes.clock import FakeClock
from tests.fakes.fetcher import FakeFetcher
from tests.moderation.town import Town, cheap_hasher
from tests.web.chromium import Chromium, answering

ROLES = {"olga": Role.organizer, "anna": Role.moderator, "boris": Role.editor, "pavel": Role.viewer}
CODES = frozenset(map(int, HTTPStatus))
MANY = 100_000
"""Calls of programs a minute: the clock of most tests stands still."""
NAMES = {"olga": "Ольга", "anna": "Анна", "boris": "Борис", "pavel": "Павел"}


@cache
def _loop() -> asyncio.Runner:
    """One loop for all requests of this process: each loop of its own starts threads of its own."""
    return asyncio.Runner()


@pytest.fixture(scope="session", autouse=True)
def _loop_ends() -> Iterator[None]:
    yield
    _loop().close()


class InProcess(httpx.BaseTransport):
    """Hands requests to the application without a socket. A bug in it is raised, unless `raises` is false."""

    def __init__(self, app: FastAPI, *, raises: bool) -> None:
        self.inner = httpx.ASGITransport(app, raise_app_exceptions=raises, client=("192.0.2.1", 50000))

    def handle_request(self, request: httpx.Request) -> Response:
        request.read()
        if threading.current_thread() is not threading.main_thread():
            return asyncio.run(self._answer(request))
        return _loop().run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> Response:
        response = await self.inner.handle_async_request(request)
        is_answer(request, response)
        return Response(response.status_code, headers=response.headers, content=await response.aread())


def is_answer(request: httpx.Request, response: Response) -> None:
    """What holds of every answer to a browser or a program, whatever a test asks besides."""
    code, told = response.status_code, (request.method, request.url.path, response.status_code)
    assert code in CODES, told
    leads = "location" in response.headers
    assert leads == (code in (301, 303, 307, 308)) or code in (201, 202), told
    assert code == 303 or not leads or code < 300 or request.method != "POST", (told, "a form would be sent again")


class Browser(httpx.Client):
    """A person at the desk. `sends` fills in what a form of ours carries."""

    def __init__(self, app: FastAPI, *, raises: bool = True) -> None:
        super().__init__(transport=InProcess(app, raises=raises), base_url="http://desk.test", trust_env=False)
        self.tokens: dict[str, str] = {}

    def remembers(self, name: str, value: str) -> None:
        self.cookies.set(name, value, domain="desk.test", path="/")

    def sees(self, path: str) -> str:
        """The page, which has to be there."""
        response = self.get(path)
        assert response.status_code == 200, (path, response.status_code)
        return response.text

    def token(self) -> str:
        page = self.get("/sign-in", follow_redirects=True).text
        found = re.search(r'name="form_token" value="(\w+)"', page)
        assert found is not None
        return found[1]

    def sends(self, path: str, **fields: Any) -> Response:
        """Posts a form of the desk. The token is looked up once for each session."""
        session = str(sorted(self.cookies.items()))
        if session not in self.tokens:
            self.tokens[session] = self.token()
            self.tokens[str(sorted(self.cookies.items()))] = self.tokens[session]
        return self.post(path, data={"form_token": self.tokens[session], **fields})


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "password_hasher", cheap_hasher)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = Chromium(playwright)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    with answering(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with answering(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    with answering(item):
        return (yield)


@pytest.fixture
def town(relay: Relay) -> Town:
    return Town(relay)


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("desk"))  # type: ignore[call-arg]
    nothing = Relay(
        settings=settings,
        store=Store(settings.db_url, secret=lambda: SECRET),
        sources={},
        fetcher=FakeFetcher(),
        media=Vault(settings.media_folder),
        toolbox=Toolbox(),
        clock=FakeClock(),
    )
    return create_app(nothing)


@pytest.fixture
def app(desk: FastAPI, relay: Relay) -> Iterator[FastAPI]:
    """One application for all tests, because FastAPI works out every route anew for each application.

    Each test gives it its own relay, and what the test changed on it is put back.
    """
    routes, middleware = list(desk.router.routes), list(desk.user_middleware)
    desk.state.relay = relay
    desk.state.secret = installation_key.secret(relay)
    desk.state.render_jobs, desk.state.export_jobs, desk.state.rate_limit = RenderJobs(), ExportJobs(), RateLimit()
    desk.state.live, desk.state.plan_live = Hub(), plan_live.hub()
    desk.state.errands, desk.state.api_calls = Errands(), RateLimit(MANY, timedelta(minutes=1))
    yield desk
    desk.router.routes[:] = routes
    desk.user_middleware[:] = middleware
    desk.middleware_stack = None
    desk.dependency_overrides.clear()


@pytest.fixture
def visit(relay: Relay, app: FastAPI) -> Callable[[str], Browser]:
    """`visit("anna")`: Anna at her desk, in English; `visit("vera")` is a stranger."""

    def at_the_desk(who: str) -> Browser:
        browser = Browser(app)
        browser.remembers("relay-language", "en")
        if who in ROLES:
            known = {account.login for account in accounts.listing(relay)}
            if who not in known:
                accounts.create(relay, who, NAMES[who], ROLES[who], password=f"password of {who}")
            browser.remembers("relay", sessions.sign_in(relay, who, f"password of {who}"))
        return browser

    return at_the_desk


@pytest.fixture
def anna(visit: Callable[[str], Browser]) -> Browser:
    return visit("anna")


@pytest.fixture
def boris(visit: Callable[[str], Browser]) -> Browser:
    return visit("boris")


@pytest.fixture
def vera(visit: Callable[[str], Browser]) -> Browser:
    return visit("vera")


@pytest.fixture
def olga(visit: Callable[[str], Browser]) -> Browser:
    return visit("olga")


@pytest.fixture
def poster(tmp_path: Path) -> Callable[[], Path]:
    """A picture to put into the vault; each call makes a file of its own, because the vault takes it away."""
    numbers = count()

    def made() -> Path:
        path = tmp_path / f"poster {next(numbers)}.jpg"
        path.write_bytes(bytes(range(256)) * 40)
        return path

    return made
