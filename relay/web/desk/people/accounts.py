"""The accounts of everybody, for organizers: who there is, invitations, roles, links, and who is shut out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from relay.collect import campaigns
from relay.errors import NotFound, NotSent, Refused, RelayError
from relay.language.catalogue import translator
from relay.models import Account, Role
from relay.moderation.people import accounts, links, roles, second_factor, sessions
from relay.moderation.people.accounts import AccountView
from relay.web.access import person_of, posted, relay_of, visitor_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.failures import status_of
from relay.web.page import language_of, render

router = APIRouter()

AccountId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Text = Annotated[str, Form(max_length=200)]

DONE = {
    "roles": "The roles are saved. Who has one of them has to sign in anew.",
    "out": "Shut out: every sign-in has ended.",
    "open": "The account is open again.",
    "ended": "The sign-ins are ended.",
    "factor": "The second factor is reset: it is set up anew after the next sign-in.",
    "demanded": "Everybody is asked for a second factor from now on.",
    "optional": "The second factor is up to each person now.",
}
"""What the page says after a form → in words."""


@router.get("/accounts", name="accounts")
def accounts_page(request: Request, done: str = "") -> Response:
    return _listing(request, said=DONE.get(done, ""))


@router.post("/accounts", name="invite")
def invite(
    request: Request,
    login: Text = "",
    name: Text = "",
    role: Text = "",
    mail: Text = "",
    language: Annotated[str, Form(max_length=16)] = "",
) -> Response:
    """A new account; its one-time link is on the page that answers, and nowhere ever after."""
    relay, language = relay_of(request), language or relay_of(request).settings.language
    try:
        made = accounts.invite(relay, login, name, roles.role_of(role), language=language, person=person_of(request))
    except Refused as error:
        typed = {"login": login, "name": name, "role": role, "mail": mail, "language": language}
        return _listing(request, notice=_told(request, error), status=status_of(error), typed=typed)
    return _with_link(request, made.id or 0, mail)


@router.post("/accounts/second-factor", name="demand_second_factor")
def demand_second_factor(request: Request, demanded: Annotated[bool, Form()] = False) -> Response:
    second_factor.demand(relay_of(request), demanded, person_of(request))
    return RedirectResponse(f"/accounts?done={'demanded' if demanded else 'optional'}", status_code=303)


@router.get("/accounts/{account_id:int}", name="account")
def account_page(request: Request, account_id: AccountId, done: str = "") -> Response:
    return _one(request, account_id, said=DONE.get(done, ""))


@router.post("/accounts/{account_id:int}/roles", name="set_roles")
def set_roles(
    request: Request, account_id: AccountId, form: Annotated[FormData, Depends(posted)], role: Text = ""
) -> Response:
    """The usual role, and one for each campaign (`role-SLUG`), empty where the usual one holds."""

    def change(login: str) -> None:
        relay, person, before = relay_of(request), person_of(request), accounts.view(relay_of(request), account_id)
        usual = roles.role_of(role)
        if usual is not before.role:
            accounts.set_role(relay, login, usual, person=person)
        for campaign in campaigns.all_campaigns(relay):
            wanted = form.get(f"role-{campaign.slug}")
            if isinstance(wanted, str) and usual is not Role.organizer:
                roles.set_role_in(relay, login, campaign.slug, roles.role_of(wanted), person=person)

    return _do(request, account_id, "roles", change)


@router.post("/accounts/{account_id:int}/link", name="new_link")
def new_link(request: Request, account_id: AccountId, mail: Text = "") -> Response:
    """For whoever has lost the password or the invitation."""
    return _with_link(request, account_id, mail)


@router.post("/accounts/{account_id:int}/shut-out", name="shut_out")
def shut_out(request: Request, account_id: AccountId) -> Response:
    person = person_of(request)
    return _do(request, account_id, "out", lambda login: accounts.close(relay_of(request), login, person=person))


@router.post("/accounts/{account_id:int}/reopen", name="reopen")
def reopen(request: Request, account_id: AccountId) -> Response:
    person = person_of(request)
    return _do(request, account_id, "open", lambda login: accounts.reopen(relay_of(request), login, person=person))


@router.post("/accounts/{account_id:int}/sign-ins", name="end_their_sign_ins")
def end_their_sign_ins(request: Request, account_id: AccountId) -> Response:
    relay, person, token = relay_of(request), person_of(request), visitor_of(request).token
    return _do(
        request,
        account_id,
        "ended",
        lambda login: sessions.end_others(relay, accounts.of_login(relay, login), token, person),
    )


@router.post("/accounts/{account_id:int}/second-factor", name="reset_second_factor")
def reset_second_factor(request: Request, account_id: AccountId) -> Response:
    person = person_of(request)
    return _do(request, account_id, "factor", lambda login: second_factor.reset(relay_of(request), login, person))


def _do(request: Request, account_id: int, done: str, change: Callable[[str], object]) -> Response:
    login = accounts.view(relay_of(request), account_id).login
    try:
        change(login)
    except NotFound:
        raise
    except Refused as error:
        return _one(request, account_id, notice=_told(request, error), status=status_of(error))
    return RedirectResponse(f"/accounts/{account_id}?done={done}", status_code=303)


def _with_link(request: Request, account_id: int, mail: str) -> Response:
    """The account's page with a new link that chooses a password, which is sent where an address is given."""
    relay = relay_of(request)
    view = accounts.view(relay, account_id)
    base = relay.settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    try:
        link = links.password_link(relay, view.login, base)
    except NotFound:
        raise
    except Refused as error:
        return _one(request, account_id, notice=_told(request, error), status=status_of(error))
    if not mail.strip() or not links.can_send(relay):
        return _one(request, account_id, link=link)
    try:
        links.send(relay, mail, link, name=view.name, language=view.language)
    except (Refused, NotSent) as error:
        return _one(request, account_id, link=link, notice=_told(request, error), mail=mail)
    return _one(request, account_id, link=link, sent_to=mail)


def _told(request: Request, error: RelayError) -> str:
    return translator(language_of(request)).tell(error.line)


def _listing(
    request: Request,
    *,
    said: str = "",
    notice: str | None = None,
    status: int = 200,
    typed: dict[str, str] | None = None,
) -> Response:
    relay = relay_of(request)
    with relay.reading() as session:
        demanded = second_factor.is_demanded(session)
    nothing = {"login": "", "name": "", "role": "moderator", "mail": "", "language": relay.settings.language}
    return render(
        request,
        "accounts.html",
        status=status,
        notice=notice,
        said=said,
        accounts=accounts.views(relay),
        titles=_titles(request),
        roles=list(Role),
        demanded=demanded,
        can_send=links.can_send(relay),
        typed=typed or nothing,
    )


def _one(
    request: Request,
    account_id: int,
    *,
    said: str = "",
    link: str = "",
    sent_to: str = "",
    mail: str = "",
    notice: str | None = None,
    status: int = 200,
) -> Response:
    relay = relay_of(request)
    view = accounts.view(relay, account_id)
    return render(
        request,
        "account.html",
        status=status,
        notice=notice,
        said=said,
        it=view,
        link=link,
        sent_to=sent_to,
        mail=mail or (view.login if "@" in view.login else ""),
        roles=list(Role),
        titles=_titles(request),
        sign_ins=sessions.sign_ins(relay, _account(request, view)),
        can_send=links.can_send(relay),
        is_me=visitor_of(request).account is not None and person_of(request) == view.name,
    )


def _account(request: Request, view: AccountView) -> Account:
    return accounts.of_login(relay_of(request), view.login)


def _titles(request: Request) -> dict[str, str]:
    return {each.slug: each.title for each in campaigns.all_campaigns(relay_of(request))}
