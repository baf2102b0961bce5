from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from relay.errors import Refused
from relay.web.serve import Desk

PROGRAM = """
import sys
from pathlib import Path
from relay.config import Settings
from relay.context import Relay
from relay.media.toolbox import Toolbox
from relay.media.vault import Vault
from relay.store import Store
from relay.web.serve import serve
from datetime import UTC, datetime
data = Path(sys.argv[1])
settings = Settings(_env_file=None, data_dir=data)
relay = Relay(settings=settings, store=Store(settings.db_url), sources={}, fetcher=None, media=Vault(data / "vault"),
              toolbox=Toolbox(), clock=lambda: datetime.now(UTC))
serve(relay, "127.0.0.1", 0, on_ready=lambda url: print(url, flush=True))
print("ended", flush=True)
"""


@pytest.mark.slow
def test_a_desk_beside_other_work(relay):
    desk = Desk(relay, "127.0.0.1", 0)
    desk.start()
    try:
        answer = httpx.get(f"{desk.url}/healthz", trust_env=False)
        assert (answer.json()["status"], answer.json()["alerts"]) == ("ok", 0)
        assert "server" not in answer.headers
    finally:
        desk.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{desk.url}/healthz", trust_env=False)


def test_a_port_that_is_taken_is_told(relay):
    with socket.create_server(("127.0.0.1", 0)) as other:
        with pytest.raises(Refused, match=r"can't listen on 127\.0\.0\.1, port") as told:
            Desk(relay, "127.0.0.1", other.getsockname()[1]).start()
        assert "--port" in told.value.line


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(relay, ending):
    """Soon, by the measure of a machine that may be busy: not much later than it took to start."""
    argv = [sys.executable, "-c", PROGRAM, str(relay.settings.data_dir)]
    begun = time.monotonic()
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env={**os.environ, "NO_PROXY": "*"}) as child:
        url = child.stdout.readline().strip()
        assert httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
        asked = time.monotonic()
        child.send_signal(ending)
        rest, _ = child.communicate(timeout=300)
    assert (child.returncode, rest) == (0, "ended\n")
    assert time.monotonic() - asked < max(15, 5 * (asked - begun))
