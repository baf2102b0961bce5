"""The desk: what a decision costs the server, with everything that a browser asks for on the way to the next clip.

A campaign of so many clips, a third of them decided before by eight people, stands in a temporary folder; a real
`relay serve` shows it. A moderator signs in and decides one clip after the other as a browser does it: the form, the
page that it leads to, whether style sheet and scripts are still good, the poster of the clip behind it, and the stream
that tells the page what changes, which ends with the page.

`cpu_ms`: of the server's process in user and system mode, for each decision; `idle_ms`: of the same process in one
second before. `median_ms` and `p95_ms`: from the key to the next page, for the moderator.
Ends with 1 when a decision takes more than MARK milliseconds of CPU, or when a clip was judged twice.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

MARK = 40.0
SLUG, LOGIN, PASSWORD = "bench", "anna", "a long password"
PEOPLE = [f"Moderator {number}" for number in range(8)]
FILES = ("desk.css", "desk.js", "live.js")
PICTURE = bytes(20_000)


@dataclass(frozen=True)
class Result:
    clips: int
    decisions: int
    requests: int
    cpu_ms: float
    idle_ms: float
    median_ms: float
    p95_ms: float


def run(words: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, words.clips, words.decisions)
        with serving(folder) as (url, pid):
            result = measured(Moderator(url), pid, words)
        twice = judged_twice(folder)
    print(json.dumps(asdict(result), indent=2))
    if words.json:
        words.json.write_text(json.dumps(asdict(result), indent=2) + "\n")
    return 0 if result.cpu_ms <= MARK and not twice else 1


def measured(moderator: Moderator, pid: int, words: argparse.Namespace) -> Result:
    moderator.begins()
    for _ in range(5):  # templates and statements are made once
        moderator.decides()
    before = cpu(pid)
    time.sleep(1)
    idle, asked = cpu(pid) - before, moderator.requests
    took = []
    before = cpu(pid)
    for _ in range(words.decisions):
        begun = time.perf_counter()
        moderator.decides()
        took.append(1000 * (time.perf_counter() - begun))
    spent = cpu(pid) - before
    return Result(
        clips=words.clips,
        decisions=words.decisions,
        requests=moderator.requests - asked,
        cpu_ms=round(1000 * spent / words.decisions, 1),
        idle_ms=round(1000 * idle, 1),
        median_ms=round(statistics.median(took), 1),
        p95_ms=round(statistics.quantiles(took, n=20)[-1], 1),
    )


class Moderator:
    """What a browser sends, on one connection for pages and one for the stream."""

    def __init__(self, url: str) -> None:
        self._web = httpx.Client(base_url=url, trust_env=False, follow_redirects=False, timeout=60)
        self._tags: dict[str, str] = {}
        self._page = self._path = ""
        self._stream: Any = None
        self.requests = 0

    def begins(self) -> None:
        token = re.search(r'name="form_token" value="(\w+)"', self._get("/sign-in").text)
        assert token is not None
        fields = {"form_token": token[1], "login": LOGIN, "password": PASSWORD}
        assert self._web.post("/sign-in", data=fields).status_code == 303
        self._follows(self._get(f"/campaigns/{SLUG}/queue").headers["location"])

    def decides(self) -> None:
        token = re.search(r'name="form_token" value="(\w+)"', self._page)
        assert token is not None
        fields = {"form_token": token[1], "seen": "awaiting", "queue": "awaiting", "verdict": "approve"}
        self.requests += 1
        answer = self._web.post(f"{self._path}/decide", data=fields)
        assert answer.status_code == 303, answer.text
        self._follows(answer.headers["location"])

    def _follows(self, path: str) -> None:
        self._hangs_up()
        self._path, self._page = path, self._get(path).text
        for name in FILES:
            self._asks_whether_good(f"/static/{name}")
        if ahead := re.search(r'data-poster="([^"]+)"', self._page):
            assert self._get(ahead[1]).status_code == 200
        live = re.search(r'data-live="([^"]+)"', self._page)
        assert live is not None
        self.requests += 1
        self._stream = self._web.stream("GET", live[1].replace("&amp;", "&"))
        assert self._stream.__enter__().status_code == 200

    def _hangs_up(self) -> None:
        if self._stream is not None:
            self._stream.__exit__(None, None, None)

    def _asks_whether_good(self, path: str) -> None:
        self.requests += 1
        answer = self._web.get(path, headers={"If-None-Match": self._tags.get(path, "")})
        self._tags[path] = answer.headers["etag"]

    def _get(self, path: str) -> httpx.Response:
        self.requests += 1
        return self._web.get(path)


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("RELAY_")}
    argv = [sys.executable, "-m", "relay", "serve", "--port", "0"]
    env |= {"RELAY_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1", "RELAY_LANGUAGE": "en"}
    root = Path(__file__).resolve().parents[1]
    with subprocess.Popen(argv, env=env, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        yield next(found[0] for line in lines if (found := re.search(r"http://\S+", line))), process.pid
        process.terminate()
        process.stdout.read()


def fill(folder: Path, clips: int, decisions: int) -> None:
    """The database and the posters that will be looked at."""
    from relay.bootstrap import open_relay
    from relay.config import Settings
    from relay.models import Role
    from relay.moderation.people import accounts

    relay = open_relay(Settings(_env_file=None, data_dir=folder), ready=False)  # type: ignore[call-arg]
    relay.store.upgrade(relay.now())
    accounts.create(relay, LOGIN, "Анна", Role.moderator, password=PASSWORD, language="en")
    _add_rows(relay, clips)
    picture = folder / "poster.jpg"
    for number in range(clips // 3, min(clips, clips // 3 + decisions + 20)):
        picture.write_bytes(PICTURE)
        relay.media.put(f"posters/{_digest(number)}.jpg", picture)
    relay.store.close()


def _add_rows(relay: Any, clips: int) -> None:
    from relay.models import Clip, ClipVideo, Decision, Inspection, Match, Post, Sighting, Video
    from relay.store import add_rows

    opens = datetime.now(UTC) - timedelta(days=8)
    numbers = [(number, opens + timedelta(seconds=60 * number)) for number in range(clips)]
    with relay.transaction() as session:
        campaign = _campaign(session, opens)
        add_rows(session, Inspection, [_inspection(number, at) for number, at in numbers])
        add_rows(session, Video, [_video(number, at) for number, at in numbers])
        add_rows(session, Post, [_post(number, at) for number, at in numbers])
        add_rows(session, Sighting, [{"post_id": n + 1, "video_id": n + 1} for n, _ in numbers])
        tagged = {"campaign_id": campaign, "kind": "exact", "matched_in": "text", "tag": "#bench"}
        add_rows(session, Match, [{**tagged, "post_id": n + 1, "at": at} for n, at in numbers])
        add_rows(session, Clip, [_clip(campaign, number, at, clips) for number, at in numbers])
        add_rows(session, ClipVideo, [{"clip_id": n + 1, "video_id": n + 1} for n, _ in numbers])
        add_rows(session, Decision, [_decision(number) for number in range(clips // 3)])


def _campaign(session: Any, opens: datetime) -> int:
    from relay.models import Campaign, CampaignState
    from relay.store import add_row

    dates = {"opens_at": opens, "closes_at": opens + timedelta(days=30), "created_at": opens}
    words = {"slug": SLUG, "title": "Bench", "hashtags": ["#bench"], "tz": "Europe/Moscow"}
    return add_row(session, Campaign(**words, **dates, state=CampaignState.running))


def _digest(number: int) -> str:
    return hashlib.sha256(f"clip {number}".encode()).hexdigest()


def _inspection(number: int, at: datetime) -> dict[str, Any]:
    made = {"poster": f"posters/{_digest(number)}.jpg", "bytes": 1_000_000, "finding": "accepted", "at": at}
    return {"sha256": _digest(number), "duration": 42.5, "width": 1280, "height": 720, "has_audio": True, **made}


def _video(number: int, at: datetime) -> dict[str, Any]:
    names = {"network": "vk", "owner_id": str(number), "video_id": str(number), "url": f"https://vk.com/video{number}"}
    return {**names, "author": f"Resident {number}", "state": "fetched", "sha256": _digest(number), "created_at": at}


def _post(number: int, at: datetime) -> dict[str, Any]:
    names = {"network": "vk", "owner_id": str(number), "post_id": str(number), "url": f"https://vk.com/wall{number}"}
    seen = {"published_at": at, "first_seen_at": at, "last_seen_at": at}
    return {**names, **seen, "text": "Читаю письмо прадеда. #bench", "author": f"Resident {number}"}


def _clip(campaign: int, number: int, at: datetime, clips: int) -> dict[str, Any]:
    state = "approved" if number < clips // 3 else "awaiting"
    names = {"campaign_id": campaign, "sha256": _digest(number), "video_id": number + 1, "state": state}
    return {**names, "name": f"Resident {number}", "created_at": at, "published_at": at}


def _decision(number: int) -> dict[str, Any]:
    moved = {"verdict": "approve", "from_state": "awaiting", "to_state": "approved"}
    at = datetime.now(UTC) - timedelta(seconds=20 * (number + 1))
    return {**moved, "clip_id": number + 1, "person": (*PEOPLE, "Анна")[number % 9], "at": at}


def judged_twice(folder: Path) -> list[int]:
    from sqlalchemy import func
    from sqlmodel import col, select

    from relay.models import Decision
    from relay.store import Store

    store = Store(f"sqlite:///{folder / 'relay.db'}")
    with store.reading() as session:
        counted = select(Decision.clip_id).group_by(col(Decision.clip_id)).having(func.count() > 1)
        found = list(session.exec(counted))
    store.close()
    return found
