from __future__ import annotations

from datetime import datetime

from relay.errors import Closed, TryLater
from relay.ports import Author, Listed


class FakeLister:
    """YouTube in a few lists. `rough()` lists without dates, as shorts are listed; a video's own page has its date."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._pages: dict[str, tuple[str, list[Listed]]] = {}
        self._down = False
        self._words: dict[str, str] = {}

    def has(self, url: str, title: str = "") -> None:
        self._pages.setdefault(url, (title, []))

    def lists(self, url: str, number: str, text: str, at: datetime, *, rough: bool = False) -> None:
        """A video that is on a list and has a page of its own."""
        self.has(url)
        whole = Listed(number, text, at=at, duration=30.0, author=Author("UC1", "Анна"))
        entries = self._pages[url][1]
        entries.append(Listed(number, text) if rough else whole)
        entries.sort(key=lambda one: one.at.timestamp() if one.at else 0.0, reverse=True)
        self._pages[f"https://www.youtube.com/watch?v={number}"] = (text, [whole])

    def loses(self, url: str) -> None:
        del self._pages[url]

    def tells(self, number: str, words: str) -> None:
        """The video's own page says so instead of showing it."""
        self._words[f"https://www.youtube.com/watch?v={number}"] = words

    def is_down(self) -> None:
        self._down = True

    def entries(self, url: str, *, most: int) -> tuple[str, list[Listed]]:
        self.asked.append(url)
        if self._down:
            raise TryLater("YouTube does not answer.", requests=1)
        if url in self._words:
            said = "The list is not there, or not for us. It said: {words}"
            raise Closed(said, gone=True, requests=1, words=self._words[url])
        if url not in self._pages:
            raise Closed("There is no such list.", gone=True, requests=1)
        title, found = self._pages[url]
        return title, found[:most]
