"""Access tokens of the networks: entered and tested here, and never shown again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from relay.errors import RelayError
from relay.language.catalogue import N_, translator
from relay.sources.vk.token_check import TokenVerdict
from relay.upkeep import credentials, tokens
from relay.web.access import relay_of
from relay.web.failures import status_of
from relay.web.page import language_of, render

router = APIRouter()

DONE = {"dropped": N_("The token is forgotten.")}


@router.get("/tokens", name="tokens")
def tokens_page(request: Request, done: str = "") -> Response:
    return _page(request, said=DONE.get(done, ""))


@router.post("/tokens", name="add_token")
def add_token(request: Request, token: Annotated[str, Form(max_length=4000)] = "") -> Response:
    try:
        verdict = credentials.add_vk(relay_of(request), token)
    except RelayError as error:
        return _page(request, error=error)
    return _page(request, verdict=verdict, status=200 if verdict.works else 400)


@router.post("/tokens/drop", name="drop_token")
def drop_token(request: Request, told: Annotated[str, Form(max_length=40)] = "") -> Response:
    try:
        credentials.drop_vk(relay_of(request), told)
    except RelayError as error:
        return _page(request, error=error)
    return RedirectResponse("/tokens?done=dropped", status_code=303)


def _page(
    request: Request,
    *,
    said: str = "",
    error: RelayError | None = None,
    verdict: TokenVerdict | None = None,
    status: int = 200,
) -> Response:
    return render(
        request,
        "access_tokens.html",
        status=status if error is None else status_of(error),
        said=said,
        notice=translator(language_of(request)).tell(error.line) if error is not None else None,
        verdict=verdict,
        tokens=tokens.listing(relay_of(request)),
        is_set_outside=credentials.is_set_outside(),
    )
