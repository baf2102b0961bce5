"""Bytes that are put together when they are asked for: tags and parts of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import Request

from relay.web.desk import ranges

CONTENT = bytes(range(100))


def answered(**headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what a browser is told that sends these headers."""
    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    request = Request({"type": "http", "method": "GET", "headers": named})

    def read(first: int, last: int) -> Iterator[bytes]:
        yield from (CONTENT[at : min(at + 30, last)] for at in range(first, last, 30))

    response = ranges.answer(request, len(CONTENT), "a-tag", read, "video/mp4")
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        await asyncio.sleep(60)

    asyncio.run(response({"type": "http", "method": "GET", "headers": named}, receive, send))
    body = b"".join(message.get("body", b"") for message in said[1:])
    return response.status_code, dict(response.headers), body


def test_the_whole_with_its_tag():
    status, headers, body = answered()
    assert (status, body) == (200, CONTENT)
    assert headers["etag"] == '"a-tag"'
    assert (headers["content-length"], headers["accept-ranges"]) == ("100", "bytes")
    assert headers["cache-control"] == "private, no-store"
    assert headers["content-type"] == "video/mp4"


@pytest.mark.parametrize("held", ['"a-tag"', 'W/"a-tag"', '"other", "a-tag"', "*"])
def test_who_has_it_is_told_so(held):
    status, headers, body = answered(if_none_match=held)
    assert (status, headers["etag"], body) == (304, '"a-tag"', b"")


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-9", 0, 10), ("bytes=95-", 95, 100), ("bytes=-3", 97, 100), ("bytes=90-900", 90, 100),
     ("bytes=-900", 0, 100), ("bytes=0-0", 0, 1)],
)  # fmt: skip
def test_a_part_of_it(wanted, first, last):
    status, headers, body = answered(range=wanted)
    assert (status, body) == (206, CONTENT[first:last])
    assert headers["content-range"] == f"bytes {first}-{last - 1}/100"
    assert headers["content-length"] == str(last - first)


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=700-800", "bytes=-0"])
def test_what_lies_behind_its_end_is_refused(wanted):
    status, headers, body = answered(range=wanted)
    assert (status, headers["content-range"], body) == (416, "bytes */100", b"")


@pytest.mark.parametrize("wanted", ["bytes=-", "bytes=9-3", "bytes=0-1,5-6", "lines=0-9", f"bytes={'9' * 40}-", "0-9"])
def test_what_is_no_single_range_is_answered_with_everything(wanted):
    status, _headers, body = answered(range=wanted)
    assert (status, body) == (200, CONTENT)


def test_a_part_of_another_version_is_not_mixed_in():
    assert answered(range="bytes=0-9", if_range='"older"')[0] == 200
    assert answered(range="bytes=0-9", if_range='"a-tag"')[0] == 206
