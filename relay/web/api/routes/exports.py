from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.responses import FileResponse

from relay.almanac.delivery.exports import shelf
from relay.almanac.delivery.exports.film import ExportWish
from relay.almanac.delivery.exports.shelf import ReadyExport
from relay.almanac.plan import queries
from relay.errors import NotFound
from relay.language.catalogue import translator
from relay.web.api import bodies
from relay.web.api.answers import answer, done
from relay.web.api.bearer import Here, Who
from relay.web.api.noted import router as routes
from relay.web.api.problems import language_of
from relay.web.api.routes.films import FILM
from relay.web.api.schemas import model_of, several
from relay.web.background import export_jobs

router = routes("Films for other programs.")
ZIP = {200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}, "description": "ZIP"}}


@dataclass(frozen=True, slots=True)
class ExportMaking:
    """How far the export is that is being made, or was last. `number`: the one that is ready; `error`: why there is
    none; `stopped`: by whom it was ended.
    """

    running: bool
    percent: int
    number: int | None
    error: str
    stopped: str


@router.get(
    FILM + "/exports",
    name="api_exports",
    response_model=several(ReadyExport),
    summary="Exports that are ready to be taken along.",
)
def listing(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    """Few are kept, and those for some days only."""
    return answer(request, shelf.listing(relay, slug, name))


@router.post(
    FILM + "/exports",
    name="api_make_export",
    status_code=202,
    response_model=model_of(ExportMaking),
    summary="The film as it looks for an editing program, as one ZIP with a list of what is left out.",
)
def make(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, body: bodies.ExportOrder
) -> Response:
    queries.show(relay, slug, name)
    wish = ExportWish(body.to, originals=body.originals, packed=True)
    translate = translator(language_of(request)).gettext
    return _told(request, _jobs(request).start(relay, slug, name, wish, person=who, translate=translate), status=202)


@router.get(
    FILM + "/exporting",
    name="api_exporting",
    response_model=model_of(ExportMaking),
    summary="How far the export is that is being made.",
)
def exporting(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return _told(request, _job(request, relay, slug, name))


@router.post(
    FILM + "/exporting/stop",
    name="api_stop_export",
    response_model=model_of(ExportMaking),
    summary="End the export that is being made.",
)
def stop(request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    job = _job(request, relay, slug, name)
    if job.running:
        job.stop(who)
    return _told(request, job)


@router.get(
    FILM + "/exports/{export}.zip",
    name="api_export_file",
    response_class=FileResponse,
    responses=ZIP,  # type: ignore[arg-type]
    summary="An export, to take along; in parts too (Range).",
)
def file(relay: Here, slug: bodies.Slug, name: bodies.FilmName, export: bodies.Id) -> Response:
    ready, path = shelf.file(relay, slug, name, export)
    return FileResponse(path, media_type="application/zip", filename=ready.called)


@router.delete(
    FILM + "/exports/{export}",
    name="api_remove_export",
    status_code=204,
    summary="Throw an export away.",
)
def remove(relay: Here, slug: bodies.Slug, name: bodies.FilmName, export: bodies.Id) -> Response:
    shelf.remove(relay, slug, name, export)
    return done()


def _jobs(request: Request) -> export_jobs.ExportJobs:
    found = request.app.state.export_jobs
    assert isinstance(found, export_jobs.ExportJobs)
    return found


def _job(request: Request, relay: Here, slug: str, name: str) -> export_jobs.ExportJob:
    """Raises NotFound."""
    queries.show(relay, slug, name)
    job = _jobs(request).job(slug, name)
    if job is None:
        raise NotFound("This film is not being exported.")
    return job


def _told(request: Request, job: export_jobs.ExportJob, *, status: int = 200) -> Response:
    error = job.error.line if job.error is not None else ""
    return answer(request, ExportMaking(job.running, job.percent, job.number, error, job.stopped), status=status)
