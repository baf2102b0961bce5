from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from fastapi import Path as InPath
from fastapi import Request, Response
from fastapi.responses import FileResponse

from relay.almanac.delivery import credentials, posters, versions
from relay.almanac.delivery.posters import PosterView
from relay.almanac.delivery.reviewing import protocols, sealed_films
from relay.context import Relay
from relay.models import Render
from relay.web.api import bodies
from relay.web.api.answers import answer
from relay.web.api.bearer import Here, Who
from relay.web.api.noted import router as routes
from relay.web.api.routes.films import FILM
from relay.web.api.routes.renders import VIDEO
from relay.web.api.schemas import model_of

router = routes("Plan and render films.")
VERSION = FILM + "/renders/{version}"
BINARY = {"schema": {"type": "string", "format": "binary"}}
STILL = {200: {"content": {"image/jpeg": BINARY}, "description": "JPEG"}}
TEXT = {200: {"content": {"text/vtt": BINARY, "application/x-subrip": BINARY}, "description": "WebVTT, SRT"}}
Language = Annotated[str, InPath(max_length=16, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)?$")]


class CaptionKind(StrEnum):
    srt = "srt"
    vtt = "vtt"


@dataclass(frozen=True, slots=True)
class SignedFilm:
    """`state`: what a reader of credentials says of the copy (`Valid`), `signer`: by whom it is."""

    state: str
    signer: str


@dataclass(frozen=True, slots=True)
class FilmWithProtocols:
    """`protocols`: how many the copy brings along. `key`: the public one by which they are compared, in hex."""

    protocols: int
    key: str


@router.get(
    FILM + "/poster",
    name="poster_choice",
    response_model=model_of(PosterView),
    summary="Which picture stands for a film, in lists and for officials.",
)
def poster(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return answer(request, posters.told(relay, slug, name))


@router.put(
    FILM + "/poster",
    name="api_choose_poster",
    response_model=model_of(PosterView),
    summary="Choose the picture that stands for a film, in lists and for officials.",
)
def choose(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, body: bodies.PosterMoment
) -> Response:
    if body.clip is not None:
        found = posters.choose_in_clip(relay, slug, name, body.clip, at=body.at, person=who)
    else:
        found = posters.choose(relay, slug, name, at=body.at, version=body.version, person=who)
    return answer(request, found)


@router.delete(
    FILM + "/poster",
    name="forget_poster",
    response_model=model_of(PosterView),
    summary="The title or the first face stands for the film again, as without a choice.",
)
def forget(request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return answer(request, posters.forget(relay, slug, name, person=who))


@router.get(
    VERSION + "/poster.jpg",
    name="poster_file",
    response_class=FileResponse,
    responses=STILL,  # type: ignore[arg-type]
    summary="The picture that stands for a version.",
)
def poster_file(relay: Here, slug: bodies.Slug, name: bodies.FilmName, version: bodies.Id) -> Response:
    return _file(versions.poster(relay, _row(relay, slug, name, version)), "image/jpeg")


@router.get(
    VERSION + "/captions/{language}.{kind}",
    name="caption_file",
    response_class=FileResponse,
    responses=TEXT,  # type: ignore[arg-type]
    summary="The captions of a version in one language, as a file.",
)
def caption_file(
    relay: Here, slug: bodies.Slug, name: bodies.FilmName, version: bodies.Id, language: Language, kind: CaptionKind
) -> Response:
    with relay.reading() as session:
        path = versions.captions(relay, versions.version(relay, session, slug, name, version), language, kind.value)
    return _file(path, versions.CAPTIONS[kind])


@router.post(
    VERSION + "/sign",
    name="api_sign_film",
    status_code=201,
    response_model=model_of(SignedFilm),
    summary="A copy of the film with content credentials (C2PA), signed by this installation; needs an extra.",
)
def sign(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, version: bodies.Id
) -> Response:
    made = credentials.sign(relay, slug, name, version=version, person=who)
    return answer(request, SignedFilm(made.state, made.signer), status=201)


@router.get(
    VERSION + "/signed.mp4",
    name="api_signed_film",
    response_class=FileResponse,
    responses=VIDEO,  # type: ignore[arg-type]
    summary="The copy of a version with content credentials.",
)
def signed(relay: Here, slug: bodies.Slug, name: bodies.FilmName, version: bodies.Id) -> Response:
    return _file(versions.signed(relay, _row(relay, slug, name, version)), "video/mp4")


@router.post(
    VERSION + "/protocol",
    name="api_attach_protocol",
    status_code=201,
    response_model=model_of(FilmWithProtocols),
    summary="A copy of the film that brings the protocols of its sign-offs along; made anew when there are more.",
)
def attach_protocol(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, version: bodies.Id
) -> Response:
    made = sealed_films.compare(protocols.attach(relay, slug, name, version=version, person=who))
    return answer(request, FilmWithProtocols(len(made), protocols.public_key(relay)), status=201)


@router.get(
    VERSION + "/protocol.mp4",
    name="api_protocol_film",
    response_class=FileResponse,
    responses=VIDEO,  # type: ignore[arg-type]
    summary="The copy of a version with the protocols of its sign-offs.",
)
def with_protocol(relay: Here, slug: bodies.Slug, name: bodies.FilmName, version: bodies.Id) -> Response:
    return _file(versions.with_protocol(relay, _row(relay, slug, name, version)), "video/mp4")


def _row(relay: Relay, slug: str, name: str, version: int) -> Render:
    with relay.reading() as session:
        return versions.version(relay, session, slug, name, version).row


def _file(path: Path, media_type: str) -> Response:
    return FileResponse(path, media_type=media_type, filename=path.name)
