"""The public page on which a participant hands a video in. Off until an organizer opens it.

Two steps, each a plain form: who reads what, with the consent; then, on the receipt, the file. So the receipt's number
and link are there before the long part begins, and what was typed can't be lost with a broken connection.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from relay.collect.leading import settings
from relay.errors import Refused
from relay.intake.hand_in import form, hand_ins
from relay.intake.hand_in.form import FormAnswers
from relay.language.catalogue import translator
from relay.models import Campaign, need_id
from relay.web.access import relay_of
from relay.web.client import address_of
from relay.web.page import language_of, render

router = APIRouter()

Text = Annotated[str, Form(max_length=5000)]


@router.get("/take-part/{slug}", name="take_part_form")
def take_part_form(request: Request, slug: str) -> Response:
    return _page(request, hand_ins.open_campaign(relay_of(request), slug), FormAnswers(way=""), {})


@router.post("/take-part/{slug}", name="take_part")
def take_part(
    request: Request,
    slug: str,
    way: Text = "",
    url: Text = "",
    name: Text = "",
    town: Text = "",
    district: Text = "",
    age: Text = "",
    origin: Text = "",
    quote: Text = "",
    text_author: Text = "",
    contact: Text = "",
    guardian: Text = "",
    agreed: Text = "",
    guardian_agreed: Text = "",
    website: Text = "",
) -> Response:
    """`website` is a field that people don't see; only programs fill it in."""
    relay = relay_of(request)
    typed = FormAnswers(
        way, url, name, town, district, age, origin, quote, text_author, contact, guardian, bool(agreed),
        bool(guardian_agreed),
    )  # fmt: skip
    campaign = hand_ins.open_campaign(relay, slug)
    neat = form.tidied(typed)
    faults = dict(form.faults(neat, hand_ins.numbers_of_texts(relay, need_id(campaign))))
    if neat.url and "url" not in faults and not hand_ins.is_known_link(relay, neat.url):
        faults["url"] = Refused("Videos from this site can't be taken.", hint="Hand in the file instead.")
    if website:
        faults["website"] = Refused("Leave this field empty, please.")
    if faults:
        return _page(request, campaign, typed, faults, status=400)
    try:
        _, secret = hand_ins.begin(
            relay,
            slug,
            neat,
            consent=form.evidence(neat, agreement(request, campaign), guardian_agreement(request)),
            language=language_of(request),
            visitor=visitor_digest(request),
        )
    except hand_ins.TooManyHandIns as error:
        return _page(request, campaign, typed, {}, status=429, notice=_line(request, error))
    return RedirectResponse(f"/receipt/{secret}", status_code=303)


def agreement(request: Request, campaign: Campaign) -> tuple[str, ...]:
    """The sentences of consent as this visitor reads them."""
    translate = translator(language_of(request)).tell
    return tuple(translate(sentence).format(title=campaign.title) for sentence in form.AGREEMENT)


def guardian_agreement(request: Request) -> str:
    return translator(language_of(request)).tell(form.GUARDIAN_AGREEMENT)


def visitor_digest(request: Request) -> str:
    """Tells visitors apart without keeping their addresses. A home's whole IPv6 network is one visitor."""
    key, address = request.app.state.secret, address_of(request)
    return hmac.new(key, b"visitor:" + address.encode(), hashlib.sha256).hexdigest()


def _page(
    request: Request,
    campaign: Campaign,
    typed: FormAnswers,
    faults: Mapping[str, Refused],
    *,
    status: int = 200,
    notice: str | None = None,
) -> Response:
    relay = relay_of(request)
    return render(
        request,
        "take_part.html",
        status=status,
        campaign=campaign,
        texts=settings.texts(relay, campaign),
        typed=typed,
        faults={name: _line(request, error) for name, error in faults.items()},
        ages=form.AGES,
        minors=form.MINORS,
        numbers=hand_ins.numbers_of_texts(relay, need_id(campaign)),
        agreement=agreement(request, campaign),
        guardian_agreement=guardian_agreement(request),
        most=relay.settings.max_video_mb,
        minutes_most=int(relay.settings.max_video_seconds // 60),
        notice=notice,
    )


def _line(request: Request, error: Refused) -> str:
    return translator(language_of(request)).tell(error.line)
