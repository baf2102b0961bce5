"""A file from a plain HTML form: read as it comes, straight into the hand-in's own folder, never held whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from relay.context import Relay
from relay.errors import Refused, RelayError
from relay.intake.hand_in.uploads import NotAVideo, TooLarge, create, largest, terminate
from relay.web.access import check_token
from relay.web.headers import exceeds
from relay.web.multipart import MultipartForm, text
from relay.web.public.uploads import opened, receive

LONGEST_TOKEN = 200
AROUND = 64 * 1024
"""At most so many bytes of a form are not the file."""


async def receive_form(request: Request, relay: Relay, hand_in_id: int) -> None:
    """Stores the file of the form. Its token comes first, and is checked before a byte of the file is written.

    Raises Forbidden, NotAVideo, TooLarge, TooMany, DiskFull; Refused for a connection that broke: then nothing is kept,
    because a form can only be sent from its beginning.
    """
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or exceeds(length, largest(relay) + AROUND):
        raise TooLarge("The file is larger than {most} megabytes.", hint="Ask the organizers how else to send it.",
                       most=relay.settings.max_video_mb)  # fmt: skip
    async with aclosing(request.stream()) as stream:
        form = _Form(request.headers.get("content-type", ""), stream)
        await form.read_head()
        check_token(request, form.token)
        if not form.file_name:
            raise NotAVideo("Choose a file first.")
        expected = min(int(length), largest(relay))
        name = await run_in_threadpool(create, relay, hand_in_id, name=form.file_name, kind=form.kind, length=expected)
        try:
            await _receive(request, relay, hand_in_id, name, form)
        except RelayError:
            await run_in_threadpool(terminate, relay, hand_in_id, name)
            raise


async def _receive(request: Request, relay: Relay, hand_in_id: int, name: str, form: _Form) -> None:
    part = await opened(request, relay, hand_in_id, name, 0)
    arrived = await receive(request, form.file(), part, is_whole=lambda: form.complete and part.offset > 0)
    if not arrived or not form.complete:
        raise Refused("The connection broke before the whole file was here.", hint="Please send it once more.")
    if not part.offset:
        raise NotAVideo("This file is empty.", hint="Choose another one.")


class _Form(MultipartForm):
    """`token`, then the file's `file_name`, `kind` and bytes, in the order in which our form sends them."""

    refusal = NotAVideo

    def __init__(self, content_type: str, stream: AsyncIterator[bytes]) -> None:
        self.token = self.file_name = self.kind = ""
        self._stream = stream
        super().__init__(content_type)

    async def read_head(self) -> None:
        """Up to the file, or to the end where there is none."""
        async for some in self._stream:
            self.feed(some)
            if self.field == "file" or self.complete:
                return

    async def file(self) -> AsyncIterator[bytes]:
        for block in self.taken():
            yield block
        async for some in self._stream:
            self.feed(some)
            for block in self.taken():
                yield block

    def file_begins(self, file_name: str, headers: Mapping[bytes, bytes]) -> None:
        self.file_name = file_name
        self.kind = text(headers.get(b"content-type", b"")).partition(";")[0].strip()

    def word_brings(self, some: bytes) -> None:
        if self.field == "form_token" and len(self.token) < LONGEST_TOKEN:
            self.token += text(some)
