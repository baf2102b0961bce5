"""Errors become pages, here and nowhere else."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from relay import logs
from relay.errors import NotFound, NotShown, Overloaded, Refused, RelayError, Stale, StoreBusy, from_disk
from relay.language.catalogue import N_, translator
from relay.web import drafts
from relay.web.access import SAFE, Forbidden, SecondFactorNeeded, SignInNeeded
from relay.web.client import Misdirected
from relay.web.headers import LONGEST_PATH, add_security
from relay.web.page import language_of, render
from relay.web.rate_limit import TooManyTries

MISSING = N_("There is no such page.")
UNREADABLE = N_("This request can't be understood.")
NOT_THIS_WAY = N_("This page can't be used in this way.")
ENDED = N_("You are not signed in any more.")
TYPED = N_("You are not signed in any more. What you typed is kept: sign in, and it stands there again.")
RETRY_SECONDS = 5
log = logs.get_logger()
BROKEN = N_("Something went wrong on our side. It has been noted; try again in a minute.")


def install(app: FastAPI) -> None:
    app.add_exception_handler(SignInNeeded, _to_sign_in)
    app.add_exception_handler(SecondFactorNeeded, _to_second_factor)
    app.add_exception_handler(Forbidden, _forbidden)
    app.add_exception_handler(RelayError, _refused)
    app.add_exception_handler(OSError, _of_disk)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)


def _page(request: Request, status: int, line: str) -> HTMLResponse:
    if request.url.path.startswith(("/take-part/", "/receipt/", "/answer/")):
        # participants have no account to sign in to
        again = "/".join(request.url.path.split("/")[:3]) if status != 404 else ""
        return render(request, "take_part_closed.html", status=status, line=line, again=again)
    return render(request, "failure.html", status=status, line=line, code=status)


async def _to_sign_in(request: Request, _error: Exception) -> Response:
    """A page leads to the sign-in and back again; a form says what happened, and its fields are carried along."""
    if request.method in SAFE and not request.url.path.startswith("/media/"):
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        back = f"?next={quote(here)}" if len(here) <= LONGEST_PATH else ""
        return RedirectResponse(f"/sign-in{back}", status_code=303)
    if request.method in SAFE:
        return _page(request, 401, ENDED)
    sealed = await drafts.carried(request)
    line = translator(language_of(request)).gettext(TYPED if sealed else ENDED)
    words = {"next": drafts.back_to(request), "login": "", "carried": sealed, "notice": line}
    return render(request, "sign_in.html", status=401, **words)


def _to_second_factor(request: Request, _error: Exception) -> Response:
    if request.method in SAFE and not request.url.path.startswith("/media/"):
        return RedirectResponse("/me/second-factor", status_code=303)
    return _page(request, 403, N_("Set up your second factor first: it is demanded of everybody here."))


def _forbidden(request: Request, error: Exception) -> Response:
    return _page(request, 403, str(error))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RelayError)
    page = _page(request, status_of(error), translator(language_of(request)).tell(error.line))
    page.headers.update(headers_of(error))
    return page


def _of_disk(request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)
    told = from_disk(error)
    if told is None:
        raise error
    log.error("the disk fails", error=str(error))
    return _refused(request, told)


def headers_of(error: RelayError) -> dict[str, str]:
    """When it is worth trying again, where that is known (RFC 9110, 10.2.3)."""
    return {"Retry-After": str(RETRY_SECONDS)} if isinstance(error, Overloaded | StoreBusy) else {}


def status_of(error: RelayError) -> int:
    if isinstance(error, NotShown):
        return 410
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, Stale):
        return 409
    if isinstance(error, TooManyTries):
        return 429
    if isinstance(error, Misdirected):
        return 421
    return 400 if isinstance(error, Refused) else 503


def _unreadable(request: Request, _error: Exception) -> Response:
    return _page(request, 400, UNREADABLE)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    lines = {404: MISSING, 405: NOT_THIS_WAY}
    response = _page(request, error.status_code, lines.get(error.status_code, UNREADABLE))
    response.headers.update(error.headers or {})
    return response


def _broken(request: Request, _error: Exception) -> Response:
    """A bug. It is raised again behind our back, so that the log has it; this answer goes around the middleware."""
    response = HTMLResponse(f"<!doctype html><title>Relay</title><p>{BROKEN}</p>", status_code=500)
    settings = request.app.state.relay.settings
    add_security(response.headers, tls=settings.secure_cookies, media_origin=settings.media_origin)
    return response
