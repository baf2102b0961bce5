"""Errors as problem documents (RFC 9457): our sentence and hint, in the language that the program asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from relay import logs
from relay.errors import (
    NotFound,
    NotShown,
    Overloaded,
    Refused,
    RelayError,
    SourceError,
    Stale,
    StoreBusy,
    from_disk,
)
from relay.language.catalogue import N_, closest, is_spoken, translator
from relay.language.sentence import Sentence
from relay.web.access import Forbidden, relay_of
from relay.web.client import Misdirected
from relay.web.failures import BROKEN, RETRY_SECONDS
from relay.web.rate_limit import TooManyTries

MEDIA_TYPE = "application/problem+json"
KINDS: Mapping[str, str] = {
    "unreadable": N_("The request can't be understood."),
    "unauthorized": N_("There is no token, or it works no more."),
    "forbidden": N_("The token does not allow this."),
    "not-found": N_("There is nothing of this name."),
    "not-shown": N_("It is not shown any more."),
    "not-this-way": N_("This can't be asked for in this way."),
    "refused": N_("A rule stands against it."),
    "stale": N_("Somebody else was faster."),
    "changed": N_("It has changed since you saw it."),
    "unseen": N_("Say what you have seen before you change it."),
    "too-many": N_("Too many requests."),
    "unavailable": N_("It can't be done just now."),
    "broken": N_("Something went wrong on our side."),
}
"""What can go wrong, by the end of `type` → its title."""


class FieldProblem(BaseModel):
    """What is wrong with one field: `where` it stands, and why."""

    where: str
    why: str


class Problem(BaseModel):
    """RFC 9457. `detail`, `hint`: what happened, and what to do. `state`: what the row says now, where that is why."""

    type: str
    title: str
    status: int
    detail: str
    hint: str | None = None
    state: str | None = None
    errors: list[FieldProblem] | None = None


class Unauthorized(Exception):
    """No token, or none that works."""


class PreconditionFailed(RelayError):
    """The thing is another than the ETag of If-Match names."""


class Unseen(RelayError):
    """Nothing says what was seen of the thing that is to be changed."""


def install(api: FastAPI) -> None:
    api.add_exception_handler(Unauthorized, _unauthorized)
    api.add_exception_handler(Forbidden, _forbidden)
    api.add_exception_handler(RelayError, _refused)
    api.add_exception_handler(OSError, _of_disk)
    api.add_exception_handler(RequestValidationError, _unreadable)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(Exception, _broken)


def language_of(request: Request) -> str:
    """The language asked for just now, of the token's owner, of the installation."""
    visitor = getattr(request.state, "visitor", None)
    wishes = (
        request.query_params.get("lang", ""),
        closest(request.headers.get("accept-language", "")),
        visitor.account.language if visitor is not None and visitor.account is not None else "",
        relay_of(request).settings.language,
    )
    return next(wish for wish in wishes if is_spoken(wish))


def problem(
    request: Request,
    status: int,
    kind: str,
    detail: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    told = translator(language_of(request)).tell
    document = {
        "type": f"/api#{kind}",
        "title": told(KINDS[kind]),
        "status": status,
        "detail": told(detail or KINDS[kind]),
        **{name: told(value) if isinstance(value, str) else value for name, value in more.items() if value},
    }
    body = json.dumps(document, ensure_ascii=False)
    spoken = {"Content-Language": language_of(request), **(headers or {})}
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=spoken)


def _unauthorized(request: Request, _error: Exception) -> Response:
    hint = N_("Send a token in the header “Authorization: Bearer …”. Your page at the desk makes one.")
    headers = {"WWW-Authenticate": 'Bearer realm="relay"'}
    return problem(request, 401, "unauthorized", hint=hint, headers=headers)


def _forbidden(request: Request, error: Exception) -> Response:
    return problem(request, 403, "forbidden", str(error))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RelayError)
    status, kind = _place_of(error)
    return problem(
        request,
        status,
        kind,
        error.sentence,
        hint=_hint(error),
        state=getattr(error, "state", ""),
        headers={"Retry-After": str(_wait(error))} if status in (429, 503) else None,
    )


def _of_disk(request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)
    told = from_disk(error)
    if told is None:
        raise error
    return _refused(request, told)


def _place_of(error: RelayError) -> tuple[int, str]:
    places: tuple[tuple[type[RelayError], int, str], ...] = (
        (NotShown, 410, "not-shown"),
        (NotFound, 404, "not-found"),
        (Stale, 409, "stale"),
        (PreconditionFailed, 412, "changed"),
        (Unseen, 428, "unseen"),
        (TooManyTries, 429, "too-many"),
        (Misdirected, 421, "refused"),
        (Refused, 400, "refused"),
    )
    return next(((status, kind) for known, status, kind in places if isinstance(error, known)), (503, "unavailable"))


def _wait(error: RelayError) -> int:
    return RETRY_SECONDS if isinstance(error, Overloaded | SourceError | StoreBusy) else 60


def _hint(error: RelayError) -> str:
    if not error.hint:
        return ""
    return error.hint if isinstance(error.hint, Sentence) else Sentence(error.hint, error.words)


def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [{"where": ".".join(str(part) for part in one["loc"]), "why": str(one["msg"])} for one in error.errors()]
    return problem(request, 400, "unreadable", errors=wrong[:20])


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kinds = {404: "not-found", 405: "not-this-way"}
    kind = kinds.get(error.status_code, "unreadable")
    return problem(request, error.status_code, kind, headers=error.headers)


def _broken(request: Request, error: Exception) -> Response:
    """A bug. It is raised again behind our back, so that the log has it."""
    logs.get_logger().error("the API failed", path=request.url.path, error=type(error).__name__)
    return problem(request, 500, "broken", BROKEN)
