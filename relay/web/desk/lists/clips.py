"""The clips of a campaign as posters: searched, filtered, sorted, a page at a time, and ticked to act on many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from relay.language.catalogue import translator
from relay.models import ClipState, SavedList
from relay.moderation import consent, desk, recordings, rules
from relay.moderation.finding import bulk, saved
from relay.moderation.finding import clips as finding
from relay.moderation.finding.clip_filter import ClipFilter
from relay.search import filters
from relay.web.access import person_of, relay_of, visitor_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.page import language_of, render
from relay.web.words import finding as finding_wording
from relay.web.words.wording import source_title

router = APIRouter()

PAGE = 48


@router.get("/campaigns/{slug}/clips", name="clips")
def clips(request: Request, slug: str, after: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None) -> Response:
    """The filter stands in the address: see ClipFilter."""
    chosen = filters.parsed(ClipFilter, request.query_params.multi_items())
    return clips_page(request, slug, chosen, after=after)


def clips_page(
    request: Request,
    slug: str,
    chosen: ClipFilter,
    *,
    after: int | None = None,
    status: int = 200,
    notice: str | None = None,
    ticked: Collection[int] = (),
    typed: Mapping[str, str] | None = None,
) -> Response:
    """`ticked` clips and what was `typed` stand there again where something was refused."""
    relay, language, account = relay_of(request), language_of(request), visitor_of(request).account
    found = finding.page(relay, slug, chosen, after=after, size=PAGE)
    choices = finding.choices(relay, slug)
    tell = translator(language).tell
    titles = {str(source.id): source_title(source, tell) for source in choices.sources}
    return render(
        request,
        "clips.html",
        copies=recordings.copies(relay, [clip.id for clip in found.clips]),
        status=status,
        notice=notice,
        campaign=desk.campaign(relay, slug),
        counts=desk.counts(relay, slug),
        in_doubt=desk.doubtful(relay, slug),
        found=found,
        chosen=chosen,
        query=filters.query(chosen),
        with_place=lambda clip: link(urlencode(_place(chosen, clip))),
        with_query=lambda **changed: link(filters.query(chosen, **changed)),
        values=form_values(chosen),
        extra=extra_values(chosen),
        chips=finding_wording.chips(chosen, language, titles),
        choices=choices,
        titles=titles,
        finding=finding_wording,
        after=after,
        last=bulk.newest(relay, slug, person_of(request)),
        done=lambda change: finding_wording.done(change.kind, change.what, language),
        saved_views=saved.listing(relay, slug, account, SavedList.clips) if account is not None else [],
        reasons=rules.REASONS,
        scopes=consent.SCOPES,
        most=bulk.MOST_CLIPS,
        ticked=ticked,
        typed=defaultdict(str, typed or {}),
    )


def _place(chosen: ClipFilter, clip: finding.FoundClip) -> dict[str, str]:
    """Where a clip is opened: among those that were put aside, at the second at which is said what was sought."""
    among = {"queue": ClipState.later.value} if chosen.state == (ClipState.later,) else {}
    return {**among, **({"at": f"{clip.said.at:g}"} if clip.said is not None else {})}


def link(query: str) -> str:
    """The part of an address that the query is; empty without one."""
    return f"?{query}" if query else ""


def form_values(chosen: Any) -> Mapping[str, str]:
    """What the form shows in each field: the last value that the address has."""
    return defaultdict(str, filters.pairs(chosen))


def extra_values(chosen: Any) -> list[tuple[str, str]]:
    """Further values of fields of which the form shows one."""
    shown = form_values(chosen)
    return [(name, value) for name, value in filters.pairs(chosen) if name != "state" and shown[name] != value]
