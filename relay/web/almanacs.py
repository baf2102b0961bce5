"""The films: watch them, take them along."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, Response

from relay.almanac import plans
from relay.collect import campaigns
from relay.errors import NotFound
from relay.moderation import desk
from relay.publish.withdraw import films_to_remake
from relay.web.access import relay_of
from relay.web.page import render
from relay.web.queue import LARGEST_ID

router = APIRouter()


@router.get("/almanacs", name="almanacs")
def almanacs(request: Request) -> Response:
    relay = relay_of(request)
    listed = [(campaign, plans.listing(relay, campaign.slug)) for campaign in campaigns.all_campaigns(relay)]
    return render(request, "almanacs.html", campaigns=listed, remake=films_to_remake(relay))


@router.get("/almanacs/{slug}/{name}", name="almanac")
def almanac(request: Request, slug: str, name: str) -> Response:
    relay = relay_of(request)
    return render(
        request,
        "almanac.html",
        campaign=desk.campaign(relay, slug),
        almanac=plans.show(relay, slug, name),
        clips={view["id"]: view for view in desk.listing(relay, slug)},
        remake=[film for film in films_to_remake(relay) if (film["campaign"], film["name"]) == (slug, name)],
    )


@router.get("/almanacs/{slug}/{name}/{version}", name="film")
def film(
    request: Request,
    slug: str,
    name: str,
    version: Annotated[int, InPath(ge=1, le=LARGEST_ID)],
    *,
    download: Annotated[bool, Query()] = False,
) -> Response:
    relay = relay_of(request)
    render_row = _version(plans.show(relay, slug, name), version)
    folder = relay.settings.data_dir.resolve()
    path = (folder / render_row["file"]).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise NotFound("The file of this film is not there any more.", hint="Render it again.")
    return FileResponse(
        path,
        media_type="video/mp4",
        filename=f"{slug}-{name}-{version}.mp4" if download else None,
        headers={"Cache-Control": "private, max-age=3600"},
    )


def _version(shown: dict[str, Any], version: int) -> dict[str, Any]:
    for row in shown["renders"]:
        if row["version"] == version:
            return dict(row)
    raise NotFound("There is no such version of the film.")
