"""One clip: look at it, judge it, go on to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.almanac.delivery import missing_glyphs
from relay.errors import Refused, Stale
from relay.intake.hand_in import hand_ins
from relay.language.catalogue import translator
from relay.models import ClipState, Doubt, Verdict
from relay.moderation import clip_reviews, consent, desk, one_form, rules
from relay.moderation.withdrawal import withdraw as withdraw_clip
from relay.web.access import Forbidden, person_of, relay_of, visitor_of
from relay.web.desk import typed
from relay.web.desk.queue import LARGEST_ID, clip_address
from relay.web.failures import status_of
from relay.web.page import language_of, render
from relay.web.wording import STATES

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
) -> Response:
    """`dialog` opens one (`reject`, `help`) where the browser runs no script; `kept`: see relay/web/drafts.py."""
    form = typed.kept(request, one_form.shown(relay_of(request), clip_id), kept)
    return _page(request, clip_id, queue, dialog=dialog, form=form)


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
        form = typed.again(one_form.shown(relay, clip_id), sent)
        return _page(request, clip_id, queue, dialog="reject", form=form)
    reason = rules.compose(sent.reason, sent.note) if verdict == "reject" else ""
    judgement = one_form.Judgement(Verdict(verdict), seen, reason, sent.key)
    try:
        one_form.submit(relay, clip_id, sent.form, person=person_of(request), judgement=judgement)
    except Refused as error:
        dialog = "reject" if verdict == "reject" and not isinstance(error, Stale) else ""
        return _refused(request, clip_id, queue, error, dialog=dialog, sent=sent)
    following = desk.queue(relay, desk.show(relay, clip_id).campaign, state=queue, after=clip_id)
    if following is None:
        return RedirectResponse(_queue_address(relay, clip_id, queue), status_code=303)
    return RedirectResponse(clip_address(following.id, queue), status_code=303)


@router.post("/clips/{clip_id}/undo", name="undo")
def undo(
    request: Request,
    clip_id: ClipId,
    decision: Annotated[int, Form(ge=1, le=LARGEST_ID)],
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
) -> Response:
    relay, visitor = relay_of(request), visitor_of(request)
    standing = desk.show(relay, clip_id).last_decision
    if standing is not None and not visitor.may(rules.right_to_undo(standing.verdict)):
        raise Forbidden("Only an organizer can take back a withdrawal.")
    undone = partial(desk.undo, relay, clip_id, person=person_of(request), decision_id=decision)
    return _changed(request, clip_id, queue, undone)


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
        return _refused(request, clip_id, queue, error, sent=sent)
    return RedirectResponse(clip_address(clip_id, queue), status_code=303)


def _refused(
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
    if form.touched and isinstance(error, Stale):
        line = translate("This clip was changed while you typed. Nothing of yours is lost: it stands below.")
    elif isinstance(error, Stale):
        line = translate("Somebody else was faster. The clip's state now: {state}. Nothing of yours was saved.")
        line = line.format(state=translate(STATES[error.state]).lower())
    return _page(request, clip_id, queue, dialog=dialog, notice=line, status=status_of(error), form=form)


def _page(
    request: Request,
    clip_id: int,
    queue: ClipState,
    *,
    dialog: str,
    form: typed.FormOnPage,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    relay = relay_of(request)
    shown = desk.show(relay, clip_id)
    slug, person = shown.campaign, person_of(request)
    participant, campaign = shown.participant, desk.campaign(relay, slug)
    return render(
        request,
        "clip.html",
        status=status,
        clip=shown,
        hand_ins=hand_ins.of_clip(relay, clip_id),
        campaign=campaign,
        counts=desk.counts(relay, slug),
        queue=queue.value,
        following=_following(desk.queue(relay, slug, state=queue, after=clip_id), clip_id),
        undoable=_undoable(shown, desk.last_decision(relay, slug, person)),
        decided=desk.decided_today(relay, slug, person),
        reasons=rules.REASONS,
        scopes=consent.SCOPES,
        undrawn=list(missing_glyphs.of_person(clip_id, participant.name, participant.town, campaign.language)),
        dialog=dialog,
        notice=notice,
        form=form,
        footing=clip_reviews.footing(relay, shown.sha256),
        proposed=clip_reviews.show(relay, clip_id),
    )


@dataclass(frozen=True, slots=True)
class Undoable:
    """The decision that the key U takes back, and whose clip it was on."""

    id: int
    clip_id: int
    verdict: Verdict
    name: str


def _following(view: desk.ClipDetails | None, clip_id: int) -> desk.ClipDetails | None:
    return view if view is not None and view.id != clip_id else None


def _undoable(shown: desk.ClipDetails, mine: desk.LastDecision | None) -> Undoable | None:
    """What U takes back: the decision on this clip where there is one, else the person's last one."""
    if shown.last_decision is not None:
        return Undoable(shown.last_decision.id, shown.id, shown.last_decision.verdict, shown.participant.name)
    return Undoable(mine.id, mine.clip_id, mine.verdict, mine.name) if mine is not None else None


def _queue_address(relay: Any, clip_id: int, queue: ClipState) -> str:
    return f"/campaigns/{desk.show(relay, clip_id).campaign}/queue?state={queue.value}"
