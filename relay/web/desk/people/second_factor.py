"""Setting up the second factor: begin, show the QR code, take a first code, hand out the recovery codes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from relay.errors import Refused
from relay.language.catalogue import translator
from relay.moderation.people import second_factor
from relay.web.access import relay_of
from relay.web.desk.people.me import own_account
from relay.web.failures import status_of
from relay.web.page import language_of, render

router = APIRouter()

Code = Annotated[str, Form(max_length=100)]


@router.get("/me/second-factor", name="second_factor")
def second_factor_page(request: Request) -> Response:
    return _page(request)


@router.post("/me/second-factor", name="begin_second_factor")
def begin(request: Request) -> Response:
    try:
        second_factor.begin(relay_of(request), own_account(request))
    except Refused as error:
        return _refused(request, error)
    return RedirectResponse("/me/second-factor", status_code=303)


@router.post("/me/second-factor/confirm", name="confirm_second_factor")
def confirm(request: Request, code: Code = "") -> Response:
    try:
        codes = second_factor.confirm(relay_of(request), own_account(request), code)
    except Refused as error:
        return _refused(request, error)
    return _page(request, codes=codes)


@router.post("/me/second-factor/codes", name="new_recovery_codes")
def new_recovery_codes(request: Request, code: Code = "") -> Response:
    try:
        codes = second_factor.new_codes(relay_of(request), own_account(request), code)
    except Refused as error:
        return _refused(request, error)
    return _page(request, codes=codes)


@router.post("/me/second-factor/off", name="end_second_factor")
def turn_off(request: Request, code: Code = "") -> Response:
    try:
        second_factor.turn_off(relay_of(request), own_account(request), code)
    except Refused as error:
        return _refused(request, error)
    return RedirectResponse("/me?done=off", status_code=303)


def _refused(request: Request, error: Refused) -> Response:
    line = translator(language_of(request)).tell(error.line)
    return _page(request, notice=line, status=status_of(error))


def _page(request: Request, *, codes: tuple[str, ...] = (), notice: str | None = None, status: int = 200) -> Response:
    """`codes`: recovery codes that are shown now, and never again."""
    relay, account = relay_of(request), own_account(request)
    with relay.reading() as session:
        is_on = second_factor.is_on(session, account.id or 0)
        demanded = second_factor.is_demanded(session)
    begun = second_factor.begun(relay, account)
    return render(
        request,
        "second_factor.html",
        status=status,
        notice=notice,
        codes=codes,
        is_on=is_on,
        demanded=demanded,
        begun=begun,
        picture=_qr(begun.uri) if begun is not None else "",
    )


def _qr(uri: str) -> Markup:
    """The QR code as an element of the page: no address of it, so no copy of it anywhere."""
    import segno

    code = segno.make(uri, error="m", micro=False)
    return Markup(code.svg_inline(scale=5, border=3, dark="#1b2430", light="#ffffff", svgclass="qr", lineclass=None))  # noqa: S704 - segno's own, of modules only
