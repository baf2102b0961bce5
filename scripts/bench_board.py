"""The organizer's board: what a look at it costs, and what each table takes, of a campaign of so many clips.

Rows are invented as `scripts/bench desk` has them, with towns, districts, texts, ages and decisions of eight people.
`board_ms`: CPU of the service that counts, `page_ms`: of the whole page, `statements`: what the database is asked for
it. Ends with 1 when the page takes more than MARK milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from scripts import desk_rows

MARK = 300.0
SLUG = "board"
TOWNS = {
    "Волховский": ("Волхов", "Сясьстрой", "Новая Ладога"),
    "Тосненский": ("Тосно", "Любань", "Никольское"),
    "Лужский": ("Луга", "Толмачёво"),
    "Кировский": ("Кировск", "Мга", "Шлиссельбург", "Отрадное"),
    "Выборгский": ("Выборг", "Светогорск", "Приморск"),
    "Гатчинский": ("Гатчина", "Коммунар", "Вырица"),
    "Тихвинский": ("Тихвин",),
    "Подпорожский": ("Подпорожье", "Вознесенье"),
    "": ("Санкт-Петербург", "", ""),
}
EMPTY = ("Сланцевский", "Лодейнопольский")
AGES = ("7", "12 лет", "14–17", "16", "25", "36–59", "44", "60+", "81", "", "")
PEOPLE = [f"Moderator {number}" for number in range(8)]


def run(words: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        relay = filled(Path(folder), words.clips)
        result = measured(relay, words.clips)
        relay.store.close()
    print(json.dumps(result, indent=2))
    if words.json:
        words.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if result["page_ms"] <= MARK else 1


def measured(relay: Any, clips: int) -> dict[str, Any]:
    from relay.board import figures
    from relay.board.tables import BoardTable

    with counted(relay) as asked:
        figures.board(relay, SLUG, with_moderators=True)
    found: dict[str, Any] = {"clips": clips, "statements": asked[0]}
    found["board_ms"] = _cpu(lambda: figures.board(relay, SLUG, with_moderators=True))
    found["page_ms"] = _page(relay)
    for table in BoardTable:
        found[f"{table}_ms"] = _table(relay, table)
    return found


@contextmanager
def counted(relay: Any) -> Iterator[list[int]]:
    """How many statements the database was given."""
    asked = [0]

    def counts(*_told: Any) -> None:
        asked[0] += 1

    event.listen(relay.store.engine, "after_cursor_execute", counts)
    yield asked
    event.remove(relay.store.engine, "after_cursor_execute", counts)


def _cpu(does: Callable[[], object], times: int = 7) -> float:
    does()
    took = []
    for _ in range(times):
        begun = time.process_time()
        does()
        took.append(1000 * (time.process_time() - begun))
    return round(statistics.median(took), 1)


def _page(relay: Any) -> float:
    import httpx

    from relay.moderation.people import sessions
    from relay.web.app import create_app

    cookies = {"relay": sessions.sign_in(relay, "olga", "password of olga")}
    transport, path = httpx.ASGITransport(create_app(relay)), f"/campaigns/{SLUG}/board"

    async def look() -> None:
        async with httpx.AsyncClient(transport=transport, base_url="http://desk.test", cookies=cookies) as browser:
            assert (await browser.get(path)).status_code == 200

    return _cpu(lambda: asyncio.run(look()))


def _table(relay: Any, table: Any) -> float:
    from relay.board import tables

    told = tables.TableText(str, str, ",")
    return _cpu(lambda: list(tables.csv_lines(relay, SLUG, table, told)), times=1)


def filled(folder: Path, clips: int) -> Any:
    """An opened Relay with the campaign in it."""
    from relay.bootstrap import open_relay
    from relay.config import Settings
    from relay.models import Role
    from relay.moderation.people import accounts

    relay = open_relay(Settings(_env_file=None, data_dir=folder), ready=False)  # type: ignore[call-arg]
    relay.store.upgrade(relay.now())
    accounts.create(relay, "olga", "Ольга", Role.organizer, password="password of olga", language="ru")
    add_rows_of(relay, clips)
    return relay


def add_rows_of(relay: Any, clips: int) -> None:
    from relay.models import (
        Clip,
        ClipVideo,
        Decision,
        Inspection,
        Match,
        Post,
        Quote,
        Sighting,
        Source,
        Spotting,
        Sweep,
        Video,
    )
    from relay.store import add_rows

    dice, opens = random.Random(80), datetime.now(UTC) - timedelta(days=12)
    numbers = [(number, opens + timedelta(days=11.5) * (number / clips) ** 0.7) for number in range(clips)]
    with relay.transaction() as session:
        campaign = _campaign(session, opens)
        sources = list(_sources(campaign, opens))
        add_rows(session, Source, sources)
        add_rows(session, Sweep, list(_sweeps(len(sources), opens)))
        texts = [
            {"campaign_id": campaign, "number": str(n), "text": f"Письмо {n} с Волховского фронта"}
            for n in range(1, 13)
        ]
        add_rows(session, Quote, texts)
        add_rows(session, Inspection, [_inspection(number, at) for number, at in numbers])
        add_rows(session, Video, [_video(number, at) for number, at in numbers])
        add_rows(session, Post, [desk_rows.post(number, at, "#board") for number, at in numbers])
        add_rows(session, Sighting, [{"post_id": n + 1, "video_id": n + 1} for n, _ in numbers])
        tagged = {"campaign_id": campaign, "kind": "exact", "matched_in": "text", "tag": "#board"}
        add_rows(session, Match, [{**tagged, "post_id": n + 1, "at": at} for n, at in numbers])
        add_rows(session, Spotting, [{"post_id": n + 1, "source_id": 1 + n % 9, "at": at} for n, at in numbers])
        add_rows(session, Clip, [_clip(campaign, number, at, dice) for number, at in numbers])
        add_rows(session, ClipVideo, [{"clip_id": n + 1, "video_id": n + 1} for n, _ in numbers])
        add_rows(session, Decision, [_decision(number, at) for number, at in numbers if number % 10 < 7])


def _campaign(session: Any, opens: datetime) -> int:
    from relay.models import Campaign, CampaignState
    from relay.store import add_row

    dates = {"opens_at": opens, "closes_at": opens + timedelta(days=16), "created_at": opens}
    words = {"slug": SLUG, "title": "Прорыв. Голоса памяти", "hashtags": ["#board"], "tz": "Europe/Moscow"}
    return add_row(session, Campaign(**words, **dates, state=CampaignState.running))


def _sources(campaign: int, opens: datetime) -> Iterator[dict[str, Any]]:
    districts = ["", *(name for name in TOWNS if name), *EMPTY]
    for number, district in enumerate(districts):
        ill = number in (4, 7)
        yield {
            "campaign_id": campaign, "address": f"vk:club{number}" if number else "vk:tag", "network": "vk",
            "owner_id": f"-{number}" if number else "", "title": f"{district} район. Новости" if number else "",
            "district": district, "created_at": opens,
            "state": "attention" if ill else "active", "failures": 3 if ill else 0,
            "reason": "The community is closed." if ill else "",
        }  # fmt: skip


def _sweeps(sources: int, opens: datetime) -> Iterator[dict[str, Any]]:
    for source in range(1, sources + 1):
        for hour in range(0, 280, 2):
            at = opens + timedelta(hours=hour)
            span = {"covers_from": at - timedelta(hours=2), "covers_to": at, "started_at": at, "finished_at": at}
            yield {"source_id": source, "complete": True, **span}


def _video(number: int, at: datetime) -> dict[str, Any]:
    came = {"state": "fetched", "fetched_at": at + timedelta(hours=3)} if number % 17 else {"state": "found"}
    return {**desk_rows.video(number, at), **({"fetched_at": None} | came)}


def _inspection(number: int, at: datetime) -> dict[str, Any]:
    picture = {"width": 1280, "height": 720, "fps": 25.0, "has_audio": True, "duration": 30.0 + number % 60}
    return {"sha256": desk_rows.digest(number), "bytes": 1_000_000, "finding": "accepted", **picture, "at": at}


def _clip(campaign: int, number: int, at: datetime, dice: random.Random) -> dict[str, Any]:
    district = dice.choices([*TOWNS], [3, 2, 2, 4, 2, 3, 1, 1, 5])[0]
    state = "approved" if number % 10 < 6 else "rejected" if number % 10 == 6 else "awaiting"
    return {
        "campaign_id": campaign, "sha256": desk_rows.digest(number), "video_id": number + 1, "state": state,
        "name": f"Читатель {number}", "town": dice.choice(TOWNS[district]), "district": district,
        "age": dice.choice(AGES), "quote": dice.choice(("", "", "1", "2", "3", "5", "7")), "created_at": at,
        "published_at": at,
    }  # fmt: skip


def _decision(number: int, at: datetime) -> dict[str, Any]:
    verdict, state = ("reject", "rejected") if number % 10 == 6 else ("approve", "approved")
    states = {"verdict": verdict, "from_state": "awaiting", "to_state": state}
    return {"clip_id": number + 1, **states, "person": PEOPLE[number % 8], "at": at + timedelta(hours=5)}
