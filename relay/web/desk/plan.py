"""The editor's page: the film's clips in a row, one of them on the table, and what the rules propose.

Every change is a form that says which state of the plan was seen; the script only sends the same forms and shows the
page that comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from relay.almanac.assets import cards, quotes
from relay.almanac.delivery import cost, missing_glyphs, previews
from relay.almanac.hearing import clip_speech
from relay.almanac.plan import editor_view, edits, markers, queries, rules
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.catalogue import translator
from relay.language.sentence import Sentence
from relay.moderation import desk
from relay.permissions.views import ClipPermissionView
from relay.records import find_campaign
from relay.views import as_json
from relay.web.access import person_of, relay_of
from relay.web.background import render_jobs
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.timeline import panels
from relay.web.desk.timeline.addresses import address
from relay.web.failures import status_of
from relay.web.headers import NOT_KEPT
from relay.web.page import language_of
from relay.web.page import render as render_page
from relay.web.words import films

router = APIRouter()

Number = Annotated[int, Field(ge=0, le=LARGEST_ID)]
Words = Annotated[str, Field(max_length=2000)]


class PlanForm(BaseModel):
    """What a form of the page may hold. `seen`: the plan's token; `showing`: the clip to be on the table afterwards.
    `panel`, `page`, `q`: what was open below the timeline, and is open again.

    `own_name`, `own_town`: what the clip itself says, so that the same text again means "as it is credited".
    """

    seen: Annotated[str, Field(max_length=64)] = ""
    clip: Number = 0
    before: Number = 0
    first: Words = ""
    last: Words = ""
    who: Words = ""
    town: Words = ""
    own_name: Words = ""
    own_town: Words = ""
    reason: Words = ""
    where: Words = ""
    showing: Number = 0
    step: Number = 0
    text: Annotated[str, Field(max_length=markers.MOST_LETTERS)] = ""
    panel: panels.Panel = ""
    page: Annotated[int, Field(ge=1, le=panels.MOST_PAGES)] = 1
    q: Annotated[str, Field(max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class PlanActions:
    """What the forms of the page do: the plan that they change, and who changes it."""

    relay: Relay
    slug: str
    name: str
    person: str

    def place(self, change: PlanForm) -> None:
        edits.place(*self._film, change.clip, before=change.before or None, person=self.person, seen=change.seen)

    def trim(self, change: PlanForm) -> None:
        first, last = seconds_or_none(change.first), seconds_or_none(change.last)
        edits.trim(*self._film, change.clip, first=first, last=last, person=self.person, seen=change.seen)

    def whole(self, change: PlanForm) -> None:
        edits.untrim(*self._film, change.clip, person=self.person, seen=change.seen)

    def as_proposed(self, change: PlanForm) -> None:
        edits.as_proposed(*self._film, change.clip, person=self.person, seen=change.seen)

    def retitle(self, change: PlanForm) -> None:
        who = None if change.who == change.own_name else change.who
        town = None if change.town == change.own_town else change.town
        edits.retitle(*self._film, change.clip, who=who, town=town, person=self.person, seen=change.seen)

    def leave_out(self, change: PlanForm) -> None:
        edits.leave_out(*self._film, change.clip, reason=change.reason, person=self.person, seen=change.seen)

    def bring_back(self, change: PlanForm) -> None:
        edits.bring_back(*self._film, change.clip, person=self.person, seen=change.seen)

    def pin(self, change: PlanForm) -> None:
        edits.pin(*self._film, change.clip, change.where, person=self.person, seen=change.seen)

    def undo(self, change: PlanForm) -> None:
        edits.undo(*self._film, person=self.person, seen=change.seen)

    def back_to(self, change: PlanForm) -> None:
        edits.back_to(*self._film, change.step, person=self.person, seen=change.seen)

    def mark(self, change: PlanForm) -> None:
        seconds = seconds_or_none(change.where) or 0.0
        markers.add(*self._film, change.clip, seconds, change.text, person=self.person)

    def unmark(self, change: PlanForm) -> None:
        markers.remove(*self._film, change.step, person=self.person)

    def accept(self, change: PlanForm) -> None:
        queries.plan(*self._film, only={change.clip}, person=self.person, seen=change.seen)

    def accept_all(self, change: PlanForm) -> None:
        queries.plan(*self._film, person=self.person, seen=change.seen)

    @property
    def _film(self) -> tuple[Relay, str, str]:
        return self.relay, self.slug, self.name


ACTIONS: Mapping[str, Callable[[PlanActions, PlanForm], None]] = {
    "place": PlanActions.place,
    "trim": PlanActions.trim,
    "whole": PlanActions.whole,
    "as-proposed": PlanActions.as_proposed,
    "retitle": PlanActions.retitle,
    "leave-out": PlanActions.leave_out,
    "bring-back": PlanActions.bring_back,
    "pin": PlanActions.pin,
    "undo": PlanActions.undo,
    "back-to": PlanActions.back_to,
    "mark": PlanActions.mark,
    "unmark": PlanActions.unmark,
    "accept": PlanActions.accept,
    "accept-all": PlanActions.accept_all,
}


@router.get("/almanacs/{slug}/{name}/plan", name="plan")
def plan(
    request: Request,
    slug: str,
    name: str,
    clip: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    panel: panels.Panel = "",
    page: panels.PageNumber = 1,
    q: panels.Sought = "",
    *,
    cost: Annotated[bool, Query()] = False,
) -> Response:
    """`clip`: the one on the table. `cost`: also what the next film costs, which takes a moment to find out.

    `panel`: what is open below the timeline, see panels.py.
    """
    return _page(request, slug, name, PlanForm(clip=clip, panel=panel, page=page, q=q), with_cost=cost)


@router.post("/almanacs/{slug}/{name}/plan/{deed}", name="change_plan")
def change_plan(request: Request, slug: str, name: str, deed: str, change: Annotated[PlanForm, Form()]) -> Response:
    """A form without the token of the plan is as good as one of yesterday."""
    if deed not in ACTIONS:
        raise NotFound("There is no such page.")
    relay, typed = relay_of(request), change.model_copy()
    change.showing = change.showing or change.clip
    if deed == "leave-out" and change.showing == change.clip:
        change.showing = _neighbour(relay, slug, name, change.clip)
    change.seen = change.seen or "-"
    try:
        ACTIONS[deed](PlanActions(relay, slug, name, person_of(request)), change)
    except Refused as error:
        if isinstance(error, NotFound):
            raise
        typed.showing = typed.showing or typed.clip
        return _page(request, slug, name, typed, typed=True, notice=_line(request, error), status=status_of(error))
    return RedirectResponse(f"{address(slug, name)}/plan?{_showing(change)}", status_code=303)


def _showing(change: PlanForm) -> str:
    """The address of what is shown afterwards."""
    opened = {"panel": change.panel, "page": change.page, "q": change.q} if change.panel else {}
    return urlencode(
        {"clip": change.showing, **{name: value for name, value in opened.items() if value not in ("", 1)}}
    )


@router.post("/almanacs/{slug}/{name}/rules", name="set_rules")
async def set_rules(request: Request, slug: str, name: str) -> Response:
    """Fields are the rules' own names (rules.NAMES); an empty one is no rule. Nothing moves, it is only proposed."""
    form = await request.form()
    typed = {key: ", ".join(map(str, form.getlist(key))) for key in form}
    return await run_in_threadpool(_set_rules, request, slug, name, typed)


def _set_rules(request: Request, slug: str, name: str, form: Mapping[str, str]) -> Response:
    given = {rule: form[rule].strip() for rule in rules.NAMES if form.get(rule, "").strip()}
    try:
        queries.set_rules(
            relay_of(request), slug, name, given, person=person_of(request), seen=form.get("seen", "") or "-"
        )
    except Refused as error:
        if isinstance(error, NotFound):
            raise
        return _page(request, slug, name, PlanForm(), notice=_line(request, error), status=status_of(error))
    return RedirectResponse(f"{address(slug, name)}/plan?panel=proposals#panel", status_code=303)


@router.post("/almanacs/{slug}/{name}/make/{kind}", name="make_film")
def make_film(request: Request, slug: str, name: str, kind: render_jobs.Kind) -> Response:
    relay = relay_of(request)
    queries.show(relay, slug, name)
    try:
        _render_jobs(request).start(relay, slug, name, kind)
    except Refused as error:
        return _page(request, slug, name, PlanForm(), notice=_line(request, error), status=409)
    return RedirectResponse(f"{address(slug, name)}/plan#making", status_code=303)


@router.get("/almanacs/{slug}/{name}/making", name="making")
def making(request: Request, slug: str, name: str) -> Response:
    return JSONResponse(as_json(render_jobs.view(_render_jobs(request).job(slug, name))))


@router.get("/almanacs/{slug}/{name}/preview.mp4", name="preview_film")
def preview_film(request: Request, slug: str, name: str) -> Response:
    path = previews.film(relay_of(request), slug, name)
    return FileResponse(path, media_type="video/mp4", headers=NOT_KEPT)


def _page(
    request: Request,
    slug: str,
    name: str,
    change: PlanForm,
    *,
    typed: bool = False,
    with_cost: bool = False,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    """`change`: the clip on the table and the open panel; `typed`: its words stand again in the fields."""
    relay = relay_of(request)
    with relay.store.one_look():
        view = editor_view.view(relay, slug, name, change.showing or change.clip)
        campaign, marked = desk.campaign(relay, slug), markers.listing(relay, slug, name)
    preview = previews.newest(relay, slug, name)
    chosen = view.segments[view.at - view.first] if view.at is not None else None
    return render_page(
        request,
        "almanac_plan.html",
        status=status,
        campaign=campaign,
        almanac=view,
        here=address(slug, name),
        chosen=chosen,
        speech_cut=clip_speech.cut(relay, chosen.sha256, chosen.duration) if chosen is not None else None,
        at=view.at,
        part=editor_view.PART,
        cost=_cost(request, cost.diff(relay, slug, name)) if with_cost else None,
        permissions=_permissions(relay, slug, name),
        undrawn=_undrawn(view.people, campaign.language),
        hidden_cards=cards.out_of_sight(relay, slug, name),
        told=films,
        texts=quotes.listing(relay, slug),
        job=_render_jobs(request).job(slug, name),
        preview=preview.mark if preview is not None else None,
        notice=notice,
        panel=panels.opened(relay, slug, name, change.panel, change.page, change.q),
        version=view.version,
        showing=view.order[view.at] if view.at is not None else 0,
        typed=change if typed else None,
        marked=markers.by_clip(marked),
    )


@dataclass(frozen=True, slots=True)
class PlanPermissions:
    """`uses`: where the film goes besides being shown; `lacking`: clips of the plan that lack permission
    for it.
    """

    uses: list[str]
    lacking: list[ClipPermissionView]


def _permissions(relay: Relay, slug: str, name: str) -> PlanPermissions:
    with relay.reading() as session:
        campaign, film = find_campaign(session, slug), queries.find(session, slug, name)
        return PlanPermissions(
            list(film.uses), queries.lacking(session, campaign, film, outside=False, now=relay.now())
        )


def _undrawn(people: Sequence[tuple[int, str, str]], language: str) -> list[missing_glyphs.UndrawnText]:
    """Nearly every film has all letters, which is seen at once of all names together."""
    if not missing_glyphs.lacks(f"{name} {town}" for _clip, name, town in people):
        return []
    return [lack for one in people for lack in missing_glyphs.of_person(*one, language)]


@dataclass(frozen=True, slots=True)
class CostLines:
    """What the next version costs, or why it is `refused`, and what changes, in the reader's language."""

    refused: bool
    line: str
    credits: str
    changes: list[str]
    undrawn: list[missing_glyphs.UndrawnText]


def _cost(request: Request, found: cost.FilmChanges) -> CostLines:
    translate = translator(language_of(request)).tell
    line = translate(Sentence(cost.COST, {"changed": found.changed, "clips": found.clips, **as_json(found.cost)}))
    return CostLines(
        refused=bool(found.refused),
        line=translate(found.refused) or line,
        credits=translate(cost.credits_line(found.cost.credits)),
        changes=[translate(Sentence(cost.SENTENCES[one.what], as_json(one))) for one in found.changes],
        undrawn=found.undrawn,
    )


def _neighbour(relay: Relay, slug: str, name: str, clip: int) -> int:
    """The clip behind it in the film, else the one before it; 0 where there is none."""
    order = editor_view.view(relay, slug, name, clip).order
    at = order.index(clip) if clip in order else 0
    return next(iter([*order[at + 1 : at + 2], *reversed(order[:at])]), 0)


def seconds_or_none(text: str) -> float | None:
    """A time as people write it, `2:41` or `161.4`; None for nothing. Raises Refused."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        return rules.seconds_of(text)
    except ValueError as error:
        raise Refused("{time} is no time.", hint="Write seconds (12.5) or minutes (1:02.5).", time=text) from error


def _line(request: Request, error: Refused) -> str:
    return translator(language_of(request)).tell(films.refused(error))


def _render_jobs(request: Request) -> render_jobs.RenderJobs:
    found = request.app.state.render_jobs
    assert isinstance(found, render_jobs.RenderJobs)
    return found
