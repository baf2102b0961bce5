from __future__ import annotations

from relay.errors import NotSent
from relay.ports import Notification
from tests.fakes.source import Killed


class FakeChannel:
    """A channel that keeps what is sent. Trouble is asked for by verbs."""

    def __init__(self, name: str = "mail") -> None:
        self.name = name
        self.sent: list[Notification] = []
        self.tries = 0
        self._trouble = ""
        self._dies = False

    def is_down(self, why: str = "The mail server can't be reached.") -> None:
        self._trouble = why

    def recovers(self) -> None:
        self._trouble, self._dies = "", False

    def kills_the_sender(self) -> None:
        """The process ends between the other side's receipt and our commit."""
        self._dies = True

    @property
    def told(self) -> list[tuple[str, str]]:
        """State and text of what arrived, each once, as a mail program shows it."""
        return [(sent.state, sent.text) for sent in {sent.id: sent for sent in self.sent}.values()]

    def send(self, notification: Notification) -> str:
        self.tries += 1
        if self._trouble:
            raise NotSent(self._trouble)
        self.sent.append(notification)
        if self._dies:
            raise Killed
        return "250 OK"
