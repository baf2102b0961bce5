"""Pages of walls, fetched before they are wanted: many in one request, few requests altogether.

The first page of a wall comes with those of the walls behind it. What it then seems to need besides, going by its own
pace, comes with what they seem to need, and where there is room left, with the first pages of further walls. A page
that nobody foresaw, each wall asks for alone.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from relay.errors import SourceError
from relay.ports import ReadRequest
from relay.sources.vk import batch
from relay.sources.vk.batch import OVERLAP, PAGE
from relay.sources.vk.pages import ItemPage

STEP_BACK = 50
"""How far a wall goes back when a page does not adjoin the one before."""
NEARLY_ALL = 0.8
"""A wall that has so much of its posts to show seems to be read to its end."""

Call = dict[str, Any]


@dataclass(frozen=True, slots=True)
class First:
    """What a batch brought for one of its calls: an answer, an error of its own, or nothing (it is made alone)."""

    answer: ItemPage | None = None
    error: SourceError | None = None
    requests: int = 0


@dataclass(slots=True, eq=False)
class _Wall:
    """`waiting`: pages by offset, in order; `foreseen`: offsets of pages that will be needed after them."""

    wish: ReadRequest
    asked: bool = False
    waiting: deque[tuple[int, First]] = field(default_factory=deque)
    foreseen: Sequence[int] = ()

    def call(self, offset: int, count: int = PAGE) -> Call:
        return {"owner_id": int(self.wish.place.owner_id), "count": count, "offset": offset, "extended": 1}


class PagePrefetch:
    """The pages of several walls, which are read in their order. Nothing is asked before a page is wanted.

    `ask` makes several calls of wall.get in one request, `most_posts` says how many posts such an answer may hold.
    """

    def __init__(
        self, wishes: Sequence[ReadRequest], ask: Callable[[list[Call]], list[First]], most_posts: Callable[[], int]
    ) -> None:
        self._walls = [_Wall(wish) for wish in wishes]
        self._ask, self._most_posts = ask, most_posts

    def take(self, number: int, offset: int) -> tuple[int, First]:
        """The page of a wall that stands at the offset or so near that it must adjoin, and its own offset."""
        wall = self._walls[number]
        if not wall.asked or (wall.foreseen and not wall.waiting):
            self._fetch(self._next(number))
        if wall.waiting and wall.waiting[0][0] - OVERLAP <= offset <= wall.waiting[0][0] + STEP_BACK:
            return wall.waiting.popleft()
        wall.waiting.clear()
        return offset, First()

    def saw(self, number: int, offset: int, page: ItemPage) -> bool:
        """A page of the wall has been read: what it tells of those behind it. Whether the next one is here already."""
        wall = self._walls[number]
        if not wall.waiting:
            wall.foreseen = further(page, offset, wall.wish.since)
        return bool(wall.waiting)

    def _next(self, number: int) -> list[tuple[_Wall, int, int]]:
        """What this wall needs next, and with it, as much as one answer holds, the first pages of walls behind it, by
        which is known what else they need, and the further pages of those that are being read.
        """
        wall, room = self._walls[number], self._most_posts()
        wanted = [(wall, wall.foreseen[0], PAGE)] if wall.asked else self._firsts(wall)
        news = [each for each in self._walls[number : number + batch.MOST_CALLS] if not each.asked]
        posts = sum(count for _, _, count in wanted)
        for each in news[: batch.fitting([each.wish for each in news], len(wanted), posts, room)]:
            wanted += self._firsts(each)
        left = min(batch.MOST_CALLS - len(wanted), (room - sum(count for _, _, count in wanted)) // PAGE)
        further = [(each, offset, PAGE) for each in self._walls[number:] for offset in each.foreseen]
        return wanted + [page for page in further if page not in wanted][: max(0, left)]

    @staticmethod
    def _firsts(wall: _Wall) -> list[tuple[_Wall, int, int]]:
        wall.asked = True
        return [(wall, *page) for page in batch.pages_for(wall.wish)]

    def _fetch(self, wanted: Sequence[tuple[_Wall, int, int]]) -> None:
        """One request is one for each wall whose first page it brings, and for the one that asked."""
        if len(wanted) < 2:
            return
        firsts = self._ask([wall.call(offset, count) for wall, offset, count in wanted])
        for number, ((wall, offset, _), first) in enumerate(zip(wanted, firsts, strict=True)):
            wall.waiting.append((offset, replace(first, requests=0) if number and offset else first))
            wall.foreseen = [each for each in wall.foreseen if each > offset]
            if first.answer is not None and not wall.foreseen:
                wall.foreseen = further(first.answer, offset, wall.wish.since)


def further(page: ItemPage, offset: int, since: datetime) -> Sequence[int]:
    """Offsets of pages that are needed after this one to reach back to `since`, if the wall keeps its pace, or to its
    end. Where the pace ends in the middle of a page, the nearer way: a call too many is lost, one too few made alone.
    """
    total = page.told.get("count")
    if not isinstance(total, int) or total <= offset + len(page):
        return ()
    dates = page.dates()
    left, behind = total - offset - len(page), min(dates, default=0) - since.timestamp()
    if behind <= 0 or len(dates) < 2:
        return ()
    span, step = max(dates) - min(dates), PAGE - OVERLAP
    posts = len(dates) * behind / span if span else left
    pages = math.ceil(left / step) if posts >= NEARLY_ALL * left else max(1, round(posts / step))
    begin = offset + max(1, len(page) - OVERLAP)
    return range(begin, begin + step * pages, step)
