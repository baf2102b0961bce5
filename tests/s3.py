"""A real server that speaks S3 on this machine: moto's, as a process of its own, ended by its id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx

from relay.bootstrap import open_files
from relay.config import Settings
from relay.context import Relay

SERVE = """
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=int(sys.argv[1]))
server._server_entry()
"""
STARTS_WITHIN = 60.0


@contextmanager
def server(port: int = 0) -> Iterator[str]:
    """Its address."""
    port = port or free_port()
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _await(url, process)
            yield url
        finally:
            os.kill(process.pid, signal.SIGKILL)


def new_bucket(url: str) -> str:
    """An empty bucket's name."""
    name = f"relay-{uuid4().hex[:12]}"
    httpx.put(f"{url}/{name}").raise_for_status()
    return name


def settings_for(settings: Settings, url: str, bucket: str, **others: object) -> Settings:
    """The same settings, with files in that bucket."""
    named = {
        "media_url": f"s3://{bucket}/town",
        "media_endpoint": url,
        "media_region": "us-east-1",
        "media_access_key": "relay",
        "media_secret_key": "not secret",
    }
    return Settings(_env_file=None, **{**settings.model_dump(), **named, **others})  # type: ignore[call-arg]


def in_bucket(relay: Relay, url: str, bucket: str, data_dir: Path | None = None, **named: object) -> Relay:
    """The same Relay, as another host when it has a data folder of its own, with files in that bucket."""
    settings = settings_for(relay.settings, url, bucket, **{"data_dir": data_dir or relay.settings.data_dir, **named})
    media, shared = open_files(settings)
    return replace(relay, settings=settings, media=media, shared=shared)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(int(STARTS_WITHIN / 0.05)):
        assert process.poll() is None, "moto's server ended"
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("moto's server does not answer")
