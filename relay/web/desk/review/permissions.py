"""What may be done with clips: who lacks permission, the author's link, who takes it upon them; where a film goes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.almanac.plan import reaches
from relay.errors import NotFound, Refused
from relay.models import ClipState, FilmReach
from relay.moderation import consent, desk
from relay.moderation.agreement import links
from relay.permissions import overrides, views
from relay.permissions.notes import ConsentTerms, day_of
from relay.permissions.rules import uses_of
from relay.web.access import person_of, relay_of
from relay.web.beside import base_url
from relay.web.desk.judging.clip import refused
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.timeline.addresses import address
from relay.web.page import render

router = APIRouter()

ClipId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Text = Annotated[str, Form(max_length=500)]
Choice = Annotated[str, Form(max_length=8)]
SAID = {"yes": True, "no": False}
"""What a choice says; anything else leaves it as it was."""


@router.get("/campaigns/{slug}/consents", name="consents")
def consents(request: Request, slug: str) -> Response:
    """The clips that lack permission, and what is known of their authors."""
    relay = relay_of(request)
    campaign = desk.campaign(relay, slug)
    rows = views.listing(relay, slug)
    return render(
        request,
        "consents.html",
        campaign=campaign,
        counts=desk.counts(relay, slug),
        lacking=[row for row in rows if row.open],
        overridden=[row for row in rows if row.overridden],
        fine=sum(not row.lacks for row in rows),
    )


@router.post("/clips/{clip_id}/permission/ask", name="ask_author")
def ask_author(request: Request, clip_id: ClipId) -> Response:
    """The clip's page again: it has the message to copy."""
    asked = partial(links.ask, relay_of(request), clip_id, person=person_of(request), base_url=base_url(request))
    return _changed(request, clip_id, asked)


@router.post("/clips/{clip_id}/permission/end-link", name="end_author_link")
def end_author_link(request: Request, clip_id: ClipId) -> Response:
    return _changed(request, clip_id, partial(links.end, relay_of(request), clip_id, person=person_of(request)))


@router.post("/clips/{clip_id}/permission/override", name="take_upon")
def take_upon(
    request: Request, clip_id: ClipId, reason: Text = "", uses: Annotated[list[FilmReach] | None, Form()] = None
) -> Response:
    taken = partial(
        overrides.take_upon,
        relay_of(request),
        clip_id,
        person=person_of(request),
        reason=reason,
        uses=uses_of(uses or ()),
    )
    return _changed(request, clip_id, taken)


@router.post("/clips/{clip_id}/permission/take-back", name="take_override_back")
def take_override_back(request: Request, clip_id: ClipId) -> Response:
    return _changed(
        request, clip_id, partial(overrides.take_back, relay_of(request), clip_id, person=person_of(request))
    )


@router.post("/clips/{clip_id}/permission/terms", name="note_terms")
def note_terms(
    request: Request,
    clip_id: ClipId,
    scope: Annotated[str, Form(max_length=32)] = "",
    evidence: Text = "",
    guardian: Text = "",
    until: Text = "",
    was_until: Text = "",
    broadcast: Choice = "",
    abroad: Choice = "",
) -> Response:
    """What a moderator was told beside the scope; what is left as it was is not said anew."""

    def note() -> None:
        terms = ConsentTerms(
            broadcast=SAID.get(broadcast),
            abroad=SAID.get(abroad),
            until=day_of(until),
            for_ever=bool(was_until) and not until.strip(),
            guardian=guardian or None,
        )
        consent.note(relay_of(request), clip_id, scope or None, evidence, person=person_of(request), terms=terms)

    return _changed(request, clip_id, note)


@router.post("/almanacs/{slug}/{name}/reaches", name="film_reaches")
def film_reaches(
    request: Request, slug: str, name: str, uses: Annotated[list[FilmReach] | None, Form()] = None
) -> Response:
    reaches.set_for(relay_of(request), slug, name, uses or (), person=person_of(request))
    return RedirectResponse(f"{address(slug, name)}/plan#permissions", status_code=303)


def _changed(request: Request, clip_id: int, change: Callable[[], object]) -> Response:
    """The clip's page as it is after the change, or with the sentence that says why nothing was changed."""
    try:
        change()
    except NotFound:
        raise
    except Refused as error:
        return refused(request, clip_id, ClipState.awaiting, error)
    return RedirectResponse(f"/clips/{clip_id}#permission", status_code=303)
