"""Streams of a desk that really listens."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator

import httpx
import pytest

from relay.models import ClipState, Role, Verdict
from relay.moderation import desk as decisions
from relay.moderation.people import accounts, sessions
from relay.moderation.team import live
from relay.web import live_hub
from relay.web.live_hub import Hub, Listener
from relay.web.serve import Desk

PATH = "/campaigns/proryv80/live"


@pytest.fixture
def desk(relay, town) -> Iterator[Desk]:
    accounts.create(relay, "anna", "Анна", Role.moderator, password="password of anna")
    running = Desk(relay, "127.0.0.1", 0, watch=False)
    running._server._app.state.live = Hub(0.05)
    running.start()
    yield running
    running.stop()


class Stream:
    """One page that listens."""

    def __init__(self, url: str, token: str, query: str = "") -> None:
        self._client = httpx.Client(trust_env=False, cookies={"relay": token}, timeout=20)
        self._context = self._client.stream("GET", f"{url}{PATH}{query}")
        self.response = self._context.__enter__()
        self._lines = self.response.iter_lines()

    def message(self) -> tuple[str, str]:
        """The next one as (event, data)."""
        event = "message"
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name == "event":
                event = value
            if name == "data":
                return event, value
        return "closed", ""

    def news(self):
        event, data = self.message()
        assert event == "message", data
        return json.loads(data)

    def close(self) -> None:
        self._context.__exit__(None, None, None)
        self._client.close()


@pytest.fixture
def listens(relay, desk) -> Iterator:
    opened = []

    def stream(query: str = "") -> Stream:
        opened.append(Stream(desk.url, sessions.sign_in(relay, "anna", "password of anna"), query))
        return opened[-1]

    yield stream
    for one in opened:
        one.close()


@pytest.mark.slow
def test_a_stream_tells_what_is_new_and_nothing_twice(relay, town, listens):
    clip = town.has_clip()
    stream = listens(f"?clip={clip}")
    news = stream.news()
    while not news["here"]:
        news = stream.news()
    assert [person["name"] for person in news["here"]] == ["Анна"], "who has a page open is here"
    assert news["counts"]["awaiting"] == 1
    time.sleep(0.3)
    decisions.decide(relay, clip, Verdict.approve, person="Кира", seen=ClipState.awaiting)
    news = stream.news()
    assert news["counts"]["approved"] == 1
    assert news["clip"]["line"].startswith("Тем временем клип одобрен")


def test_a_session_that_has_ended_ends_its_streams(relay, town, listens):
    stream = listens()
    stream.news()
    accounts.close(relay, "anna")
    event, data = stream.message()
    while event == "message":
        event, data = stream.message()
    assert (event, data) == ("end", "out")
    assert stream.message() == ("closed", "")


@pytest.mark.slow
def test_an_account_has_so_many_streams_and_the_oldest_ends(town, listens, monkeypatch):
    monkeypatch.setattr(live_hub, "MOST", 2)
    streams = [listens() for _ in range(3)]
    event, data = streams[0].message()
    while event == "message":
        event, data = streams[0].message()
    assert (event, data) == ("end", "full")
    assert [stream.message()[0] for stream in streams[1:]] == ["message"] * 2


@pytest.mark.slow
def test_the_desk_stops_at_once_though_pages_listen(town, desk, listens):
    streams = [listens() for _ in range(3)]
    for stream in streams:
        stream.news()
    begun = time.monotonic()
    desk.stop()
    assert time.monotonic() - begun < 5, "uvicorn waits ten seconds for what is open"
    event, data = streams[0].message()
    while event == "message":
        event, data = streams[0].message()
    assert (event, data) == ("end", "over")


@pytest.mark.slow
def test_nobody_looks_when_nobody_listens(town, relay, desk, listens, monkeypatch):
    looks, look = [], live.look
    monkeypatch.setattr(live, "look", lambda *args, **kind: looks.append(1) or look(*args, **kind))
    streams = [listens(), listens(), listens()]
    for stream in streams:
        stream.news()
    for stream in streams:
        stream.close()
    time.sleep(0.5)
    seen = len(looks)
    time.sleep(0.5)
    assert len(looks) == seen > 0


def test_a_quiet_line_is_kept_alive_and_the_newest_news_wins(monkeypatch):
    monkeypatch.setattr(live_hub, "KEEP_ALIVE", 0.01)

    async def hears() -> list[str]:
        listener = Listener(1, "Анна", None, tell=lambda _: "", is_let_in=lambda: True)
        heard = []
        async for message in listener.messages():
            heard.append(message)
            if len(heard) == 2:
                for news in ("old", "new", "new"):
                    listener.hears(news)
            if message.startswith("data"):
                listener.hears("new")
                listener.ends("over")
                listener.ends("out")
        return heard

    assert asyncio.run(hears()) == [
        *("retry: 3000\n\n", ": still here\n\n", "data: new\n\n"),
        "event: end\ndata: over\n\n",
    ]
