"""A network of the test's own, as somebody would add one: its state, and how it answers."""

from __future__ import annotations

from collections import Counter

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Host, Route, Router

from relay.sandbox.endpoints import Endpoints
from relay.sandbox.faults import Faults


class Toy:
    def __init__(self) -> None:
        self.faults = Faults()
        self.visits: Counter[str] = Counter()
        self.words: list[str] = []

    def says(self, word: str) -> None:
        self.words.append(word)


class ToySite:
    hosts = frozenset({"toy.example"})

    def __init__(self, network: Toy) -> None:
        self.network = network

    def routes(self) -> list[BaseRoute]:
        endpoints = Endpoints(self.network)
        return [Host("toy.example", Router(routes=[Route("/words", endpoints.page("toy words", self.page))]))]

    async def page(self, _request: Request) -> Response:
        return PlainTextResponse(" ".join(self.network.words))
