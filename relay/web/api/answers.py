"""Answers: the JSON of views, their ETags, and pages of lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query, Request
from fastapi.responses import Response

from relay import views
from relay.web.api.problems import PreconditionFailed

LARGEST_PAGE = 500
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="So many at the most.")]
USUAL = 100
After = Annotated[str, Query(max_length=200, description="Go on behind this place; the header Link says the next one.")]
AfterNumber = Annotated[
    int | None,
    Query(ge=0, le=2**31 - 1, description="Go on behind this place; the header Link says the next one."),
]

Row = TypeVar("Row")


def as_text(view: object) -> str:
    """As the commands write it with --json, in one line."""
    return json.dumps(views.as_json(view), ensure_ascii=False, default=str)


def answer(request: Request, view: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A view, or a list of views, with its ETag; 304 for whoever has it already."""
    body = as_text(view)
    sent = {**(headers or {}), "ETag": etag(body)}
    if request.method == "GET" and sent["ETag"] in _named(request, "if-none-match"):
        return Response(status_code=304, headers=sent)
    return Response(body, status_code=status, media_type="application/json", headers=sent)


def done() -> Response:
    return Response(status_code=204)


def etag(body: str) -> str:
    return f'"{hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()[:32]}"'


def saw(request: Request, view: object) -> bool:
    """Whether the request says by If-Match that it saw the thing as it is now.

    Raises PreconditionFailed where it saw another.
    """
    named = _named(request, "if-match")
    if not named:
        return False
    if "*" not in named and etag(as_text(view)) not in named:
        raise PreconditionFailed(
            "It has changed since you saw it.", hint="Ask for it again, and look whether you still want it."
        )
    return True


def page(
    request: Request, rows: Iterable[Row], place: Callable[[Row], Any], *, after: Any = None, limit: int = USUAL
) -> Response:
    """Rows in the order of their places, behind the place `after`: a list that fits into memory, part by part."""
    ordered = sorted((row for row in rows if after in (None, "") or place(row) > after), key=place)
    shown, more = ordered[:limit], len(ordered) > limit
    return part(request, shown, place(shown[-1]) if more else None)


def part(request: Request, rows: Sequence[object], more: object | None) -> Response:
    """Rows as an array, and in the header Link the address of those behind the place `more`."""
    headers = {}
    if more is not None:
        address = request.url.include_query_params(after=str(more))
        headers["Link"] = f'<{address.path}?{address.query}>; rel="next"'
    return answer(request, list(rows), headers=headers)


def _named(request: Request, header: str) -> list[str]:
    written = request.headers.get(header, "")
    return [one.strip().removeprefix("W/") for one in written.split(",") if one.strip()]
