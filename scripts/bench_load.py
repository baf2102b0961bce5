"""The desk's lists under load: so many requests a second for so many seconds, while a film is made on the same machine.

A campaign of so many clips stands in a temporary folder; a real `relay serve` shows it to a moderator, who asks for the
list of clips in its forms (filters, sorted, words), for posts and the board, one after the other at a fixed pace: each
request is sent when its time has come, whether or not those before it are answered (up to AT_ONCE of them), and its
time is counted from then. Beside it ffmpeg encodes pictures with x264, again and again, so the machine is never idle.

`server_errors`: answers of 500 and above, `failed`: those that did not come; `p50_ms`, `p99_ms`: from when a request
was due; `cpu_ms`: of the server for each; `peak_mb`: its memory; `busy`: the share of the machine's cores that others
used meanwhile, the render with them, since p99 means little on a machine that does other things. Ends with 1 when there
was one server error, or a request that failed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from scripts import bench_desk

AT_ONCE = 64
"""Requests that may be on their way."""
LISTS = (
    *("clips", "clips?state=awaiting", "clips?state=approved&sort=longest", "clips?q=прадеда", "clips?town=Волхов"),
    *("clips?state=approved&town=Тихвин", "clips?sort=newest", "board", "posts"),
)


@dataclass(frozen=True)
class Load:
    clips: int
    seconds: float
    requests: int
    statuses: dict[str, int]
    server_errors: int
    failed: int
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    peak_mb: float
    renders: int
    busy: float


def run(words: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench_desk.fill(folder, words.clips, 0)
        with bench_desk.serving(folder) as (url, pid):
            result = measured(url, pid, folder, words)
    print(json.dumps(asdict(result), indent=2))
    if words.json:
        words.json.write_text(json.dumps(asdict(result), indent=2) + "\n")
    return 1 if result.server_errors or result.failed else 0


def measured(url: str, pid: int, folder: Path, words: argparse.Namespace) -> Load:
    with httpx.Client(base_url=url, trust_env=False, timeout=60, limits=httpx.Limits(max_connections=AT_ONCE)) as web:
        signs_in(web)
        pages = [f"/campaigns/{bench_desk.SLUG}/{each}" for each in LISTS]
        shown = {page: web.get(page).status_code for page in pages}  # templates and statements are made once
        assert all(status < 400 for status in shown.values()), shown
        with rendering(folder) as films:
            before, others, begun = bench_desk.cpu(pid), _machine(), time.monotonic()
            answers = list(_asked(web, pages, words.rate, words.rate * words.seconds))
            took = time.monotonic() - begun
            spent, used = bench_desk.cpu(pid) - before, _machine() - others
    times = sorted(1000 * late for _, late in answers)
    statuses = Counter(str(status or "failed") for status, _ in answers)
    return Load(
        clips=words.clips,
        seconds=round(took, 1),
        requests=len(answers),
        statuses=dict(sorted(statuses.items())),
        server_errors=sum(status >= 500 for status, _ in answers),
        failed=statuses["failed"],
        p50_ms=round(statistics.median(times), 1),
        p99_ms=round(times[int(len(times) * 0.99)], 1),
        cpu_ms=round(1000 * spent / len(answers), 1),
        peak_mb=peak_mb(pid),
        renders=films[0],
        busy=round((used - spent) / took / (os.cpu_count() or 1), 2),
    )


def signs_in(web: httpx.Client) -> None:
    page = bench_desk.Page(web.get("/sign-in").text.replace("<form", '<form id="judge"'))
    fields = {"form_token": page.fields["form_token"], "login": bench_desk.LOGIN, "password": bench_desk.PASSWORD}
    assert web.post("/sign-in", data=fields).status_code == 303


def _asked(web: httpx.Client, pages: list[str], rate: int, count: int) -> Iterator[tuple[int, float]]:
    """Status of each answer (0: none came) and the seconds since it was due."""
    begun = time.monotonic()

    def ask(number: int) -> tuple[int, float]:
        due = begun + number / rate
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            status = web.get(pages[number % len(pages)]).status_code
        except httpx.HTTPError:
            status = 0
        return status, time.monotonic() - due

    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield from threads.map(ask, range(count))


@contextmanager
def rendering(folder: Path) -> Iterator[list[int]]:
    """An encoder as a render starts it; counts the films that became ready."""
    from relay.media.toolbox import Toolbox

    films, ends = [0], [False]
    argv = [Toolbox().ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25:duration=20"]
    argv += ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-y", str(folder / "film.mp4")]
    running: list[subprocess.Popen[bytes]] = []

    def goes_on() -> None:
        while not ends[0]:
            running.append(subprocess.Popen(argv))
            films[0] += running[-1].wait() == 0

    with ThreadPoolExecutor(1) as thread:
        thread.submit(goes_on)
        try:
            yield films
        finally:
            ends[0] = True
            running[-1].terminate()


def peak_mb(pid: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return round(int(found[1]) / 1024, 1) if found else 0.0


def _machine() -> float:
    """Seconds of CPU that all have used, on all cores, but for waiting."""
    fields: list[Any] = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system = (int(each) for each in fields[:3])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")
