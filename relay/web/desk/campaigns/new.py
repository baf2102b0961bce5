"""A new campaign, question by question: each answer is kept, all is tried before anything is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from relay.collect import proposals
from relay.collect.leading import drafts, opening, pasting
from relay.collect.leading.answers import SetupAnswers
from relay.collect.leading.drafts import DraftView
from relay.collect.leading.pasting import PastedLine
from relay.errors import Refused, RelayError
from relay.language.catalogue import translator
from relay.models import Account, Role
from relay.moderation import desk
from relay.moderation.people import accounts, links
from relay.sources.vk.token_check import TokenVerdict
from relay.upkeep import credentials, tokens
from relay.web.access import Forbidden, person_of, posted, relay_of, visitor_of
from relay.web.desk.campaigns import days, questions
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.failures import status_of
from relay.web.page import language_of, render
from relay.web.words.campaigns import EXAMPLES, PASTED, STEPS

router = APIRouter()

DraftId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Step = Literal["campaign", "spellings", "window", "places", "token", "people", "try"]
Form = Annotated[FormData, Depends(posted)]
ORDER = tuple(STEPS)
PATIENCE = 40.0
"""Seconds for looking sources up while somebody waits for the page; what is left can be added afterwards."""


@dataclass(frozen=True, slots=True)
class OnPage:
    """What a page of the questions says besides its answers. `typed`: as it was typed, where it can't be taken."""

    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, RelayError] = field(default_factory=dict)
    verdict: TokenVerdict | None = None


@router.get("/new-campaign", name="new_campaign")
def new_campaign(request: Request) -> Response:
    """The first question, and what this person has begun before."""
    begun = drafts.of(relay_of(request), _me(request))
    return _page(request, None, "campaign", OnPage(), begun=begun)


@router.post("/new-campaign", name="begin_campaign")
def begin_campaign(request: Request, form: Form) -> Response:
    taken, faults = questions.campaign(request, form)
    if faults:
        return _page(request, None, "campaign", OnPage(questions.typed(form), faults), status=400)
    language = taken.pop("language")
    number = drafts.begin(relay_of(request), _me(request), SetupAnswers(**taken), language=language)
    return _to(number, "spellings")


@router.get("/new-campaign/{draft_id}/{step}", name="new_campaign_step")
def new_campaign_step(request: Request, draft_id: DraftId, step: Step) -> Response:
    return _page(request, _draft(request, draft_id), step, OnPage())


@router.post("/new-campaign/{draft_id}/try", name="try_campaign")
def try_campaign(request: Request, draft_id: DraftId) -> Response:
    """Reads the places as they would be read now, and keeps nothing of it but the figures."""
    relay, draft = relay_of(request), _draft(request, draft_id)
    if (first := _unanswered(draft)) is not None:
        return _to(draft_id, first)
    try:
        tried = opening.try_out(relay, draft.answers, here=False, patience=PATIENCE)
    except RelayError as error:
        return _page(request, draft, "try", OnPage(faults={"": error}), status=status_of(error))
    kept = {"places": [_row(line) for line in tried.places], "found": tried.found.as_json(tried.campaign)}
    drafts.note_trial(relay, _me(request), draft_id, kept)
    return _to(draft_id, "try")


@router.post("/new-campaign/{draft_id}/make", name="make_campaign")
def make_campaign(request: Request, draft_id: DraftId) -> Response:
    """The campaign, its sources and the moderators' accounts; their links are on the page that answers, this once."""
    relay, draft = relay_of(request), _draft(request, draft_id)
    if (first := _unanswered(draft)) is not None:
        return _to(draft_id, first)
    try:
        made = opening.open_campaign(
            relay,
            replace(draft.answers, sources=_looked_up(draft)),
            language=draft.language,
            person=person_of(request),
            here=False,
            patience=PATIENCE,
        )
    except RelayError as error:
        return _page(request, draft, "try", OnPage(faults={"": error}), status=status_of(error))
    invited = [_invited(request, name) for name in draft.answers.moderators or []]
    drafts.drop(relay, _me(request), draft_id)
    bad = [line for line in made.places if not line.is_fine]
    return render(
        request,
        "campaign_made.html",
        campaign=made.campaign,
        opens=desk.local(made.campaign, made.campaign.opens_at),
        places=made.places,
        bad=bad,
        left="\n".join(pasting.as_written(line) for line in bad),
        invited=[one for one in invited if one is not None],
        pasted=PASTED,
    )


@router.post("/new-campaign/{draft_id}/drop", name="drop_campaign")
def drop_campaign(request: Request, draft_id: DraftId) -> Response:
    drafts.drop(relay_of(request), _me(request), draft_id)
    return RedirectResponse("/new-campaign", status_code=303)


@router.post("/new-campaign/{draft_id}/{step}", name="answer_step")
def answer_step(request: Request, draft_id: DraftId, step: Step, form: Form) -> Response:
    draft = _draft(request, draft_id)
    if step == "token":
        return _token(request, draft, str(form.get("token", "")))
    taken, faults = questions.READERS[step](request, form, draft)
    if faults:
        return _page(request, draft, step, OnPage(questions.typed(form), faults), status=400)
    drafts.answer(relay_of(request), _me(request), draft_id, **taken)
    return _to(draft_id, ORDER[ORDER.index(step) + 1])


def _token(request: Request, draft: DraftView, token: str) -> Response:
    """Tested at once, and kept where it works; without one it goes on."""
    if not token.strip():
        return _to(draft.id, "people")
    if not visitor_of(request).may_in(None, "people"):
        raise Forbidden("Your role does not allow this.")
    try:
        verdict = credentials.add_vk(relay_of(request), token, tag=draft.answers.hashtags[0])
    except RelayError as error:
        return _page(request, draft, "token", OnPage(faults={"token": error}), status=status_of(error))
    return _page(request, draft, "token", OnPage(verdict=verdict), status=200 if verdict.works else 400)


def _page(
    request: Request,
    draft: DraftView | None,
    step: Step,
    on_page: OnPage,
    *,
    begun: list[DraftView] | None = None,
    status: int = 200,
) -> Response:
    translate, language = translator(language_of(request)).tell, language_of(request)
    given = draft.answers if draft is not None else SetupAnswers()
    return render(
        request,
        "new_campaign.html",
        status=status,
        draft=draft,
        begun=begun or [],
        step=step,
        steps=STEPS,
        number=min(max(ORDER.index(step), 1), 5),
        following=ORDER[ORDER.index(step) + 1] if step != "try" else "",
        before=ORDER[ORDER.index(step) - 1] if step != "campaign" else "",
        answers=given,
        typed={**questions.fields(request, draft), **on_page.typed},
        faults={name: translate(error.line) for name, error in on_page.faults.items()},
        notice=translate(on_page.faults[""].line) if "" in on_page.faults else None,
        verdict=on_page.verdict,
        unanswered=_unanswered(draft) if draft is not None else "campaign",
        pasted=PASTED,
        examples=EXAMPLES,
        tokens=[one for one in tokens.listing(relay_of(request)) if one.network == "vk"] if step == "token" else [],
        needs_vk=draft is not None and _needs_vk(request, draft),
        zones=questions.zones() if step == "window" else [],
        is_set_outside=credentials.is_set_outside(),
        tried=draft.tried if draft is not None else {},
        in_field=lambda iso: days.in_field(iso, language),
    )


def _unanswered(draft: DraftView) -> Step | None:
    """The first question that has no answer yet."""
    given = draft.answers
    missing: dict[Step, bool] = {
        "campaign": not (given.title and given.hashtags),
        "spellings": not given.slug,
        "window": not (given.opens and given.closes and given.tz),
        "places": not given.sources,
    }
    return next((step for step, is_missing in missing.items() if is_missing), None)


def _needs_vk(request: Request, draft: DraftView) -> bool:
    vk = relay_of(request).sources.get("vk")
    wanted = pasting.lines_of("\n".join(draft.answers.sources), relay_of(request))
    return vk is not None and any(vk.claims(one.address) for one in wanted)


def _looked_up(draft: DraftView) -> list[str]:
    """The sources by the addresses that the try has found, which a network tells of many at once."""
    tried: list[Mapping[str, str]] = draft.tried.get("places", [])
    if not tried:
        return draft.answers.sources
    return [f"{one['address'] or one['written']}\t{one['district']}" for one in tried]


def _row(line: PastedLine) -> dict[str, Any]:
    return {**asdict(line), "outcome": line.outcome.value, "is_fine": line.is_fine}


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who moderates: with a link that chooses a password, or why there is none."""

    name: str
    link: str = ""
    why: str = ""


def _invited(request: Request, name: str) -> Invited | None:
    """None for somebody who has an account already."""
    relay = relay_of(request)
    if name in {account.name for account in accounts.listing(relay)}:
        return None
    base = relay.settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    try:
        made = accounts.invite(
            relay,
            proposals.login(name),
            name,
            Role.moderator,
            language=language_of(request),
            person=person_of(request),
        )
        return Invited(name, links.password_link(relay, made.login, base))
    except Refused as error:
        return Invited(name, why=translator(language_of(request)).tell(error.line))


def _draft(request: Request, draft_id: int) -> DraftView:
    return drafts.get(relay_of(request), _me(request), draft_id)


def _me(request: Request) -> Account:
    account = visitor_of(request).account
    assert account is not None
    return account


def _to(draft_id: int, step: str) -> Response:
    return RedirectResponse(f"/new-campaign/{draft_id}/{step}", status_code=303)
