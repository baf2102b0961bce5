from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from relay.cli.terminal.show import AsJson, as_json, say, table, tongue
from relay.language.catalogue import N_

STATES = {False: N_("Works"), True: N_("Silent")}

app = typer.Typer(help="Many machines: certificates, the scheduler, who works.", no_args_is_help=True)


@app.command("init")
def init() -> None:
    """Make the certificates by which the machines of a cluster know each other. Running it again changes nothing."""
    from relay.bootstrap import open_relay
    from relay.engine import certificates

    place = certificates.make(open_relay(ready=False))
    say("The certificates are in {folder}.", folder=place)
    say(
        "Copy {files} into the same folder of every machine, for Relay only to read. {key} signs others: keep it safe.",
        files=", ".join(certificates.NEEDED),
        key=certificates.AUTHORITY_KEY,
    )


@app.command("scheduler")
def scheduler() -> None:
    """Hand out the work of the cluster that RELAY_CLUSTER names, on this machine, until SIGTERM."""
    from relay.bootstrap import open_relay
    from relay.engine import worker

    worker.schedule(open_relay(ready=False), on_ready=lambda address: say("The scheduler is at {url}", url=address))


@app.command("hosts")
def hosts(json: AsJson = False) -> None:
    """Who works: each process of the cluster, its places and what it fetches just now."""
    from relay.alerts import local_time
    from relay.bootstrap import open_relay
    from relay.upkeep import hosts
    from relay.upkeep.zone import zone_of

    relay = open_relay()
    views = hosts.listing(relay)
    if json:
        as_json([asdict(view) for view in views])
        return
    with relay.reading() as session:
        told, here = tongue(), zone_of(session)
    table(
        ["host", "fetch", "encode", "fetching now", "since", "state"],
        (
            [
                view.host, str(view.fetch), str(view.encode), str(view.fetching), local_time(view.since, here),
                told(STATES[view.is_silent]),
            ]
            for view in views
        ),
        empty="No machine has joined a cluster.",
    )  # fmt: skip


def worker(
    fetch: Annotated[
        int | None, typer.Option(min=0, max=16, help="Videos at once (default RELAY_FETCH_WORKERS).")
    ] = None,
    encode: Annotated[int, typer.Option(min=0, max=64, help="Encoders at once.")] = 1,
) -> None:
    """Join the cluster that RELAY_CLUSTER names and work for it, until SIGTERM."""
    from relay.almanac.hearing import service
    from relay.bootstrap import open_relay
    from relay.engine import worker
    from relay.engine.tasks import Room

    relay = open_relay()
    places = {Room.fetch: relay.settings.fetch_workers if fetch is None else fetch, Room.encode: encode}
    if service.listens(relay):
        places[Room.hear] = 1
    worker.work(relay, places, on_joined=lambda address: say("Works for the cluster at {url}", url=address))
