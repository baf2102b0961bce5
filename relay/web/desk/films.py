"""The films: watch them, say something about a moment, have them signed off, take them along."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, RedirectResponse, Response

from relay.almanac.delivery import posters, previews, sign_off, standing, versions
from relay.almanac.delivery.reviewing import mailing
from relay.almanac.plan import queries
from relay.channels.mail import can_write
from relay.context import Relay
from relay.errors import NotFound, Refused, RelayError
from relay.language.catalogue import translator
from relay.models import MailPace
from relay.moderation import desk
from relay.moderation.people import mail_choice
from relay.moderation.rules import Right
from relay.moderation.withdrawal import films_to_remake
from relay.web.access import person_of, relay_of, visitor_of
from relay.web.desk.home import seen_campaigns
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.stills import still
from relay.web.desk.timeline.addresses import address
from relay.web.desk.watching import WhichRemarks, pictures_of, previewed, watching
from relay.web.failures import status_of
from relay.web.headers import NOT_KEPT
from relay.web.page import language_of, render
from relay.web.words import films

router = APIRouter()

Version = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Text = Annotated[str, Form(max_length=4000)]

NO_WISH: Mapping[str, object] = {"to": "", "position": "", "days": 7, "mail": "", "language": ""}
"""The empty form to ask for a sign-off."""


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
        headers=NOT_KEPT,
    )


@router.get("/almanacs/{slug}/{name}/{version:int}/captions.{language}.{kind}", name="version_captions")
def version_captions(request: Request, slug: str, name: str, version: Version, language: str, kind: str) -> Response:
    relay = relay_of(request)
    with relay.reading() as session:
        path = versions.captions(relay, versions.version(relay, session, slug, name, version), language, kind)
    return captions_file(path, kind, f"{slug}-{name}-{version}.{language}.{kind}")


def captions_file(path: Path, kind: str, name: str) -> Response:
    """The file; a player reads the one kind, the other is taken along."""
    taken_along = None if kind == "vtt" else name
    return FileResponse(path, media_type=versions.CAPTIONS[kind], filename=taken_along, headers=NOT_KEPT)


@router.get("/almanacs/{slug}/{name}/{version:int}/poster.jpg", name="film_poster")
def film_poster(request: Request, slug: str, name: str, version: Version) -> Response:
    relay = relay_of(request)
    with relay.reading() as session:
        shown = versions.version(relay, session, slug, name, version)
    return still(request, versions.poster(relay, shown.row))


@router.get("/almanacs/{slug}/{name}/preview.jpg", name="preview_poster")
def preview_poster(request: Request, slug: str, name: str) -> Response:
    path = previews.poster(relay_of(request), slug, name)
    return FileResponse(path, media_type="image/jpeg", headers=NOT_KEPT)


@router.post("/almanacs/{slug}/{name}/{version:int}/sign-offs", name="ask_sign_off")
def ask_sign_off(
    request: Request,
    slug: str,
    name: str,
    version: Version,
    to: Text = "",
    position: Text = "",
    days: Annotated[int, Form(ge=1, le=sign_off.LONGEST_DAYS)] = 7,
    mail: Text = "",
    language: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """The link is on the page that answers, and nowhere ever after."""
    relay = relay_of(request)
    wish = {"to": to, "position": position, "days": days, "mail": mail, "language": language}
    try:
        asked = sign_off.ask(relay, slug, name, version=version, person=person_of(request), **wish)  # type: ignore[arg-type]
    except Refused as error:
        return refused(request, slug, name, version, error, wish)
    base = relay.settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    return page(request, slug, name, version, link=f"{base}/sign-off/{asked.secret}", mailed=mail.strip())


@router.post("/sign-offs/{number}/letters", name="mail_sign_off")
def mail_sign_off(request: Request, number: Annotated[int, InPath(ge=1, le=LARGEST_ID)], mail: Text = "") -> Response:
    """The link once more, by mail."""
    relay = relay_of(request)
    row = sign_off.protocol(relay, number)
    try:
        mailing.again(relay, number, mail=mail, person=person_of(request))
    except Refused as error:
        return refused(request, row.slug, row.name, row.version, error)
    return RedirectResponse(f"{address(row.slug, row.name)}?version={row.version}#sign-offs", status_code=303)


@router.post("/sign-offs/{number}/revoke", name="revoke_sign_off")
def revoke_sign_off(request: Request, number: Annotated[int, InPath(ge=1, le=LARGEST_ID)]) -> Response:
    relay = relay_of(request)
    sign_off.revoke(relay, number, person=person_of(request))
    row = sign_off.protocol(relay, number)
    return RedirectResponse(f"{address(row.slug, row.name)}?version={row.version}#sign-offs", status_code=303)


@router.get("/sign-offs/{number}", name="protocol")
def protocol(request: Request, number: Annotated[int, InPath(ge=1, le=LARGEST_ID)]) -> Response:
    it = sign_off.protocol(relay_of(request), number)
    return render(request, "sign_off.html", it=it, marks=[], captions=(), here="", public=False, told=films)


def refused(
    request: Request, slug: str, name: str, version: int, error: RelayError, wish: Mapping[str, object] | None = None
) -> Response:
    """The page with the sentence, and what was typed. Raises NotFound, which is no page of this film."""
    if isinstance(error, NotFound):
        raise error
    line = translator(language_of(request)).tell(error.line)
    return page(request, slug, name, version, notice=line, status=status_of(error), wish=wish)


def page(
    request: Request,
    slug: str,
    name: str,
    version: int,
    *,
    which: WhichRemarks = WhichRemarks.all,
    link: str = "",
    mailed: str = "",
    wish: Mapping[str, object] | None = None,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    """`mailed`: where the link goes by letter too. `wish`: the form to ask for a sign-off, as it was typed."""
    relay = relay_of(request)
    shown = queries.show(relay, slug, name)
    newest = shown.renders[-1].version if shown.renders else 0
    watched = next((row for row in shown.renders if row.version == (version or newest)), None)
    if version and watched is None:
        raise NotFound("There is no such version of the film.")
    seen = watching(relay, slug, name, watched.version) if watched else None
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
        shown=seen,
        captions=_captions(relay, slug, name, watched.version) if watched else (),
        preview=previewed(relay, slug, name),
        signed=signed,
        asked=standing.asked(signed, newest),
        has_protocols=watched is not None and versions.has_protocol_copy(relay, Path(watched.file)),
        has_signed_copy=watched is not None and versions.has_signed_copy(relay, Path(watched.file)),
        letters=mailing.listing(relay, slug, name) if visitor_of(request).may(Right.almanac) else {},
        writes=can_write(relay.settings),
        hears=_hears(request),
        link=link,
        mailed=mailed,
        wish=wish or NO_WISH,
        asks_again=wish is not None,
        poster=posters.told(relay, slug, name),
        told=films,
        pictures=pictures_of(relay, [segment.clip for segment in shown.segments], seen.clips if seen else ()),
        is_closed=not shown.renders and versions.any_closed(relay, slug, name),
        remake=[film for film in films_to_remake(relay) if (film.campaign, film.name) == (slug, name)],
        making=job is not None and job.running,
        notice=notice,
        **({"saved": "ask"} if link else {}),  # this page answers the form itself: what was typed in it is done with
    )


def _captions(relay: Relay, slug: str, name: str, version: int) -> tuple[str, ...]:
    with relay.reading() as session:
        return versions.version(relay, session, slug, name, version).captions


def _hears(request: Request) -> bool:
    """Whether letters about films come to this person."""
    account = visitor_of(request).account
    choice = mail_choice.of(relay_of(request), account) if account is not None else None
    return choice is not None and bool(choice.address) and choice.pace is not MailPace.none
