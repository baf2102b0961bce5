"""A sheet of paper that leads people to the hand-in page: printed by the browser, on A4."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from relay.addresses import objection_to_name
from relay.collect.leading import settings
from relay.intake.hand_in import hand_ins
from relay.language import dates
from relay.language.catalogue import N_, translator
from relay.language.sentence import filled
from relay.models import Campaign
from relay.moderation import desk
from relay.web.access import relay_of, split
from relay.web.desk.campaigns.settings import hand_in_address
from relay.web.page import render

router = APIRouter()

HTTPS = 443


@router.get("/campaigns/{slug}/poster", name="campaign_poster")
def poster(request: Request, slug: str) -> Response:
    relay = relay_of(request)
    campaign, address = desk.campaign(relay, slug), hand_in_address(request, slug)
    return render(
        request,
        "poster.html",
        campaign=campaign,
        counts=desk.counts(relay, slug),
        texts=settings.texts(relay, campaign),
        address=address,
        short=address.partition("://")[2],
        code=qr(address),
        is_local=bool(objection_to_name(split(address).hostname or "", HTTPS)),
        is_open=hand_ins.is_open(campaign),
        said=_said(campaign),
    )


def _said(campaign: Campaign) -> dict[str, str]:
    """The sheet speaks the language of the campaign, whoever prints it."""
    told = translator(campaign.language).tell
    day = dates.when(desk.local(campaign, campaign.closes_at), campaign.language, "d MMMM y")
    return {
        "call": told(N_("Hand in your video")),
        "until": told(filled("Until {day}", day=day)),
        "questions": told(N_("Questions:")),
    }


def qr(address: str) -> Markup:
    """A QR code as an element of the page; it stays readable where a quarter of it is torn off or dirty."""
    import segno

    code = segno.make(address, error="q", micro=False)
    return Markup(code.svg_inline(scale=8, border=4, dark="#10151b", light="#ffffff", svgclass="qr", lineclass=None))  # noqa: S704 - segno's own, of modules only
