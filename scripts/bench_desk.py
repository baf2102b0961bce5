"""The desk: what a decision costs the server, with everything that a browser asks for on the way to the next clip.

A campaign of so many clips, a third of them decided before by eight people, stands in a temporary folder; a real
`relay serve` shows it. A moderator signs in and approves one clip after the other as Chromium does it with our scripts:
the form with all its fields, the page that it leads to, all pictures, style sheets and scripts of that page which the
browser may not have kept (by what the desk said of them), poster and video of the clip behind it, and the stream that
tells the page what changes, which ends with the page.

`cpu_ms`: of the server's process in user and system mode, for each decision; `ffmpeg_ms`: of the programs that it
started; `idle_ms`: of the server in one second before, with
a page open. `median_ms` and `p95_ms`: from the key to the next page, for the moderator.
Ends with 1 when a decision takes more than MARK milliseconds of CPU, or when a clip was judged twice.
"""

from __future__ import annotations

import argparse
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
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx

from scripts import desk_rows

MARK = 40.0
SLUG, LOGIN, PASSWORD = "bench", "anna", "a long password"
PEOPLE = [f"Moderator {number}" for number in range(8)]
TOWNS = ("Волхов", "Тихвин", "Сланцы", "Луга", "Кириши", "Пикалёво", "Гатчина", "Лодейное Поле")
POSTER, STORYBOARD, SECONDS = bytes(20_000), bytes(26_000), 20


@dataclass(frozen=True)
class Result:
    clips: int
    decisions: int
    requests: int
    cpu_ms: float
    ffmpeg_ms: float
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
    before, by_children = cpu(pid), cpu(pid, of_children=True)
    for _ in range(words.decisions):
        begun = time.perf_counter()
        moderator.decides()
        took.append(1000 * (time.perf_counter() - begun))
    spent, drawn = cpu(pid) - before, cpu(pid, of_children=True) - by_children
    return Result(
        clips=words.clips,
        decisions=words.decisions,
        requests=moderator.requests - asked,
        cpu_ms=round(1000 * spent / words.decisions, 1),
        ffmpeg_ms=round(1000 * drawn / words.decisions, 1),
        idle_ms=round(1000 * idle, 1),
        median_ms=round(statistics.median(took), 1),
        p95_ms=round(statistics.quantiles(took, n=20)[-1], 1),
    )


class Page(HTMLParser):
    """What a browser takes out of a clip's page: files that it shows or will show, the form's fields, the stream."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.files: list[str] = []
        self.fields: dict[str, str] = {}
        self.live = ""
        self._in_form = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._in_form = has.get("id") == "judge"
        if tag == "input" and (self._in_form or has.get("form") == "judge") and has.get("type") != "radio":
            self.fields[has["name"]] = has.get("value", "")
        self.live = has.get("data-live", self.live)
        named = (has.get(name, "") for name in ("src", "poster", "data-poster", "data-proxy"))
        self.files += [each for each in (*named, has.get("href", "") if tag == "link" else "") if each]

    def handle_endtag(self, tag: str) -> None:
        self._in_form = self._in_form and tag != "form"


class Moderator:
    """What a browser sends, on one connection for pages and one for the stream."""

    def __init__(self, url: str) -> None:
        self._web = httpx.Client(base_url=url, trust_env=False, follow_redirects=False, timeout=60)
        self._kept: dict[str, tuple[str, float]] = {}
        self._page, self._path = Page(""), ""
        self._stream: Any = None
        self.requests = 0

    def begins(self) -> None:
        token = Page(self._get("/sign-in").text.replace("<form", '<form id="judge"')).fields["form_token"]
        fields = {"form_token": token, "login": LOGIN, "password": PASSWORD}
        assert self._web.post("/sign-in", data=fields).status_code == 303
        self._follows(self._get(f"/campaigns/{SLUG}/queue").headers["location"])

    def decides(self) -> None:
        self.requests += 1
        fields = {**self._page.fields, "verdict": "approve"}
        answer = self._web.post(f"{self._path}/decide", data=fields, headers={"X-Relay-Outbox": "1"})
        assert answer.status_code == 204, answer.text
        self._follows(answer.headers["x-relay-to"])

    def _follows(self, path: str) -> None:
        self._hangs_up()
        self._path, self._page = path, Page(self._get(path).text)
        for file in dict.fromkeys(self._page.files):
            self._has(file)
        self.requests += 1
        self._stream = self._web.stream("GET", self._page.live)
        assert self._stream.__enter__().status_code == 200

    def _hangs_up(self) -> None:
        if self._stream is not None:
            self._stream.__exit__(None, None, None)

    def _has(self, file: str) -> None:
        """Asks for the file where it was not kept, or has to be asked whether it is still good."""
        mark, until = self._kept.get(file, ("", 0.0))
        if time.monotonic() < until:
            return
        answer = self._get(file, headers={"If-None-Match": mark} if mark else {})
        assert answer.status_code in (200, 304), (file, answer)
        for_so_long = re.search(r"max-age=(\d+)", answer.headers["cache-control"])
        self._kept[file] = answer.headers["etag"], time.monotonic() + int(for_so_long[1] if for_so_long else 0)

    def _get(self, path: str, **options: Any) -> httpx.Response:
        self.requests += 1
        return self._web.get(path, **options)


def cpu(pid: int, *, of_children: bool = False) -> float:
    """Seconds of CPU that a process has used, all its threads together, or those that it started and that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = (13, 14) if of_children else (11, 12)
    return (int(fields[user]) + int(fields[system])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("RELAY_")}
    argv = [sys.executable, "-m", "relay", "serve", "--port", "0"]
    env |= {"RELAY_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1", "RELAY_LANGUAGE": "en"}
    root = Path(__file__).resolve().parents[1]
    with subprocess.Popen(argv, env=env, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        try:
            yield next(found[0] for line in lines if (found := re.search(r"http://\S+", line))), process.pid
        finally:
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
    shown = range(clips // 3, min(clips, clips // 3 + decisions + 20))
    _add_files(relay, [desk_rows.digest(number) for number in shown])
    relay.store.close()


def _add_files(relay: Any, digests: list[str]) -> None:
    """What the desk shows of the clips that will be looked at, as it was made when they came in."""
    from relay.media import waveform
    from relay.media.files import replace_file

    folder, video = relay.folder("bench"), relay.folder("bench") / "video.mp4"
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=854x480:rate=25:duration={SECONDS}"]
    tone = ["-f", "lavfi", "-i", f"sine=duration={SECONDS}"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "900k", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    made = [relay.toolbox.ffmpeg, "-v", "error", *picture, *tone, *coded, "-movflags", "+faststart", "-y", str(video)]
    subprocess.run(made, check=True)
    loud = waveform.png((b"\0\0" * 700 + b"\0\x20" * 300) * 8 * SECONDS)
    for digest in digests:
        replace_file(waveform.place(relay.folder("looks"), digest), loud)
        for key, content in (("posters/{}.jpg", POSTER), ("storyboards/{}.jpg", STORYBOARD)):
            (folder / "picture").write_bytes(content)
            relay.media.put(key.format(digest), folder / "picture")
        os.link(video, folder / "copy")
        relay.media.put(f"proxies/{digest}.mp4", folder / "copy")


def _add_rows(relay: Any, clips: int) -> None:
    from relay.models import Clip, ClipVideo, Decision, Inspection, Match, Post, Sighting, Video
    from relay.store import add_rows

    opens = datetime.now(UTC) - timedelta(days=8)
    numbers = [(number, opens + timedelta(seconds=60 * number)) for number in range(clips)]
    with relay.transaction() as session:
        number = campaign(session, opens)
        add_rows(session, Inspection, [inspection(number, at) for number, at in numbers])
        add_rows(session, Video, [desk_rows.video(number, at) for number, at in numbers])
        add_rows(session, Post, [desk_rows.post(number, at, "#bench") for number, at in numbers])
        add_rows(session, Sighting, [{"post_id": n + 1, "video_id": n + 1} for n, _ in numbers])
        tagged = {"campaign_id": number, "kind": "exact", "matched_in": "text", "tag": "#bench"}
        add_rows(session, Match, [{**tagged, "post_id": n + 1, "at": at} for n, at in numbers])
        add_rows(session, Clip, [_clip(number, one, at, clips) for one, at in numbers])
        add_rows(session, ClipVideo, [{"clip_id": n + 1, "video_id": n + 1} for n, _ in numbers])
        add_rows(session, Decision, [_decision(number) for number in range(clips // 3)])


def campaign(session: Any, opens: datetime, slug: str = SLUG) -> int:
    from relay.models import Campaign, CampaignState
    from relay.store import add_row

    dates = {"opens_at": opens, "closes_at": opens + timedelta(days=30), "created_at": opens}
    words = {"slug": slug, "title": "Bench", "hashtags": ["#bench"], "tz": "Europe/Moscow"}
    return add_row(session, Campaign(**words, **dates, state=CampaignState.running))


def inspection(number: int, at: datetime) -> dict[str, Any]:
    digest = desk_rows.digest(number)
    made = {"poster": f"posters/{digest}.jpg", "storyboard": f"storyboards/{digest}.jpg"}
    seen = {"bytes": 1_000_000, "finding": "accepted", "at": at, "proxy": f"proxies/{digest}.mp4"}
    return {"sha256": digest, "duration": SECONDS, "width": 1280, "height": 720, "has_audio": True, **made, **seen}


def _clip(campaign: int, number: int, at: datetime, clips: int) -> dict[str, Any]:
    state = "approved" if number < clips // 3 else "awaiting"
    names = {"campaign_id": campaign, "sha256": desk_rows.digest(number), "video_id": number + 1, "state": state}
    town = TOWNS[number % len(TOWNS)] if state == "approved" else ""
    return {**names, "name": f"Resident {number}", "town": town, "created_at": at, "published_at": at}


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
