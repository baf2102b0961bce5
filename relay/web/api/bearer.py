"""Who asks: a token in the header, never a cookie; what its owner may do; how often it may ask."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from relay.context import Relay
from relay.language.catalogue import N_
from relay.models import Account
from relay.moderation.people import api_tokens
from relay.web.about import campaigns_of
from relay.web.access import SAFE, Forbidden, Visitor, relay_of
from relay.web.api.problems import Unauthorized
from relay.web.api.rights import PUBLIC, RIGHTS
from relay.web.client import address_of, coarse
from relay.web.rate_limit import TooManyTries

LONGEST_TOKEN = 200

declared = HTTPBearer(
    auto_error=False, scheme_name="token", description="A token of a person: your page at the desk makes one."
)
"""For OpenAPI only: `allowed` reads the header itself."""


def allowed(request: Request, _declared: Annotated[object, Security(declared)]) -> None:
    """Asked before every route. Raises Unauthorized, Forbidden or TooManyTries."""
    name = str(getattr(request.scope.get("route"), "name", ""))
    if name not in RIGHTS:
        raise Forbidden(N_("This page is closed."))
    right = RIGHTS[name]
    if right is PUBLIC:
        return
    program = _program(request)
    request.state.program = program
    about = campaigns_of(relay_of(request), request.path_params) if program.roles else ()
    visitor = Visitor(program.account, "", "", program.roles, about, program.lacks_second_factor)
    request.state.visitor = visitor
    if program.lacks_second_factor:
        raise Forbidden(N_("Set up your second factor first: it is demanded of everybody here."))
    if request.method not in SAFE and not program.token.may_write:
        raise Forbidden(N_("This token may only look."))
    if not visitor.may(right):
        raise Forbidden(N_("Your role does not allow this."))


def _program(request: Request) -> api_tokens.Program:
    relay, address, limits = relay_of(request), address_of(request), request.app.state
    now = relay.now()
    if limits.rate_limit.is_reached(f"api {address}", now):
        raise _too_many()
    token = _token(request)
    program = api_tokens.present(relay, token, address=coarse(address)) if token else None
    if program is None:
        if token:
            limits.rate_limit.count(f"api {address}", now)
        raise Unauthorized
    for who in (f"token {program.token.id}", f"address {address}"):
        if limits.api_calls.is_reached(who, now):
            raise _too_many()
        limits.api_calls.count(who, now)
    return program


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" and len(token) <= LONGEST_TOKEN else ""


def _too_many() -> TooManyTries:
    return TooManyTries("Too many requests came from here.", hint="Try again in a minute.")


def visitor_of(request: Request) -> Visitor:
    visitor = request.state.visitor
    assert isinstance(visitor, Visitor)
    return visitor


def account_of(request: Request) -> Account:
    account = visitor_of(request).account
    if account is None:
        raise Unauthorized
    return account


def person_of(request: Request) -> str:
    """The name under which what is done is kept."""
    return account_of(request).name


Here = Annotated[Relay, Depends(relay_of)]
Who = Annotated[str, Depends(person_of)]
