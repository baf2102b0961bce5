"""Answers with bytes that are put together when they are asked for: tags, and parts of them (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from relay.web.headers import NOT_KEPT

ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
HEADERS = {**NOT_KEPT, "Accept-Ranges": "bytes"}


def answer(
    request: Request, size: int, tag: str, read: Callable[[int, int], Iterator[bytes]], media_type: str
) -> Response:
    """`read` gives the bytes from one place up to and without another. `tag`: another one for other bytes."""
    headers = {**HEADERS, "ETag": f'"{tag}"'}
    if is_known(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    first, last, status = 0, size, 200
    if (wanted := request.headers.get("range")) and request.headers.get("if-range", headers["ETag"]) == headers["ETag"]:
        found = asked(wanted, size)
        if found is not None:
            first, last, status = *found, 206
            if first >= last:
                return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
            headers["Content-Range"] = f"bytes {first}-{last - 1}/{size}"
    headers["Content-Length"] = str(last - first)
    return StreamingResponse(read(first, last), status_code=status, media_type=media_type, headers=headers)


def is_known(held: str, tag: str) -> bool:
    """Whether a program holds these bytes already (RFC 9110, 13.1.2); starlette's FileResponse never asks."""
    return held.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in held.split(",")]


def asked(wanted: str, size: int) -> tuple[int, int] | None:
    """From where up to and without where, the same place twice where nothing of it is there; None for what is no range
    or more than one, which may be answered with everything.
    """
    found = ONE_RANGE.fullmatch(wanted.strip())
    if found is None or found[0] == "bytes=-" or (found[1] and found[2] and int(found[1]) > int(found[2])):
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size
    return (int(found[1]), min(int(found[2] or size - 1) + 1, size)) if int(found[1]) < size else (size, size)
