"""A person's own page: password, language, where they are signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from relay.errors import Overloaded, Refused, RelayError
from relay.language.catalogue import translator
from relay.models import Account
from relay.moderation.people import accounts, mail_choice, second_factor, sessions
from relay.web.access import SignInNeeded, person_of, relay_of, visitor_of
from relay.web.client import address_of
from relay.web.desk.sign_in import same
from relay.web.failures import headers_of, status_of
from relay.web.page import LANGUAGE_COOKIE, language_of, render
from relay.web.words import films

router = APIRouter()

Password = Annotated[str, Form(max_length=2000)]

DONE = {
    "password": "Your password is changed. You are signed out everywhere else.",  # nosec B105 - a sentence
    "name": "This is your name from now on.",
    "language": "The desk speaks this language to you from now on.",
    "letters": "Letters come as you have chosen.",
    "ended": "The sign-ins are ended.",
    "off": "The second factor is off.",
}
"""What the page says after a form → in words."""


def own_account(request: Request) -> Account:
    """Raises SignInNeeded."""
    account = visitor_of(request).account
    if account is None:
        raise SignInNeeded
    return account


@router.get("/me", name="me")
def me(request: Request, done: str = "") -> Response:
    return _page(request, said=DONE.get(done, ""))


@router.post("/me/password", name="change_password")
def change_password(request: Request, old: Password = "", new: Password = "", again: Password = "") -> Response:
    account, token = own_account(request), visitor_of(request).token
    try:
        same(new, again)
        accounts.change_password(relay_of(request), account, old, new, address=address_of(request), token=token)
    except (Refused, Overloaded) as error:
        return _refused(request, error)
    return RedirectResponse("/me?done=password", status_code=303)


@router.post("/me/name", name="change_name")
def change_name(request: Request, name: Annotated[str, Form(max_length=200)] = "") -> Response:
    """As it stands beside what this person does from now on."""
    try:
        accounts.rename(relay_of(request), own_account(request).login, name)
    except Refused as error:
        return _refused(request, error)
    return RedirectResponse("/me?done=name", status_code=303)


@router.post("/me/language", name="change_language")
def change_language(request: Request, language: Annotated[str, Form(max_length=16)] = "") -> Response:
    """Of the account; what this browser was told before doesn't stand in its way."""
    try:
        accounts.set_language(relay_of(request), own_account(request).login, language)
    except Refused as error:
        return _refused(request, error)
    response = RedirectResponse("/me?done=language", status_code=303)
    response.delete_cookie(LANGUAGE_COOKIE, path="/")
    return response


@router.post("/me/letters", name="choose_letters")
def choose_letters(
    request: Request,
    address: Annotated[str, Form(max_length=400)] = "",
    pace: Annotated[str, Form(max_length=16)] = "",
) -> Response:
    """Where letters about films go, and how often."""
    try:
        mail_choice.choose(relay_of(request), own_account(request), address, pace)
    except Refused as error:
        return _refused(request, error)
    return RedirectResponse("/me?done=letters#letters", status_code=303)


@router.post("/me/sign-ins", name="end_sign_ins")
def end_sign_ins(request: Request, key: Annotated[str, Form(max_length=64)] = "") -> Response:
    """One of one's own sign-ins, by its key; without a key all but this one."""
    relay, account, token = relay_of(request), own_account(request), visitor_of(request).token
    if key:
        sessions.end(relay, account, key, person_of(request))
    else:
        sessions.end_others(relay, account, token, person_of(request))
    return RedirectResponse("/me?done=ended#sign-ins", status_code=303)


def _refused(request: Request, error: RelayError) -> Response:
    page = _page(request, status=status_of(error), notice=translator(language_of(request)).tell(error.line))
    page.headers.update(headers_of(error))
    return page


def _page(request: Request, *, said: str = "", notice: str | None = None, status: int = 200) -> Response:
    relay, account = relay_of(request), own_account(request)
    with relay.reading() as session:
        has_factor = second_factor.is_on(session, account.id or 0)
        demanded = second_factor.is_demanded(session)
    return render(
        request,
        "me.html",
        status=status,
        notice=notice,
        said=said,
        sign_ins=sessions.sign_ins(relay, account, visitor_of(request).token),
        has_factor=has_factor,
        demanded=demanded,
        letters=mail_choice.of(relay, account),
        told=films,
        codes_left=second_factor.codes_left(relay, account),
    )
