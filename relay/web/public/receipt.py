"""The receipt: where a handed-in video stands, in plain words, and how its participant takes it back.

Its private link is all that its reader needs, so nothing may keep the page: no cache, no search engine, no site that it
links to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from relay import kinds
from relay.almanac.delivery.appearances import screenings
from relay.context import Relay
from relay.erasure import certificate
from relay.erasure.certificate import ErasureCertificate
from relay.erasure.taking_back import withdraw
from relay.errors import NotFound, Refused, RelayError
from relay.intake.hand_in import hand_ins, uploads
from relay.intake.hand_in.hand_ins import Receipt
from relay.language.catalogue import translator
from relay.language.text import one_line
from relay.models import Clip, ClipState, HandInState, need_id
from relay.moderation import desk, rules
from relay.moderation.review import answers
from relay.web.access import relay_of
from relay.web.failures import status_of
from relay.web.page import language_of, render
from relay.web.public.answer import asked_values
from relay.web.public.plain_upload import receive_form
from relay.web.public.uploads import STATUS, ticket_of
from relay.web.rate_limit import TooManyTries, braked
from relay.web.words.erasure import PLACES

router = APIRouter()

STAGES = ("file", "received", "looked at", "accepted", "not taken", "withdrawn")
BEFORE = {
    HandInState.begun: "file",
    HandInState.waiting: "received",
    HandInState.refused: "not taken",
    HandInState.withdrawn: "withdrawn",
}


@router.get("/receipt/{secret}", name="receipt")
def receipt(request: Request, secret: str) -> Response:
    return _page(request, secret)


@router.post("/receipt/{secret}/file", name="receipt_file")
async def receipt_file(request: Request, secret: str) -> Response:
    """The file from a plain form; with JavaScript it comes by web/public/uploads.py."""
    relay = relay_of(request)
    receipt = await run_in_threadpool(_found, request, secret)
    try:
        await receive_form(request, relay, need_id(receipt.hand_in))
    except RelayError as error:
        status = next((status for kind, status in STATUS if isinstance(error, kind)), 503)
        return await run_in_threadpool(_page, request, secret, status=status, error=error)
    return RedirectResponse(f"/receipt/{secret}", status_code=303)


@router.get("/receipt/{secret}/withdraw", name="take_back_form")
def take_back_form(request: Request, secret: str) -> Response:
    """Asks once more: opening a link alone (a messenger's preview) must not take anything back."""
    receipt = _found(request, secret)
    if receipt.hand_in.state in (HandInState.withdrawn, HandInState.refused):
        return RedirectResponse(f"/receipt/{secret}", status_code=303)
    page = render(request, "take_back.html", secret=secret, campaign=receipt.campaign, hand_in=receipt.hand_in)
    return _private(page)


@router.post("/receipt/{secret}/withdraw", name="take_back")
def take_back(request: Request, secret: str, words: Annotated[str, Form(max_length=5000)] = "") -> Response:
    neat = one_line(words, rules.LONGEST_REASON)
    try:
        with braked(request):
            hand_ins.take_back(relay_of(request), secret, words=neat, withdraw=withdraw)
    except (NotFound, TooManyTries):
        raise
    except Refused as error:
        return _page(request, secret, status=status_of(error), error=error)
    return RedirectResponse(f"/receipt/{secret}", status_code=303)


@router.get("/receipt/{secret}/certificate", name="receipt_certificate")
def receipt_certificate(request: Request, secret: str) -> Response:
    """What was erased, for the participant to keep. Raises NotFound while nothing was taken back."""
    shown = _certificates(relay_of(request), _found(request, secret))
    if not shown:
        raise NotFound("Nothing was erased under this number.")
    back = f"/receipt/{secret}"
    return _private(render(request, "certificate.html", shown=shown, places=PLACES, back=back))


def _certificates(relay: Relay, receipt: Receipt) -> list[ErasureCertificate]:
    return certificate.of_clips(relay, [need_id(clip) for clip in receipt.clips])


def stage(receipt: Receipt) -> str:
    """One of STAGES: the best news where several clips came of one post."""
    if receipt.hand_in.state is not HandInState.taken_in:
        return BEFORE[receipt.hand_in.state]
    states = {ClipState.later if clip.doubt else clip.state for clip in receipt.clips}
    order = (
        (ClipState.approved, "accepted"),
        (ClipState.awaiting, "looked at"),
        (ClipState.later, "looked at"),
        (ClipState.rejected, "not taken"),
        (ClipState.withdrawn, "withdrawn"),
    )
    return next((name for state, name in order if state in states), "looked at")


def _found(request: Request, secret: str) -> Receipt:
    """Raises NotFound and TooManyTries."""
    with braked(request):
        return hand_ins.receipt(relay_of(request), secret)


def _page(request: Request, secret: str, *, status: int = 200, error: RelayError | None = None) -> Response:
    relay = relay_of(request)
    receipt = _found(request, secret)
    now, translate = stage(receipt), translator(language_of(request))
    hand_in, campaign = receipt.hand_in, receipt.campaign
    page = render(
        request,
        "receipt.html",
        status=status,
        secret=secret,
        link=f"{(relay.settings.public_url or str(request.base_url)).rstrip('/')}/receipt/{secret}",
        campaign=campaign,
        hand_in=hand_in,
        at=desk.local(campaign, hand_in.created_at),
        stage=now,
        why=_why(receipt) if now == "not taken" else "",
        asked=answers.open_for(relay, [need_id(clip) for clip in receipt.clips]) if receipt.clips else None,
        **asked_values(request, campaign),
        films=_films(relay, receipt.clips),
        erased=_certificates(relay, receipt) if now == "withdrawn" else [],
        elsewhere=any(clip.state is not ClipState.withdrawn for clip in receipt.clips),
        upload=uploads.open_upload(relay, hand_in),
        ticket=ticket_of(request, hand_in) if now == "file" else "",
        expires=desk.local(campaign, uploads.expires(relay, hand_in)) if now == "file" else None,
        most=relay.settings.max_video_mb,
        minutes_most=int(relay.settings.max_video_seconds // 60),
        kinds=", ".join(kinds.NAMES),
        accept=",".join(("video/*", *kinds.ENDINGS)),
        notice=translate.tell(error.line) if error is not None else None,
    )
    return _private(page)


def _why(receipt: Receipt) -> str:
    """The standard reason; a moderator's own words where there is none. A note beside it stays at the desk."""
    if receipt.hand_in.state is HandInState.refused:
        return receipt.hand_in.reason
    reason = next((clip.reason for clip in receipt.clips if clip.state is ClipState.rejected), "")
    standard, note = rules.dissect(reason)
    return standard or note


@dataclass(frozen=True, slots=True)
class FilmMoment:
    """Where a clip is to be seen: minutes and seconds from the film's beginning."""

    title: str
    at: str


def _films(relay: Relay, clips: Sequence[Clip]) -> list[FilmMoment]:
    found = screenings(relay, [clip.id for clip in clips if clip.id is not None]) if clips else []
    return [FilmMoment(shown.title, f"{int(shown.seconds) // 60:02d}:{int(shown.seconds) % 60:02d}") for shown in found]


def _private(page: Response) -> Response:
    page.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    page.headers["Cache-Control"] = "no-store"
    return page
