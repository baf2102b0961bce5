"""Signing in, by password (and a code, where there is a second factor) or by a one-time link, and out again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from relay.context import Relay
from relay.errors import Overloaded, Refused, RelayError
from relay.language.catalogue import translator
from relay.models import need_id
from relay.moderation import claims
from relay.moderation.people import directory, links, sessions
from relay.web import drafts
from relay.web.access import cookie_name, person_of, relay_of, visitor_of
from relay.web.client import address_of, seat_of
from relay.web.failures import headers_of, status_of
from relay.web.headers import LONGEST_PATH
from relay.web.page import LANGUAGE_COOKIE, language_of, render
from relay.web.rate_limit import braked

router = APIRouter()


@router.get("/sign-in", name="sign_in_form")
def sign_in_form(request: Request, next: str = "/") -> Response:
    if visitor_of(request).account is not None:
        return RedirectResponse(own_page(next), status_code=303)
    return _form(request, next=own_page(next))


@router.post("/sign-in", name="sign_in")
def sign_in(
    request: Request,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=2000)] = "",
    next: Annotated[str, Form(max_length=LONGEST_PATH)] = "/",
    carried: Annotated[str, Form(max_length=2 * drafts.LARGEST)] = "",
) -> Response:
    """`carried`: a form that was sent when the session had ended (relay/web/drafts.py)."""
    try:
        token = sessions.sign_in(relay_of(request), login, password, address=address_of(request), seat=seat_of(request))
    except sessions.CodeNeeded as asked:
        return _code_page(request, asked.proof, next, carried)
    except (Refused, Overloaded) as error:
        return _refused_form(request, error, next=own_page(next), login=login, carried=carried)
    return _onward(request, token, next, carried)


@router.post("/sign-in/code", name="sign_in_code")
def sign_in_code(
    request: Request,
    proof: Annotated[str, Form(max_length=2000)] = "",
    code: Annotated[str, Form(max_length=100)] = "",
    next: Annotated[str, Form(max_length=LONGEST_PATH)] = "/",
    carried: Annotated[str, Form(max_length=2 * drafts.LARGEST)] = "",
) -> Response:
    """The second step, where there is a second factor."""
    relay = relay_of(request)
    try:
        sessions.proven(relay, proof)
    except Refused as error:
        return _refused_form(request, error, next=own_page(next), carried=carried)
    try:
        token = sessions.sign_in_by_code(relay, proof, code, seat=seat_of(request))
    except Refused as error:
        return _again(request, "sign_in_code.html", error, next=own_page(next), proof=proof, carried=carried)
    return _onward(request, token, next, carried)


@router.get("/sign-in/directory", name="directory_sign_in")
def directory_sign_in(request: Request, next: str = "/") -> Response:
    """Sends the browser to the museum's directory. Nothing is kept here but a cookie that lasts ten minutes."""
    relay = relay_of(request)
    try:
        address, kept = directory.begin(relay, _way_back(request), own_page(next))
    except RelayError as error:
        return _refused_form(request, error, next=own_page(next))
    response = RedirectResponse(address, status_code=303)
    secure = relay.settings.secure_cookies
    response.set_cookie(_set_out(relay), kept, max_age=600, httponly=True, samesite="lax", secure=secure, path="/")
    return response


@router.get("/sign-in/directory/back", name="directory_back")
def directory_back(request: Request, state: str = "", code: str = "") -> Response:
    """The way back, as the directory sends the browser. Whoever did not set out from here gets nowhere."""
    relay = relay_of(request)
    kept, came = request.cookies.get(_set_out(relay), ""), seat_of(request)
    try:
        token, target = directory.sign_in(relay, kept, state, code, _way_back(request), seat=came)
    except sessions.CodeNeeded as asked:
        return _code_page(request, asked.proof, "/")
    except RelayError as error:
        return _refused_form(request, error)
    response = let_in(request, token, own_page(target))
    response.delete_cookie(_set_out(relay), path="/", secure=relay.settings.secure_cookies, httponly=True)
    return response


@router.get("/sign-in/{link}", name="link_form")
def link_form(request: Request, link: str) -> Response:
    """A page with one button: whoever only looks at a link (a messenger's preview) must not use it up."""
    return render(request, "link.html", it=_read(request, link), link=link)


@router.post("/sign-in/{link}", name="link_sign_in")
def link_sign_in(
    request: Request,
    link: str,
    password: Annotated[str, Form(max_length=2000)] = "",
    again: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """`password`, typed twice, where the link lets choose one."""
    relay = relay_of(request)
    it = _read(request, link)
    try:
        if it.kind is links.LinkKind.password:
            same(password, again)
        token = links.sign_in_by_link(relay, link, password=password, seat=seat_of(request))
    except sessions.CodeNeeded as asked:
        return _code_page(request, asked.proof, "/")
    except (Refused, Overloaded) as error:
        if it.kind is links.LinkKind.sign_in:
            raise
        return _again(request, "link.html", error, it=it, link=link)
    return let_in(request, token, "/")


def _read(request: Request, link: str) -> links.Link:
    """Raises Refused for a link that is no good, and TooManyTries."""
    with braked(request, wrong=Refused):
        return links.read_link(relay_of(request), link)


@router.post("/sign-out", name="sign_out")
def sign_out(request: Request) -> Response:
    relay = relay_of(request)
    sessions.sign_out(relay, visitor_of(request).token)
    claims.sign_off(relay, person_of(request))
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(cookie_name(relay), path="/", secure=relay.settings.secure_cookies, httponly=True)
    response.delete_cookie(LANGUAGE_COOKIE, path="/", secure=relay.settings.secure_cookies, httponly=True)
    return response


def let_in(request: Request, token: str, target: str) -> Response:
    """A new session each time; the one that the browser had before ends here."""
    relay = relay_of(request)
    if before := visitor_of(request).token:
        sessions.sign_out(relay, before)
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


def same(password: str, again: str) -> None:
    """Raises Refused where a new password was typed in two ways."""
    if password != again:
        raise Refused("The two passwords differ.")


def _onward(request: Request, token: str, next: str, carried: str) -> Response:
    """To the page that was wanted, or back to the form that was carried along."""
    relay = relay_of(request)
    account, form = sessions.whoami(relay, token), drafts.opened(request, carried)
    target = own_page(next) if form is None or account is None else drafts.keep(relay, need_id(account), form)
    return let_in(request, token, target)


def _code_page(request: Request, proof: str, next: str, carried: str = "") -> Response:
    return render(request, "sign_in_code.html", proof=proof, next=own_page(next), carried=carried)


def _form(request: Request, **values: Any) -> HTMLResponse:
    """The page of the door: with a button for the directory where there is one."""
    settings = relay_of(request).settings
    button = settings.oidc_name or settings.oidc_issuer if directory.is_set_up(settings) else ""
    return render(request, "sign_in.html", **{"next": "/", "login": "", "carried": "", **values}, directory=button)


def _refused_form(request: Request, error: RelayError, **values: Any) -> Response:
    line = translator(language_of(request)).tell(error.line)
    page = _form(request, status=status_of(error), notice=line, **values)
    page.headers.update(headers_of(error))
    return page


def _set_out(relay: Relay) -> str:
    return cookie_name(relay, "relay-directory")


def _way_back(request: Request) -> str:
    """The address that the directory knows as ours."""
    base = relay_of(request).settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    return f"{base}/sign-in/directory/back"


def _again(request: Request, template: str, error: RelayError, **values: Any) -> Response:
    """The form once more, with what was wrong."""
    line = translator(language_of(request)).tell(error.line)
    page = render(request, template, status=status_of(error), notice=line, **values)
    page.headers.update(headers_of(error))
    return page


def own_page(target: str) -> str:
    """A path of this desk; `//elsewhere`, `https://elsewhere` and what no form would take lead home."""
    plain = target.isprintable() and "\\" not in target and " " not in target and len(target) <= LONGEST_PATH
    return target if plain and target.startswith("/") and not target.startswith("//") else "/"
