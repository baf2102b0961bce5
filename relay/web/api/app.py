"""The API as an application of its own below the desk's: another way in, another form of errors, no cookie."""

from __future__ import annotations

from fastapi import Depends, FastAPI, Request, Response
from starlette.datastructures import State

from relay.web.api import openapi, problems
from relay.web.api.answers import answer
from relay.web.api.bearer import allowed
from relay.web.api.routes import (
    assets,
    board,
    campaigns,
    clips,
    credits,
    exports,
    films,
    judging,
    leading,
    looks,
    people,
    permissions,
    posts,
    renders,
    sources,
    upkeep,
    versions,
)
from relay.web.client import own_name

ROOMS = (
    *(campaigns, leading, board, sources, posts, clips, judging, permissions),
    *(films, renders, versions, exports, looks, assets, credits),
    *(people, upkeep),
)


def create_api(state: State) -> FastAPI:
    """`state`: the desk's own, so that both count the same tries and make films in the same queue."""
    api = FastAPI(
        title=openapi.TITLE,
        version=openapi.VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(own_name), Depends(allowed)],
    )
    api.state = state
    problems.install(api)
    for room in ROOMS:
        api.include_router(room.router)
    api.add_api_route("/openapi.json", _described, name="openapi", include_in_schema=False)
    return api


def _described(request: Request) -> Response:
    return answer(request, openapi.document(request.app, problems.language_of(request)))
