"""Answers for the small sites of sites.py."""

from __future__ import annotations

import zlib

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Host, Route, Router

from relay.sandbox.endpoints import Watch
from relay.sandbox.files import file_answer
from relay.sandbox.sites.network import HOSTS
from relay.sandbox.vk.network import Network


def sites_hosts(network: Network, watch: Watch) -> list[BaseRoute]:
    async def page(request: Request) -> Response:
        path, sites = request.url.path, network.sites
        if path in sites.forbidden:
            return Response(status_code=403)
        if path in sites.moved:
            return RedirectResponse(sites.moved[path], 302)
        if path in sites.pages:
            body, kind = sites.pages[path]
            return Response(body, media_type=kind)
        return Response(status_code=404)

    async def file(request: Request) -> Response:
        path = request.url.path
        cut = network.weather.cut_after if network.spoils("media_cuts") else None
        return file_answer(request, network.sites.files[path], zlib.crc32(path.encode()), cut=cut)

    page_answer, file_watched = watch("site", page), watch("site file", file, page=False)

    async def either(request: Request) -> Response:
        return await (file_watched if request.url.path in network.sites.files else page_answer)(request)

    return [Host(host, Router(routes=[Route("/{rest:path}", either)])) for host in sorted(HOSTS)]
