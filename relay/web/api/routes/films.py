from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from relay.almanac.assets import new_film
from relay.almanac.delivery import cost, missing_glyphs
from relay.almanac.delivery.cost import FilmChanges
from relay.almanac.delivery.missing_glyphs import UndrawnText
from relay.almanac.plan import edits, queries, rules
from relay.almanac.plan.queries import PlanView, ProposalView
from relay.context import Relay
from relay.errors import Refused
from relay.web.api import bodies
from relay.web.api.answers import USUAL, After, Limit, answer, page, saw
from relay.web.api.bearer import Here, Who
from relay.web.api.noted import router as routes
from relay.web.api.schemas import model_of, several

router = routes("Plan and render films.")
FILM = "/campaigns/{slug}/almanacs/{name}"


@router.get(
    "/campaigns/{slug}/almanacs",
    name="api_almanacs",
    response_model=several(PlanView),
    summary="The campaign's almanacs.",
)
def listing(request: Request, relay: Here, slug: bodies.Slug, limit: Limit = USUAL, after: After = "") -> Response:
    return page(request, queries.listing(relay, slug), lambda row: row.name, after=after, limit=limit)


@router.post(
    "/campaigns/{slug}/almanacs",
    name="new_almanac",
    status_code=201,
    response_model=model_of(PlanView),
    summary="Make an almanac: empty, of every approved clip, of what the rules choose, or from a template.",
)
def new(request: Request, relay: Here, who: Who, slug: bodies.Slug, body: bodies.NewFilm) -> Response:
    words: dict[str, Any] = {
        "title": body.title,
        "given": _rules(body.rules),
        "all_approved": body.all_approved,
        "person": who,
    }
    if body.template:
        made = new_film.new(relay, slug, body.name, template=body.template, **words)
    else:
        made = queries.new(relay, slug, body.name, **words)
    return answer(request, queries.show(relay, slug, made.name), status=201)


@router.get(
    FILM, name="api_almanac", response_model=model_of(PlanView), summary="Segments and finished versions of an almanac."
)
def show(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return answer(request, queries.show(relay, slug, name))


@router.get(
    FILM + "/undrawn",
    name="undrawn",
    response_model=several(UndrawnText),
    summary="What of a film's words no font can draw, told before it is made.",
)
def undrawn(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return answer(request, missing_glyphs.of_film(relay, slug, name))


@router.post(
    FILM + "/plan",
    name="follow_rules",
    response_model=model_of(PlanView),
    summary="Follow the rules again with what is approved now; what was done by hand stays.",
)
def plan(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, body: bodies.Planning
) -> Response:
    given = None if body.rules is None else _rules(body.rules)
    seen = body.seen or _if_seen(request, relay, slug, name)
    queries.plan(relay, slug, name, given=given, only=body.only, person=who, seen=seen)
    return answer(request, queries.show(relay, slug, name))


@router.get(
    FILM + "/proposals",
    name="proposals",
    response_model=several(ProposalView),
    summary="Only list what the rules propose.",
)
def proposed(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return answer(request, queries.proposals(relay, slug, name))


@router.post(
    FILM + "/edits",
    name="edit_plan",
    response_model=model_of(PlanView),
    summary="Change the plan by hand: place, trim, retitle, leave out, bring back, pin, undo.",
)
def edit(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, body: bodies.PlanEdit
) -> Response:
    """The plan as it was seen is named by `seen` or by the ETag of GET in If-Match; then nobody's change is lost."""
    body.seen = body.seen or _if_seen(request, relay, slug, name)
    _do(relay, slug, name, body, who)
    return answer(request, queries.show(relay, slug, name))


@router.get(
    FILM + "/diff",
    name="film_diff",
    response_model=model_of(FilmChanges),
    summary="What has changed since the newest version, and what the next render will cost.",
)
def diff(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return answer(request, cost.diff(relay, slug, name))


def _do(relay: Relay, slug: str, name: str, body: bodies.PlanEdit, who: str) -> None:
    if body.deed == "undo":
        edits.undo(relay, slug, name, person=who, seen=body.seen)
        return
    if body.clip is None:
        raise Refused("Say which clip is meant.")
    film = (relay, slug, name, body.clip)
    match body.deed:
        case "place":
            edits.place(*film, before=body.before, person=who, seen=body.seen)
        case "trim":
            edits.trim(*film, first=body.first, last=body.last, person=who, seen=body.seen)
        case "whole":
            edits.untrim(*film, person=who, seen=body.seen)
        case "as-proposed":
            edits.as_proposed(*film, person=who, seen=body.seen)
        case "retitle":
            edits.retitle(*film, who=body.who, town=body.town, person=who, seen=body.seen)
        case "leave-out":
            edits.leave_out(*film, reason=body.reason, person=who, seen=body.seen)
        case "bring-back":
            edits.bring_back(*film, person=who, seen=body.seen)
        case "pin":
            edits.pin(*film, "" if body.where == "free" else body.where, person=who, seen=body.seen)


def _rules(given: dict[str, str] | None) -> dict[str, str]:
    return rules.written(f"{rule}={text}" for rule, text in (given or {}).items())


def _if_seen(request: Request, relay: Relay, slug: str, name: str) -> str:
    """The token of the plan, where If-Match says that it was seen as it is; else nothing. Raises PreconditionFailed."""
    if "if-match" not in request.headers:
        return ""
    found = queries.show(relay, slug, name)
    return found.version if saw(request, found) else ""
