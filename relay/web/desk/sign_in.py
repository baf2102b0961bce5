"""Signing in, by password (and a code, where there is a second factor) or by a one-time link, and out again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from relay.errors import Overloaded, Refused, RelayError
from relay.language.catalogue import translator
from relay.moderation.people import links, sessions
from relay.web.access import cookie_name, relay_of, visitor_of
from relay.web.client import address_of, seat_of
from relay.web.failures import headers_of, status_of
from relay.web.page import language_of, render

router = APIRouter()


@router.get("/sign-in", name="sign_in_form")
def sign_in_form(request: Request, next: str = "/") -> Response:
    if visitor_of(request).account is not None:
        return RedirectResponse(_own_page(next), status_code=303)
    return render(request, "sign_in.html", next=_own_page(next), login="")


@router.post("/sign-in", name="sign_in")
def sign_in(
    request: Request,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=2000)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    try:
        token = sessions.sign_in(relay_of(request), login, password, address=address_of(request), seat=seat_of(request))
    except sessions.CodeNeeded as asked:
        return _code_page(request, asked.proof, next)
    except (Refused, Overloaded) as error:
        return _again(request, "sign_in.html", error, next=_own_page(next), login=login)
    return let_in(request, token, _own_page(next))


@router.post("/sign-in/code", name="sign_in_code")
def sign_in_code(
    request: Request,
    proof: Annotated[str, Form(max_length=2000)] = "",
    code: Annotated[str, Form(max_length=100)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """The second step, where there is a second factor."""
    relay = relay_of(request)
    try:
        sessions.proven(relay, proof)
    except Refused as error:
        return _again(request, "sign_in.html", error, next=_own_page(next), login="")
    try:
        token = sessions.sign_in_by_code(relay, proof, code, seat=seat_of(request))
    except Refused as error:
        return _again(request, "sign_in_code.html", error, next=_own_page(next), proof=proof)
    return let_in(request, token, _own_page(next))


@router.get("/sign-in/{link}", name="link_form")
def link_form(request: Request, link: str) -> Response:
    """A page with one button: whoever only looks at a link (a messenger's preview) must not use it up."""
    return render(request, "link.html", it=links.read_link(relay_of(request), link), link=link)


@router.post("/sign-in/{link}", name="link_sign_in")
def link_sign_in(
    request: Request,
    link: str,
    password: Annotated[str, Form(max_length=2000)] = "",
    again: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """`password`, typed twice, where the link lets choose one."""
    relay = relay_of(request)
    it = links.read_link(relay, link)
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


@router.post("/sign-out", name="sign_out")
def sign_out(request: Request) -> Response:
    relay = relay_of(request)
    sessions.sign_out(relay, visitor_of(request).token)
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(cookie_name(relay), path="/", secure=relay.settings.secure_cookies, httponly=True)
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


def _code_page(request: Request, proof: str, next: str) -> Response:
    return render(request, "sign_in_code.html", proof=proof, next=_own_page(next))


def _again(request: Request, template: str, error: RelayError, **values: Any) -> Response:
    """The form once more, with what was wrong."""
    line = translator(language_of(request)).tell(error.line)
    page = render(request, template, status=status_of(error), notice=line, **values)
    page.headers.update(headers_of(error))
    return page


def _own_page(target: str) -> str:
    """A path of this desk; `//elsewhere` and `https://elsewhere` lead home."""
    plain = target.isprintable() and "\\" not in target and " " not in target
    return target if plain and target.startswith("/") and not target.startswith("//") else "/"
