"""Processes that write the record die at whatever moment: the chain is whole, and no row is without its link."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import pytest

from relay.context import Relay
from tests.chain.record import RecordOfTests
from tests.databases import SECRET

WRITES = f"""
import sys
from relay.store import Store
from tests.chain.record import AT
from relay.models import Event
store = Store(sys.argv[1], secret=lambda: {SECRET!r})
print("writes", flush=True)
while True:
    with store.transaction() as session:
        for number in range(20):
            session.add(Event(at=AT, subject="clip", subject_id=number, what="edited", person=sys.argv[2]))
"""
TIMES = 4


@pytest.mark.slow
def test_killed_while_it_writes_nothing_is_half_done(relay: Relay) -> None:
    record, url = RecordOfTests(relay), relay.store.url.render_as_string(hide_password=False)
    moments, before = random.Random(14), 0
    for round_ in range(TIMES):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITES, url, f"{round_}-{who}"], stdout=subprocess.PIPE, text=True)
            for who in ("Анна", "Борис")
        ]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "writes\n"
        until = time.monotonic() + 60
        while record.head().position == before and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(moments.uniform(0.0, 0.1))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.communicate(timeout=30)
        found = record.verified()
        assert found.faults == []
        assert found.links % 20 == 0
        assert found.links > before, "somebody wrote"
        before = found.links
