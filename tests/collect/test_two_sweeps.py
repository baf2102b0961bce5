"""A source that breaks is told within two sweeps, whatever broke: an alert names it, and the ledger has the hole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import select

from relay.alerts import open_alerts
from relay.collect import crawl, sources
from relay.collect.ledger import coverage, silence, telling
from relay.context import Relay
from relay.models import Campaign, Source
from relay.sandbox.faults import Faults
from relay.sandbox.network import Network
from relay.sandbox.ok.network import Ok
from relay.sandbox.rutube.network import Rutube
from relay.sandbox.server import Sandbox
from relay.sandbox.telegram.network import Telegram
from relay.sources.ok import OkSource
from relay.sources.rutube import RutubeSource
from relay.sources.telegram.source import TelegramSource
from relay.sources.vk.source import VkSource
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import a_film, source_over

pytestmark = pytest.mark.slow

OFTEN = 10_000
"""More answers than two sweeps ask for."""
CHANNEL, GROUP = 639184, 57024524746860
WALLS = 3
BESIDE = ("tg:gorod", f"rutube:channel/{CHANNEL}", f"ok:group/{GROUP}")
SOURCES = (*(f"vk:club{number}" for number in range(1, WALLS + 1)), "vk:tag", *BESIDE)
Breaks = Callable[[Network], object]

VK: dict[str, Breaks] = {
    "token revoked": lambda town: town.vk.api.revokes(town.vk.api.token),
    "captcha": lambda town: town.vk.api.fails_always("*", 14),
    "validation": lambda town: town.vk.api.fails_always("*", 17),
    "quota": lambda town: town.vk.api.fails_always("*", 29),
    "flood control": lambda town: town.vk.api.fails_always("*", 9),
    "rate limit": lambda town: town.vk.api.fails_always("*", 6),
    "internal error": lambda town: town.vk.api.fails_always("*", 10),
    "an error nobody knows": lambda town: town.vk.api.fails_always("*", 77_777),
    "a page for people": lambda town: town.vk.api.answers_html(OFTEN),
    "cut off": lambda town: town.vk.api.truncates_json(OFTEN),
    "HTTP 502": lambda town: town.vk.api.answers_status(502, OFTEN),
    "HTTP 429": lambda town: town.vk.api.answers_status(429, OFTEN),
    "connections reset": lambda town: town.vk.api.breaks_connections(1.0),
    "down": lambda town: town.vk.faults.is_down(),
}
EMPTY: dict[str, tuple[str, Callable[[Network], None]]] = {
    "the search": ("vk:tag", lambda town: town.vk.api.shows_nothing("newsfeed.search")),
    "VK's walls": ("vk:club", lambda town: town.vk.api.shows_nothing("wall.get")),
    "the networks beside VK": ("", lambda town: _show_nothing(_beside(town))),
}
PAGES: dict[str, Callable[[Faults], None]] = {
    "down": lambda faults: faults.is_down(),
    "HTTP 500": lambda faults: faults.pages_answer(500, OFTEN),
    "HTTP 403": lambda faults: faults.pages_answer(403, OFTEN),
    "HTTP 429": lambda faults: faults.pages_answer(429, OFTEN),
    "a page for people": lambda faults: faults.pages_answer_html(OFTEN),
    "cut off": lambda faults: faults.pages_break_off(OFTEN),
}


def _show_nothing(networks: tuple[Telegram, Rutube, Ok]) -> None:
    for network in networks:
        network.faults.shows_nothing()


def _beside(town: Network) -> tuple[Telegram, Rutube, Ok]:
    return town.telegram, town.rutube, town.ok


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Network()) as running:
        yield running


class Watched:
    """Seven sources of four networks, each with five tagged posts of today, and read once."""

    def __init__(self, relay: Relay, town: Network, clock: FakeClock) -> None:
        self.relay, self.town, self.clock = relay, town, clock
        for address in SOURCES:
            sources.add(relay, SLUG, address)
        assert all(sweep.complete for sweep in crawl.crawl(relay, SLUG))

    def sweeps(self, times: int) -> None:
        for _ in range(times):
            self.clock.moves(hours=1)
            crawl.crawl(self.relay, SLUG)

    def told(self) -> set[str]:
        """The sources about which there is an alert: their own, or one of their network or its token."""
        with self.relay.reading() as session:
            keys = {alert.key for alert in open_alerts(session)}
            rows = session.exec(select(Source)).all()
        down = {row.network for row in rows if f"network:{row.network}" in keys}
        named = {row.address for row in rows if f"source:{row.id}" in keys or (row.failures and row.network in down)}
        parked = {key.partition(":")[0] for key in keys}
        return named | {row.address for row in rows if row.network in parked}

    def holed(self) -> set[str]:
        return {row.address for row in coverage.report(self.relay, SLUG).sources
                if any(hole.why in ("closed", "fault") and hole.reason for hole in row.holes)}  # fmt: skip


@pytest.fixture
def watched(relay: Relay, sandbox: Sandbox, clock: FakeClock, campaign: Campaign, tmp_path: Path) -> Iterator[Watched]:
    town, film = Network(clock), a_film(tmp_path)
    walls = [town.vk.has_group(f"gorod{n}", f"Город {n}", number=n) for n in range(1, WALLS + 1)]
    town.telegram.has_channel("gorod", "Город")
    town.rutube.has_channel(CHANNEL, "Школа 47")
    town.ok.has_group(GROUP, "Наш город")
    for number in range(5):
        at = clock() - timedelta(hours=1 + number)
        for wall in walls:
            town.vk.posts(wall, f"#proryv80 {number}", at=at)
        town.telegram.posts("gorod", f"#proryv80 {number}", at=at)
        town.rutube.uploads(CHANNEL, film, f"#proryv80 {number}", at=at)
        town.ok.uploads(GROUP, film, f"#proryv80 {number}", at=at)
    sandbox.shows(town)
    kinds = {"tg": TelegramSource, "rutube": RutubeSource, "ok": OkSource}
    beside = {name: source_over(sandbox, relay.store, clock, kind) for name, kind in kinds.items()}
    settings = relay.settings.model_copy(
        update={"vk_token": SecretStr(town.vk.api.token), "vk_api_url": sandbox.api_url}
    )
    vk = VkSource(settings, relay.store, clock, lambda seconds: clock.moves(seconds=seconds))
    yield Watched(replace(relay, settings=settings, sources={"vk": vk, **beside}), town, clock)
    town.heals()


def _of(beginning: str) -> set[str]:
    return {address for address in SOURCES if address.startswith(beginning)} if beginning else set(BESIDE)


def test_walls_that_are_closed_blocked_and_deleted(watched: Watched) -> None:
    vk = watched.town.vk
    for breaks, wall in zip((vk.closes, vk.blocks, vk.leaves), (-1, -2, -3), strict=True):
        breaks(wall)
    watched.sweeps(1)
    assert watched.told() == watched.holed() == _of("vk:club"), "the search can't show what stands there"


@pytest.mark.parametrize("what", VK)
def test_all_of_vk(watched: Watched, what: str) -> None:
    VK[what](watched.town)
    watched.sweeps(2)
    assert watched.told() == watched.holed() == _of("vk:")


@pytest.mark.parametrize("what", PAGES)
def test_the_networks_beside_it(watched: Watched, what: str) -> None:
    for network in _beside(watched.town):
        PAGES[what](network.faults)
    watched.sweeps(2)
    assert watched.told() == watched.holed() == set(BESIDE)


def test_places_beside_it_that_are_closed(watched: Watched) -> None:
    watched.town.telegram.hides_preview("gorod")
    watched.town.ok.closes(GROUP)
    watched.town.rutube.leaves(CHANNEL)
    watched.sweeps(2)
    assert watched.told() == watched.holed() == set(BESIDE)


def test_places_beside_it_that_have_gone(watched: Watched) -> None:
    watched.town.telegram.leaves("gorod")
    watched.town.ok.leaves(GROUP)
    watched.sweeps(1)
    assert watched.told() == watched.holed() == {BESIDE[0], BESIDE[2]}


@pytest.mark.parametrize("what", EMPTY)
def test_what_answers_as_usual_and_shows_nothing(watched: Watched, what: str) -> None:
    beginning, breaks = EMPTY[what]
    breaks(watched.town)
    watched.sweeps(2)
    assert watched.told() == watched.holed() == _of(beginning)
    watched.town.heals()
    watched.sweeps(1)
    assert watched.told() == watched.holed() == set(), "it is over, and what was missed is read"


def test_twin_without_that_look_nobody_is_told(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "check", lambda *_words: None)
    for _, breaks in EMPTY.values():
        breaks(watched.town)
    watched.sweeps(3)
    assert watched.told() == watched.holed() == set()


def test_twin_told_from_three_failures_on_two_sweeps_are_not_enough(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "TELL_AFTER", 3)
    watched.town.vk.faults.is_down()
    watched.sweeps(2)
    assert watched.told() == set()


def test_a_fault_that_passes_is_no_alert(watched: Watched) -> None:
    watched.town.vk.faults.is_down()
    watched.sweeps(1)
    watched.town.heals()
    watched.sweeps(1)
    assert watched.told() == watched.holed() == set()


def test_a_quiet_source_is_not_silent(watched: Watched) -> None:
    """After two days nothing of the search's window is left; walls show their old posts all the same."""
    watched.clock.moves(hours=48)
    watched.sweeps(1)
    watched.town.vk.api.shows_nothing("newsfeed.search")
    watched.sweeps(3)
    assert watched.told() == set()
