from __future__ import annotations

import dataclasses

import pytest

from relay.context import Relay
from relay.engine import certificates, worker
from relay.engine.tasks import Room
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
