"""A film that is watched while it is made: the page, how far it is, and its parts, for our own script and for HLS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from fastapi.responses import JSONResponse, Response

from relay.almanac.delivery.watching import watch
from relay.almanac.delivery.watching.playlist import HEAD, playlist
from relay.almanac.film.streaming.stream import FilmStream
from relay.almanac.plan import queries
from relay.language.catalogue import translator
from relay.moderation import desk
from relay.views import as_json
from relay.web.access import relay_of
from relay.web.background.render_jobs import Job, RenderJobs
from relay.web.desk import ranges
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.timeline.addresses import address
from relay.web.headers import FROM_SCRIPT, MEDIA
from relay.web.page import language_of, render
from relay.web.words import watching as words

router = APIRouter()

VIDEO = "video/mp4"
Mark = Annotated[str, InPath(pattern="^[0-9a-f]{32}$")]
Number = Annotated[int, InPath(ge=0, le=LARGEST_ID)]


@dataclass(frozen=True, slots=True)
class WatchedFilm:
    """What the page shows, and its script asks for again and again. `mark`: another for each render, empty as long as
    there is nothing to be watched. `found`: its parts.

    `said`, `sound`, `trouble`: sentences in the reader's language. `file`, `page`: the finished film, empty before.
    """

    mark: str
    kind: str
    running: bool
    percent: int
    closed: bool
    said: str
    sound: str
    trouble: str
    file: str
    page: str
    found: watch.WatchView | None


@router.get("/almanacs/{slug}/{name}/watch", name="watch")
def watch_page(request: Request, slug: str, name: str) -> Response:
    relay = relay_of(request)
    answer = render(
        request,
        "film_watch.html",
        campaign=desk.campaign(relay, slug),
        almanac=queries.show(relay, slug, name),
        here=address(slug, name),
        watched=_state(request, slug, name),
    )
    answer.headers[MEDIA] = FROM_SCRIPT
    return answer


@router.get("/almanacs/{slug}/{name}/watch/state", name="watch_state")
def watch_state(request: Request, slug: str, name: str) -> Response:
    """See WatchedFilm."""
    queries.show(relay_of(request), slug, name)
    return JSONResponse(as_json(_state(request, slug, name)))


@router.get("/almanacs/{slug}/{name}/watch/{mark}/film.m3u8", name="watch_playlist")
def watch_playlist(request: Request, slug: str, name: str, mark: Mark) -> Response:
    found = watch.view(_opened(request, slug, name, mark))
    return Response(
        playlist(found.ends, found.made), media_type="application/vnd.apple.mpegurl", headers=ranges.HEADERS
    )


@router.get("/almanacs/{slug}/{name}/watch/{mark}/" + HEAD, name="watch_head")
def watch_head(request: Request, slug: str, name: str, mark: Mark) -> Response:
    head = _opened(request, slug, name, mark).head()
    return ranges.answer(request, len(head), mark, lambda first, last: iter([head[first:last]]), VIDEO)


@router.get("/almanacs/{slug}/{name}/watch/{mark}/{part:int}.m4s", name="watch_part")
def watch_part(request: Request, slug: str, name: str, mark: Mark, part: Number) -> Response:
    body = _opened(request, slug, name, mark).part(part)
    return ranges.answer(request, body.size, body.tag, body.read, VIDEO)


def _opened(request: Request, slug: str, name: str, mark: str) -> FilmStream:
    job = _job(request, slug, name)
    return watch.opened(relay_of(request), job.watch if job is not None else None, mark)


def _state(request: Request, slug: str, name: str) -> WatchedFilm:
    job, tell = _job(request, slug, name), translator(language_of(request)).tell
    if job is None:
        return WatchedFilm("", "", False, 0, False, tell(words.NOTHING), "", "", "", "", None)
    running = job.running  # read before the parts: what ends meanwhile is told the next time
    closed = job.watch is not None and watch.is_closed(relay_of(request), job.watch)
    found = watch.view(job.watch.stream) if job.watch is not None and not closed else None
    trouble = tell(words.CLOSED) if closed else tell(job.error.line) if job.error is not None else ""
    file, page = _finished(job, address(slug, name)) if not (running or trouble) else ("", "")
    return WatchedFilm(
        mark=job.watch.stream.mark if job.watch is not None and found is not None else "",
        kind=job.kind,
        running=running,
        percent=job.percent,
        closed=closed,
        said=tell(words.how_far(found) if running else words.ready(job.kind, job.version)) if not trouble else "",
        sound=tell(words.sound(found)),
        trouble=trouble,
        file=file,
        page=page,
        found=found,
    )


def _finished(job: Job, here: str) -> tuple[str, str]:
    """Addresses of the finished film and of its page."""
    if job.kind == "film":
        return f"{here}/{job.version}", f"{here}?version={job.version}"
    return f"{here}/preview.mp4?{job.watch.stream.mark if job.watch is not None else ''}", f"{here}#preview"


def _job(request: Request, slug: str, name: str) -> Job | None:
    found = request.app.state.render_jobs
    assert isinstance(found, RenderJobs)
    return found.job(slug, name)
