"""What may go wrong with any network of the sandbox: lines, media, pages. Verbs order it, endpoints meet it."""

from __future__ import annotations

import threading
from collections import Counter
from enum import StrEnum


class SpoiledAnswer(StrEnum):
    """`apology`: a page for people with status 200. `half`: it ends in the middle. `no_player`: a video page without a
    player. `cut`: media that end before the length they announced.
    """

    apology = "apology"
    half = "half"
    no_player = "no player"
    cut = "cut"


class Countdown:
    """How many more answers are spoiled in which way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: Counter[SpoiledAnswer] = Counter()

    def orders(self, what: SpoiledAnswer, times: int) -> None:
        with self._lock:
            self._left[what] += times

    def meets(self, what: SpoiledAnswer) -> bool:
        """Whether this answer is spoiled; each one that is uses up one of those ordered."""
        with self._lock:
            spoiled = self._left[what] > 0
            self._left[what] -= spoiled
            return spoiled

    def clear(self) -> None:
        with self._lock:
            self._left.clear()


class Statuses:
    """HTTP statuses that the next answers have in place of what they should."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[int] = []

    def orders(self, status: int, times: int) -> None:
        with self._lock:
            self._waiting += [status] * times

    def next(self) -> int:
        """The status to answer with instead, 0 for none."""
        with self._lock:
            return self._waiting.pop(0) if self._waiting else 0

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()


class Faults:
    """The faults of one network. Verbs order them, from any thread; `heals` ends them all.

    `down`: connections are reset; `delay`: seconds that every answer waits; `challenge`: visitors are asked to solve
    a script first; `empty`: lists come without a post on them.
    """

    def __init__(self) -> None:
        self.down = False
        self.delay = 0.0
        self.challenge = False
        self.empty = False
        self._cut_after = 0.5
        self._spoiled = Countdown()
        self._media_statuses = Statuses()
        self._page_statuses = Statuses()

    def is_down(self) -> None:
        """Every connection is reset."""
        self.down = True

    def is_slow(self, seconds: float) -> None:
        """Every answer waits that long."""
        self.delay = seconds

    def challenges(self) -> None:
        """Each visitor is asked to solve a script first (VK: the page behind `hash429`)."""
        self.challenge = True

    def shows_nothing(self) -> None:
        """Every list comes as usual, and no post stands on it, as when a layout changes under the reader's feet."""
        self.empty = True

    def web_breaks(self, times: int = 1, *, after: float = 0.5) -> None:
        """The next media answers end after that part of the bytes they announced."""
        self._cut_after = after
        self._spoiled.orders(SpoiledAnswer.cut, times)

    def web_refuses(self, times: int = 1, *, status: int = 403) -> None:
        """The next media requests are answered with that status, as for an outdated or foreign address."""
        self._media_statuses.orders(status, times)

    def web_changes(self, times: int = 1) -> None:
        """The next video pages have no player in them, as when a network changes its pages under yt-dlp's feet."""
        self._spoiled.orders(SpoiledAnswer.no_player, times)

    def pages_answer(self, status: int, times: int = 1) -> None:
        """The next pages are answered with that HTTP status."""
        self._page_statuses.orders(status, times)

    def pages_answer_html(self, times: int = 1) -> None:
        """The next pages are an apology, status 200."""
        self._spoiled.orders(SpoiledAnswer.apology, times)

    def pages_break_off(self, times: int = 1) -> None:
        """The next pages end in the middle, and nothing says so."""
        self._spoiled.orders(SpoiledAnswer.half, times)

    def heals(self) -> None:
        """Nothing is wrong any more."""
        self.down, self.delay, self.challenge, self.empty = False, 0.0, False, False
        for ordered in (self._spoiled, self._media_statuses, self._page_statuses):
            ordered.clear()

    # What endpoints ask

    def meets(self, what: SpoiledAnswer) -> bool:
        """Whether this answer is spoiled in that way; each one that is uses up one of those ordered."""
        return self._spoiled.meets(what)

    def media_status(self) -> int:
        """The HTTP status that this media request is answered with instead, 0 for none."""
        return self._media_statuses.next()

    def media_cut(self) -> float | None:
        """The part of its bytes after which this media answer ends; None: it is whole."""
        return self._cut_after if self._spoiled.meets(SpoiledAnswer.cut) else None

    def page_status(self) -> int:
        """The HTTP status that this page is answered with instead, 0 for none."""
        return self._page_statuses.next()
