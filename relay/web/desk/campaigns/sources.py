"""The sources of a campaign: many added at once, checked, paused, resumed, and the district of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from relay.collect import campaigns, sources
from relay.collect.leading import pasting, settings
from relay.collect.leading.pasting import AGAIN, PastedLine
from relay.errors import RelayError
from relay.language.catalogue import N_, translator
from relay.moderation import desk
from relay.web.access import person_of, posted, relay_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.failures import status_of
from relay.web.page import language_of, render
from relay.web.words.campaigns import EXAMPLES, PASTED, SOURCE_STATES

router = APIRouter()

SourceId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
PATIENCE = 45.0
"""Seconds for looking addresses up; proxies give up on a page that takes longer than a minute."""
LONGEST_LIST = 100_000
DISTRICT = re.compile(r"district-(\d{1,10})")
DONE = {
    "checked": N_("Every source was asked."),
    "paused": N_("The source is paused."),
    "resumed": N_("The source is read again."),
    "districts": N_("The districts are saved."),
}


@router.get("/campaigns/{slug}/sources", name="campaign_sources")
def sources_page(request: Request, slug: str, done: str = "") -> Response:
    return _page(request, slug, said=DONE.get(done, ""))


@router.post("/campaigns/{slug}/sources", name="add_sources")
def add_sources(
    request: Request,
    slug: str,
    addresses: Annotated[str, Form(max_length=LONGEST_LIST)] = "",
    district: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Each line is answered on the page; what may do another time stays in the field, ready to be sent again."""
    relay = relay_of(request)
    wanted = pasting.lines_of(addresses, relay)
    try:
        lines = list(
            pasting.add_all(
                relay, slug, wanted, person=person_of(request), here=False, district=district, patience=PATIENCE
            )
        )
    except RelayError as error:
        campaigns.get(relay, slug)
        return _page(request, slug, error=error, typed=addresses, district=district)
    left = [line for line in lines if not line.is_fine]
    again = "\n".join(pasting.as_written(line) for line in left)
    return _page(request, slug, lines=lines, typed=again, district=district if left else "")


@router.post("/campaigns/{slug}/sources/check", name="check_sources")
def check_sources(request: Request, slug: str) -> Response:
    return _try(request, slug, lambda: sources.check(relay_of(request), slug), "checked")


@router.post("/campaigns/{slug}/sources/districts", name="set_districts")
def set_districts(request: Request, slug: str, form: Annotated[FormData, Depends(posted)]) -> Response:
    """`district-NUMBER` of each source, with what stood there as `was_district-NUMBER`."""
    wanted: dict[int, tuple[str, str]] = {}
    for name, text in form.items():
        found = DISTRICT.fullmatch(name)
        if found is not None and isinstance(text, str):
            wanted[min(int(found[1]), LARGEST_ID)] = (str(form.get(f"was_{name}", "")), text[:200])
    late = sources.set_districts(relay_of(request), slug, wanted, person=person_of(request))
    if late:
        typed = {row.id: wanted[row.id][1] for row in late}
        return _page(request, slug, late=typed, status=409)
    return RedirectResponse(f"/campaigns/{slug}/sources?done=districts", status_code=303)


@router.post("/campaigns/{slug}/sources/{source_id}/{deed}", name="switch_source")
def switch_source(request: Request, slug: str, source_id: SourceId, deed: Literal["pause", "resume"]) -> Response:
    relay, person = relay_of(request), person_of(request)
    switch = sources.pause if deed == "pause" else sources.resume
    done = "paused" if deed == "pause" else "resumed"
    return _try(request, slug, lambda: switch(relay, slug, source_id, person=person), done)


def _try(request: Request, slug: str, change: Callable[[], object], done: str) -> Response:
    campaigns.get(relay_of(request), slug)
    try:
        change()
    except RelayError as error:
        return _page(request, slug, error=error)
    return RedirectResponse(f"/campaigns/{slug}/sources?done={done}", status_code=303)


def _page(
    request: Request,
    slug: str,
    *,
    said: str = "",
    error: RelayError | None = None,
    lines: Sequence[PastedLine] = (),
    typed: str = "",
    district: str = "",
    late: dict[int, str] | None = None,
    status: int = 200,
) -> Response:
    relay = relay_of(request)
    campaign = desk.campaign(relay, slug)
    told = translator(language_of(request)).tell
    line = N_("Somebody else has set the same districts meanwhile. What you typed stands in the fields.")
    notice = told(error.line) if error is not None else told(line) if late else None
    return render(
        request,
        "campaign_sources.html",
        status=status if error is None else status_of(error),
        campaign=campaign,
        counts=desk.counts(relay, slug),
        sources=sources.listing(relay, slug),
        districts=settings.texts(relay, campaign).districts,
        said=said,
        notice=notice,
        lines=lines,
        fine=sum(one.is_fine for one in lines),
        goes_on=any(one.outcome in AGAIN for one in lines),
        typed=typed,
        district=district,
        late=late or {},
        pasted=PASTED,
        examples=EXAMPLES,
        states=SOURCE_STATES,
    )
