"""`relay sandbox`: a small VK on this machine, with the videos of a folder as its residents' posts."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from relay.cli.terminal.show import AsJson, as_json, fail, say
from relay.language.sentence import Sentence

SERVICE_RATE = 5.0
"""Requests per second that VK allows a service token of a small application (dev.vk.com, api-requests)."""


def sandbox(
    videos: Annotated[Path, typer.Option(help="Folder of videos to serve as residents' posts.")],
    tag: Annotated[str, typer.Option(help="The tag that the residents use.")] = "#proryv80",
    opens: Annotated[str, typer.Option(help="The posts are dated from here on …")] = "2023-01-11",
    closes: Annotated[str, typer.Option(help="… to here.")] = "2023-01-18T23:59",
    tz: Annotated[str, typer.Option(help="Time zone of the two.")] = "Europe/Moscow",
    api_port: Annotated[int, typer.Option(help="Port of the API (0: any free one).", min=0, max=65535)] = 0,
    proxy_port: Annotated[int, typer.Option(help="Port of the proxy (0: any free one).", min=0, max=65535)] = 0,
    env: Annotated[Path | None, typer.Option(help="Write the settings to this file instead of showing them.")] = None,
    json: AsJson = False,
) -> None:
    """Serve a small social network on this machine, until Ctrl-C: for trying things out and for tests."""
    from relay.collect.campaigns import zone_of
    from relay.collect.dates import moment
    from relay.sandbox.neighbourhood import populate
    from relay.sandbox.network import Network
    from relay.sandbox.server import Sandbox

    network = Network()
    network.vk.api.rate(SERVICE_RATE)
    zone = zone_of(tz)
    first, last = moment(opens, zone).astimezone(zone), moment(closes, zone, end=True).astimezone(zone)
    sources = populate(network, videos, tag=tag, opens=first, closes=last)
    running = Sandbox(network, api_port=api_port, proxy_port=proxy_port)
    with _until_told() as told:
        try:
            running.start()
        except OSError as error:
            fail(
                "The sandbox network can't start: {error}. Choose other ports.",
                error=Sentence(error.strerror or str(error)),
            )
        try:
            campaign = {"hashtag": tag, "opens": opens, "closes": closes, "tz": tz}
            _tell(running.settings(), sources, campaign, env=env, json=json)
            told.wait()
        finally:
            running.stop()


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM sets."""
    told = threading.Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(
    settings: dict[str, str], sources: list[str], campaign: dict[str, Any], *, env: Path | None, json: bool
) -> None:
    lines = [f"{name}={value}" for name, value in settings.items()]
    if env is not None:
        env.write_text("\n".join([*lines, ""]), "utf-8")
    if json:
        as_json({"settings": settings, "sources": sources, "campaign": campaign})
    else:
        _explain(lines, sources, campaign, env)
    sys.stdout.flush()


def _explain(lines: list[str], sources: list[str], campaign: dict[str, Any], env: Path | None) -> None:
    if env is None:
        say("Settings that lead Relay here:")
        for line in lines:
            typer.echo(f"export {line}")
    else:
        say("The settings that lead Relay here are in {env}.", env=env)
    say()
    say("A campaign over this network:")
    words = "--title Relay --hashtag '{hashtag}' --opens {opens} --closes {closes} --tz {tz}".format(**campaign)
    typer.echo(f"relay campaign new proryv80 {words}")
    for source in sources:
        typer.echo(f"relay source add proryv80 {source}")
    say()
    say("Ctrl-C ends the network.")
