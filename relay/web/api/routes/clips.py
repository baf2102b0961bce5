from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool

from relay.almanac.captions import store as captions
from relay.almanac.captions.store import CaptionView
from relay.almanac.hearing import drafts
from relay.intake.hand_in import files
from relay.moderation import clip_reviews, desk
from relay.moderation.clip_reviews import ReviewView
from relay.moderation.desk import HistoryEntry
from relay.moderation.finding import clips as finding
from relay.moderation.finding.clip_filter import ClipFilter
from relay.moderation.finding.clips import FoundClip
from relay.moderation.suggestions import service as suggestions
from relay.moderation.suggestions.evidence import Suggestion
from relay.search import filters
from relay.web import shown
from relay.web.api import bodies
from relay.web.api.answers import USUAL, AfterNumber, Limit, answer, done, part, saw
from relay.web.api.bearer import Here, Who
from relay.web.api.noted import router as routes
from relay.web.api.schemas import model_of, parameters_of, several
from relay.web.api.uploads import FOLDER, FileName, received
from relay.web.shown import WholeClip

SUGGESTED = (
    "What the posts say of clips: names, towns, districts, ages, texts, each with its words. Nothing is written."
)
router = routes("Judge and describe clips.")


@router.get(
    "/campaigns/{slug}/clips",
    name="api_clips",
    response_model=several(FoundClip),
    summary="The campaign's clips.",
    openapi_extra=parameters_of(ClipFilter),
)
def listing(
    request: Request, relay: Here, slug: bodies.Slug, limit: Limit = USUAL, after: AfterNumber = None
) -> Response:
    """The filters of the desk; those that are lists may stand several times."""
    chosen = filters.parsed(ClipFilter, request.query_params.multi_items())
    rows = finding.listing(relay, slug, chosen, after=after, size=limit + 1)
    return part(request, rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


@router.post(
    "/campaigns/{slug}/clips/file",
    name="add_clip",
    status_code=201,
    response_model=model_of(WholeClip),
    summary="Take in video files that were handed in.",
    openapi_extra={"requestBody": {"required": True, "content": {"video/*": {"schema": {"type": "string"}}}}},
)
async def add(
    request: Request,
    relay: Here,
    who: Who,
    slug: bodies.Slug,
    file_name: FileName = "",
    name: Annotated[str, Query(max_length=200, description="The participant's name."), bodies.Plain] = "",
    town: Annotated[str, Query(max_length=200, description="The participant's town."), bodies.Plain] = "",
) -> Response:
    """The body is the video, as it is."""
    desk.campaign(relay, slug)
    async with received(request, file_name or "video.mp4") as path:
        made = await run_in_threadpool(
            files.add_files, relay, slug, [path], person=who, name=name, town=town, called=file_name
        )
    return answer(request, await run_in_threadpool(shown.clip, relay, made[0]), status=201)


@router.get(
    "/clips/{clip_id}",
    name="api_clip",
    response_model=model_of(WholeClip),
    summary="One clip: what it is, where it was posted, what was decided.",
)
def show(request: Request, relay: Here, clip_id: bodies.Id) -> Response:
    return answer(request, shown.clip(relay, clip_id))


@router.patch(
    "/clips/{clip_id}",
    name="edit_clip",
    response_model=model_of(WholeClip),
    summary="Correct what is known of the participant.",
)
def edit(request: Request, relay: Here, who: Who, clip_id: bodies.Id, body: bodies.ClipEdit) -> Response:
    fields = body.model_dump(exclude={"seen"})
    seen: dict[str, str] | None = None if body.seen is None else {str(name): text for name, text in body.seen.items()}
    if found := _if_seen(request, relay, clip_id):
        person = found.participant
        seen = {
            "name": person.name, "town": person.town, "district": person.district, "age": person.age,
            "relation": person.relation, "quote": found.quote,
            "origin": found.origin, "text_author": found.text_author,
        }  # fmt: skip
    desk.edit(relay, clip_id, person=who, seen=seen, **fields)
    return answer(request, shown.clip(relay, clip_id))


@router.get(
    "/clips/{clip_id}/decisions",
    name="decisions",
    response_model=several(HistoryEntry),
    summary="What was decided about a clip and what was corrected, in the order of time.",
)
def history(request: Request, relay: Here, clip_id: bodies.Id) -> Response:
    return answer(request, desk.history(relay, clip_id))


@router.get(
    "/clips/{clip_id}/suggestions",
    name="api_suggestions",
    response_model=several(Suggestion),
    summary=SUGGESTED,
)
def suggested(request: Request, relay: Here, clip_id: bodies.Id) -> Response:
    return answer(request, suggestions.of_clip(relay, clip_id))


@router.get(
    "/clips/{clip_id}/trim",
    name="clip_trim",
    response_model=model_of(ReviewView),
    summary="The in and out points, the turn and the poster that are proposed for a clip.",
)
def trimmed(request: Request, relay: Here, clip_id: bodies.Id) -> Response:
    return answer(request, clip_reviews.show(relay, clip_id))


@router.patch(
    "/clips/{clip_id}/trim",
    name="trim_clip",
    response_model=model_of(ReviewView),
    summary="Propose in and out points, a turn and a poster; every film takes them over. With nothing, show them.",
)
def trim(request: Request, relay: Here, who: Who, clip_id: bodies.Id, body: bodies.ClipTrim) -> Response:
    typed = {name: str(value) for name, value in body.model_dump().items() if value is not None}
    return answer(request, clip_reviews.trim(relay, clip_id, typed, person=who))


@router.post(
    "/clips/{clip_id}/trim/undo",
    name="undo_clip_trim",
    response_model=model_of(ReviewView),
    summary="Take the last change back.",
)
def undo_trim(request: Request, relay: Here, who: Who, clip_id: bodies.Id) -> Response:
    return answer(request, clip_reviews.undo(relay, clip_id, person=who))


@router.get(
    "/clips/{clip_id}/captions",
    name="captions",
    response_model=several(CaptionView),
    summary="The captions of a clip, by language.",
)
def captioned(request: Request, relay: Here, clip_id: bodies.Id) -> Response:
    desk.slug_of(relay, clip_id)
    return answer(request, captions.listing(relay, clip_id))


@router.put(
    "/clips/{clip_id}/captions",
    name="put_captions",
    response_model=several(CaptionView),
    summary="Give a clip captions: an SRT or WebVTT file.",
)
def put_captions(request: Request, relay: Here, who: Who, clip_id: bodies.Id, body: bodies.CaptionFile) -> Response:
    desk.slug_of(relay, clip_id)
    language = body.language or captions.usual_language(relay, clip_id)
    with TemporaryDirectory(dir=relay.folder(FOLDER)) as folder:
        path = Path(folder, f"captions.{body.kind}")
        path.write_text(body.text, "utf-8")
        captions.from_file(relay, clip_id, path, language=language, person=who)
    return answer(request, captions.listing(relay, clip_id))


@router.post(
    "/clips/{clip_id}/captions/from-quote",
    name="captions_from_quote",
    response_model=several(CaptionView),
    summary="The text of the quote, each sentence when it is read.",
)
def from_quote(request: Request, relay: Here, who: Who, clip_id: bodies.Id, body: bodies.CaptionWay) -> Response:
    language = body.language or captions.usual_language(relay, clip_id)
    captions.from_quote(relay, clip_id, language=language, person=who)
    return answer(request, captions.listing(relay, clip_id))


@router.post(
    "/clips/{clip_id}/captions/from-heard",
    name="captions_from_heard",
    response_model=several(CaptionView),
    summary="A draft of what was heard, for somebody to correct at the desk.",
)
def from_heard(request: Request, relay: Here, who: Who, clip_id: bodies.Id, body: bodies.CaptionWay) -> Response:
    drafts.from_heard(relay, clip_id, language=body.language, person=who)
    return answer(request, captions.listing(relay, clip_id))


@router.delete("/clips/{clip_id}/captions", name="drop_captions", status_code=204, summary="Take them away.")
def drop_captions(
    relay: Here,
    who: Who,
    clip_id: bodies.Id,
    language: Annotated[str, Query(max_length=16), bodies.Plain] = "",
) -> Response:
    captions.drop(relay, clip_id, language=language or captions.usual_language(relay, clip_id), person=who)
    return done()


def _if_seen(request: Request, relay: Here, clip_id: int) -> WholeClip | None:
    """The clip, where If-Match says that it was seen as it is."""
    if "if-match" not in request.headers:
        return None
    found = shown.clip(relay, clip_id)
    return found if saw(request, found) else None
