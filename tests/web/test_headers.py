"""What every answer says to the browser, and which bodies are let in: the middleware without the desk behind it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.datastructures import MutableHeaders

from relay.web.headers import FROM_SCRIPT, MEDIA, SECURITY, SecurityHeaders, add_security

LARGEST = 262_144
FORM = {"content-type": "application/x-www-form-urlencoded"}
VIDEO = {"content-type": "multipart/form-data; boundary=x"}


class Behind:
    """The application behind the middleware: answers 200 and notes what it was asked."""

    def __init__(self, **headers: str) -> None:
        self.asked: list[Any] = []
        self.headers = headers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope)
        if scope["type"] == "http":
            named = [(name.encode(), text.encode()) for name, text in self.headers.items()]
            await send({"type": "http.response.start", "status": 200, "headers": named})
            await send({"type": "http.response.body", "body": b"the page"})


def answered(middleware: SecurityHeaders, scope: dict[str, Any]) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    asyncio.run(middleware(scope, receive, send))
    return said


def request(method: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    named = [(name.encode(), text.encode()) for name, text in headers.items()]
    return {"type": "http", "method": method, "path": path, "headers": named}


def statuses(path: str, *headers: dict[str, str], method: str = "POST") -> list[int]:
    """What becomes of such requests; each is either answered by the desk or never reaches it."""
    found = []
    for each in headers:
        behind = Behind()
        start, body = answered(SecurityHeaders(behind), request(method, path, each))
        status = start["status"]
        assert len(behind.asked) == (1 if status == 200 else 0)
        words = {200: b"the page", 411: b"Length required", 413: b"Too large", 414: b"Address too long"}
        assert body["body"] == words[status]
        told = MutableHeaders(raw=start["headers"])
        assert {name: told[name] for name in SECURITY} == dict(SECURITY)
        assert told["cache-control"] == "no-store"
        found.append(status)
    return found


def long(number: int, **more: str) -> dict[str, str]:
    return {"content-length": str(number), **more}


CHUNKED = {"transfer-encoding": "chunked"}


def test_a_body_that_no_form_of_ours_has_never_reaches_the_desk():
    assert statuses("/sign-in", FORM, FORM | CHUNKED, FORM | {"content-length": "-1"}) == [411, 411, 411]
    assert statuses("/sign-in", FORM | long(0), FORM | long(LARGEST), FORM | long(LARGEST + 1)) == [200, 200, 413]
    assert statuses("/sign-in", FORM | {"content-length": "9" * 400}) == [413]
    assert statuses("/sign-in", VIDEO | long(LARGEST), VIDEO | long(LARGEST + 1)) == [200, 413]


def test_an_address_that_no_page_of_ours_has_never_reaches_the_desk():
    assert statuses("/" + "a" * 1999, {}, method="GET") == [200]
    assert statuses("/" + "a" * 2000, {}, FORM | long(0), method="GET") == [414, 414]


def test_looking_brings_no_body_along():
    for method in ("GET", "HEAD"):
        assert statuses("/", {}, CHUNKED, long(LARGEST), long(LARGEST + 1), method=method) == [200, 411, 200, 413]


def test_files_are_counted_as_they_come_and_at_their_own_addresses_only():
    large = long(999_999_999)
    assert statuses("/uploads/ticket/name", large, CHUNKED, VIDEO | large, method="PATCH") == [200, 200, 200]
    assert statuses("/uploads/ticket", large, VIDEO | large) == [200, 200]
    assert statuses("/uploads/ticket/name/more", large, VIDEO | large) == [413, 413]
    assert statuses("/receipt/secret/file", large, FORM | large, VIDEO | large) == [413, 413, 200]
    assert statuses("/receipt/secret/withdraw", VIDEO | large) == [413]
    assert statuses("/elsewhere/receipt/secret/file", VIDEO | large) == [413]


@pytest.mark.parametrize("tls", [True, False])
def test_a_browser_is_bound_to_tls_only_where_there_is_tls(tls):
    start, _body = answered(SecurityHeaders(Behind(), tls=tls), request("GET", "/", {}))
    assert dict(start["headers"]).get(b"strict-transport-security") == (b"max-age=31536000" if tls else None)


def test_without_a_word_about_tls_there_is_none():
    start, _body = answered(SecurityHeaders(Behind()), request("GET", "/", {}))
    assert b"strict-transport-security" not in dict(start["headers"])


def test_a_page_that_says_how_long_it_may_be_kept_is_believed():
    behind = Behind(**{"cache-control": "private, max-age=3600", "x-frame-options": "ALLOWALL"})
    start, _body = answered(SecurityHeaders(behind), request("GET", "/", {}))
    assert dict(start["headers"])[b"cache-control"] == b"private, max-age=3600"
    assert dict(start["headers"])[b"x-frame-options"] == b"DENY", "nobody may loosen what holds for all pages"


def test_what_is_no_request_passes_as_it_is():
    behind = Behind()
    assert answered(SecurityHeaders(behind), {"type": "lifespan"}) == []
    assert behind.asked == [{"type": "lifespan"}]


def test_headers_can_be_added_to_an_answer_that_goes_around_the_middleware():
    headers = MutableHeaders()
    add_security(headers, tls=True)
    assert dict(headers) == {
        **{name.lower(): value for name, value in SECURITY.items()},
        "cache-control": "no-store",
        "strict-transport-security": "max-age=31536000",
    }


def test_only_a_page_that_says_so_plays_what_its_script_puts_together():
    plain, watched = MutableHeaders({}), MutableHeaders({MEDIA: FROM_SCRIPT})
    for headers in (plain, watched):
        add_security(headers, tls=False)
    own = "media-src 'self';"
    assert own in plain["Content-Security-Policy"]
    assert watched["Content-Security-Policy"] == plain["Content-Security-Policy"].replace(
        own, "media-src 'self' blob:;"
    )
    assert MEDIA not in watched
    other = MutableHeaders({MEDIA: "everything"})
    add_security(other, tls=False)
    assert own in other["Content-Security-Policy"]
