"""What people have typed is not lost: not when their session has ended, and not unseen when it was kept.

A form with a field `draft` names what it is about (`clip-12`). Where it was taken, the next page says so (`saved` in
page.py, a cookie that lives until then), and the script of the page forgets its own copy. Where the person is not
signed in any more, the sign-in page carries the fields along, under our signature; after it they stand in the table
KeptForm, and in the fields again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request
from sqlalchemy import delete
from sqlmodel import col
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from relay.context import Relay
from relay.models import KeptForm
from relay.web.access import POLICY, SAFE, from_here, relay_of, split, visitor_of

COOKIE = "relay-saved"
ABOUT = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
MOST_FIELDS, LONGEST_FIELD, LARGEST = 400, 20_000, 24 * 1024
"""Of a form that is carried: fields, letters in one, and bytes of all. What is longer stays with the browser only."""
NOT_CARRIED = frozenset({"form_token", "password", "file", "key", "token"})
KEPT_FOR = timedelta(days=1)
OUTBOX = "x-relay-outbox"
"""Header of a form that our script sends: it is told where to go, because `fetch` can't see a redirect."""


@dataclass(frozen=True, slots=True)
class CarriedForm:
    """A form that came from somebody who was not signed in any more: where it was to be sent to, and its fields."""

    path: str
    fields: Mapping[str, str]


async def note_draft(request: Request) -> None:
    """A dependency of every route: what a posted form is about."""
    if request.method in SAFE or not _is_plain(request.headers.get("content-type", "")):
        return
    about = (await request.form()).get("draft", "")
    if isinstance(about, str) and ABOUT.fullmatch(about):
        request.scope.setdefault("state", {})["draft"] = about


class DraftsSaved:
    """A form that led on (303) was taken: the next page says so. Our script gets the address instead (204)."""

    def __init__(self, app: ASGIApp, *, tls: bool = False) -> None:
        self.app = app
        self.tls = tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE:
            await self.app(scope, receive, send)
            return
        by_script = OUTBOX in Headers(scope=scope)

        async def with_word(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 303:
                headers = MutableHeaders(scope=message)
                if about := scope.get("state", {}).get("draft"):
                    headers.append("set-cookie", self._cookie(about))
                if by_script:
                    headers["x-relay-to"] = headers["location"]
                    del headers["location"]
                    message["status"] = 204
                    headers["content-length"] = "0"
            await send(message)

        await self.app(scope, receive, with_word)

    def _cookie(self, about: str) -> str:
        return f"{COOKIE}={about}; Path=/; Max-Age=120; HttpOnly; SameSite=lax" + ("; Secure" if self.tls else "")


def saved(request: Request) -> str:
    """What was kept just now, or nothing."""
    about = request.cookies.get(COOKIE, "")
    return about if request.method in SAFE and ABOUT.fullmatch(about) else ""


async def carried(request: Request) -> str:
    """The fields of a form that can't be taken now, signed and packed, for a hidden field of the sign-in page.

    Empty for what another site has sent, for what asks for no right, and for what is too much.
    """
    name = str(getattr(request.scope.get("route"), "name", ""))
    if POLICY.get(name) is None or not from_here(request) or not _is_plain(request.headers.get("content-type", "")):
        return ""
    form = await request.form(max_fields=200)
    fields = {
        key: text[:LONGEST_FIELD]
        for key, text in form.items()
        if isinstance(text, str) and key not in NOT_CARRIED and len(key) <= 64
    }
    if len(fields) > MOST_FIELDS:
        return ""
    packed = _packed([request.url.path, fields, int(relay_of(request).now().timestamp())])
    return f"{packed}.{_signature(request, packed)}" if len(packed) <= LARGEST else ""


def back_to(request: Request) -> str:
    """The page that a form was sent from, as far as the browser says so: a path of this desk."""
    referer = split(request.headers.get("referer", ""))
    if referer.netloc != request.headers.get("host") or referer.path.startswith("/sign-in"):
        return _page_of(request.url.path)
    return referer.path + (f"?{referer.query}" if referer.query else "")


def opened(request: Request, sealed: str) -> CarriedForm | None:
    """What `carried` has packed; None for what is not ours, or older than a day."""
    packed, _, signature = sealed.rpartition(".")
    if not packed or len(packed) > LARGEST:
        return None
    if not hmac.compare_digest(signature.encode(), _signature(request, packed).encode()):
        return None
    path, fields, at = json.loads(zlib.decompress(base64.urlsafe_b64decode(packed)))
    age = relay_of(request).now().timestamp() - at
    return CarriedForm(path, fields) if 0 <= age <= KEPT_FOR.total_seconds() else None


def keep(relay: Relay, account_id: int, form: CarriedForm) -> str:
    """Keeps a form for whoever has just signed in; returns the address of the page with what was typed."""
    token = secrets.token_urlsafe(24)
    with relay.transaction() as session:
        session.exec(delete(KeptForm).where(col(KeptForm.at) < relay.now() - KEPT_FOR))
        fields, now = dict(form.fields), relay.now()
        session.add(KeptForm(token_hash=_hash(token), account_id=account_id, path=form.path, fields=fields, at=now))
    if re.fullmatch(r"/clips/\d+/(?:decide|edit|look)", form.path):
        return f"{_page_of(form.path)}?kept={token}"
    return f"/kept/{token}"


def kept(request: Request, token: str) -> CarriedForm | None:
    """What this very person had typed, by the token in the address."""
    account = visitor_of(request).account
    relay = relay_of(request)
    with relay.reading() as session:
        row = session.get(KeptForm, _hash(token)) if token else None
    if row is None or account is None or row.account_id != account.id or row.at < relay.now() - KEPT_FOR:
        return None
    return CarriedForm(row.path, row.fields)


def _page_of(path: str) -> str:
    """`/clips/5/decide` → `/clips/5`; what is no clip's leads to the first page."""
    found = re.match(r"/clips/\d+(?=/)", path)
    return found[0] if found else "/"


def _is_plain(content_type: str) -> bool:
    return content_type.startswith("application/x-www-form-urlencoded")


def _packed(document: object) -> str:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(zlib.compress(text, 9)).decode()


def _signature(request: Request, packed: str) -> str:
    return hmac.new(request.app.state.secret, b"carried:" + packed.encode(), hashlib.sha256).hexdigest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
