"""The private page of a participant whose clip was returned: what is asked, and fields for it. No account is needed.

The same stands on the receipt of what was handed in. A new video goes the way of every hand-in: it has a receipt of its
own, to which this page leads.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from relay.errors import NotFound, Refused
from relay.intake.hand_in import mended
from relay.language.catalogue import translator
from relay.models import Campaign, HandInState
from relay.moderation.review import answers
from relay.moderation.review.answers import Written
from relay.web.access import relay_of
from relay.web.failures import status_of
from relay.web.page import language_of, render
from relay.web.public.hand_in import agreement, guardian_agreement, visitor_digest
from relay.web.rate_limit import TooManyTries, braked

router = APIRouter()

Text = Annotated[str, Form(max_length=5000)]


@router.get("/answer/{secret}", name="answer_page")
def answer_page(request: Request, secret: str) -> Response:
    return _page(request, secret)


@router.post("/answer/{secret}", name="answer")
def answer(
    request: Request,
    secret: str,
    name: Text = "",
    town: Text = "",
    guardian: Text = "",
    guardian_agreed: Text = "",
    words: Text = "",
    was_name: Text = "",
    was_town: Text = "",
) -> Response:
    """What the page showed already and nobody changed is no answer."""
    agreed = guardian_agreement(request) if guardian_agreed else ""
    name, town = name if name.strip() != was_name else "", town if town.strip() != was_town else ""
    try:
        with braked(request):
            answers.answer(relay_of(request), secret, Written(name, town, guardian, agreed, words))
    except (NotFound, TooManyTries):
        raise
    except Refused as error:
        return _page(request, secret, error=error)
    return RedirectResponse(f"/answer/{secret}", status_code=303)


@router.post("/answer/{secret}/video", name="answer_video")
def answer_video(request: Request, secret: str, agreed: Text = "") -> Response:
    """Begins a hand-in for the mended video, and leads to its receipt, where the file is chosen."""
    relay = relay_of(request)
    asked = _found(request, secret)
    try:
        if not agreed:
            raise Refused("Without this permission the video can't be taken.")
        receipt = mended.begin(
            relay,
            secret,
            consent="\n".join(agreement(request, asked.campaign)),
            language=language_of(request),
            visitor=visitor_digest(request),
        )
    except NotFound:
        raise
    except Refused as error:
        return _page(request, secret, error=error)
    return RedirectResponse(f"/receipt/{receipt}", status_code=303)


def asked_values(request: Request, campaign: Campaign) -> dict[str, object]:
    """What asked.html needs besides `asked`: the sentences of consent as this visitor reads them."""
    return {"agreement": agreement(request, campaign), "guardian_agreement": guardian_agreement(request)}


def _found(request: Request, secret: str) -> answers.AskedView:
    """Raises NotFound, and TooManyTries for an address that has tried too many links that lead nowhere."""
    with braked(request):
        return answers.page(relay_of(request), secret)


def _page(request: Request, secret: str, *, error: Refused | None = None) -> Response:
    asked = _found(request, secret)
    hand_in = asked.hand_in
    page = render(
        request,
        "answer.html",
        status=status_of(error) if error is not None else 200,
        asked=asked,
        campaign=asked.campaign,
        video=f"/receipt/{mended.receipt_secret(secret, hand_in)}" if hand_in is not None else "",
        video_state=hand_in.state.value if hand_in is not None else "",
        video_why=hand_in.reason if hand_in is not None and hand_in.state is HandInState.refused else "",
        notice=translator(language_of(request)).tell(error.line) if error is not None else None,
        **asked_values(request, asked.campaign),
    )
    page.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    page.headers["Cache-Control"] = "no-store"
    return page
