"""What every answer says to the browser, how large a form may be, and which ranges count. One middleware, outside of
all routes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from starlette.datastructures import Headers as RequestHeaders
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_FORM = 256 * 1024
LONGEST_PATH = 2000
"""Letters; none of ours has a tenth of that, and the sign-in leads back to none that is longer with its query. A number
in an address with thousands of digits would be no number.
"""
LONGEST_NUMBER = 20
BYTES = re.compile(rb"\s*bytes\s*=[\d\s,-]*\d[\d\s,-]*", re.IGNORECASE)
RawHeaders = Iterable[tuple[bytes, bytes]]
COUNTED = re.compile(
    r"/uploads/[^/]+(?:/[^/]+)?|/receipt/[^/]+/file|/clips/[^/]+/captions/file|/campaigns/[^/]+/(?:pictures|music|quotes/table|credits/emblems|by-hand/file)"
)
OF_PROGRAMS = re.compile(r"/api/v1/campaigns/[^/]+/(?:clips|pictures|music|quotes|emblems)/file")
"""Addresses of files: their routes count the bytes as they come (relay/intake/hand_in/uploads.py, desk/film/received.py
in relay/web)."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
NOT_KEPT = {"Cache-Control": "private, no-store"}
"""For whatever shows or names a participant: what is taken back must not play on from a browser's copy."""
MEDIA, FROM_SCRIPT = "X-Media", "from script"
"""A page that says so to this module plays what its own script puts together (a film that is being made); the header
goes no further.
"""
SECURITY: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # not "no-referrer": that would turn the Origin of our own forms into "null"
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def add_security(headers: MutableHeaders, *, tls: bool, media_origin: str = "") -> None:
    """`media_origin`: from where posters and clips come beside the desk (RELAY_MEDIA_LINKS)."""
    besides = {kind: [media_origin] for kind in ("img-src", "media-src") if media_origin}
    if headers.get(MEDIA) == FROM_SCRIPT:
        besides.setdefault("media-src", []).append("blob:")
        del headers[MEDIA]
    for name, value in SECURITY.items():
        for kind, places in besides.items():
            value = value.replace(f"{kind} 'self'", " ".join((f"{kind} 'self'", *places)))  # noqa: PLW2901
        headers[name] = value
    headers.setdefault("Cache-Control", "no-store")
    if tls:
        headers["Strict-Transport-Security"] = "max-age=31536000"


class SecurityHeaders:
    """Adds SECURITY to every answer, refuses bodies that no form of ours has, and drops ranges in unknown units."""

    def __init__(self, app: ASGIApp, *, tls: bool = False, media_origin: str = "") -> None:
        self.app = app
        self.tls = tls
        self.media_origin = media_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_security(MutableHeaders(scope=message), tls=self.tls, media_origin=self.media_origin)
            await send(message)

        if (refusal := _too_large(scope)) is not None:
            await refusal(scope, receive, with_headers)
            return
        await self.app({**scope, "headers": with_known_range(scope["headers"])}, receive, with_headers)


def with_known_range(headers: RawHeaders) -> RawHeaders:
    """Without a Range in a unit that is not bytes, or that is no list of ranges at all: whoever does not know it sends
    the whole (RFC 9110, 14.2). Starlette refuses it.
    """
    return [(name, value) for name, value in headers if name != b"range" or BYTES.fullmatch(value)]


def _too_large(scope: Scope) -> PlainTextResponse | None:
    if len(scope["path"]) > LONGEST_PATH:
        return PlainTextResponse("Address too long", status_code=414)
    headers = RequestHeaders(scope=scope)
    if _is_counted(scope, headers):
        return None
    if scope["method"] in ("GET", "HEAD", "DELETE") and "transfer-encoding" not in headers:
        length = headers.get("content-length", "0")
    else:
        length = headers.get("content-length", "")
    if not length.isdecimal():
        return PlainTextResponse("Length required", status_code=411)
    return PlainTextResponse("Too large", status_code=413) if exceeds(length, LARGEST_FORM) else None


def exceeds(length: str, most: int) -> bool:
    """Whether a Content-Length, of digits only, is more. Python reads none of thousands of digits."""
    return len(length) > LONGEST_NUMBER or int(length) > most


def _is_counted(scope: Scope, headers: RequestHeaders) -> bool:
    if OF_PROGRAMS.fullmatch(scope["path"]) is not None:
        return True
    by_program = str(scope["path"]).startswith("/uploads/")
    is_file = headers.get("content-type", "").startswith("multipart/form-data")
    return COUNTED.fullmatch(scope["path"]) is not None and (by_program or is_file)
