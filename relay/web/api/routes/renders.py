from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.responses import FileResponse

from relay.almanac import formats
from relay.almanac.delivery import previews, remarks, sign_off, versions
from relay.almanac.delivery.remarks import RemarkView
from relay.almanac.delivery.reviewing import mailing
from relay.almanac.delivery.reviewing.mailing import OfficialLetter
from relay.almanac.delivery.sign_off import SignOffView
from relay.almanac.plan import queries
from relay.almanac.plan.queries import RenderView
from relay.errors import NotFound
from relay.web.api import bodies
from relay.web.api.answers import USUAL, AfterNumber, Limit, answer, done, page
from relay.web.api.bearer import Here, Who
from relay.web.api.noted import router as routes
from relay.web.api.routes.films import FILM
from relay.web.api.schemas import model_of, several
from relay.web.background import render_jobs

router = routes("Plan and render films.")
VIDEO = {200: {"content": {"video/mp4": {"schema": {"type": "string", "format": "binary"}}}, "description": "MP4"}}


@dataclass(frozen=True, slots=True)
class MakingView:
    """How far the film is that is being made, or was last: `percent` of its frames; `error`: why there is none."""

    kind: str
    running: bool
    percent: int
    version: int | None
    error: str


@dataclass(frozen=True, slots=True)
class NewSignOff:
    """`link` is shown this once."""

    number: int
    link: str
    version: int
    expires_at: str


@router.get(
    FILM + "/renders", name="renders", response_model=several(RenderView), summary="The finished versions of a film."
)
def listing(
    request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName, limit: Limit = USUAL,
    after: AfterNumber = None,
) -> Response:  # fmt: skip
    rows = queries.show(relay, slug, name).renders
    return page(request, rows, lambda row: row.version, after=after, limit=limit)


@router.post(
    FILM + "/renders",
    name="render",
    status_code=202,
    response_model=model_of(MakingView),
    summary="Make the film. What is already made is used again; a stopped render goes on where it was.",
)
def make(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName, body: bodies.Making) -> Response:
    wanted = formats.request(formats.read(body.format, body.size, body.fps, body.loudness), body.captions, body.burn)
    queries.show(relay, slug, name)
    job = _jobs(request).start(relay, slug, name, "film", wanted)
    return _making(request, job, status=202)


@router.post(
    FILM + "/preview",
    name="preview",
    status_code=202,
    response_model=model_of(MakingView),
    summary="A small quick film of the plan, made from the desk's own copies.",
)
def preview(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    queries.show(relay, slug, name)
    return _making(request, _jobs(request).start(relay, slug, name, "preview"), status=202)


@router.get(
    FILM + "/making",
    name="api_making",
    response_model=model_of(MakingView),
    summary="How far the film is that is being made.",
)
def making(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    queries.show(relay, slug, name)
    job = _jobs(request).job(slug, name)
    if job is None:
        raise NotFound("This film is not being made.")
    return _making(request, job)


@router.get(
    FILM + "/renders/{version}/film.mp4",
    name="render_file",
    response_class=FileResponse,
    responses=VIDEO,  # type: ignore[arg-type]
    summary="A finished version of the film, to watch or to keep.",
)
def film(relay: Here, slug: bodies.Slug, name: bodies.FilmName, version: bodies.Id) -> Response:
    with relay.reading() as session:
        found = versions.version(relay, session, slug, name, version)
    return FileResponse(versions.film(relay, found.row), media_type="video/mp4", filename=f"{slug}-{version}.mp4")


@router.get(
    FILM + "/preview.mp4",
    name="preview_file",
    response_class=FileResponse,
    responses=VIDEO,  # type: ignore[arg-type]
    summary="The small quick film, to watch.",
)
def preview_file(relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return FileResponse(previews.film(relay, slug, name), media_type="video/mp4")


@router.get(
    FILM + "/remarks",
    name="remarks",
    response_model=several(RemarkView),
    summary="What people said about moments of the film's versions.",
)
def said(
    request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName, limit: Limit = USUAL,
    after: AfterNumber = None,
) -> Response:  # fmt: skip
    return page(request, remarks.listing(relay, slug, name), lambda row: row.id, after=after, limit=limit)


@router.post(
    FILM + "/remarks",
    name="add_remark",
    status_code=201,
    response_model=several(RemarkView),
    summary="Say something about a moment of a version.",
)
def add_remark(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, body: bodies.NewRemark
) -> Response:
    remarks.add(relay, slug, name, body.version, body.text, seconds=body.seconds, until=body.until, person=who)
    return answer(request, remarks.listing(relay, slug, name), status=201)


@router.put(
    FILM + "/remarks/{remark}",
    name="api_settle_remark",
    response_model=several(RemarkView),
    summary="Settle a remark, or open it again.",
)
def settle(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, remark: bodies.Id,
    body: bodies.Settling,
) -> Response:  # fmt: skip
    remarks.settle(relay, slug, name, remark, done=body.done, person=who)
    return answer(request, remarks.listing(relay, slug, name))


@router.post(
    FILM + "/remarks/{remark}/replies",
    name="api_reply_remark",
    status_code=201,
    response_model=several(RemarkView),
    summary="Answer a remark.",
)
def reply(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, remark: bodies.Id,
    body: bodies.NewReply,
) -> Response:  # fmt: skip
    remarks.reply(relay, slug, name, remark, body.text, person=who)
    return answer(request, remarks.listing(relay, slug, name), status=201)


@router.get(
    FILM + "/sign-offs",
    name="sign_offs",
    response_model=several(SignOffView),
    summary="Who was asked to agree to a film, and what they said.",
)
def asked(
    request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName, limit: Limit = USUAL,
    after: AfterNumber = None,
) -> Response:  # fmt: skip
    return page(request, sign_off.listing(relay, slug, name), lambda row: row.number, after=after, limit=limit)


@router.post(
    FILM + "/sign-offs",
    name="api_ask_sign_off",
    status_code=201,
    response_model=model_of(NewSignOff),
    summary="Ask an official to agree to one version of the film, by a link that needs no account.",
)
def ask(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, body: bodies.SignOffWish
) -> Response:
    made = sign_off.ask(relay, slug, name, person=who, **body.model_dump())
    link = f"{relay.settings.desk_url}/sign-off/{made.secret}"
    return answer(request, NewSignOff(made.number, link, made.version, made.expires_at.isoformat()), status=201)


@router.delete(
    "/sign-offs/{number}", name="api_revoke_sign_off", status_code=204, summary="Revoke a link to sign a film off."
)
def revoke(relay: Here, who: Who, number: bodies.Id) -> Response:
    sign_off.revoke(relay, number, person=who)
    return done()


@router.get(
    FILM + "/sign-off-letters",
    name="sign_off_letters",
    response_model=several(OfficialLetter),
    summary="The letters that bring officials their links: to whom, and how each stands.",
)
def written(
    request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName, limit: Limit = USUAL,
    after: AfterNumber = None,
) -> Response:  # fmt: skip
    rows = [letter for letters in mailing.listing(relay, slug, name).values() for letter in letters]
    return page(request, rows, lambda row: row.number, after=after, limit=limit)


@router.post(
    "/sign-offs/{number}/letters", name="api_mail_sign_off", status_code=204, summary="Mail a sign-off's link again."
)
def mail(relay: Here, who: Who, number: bodies.Id, body: bodies.LetterWish) -> Response:
    mailing.again(relay, number, mail=body.mail, person=who)
    return done()


def _jobs(request: Request) -> render_jobs.RenderJobs:
    found = request.app.state.render_jobs
    assert isinstance(found, render_jobs.RenderJobs)
    return found


def _making(request: Request, job: render_jobs.Job, *, status: int = 200) -> Response:
    error = job.error.line if job.error is not None else ""
    told = MakingView(job.kind, job.running, job.percent, job.version, error)
    return answer(request, told, status=status)
