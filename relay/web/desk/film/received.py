"""A form with a file, read as it comes: its token first, then its words, and the file straight to the disk.

The file is held under a name of ours until it is taken in; where the words lack something, the page that comes back
names it, and it need not be sent again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import IO

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from relay.almanac.assets import held_files
from relay.almanac.assets.held_files import HeldFile
from relay.context import Relay
from relay.errors import DiskFull, Refused
from relay.language.catalogue import N_
from relay.media.toolbox import disk_full
from relay.web.access import check_token
from relay.web.headers import exceeds
from relay.web.multipart import MultipartForm, text

LONGEST_FIELD, MOST_FIELDS, AROUND = 16_000, 60, 512 * 1024
"""Bytes of one word, words of a form, and bytes of all that is not the file."""
BLOCK = 1 << 20
HELD = "held"
"""Field that names a file which came before."""
BROKEN, AGAIN = N_("The connection broke before the whole file was here."), N_("Please send it once more.")


@dataclass(frozen=True, slots=True)
class ReceivedForm:
    """Its words, and the file: one that came with it, or that a field `held` names; None without any."""

    words: dict[str, str]
    file: HeldFile | None

    def word(self, name: str) -> str:
        return self.words.get(name, "")


async def receive(request: Request, relay: Relay, *, most_mb: int) -> ReceivedForm:
    """Raises Forbidden for a wrong token, Refused for a file that is too large or did not come whole, DiskFull."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        form = await request.form()
        words = {name: text for name, text in form.items() if isinstance(text, str)}
        return ReceivedForm(words, held_files.find(relay, words.get(HELD, "")))
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or exceeds(length, (most_mb << 20) + AROUND):
        raise Refused("The file is larger than {most} MB.", hint="Make it smaller, or send a part of it.", most=most_mb)
    reader = _FormReader(request, relay, most_mb << 20)
    try:
        async with aclosing(request.stream()) as stream:
            await reader.read(stream)
    except BaseException:
        await run_in_threadpool(held_files.drop, reader.file)
        raise
    return reader.received()


class _FormReader(MultipartForm):
    """Feeds the parser and does what its events ask for, in their order."""

    def __init__(self, request: Request, relay: Relay, most: int) -> None:
        self.words: dict[str, str] = {}
        self.file: HeldFile | None = None
        self._request, self._relay, self._most = request, relay, most
        self._file_name, self._written, self._checked = "", 0, False
        self._open: IO[bytes] | None = None
        super().__init__(request.headers.get("content-type", ""))

    async def read(self, stream: AsyncIterator[bytes]) -> None:
        try:
            async for some in stream:
                self.feed(some)
                if sum(map(len, self._blocks)) >= BLOCK:
                    await run_in_threadpool(self._write)
        except ClientDisconnect as error:
            raise Refused(BROKEN, hint=AGAIN) from error
        finally:
            await run_in_threadpool(self._close)
        if not self.complete:
            raise Refused(BROKEN, hint=AGAIN)
        if not self._checked:
            check_token(self._request, self.words.get("form_token", ""))

    def received(self) -> ReceivedForm:
        """An empty file is none: a form sends one where nothing was chosen."""
        found = self.file
        if found is not None and not self._written:
            held_files.drop(found)
            found = None
        before = held_files.find(self._relay, self.words.get(HELD, ""))
        if found is not None:
            held_files.drop(before)
        return ReceivedForm(self.words, found or before)

    def _write(self) -> None:
        blocks = self.taken()
        if not blocks:
            return
        try:
            if self._open is None:
                self.file = held_files.begin(self._relay, self._file_name)
                self._open = self.file.path.open("wb")
            for block in blocks:
                self._written += len(block)
                if self._written > self._most:
                    raise Refused("The file is larger than {most} MB.", most=self._most >> 20)
                self._open.write(block)
        except OSError as error:
            if disk_full(error):
                raise DiskFull("The disk is full.", hint="Free some space and run it again.") from error
            raise

    def _close(self) -> None:
        try:
            self._write()
        finally:
            if self._open is not None:
                self._open.close()

    def file_begins(self, file_name: str, headers: Mapping[bytes, bytes]) -> None:  # noqa: ARG002
        check_token(self._request, self.words.get("form_token", ""))
        self._checked = True
        self._file_name = file_name

    def word_brings(self, some: bytes) -> None:
        """Words may be cut in the middle of a letter, so bytes are kept as they are until the end."""
        before = self.words.get(self.field, "")
        if len(before) < LONGEST_FIELD and len(self.words) < MOST_FIELDS:
            self.words[self.field] = before + some.decode("latin-1")

    def ends(self) -> None:
        super().ends()
        self.words = {name: text(said.encode("latin-1")) for name, said in self.words.items()}
