"""The other end of a cluster: a process that joins, and the scheduler that all join. Both run until they are told to
end; a worker whose scheduler is lost waits for another.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from relay import logs
from relay.context import Relay
from relay.engine import certificates, cluster, hosts
from relay.engine.tasks import Room
from relay.erasure import elsewhere
from relay.errors import ConfigError
from relay.language.sentence import as_sentence

AGAIN = 3.0
"""Seconds until a worker looks for its scheduler again."""
STOPS_WITHIN = 20.0
UNHEARD = "127.0.0.1:0"
"""Dask's own pages are for whoever sits at the machine."""

log = logs.get_logger()


def work(relay: Relay, places: dict[Room, int], *, on_joined: Callable[[str], None] = lambda _address: None) -> None:
    """Joins the cluster of the settings with so many places, until SIGTERM or Ctrl-C; then what runs is broken off, and
    is due again at once. Raises ConfigError, StorageDown.
    """
    address, security = _place(relay)
    if security is not None and relay.store.path is not None:
        raise ConfigError(
            "Machines of a cluster share one PostgreSQL database.", hint="Set RELAY_DATABASE_URL=postgresql://…"
        )
    if security is not None and not relay.settings.in_bucket:
        raise ConfigError("Machines of a cluster share one object store.", hint="Set RELAY_MEDIA_URL=s3://…")
    if relay.settings.in_bucket:
        elsewhere.check_key(relay)  # a host of another installation would answer for tasks that are not its own
    cluster.joins(relay)
    try:
        with hosts.living(relay, places), hosts.forgetting(relay), hosts.tidying(relay):
            asyncio.run(_until_told(lambda ended: _joined(relay, address, security, places, on_joined, ended), relay))
    finally:
        cluster.joins(None)


async def _until_told(does: Callable[[asyncio.Event], Awaitable[None]], relay: Relay) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _told_to_end, ended, relay)
    await does(ended)


def _told_to_end(ended: asyncio.Event, relay: Relay) -> None:
    relay.toolbox.close()  # children end, and what they were needed for is back in its queue
    ended.set()


async def _joined(
    relay: Relay,
    address: str,
    security: Any,
    places: dict[Room, int],
    on_joined: Callable[[str], None],
    ended: asyncio.Event,
) -> None:
    cluster.set_up()
    from distributed import Worker

    while not ended.is_set():
        if not await _answers(address, security):
            await _first(asyncio.sleep(AGAIN), ended.wait())
            continue
        worker = Worker(
            address,
            security=security,
            nthreads=sum(places.values()) + 1,  # for what needs no place
            resources={room.value: count for room, count in places.items()},
            memory_limit=0,
            name=relay.holder,
            local_directory=str(relay.folder("work")),
            dashboard=False,
            dashboard_address=UNHEARD,
            host="127.0.0.1" if security is None else None,
            death_timeout=cluster.CONNECTS,
        )
        try:
            await worker
            on_joined(address)
            await _first(worker.finished(), ended.wait())  # type: ignore[no-untyped-call]
            log.info("left the cluster" if ended.is_set() else "the cluster's scheduler is lost; looking for it again")
        except OSError as error:
            log.warning("the cluster's scheduler can't be reached", cluster=address, error=str(error))
        finally:
            await worker.close(timeout=STOPS_WITHIN)
        await _first(asyncio.sleep(AGAIN), ended.wait())


async def _answers(address: str, security: Any) -> bool:
    """Whether the scheduler lets this process in; a worker itself would only say that it took too long."""
    from distributed.comm.core import connect

    shown = {} if security is None else security.get_connection_args("worker")
    try:
        comm = await connect(address, timeout=cluster.CONNECTS, **shown)  # type: ignore[no-untyped-call]
    except OSError as error:
        log.warning("the cluster's scheduler can't be reached", cluster=address, error=str(error))
        return False
    await comm.close()
    return True


async def _first(*either: Awaitable[object]) -> None:
    """Until one of them has ended; the others are given up."""
    tasks = [asyncio.ensure_future(one) for one in either]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


def _place(relay: Relay) -> tuple[str, Any]:
    """Where the cluster of the settings is, and how this process shows who it is. Raises ConfigError."""
    address = relay.settings.cluster
    if not address:
        raise ConfigError("RELAY_CLUSTER is empty: there is no cluster to join.", hint="Write it like tls://host:8786.")
    return address, certificates.security(relay.settings, address)


def schedule(relay: Relay, *, on_ready: Callable[[str], None] = lambda _address: None) -> None:
    """The scheduler of the cluster that the settings name, on this machine. Raises ConfigError."""
    address, security = _place(relay)
    asyncio.run(_until_told(lambda ended: _scheduling(address, security, on_ready, ended), relay))


async def _scheduling(address: str, security: Any, on_ready: Callable[[str], None], ended: asyncio.Event) -> None:
    cluster.set_up()
    from distributed import Scheduler

    parts = urlsplit(address)
    scheduler = Scheduler(
        protocol=f"{parts.scheme}://",
        host="127.0.0.1" if security is None else "",
        port=parts.port or 0,
        security=security,
        dashboard=False,
        dashboard_address=UNHEARD,
    )
    try:
        try:
            await scheduler
        except (OSError, RuntimeError) as error:
            why = error.__cause__ or error
            raise ConfigError(
                "The scheduler can't listen at {url} ({why}).",
                hint="See RELAY_CLUSTER, and whether another scheduler runs there.",
                url=address,
                why=as_sentence(str(why)),
            ) from error
        on_ready(scheduler.address)
        await _first(scheduler.finished(), ended.wait())  # type: ignore[no-untyped-call]
    finally:
        await scheduler.close()
