"""What a page answers to a form: on with it, or the same page with a sentence above it and what was typed in it."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from relay.errors import NotFound, RelayError
from relay.language.catalogue import translator
from relay.web.failures import status_of
from relay.web.page import language_of

Page = Callable[..., Response]
"""Shows the page again; takes `notice` and `status`."""


def answered(request: Request, deed: Callable[[], object], *, back: str, again: Page) -> Response:
    """Leads `back` where the deed was done. What isn't there is answered by the page for that."""
    try:
        deed()
    except NotFound:
        raise
    except RelayError as error:
        return again(notice=line(request, error), status=status_of(error))
    return RedirectResponse(back, status_code=303)


def line(request: Request, error: RelayError) -> str:
    return translator(language_of(request)).tell(error.line)
