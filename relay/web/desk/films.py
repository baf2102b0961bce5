"""The films: watch them, say something about a moment, have them signed off, take them along."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, RedirectResponse, Response

from relay.almanac.delivery import posters, previews, sign_off, standing, versions
from relay.almanac.plan import queries
from relay.errors import NotFound, Refused
from relay.language.catalogue import translator
from relay.moderation import desk
from relay.moderation.withdrawal import films_to_remake
from relay.web.access import person_of, relay_of
from relay.web.desk.home import seen_campaigns
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.stills import still
from relay.web.desk.timeline.addresses import address
from relay.web.desk.watching import WhichRemarks, previewed, watching
from relay.web.failures import status_of
from relay.web.page import language_of, render
from relay.web.words import films

router = APIRouter()

Version = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Text = Annotated[str, Form(max_length=4000)]


@router.get("/almanacs", name="almanacs")
def almanacs(request: Request) -> Response:
    """By campaign, the newest film first."""
    relay = relay_of(request)
    listed = [(campaign, standing.listing(relay, campaign.slug)) for campaign in seen_campaigns(request)]
    return render(request, "almanacs.html", campaigns=listed, told=films)


@router.get("/almanacs/{slug}/{name}", name="almanac")
def almanac(
    request: Request,
    slug: str,
    name: str,
    version: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    remarks: WhichRemarks = WhichRemarks.all,
) -> Response:
    """`version`: the one to be watched; without it the newest. `remarks`: which of them are shown."""
    return page(request, slug, name, version, which=remarks)


@router.get("/almanacs/{slug}/{name}/{version:int}", name="film")
def film(
    request: Request, slug: str, name: str, version: Version, *, download: Annotated[bool, Query()] = False
) -> Response:
    relay = relay_of(request)
    with relay.reading() as session:
        shown = versions.version(relay, session, slug, name, version)
    return FileResponse(
        versions.film(relay, shown.row),
        media_type="video/mp4",
        filename=f"{slug}-{name}-{version}.mp4" if download else None,
        headers={"Cache-Control": "private, max-age=3600"},
    )


@router.get("/almanacs/{slug}/{name}/{version:int}/poster.jpg", name="film_poster")
def film_poster(request: Request, slug: str, name: str, version: Version) -> Response:
    relay = relay_of(request)
    with relay.reading() as session:
        shown = versions.version(relay, session, slug, name, version)
    return still(request, versions.poster(relay, shown.row))


@router.get("/almanacs/{slug}/{name}/preview.jpg", name="preview_poster")
def preview_poster(request: Request, slug: str, name: str) -> Response:
    path = previews.poster(relay_of(request), slug, name)
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.post("/almanacs/{slug}/{name}/{version:int}/sign-offs", name="ask_sign_off")
def ask_sign_off(
    request: Request,
    slug: str,
    name: str,
    version: Version,
    to: Text = "",
    position: Text = "",
    days: Annotated[int, Form(ge=1, le=sign_off.LONGEST_DAYS)] = 7,
) -> Response:
    """The link is on the page that answers, and nowhere ever after."""
    relay = relay_of(request)
    try:
        asked = sign_off.ask(
            relay, slug, name, version=version, to=to, position=position, days=days, person=person_of(request)
        )
    except Refused as error:
        return refused(request, slug, name, version, error)
    base = relay.settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    return page(request, slug, name, version, link=f"{base}/sign-off/{asked.secret}")


@router.post("/sign-offs/{number}/revoke", name="revoke_sign_off")
def revoke_sign_off(request: Request, number: Annotated[int, InPath(ge=1, le=LARGEST_ID)]) -> Response:
    relay = relay_of(request)
    sign_off.revoke(relay, number, person=person_of(request))
    row = sign_off.protocol(relay, number)
    return RedirectResponse(f"{address(row.slug, row.name)}?version={row.version}#sign-offs", status_code=303)


@router.get("/sign-offs/{number}", name="protocol")
def protocol(request: Request, number: Annotated[int, InPath(ge=1, le=LARGEST_ID)]) -> Response:
    it = sign_off.protocol(relay_of(request), number)
    return render(request, "sign_off.html", it=it, marks=[], here="", public=False, told=films)


def refused(request: Request, slug: str, name: str, version: int, error: Refused) -> Response:
    """The page with the sentence. Raises NotFound, which is no page of this film."""
    if isinstance(error, NotFound):
        raise error
    line = translator(language_of(request)).tell(error.line)
    return page(request, slug, name, version, notice=line, status=status_of(error))


def page(
    request: Request,
    slug: str,
    name: str,
    version: int,
    *,
    which: WhichRemarks = WhichRemarks.all,
    link: str = "",
    notice: str | None = None,
    status: int = 200,
) -> Response:
    relay = relay_of(request)
    shown = queries.show(relay, slug, name)
    newest = shown.renders[-1].version if shown.renders else 0
    watched = next((row for row in shown.renders if row.version == (version or newest)), None)
    if version and watched is None:
        raise NotFound("There is no such version of the film.")
    signed, job = sign_off.listing(relay, slug, name), request.app.state.render_jobs.job(slug, name)
    return render(
        request,
        "almanac.html",
        status=status,
        campaign=desk.campaign(relay, slug),
        almanac=shown,
        here=address(slug, name),
        watched=watched,
        newest=newest,
        which=which,
        shown=watching(relay, slug, name, watched.version) if watched else None,
        preview=previewed(relay, slug, name),
        signed=signed,
        asked=standing.asked(signed, newest),
        link=link,
        poster=posters.told(relay, slug, name),
        told=films,
        clips={view.id: view for view in desk.listing(relay, slug)},
        remake=[film for film in films_to_remake(relay) if (film.campaign, film.name) == (slug, name)],
        making=job is not None and job.running,
        notice=notice,
    )
