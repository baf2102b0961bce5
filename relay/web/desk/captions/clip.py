"""A clip's captions in one language: written, moved and divided on a timeline beside the sound, or in plain rows.

What is saved names the version that was seen, so a colleague's work is never written over unseen. The script of the
page (static/captions.js) asks for JSON; the form alone does the same with pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi import Path as InPath
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from relay.almanac.captions import editing, films, store
from relay.almanac.captions.editing import CaptionBench, CaptionTrack, TypedCue
from relay.almanac.captions.sureness import unsure_words
from relay.almanac.film.cues import LEAST_SECONDS, LETTERS_A_SECOND, LINE_LETTERS, LINES, Cue
from relay.almanac.hearing import drafts
from relay.errors import NotFound, RelayError, Stale
from relay.language.catalogue import names, translator
from relay.moderation import desk
from relay.web.access import person_of, posted, relay_of, visitor_of
from relay.web.desk.captions import typed
from relay.web.desk.film.answers import answered, line
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.failures import status_of
from relay.web.page import language_of, render
from relay.web.words import captions as words

router = APIRouter()

ClipId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Code = Annotated[str, Query(pattern=r"^[a-z]{2,3}$")]
FormCode = Annotated[str, Form(pattern=r"^[a-z]{2,3}$")]
Film = Annotated[str, Form(max_length=64)]
Version = Annotated[int, Form(ge=0, le=LARGEST_ID)]
BLANK_ROWS = 3


@router.get("/clips/{clip_id}/captions", name="clip_captions")
def clip_captions(
    request: Request, clip_id: ClipId, code: Code | None = None, film: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """`code`: the language; without one the first that there is. `film`: whose clip before and behind is led to."""
    return page_again(request, clip_id, code or _usual(request, clip_id), film)


@router.post("/clips/{clip_id}/captions", name="save_captions")
def save_captions(
    request: Request,
    clip_id: ClipId,
    form: Annotated[FormData, Depends(posted)],
    code: FormCode,
    seen: Version,
    film: Film = "",
) -> Response:
    """All rows. A script gets JSON: the rows as they stand now; refused (409, 400) `line`, and what stands (`now`)."""
    rows = typed.rows_of(form)
    deed = partial(editing.save, relay_of(request), clip_id, rows, language=code, person=person_of(request), seen=seen)
    if "application/json" in request.headers.get("accept", ""):
        return _told(request, clip_id, code, deed)
    try:
        deed()
    except NotFound:
        raise
    except RelayError as error:
        return page_again(request, clip_id, code, film, error=error, rows=rows, seen=seen)
    return RedirectResponse(address(clip_id, code, film), status_code=303)


@router.post("/clips/{clip_id}/captions/{deed}", name="change_captions")
def change_captions(
    request: Request,
    clip_id: ClipId,
    deed: Literal["from-quote", "from-heard", "times", "back", "remove"],
    code: FormCode,
    seen: Version,
    film: Film = "",
    of: Annotated[str, Form(max_length=8)] = "",
    version: Version = 0,
) -> Response:
    """`of`: the language whose times are taken; `version`: the one that is brought back."""
    relay = relay_of(request)
    common: dict[str, Any] = {"language": code, "person": person_of(request), "seen": seen}
    deeds: Mapping[str, Callable[[], object]] = {
        "from-quote": lambda: store.from_quote(relay, clip_id, **common),
        "from-heard": lambda: drafts.from_heard(relay, clip_id, **common),
        "times": lambda: editing.take_times(relay, clip_id, of=of, **common),
        "back": lambda: editing.bring_back(relay, clip_id, wanted=version, **common),
        "remove": lambda: store.drop(relay, clip_id, **common),
    }
    back, again = address(clip_id, code, film), partial(page_again, request, clip_id, code, film)
    return answered(request, deeds[deed], back=back, again=again)


def address(clip_id: int, code: str, film: str = "") -> str:
    query = {"code": code, **({"film": film} if film else {})}
    return f"/clips/{clip_id}/captions?{urlencode(query)}"


def _usual(request: Request, clip_id: int) -> str:
    """The campaign's language, or another one where there are captions in that alone."""
    usual = store.usual_language(relay_of(request), clip_id)
    there = [one.language for one in editing.bench(relay_of(request), clip_id).tracks]
    return usual if usual in there or not there else there[0]


def _told(request: Request, clip_id: int, code: str, deed: Callable[[], object]) -> Response:
    try:
        deed()
    except NotFound:
        raise
    except RelayError as error:
        told = {"line": line(request, error), "now": _now(request, clip_id, code)}
        return JSONResponse(told, status_code=status_of(error))
    told = {"line": translator(language_of(request)).gettext("Saved."), "now": _now(request, clip_id, code)}
    return JSONResponse(told)


def _now(request: Request, clip_id: int, code: str) -> dict[str, Any]:
    relay = relay_of(request)
    track = editing.bench(relay, clip_id).track(code)
    version = editing.version(relay, clip_id, code)
    return {"version": version, "person": track.person if track else "", "cues": _cues(track)}


def _cues(track: CaptionTrack | None) -> list[dict[str, Any]]:
    return [] if track is None else [_cue(cue) for cue in track.cues]


def _cue(cue: Cue) -> dict[str, Any]:
    unsure = unsure_words(cue)
    return {"start": cue.start, "end": cue.end, "text": cue.text, **({"unsure": unsure} if unsure else {})}


def page_again(
    request: Request,
    clip_id: int,
    code: str,
    film: str = "",
    *,
    error: RelayError | None = None,
    rows: Sequence[TypedCue] | None = None,
    seen: int | None = None,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    """`error`: why the rows that were typed could not be kept. What they would write over is shown beside them then,
    and sent once more they do.
    """
    relay, language = relay_of(request), language_of(request)
    bench = editing.bench(relay, clip_id)
    campaign = desk.campaign(relay, desk.slug_of(relay, clip_id))
    track, others = bench.track(code), [one for one in bench.tracks if one.language != code]
    version = editing.version(relay, clip_id, code)
    clash = isinstance(error, Stale)
    called, heard = partial(words.called, language=language), _heard(request, bench)
    return render(
        request,
        "captions.html",
        status=status_of(error) if error is not None else status,
        notice=line(request, error) if error is not None else notice,
        campaign=campaign,
        counts=desk.counts(relay, campaign.slug),
        bench=bench,
        heard=heard,
        heard_seen=editing.version(relay, clip_id, heard.language),
        nothing_heard=line(request, heard.why_not) if heard.why_not is not None else "",
        code=code,
        film=film,
        around=_around(request, campaign.slug, film, clip_id),
        track=track,
        others=others,
        rows=typed.again(rows) if rows is not None else typed.shown(track, others),
        blank=BLANK_ROWS,
        clash=typed.shown(track, ()) if clash else None,
        seen=version if clash or seen is None else seen,
        versions=editing.versions(relay, clip_id, code),
        offered=list(dict.fromkeys((campaign.language, *names(), code, *(one.language for one in bench.tracks)))),
        called=called,
        told=words,
        said=words.for_script(translator(language).gettext),
        data=_data(bench, track, others, code=code, version=version, edits=visitor_of(request).may("almanac")),
        is_typed=rows is not None,
    )


def _heard(request: Request, bench: CaptionBench) -> drafts.HeardLook:
    """What can be drafted; nothing of a clip that was withdrawn."""
    return drafts.NOT_HEARD if bench.withdrawn else drafts.look(relay_of(request), bench.clip)


def _around(request: Request, slug: str, film: str, clip_id: int) -> tuple[int, int]:
    """The clips before and behind this one in a film, 0 for none; none of a film that isn't there any more."""
    if not film:
        return 0, 0
    try:
        return films.of_film(relay_of(request), slug, film).neighbours(clip_id)
    except NotFound:
        return 0, 0


def _data(
    bench: CaptionBench, track: CaptionTrack | None, others: Sequence[CaptionTrack], **more: Any
) -> dict[str, Any]:
    """For the script: what stands, and by which limits it tells doubts while somebody types."""
    limits = {"seconds": LEAST_SECONDS, "speed": LETTERS_A_SECOND, "letters": LINE_LETTERS, "lines": LINES}
    return {
        "clip": bench.clip,
        "seconds": bench.seconds,
        "fps": bench.fps,
        "cues": _cues(track),
        "person": track.person if track else "",
        "others": [{"code": one.language, "cues": _cues(one)} for one in others],
        "sound": f"/clips/{bench.clip}/captions/sound.json" if bench.has_sound and bench.proxy else "",
        "limits": limits,
        **more,
    }
