"""Telegram's public side in memory: channels and their messages. What it looks like: web.py."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from relay.ports import Clock
from relay.sandbox.faults import Faults

PAGE_IDS = 20
BEGINNING = datetime(2015, 9, 1, tzinfo=UTC)


class TgKind(StrEnum):
    channel = "channel"
    group = "group"
    person = "person"


class TgFileKind(StrEnum):
    """`round`: a video message."""

    video = "video"
    round = "round"
    photo = "photo"
    file = "file"


@dataclass(frozen=True, slots=True)
class TgName:
    """A channel, group or person with a name. `preview`: the channel can be read on the web."""

    name: str
    title: str
    kind: TgKind = TgKind.channel
    preview: bool = True


@dataclass(frozen=True, slots=True)
class TgFile:
    """`big`: the page hides it. `number`: what the file servers call it."""

    id: int
    number: int
    path: Path
    kind: TgFileKind = TgFileKind.video
    seconds: int = 5
    big: bool = False


@dataclass(frozen=True, slots=True)
class TgMessage:
    """`hidden`: the public page asks to open Telegram instead. `preview`: a link with a card of its own."""

    channel: str
    id: int
    at: datetime
    text: str = ""
    files: tuple[TgFile, ...] = ()
    signed: str = ""
    forwarded_from: str = ""
    forwarded_id: int = 0
    edited: bool = False
    service: bool = False
    hidden: bool = False
    preview: str = ""

    @property
    def ids(self) -> list[int]:
        return sorted({self.id, *(file.id for file in self.files)})


class Telegram:
    """Verbs build it, from any thread. Letter case of names doesn't matter."""

    def __init__(self, now: Clock) -> None:
        self.now = now
        self.faults = Faults()
        self.visits: Counter[str] = Counter()
        self._lock = threading.RLock()
        self._names: dict[str, TgName] = {}
        self._messages: dict[str, dict[int, TgMessage]] = {}
        self._last: dict[str, int] = {}
        self._files: dict[int, TgFile] = {}

    def has_channel(self, name: str, title: str = "", *, preview: bool = True) -> str:
        """Returns the name. Message 1 is Telegram's own "Channel created"."""
        self._enters(TgName(name, title or name, preview=preview))
        return name

    def has_group(self, name: str, title: str = "") -> str:
        self._enters(TgName(name, title or name, kind=TgKind.group, preview=False))
        return name

    def has_person(self, name: str, title: str = "") -> str:
        self._enters(TgName(name, title or name, kind=TgKind.person, preview=False))
        return name

    def posts(
        self,
        channel: str,
        text: str = "",
        *,
        videos: Sequence[Path] = (),
        photos: Sequence[Path] = (),
        kind: TgFileKind | str = TgFileKind.video,
        big: bool = False,
        seconds: int = 5,
        at: datetime | None = None,
        signed: str = "",
        forwarded_from: str = "",
        forwarded_id: int = 0,
        preview: str = "",
    ) -> int:
        """A message; more than one file make an album, whose files take a number each. Returns the first number."""
        with self._lock:
            key = channel.casefold()
            first = self._last[key] + 1
            wanted = [(path, TgFileKind.photo) for path in photos] + [(path, TgFileKind(kind)) for path in videos]
            files = []
            for offset, (path, what) in enumerate(wanted):
                number = 0x1000 + 37 * len(self._files)
                files.append(TgFile(first + offset, number, Path(path), what, seconds, big))
                self._files[number] = files[-1]
            self._last[key] = first + max(0, len(files) - 1)
            self._messages[key][first] = TgMessage(
                channel=self._names[key].name,
                id=first,
                at=at or self.now(),
                text=text,
                files=tuple(files),
                signed=signed,
                forwarded_from=forwarded_from,
                forwarded_id=forwarded_id,
                preview=preview,
            )
            return first

    def edits(self, channel: str, number: int, text: str) -> None:
        with self._lock:
            messages = self._messages[channel.casefold()]
            messages[number] = replace(messages[number], text=text, edited=True)

    def hides(self, channel: str, number: int) -> None:
        """From now on only Telegram's own programs show this message."""
        with self._lock:
            messages = self._messages[channel.casefold()]
            messages[number] = replace(messages[number], hidden=True)

    def deletes(self, channel: str, number: int) -> None:
        with self._lock:
            del self._messages[channel.casefold()][number]

    def says(self, channel: str, words: str) -> int:
        """A service message, in Telegram's own words."""
        number = self.posts(channel, words)
        with self._lock:
            messages = self._messages[channel.casefold()]
            messages[number] = replace(messages[number], service=True)
        return number

    def hides_preview(self, channel: str) -> None:
        with self._lock:
            key = channel.casefold()
            self._names[key] = replace(self._names[key], preview=False)

    def leaves(self, name: str) -> None:
        """The name leads nowhere from now on."""
        with self._lock:
            del self._names[name.casefold()]

    def named(self, name: str) -> TgName | None:
        with self._lock:
            return self._names.get(name.casefold())

    def message(self, channel: str, number: int) -> TgMessage | None:
        """The message with this number, or the album that it belongs to."""
        with self._lock:
            for message in self._messages.get(channel.casefold(), {}).values():
                if number in message.ids and message.at <= self.now():
                    return message
        return None

    def page(self, channel: str, before: int = 0) -> tuple[list[TgMessage], bool]:
        """Up to twenty numbers' worth of messages below `before`, oldest first, and whether there are older ones."""
        with self._lock:
            known = self._messages[channel.casefold()].values()
            older = [m for m in known if m.at <= self.now() and (not before or m.id < before)]
        older.sort(key=lambda message: -message.id)
        shown, ids = [], 0
        for message in older:
            if ids >= PAGE_IDS:
                break
            shown.append(message)
            ids += len(message.ids)
        return shown[::-1], len(shown) < len(older)

    def file(self, number: int) -> TgFile | None:
        with self._lock:
            return self._files.get(number)

    def _enters(self, who: TgName) -> None:
        with self._lock:
            key = who.name.casefold()
            if key in self._names:
                raise ValueError(f"{who.name} is already taken")
            self._names[key] = who
            self._last[key] = 0
            self._messages[key] = {}
            if who.kind is TgKind.channel:
                self._last[key] = 1
                self._messages[key][1] = TgMessage(who.name, 1, BEGINNING, "Channel created", service=True)
