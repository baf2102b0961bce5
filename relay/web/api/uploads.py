"""Files that come as the body of a request: kept beside until a service has taken them in."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Query, Request
from starlette.concurrency import run_in_threadpool

from relay.context import Relay
from relay.errors import Refused
from relay.web.access import relay_of
from relay.web.api.bodies import Plain

FOLDER = "brought"
FileName = Annotated[
    str, Query(max_length=200, description="What the file is called; its ending says what it is."), Plain
]


@asynccontextmanager
async def received(request: Request, name: str) -> AsyncIterator[Path]:
    """The body as a file of its own folder, which goes when the service is through. Raises Refused for a large one."""
    relay = relay_of(request)
    folder = await run_in_threadpool(relay.folder, FOLDER, secrets.token_hex(16))
    path = folder / _safe(name)
    try:
        await _write(request, relay, path)
        yield path
    finally:
        await run_in_threadpool(_drop, folder, path)


async def _write(request: Request, relay: Relay, path: Path) -> None:
    most, size = relay.settings.max_video_mb * 1_000_000, 0
    with path.open("wb") as file:
        async for part in request.stream():
            size += len(part)
            if size > most:
                raise Refused("The file is larger than {most} MB.", most=relay.settings.max_video_mb)
            await run_in_threadpool(file.write, part)
    if not size:
        raise Refused("The file is empty.")


def _safe(name: str) -> str:
    """Only the ending of what a program calls it, and of that only letters and digits."""
    ending = Path(name).suffix.removeprefix(".")
    return f"file.{ending.lower()}" if ending.isascii() and ending.isalnum() and len(ending) <= 5 else "file"


def _drop(folder: Path, path: Path) -> None:
    path.unlink(missing_ok=True)
    folder.rmdir()
