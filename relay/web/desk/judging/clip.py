"""One clip: look at it, judge it, go on to the next."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.almanac.delivery import missing_glyphs
from relay.almanac.hearing import clip_speech, reading_view
from relay.collect.leading import settings
from relay.context import Relay
from relay.erasure.taking_back import withdraw as withdraw_clip
from relay.errors import Refused, Stale
from relay.intake.hand_in import hand_ins
from relay.language.catalogue import translator
from relay.models import ClipState, Doubt, Verdict
from relay.moderation import claims, clip_reviews, consent, desk, one_form, recordings, rules, video_texts
from relay.moderation.agreement import links
from relay.moderation.review import second_looks
from relay.moderation.suggestions import service as suggestions
from relay.moderation.suggestions.evidence import Suggestion
from relay.moderation.team import own_decisions
from relay.moderation.team import queue as queues
from relay.permissions import views
from relay.web.access import Forbidden, Visitor, person_of, relay_of, visitor_of
from relay.web.beside import base_url, beside
from relay.web.desk.judging import typed
from relay.web.desk.judging.queue import LARGEST_ID, clip_address, next_address
from relay.web.desk.judging.tags import tags_of
from relay.web.failures import status_of
from relay.web.page import language_of, render
from relay.web.words import captions as caption_words
from relay.web.words import which_text
from relay.web.words.wording import MEANWHILE, STATES

router = APIRouter()

ClipId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Text = Annotated[str, Form(max_length=2000)]


@router.get("/clips/{clip_id}", name="clip")
def clip(
    request: Request,
    clip_id: ClipId,
    queue: ClipState = ClipState.awaiting,
    dialog: Annotated[str, Query(max_length=16)] = "",
    kept: Annotated[str, Query(max_length=64)] = "",
    at: Annotated[float | None, Query(ge=0, le=86_400, allow_inf_nan=False)] = None,
) -> Response:
    """`dialog` opens one (`reject`, `help`) where the browser runs no script; `kept`: see relay/web/drafts.py.

    `at`: the second from which it is played.
    """
    return _page(request, clip_id, queue, dialog=dialog, form=partial(typed.kept, request, token=kept), at=at)


@router.post("/clips/{clip_id}/decide", name="decide")
def decide(
    request: Request,
    clip_id: ClipId,
    verdict: Annotated[Literal["approve", "reject", "later"], Form()],
    seen: Annotated[ClipState, Form()],
    sent: typed.Posted,
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
) -> Response:
    """Corrections in the same form are kept with the verdict. A rejection without a reason asks for it."""
    relay = relay_of(request)
    if verdict == "reject" and not sent.reason and not sent.note:
        return _page(request, clip_id, queue, dialog="reject", form=partial(typed.again, sent=sent))
    reason = rules.compose(sent.reason, sent.note) if verdict == "reject" else ""
    judgement = one_form.Judgement(Verdict(verdict), seen, reason, sent.key)
    try:
        one_form.submit(relay, clip_id, sent.form, person=person_of(request), judgement=judgement)
    except Refused as error:
        dialog = "reject" if verdict == "reject" and not isinstance(error, Stale) else ""
        return refused(request, clip_id, queue, error, dialog=dialog, sent=sent)
    return RedirectResponse(next_address(request, clip_id, queue), status_code=303)


@router.post("/clips/{clip_id}/undo", name="undo")
def undo(
    request: Request,
    clip_id: ClipId,
    decision: Annotated[int, Form(ge=1, le=LARGEST_ID)],
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
    *,
    sure: Annotated[bool, Form()] = False,
    day: Annotated[date | None, Form()] = None,
) -> Response:
    """One's own decision, or, when an organizer is `sure`, anybody's. `day`: goes back to the list of that day."""
    relay, visitor, person = relay_of(request), visitor_of(request), person_of(request)
    shown = desk.show(relay, clip_id)
    standing = shown.last_decision
    if standing is not None and standing.id == decision:
        _may_undo(visitor, standing, own=standing.person == person)
    undone = partial(desk.undo, relay, clip_id, person=person, decision_id=decision, at_desk=True, own=not sure)
    answer = _changed(request, clip_id, queue, undone)
    if day is not None and answer.status_code == 303:
        return RedirectResponse(f"/campaigns/{shown.campaign}/mine?day={day}", status_code=303)
    return answer


@router.post("/clips/{clip_id}/edit", name="edit")
def edit(
    request: Request,
    clip_id: ClipId,
    sent: typed.Posted,
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
) -> Response:
    """Only what the person changed is changed, so that two people may correct two fields at once."""
    submit = partial(one_form.submit, relay_of(request), clip_id, sent.form, person=person_of(request))
    return _changed(request, clip_id, queue, submit, sent)


@router.post("/clips/{clip_id}/withdraw", name="withdraw")
def withdraw(
    request: Request,
    clip_id: ClipId,
    reason: Text = "",
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
) -> Response:
    withdrawn = partial(withdraw_clip, relay_of(request), clip_id, reason=reason, person=person_of(request))
    return _changed(request, clip_id, queue, withdrawn)


@router.post("/clips/{clip_id}/keep", name="keep")
def keep(
    request: Request,
    clip_id: ClipId,
    doubt: Annotated[str, Form(max_length=32)] = "",
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
) -> Response:
    """The post is gone, and the clip stays."""
    kept = partial(desk.keep, relay_of(request), clip_id, person=person_of(request), seen=doubt)
    return _changed(request, clip_id, queue, kept)


@router.post("/clips/{clip_id}/confirm", name="confirm")
def confirm(
    request: Request,
    clip_id: ClipId,
    doubt: Annotated[Doubt, Form()],
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
) -> Response:
    """The post is gone, and so is the clip."""
    reason = rules.DOUBTS.get(doubt, "")
    confirmed = partial(withdraw_clip, relay_of(request), clip_id, reason=reason, person=person_of(request))
    return _changed(request, clip_id, queue, partial(confirmed, doubt=doubt))


def _may_undo(visitor: Visitor, standing: desk.StandingDecision, *, own: bool) -> None:
    if visitor.may(rules.right_to_undo(standing.verdict, own=own)):
        return
    if standing.verdict is Verdict.withdraw:
        raise Forbidden("Only an organizer can take back a withdrawal.")
    raise Forbidden("Only an organizer can take back what somebody else decided.")


def _changed(
    request: Request,
    clip_id: int,
    queue: ClipState,
    change: Callable[[], object],
    sent: typed.PostedForm | None = None,
) -> Response:
    """The clip as it is after the change, or why nothing was changed."""
    try:
        change()
    except Refused as error:
        return refused(request, clip_id, queue, error, sent=sent)
    return RedirectResponse(clip_address(clip_id, queue), status_code=303)


def refused(
    request: Request,
    clip_id: int,
    queue: ClipState,
    error: Refused,
    *,
    dialog: str = "",
    sent: typed.PostedForm | None = None,
) -> Response:
    """The fresh row, with a sentence that says why nothing was changed, and with what was typed."""
    now = one_form.shown(relay_of(request), clip_id)
    form = typed.fresh(now) if sent is None else typed.again(now, sent, error)
    translate = translator(language_of(request)).tell
    line = translate(error.line)
    if isinstance(error, claims.Claimed):
        pass
    elif form.touched and isinstance(error, Stale):
        line = translate("This clip was changed while you typed. Nothing of yours is lost: it stands below.")
    elif isinstance(error, Stale) and _decided_by(desk.show(relay_of(request), clip_id), person_of(request)):
        line = translate(MEANWHILE["you"])
    elif isinstance(error, Stale):
        line = translate("Somebody else was faster. The clip's state now: {state}. Nothing of yours was saved.")
        line = line.format(state=translate(STATES[error.state]).lower())
    return _page(request, clip_id, queue, dialog=dialog, notice=line, status=status_of(error), form=lambda _now: form)


def _page(
    request: Request,
    clip_id: int,
    queue: ClipState,
    *,
    dialog: str,
    form: Callable[[Mapping[str, str]], typed.FormOnPage],
    notice: str | None = None,
    status: int = 200,
    at: float | None = None,
) -> Response:
    """`form`: made of what its fields say now."""
    page = secrets.token_hex(8)
    claim = _claim(request, clip_id, page)
    with relay_of(request).one_look():
        fields = form(one_form.shown(relay_of(request), clip_id))
        more = {"dialog": dialog, "notice": notice, "at": at}
        return _shown(request, clip_id, queue, claim, page, status=status, form=fields, **more)


def _shown(
    request: Request,
    clip_id: int,
    queue: ClipState,
    claim: claims.ClaimView | None,
    page: str,
    *,
    status: int,
    form: typed.FormOnPage,
    **values: Any,
) -> Response:
    relay = relay_of(request)
    shown = desk.show(relay, clip_id)
    slug, person = shown.campaign, person_of(request)
    if form.kept and _is_overtaken(relay, form, shown, person):
        form = replace(form, decided=True)
    participant, around = shown.participant, queues.beside(relay, slug, person, state=queue, after=clip_id)
    return render(
        request,
        "clip.html",
        status=status,
        clip=shown,
        beside=beside(request, clip_id),
        hand_ins=hand_ins.of_clip(relay, clip_id),
        card=recordings.card_of(relay, clip_id) if shown.card else None,
        relatives=recordings.relatives(relay, clip_id),
        suggestions=_suggested(request, shown),
        readings=reading_view.look(relay, clip_id, shown.sha256) if shown.state is not ClipState.withdrawn else None,
        told=which_text,
        tags=tags_of(request, clip_id),
        posts=video_texts.fullest_first(shown.posts),
        video_texts=video_texts.unsaid(video_texts.of_clip(relay, clip_id), shown.posts),
        campaign=around.campaign,
        guidelines=settings.texts(relay, around.campaign).guidelines,
        counts=around.counts,
        queue=queue.value,
        undoable=_undoable(shown, around.last, person),
        decided=around.decided,
        present=around.present,
        claim=claim,
        page=page,
        form=form,
        newest=max((entry.id for entry in shown.history if entry.id), default=0),
        reasons=rules.REASONS,
        scopes=consent.SCOPES,
        undrawn=list(missing_glyphs.of_person(clip_id, participant.name, participant.town, around.campaign.language)),
        footing=clip_reviews.footing(relay, shown.sha256),
        proposed=clip_reviews.show(relay, clip_id),
        permission=views.of_clip(relay, clip_id),
        speech=_speech(relay, shown, around.campaign.language),
        called=partial(caption_words.called, language=language_of(request)),
        author_asked=links.of_clip(relay, clip_id, base_url(request)),
        **values,
    )


def _is_overtaken(relay: Relay, form: typed.FormOnPage, shown: desk.ClipDetails, person: str) -> bool:
    """Whether somebody else has done meanwhile what the person had pressed."""
    if form.kept == "look" and form.verdict in second_looks.JUDGED:
        return second_looks.is_over(relay, shown.id, Verdict(form.verdict), person=person)
    return form.seen != shown.state and not _decided_by(shown, person)


def _suggested(request: Request, shown: desk.ClipDetails) -> list[Suggestion]:
    """The proposals for whoever may take them; none for a clip that is withdrawn."""
    if shown.state is ClipState.withdrawn or not visitor_of(request).may("edit"):
        return []
    return suggestions.of_clip(relay_of(request), shown.id)


def _speech(relay: Relay, shown: desk.ClipDetails, language: str) -> clip_speech.ClipSpeech:
    if shown.state is ClipState.withdrawn:
        return clip_speech.NO_SPEECH
    return clip_speech.of_clip(relay, shown.id, shown.sha256, seconds=shown.duration, language=language)


def _decided_by(shown: desk.ClipDetails, person: str) -> bool:
    """Whether what stands was decided by the person."""
    return shown.last_decision is not None and shown.last_decision.person == person


@dataclass(frozen=True, slots=True)
class Undoable:
    """The decision that the key U takes back, and whose clip it was on."""

    id: int
    clip_id: int
    verdict: Verdict
    name: str


def _claim(request: Request, clip_id: int, page: str) -> claims.ClaimView | None:
    """Who has the clip: whoever opens it, if they may decide and nobody else has it."""
    if visitor_of(request).may("decide"):
        return claims.open_clip(relay_of(request), clip_id, person_of(request), page)
    return claims.who_has(relay_of(request), clip_id)


def _undoable(shown: desk.ClipDetails, mine: own_decisions.LastDecision | None, person: str) -> Undoable | None:
    """What U takes back: the person's own decision on this clip where it stands, else their last one. No withdrawal:
    nothing is left that could come back.
    """
    if Verdict.withdraw in (shown.last_decision.verdict if shown.last_decision else "", mine.verdict if mine else ""):
        return None
    if shown.last_decision is not None and _decided_by(shown, person):
        return Undoable(shown.last_decision.id, shown.id, shown.last_decision.verdict, shown.participant.name)
    return Undoable(mine.id, mine.clip_id, mine.verdict, mine.name) if mine is not None else None
