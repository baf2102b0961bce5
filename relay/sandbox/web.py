"""The web side of the sandbox: one app for every host of every network, told apart by the Host header."""

from __future__ import annotations

from starlette.applications import Starlette

from relay.sandbox.network import Network


def web_app(network: Network) -> Starlette:
    return Starlette(routes=[route for member in network.members for route in member.routes()])
