from __future__ import annotations

from fastapi import Request, Response

from relay.almanac.hearing import answers, proposals
from relay.almanac.hearing.answers import ReadingAnswered
from relay.almanac.hearing.proposals import ProposedReading
from relay.erasure import certificate, taking_back
from relay.erasure.certificate import ErasureCertificate
from relay.errors import Refused
from relay.models import ClipState
from relay.moderation import desk
from relay.moderation.desk import StandingDecision
from relay.moderation.review import mending
from relay.moderation.review.mending import MendingView
from relay.moderation.rules import right_to_undo
from relay.web import shown
from relay.web.access import Forbidden
from relay.web.api import bodies
from relay.web.api.answers import USUAL, AfterNumber, Limit, answer, done, page, saw
from relay.web.api.bearer import Here, Who, visitor_of
from relay.web.api.noted import router as routes
from relay.web.api.problems import Unseen
from relay.web.api.schemas import model_of, several
from relay.web.shown import WholeClip

router = routes("Judge and describe clips.")


@router.post(
    "/clips/{clip_id}/decisions",
    name="api_decide",
    status_code=201,
    response_model=model_of(WholeClip),
    summary="Approve a clip, reject it, or put it aside.",
)
def decide(request: Request, relay: Here, who: Who, clip_id: bodies.Id, body: bodies.Deciding) -> Response:
    """Says in which state the clip was seen: by `seen`, or by the ETag of GET in If-Match. Whoever is faster wins."""
    seen = _seen(request, relay, clip_id, body.seen)
    desk.decide(relay, clip_id, body.verdict, person=who, seen=seen, reason=body.reason, override=body.override)
    return answer(request, shown.clip(relay, clip_id), status=201)


@router.post(
    "/clips/{clip_id}/undo",
    name="api_undo",
    response_model=model_of(WholeClip),
    summary="Take back the last decision on each clip.",
)
def undo(request: Request, relay: Here, who: Who, clip_id: bodies.Id, body: bodies.Undoing) -> Response:
    standing = desk.show(relay, clip_id).last_decision
    if standing is not None:
        _may_undo(request, standing, who)
    desk.undo(relay, clip_id, person=who, decision_id=body.decision or (standing.id if standing else None))
    return answer(request, shown.clip(relay, clip_id))


@router.post(
    "/clips/{clip_id}/keep",
    name="keep_clip",
    response_model=model_of(WholeClip),
    summary="Keep clips whose posts are gone: they may be in films again. (To confirm: relay withdraw.)",
)
def keep(request: Request, relay: Here, who: Who, clip_id: bodies.Id, body: bodies.Doubted) -> Response:
    doubt = desk.show(relay, clip_id).doubt
    if not doubt:
        raise Refused("Clip {clip} is not in doubt.", clip=clip_id)
    desk.keep(relay, clip_id, person=who, seen=body.seen or doubt)
    return answer(request, shown.clip(relay, clip_id))


@router.post(
    "/clips/{clip_id}/withdraw",
    name="withdraw_clip",
    status_code=204,
    summary="Take a clip out of everything, because its author wishes so.",
)
def withdraw(relay: Here, who: Who, clip_id: bodies.Id, body: bodies.GivenReason) -> Response:
    taking_back.withdraw(relay, clip_id, reason=body.reason, person=who)
    return done()


@router.get(
    "/clips/{clip_id}/certificate",
    name="clip_certificate",
    response_model=model_of(ErasureCertificate),
    summary="Show what was erased, where and when: the certificate for the participant.",
)
def clip_certificate(request: Request, relay: Here, clip_id: bodies.Id) -> Response:
    return answer(request, certificate.of_clip(relay, clip_id))


@router.get(
    "/clips/{clip_id}/readings",
    name="api_readings",
    response_model=several(ProposedReading),
    summary="Which texts seem to be read in a clip, from when to when, and what people said to that.",
)
def readings(request: Request, relay: Here, clip_id: bodies.Id) -> Response:
    return answer(request, proposals.of_clip(relay, clip_id))


@router.post(
    "/clips/{clip_id}/readings/{place}/confirm",
    name="confirm_reading",
    response_model=model_of(ReadingAnswered),
    summary="A text is read there: it becomes the clip's text, and its exact words become captions.",
)
def confirm_reading(
    request: Request, relay: Here, who: Who, clip_id: bodies.Id, place: bodies.Place, body: bodies.ReadingChoice
) -> Response:
    done = answers.confirm(relay, clip_id, place, person=who, quote=body.quote, replace=body.replace)
    return answer(request, done)


@router.post(
    "/clips/{clip_id}/readings/{place}/refuse",
    name="refuse_reading",
    response_model=model_of(ReadingAnswered),
    summary="None of the texts that are proposed is read there.",
)
def refuse_reading(
    request: Request, relay: Here, who: Who, clip_id: bodies.Id, place: bodies.Place, body: bodies.ReadingSeen
) -> Response:
    return answer(request, answers.refuse(relay, clip_id, place, person=who, quote=body.quote))


@router.post(
    "/clips/{clip_id}/readings/{place}/unsay",
    name="unsay_reading",
    response_model=model_of(ReadingAnswered),
    summary="Take back what was said of a reading: the clip's text and its captions are what they were before.",
)
def unsay_reading(request: Request, relay: Here, who: Who, clip_id: bodies.Id, place: bodies.Place) -> Response:
    return answer(request, answers.take_back(relay, clip_id, place, person=who))


@router.post(
    "/clips/{clip_id}/return",
    name="return_clip",
    status_code=201,
    response_model=model_of(MendingView),
    summary="Return clips to their participants, and show the message with the link to answer by.",
)
def send_back(request: Request, relay: Here, who: Who, clip_id: bodies.Id, body: bodies.SendingBack) -> Response:
    mending.send_back(relay, clip_id, body.ask, person=who, note=body.note, seen=body.seen)
    return answer(request, mending.of_clip(relay, clip_id, relay.settings.desk_url)[-1], status=201)


@router.post(
    "/clips/{clip_id}/call-off",
    name="call_clip_off",
    response_model=model_of(WholeClip),
    summary="Take returned clips back into the queue as they are.",
)
def call_off(request: Request, relay: Here, who: Who, clip_id: bodies.Id) -> Response:
    mending.call_off(relay, clip_id, person=who)
    return answer(request, shown.clip(relay, clip_id))


@router.get(
    "/campaigns/{slug}/returned",
    name="returned_clips",
    response_model=several(MendingView),
    summary="The campaign's clips that wait for their participants, and the answers that nobody has judged yet.",
)
def returned(
    request: Request, relay: Here, slug: bodies.Slug, limit: Limit = USUAL, after: AfterNumber = None
) -> Response:
    rows = mending.listing(relay, slug, relay.settings.desk_url)
    return page(request, rows, lambda row: row.id, after=after, limit=limit)


def _seen(request: Request, relay: Here, clip_id: int, said: ClipState | None) -> ClipState:
    """Raises PreconditionFailed, and Unseen where neither says what was seen."""
    if "if-match" in request.headers:
        found = shown.clip(relay, clip_id)
        if saw(request, found):
            return said or found.state
    if said is None:
        raise Unseen("Say in which state you saw the clip.", hint="Send `seen`, or the ETag of the clip in If-Match.")
    return said


def _may_undo(request: Request, standing: StandingDecision, who: str) -> None:
    if not visitor_of(request).may(right_to_undo(standing.verdict, own=standing.person == who)):
        raise Forbidden("Your role does not allow this.")
