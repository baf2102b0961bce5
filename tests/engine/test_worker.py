from __future__ import annotations

import asyncio
import dataclasses
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from relay.context import Relay
from relay.engine import certificates, cluster, worker
from relay.engine.tasks import Room
from relay.erasure import elsewhere
from relay.errors import ConfigError

pytest.importorskip("distributed", reason="extra: cluster")
PLACES = {Room.fetch: 1, Room.encode: 1}


def at(relay: Relay, address: str, **more: object) -> Relay:
    settings = relay.settings.model_copy(update={"cluster": address, **more})
    return dataclasses.replace(relay, settings=settings)


def refused(relay: Relay) -> str:
    with pytest.raises(ConfigError) as told:
        worker.work(relay, PLACES)
    return told.value.line


def test_without_a_cluster_there_is_none_to_join(relay: Relay) -> None:
    assert refused(relay).startswith("RELAY_CLUSTER is empty")
    with pytest.raises(ConfigError, match="RELAY_CLUSTER is empty"):
        worker.schedule(relay)


def test_who_shows_no_certificate_does_not_begin(relay: Relay) -> None:
    assert "authority.pem is not there" in refused(at(relay, "tls://127.0.0.1:1"))
    with pytest.raises(ConfigError, match=r"authority\.pem is not there"):
        worker.schedule(at(relay, "tls://127.0.0.1:1"))


def test_machines_share_a_database_and_files_or_each_would_work_for_itself(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates.make(relay)
    away = at(relay, "tls://127.0.0.1:1")
    if relay.store.path is not None:
        assert refused(away).startswith("Machines of a cluster share one PostgreSQL database.")
    monkeypatch.setattr(type(relay.store), "path", None)
    assert refused(away).startswith("Machines of a cluster share one object store.")


def test_a_host_of_another_installation_does_not_join(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would answer for tasks whose rows are not in its database."""
    certificates.make(relay)
    away = at(relay, "tls://127.0.0.1:1", media_url="s3://town/relay")
    (relay.folder() / elsewhere.KEY_NAME).write_text("another")
    monkeypatch.setattr(type(relay.store), "path", None)
    assert refused(away).startswith("This host has another secret.key")


@pytest.mark.slow
def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        env = {"PATH": os.environ["PATH"], "RELAY_DATA_DIR": str(tmp_path), "RELAY_CLUSTER": address}
        argv = [sys.executable, "-m", "relay", "cluster", "scheduler"]
        done = subprocess.run(argv, env=env | {"RELAY_LANGUAGE": "en"}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"The scheduler can't listen at {address}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_scheduler_of_another_authority_is_told_as_what_it_is(relay: Relay, tmp_path: Path) -> None:
    """A worker itself would only say that its start took too long."""
    mine, theirs = (at(relay, "tls://127.0.0.1:0", cluster_folder=str(tmp_path / name)) for name in ("mine", "theirs"))
    for each in (mine, theirs):
        certificates.make(each)
    told: list[str] = []

    async def knocks() -> None:
        from distributed import Scheduler

        known = certificates.security(theirs.settings, "tls://127.0.0.1:0")
        words = {"protocol": "tls://", "host": "127.0.0.1", "port": 0, "dashboard": False, "security": known}
        async with Scheduler(**words, dashboard_address="127.0.0.1:0") as scheduler:  # type: ignore[no-untyped-call]
            for each in (mine, theirs):
                shown = certificates.security(each.settings, scheduler.address)
                told.append(str(await worker._answers(scheduler.address, shown)))

    cluster.set_up()
    asyncio.run(knocks())
    assert told == ["False", "True"]
