"""Posts in the order in which walls and the search show them. No lock of its own: Vk holds one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from relay.sandbox.vk.records import Key, VkPost

NOBODY = Key(0, 0)
_moment = attrgetter("at")


class Walls:
    """All posts by key, those of a wall and those that search knows by time. Times are given: they may lie ahead."""

    def __init__(self) -> None:
        self._posts: dict[Key, VkPost] = {}
        self._walls: dict[int, list[Key]] = {}
        self._pinned: dict[int, Key] = {}
        self._indexed: list[Key] = []
        self._ordered: dict[int | None, list[VkPost]] = {}

    def __getitem__(self, key: Key) -> VkPost:
        return self._posts[key]

    def __iter__(self) -> Iterator[VkPost]:
        return iter(self._posts.values())

    def get(self, key: Key) -> VkPost | None:
        return self._posts.get(key)

    def add(self, post: VkPost) -> None:
        """A new post on its owner's wall. A pinned one unpins the old."""
        owner_id = post.key.owner_id
        if post.pinned:
            self._unpin(owner_id)
            self._pinned[owner_id] = post.key
        self._walls.setdefault(owner_id, []).append(post.key)
        self._posts[post.key] = post
        if post.indexed:
            self._indexed.append(post.key)
        for ordered in self._orders_with(post):
            insort(ordered, post, key=_place)

    def change(self, key: Key, **what: Any) -> None:
        """Replaces fields of a post where it stands."""
        before = self._posts[key]
        self._posts[key] = after = replace(before, **what)
        for ordered in self._orders_with(after):
            if not before.deleted:
                del ordered[bisect_left(ordered, _place(before), key=_place)]
            if not after.deleted:
                insort(ordered, after, key=_place)

    def pin(self, key: Key) -> None:
        self._unpin(key.owner_id)
        self._pinned[key.owner_id] = key
        self.change(key, pinned=True)

    def page(self, owner_id: int, offset: int, count: int | None, now: datetime) -> tuple[list[VkPost], int]:
        """Some posts of a wall, newest first behind the pinned one, from `offset` on; and how many there are in all."""
        ordered = self._in_order(owner_id)
        total = bisect_right(ordered, now, key=_moment)
        last = total if count is None else min(offset + count, total)

        def newest(first: int, end: int) -> list[VkPost]:
            return ordered[total - end : total - first][::-1] if first < end else []

        pinned = self._posts.get(self._pinned.get(owner_id, NOBODY))
        if pinned is None or pinned.deleted or pinned.at > now:
            return newest(offset, last), total
        place = total - 1 - bisect_left(ordered, _place(pinned), key=_place)  # where it would stand
        first = [pinned] if offset == 0 < last else []
        before, behind = newest(max(offset - 1, 0), min(last - 1, place)), newest(max(offset, place + 1), last)
        return [*first, *before, *behind], total

    def indexed(self, start: datetime, end: datetime) -> Iterator[VkPost]:
        """Those that search knows of a stretch of time, both ends in it, newest first."""
        ordered = self._in_order(None)
        first, last = bisect_left(ordered, start, key=_moment), bisect_right(ordered, end, key=_moment)
        return reversed(ordered[first:last])

    def _unpin(self, owner_id: int) -> None:
        key = self._pinned.pop(owner_id, None)
        if key is not None:
            self.change(key, pinned=False)

    def _orders_with(self, post: VkPost) -> list[list[VkPost]]:
        """The orders that were asked for, and in which this post stands."""
        orders = (self._ordered.get(post.key.owner_id), self._ordered.get(None) if post.indexed else None)
        return [ordered for ordered in orders if ordered is not None]

    def _in_order(self, owner_id: int | None) -> list[VkPost]:
        """All of a wall (None: of the search) that is not deleted, oldest first, also what is still to come."""
        ordered = self._ordered.get(owner_id)
        if ordered is None:
            keys = self._indexed if owner_id is None else self._walls.get(owner_id, [])
            ordered = sorted((post for key in keys if not (post := self._posts[key]).deleted), key=_place)
            self._ordered[owner_id] = ordered
        return ordered


def _place(post: VkPost) -> tuple[datetime, Key]:
    """Oldest first, where both walls and the search have it."""
    return post.at, post.key
