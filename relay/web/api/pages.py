"""What the API can do, as a page for people; and a person's tokens, on their own page."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.errors import Refused
from relay.language.catalogue import translator
from relay.moderation.people import api_tokens
from relay.moderation.people.api_tokens import MOST_DAYS, USUAL_DAYS
from relay.web.access import person_of, relay_of
from relay.web.api import openapi
from relay.web.api.bodies import LARGEST
from relay.web.desk.people.me import own_account
from relay.web.failures import status_of
from relay.web.page import language_of, render

router = APIRouter()


@router.get("/api", name="api_page")
def described(request: Request) -> Response:
    language = language_of(request)
    told = openapi.document(request.app.state.api, language)
    return render(
        request,
        "api.html",
        groups=openapi.groups(told),
        shapes=openapi.shapes(told),
        names=set(told["components"]["schemas"]),
        problems=openapi.problem_kinds(language),
        root=openapi.ROOT,
        base=relay_of(request).settings.desk_url,
    )


@router.get("/me/tokens", name="own_tokens")
def own_tokens(request: Request, done: str = "") -> Response:
    return _page(request, said="The token is revoked." if done == "revoked" else "")


@router.post("/me/tokens", name="make_token")
def make_token(
    request: Request,
    name: Annotated[str, Form(max_length=200)] = "",
    days: Annotated[int, Form(ge=0, le=LARGEST)] = USUAL_DAYS,
    scope: Annotated[Literal["read", "write"], Form()] = "read",
) -> Response:
    relay, account = relay_of(request), own_account(request)
    try:
        made = api_tokens.make(
            relay, account.login, name, days=days, may_write=scope == "write", person=person_of(request)
        )
    except Refused as error:
        notice = translator(language_of(request)).tell(error.line)
        return _page(request, notice=notice, status=status_of(error))
    return _page(request, made=made)


@router.post("/me/tokens/{token}/revoke", name="revoke_token")
def revoke_token(request: Request, token: Annotated[int, InPath(ge=1, le=LARGEST)]) -> Response:
    api_tokens.revoke(relay_of(request), own_account(request).login, token, person=person_of(request))
    return RedirectResponse("/me/tokens?done=revoked", status_code=303)


def _page(
    request: Request,
    *,
    made: api_tokens.NewApiToken | None = None,
    said: str = "",
    notice: str | None = None,
    status: int = 200,
) -> Response:
    relay, account = relay_of(request), own_account(request)
    return render(
        request,
        "tokens.html",
        status=status,
        made=made,
        said=said,
        notice=notice,
        tokens=api_tokens.listing(relay, account.login),
        usual_days=USUAL_DAYS,
        most_days=MOST_DAYS,
        root=openapi.ROOT,
        base=relay.settings.desk_url,
    )
