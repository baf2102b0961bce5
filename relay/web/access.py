"""Who asks, what they may do, and whether a form is one of ours. Everything is refused that is not named here."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from relay.context import Relay
from relay.models import Account, Role
from relay.moderation.people import sessions
from relay.moderation.rules import Right, may, role_in
from relay.web.about import Campaigns, campaigns_of

SAFE = frozenset({"GET", "HEAD"})

PUBLIC: None = None
POLICY: Mapping[str, Right | None] = {
    "healthz": PUBLIC,
    "metrics": PUBLIC,
    "static": PUBLIC,
    "api": PUBLIC,  # every request brings a token of its own: relay/web/api/bearer.py
    "api_page": PUBLIC,
    "sign_in_form": PUBLIC,
    "sign_in": PUBLIC,
    "sign_in_code": PUBLIC,
    "directory_sign_in": PUBLIC,
    "directory_back": PUBLIC,
    "link_form": PUBLIC,
    "link_sign_in": PUBLIC,
    "take_part_form": PUBLIC,
    "take_part": PUBLIC,
    "receipt": PUBLIC,
    "receipt_file": PUBLIC,
    "take_back_form": PUBLIC,
    "receipt_certificate": PUBLIC,
    "take_back": PUBLIC,
    "answer_page": PUBLIC,
    "answer": PUBLIC,
    "answer_video": PUBLIC,
    "agree_page": PUBLIC,
    "agree": PUBLIC,
    "agree_take_back": PUBLIC,
    "uploads": PUBLIC,
    "upload": PUBLIC,
    "questions": Right.view,
    "returned": Right.view,
    "consents": Right.view,
    "note_terms": Right.edit,
    "ask_author": Right.decide,
    "end_author_link": Right.decide,
    "take_upon": Right.decide,
    "take_override_back": Right.decide,
    "film_reaches": Right.almanac,
    "ask": Right.decide,
    "answer_question": Right.decide,
    "close_question": Right.decide,
    "send_back": Right.decide,
    "call_off": Right.decide,
    "second_look": Right.decide,
    "audit": Right.audit,
    "audit_table": Right.audit,
    "pace": Right.audit,
    "whole_record": Right.audit,
    "record_head": Right.audit,
    "new_campaign": Right.lead,
    "begin_campaign": Right.lead,
    "new_campaign_step": Right.lead,
    "answer_step": Right.lead,
    "try_campaign": Right.lead,
    "make_campaign": Right.lead,
    "drop_campaign": Right.lead,
    "campaign_settings": Right.lead,
    "change_settings": Right.lead,
    "change_tags": Right.lead,
    "move_window": Right.lead,
    "switch_campaign": Right.lead,
    "switch_hand_in": Right.lead,
    "switch_comments": Right.lead,
    "campaign_sources": Right.lead,
    "add_sources": Right.lead,
    "check_sources": Right.lead,
    "set_districts": Right.lead,
    "switch_source": Right.lead,
    "campaign_poster": Right.lead,
    "source_plan": Right.lead,
    "read_sources": Right.lead,
    "look_again": Right.lead,
    "test_alerts": Right.lead,
    "tokens": Right.people,
    "add_token": Right.people,
    "drop_token": Right.people,
    "speak": Right.enter,
    "sign_out": Right.enter,
    "home": Right.enter,
    "me": Right.enter,
    "change_password": Right.enter,
    "change_name": Right.enter,
    "change_language": Right.enter,
    "choose_letters": Right.enter,
    "end_sign_ins": Right.enter,
    "second_factor": Right.enter,
    "begin_second_factor": Right.enter,
    "confirm_second_factor": Right.enter,
    "new_recovery_codes": Right.enter,
    "end_second_factor": Right.enter,
    "own_tokens": Right.enter,
    "make_token": Right.enter,
    "revoke_token": Right.enter,
    "accounts": Right.people,
    "invite": Right.people,
    "demand_second_factor": Right.people,
    "account": Right.people,
    "set_roles": Right.people,
    "new_link": Right.people,
    "shut_out": Right.people,
    "reopen": Right.people,
    "end_their_sign_ins": Right.people,
    "reset_second_factor": Right.people,
    "queue": Right.view,
    "clips": Right.view,
    "posts": Right.view,
    "clip": Right.view,
    "near": Right.view,
    "without_video": Right.view,
    "coverage": Right.view,
    "board": Right.view,
    "board_report": Right.view,
    "board_texts": Right.view,
    "board_table": Right.audit,
    "health": Right.view,
    "media": Right.view,
    "live": Right.view,
    "mine": Right.decide,
    "claim": Right.decide,
    "release": Right.decide,
    "take_over": Right.decide,
    "almanacs": Right.enter,
    "almanac": Right.view,
    "film": Right.view,
    "film_poster": Right.view,
    "version_captions": Right.view,
    "plan": Right.view,
    "plan_panel": Right.view,
    "plan_live": Right.view,
    "played_plan": Right.view,
    "played_card": Right.view,
    "played_music": Right.view,
    "making": Right.view,
    "watch": Right.view,
    "watch_state": Right.view,
    "watch_playlist": Right.view,
    "watch_head": Right.view,
    "watch_part": Right.view,
    "preview_film": Right.view,
    "preview_poster": Right.view,
    "compare": Right.view,
    "remark_still": Right.view,
    "protocol": Right.view,
    "new_film_form": Right.almanac,
    "new_film": Right.almanac,
    "template_still": Right.view,
    "quotes": Right.view,
    "add_quote": Right.almanac,
    "import_quotes": Right.almanac,
    "change_quote": Right.almanac,
    "pictures": Right.view,
    "add_picture": Right.almanac,
    "change_picture": Right.almanac,
    "picture_still": Right.view,
    "music": Right.view,
    "add_music": Right.almanac,
    "change_music": Right.almanac,
    "music_sound": Right.view,
    "credits": Right.view,
    "set_credits": Right.almanac,
    "credits_still": Right.view,
    "add_emblem": Right.almanac,
    "remove_emblem": Right.almanac,
    "emblem_still": Right.view,
    "film_credits": Right.view,
    "set_film_credits": Right.almanac,
    "cards": Right.view,
    "change_cards": Right.almanac,
    "card_still": Right.view,
    "card_draft": Right.view,
    "clip_captions": Right.view,
    "clip_track": Right.view,
    "clip_sound": Right.view,
    "download_captions": Right.view,
    "save_captions": Right.almanac,
    "change_captions": Right.almanac,
    "captions_file": Right.almanac,
    "film_captions": Right.view,
    "look": Right.view,
    "set_look": Right.almanac,
    "undo_look": Right.almanac,
    "look_still": Right.view,
    "change_plan": Right.almanac,
    "set_rules": Right.almanac,
    "make_film": Right.almanac,
    "remark": Right.almanac,
    "choose_poster": Right.almanac,
    "settle_remark": Right.almanac,
    "reply_remark": Right.almanac,
    "ask_sign_off": Right.almanac,
    "revoke_sign_off": Right.almanac,
    "mail_sign_off": Right.almanac,
    "exports": Right.almanac,
    "sign_film": Right.almanac,
    "signed_film": Right.view,
    "attach_protocol": Right.almanac,
    "protocol_film": Right.view,
    "make_export": Right.almanac,
    "stop_export": Right.almanac,
    "exporting": Right.almanac,
    "export_file": Right.almanac,
    "remove_export": Right.almanac,
    "sign_off": PUBLIC,
    "sign_off_film": PUBLIC,
    "sign_off_poster": PUBLIC,
    "sign_off_captions": PUBLIC,
    "sign_off_remark": PUBLIC,
    "sign_off_still": PUBLIC,
    "sign_off_verdict": PUBLIC,
    "beside_any": Right.view,
    "beside": Right.view,
    "say_beside": Right.decide,
    "put_in_front": Right.decide,
    "mark_common": Right.decide,
    "decide": Right.decide,
    "undo": Right.decide,
    "undo_review": Right.edit,
    "take_speech_cut": Right.edit,
    "kept": Right.enter,
    "keep": Right.decide,
    "confirm": Right.decide,
    "accept": Right.decide,
    "turn_down": Right.decide,
    "alias": Right.decide,
    "hand_in_video": Right.decide,
    "by_hand": Right.view,
    "add_link": Right.decide,
    "add_file": Right.decide,
    "put_aside": Right.decide,
    "take_up": Right.decide,
    "edit": Right.edit,
    "take_suggestions": Right.edit,
    "answer_reading": Right.edit,
    "decide_many": Right.decide,
    "edit_many": Right.edit,
    "tag_many": Right.decide,
    "tag_clip": Right.decide,
    "undo_many": Right.decide,
    "keep_view": Right.view,
    "drop_view": Right.view,
    "withdraw": Right.withdraw,
    "certificate": Right.view,
}
"""Route name → the right that it asks for. A route without an entry is closed to everybody.

The right is asked in the campaign that the route is about (relay/web/about.py), and in none where it is about none.
"""

SETTING_UP = frozenset({"sign_out", "second_factor", "begin_second_factor", "confirm_second_factor"})
"""What is open to whoever has to set up a second factor first."""

WITH_FILE = frozenset(
    {"receipt_file", "add_picture", "add_music", "import_quotes", "add_emblem", "captions_file", "add_file"}
)
"""Routes that read a form with a file as it comes, and check its token before the first byte of the file."""

BY_SECRET = frozenset({"uploads", "upload"})
"""Routes whose address holds a secret that no other page knows; programs use them too, so they ask for no token."""


class SignInNeeded(Exception):
    pass


class SecondFactorNeeded(Exception):
    pass


class Forbidden(Exception):
    """`str(error)` is the sentence that the person reads."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """`binding` is what this visitor's forms are bound to: the session, or a cookie for someone not signed in.

    `roles`: those that hold in single campaigns, by the campaign's number. `about`: what the request is about.
    """

    account: Account | None
    token: str
    binding: str
    roles: Mapping[int, Role] = field(default_factory=dict)
    about: tuple[Campaigns, ...] = ()
    lacks_second_factor: bool = False

    def may(self, right: str) -> bool:
        """In the campaign that the request is about."""
        return all(any(self.may_in(campaign, right) for campaign in each or (None,)) for each in self.about or ((),))

    def may_in(self, campaign: int | None, right: str) -> bool:
        """In a campaign, by its number; None: by the usual role."""
        if self.account is None:
            return False
        return may(role_in(self.account.role, self.roles, campaign), Right(right))


def relay_of(request: Request) -> Relay:
    relay = request.app.state.relay
    assert isinstance(relay, Relay)
    return relay


def cookie_name(relay: Relay, name: str = "relay") -> str:
    """With `__Host-` a browser takes the cookie from this very host over TLS only, whatever a neighbour sets."""
    return f"__Host-{name}" if relay.settings.secure_cookies else name


def visitor_of(request: Request) -> Visitor:
    """Who asks, looked up once per request and never remembered longer."""
    known = getattr(request.state, "visitor", None)
    if isinstance(known, Visitor):
        return known
    return look_up(request)


def look_up(request: Request, *, noted: bool = True) -> Visitor:
    """The visitor afresh. `noted`: the session counts as being used just now."""
    relay = relay_of(request)
    token = request.cookies.get(cookie_name(relay), "")
    found = sessions.present(relay, token, noted=noted)
    if found is not None:
        about = campaigns_of(relay, request.path_params) if found.roles else ()
        visitor = Visitor(found.account, token, token, found.roles, about, found.lacks_second_factor)
    else:
        visitor = Visitor(None, "", request.cookies.get(cookie_name(relay, "relay-form"), "") or new_binding())
    request.state.visitor = visitor
    return visitor


def person_of(request: Request) -> str:
    """The name under which what is done is kept; empty without an account."""
    account = visitor_of(request).account
    return account.name if account is not None else ""


def new_binding() -> str:
    return secrets.token_urlsafe(24)


def form_token(request: Request) -> str:
    """What a form of this visitor has to bring back: nobody without the server's key can make it."""
    key = request.app.state.secret
    return hmac.new(key, b"form:" + visitor_of(request).binding.encode(), hashlib.sha256).hexdigest()


def allowed(request: Request) -> None:
    """The policy, asked before every route. Raises SignInNeeded, SecondFactorNeeded or Forbidden."""
    name = _route(request)
    if name not in POLICY:
        raise Forbidden("This page is closed.")
    right = POLICY[name]
    if right is PUBLIC:
        return
    visitor = visitor_of(request)
    if visitor.account is None:
        raise SignInNeeded
    if visitor.lacks_second_factor and name not in SETTING_UP:
        raise SecondFactorNeeded
    if not visitor.may(right):
        raise Forbidden("Your role does not allow this.")


async def posted(request: Request) -> FormData:
    if request.method in SAFE or _reads_itself(request):
        return FormData()
    form = await request.form()
    await form.close()  # a file in it has no reader: those that are wanted come another way
    return form


async def own_form(request: Request, form: Annotated[FormData, Depends(posted)]) -> None:
    """Refuses whatever another page in the person's browser sends: by where it comes from, and by its token."""
    if request.method not in SAFE:  # a page costs no way to another thread for it
        await run_in_threadpool(_check_form, request, form)


def _check_form(request: Request, form: FormData) -> None:
    if not from_here(request):
        raise Forbidden("This form was sent from another site.")
    if not _reads_itself(request):
        check_token(request, str(form.get("form_token", "")))


def check_token(request: Request, token: str) -> None:
    """Raises Forbidden for what is not the token of this visitor's forms."""
    if not hmac.compare_digest(token.encode(), form_token(request).encode()):
        raise Forbidden("This page was open for too long. Load it again.")


def _reads_itself(request: Request) -> bool:
    """Whether the route reads the body as it comes, and asks for its secret or token: a video is no form to parse."""
    name = _route(request)
    is_file = request.headers.get("content-type", "").startswith("multipart/form-data")
    return name in BY_SECRET or (name in WITH_FILE and is_file)


def _route(request: Request) -> str:
    return str(getattr(request.scope.get("route"), "name", ""))


def from_here(request: Request) -> bool:
    """Whether a request comes from a page of ours, as far as the browser says so."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or split(origin).netloc == request.headers.get("host")


def split(address: str) -> SplitResult:
    """What a header says is an address, in its parts; empty ones for what is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")
