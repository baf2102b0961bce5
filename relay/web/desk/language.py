"""The switch of languages at the top of every page, for who is signed in: the choice goes along with the person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from relay.moderation.people import accounts
from relay.web.access import relay_of, visitor_of
from relay.web.desk.sign_in import own_page
from relay.web.page import remember_language

router = APIRouter()


@router.post("/language", name="speak")
def speak(
    request: Request,
    language: Annotated[str, Form(max_length=8)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    relay, account = relay_of(request), visitor_of(request).account
    assert account is not None  # the policy asks for one
    accounts.set_language(relay, account.login, language)
    response = RedirectResponse(own_page(next), status_code=303)
    remember_language(relay, response, language)
    return response
