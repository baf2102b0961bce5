"""Resumable uploads by the tus protocol 1.0 (https://tus.io/protocols/resumable-upload), so that any client will do.

`POST /uploads/TICKET` begins, `HEAD`, `PATCH` and `DELETE /uploads/TICKET/NAME` go on with it. The ticket is on the
receipt's page only: it lets one file into this one hand-in, and nothing else. Extensions: creation, expiration,
termination.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from email.utils import format_datetime

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from relay.context import Relay
from relay.errors import DiskFull, NotFound, Refused, RelayError, Stale
from relay.intake.hand_in import hand_ins
from relay.intake.hand_in.uploads import (
    Busy,
    Expired,
    NotAVideo,
    OpenUpload,
    TooLarge,
    TooMany,
    create,
    find,
    finish,
    largest,
    terminate,
)
from relay.language.catalogue import translator
from relay.models import HandIn
from relay.web.access import relay_of
from relay.web.page import language_of
from relay.web.rate_limit import TooManyTries, braked

router = APIRouter()

TUS = {"Tus-Resumable": "1.0.0"}
OFFSET_TYPE = "application/offset+octet-stream"
BLOCK = 1 << 20
IDLE_SECONDS = 60.0
"""A connection that is silent for so long is given up; what came before is kept."""
TRIES, PAUSE_SECONDS = 30, 0.1
"""How long a new request waits for an older one of the same file, whose connection is dead most likely, to let go."""
STATUS: tuple[tuple[type[RelayError], int], ...] = (
    (TooLarge, 413), (TooMany, 429), (TooManyTries, 429), (NotAVideo, 415), (Expired, 410), (NotFound, 404),
    (Busy, 423), (Stale, 409), (DiskFull, 507), (Refused, 400),
)  # fmt: skip


class BadRequest(Refused):
    """A request that breaks the protocol."""


def ticket_of(request: Request, hand_in: HandIn) -> str:
    """Lets one file into one hand-in, and nothing else: the receipt needs its own secret."""
    message = f"upload:{hand_in.id}:{hand_in.link_hash}".encode()
    return f"{hand_in.id}-{hmac.new(request.app.state.secret, message, hashlib.sha256).hexdigest()[:40]}"


@router.api_route("/uploads/{ticket}", methods=["OPTIONS", "POST"], name="uploads")
async def uploads(request: Request, ticket: str) -> Response:
    if request.method == "OPTIONS":
        most = str(largest(relay_of(request)))
        able = {"Tus-Version": "1.0.0", "Tus-Extension": "creation,expiration,termination", "Tus-Max-Size": most}
        return Response(status_code=204, headers=TUS | able)
    return await _answered(request, ticket, _begin)


@router.api_route("/uploads/{ticket}/{upload}", methods=["HEAD", "PATCH", "DELETE", "POST"], name="upload")
async def upload(request: Request, ticket: str, upload: str) -> Response:
    method = request.headers.get("x-http-method-override", request.method).upper()
    actions = {"HEAD": _status, "PATCH": _append, "DELETE": _end}
    if method not in actions:
        return PlainTextResponse("Method not allowed", status_code=405, headers=TUS)

    async def do(request: Request, relay: Relay, hand_in_id: int) -> Response:
        return await actions[method](request, relay, hand_in_id, upload)

    return await _answered(request, ticket, do)


async def _answered(
    request: Request, ticket: str, do: Callable[[Request, Relay, int], Awaitable[Response]]
) -> Response:
    """Errors are one plain line in the visitor's language, which a script can show as it is."""
    relay = relay_of(request)
    if request.headers.get("tus-resumable") != TUS["Tus-Resumable"]:
        return PlainTextResponse("Unknown version of tus", status_code=412, headers=TUS | {"Tus-Version": "1.0.0"})
    try:
        hand_in_id = await run_in_threadpool(_hand_in_of, request, ticket)
        response = await do(request, relay, hand_in_id)
    except RelayError as error:
        line = translator(language_of(request)).tell(error.line)
        status = next((status for kind, status in STATUS if isinstance(error, kind)), 503)
        return PlainTextResponse(line, status_code=status, headers=TUS)
    response.headers.update(TUS)
    return response


def _hand_in_of(request: Request, ticket: str) -> int:
    """The hand-in's id. Raises NotFound for a ticket that was not made here, and TooManyTries."""
    number = ticket.partition("-")[0]
    with braked(request):
        if not number.isascii() or not number.isdecimal() or len(number) > 9:
            raise NotFound("There is no such upload.")
        hand_in = hand_ins.get(relay_of(request), int(number))
        if not hmac.compare_digest(ticket.encode(), ticket_of(request, hand_in).encode()):
            raise NotFound("There is no such upload.")
    return int(number)


async def _begin(request: Request, relay: Relay, hand_in_id: int) -> Response:
    length = _number(request, "upload-length")
    described = metadata(request.headers.get("upload-metadata", ""))
    name, kind = (
        described.get("filename", described.get("name", "")),
        described.get("filetype", described.get("type", "")),
    )
    made = await run_in_threadpool(create, relay, hand_in_id, name=name, kind=kind, length=length)
    there = await run_in_threadpool(find, relay, hand_in_id, made)
    place = {"Location": f"{request.url.path}/{made}", "Upload-Expires": format_datetime(there.expires, usegmt=True)}
    return Response(status_code=201, headers=place)


async def _status(_request: Request, relay: Relay, hand_in_id: int, upload: str) -> Response:
    there = await run_in_threadpool(find, relay, hand_in_id, upload)
    if not there.done and there.offset == there.length:  # a client that sees it asks for nothing more
        await run_in_threadpool(finish, relay, await run_in_threadpool(hand_ins.get, relay, hand_in_id))
        there = await run_in_threadpool(find, relay, hand_in_id, upload)
    headers = {"Upload-Offset": str(there.offset), "Upload-Length": str(there.length)}
    if not there.done:
        headers["Upload-Expires"] = format_datetime(there.expires, usegmt=True)
    return Response(status_code=200, headers=headers)


async def _append(request: Request, relay: Relay, hand_in_id: int, upload: str) -> Response:
    if request.headers.get("content-type", "") != OFFSET_TYPE:
        raise NotAVideo("The part of the file has an unknown type.")
    offset = _number(request, "upload-offset")
    part = await opened(request, relay, hand_in_id, upload, offset)
    async with aclosing(request.stream()) as stream:
        whole = await receive(request, stream, part)
    there = await run_in_threadpool(find, relay, hand_in_id, upload)
    headers = {"Upload-Offset": str(there.offset), "Upload-Expires": format_datetime(there.expires, usegmt=True)}
    return Response(status_code=204 if whole else 408, headers=headers)


async def _end(_request: Request, relay: Relay, hand_in_id: int, upload: str) -> Response:
    await run_in_threadpool(terminate, relay, hand_in_id, upload)
    return Response(status_code=204)


async def opened(request: Request, relay: Relay, hand_in_id: int, upload: str, offset: int) -> OpenUpload:
    """Opens the upload. An older request that holds it is ended: after a broken connection it may wait for ever."""
    for _ in range(TRIES):
        try:
            return await run_in_threadpool(OpenUpload, relay, hand_in_id, upload, offset)
        except Busy:
            older = _patience(request).get(hand_in_id)
            if older is not None and not older.expired():
                older.reschedule(asyncio.get_running_loop().time())
            await asyncio.sleep(PAUSE_SECONDS)
    raise Busy("Another request is sending this file.", hint="Try again in a moment.")


async def receive(
    request: Request, stream: AsyncIterator[bytes], part: OpenUpload, *, is_whole: Callable[[], bool] = lambda: False
) -> bool:
    """Writes what comes, in blocks; False when the connection broke before the end. What came before is kept.

    `is_whole`, asked at the end, tells whether a file of unknown length was all there.
    """
    loop, held, hand_in_id = asyncio.get_running_loop(), bytearray(), part.hand_in_id
    try:
        async with asyncio.timeout(IDLE_SECONDS) as patience:
            _patience(request)[hand_in_id] = patience
            async for some in stream:
                patience.reschedule(loop.time() + IDLE_SECONDS)
                held += some
                if len(held) >= BLOCK:
                    block = bytes(held)
                    held.clear()
                    await run_in_threadpool(part.write, block)
        return True
    except (ClientDisconnect, TimeoutError):
        return False
    finally:
        _patience(request).pop(hand_in_id, None)
        await run_in_threadpool(_close, part, bytes(held), is_whole)


def _close(part: OpenUpload, rest: bytes, is_whole: Callable[[], bool]) -> None:
    try:
        part.write(rest)
        if is_whole():
            part.ends_here()
    finally:
        part.close()


def _patience(request: Request) -> dict[int, asyncio.Timeout]:
    """The requests that receive a file now, by hand-in."""
    receiving: dict[int, asyncio.Timeout] = request.app.state.receiving
    return receiving


def metadata(header: str) -> dict[str, str]:
    """`filename d29ybGQ=,filetype …`: keys with values in base64. Raises BadRequest for what is no such list."""
    found = {}
    for pair in filter(None, (pair.strip() for pair in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode("utf-8", errors="replace")
        except (binascii.Error, ValueError) as error:
            raise BadRequest("The description of the file can't be read.") from error
    return found


def _number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise BadRequest("The number in {header} is missing or wrong.", header=header)
    return int(text)
