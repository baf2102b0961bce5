"""Which clips of a film have captions, in which languages, and where there is a doubt."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from relay.almanac.captions import films
from relay.almanac.captions.films import CaptionedClip
from relay.almanac.plan import queries
from relay.moderation import desk
from relay.web.access import relay_of
from relay.web.desk.timeline.addresses import address
from relay.web.page import language_of, render
from relay.web.words import captions as words

router = APIRouter()


@router.get("/almanacs/{slug}/{name}/captions", name="film_captions")
def film_captions(
    request: Request,
    slug: str,
    name: str,
    only: Literal["", "lacking", "doubtful"] = "",
    code: Annotated[str, Query(max_length=8)] = "",
) -> Response:
    """`only`: clips that lack captions in a language (`code`, or any of the film's), or have doubtful ones in it."""
    relay, language = relay_of(request), language_of(request)
    found = films.of_film(relay, slug, name)
    wanted = [code] if code else [one.language for one in found.languages]
    return render(
        request,
        "film_captions.html",
        campaign=desk.campaign(relay, slug),
        almanac=queries.show(relay, slug, name),
        here=address(slug, name),
        found=found,
        clips=[clip for clip in found.clips if _wanted(clip, only, wanted)],
        only=only,
        code=code,
        called=lambda one: words.called(one, language),
    )


def _wanted(clip: CaptionedClip, only: str, languages: list[str]) -> bool:
    if only == "lacking":
        return any(language not in clip.counts or clip.counts[language].draft for language in languages)
    if only == "doubtful":
        return any(clip.counts[language].doubtful for language in languages if language in clip.counts)
    return True
