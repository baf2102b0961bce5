"""A token that is refused in the middle of a crawl (promise R9): parked at once, told once, gone on with, 0 missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlmodel import select

from relay.alerts import open_alerts
from relay.collect import crawl, sources
from relay.collect.found import posts
from relay.context import Relay
from relay.models import Alert, Campaign, Sweep
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources.vk.calls import VkCalls
from relay.sources.vk.source import VkSource
from relay.upkeep import health, outbox, tokens
from relay.upkeep.leader import acquire
from tests.collect.conftest import SLUG
from tests.fakes.channel import FakeChannel
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.slow

POSTS = 260
"""On the first wall: three pages."""


class Town:
    """VK with three walls; something may happen to the token before a certain call."""

    def __init__(self, network: Network, relay: Relay, clock: FakeClock, sandbox: Sandbox) -> None:
        self.network, self.clock = network, clock
        self._before: dict[int, Callable[[], None]] = {}
        settings = relay.settings.model_copy(
            update={"vk_token": SecretStr(sandbox.token), "vk_api_url": sandbox.api_url, "lease_seconds": 3600.0}
        )
        self.mail = FakeChannel("mail")
        relay.store.channels = ("mail",)
        vk = VkSource(settings, relay.store, clock, self._sleeps)
        self.relay = replace(relay, settings=settings, sources={"vk": vk}, channels={"mail": self.mail})
        walls = [network.vk.has_group(f"gorod{number}", f"Город {number}") for number in range(3)]
        for number in range(POSTS):
            network.vk.posts(walls[0], f"#proryv80 0-{number}", at=clock() - timedelta(minutes=number))
        for wall in (1, 2):
            network.vk.posts(walls[wall], f"#proryv80 {wall}-0", at=clock() - timedelta(hours=1))
        for number in range(3):
            sources.add(self.relay, SLUG, f"vk:gorod{number}")

    def does(self, what: Callable[[], None], *, after_calls: int) -> None:
        """Does something after so many more calls of VK have been made."""
        self._before[self.network.vk.api.requests + after_calls] = what

    def _sleeps(self, seconds: float) -> None:
        self.clock.moves(seconds=seconds)
        if what := self._before.pop(self.network.vk.api.requests, None):
            what()

    def crawls(self) -> list[Sweep]:
        acquire(self.relay, health.LEADER, 3600)  # somebody works all the time
        sweeps = crawl.crawl(self.relay, SLUG)
        outbox.send_due(self.relay)
        return sweeps

    def found(self) -> set[str]:
        return {post.text for post in posts.listing(self.relay, SLUG)}


@pytest.fixture
def town(relay: Relay, clock: FakeClock, campaign: Campaign) -> Iterator[Town]:
    network = Network(clock)
    with Sandbox(network) as sandbox:
        yield Town(network, relay, clock, sandbox)


EVERYTHING = {f"#proryv80 0-{number}" for number in range(POSTS)} | {"#proryv80 1-0", "#proryv80 2-0"}


@pytest.mark.parametrize(("code", "said"), [(5, "VK refuses the access token."), (14, "VK asks for a captcha.")])
@pytest.mark.parametrize("mended_by", ["a check", "waiting"])
def test_it_parks_at_once_is_told_once_and_goes_on(
    town: Town, clock: FakeClock, code: int, said: str, mended_by: str
) -> None:
    town.does(lambda: town.network.vk.api.fails("wall.get", code, 1), after_calls=1)
    calls = town.network.vk.api.requests
    sweeps = town.crawls()
    assert not sweeps[0].complete
    assert 0 < len(town.found()) < len(EVERYTHING), "what came before is kept"
    refused = town.network.vk.api.requests - calls
    (token,) = tokens.listing(town.relay)
    assert (token.state, token.reason.startswith(said)) == ("rests", True)

    for _ in range(3):  # while it rests nobody is asked, and nobody is told again
        clock.moves(minutes=10)
        town.crawls()
        health.watch(town.relay)
    assert town.network.vk.api.requests - calls == refused
    with town.relay.reading() as session:
        (alert,) = session.exec(select(Alert)).all()
    assert alert.times >= 3
    assert town.mail.told == [("open", alert.text)]
    assert all(source.reason.startswith(said) for source in sources.listing(town.relay, SLUG)[:1])

    if mended_by == "a check":
        sources.check(town.relay, SLUG)
    else:
        clock.moves(hours=1)
    assert all(sweep.complete for sweep in town.crawls())
    assert town.found() == EVERYTHING
    with town.relay.reading() as session:
        assert open_alerts(session) == []
    clock.moves(hours=1)
    town.crawls()
    assert [state for state, _text in town.mail.told] == ["open", "over"]


def test_one_refused_call_is_all_that_it_costs(town: Town) -> None:
    town.network.vk.api.fails("wall.get", 5, 1)
    town.network.vk.api.fails("execute", 5, 1)
    calls = town.network.vk.api.requests
    assert not any(sweep.complete for sweep in town.crawls())
    assert town.network.vk.api.requests - calls == 1


def test_twin_a_crawl_that_does_not_park_asks_again_for_every_wall(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VkCalls, "rests", lambda *_words: None)
    town.network.vk.api.fails_always("wall.get", 5)
    town.network.vk.api.fails_always("execute", 5)
    calls = town.network.vk.api.requests
    town.crawls()
    town.crawls()
    assert town.network.vk.api.requests - calls > 1
