"""Bytes of a file as video servers send them: with ranges, an ETag, and sometimes a line that breaks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from relay.sandbox.endpoints import reset

BLOCK = 1 << 18


def file_answer(
    request: Request, path: Path, number: int, *, cut: float | None = None, media_type: str = "video/mp4"
) -> Response:
    """The bytes, all or a range of them; `cut`: the part of them after which the line breaks."""
    try:
        source = path.open("rb")
    except OSError:
        return Response(status_code=404)
    size = source.seek(0, 2)
    etag = f'"{number:x}-{size:x}"'
    headers = {"accept-ranges": "bytes", "etag": etag, "cache-control": "private"}
    wanted = request.headers.get("range", "")
    if wanted and request.headers.get("if-range", etag) == etag:
        span = _span(wanted, size)
        if span is None:
            source.close()
            return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
        start, end = span
        status, headers["content-range"] = 206, f"bytes {start}-{end - 1}/{size}"
    else:
        start, end, status = 0, size, 200
    headers["content-length"] = str(end - start)
    stop = end if cut is None else start + int((end - start) * cut)
    return StreamingResponse(
        _blocks(source, start, stop, request if stop < end else None), status, headers, media_type=media_type
    )


async def _blocks(source: BinaryIO, start: int, stop: int, breaks: Request | None) -> AsyncIterator[bytes]:
    with source:
        source.seek(start)
        while start < stop and (block := source.read(min(BLOCK, stop - start))):
            start += len(block)
            yield block
    if breaks is not None:
        await asyncio.sleep(0.05)  # what was sent arrives before the line goes dead
        await reset(breaks)


def _span(wanted: str, size: int) -> tuple[int, int] | None:
    """`bytes=a-b`, `bytes=a-`, `bytes=-n` as [start, end); None when nothing of it is there."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted.strip())
    if found is None or found[1] == found[2] == "":
        return None
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start = int(found[1])
        end = min(int(found[2]) + 1, size) if found[2] else size
    return (start, end) if start < end else None
