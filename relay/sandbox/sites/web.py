"""Answers of the small sites."""

from __future__ import annotations

import zlib

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Host, Route, Router

from relay.sandbox.endpoints import Endpoints
from relay.sandbox.files import file_answer
from relay.sandbox.sites.network import HOSTS, Sites


class SmallSites:
    hosts = HOSTS

    def __init__(self, network: Sites) -> None:
        self.network = network

    def routes(self) -> list[BaseRoute]:
        endpoints = Endpoints(self.network)
        page, file = endpoints.page("site", self.page), endpoints.plain("site file", self.file)

        async def either(request: Request) -> Response:
            return await (file if request.url.path in self.network.files else page)(request)

        site = Router(routes=[Route("/{rest:path}", either)])
        return [Host(host, site) for host in sorted(HOSTS)]

    async def page(self, request: Request) -> Response:
        path, sites = request.url.path, self.network
        if path in sites.forbidden:
            return Response(status_code=403)
        if path in sites.moved:
            return RedirectResponse(sites.moved[path], 302)
        if path in sites.pages:
            body, kind = sites.pages[path]
            return Response(body, media_type=kind)
        return Response(status_code=404)

    async def file(self, request: Request) -> Response:
        path, sites = request.url.path, self.network
        return file_answer(request, sites.files[path], zlib.crc32(path.encode()), cut=sites.faults.media_cut())
