"""All networks of the sandbox together: what they have in common, and verbs for all at once.

Each network is a folder beside this file: its state with verbs (`network.vk.posts`, `network.telegram.posts`), its
faults (`network.telegram.faults.is_down`), and how it answers. One line in `Network.__init__` joins it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from starlette.routing import BaseRoute

from relay.ports import Clock
from relay.sandbox.endpoints import Visited
from relay.sandbox.faults import Faults
from relay.sandbox.ok.network import Ok
from relay.sandbox.ok.web import OkSite
from relay.sandbox.rutube.network import Rutube
from relay.sandbox.rutube.web import RutubeSite
from relay.sandbox.sites.network import Sites
from relay.sandbox.sites.web import SmallSites
from relay.sandbox.telegram.network import Telegram
from relay.sandbox.telegram.web import TelegramSite
from relay.sandbox.vk.gateway import TOKEN
from relay.sandbox.vk.network import Vk
from relay.sandbox.vk.web import VkSite
from relay.sandbox.youtube.network import Youtube
from relay.sandbox.youtube.web import YoutubeSite

State_co = TypeVar("State_co", bound=Visited, covariant=True)
State = TypeVar("State", bound=Visited)


class Member(Protocol[State_co]):
    """One network as the server sees it: the names of its hosts, the routes of their pages, and what stands behind."""

    @property
    def hosts(self) -> frozenset[str]: ...

    @property
    def network(self) -> State_co: ...

    def routes(self) -> list[BaseRoute]: ...


class Network:
    """`Network(clock)` is empty. The verbs here are about every network that is joined.

    `refused`: hosts of no network for which a connection was asked, as host:port.
    """

    def __init__(self, clock: Clock | None = None, *, token: str = TOKEN, seed: int = 1) -> None:
        self.clock = clock or _utc_now
        self.refused: list[str] = []
        self.members: list[Member[Visited]] = []
        self.vk = self.joins(VkSite(Vk(self.now, token=token, seed=seed)))
        self.telegram = self.joins(TelegramSite(Telegram(self.now)))
        self.rutube = self.joins(RutubeSite(Rutube(self.now)))
        self.ok = self.joins(OkSite(Ok(self.now)))
        self.youtube = self.joins(YoutubeSite(Youtube(self.now)))
        self.sites = self.joins(SmallSites(Sites()))

    def joins(self, member: Member[State]) -> State:
        """A network becomes a part of this one, before the server starts. Returns its state, for verbs.

        Raises ValueError when one of its hosts is taken.
        """
        if taken := self.hosts & member.hosts:
            raise ValueError(f"{', '.join(sorted(taken))} already belongs to a network")
        self.members.append(member)
        return member.network

    def now(self) -> datetime:
        return self.clock()

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset().union(*(member.hosts for member in self.members))

    @property
    def visits(self) -> Counter[str]:
        """Requests to the web sides by kind."""
        return sum((member.network.visits for member in self.members), Counter())

    def faults_at(self, host: str) -> Faults | None:
        """The faults of the network with this host; None for a host of no network."""
        return next((member.network.faults for member in self.members if host in member.hosts), None)

    def refuses(self, host: str) -> None:
        self.refused.append(host)

    # What goes wrong everywhere

    def is_down(self) -> None:
        """Every connection is reset, to all hosts and to VK's API, until `heals()`."""
        for faults in self._all_faults():
            faults.is_down()

    def is_slow(self, seconds: float) -> None:
        """Every answer waits that long."""
        for faults in self._all_faults():
            faults.is_slow(seconds)

    def web_breaks(self, times: int = 1, *, after: float = 0.5) -> None:
        """The next media answers of each network end after that part of the bytes they announced."""
        for faults in self._all_faults():
            faults.web_breaks(times, after=after)

    def web_refuses(self, times: int = 1, *, status: int = 403) -> None:
        """The next media requests to each network are answered with that status."""
        for faults in self._all_faults():
            faults.web_refuses(times, status=status)

    def pages_answer(self, status: int, times: int = 1) -> None:
        """The next pages of each network beside VK are answered with that HTTP status."""
        for faults in self._all_faults():
            faults.pages_answer(status, times)

    def pages_answer_html(self, times: int = 1) -> None:
        """The next pages of each network beside VK are an apology, status 200."""
        for faults in self._all_faults():
            faults.pages_answer_html(times)

    def pages_break_off(self, times: int = 1) -> None:
        """The next pages of each network beside VK end in the middle, and nothing says so."""
        for faults in self._all_faults():
            faults.pages_break_off(times)

    def heals(self) -> None:
        """Nothing is wrong any more, nowhere."""
        self.vk.api.heals()
        for faults in self._all_faults():
            faults.heals()

    def _all_faults(self) -> Iterator[Faults]:
        return (member.network.faults for member in self.members)


def _utc_now() -> datetime:
    return datetime.now(UTC)
