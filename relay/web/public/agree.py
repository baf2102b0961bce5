"""The page where the author of a clip says what may be done with it. Its private link is all that its reader needs.

Opening it changes nothing (a messenger's preview opens links, too), and nothing may keep it: no cache, no search
engine.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from relay.erasure.taking_back import withdraw
from relay.errors import NotFound, Refused
from relay.language.catalogue import translator
from relay.models import ConsentScope
from relay.moderation.agreement import answers, wording
from relay.moderation.agreement.answers import AgreePage, GivenConsent
from relay.permissions.rules import Use
from relay.web.access import relay_of
from relay.web.failures import status_of
from relay.web.page import language_of, render
from relay.web.public.hand_in import visitor_digest
from relay.web.rate_limit import braked

router = APIRouter()

Text = Annotated[str, Form(max_length=2000)]
Ticked = Annotated[list[Use] | None, Form(max_length=10)]


@router.get("/agree/{secret}", name="agree_page")
def agree_page(request: Request, secret: str, done: str = "") -> Response:
    return _page(request, secret, done=bool(done))


@router.post("/agree/{secret}", name="agree")
def agree(
    request: Request,
    secret: str,
    name: Text = "",
    uses: Ticked = None,
    until: Text = "",
    minor: Text = "",
    guardian: Text = "",
    guardian_agreed: Text = "",
    answer: Text = "yes",
) -> Response:
    """`answer`: `yes` to what is ticked, or `no` to everything."""
    given = GivenConsent(
        name=name,
        uses=frozenset(uses or ()),
        until=until,
        minor=bool(minor),
        guardian=guardian,
        guardian_agreed=bool(guardian_agreed),
        refused=answer == "no",
    )
    _found(request, secret)
    try:
        answers.answer(relay_of(request), secret, given, language=language_of(request), visitor=visitor_digest(request))
    except NotFound:
        raise
    except Refused as error:
        return _page(request, secret, given=given, error=error)
    return RedirectResponse(f"/agree/{secret}?done=yes", status_code=303)


@router.post("/agree/{secret}/withdraw", name="agree_take_back")
def agree_take_back(request: Request, secret: str, words: Text = "") -> Response:
    _found(request, secret)
    answers.take_back(relay_of(request), secret, words=words, withdraw=withdraw)
    return RedirectResponse(f"/agree/{secret}?done=yes", status_code=303)


def _found(request: Request, secret: str) -> AgreePage:
    """Raises NotFound and TooManyTries."""
    with braked(request):
        return answers.page(relay_of(request), secret)


def _page(
    request: Request,
    secret: str,
    *,
    done: bool = False,
    given: GivenConsent | None = None,
    error: Refused | None = None,
) -> Response:
    asked, language = _found(request, secret), language_of(request)
    page = render(
        request,
        "agree.html",
        status=status_of(error) if error is not None else 200,
        asked=asked,
        campaign=asked.campaign,
        here=f"/agree/{secret}",
        boxes=wording.choices(asked.campaign, language),
        guardian_words=translator(language).tell(wording.GUARDIAN),
        typed=given or _as_it_stands(asked),
        done=done,
        notice=translator(language).tell(error.line) if error is not None else None,
    )
    page.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    page.headers["Cache-Control"] = "no-store"
    return page


def _as_it_stands(asked: AgreePage) -> GivenConsent:
    """What the author answered last; nothing is ticked for them before."""
    last = asked.standing
    if not last.is_own:
        return GivenConsent()
    ticked = {
        Use.archive: last.archive,
        Use.film: last.scope == ConsentScope.film,
        Use.broadcast: last.broadcast,
        Use.abroad: last.abroad,
    }
    uses = frozenset(use for use, said in ticked.items() if said)
    return GivenConsent(last.name, uses, last.until, last.minor, last.guardian)
