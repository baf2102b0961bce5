"""The editing page of a long film: what its first answer costs the server, and how long it is.

A campaign of so many approved clips and a film of some of them stand in a temporary folder; a real `relay serve` shows
the page to an editor. `cpu_ms`: of the server's process in user and system mode, for each answer; `bytes`: of the page;
`statements`: that it asks of the database. The same of what the page asks for when it is wanted: a page of what the
rules propose, of the tray, of the history, and the played plan.
Ends with 1 when the first answer takes more than MARK_MS of CPU or is longer than MARK_BYTES.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from scripts import bench_desk, desk_rows

MARK_MS, MARK_BYTES = 150.0, 300_000
FILM, LOGIN, PASSWORD = "film", "boris", "a long password"
PAGES = {
    "first": "",
    "proposals": "/panel/proposals",
    "tray": "/panel/tray?q=Волхов",
    "history": "/panel/history",
    "played": "/played.json",
}


def run(words: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, words.clips, words.segments)
        with bench_desk.serving(folder) as (url, pid):
            found = {page: _measured(url, pid, path, words.rounds) for page, path in PAGES.items()}
    told = {"clips": words.clips, "segments": words.segments, "pages": found}
    print(json.dumps(told, indent=2))
    if words.json:
        words.json.write_text(json.dumps(told, indent=2) + "\n")
    return 0 if found["first"]["cpu_ms"] <= MARK_MS and found["first"]["bytes"] <= MARK_BYTES else 1


def _measured(url: str, pid: int, path: str, rounds: int) -> dict[str, float]:
    with httpx.Client(base_url=url, trust_env=False, timeout=120) as web:
        token = bench_desk.Page(web.get("/sign-in").text.replace("<form", '<form id="judge"')).fields["form_token"]
        assert web.post("/sign-in", data={"form_token": token, "login": LOGIN, "password": PASSWORD}).status_code == 303
        address = f"/almanacs/{bench_desk.SLUG}/{FILM}/plan{path}"
        for _ in range(2):  # templates and statements are made once
            answer = web.get(address)
        if answer.status_code in (404, 405):
            return {"cpu_ms": 0.0, "bytes": 0.0, "wall_ms": 0.0}
        assert answer.status_code == 200, (address, answer.status_code)
        before, begun = bench_desk.cpu(pid), time.perf_counter()
        for _ in range(rounds):
            answer = web.get(address)
        took = time.perf_counter() - begun
        spent = bench_desk.cpu(pid) - before
    per = 1000 / rounds
    return {"cpu_ms": round(spent * per, 1), "bytes": len(answer.content), "wall_ms": round(took * per, 1)}


def fill(folder: Path, clips: int, segments: int) -> None:
    from relay.bootstrap import open_relay
    from relay.config import Settings
    from relay.models import Role
    from relay.moderation.people import accounts

    relay = open_relay(Settings(_env_file=None, data_dir=folder), ready=False)  # type: ignore[call-arg]
    relay.store.upgrade(relay.now())
    accounts.create(relay, LOGIN, "Борис", Role.editor, password=PASSWORD, language="ru")
    add_rows(relay, range(clips), segments)
    relay.store.close()


def add_rows(relay: Any, clips: range, segments: int, slug: str = bench_desk.SLUG) -> None:
    """Approved clips of these numbers in one campaign, and a film of the first of them whose rules would take all."""
    from relay.models import Almanac, Clip, Inspection, Segment, Video
    from relay.store import add_row, add_rows

    opens = datetime.now(UTC) - timedelta(days=8)
    numbers = [(number, opens + timedelta(seconds=60 * number)) for number in clips]
    with relay.transaction() as session:
        campaign = bench_desk.campaign(session, opens, slug)
        add_rows(session, Inspection, [bench_desk.inspection(number, at) for number, at in numbers])
        add_rows(session, Video, [{**desk_rows.video(number, at), "id": number + 1} for number, at in numbers])
        add_rows(session, Clip, [_clip(campaign, number, at) for number, at in numbers])
        film = {"name": FILM, "title": "Голоса памяти", "rules": {"clips": "approved"}}
        almanac = add_row(session, Almanac(campaign_id=campaign, created_at=opens, **film))
        shown = [{"almanac_id": almanac, "clip_id": number + 1, "position": number + 1} for number in clips[:segments]]
        add_rows(session, Segment, shown)


def _clip(campaign: int, number: int, at: datetime) -> dict[str, Any]:
    town = bench_desk.TOWNS[number % len(bench_desk.TOWNS)]
    said = {"name": f"Участник {number}", "town": town, "district": f"{town} район", "quote": str(number % 40)}
    names = {"campaign_id": campaign, "sha256": desk_rows.digest(number), "video_id": number + 1, "state": "approved"}
    return {"id": number + 1, **names, **said, "created_at": at, "published_at": at}
