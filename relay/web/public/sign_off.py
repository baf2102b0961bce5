"""The page behind a sign-off link: one version of a film, remarks, and the verdict. No account is needed for it.

Whatever is wrong with a link, the page says the same and shows nothing. An address that tries many wrong ones has to
wait.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, RedirectResponse, Response

from relay.almanac.delivery import sign_off
from relay.almanac.delivery.reviewing import drawing
from relay.errors import NotFound, Refused
from relay.language.catalogue import translator
from relay.web.access import relay_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.plan import seconds_or_none
from relay.web.desk.watching import marks
from relay.web.failures import status_of
from relay.web.page import language_of, render
from relay.web.rate_limit import TooManyTries, braked
from relay.web.words import films

router = APIRouter()

Secret = Annotated[str, InPath(min_length=1, max_length=100)]
Text = Annotated[str, Form(max_length=4000)]
NOT_TO_BE_KEPT = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}


@router.get("/sign-off/{secret}", name="sign_off")
def sign_off_page(request: Request, secret: Secret) -> Response:
    return _page(request, secret)


@router.get("/sign-off/{secret}/film.mp4", name="sign_off_film")
def sign_off_film(request: Request, secret: Secret) -> Response:
    """Answers ranges."""
    path = _limited(request, lambda: sign_off.film(relay_of(request), secret))
    return FileResponse(path, media_type="video/mp4", headers=NOT_TO_BE_KEPT)


@router.get("/sign-off/{secret}/poster.jpg", name="sign_off_poster")
def sign_off_poster(request: Request, secret: Secret) -> Response:
    path = _limited(request, lambda: sign_off.poster(relay_of(request), secret))
    return FileResponse(path, media_type="image/jpeg", headers=NOT_TO_BE_KEPT)


@router.get("/sign-off/{secret}/captions.{language}.vtt", name="sign_off_captions")
def sign_off_captions(request: Request, secret: Secret, language: Annotated[str, InPath(max_length=8)]) -> Response:
    path = _limited(request, lambda: sign_off.captions(relay_of(request), secret, language))
    return FileResponse(path, media_type="text/vtt", headers=NOT_TO_BE_KEPT)


@router.post("/sign-off/{secret}/remarks", name="sign_off_remark")
def sign_off_remark(
    request: Request,
    secret: Secret,
    text: Text = "",
    at: Text = "",
    until: Text = "",
    strokes: Annotated[str, Form(max_length=drawing.LONGEST)] = "",
) -> Response:
    def say() -> None:
        moments = {"seconds": seconds_or_none(at), "until": seconds_or_none(until)}
        sign_off.remark(relay_of(request), secret, text, strokes=drawing.read(strokes), **moments)

    return _done(request, secret, say)


@router.get("/sign-off/{secret}/remarks/{remark}/still.jpg", name="sign_off_still")
def sign_off_still(request: Request, secret: Secret, remark: Annotated[int, InPath(ge=1, le=LARGEST_ID)]) -> Response:
    path = _limited(request, lambda: sign_off.still(relay_of(request), secret, remark))
    return FileResponse(path, media_type="image/jpeg", headers=NOT_TO_BE_KEPT)


@router.post("/sign-off/{secret}/verdict", name="sign_off_verdict")
def sign_off_verdict(
    request: Request, secret: Secret, verdict: Annotated[str, Form(max_length=16)] = "", words: Text = ""
) -> Response:
    return _done(request, secret, lambda: sign_off.decide(relay_of(request), secret, verdict, words=words))


def _done(request: Request, secret: str, do: Any) -> Response:
    try:
        _limited(request, do)
    except (NotFound, TooManyTries):
        raise
    except Refused as error:
        line = translator(language_of(request)).tell(error.line)
        return _page(request, secret, notice=line, status=status_of(error))
    return RedirectResponse(f"/sign-off/{secret}", status_code=303)


def _page(request: Request, secret: str, *, notice: str | None = None, status: int = 200) -> Response:
    shown = _limited(request, lambda: sign_off.shown(relay_of(request), secret))
    response = render(
        request,
        "sign_off.html",
        status=status,
        it=shown,
        captions=_limited(request, lambda: sign_off.captioned(relay_of(request), secret)),
        marks=marks(shown.remarks, shown.seconds),
        here=f"/sign-off/{secret}",
        public=True,
        told=films,
        notice=notice,
    )
    response.headers.update(NOT_TO_BE_KEPT)
    return response


def _limited(request: Request, do: Any) -> Any:
    """Raises what `do` raises, and TooManyTries for an address that has tried too many links that lead nowhere."""
    with braked(request):
        return do()
