"""A campaign's settings: its days and state, its tags, what it tells people, its hand-in page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from relay.collect import campaigns, comments
from relay.collect.leading import life, settings, tags
from relay.collect.leading.settings import SettingsConflict
from relay.errors import NotFound, RelayError, Stale
from relay.intake.hand_in import hand_ins
from relay.language.catalogue import N_, translator
from relay.models import Campaign, CampaignState
from relay.moderation import desk
from relay.web.access import person_of, posted, relay_of, visitor_of
from relay.web.desk.campaigns import days
from relay.web.failures import status_of
from relay.web.page import language_of, render
from relay.web.words.campaigns import SETTINGS

router = APIRouter()

Text = Annotated[str, Form(max_length=300)]
Body = Annotated[FormData, Depends(posted)]
DONE = {
    "tag": N_("The tag counts from now on. Every source is read again for the campaign's days."),
    "dropped": N_("The tag is taken away. What was found by it stays."),
    "days": N_("The days are changed."),
    "start": N_("The campaign runs: collecting begins within a minute."),
    "stop": N_("The campaign is stopped: one last reading is made, then what counts is fixed."),
    "archive": N_("The campaign is in the archive."),
    "bring-back": N_("The campaign is out of the archive, and stopped."),
    "hand-in": N_("The hand-in page is switched."),
    "comments": N_("Comments are switched."),
}
"""What the page says after a form → in words; what was typed is said to be saved by drafts.py."""


@router.get("/campaigns/{slug}/settings", name="campaign_settings")
def settings_page(request: Request, slug: str, done: str = "") -> Response:
    return _page(request, slug, said=DONE.get(done, ""))


@router.post("/campaigns/{slug}/settings", name="change_settings")
def change_settings(request: Request, slug: str, form: Body) -> Response:
    """`was_NAME` beside each field tells what stood there; a conflict shows both, and loses nothing that was typed."""
    typed = {name: text for name in settings.FIELDS if isinstance(text := form.get(name), str)}
    was = {name: text for name in typed if isinstance(text := form.get(f"was_{name}"), str)}
    try:
        settings.change(relay_of(request), slug, typed, was, person=person_of(request))
    except NotFound:
        raise
    except RelayError as error:
        conflict = error if isinstance(error, SettingsConflict) else None
        return _page(request, slug, error=error, typed=settings.touched(typed, was), conflict=conflict)
    return _done(slug, "saved")


@router.post("/campaigns/{slug}/settings/tags", name="change_tags")
def change_tags(
    request: Request, slug: str, deed: Annotated[Literal["hashtag", "alias", "drop"], Form()], tag: Text = ""
) -> Response:
    relay, person = relay_of(request), person_of(request)
    deeds: dict[str, Callable[[], object]] = {
        "hashtag": lambda: tags.add_hashtag(relay, slug, tag, person=person),
        "alias": lambda: tags.add_alias(relay, slug, tag, person=person),
        "drop": lambda: tags.drop(relay, slug, tag, person=person),
    }
    return _try(request, slug, deeds[deed], "dropped" if deed == "drop" else "tag", typed={deed: tag})


@router.post("/campaigns/{slug}/settings/window", name="move_window")
def move_window(
    request: Request, slug: str, closes: Text = "", opens: Text = "", seen: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """Before it starts both days may change, afterwards the last one may move later. `seen`: both as they were."""
    relay, person, first = relay_of(request), person_of(request), days.day_first(request)
    typed = {"opens": opens, "closes": closes}

    def move() -> None:
        campaign = campaigns.get(relay, slug)
        if seen != _days_seen(campaign):
            raise Stale("Somebody else has changed the days meanwhile.", state="changed", hint="Look at them again.")
        if campaign.state is CampaignState.draft:
            life.reschedule(relay, slug, opens, closes, person=person, day_first=first)
        else:
            campaigns.extend(relay, slug, closes, person=person, day_first=first)

    return _try(request, slug, move, "days", typed=typed)


@router.post("/campaigns/{slug}/settings/state", name="switch_campaign")
def switch_campaign(
    request: Request, slug: str, deed: Annotated[Literal["start", "stop", "archive", "bring-back"], Form()]
) -> Response:
    deeds = {"start": campaigns.start, "stop": campaigns.stop, "archive": life.archive, "bring-back": life.bring_back}
    relay, person = relay_of(request), person_of(request)
    return _try(request, slug, lambda: deeds[deed](relay, slug, person=person), deed)


@router.post("/campaigns/{slug}/settings/hand-in", name="switch_hand_in")
def switch_hand_in(request: Request, slug: str, is_open: Annotated[bool, Form()] = False) -> Response:
    relay, person = relay_of(request), person_of(request)
    return _try(request, slug, lambda: hand_ins.switch(relay, slug, is_open=is_open, person=person), "hand-in")


@router.post("/campaigns/{slug}/settings/comments", name="switch_comments")
def switch_comments(request: Request, slug: str, on: Annotated[bool, Form()] = False) -> Response:
    relay, person = relay_of(request), person_of(request)
    return _try(request, slug, lambda: comments.set_for(relay, slug, on=on, person=person), "comments")


def _try(
    request: Request, slug: str, change: Callable[[], object], done: str, typed: dict[str, str] | None = None
) -> Response:
    campaigns.get(relay_of(request), slug)
    try:
        change()
    except RelayError as error:
        return _page(request, slug, error=error, typed=typed)
    return _done(slug, done)


def _done(slug: str, done: str) -> Response:
    return RedirectResponse(f"/campaigns/{slug}/settings?done={done}", status_code=303)


def _days_seen(campaign: Campaign) -> str:
    return f"{campaign.opens_at.isoformat()} {campaign.closes_at.isoformat()}"


def _page(
    request: Request,
    slug: str,
    *,
    said: str = "",
    error: RelayError | None = None,
    typed: dict[str, str] | None = None,
    conflict: SettingsConflict | None = None,
) -> Response:
    relay, language = relay_of(request), language_of(request)
    campaign = desk.campaign(relay, slug)
    now = settings.shown(relay, slug)
    opens, closes = days.of_campaign(campaign, language)
    return render(
        request,
        "campaign_settings.html",
        status=200 if error is None else status_of(error),
        campaign=campaign,
        counts=desk.counts(relay, slug),
        said=said,
        notice=translator(language).tell(error.line) if error is not None else None,
        now_set=now,
        typed={**now, "opens": opens, "closes": closes, "hashtag": "", "alias": "", **(typed or {})},
        conflict=conflict,
        fields=SETTINGS,
        opens=desk.local(campaign, campaign.opens_at),
        closes=desk.local(campaign, campaign.closes_at),
        days_seen=_days_seen(campaign),
        hand_in_open=hand_ins.is_open(campaign),
        is_over=hand_ins.is_over(campaign),
        hand_in_address=hand_in_address(request, slug),
        leads_all=visitor_of(request).may_in(None, "people"),
    )


def hand_in_address(request: Request, slug: str) -> str:
    """Where participants open the page, as they see this desk from outside."""
    base = relay_of(request).settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    return f"{base}/take-part/{slug}"
