"""Signing in, by password or by a one-time link, and out again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from relay.errors import Refused
from relay.language.catalogue import translator
from relay.models import need_id
from relay.moderation import accounts, claims
from relay.web import drafts
from relay.web.access import cookie_name, person_of, relay_of, visitor_of
from relay.web.page import LANGUAGE_COOKIE, language_of, render

router = APIRouter()


@router.get("/sign-in", name="sign_in_form")
def sign_in_form(request: Request, next: str = "/") -> Response:
    if visitor_of(request).account is not None:
        return RedirectResponse(own_page(next), status_code=303)
    return render(request, "sign_in.html", next=own_page(next), login="", carried="")


@router.post("/sign-in", name="sign_in")
def sign_in(
    request: Request,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=2000)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
    carried: Annotated[str, Form(max_length=2 * drafts.LARGEST)] = "",
) -> Response:
    """`carried`: a form that was sent when the session had ended (relay/web/drafts.py)."""
    relay = relay_of(request)
    try:
        token = accounts.sign_in(relay, login, password, address=request.client.host if request.client else "")
    except Refused as error:
        line = translator(language_of(request)).tell(error.line)
        words = {"next": own_page(next), "login": login, "carried": carried, "notice": line}
        return render(request, "sign_in.html", status=400, **words)
    account, form = accounts.whoami(relay, token), drafts.opened(request, carried)
    back = own_page(next) if form is None or account is None else drafts.keep(relay, need_id(account), form)
    return _let_in(request, token, back)


@router.get("/sign-in/{link}", name="link_form")
def link_form(request: Request, link: str) -> Response:
    """A page with one button: whoever only looks at a link (a messenger's preview) must not use it up."""
    return render(request, "link.html", login=accounts.read_link(relay_of(request), link), link=link)


@router.post("/sign-in/{link}", name="link_sign_in")
def link_sign_in(request: Request, link: str) -> Response:
    return _let_in(request, accounts.sign_in_by_link(relay_of(request), link), "/")


@router.post("/sign-out", name="sign_out")
def sign_out(request: Request) -> Response:
    relay = relay_of(request)
    accounts.sign_out(relay, visitor_of(request).token)
    claims.sign_off(relay, person_of(request))
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(cookie_name(relay), path="/", secure=relay.settings.secure_cookies, httponly=True)
    response.delete_cookie(LANGUAGE_COOKIE, path="/", secure=relay.settings.secure_cookies, httponly=True)
    return response


def _let_in(request: Request, token: str, target: str) -> Response:
    """A new session each time; the one that the browser had before ends here."""
    relay = relay_of(request)
    if before := visitor_of(request).token:
        accounts.sign_out(relay, before)
    response = RedirectResponse(target, status_code=303)
    response.set_cookie(
        cookie_name(relay),
        token,
        max_age=int(relay.settings.session_hours * 3600),
        path="/",
        httponly=True,
        samesite="lax",
        secure=relay.settings.secure_cookies,
    )
    return response


def own_page(target: str) -> str:
    """A path of this desk; `//elsewhere` and `https://elsewhere` lead home."""
    plain = target.isprintable() and "\\" not in target and " " not in target
    return target if plain and target.startswith("/") and not target.startswith("//") else "/"
