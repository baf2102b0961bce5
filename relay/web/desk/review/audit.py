"""The record of all that people did, for organizers: by person, kind, day and clip, as a page and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from relay.collect import campaigns
from relay.language.catalogue import translator
from relay.language.sentence import as_sentence
from relay.moderation import audit as record
from relay.moderation.audit import Deed, DeedFilter
from relay.web.access import relay_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.page import language_of, render
from relay.web.words.deeds import DEEDS, SUBJECTS
from relay.web.words.wording import STATES

router = APIRouter()

PAGE = 100
Text = Annotated[str, Query(max_length=200)]


@router.get("/audit", name="audit")
def audit(
    request: Request,
    campaign: Text = "",
    person: Text = "",
    kind: Text = "",
    clip: Text = "",
    since: Text = "",
    until: Text = "",
    after: Text = "",
) -> Response:
    relay, wanted = relay_of(request), _wanted(campaign, person, kind, clip, since, until, after)
    found = record.listing(relay, wanted, size=PAGE + 1)
    return render(
        request,
        "audit.html",
        deeds=found[:PAGE],
        more=_query(replace(wanted, after=found[PAGE - 1].place)) if len(found) > PAGE else "",
        first=_query(replace(wanted, after="")),
        wanted=wanted,
        people=record.people(relay),
        kinds=DEEDS,
        subjects=SUBJECTS,
        states=STATES,
        campaigns=campaigns.all_campaigns(relay),
    )


@router.get("/audit.csv", name="audit_table")
def audit_table(
    request: Request,
    campaign: Text = "",
    person: Text = "",
    kind: Text = "",
    clip: Text = "",
    since: Text = "",
    until: Text = "",
) -> Response:
    """The same, all of it, for a spreadsheet."""
    relay, wanted = relay_of(request), _wanted(campaign, person, kind, clip, since, until)
    record.listing(relay, wanted, size=1)  # a campaign that is not there is told before the table begins
    rows = _in_words(record.everything(relay, wanted), language_of(request))
    headers = {"Content-Disposition": 'attachment; filename="record.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(record.as_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/audit/pace", name="pace")
def pace(request: Request, campaign: Text = "") -> Response:
    relay = relay_of(request)
    return render(
        request,
        "pace.html",
        paces=record.paces(relay, campaign),
        agreement=record.agreement(relay, campaign),
        wanted=DeedFilter(slug=campaign),
        campaigns=campaigns.all_campaigns(relay),
    )


def _in_words(deeds: Iterator[Deed], language: str) -> Iterator[Mapping[str, str]]:
    tell = translator(language).tell
    for deed in deeds:
        told = {name: str(value) for name, value in asdict(deed).items()}
        told |= {"what": tell(DEEDS.get(deed.what, deed.what)), "subject": tell(SUBJECTS[deed.subject])}
        told |= {side: tell(STATES.get(text, text)) for side, text in (("before", deed.before), ("after", deed.after))}
        yield told | {"reason": tell(as_sentence(deed.reason))}


def _wanted(
    campaign: str, person: str, kind: str, clip: str, since: str, until: str, after: str = ""
) -> DeedFilter:  # fmt: skip
    """Fields as a form sends them; what is no day and no number is left out."""
    number = clip.strip().removeprefix("№").strip()
    is_number = number.isascii() and number.isdecimal() and len(number) < 11 and int(number) <= LARGEST_ID
    return DeedFilter(campaign, person, kind, int(number) if is_number else None, _day(since), _day(until), after)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _query(wanted: DeedFilter) -> str:
    """The filter as an address holds it."""
    named = {"campaign": wanted.slug, **{name: value for name, value in asdict(wanted).items() if name != "slug"}}
    return urlencode({name: str(value) for name, value in named.items() if value not in (None, "")})
