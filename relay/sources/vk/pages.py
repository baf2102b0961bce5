"""Pages of posts, read as far as is needed to know which posts have to be read. Pure.

Most posts of a wall are a text that nobody looks for. Making objects of all that VK says of them takes several times
as long as finding that out, so an item stays as it was written until it is wanted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any, Literal

import msgspec
import orjson
from msgspec import Meta, Raw, Struct

FURTHEST = 10**18
"""No number of VK's is so large."""
LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()


class NoJson(ValueError):
    """What came is no JSON at all."""


class _Picture(Struct, gc=False):
    """An attachment in which nobody looks for anything."""

    type: Literal["photo"]


Number = Annotated[int, Meta(gt=-FURTHEST, lt=FURTHEST)]


class PlainPost(Struct, gc=False):
    """A post that is a text and no more than pictures beside it. What is more than that does not fit, and is no error:
    it has to be read whole. Fields that say None stand only where a post is more, or less.
    """

    id: Number
    owner_id: Number
    date: Annotated[int, Meta(gt=0, lt=int(LATEST))]
    text: Annotated[str, Meta(min_length=1)]
    is_pinned: bool | int = False
    attachments: list[_Picture] | None = None
    attachment: None = None
    copy_history: None = None
    copyright: None = None
    is_deleted: None = None
    deleted_reason: None = None


_NOTHING = Raw(b"null")


class _Listed(Struct, gc=False):
    items: list[Raw]
    count: Any = None
    total_count: Any = None
    next_from: Any = None
    profiles: Raw = _NOTHING
    groups: Raw = _NOTHING


_BESIDES = ("count", "total_count", "next_from", "profiles", "groups")


class ItemPage:
    """An answer that lists items, extended or not. `told`: all that it says besides."""

    def __init__(self, items: Sequence[object], told: Mapping[str, Any]) -> None:
        self._items, self.told = items, told

    @classmethod
    def of(cls, answer: object) -> ItemPage:
        """Of an answer as it was written, or of one that was read whole (`{items: …}` or a bare list)."""
        if isinstance(answer, ItemPage):
            return answer
        if not isinstance(answer, Raw):
            whole = answer if isinstance(answer, dict) else {"items": answer}
            items = whole.get("items")
            return cls(items if isinstance(items, list | tuple) else (), whole)
        try:
            page = _read_listed(answer)
        except (msgspec.DecodeError, RecursionError):
            return cls.of(read_whole(answer))
        return cls(page.items, {name: getattr(page, name) for name in _BESIDES})

    def __len__(self) -> int:
        return len(self._items)

    @cached_property
    def items(self) -> list[object]:
        """Each a PlainPost, or as `read_whole` has it; those that were read whole before stay what they are."""
        return [_plain_or_whole(item) if type(item) is Raw else item for item in self._items]

    def whole(self, number: int) -> object:
        """All that it says of one item."""
        item = self._items[number]
        if type(item) is not Raw:
            return item
        known = self.items[number]
        return read_whole(item) if type(known) is PlainPost else known

    def wholes(self) -> list[object]:
        """All that it says of each."""
        return [self.whole(number) for number in range(len(self))]

    def named(self, what: str) -> object:
        """`profiles` or `groups`."""
        found = self.told.get(what)
        return read_whole(found) if isinstance(found, Raw) else found

    def dates(self) -> list[float]:
        """When its items were published (Unix time), but for pinned ones, and for those that do not say so."""
        return [date for date in map(_date_in_order, self.items) if date is not None]


def read_whole(written: bytes | Raw) -> Any:
    """What it says; None for what is no JSON. A text that was cut in the middle of an emoji ends in half of one, which
    no database takes.
    """
    try:
        return orjson.loads(memoryview(written))
    except orjson.JSONDecodeError:
        try:
            return orjson.loads(mended(bytes(written)))
        except NoJson:
            return None


def mended(written: bytes) -> bytes:
    """JSON that orjson takes. Raises NoJson."""
    try:
        told = json.loads(written, parse_constant=lambda _word: None)
        text = json.dumps(told, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        raise NoJson from None
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


_read_listed: Callable[[Raw], _Listed] = msgspec.json.Decoder(_Listed).decode
_read_plain: Callable[[Raw], PlainPost] = msgspec.json.Decoder(PlainPost).decode


def _plain_or_whole(written: Raw) -> object:
    try:
        return _read_plain(written)
    except (msgspec.DecodeError, RecursionError):
        return read_whole(written)


def _date_in_order(item: object) -> float | None:
    if type(item) is PlainPost:
        return None if item.is_pinned else item.date
    if not isinstance(item, Mapping) or item.get("is_pinned"):
        return None
    date = item.get("date")
    return date if isinstance(date, int | float) else None
