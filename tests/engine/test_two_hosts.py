"""Two hosts, each with its own folder: they share a PostgreSQL, an object store and a scheduler, and nothing else."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from relay.models import EventKind
from tests import postgres, s3
from tests.engine.test_cluster import Machines
from tests.test_kill import CLIPS, SLUG, Place, filmed, keys, killed_when, opened

pytest.importorskip("distributed", reason="extra: cluster")
pytest.importorskip("obstore", reason="extra: s3")
pytestmark = [
    pytest.mark.media,
    pytest.mark.slow,
    pytest.mark.patience(580),
    pytest.mark.skipif(not postgres.is_there(), reason="there is no PostgreSQL here"),
]


@dataclass
class Hosts:
    """`here` leads and renders, `there` only works."""

    here: Place
    there: Place
    machines: Machines
    database: str
    bucket: str

    def found(self, table: str, where: str = "true") -> int:
        engine = create_engine(self.database)
        with engine.connect() as connection:
            count = connection.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one()
        engine.dispose()
        return int(count)

    def shots(self) -> int:
        """Those that every host sees."""
        listed = httpx.get(self.bucket, params={"list-type": "2", "prefix": "town/data/shots/"}).raise_for_status()
        return len(re.findall(r"\.mp4</Key>", listed.text))

    def works(self, name: str) -> None:
        """A worker of the other host joins."""
        self.machines._started[name] = self.there.starts("worker", "--fetch", "2", "--encode", "1")


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filmed(tmp_path_factory.mktemp("videos"))


@pytest.fixture
def hosts(videos: Path, tmp_path: Path) -> Iterator[Hosts]:
    with postgres.server() as url, s3.server() as store, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        bucket, database = s3.new_bucket(store), url.render_as_string(hide_password=False)
        shared = {
            "RELAY_DATABASE_URL": database,
            "RELAY_MEDIA_URL": f"s3://{bucket}/town",
            "RELAY_MEDIA_ENDPOINT": store,
            "RELAY_MEDIA_REGION": "us-east-1",
            "RELAY_MEDIA_ACCESS_KEY": "key",
            "RELAY_MEDIA_SECRET_KEY": "secret",
            "RELAY_CLUSTER": f"tls://127.0.0.1:{port}",
            "RELAY_CLUSTER_FOLDER": str(tmp_path / "certificates"),
        }
        with opened(videos, tmp_path / "here", shared) as world:
            here = world.place
            here.relay("cluster", "init")
            there = replace(
                here, folder=tmp_path / "there", env={**here.env, "RELAY_DATA_DIR": str(tmp_path / "there" / "data")}
            )
            (there.folder / "data").mkdir(parents=True, mode=0o700)
            shutil.copy(here.folder / "data" / "secret.key", there.folder / "data" / "secret.key")
            machines = Machines(here)
            try:
                yield Hosts(here, there, machines, database, f"{store}/{bucket}")
            finally:
                machines.end()


def test_what_one_host_fetches_and_encodes_the_other_makes_a_film_of(hosts: Hosts) -> None:
    """The worker is killed while it fetches and while it encodes."""
    cluster, data = hosts.machines, hosts.there.folder / "data"
    cluster.starts("scheduler", "cluster", "scheduler")
    hosts.works("first")
    cluster.starts("work", "work")
    killed_when(cluster._started["first"], lambda: any((data / "work").glob("fetch-*/*")))
    hosts.works("second")
    cluster.waits_for(lambda: hosts.found("clip") == CLIPS, 240)
    clips = cluster.clips()
    assert len(set(keys(clips, "sha256"))) == CLIPS
    assert not list((hosts.here.folder / "data" / "work").glob("fetch-*")), "this host has fetched nothing"

    hosts.here.relay("clip", "approve", *[str(clip["id"]) for clip in clips], "--as", "Anna")
    hosts.here.relay("almanac", "new", SLUG, "film", "--all-approved")
    made = lambda: len(list((data / "shots").glob("*.mp4")))  # noqa: E731
    killed_when(cluster._started["second"], lambda: made() >= 1)
    hosts.works("third")
    cluster.waits_for(lambda: hosts.shots() == CLIPS, 240)
    hosts.here.relay("almanac", "render", SLUG, "film")
    (render,) = hosts.here.says("almanac", "show", SLUG, "film")["renders"]
    assert render["shots_reused"] >= CLIPS
    assert hosts.found("event", f"what = '{EventKind.shots_failed}'") == 0
