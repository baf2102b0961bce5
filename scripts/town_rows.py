"""A town's campaign as rows: what a week of a campaign leaves in the database, in so many clips.

Written past the models, straight into an SQLite file, so that a hundred thousand clips take seconds and an older Relay
can be given the same rows: what its tables lack is left out, what they have besides takes the model's own default.
The record of such a database is not chained.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from scripts import desk_rows

SLUG, FILM = "town", "film"
PEOPLE = [f"Moderator {number}" for number in range(8)]
DISTRICTS = [
    f"{name}ский район" for name in ("Волхов", "Тоснен", "Луж", "Киров", "Выборг", "Гатчин", "Тихвин", "Приозер")
]
TOWNS = [f"{name}{number}" for name in ("Волхов", "Сясьстрой", "Луга", "Мга", "Любань") for number in range(8)]
FRAMES, PRINT = 40, 32
SOUND = 20 * 16 * 4
"""Bytes: of twenty seconds of prints of sound, as relay/intake/sound_prints.py makes them."""
NEW = "f" * 64
"""The file that has just come in: it is looked at, and no clip is made of it yet."""
RULES = {"clips": "approved", "family": "yes", "quotes-apart": "yes"}
LONGEST_FILM = 2000
DAYS = 8

Rows = Iterable[Mapping[str, Any]]


def fill(database: sqlite3.Connection, models: Any, clips: int, now: datetime) -> None:
    """`models`: the module of the Relay that made the tables. A third awaits a decision, two in five are approved."""
    opens = now - timedelta(days=DAYS)
    moments = [opens + timedelta(days=DAYS * number / clips) for number in range(clips)]
    tables = {
        "Campaign": [_campaign(opens)],
        "CampaignTexts": [{"campaign_id": 1, "districts": json.dumps(DISTRICTS, ensure_ascii=False)}],
        "Source": list(_sources(clips, opens, now)),
        "Sweep": _sweeps(clips, opens),
        "Post": chain(_posts(moments), _strange_posts(moments)),
        "Match": chain(_matches(moments), _strange_matches(moments)),
        "Spotting": _spottings(moments),
        "Video": _videos(moments),
        "Sighting": ({"post_id": n, "video_id": n} for n in range(1, clips + 1)),
        "Inspection": chain(_inspections(moments), [_inspection(NEW, now, random.Random(NEW))]),
        "RecordingPrint": _recording_prints(clips, now),
        "Clip": _clips(moments),
        "ClipVideo": ({"clip_id": n, "video_id": n} for n in range(1, clips + 1)),
        "Decision": _decisions(moments),
        "Event": ({"at": at, "subject": "clip", "subject_id": n, "what": "made"} for n, at in enumerate(moments, 1)),
        "Almanac": [{"campaign_id": 1, "name": FILM, "title": "All", "rules": RULES, "created_at": opens}],
        "Segment": _segments(clips),
    }
    for name, rows in tables.items():
        if hasattr(models, name):
            _insert(database, getattr(models, name), rows)
    if hasattr(models, "SearchChange"):
        database.execute("DELETE FROM searchchange")  # nobody searches here, and catching up is another's bench
    database.commit()


def _insert(database: sqlite3.Connection, model: Any, rows: Rows) -> None:
    table = model.__tablename__
    rest = {
        name: _stored(field.get_default(call_default_factory=True))
        for name, field in model.model_fields.items()
        if not field.is_required() and name != "id"
    }
    first, others = _first(rows)
    names = [*(name for name in first if name in model.model_fields), *(name for name in rest if name not in first)]
    columns = ", ".join(f'"{name}"' for name in names)
    words = f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join("?" * len(names))})'
    values = ([_stored(row[name]) if name in row else rest[name] for name in names] for row in others)
    database.executemany(words, values)


def _first(rows: Rows) -> tuple[Mapping[str, Any], Iterator[Mapping[str, Any]]]:
    """The row that tells which columns are given, and all rows."""
    every = iter(rows)
    first = next(every)
    return first, chain([first], every)


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, list | dict):
        return json.dumps(value)
    return str(value) if isinstance(value, str) else value  # of an enumeration its value


def sources(clips: int) -> int:
    return max(9, min(300, 3 * clips // 100))


def approved(clips: int) -> list[int]:
    return [number for number in range(1, clips + 1) if _state(number) == "approved"]


def _state(number: int) -> str:
    step = number % 15
    return "approved" if step < 6 else "rejected" if step < 9 else "later" if step == 9 else "awaiting"


def _campaign(opens: datetime) -> dict[str, Any]:
    words = {"slug": SLUG, "title": "Town", "hashtags": ["#town"], "tz": "Europe/Moscow", "state": "running"}
    return {**words, "opens_at": opens, "closes_at": opens + timedelta(days=30), "created_at": opens}


def _sources(clips: int, opens: datetime, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(1, sources(clips) + 1):
        names = {"campaign_id": 1, "address": f"vk:club{number}", "network": "vk", "owner_id": f"-{number}"}
        read = {"high_water": now, "covered_from": opens, "next_sweep_at": now + timedelta(hours=1)}
        district = DISTRICTS[number % len(DISTRICTS)]
        yield {**names, **read, "title": f"Town {number}. News", "district": district, "created_at": opens}


def _sweeps(clips: int, opens: datetime) -> Iterator[dict[str, Any]]:
    for source in range(1, sources(clips) + 1):
        for hour in range(6, 24 * DAYS, 6):
            at = opens + timedelta(hours=hour)
            span = {"covers_from": at - timedelta(hours=6), "covers_to": at, "started_at": at, "finished_at": at}
            yield {"source_id": source, "complete": True, "posts_seen": 40, "requests": 1, **span}


def _posts(moments: list[datetime]) -> Iterator[dict[str, Any]]:
    raw = json.dumps({"id": 1, "from_id": 1, "text": "Читаю письмо прадеда. " * 4, "attachments": [{"type": "video"}]})
    for number, at in enumerate(moments):
        yield {**desk_rows.post(number, at, "#town"), "raw": raw}


def _strange_posts(moments: list[datetime]) -> Iterator[dict[str, Any]]:
    """One post in ten was nearly ours, one in fifty came too early."""
    for number, at in enumerate(moments[: 6 * len(moments) // 50]):
        yield {**desk_rows.post(len(moments) + number, at, "#twon"), "raw": "{}"}


def _matches(moments: list[datetime]) -> Iterator[dict[str, Any]]:
    tagged = {"campaign_id": 1, "kind": "exact", "matched_in": "text", "tag": "#town"}
    return ({**tagged, "post_id": number, "at": at} for number, at in enumerate(moments, 1))


def _strange_matches(moments: list[datetime]) -> Iterator[dict[str, Any]]:
    tagged = {"campaign_id": 1, "matched_in": "text", "tag": "#twon"}
    for number, at in enumerate(moments[: 6 * len(moments) // 50]):
        kind, refused = ("outside", "") if number % 6 == 5 else ("near", PEOPLE[0] if number % 2 else "")
        yield {**tagged, "kind": kind, "post_id": len(moments) + number + 1, "at": at, "turned_down": refused}


def _spottings(moments: list[datetime]) -> Iterator[dict[str, Any]]:
    """Two in five were shown by two sources."""
    several = sources(len(moments))
    for number, at in enumerate(moments):
        yield {"post_id": number + 1, "source_id": 1 + number % several, "at": at}
        if number % 5 < 2:
            yield {"post_id": number + 1, "source_id": 1 + (number * 7 + 3) % several, "at": at}


def _videos(moments: list[datetime]) -> Iterator[dict[str, Any]]:
    come = {"duration": 20.0, "bytes": 1_000_000, "attempts": 1}
    for number, at in enumerate(moments):
        yield {**desk_rows.video(number, at), **come, "fetched_at": at + timedelta(minutes=4)}


def _inspections(moments: list[datetime]) -> Iterator[dict[str, Any]]:
    dice = random.Random(15)
    return (_inspection(desk_rows.digest(number), at, dice) for number, at in enumerate(moments))


def _inspection(digest: str, at: datetime, dice: random.Random) -> dict[str, Any]:
    picture = {"width": 1280, "height": 720, "fps": 25.0, "has_audio": True, "duration": 20.0, "loudness": -20.0}
    made = {"poster": f"posters/{digest}.jpg", "proxy": f"proxies/{digest}.mp4", "finding": "accepted"}
    return {"sha256": digest, "bytes": 1_000_000, **picture, **made, "prints": dice.randbytes(FRAMES * PRINT), "at": at}


def _recording_prints(clips: int, now: datetime) -> Iterator[dict[str, Any]]:
    from relay.intake import fingerprints, views

    dice = random.Random(16)
    for digest in (*map(desk_rows.digest, range(clips)), NEW):
        pictures = views.packed({"whole": dice.randbytes(FRAMES * PRINT)})
        yield {
            "sha256": digest, "version": fingerprints.VERSION, "pictures": pictures, "sounds": dice.randbytes(SOUND),
            "at": now,
        }  # fmt: skip


def _clips(moments: list[datetime]) -> Iterator[dict[str, Any]]:
    for number, at in enumerate(moments, 1):
        town = {"town": TOWNS[number % 40], "district": DISTRICTS[number % 8]}
        names = {"campaign_id": 1, "sha256": desk_rows.digest(number - 1), "video_id": number, "state": _state(number)}
        told = {"name": f"Resident {number}", **town, "doubt": "post" if number % 500 == 7 else ""}
        family = number // 40 * 40 + 1 if number % 40 in (1, 2) else None
        yield {**names, **told, "family": family, "created_at": at + timedelta(minutes=5), "published_at": at}


def _decisions(moments: list[datetime]) -> Iterator[dict[str, Any]]:
    verdicts = {"approved": "approve", "rejected": "reject", "later": "later"}
    for number, at in enumerate(moments, 1):
        if (state := _state(number)) in verdicts:
            moved = {"verdict": verdicts[state], "from_state": "awaiting", "to_state": state}
            yield {"clip_id": number, **moved, "person": PEOPLE[number % 8], "at": at + timedelta(minutes=30)}


def _segments(clips: int) -> Iterator[dict[str, Any]]:
    chosen = approved(clips)
    film = chosen[: min(LONGEST_FILM, len(chosen) // 2)]
    return ({"almanac_id": 1, "clip_id": clip, "position": place} for place, clip in enumerate(film))
