"""Captions taken in from a file, and taken along as one."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from relay.almanac.assets import held_files
from relay.almanac.captions import editing, sound, store
from relay.almanac.film.cues import MOST_BYTES
from relay.errors import Refused
from relay.views import as_json
from relay.web.access import person_of, relay_of
from relay.web.desk.captions.clip import ClipId, address, page_again
from relay.web.desk.film.answers import answered
from relay.web.desk.film.received import ReceivedForm, receive
from relay.web.headers import NOT_KEPT

router = APIRouter()

MOST_MB = MOST_BYTES >> 20
TYPES = {"srt": "application/x-subrip", "vtt": "text/vtt"}


@router.post("/clips/{clip_id}/captions/file", name="captions_file")
async def captions_file(request: Request, clip_id: ClipId) -> Response:
    """In place of those that the clip had in that language; the version before stays in the history."""
    form = await receive(request, relay_of(request), most_mb=MOST_MB)
    return await run_in_threadpool(_taken, request, clip_id, form)


def _taken(request: Request, clip_id: int, form: ReceivedForm) -> Response:
    film, seen = form.word("film")[:64], form.word("seen")

    def take() -> None:
        if form.file is None:
            raise Refused("Choose a file first.")
        version = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 11 else None
        store.from_file(
            relay_of(request), clip_id, form.file.path, language=code, person=person_of(request), seen=version
        )

    try:
        code = store.checked_language(form.word("code"))
        return answered(
            request, take, back=address(clip_id, code, film), again=partial(page_again, request, clip_id, code, film)
        )
    finally:
        held_files.drop(form.file)


@router.get("/clips/{clip_id}/captions/sound.json", name="clip_sound")
def clip_sound(request: Request, clip_id: ClipId) -> Response:
    """See sound.ClipSound; measured when it is asked for first."""
    found = sound.of_clip(relay_of(request), clip_id)
    return JSONResponse(as_json(found), headers=NOT_KEPT)


@router.get("/clips/{clip_id}/captions/{code}.{kind}", name="download_captions")
def download_captions(
    request: Request,
    clip_id: ClipId,
    code: Annotated[str, InPath(pattern=r"^[a-z]{2,3}$")],
    kind: Literal["srt", "vtt"],
) -> Response:
    text = editing.file(relay_of(request), clip_id, code, kind)
    name = f'attachment; filename="clip-{clip_id}.{code}.{kind}"'
    return Response(text, media_type=TYPES[kind], headers={**NOT_KEPT, "Content-Disposition": name})
