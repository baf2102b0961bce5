from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Query, Request, Response

from relay.context import Relay
from relay.models import Role, need_id
from relay.moderation import audit
from relay.moderation.audit import Deed
from relay.moderation.people import accounts, api_tokens, links, roles, second_factor
from relay.moderation.people.accounts import AccountView
from relay.moderation.people.api_tokens import ApiTokenView
from relay.web.api import bodies
from relay.web.api.answers import USUAL, After, AfterNumber, Limit, answer, done, page, part
from relay.web.api.bearer import Here, Who, account_of
from relay.web.api.noted import router as routes
from relay.web.api.schemas import model_of, several

router = routes("People at the desk: their accounts, roles and passwords.")
Word = Annotated[str, Query(max_length=200), bodies.Plain]


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """Whose token asks. `roles`: those that hold in single campaigns, by short name."""

    login: str
    name: str
    role: Role | None
    roles: Mapping[str, Role]
    token: str
    may_write: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewAccountView:
    """`password` or `link` is shown this once."""

    id: int
    login: str
    name: str
    password: str
    link: str


@dataclass(frozen=True, slots=True)
class NewPassword:
    """`password` is shown this once."""

    login: str
    password: str


@dataclass(frozen=True, slots=True)
class LinkView:
    link: str


@router.get("/me", name="api_me", response_model=model_of(TokenOwner), summary="Whose token this is, and what it may.")
def me(request: Request, relay: Here) -> Response:
    account, token = account_of(request), request.state.program.token
    held = accounts.view(relay, need_id(account)).roles
    owner = TokenOwner(account.login, account.name, account.role, held, token.name, token.may_write, token.expires_at)
    return answer(request, owner)


@router.get(
    "/accounts",
    name="api_accounts",
    response_model=several(AccountView),
    summary="All accounts: who, with which roles, and when they signed in last.",
)
def listing(request: Request, relay: Here, limit: Limit = USUAL, after: AfterNumber = None) -> Response:
    return page(request, accounts.views(relay), lambda row: row.id, after=after, limit=limit)


@router.post(
    "/accounts",
    name="add_account",
    status_code=201,
    response_model=model_of(NewAccountView),
    summary="A new account, with a password that is shown once, or with a link to choose one by.",
)
def add(request: Request, relay: Here, who: Who, body: bodies.NewAccount) -> Response:
    usual, password, link = (None if body.campaign else body.role), "", ""
    words = {"language": body.language or relay.settings.language, "person": who}
    if body.invite:
        made = accounts.invite(relay, body.login, body.name, usual, **words)
    else:
        made, password = accounts.create(relay, body.login, body.name, usual, **words)
    if body.campaign:
        roles.set_role_in(relay, made.login, body.campaign, body.role, person=who)
    if body.invite:
        link = links.password_link(relay, made.login, relay.settings.desk_url)
    return answer(request, NewAccountView(need_id(made), made.login, made.name, password, link), status=201)


@router.get(
    "/accounts/tokens",
    name="api_tokens",
    response_model=several(ApiTokenView),
    summary="Tokens of people: what for, until when, when they were used last.",
)
def tokens(
    request: Request, relay: Here, login: Word = "", limit: Limit = USUAL, after: AfterNumber = None
) -> Response:
    """`login`: only of this account."""
    return page(request, api_tokens.listing(relay, login), lambda row: row.id, after=after, limit=limit)


@router.get("/accounts/{account}", name="api_account", response_model=model_of(AccountView), summary="One account.")
def show(request: Request, relay: Here, account: bodies.Id) -> Response:
    return answer(request, accounts.view(relay, account))


@router.put(
    "/accounts/{account}/role",
    name="api_set_role",
    response_model=model_of(AccountView),
    summary="Another role, everywhere or in one campaign. All sign-ins of the person end.",
)
def set_role(request: Request, relay: Here, who: Who, account: bodies.Id, body: bodies.NewRole) -> Response:
    login = accounts.view(relay, account).login
    if body.campaign:
        roles.set_role_in(relay, login, body.campaign, body.role, person=who)
    else:
        accounts.set_role(relay, login, body.role, person=who)
    return answer(request, accounts.view(relay, account))


@router.post(
    "/accounts/{account}/link",
    name="api_account_link",
    status_code=201,
    response_model=model_of(LinkView),
    summary="A link that signs in once, within 15 minutes.",
)
def link(request: Request, relay: Here, account: bodies.Id, body: bodies.LinkWish) -> Response:
    login = accounts.view(relay, account).login
    made = (links.password_link if body.choose_password else links.sign_in_link)(relay, login, relay.settings.desk_url)
    return answer(request, LinkView(made), status=201)


@router.post(
    "/accounts/{account}/password",
    name="api_account_password",
    response_model=model_of(NewPassword),
    summary="A new password, made up and shown once. All sign-ins of the person end.",
)
def password(request: Request, relay: Here, who: Who, account: bodies.Id) -> Response:
    login = accounts.view(relay, account).login
    return answer(request, NewPassword(login, accounts.set_password(relay, login, person=who)))


@router.delete(
    "/accounts/{account}/tokens/{token}",
    name="revoke_api_token",
    status_code=204,
    summary="End a token for good.",
)
def revoke_token(relay: Here, who: Who, account: bodies.Id, token: bodies.Id) -> Response:
    api_tokens.revoke(relay, accounts.view(relay, account).login, token, person=who)
    return done()


@router.post(
    "/accounts/{account}/close",
    name="close_account",
    response_model=model_of(AccountView),
    summary="Shut a person out. All their sign-ins end; what they decided stays.",
)
def close(request: Request, relay: Here, who: Who, account: bodies.Id) -> Response:
    accounts.close(relay, accounts.view(relay, account).login, person=who)
    return answer(request, accounts.view(relay, account))


@router.post(
    "/accounts/{account}/reopen",
    name="reopen_account",
    response_model=model_of(AccountView),
    summary="Let a person in again who was shut out.",
)
def reopen(request: Request, relay: Here, who: Who, account: bodies.Id) -> Response:
    accounts.reopen(relay, accounts.view(relay, account).login, person=who)
    return answer(request, accounts.view(relay, account))


@router.delete(
    "/accounts/{account}/second-factor",
    name="api_reset_second_factor",
    status_code=204,
    summary="For whoever has lost the telephone and the recovery codes.",
)
def reset(relay: Here, who: Who, account: bodies.Id) -> Response:
    second_factor.reset(relay, accounts.view(relay, account).login, who)
    return done()


@router.get(
    "/audit",
    name="api_audit",
    response_model=several(Deed),
    summary="What people did, newest first: who, when, what, to what, why.",
)
def deeds(
    request: Request,
    relay: Here,
    limit: Limit = USUAL,
    after: After = "",
    campaign: Word = "",
    person: Word = "",
    kind: Word = "",
    clip: AfterNumber = None,
    since: date | None = None,
    until: date | None = None,
) -> Response:
    wanted = audit.DeedFilter(campaign, person, kind, clip, since, until, after)
    return part(request, *_deeds(relay, wanted, limit))


def _deeds(relay: Relay, wanted: audit.DeedFilter, limit: int) -> tuple[list[Deed], str | None]:
    rows = audit.listing(relay, wanted, size=limit + 1)
    return rows[:limit], rows[limit - 1].place if len(rows) > limit else None
